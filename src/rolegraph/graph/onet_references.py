"""What the rows of the O*NET database refer to - elements, scales, job zones, commodities - as SKOS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, lang_text, node, text
from rolegraph.iris import Iris
from rolegraph.model.onet import NULLS, ColumnKind, OnetDatabase, OnetTable
from rolegraph.terms import term

_LANGUAGE: Final = "en"


class _List(Struct, frozen=True, kw_only=True):
    """One scheme of nodes that rows refer to: its classes by kind of column, and how its IRIs are minted."""

    scheme: str
    label: str
    classes: dict[ColumnKind, str]
    mint: Callable[[str], str]
    parent: Callable[[str], str] = lambda _notation: ""


def build_references(database: OnetDatabase, iris: Iris, writer: QuadWriter) -> None:
    """Write every node that is described in a reference file or used by a row, and its scheme."""
    for described in _lists(iris):
        names = {
            kind: _merge(_names_in(table, kind) for table in database.tables.values())
            for kind in described.classes
        }
        if any(names.values()):
            _build_list(described, names, iris, writer)
        if "element" in names:
            _build_elements(names["element"], database, iris, writer)


def _lists(iris: Iris) -> list[_List]:
    return [
        _List(
            scheme="onetelement",
            label="O*NET content model",
            classes={"element": "rg:OnetElement"},
            mint=iris.onet_element,
            parent=lambda notation: notation.rpartition(".")[0],
        ),
        _List(
            scheme="onetscale",
            label="O*NET rating scales",
            classes={"scale": "rg:OnetScale"},
            mint=iris.onet_scale,
        ),
        _List(
            scheme="onetjobzone",
            label="O*NET job zones",
            classes={"zone": "rg:OnetJobZone"},
            mint=iris.onet_job_zone,
        ),
        _List(
            scheme="unspsc",
            label="UNSPSC commodities that O*NET uses",
            classes={"commodity": "rg:Commodity", "commodity_group": "rg:CommodityGroup"},
            mint=iris.unspsc,
            parent=_unspsc_group,
        ),
    ]


def _unspsc_group(code: str) -> str:
    """The next higher group of a UNSPSC code: two digits each are segment, family, class and commodity.

    >>> _unspsc_group("43232408"), _unspsc_group("43230000"), _unspsc_group("43000000")
    ('43232400', '43000000', '')
    """
    significant = code.rstrip("0")
    kept = (len(significant) + 1) // 2 * 2 - 2
    return code[:kept].ljust(8, "0") if kept > 0 else ""


def _build_list(
    described: _List, names: dict[ColumnKind, dict[str, str]], iris: Iris, writer: QuadWriter
) -> None:
    scheme = node(iris.scheme(described.scheme))
    writer.add(scheme, RDF_TYPE, term("skos:ConceptScheme"))
    writer.add(scheme, term("skos:prefLabel"), lang_text(described.label, _LANGUAGE))
    known = {notation for members in names.values() for notation in members}
    for kind, members in names.items():
        for notation in sorted(members):
            subject = node(described.mint(notation))
            writer.add(subject, RDF_TYPE, term(described.classes[kind]))
            writer.add(subject, RDF_TYPE, term("skos:Concept"))
            writer.add(subject, term("skos:notation"), text(notation))
            writer.add(subject, term("skos:inScheme"), scheme)
            if name := members[notation]:
                writer.add(subject, term("skos:prefLabel"), lang_text(name, _LANGUAGE))
            parent = described.parent(notation)
            if parent in known:
                writer.add(subject, term("skos:broader"), node(described.mint(parent)))
            else:
                writer.add(subject, term("skos:topConceptOf"), scheme)


def _build_elements(names: dict[str, str], database: OnetDatabase, iris: Iris, writer: QuadWriter) -> None:
    """Type elements by the files that have them, and name all in O*NET's own terms."""
    for element_id, name in names.items():
        if name:
            subject = node(iris.onet_element(element_id))
            writer.add(subject, term("onet:elementName"), lang_text(name, _LANGUAGE))
    classes = {
        (element_id, column.element_class)
        for table in database.tables.values()
        for column in table.spec.columns
        if column.element_class and (index := table.column(column.header)) is not None
        for element_id in {row.split("\t", index + 1)[index] for row in table.rows}
    }
    for element_id, element_class in sorted(classes):
        writer.add(node(iris.onet_element(element_id)), RDF_TYPE, term(element_class))


def _merge(tables: Iterable[dict[str, str]]) -> dict[str, str]:
    """Notation -> name of every node, "" without one; the first file that names it wins."""
    merged: dict[str, str] = {}
    for names in tables:
        for notation, name in names.items():
            merged[notation] = merged.get(notation) or name
    return merged


def _names_in(table: OnetTable, kind: ColumnKind) -> dict[str, str]:
    """Notation -> name in all columns of a kind, "" where no column after it names it."""
    columns = table.spec.columns
    names: dict[str, str] = {}
    for column, following in zip(columns, (*columns[1:], None), strict=True):
        position = table.column(column.header)
        if column.kind != kind or position is None:
            continue
        is_named = following is not None and following.kind == "name"
        named = table.column(following.header) if following is not None and is_named else None
        for row in table.rows:
            cells = row.split("\t")
            name = cells[named] if named is not None else ""
            names.setdefault(cells[position], "" if name in NULLS else name)
    return names
