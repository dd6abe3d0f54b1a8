"""What the rows of the O*NET database refer to - elements, scales, job zones, commodities - as SKOS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, lang_text, node, text
from rolegraph.iris import Iris
from rolegraph.model.onet import NULLS, Column, ColumnKind, OnetDatabase, OnetTable
from rolegraph.terms import term

_LANGUAGE: Final = "en"
_REFERRING: Final[frozenset[ColumnKind]] = frozenset(
    {"element", "scale", "zone", "commodity", "commodity_group"}
)


class _List(Struct, frozen=True, kw_only=True):
    """One scheme of nodes that rows refer to: its classes by kind of column, and how its IRIs are minted."""

    scheme: str
    label: str
    classes: dict[ColumnKind, str]
    mint: Callable[[str], str]
    parent: Callable[[str], str] = lambda _notation: ""


class _Mentions(Struct, frozen=True):
    """What one column of a file refers to: notation -> name, "" where no column after it names it."""

    column: Column
    names: dict[str, str]


def build_references(database: OnetDatabase, iris: Iris, writer: QuadWriter) -> None:
    """Write every node that is described in a reference file or used by a row, and its scheme."""
    mentions = [each for table in database.tables.values() for each in _mentions(table)]
    for described in _lists(iris):
        names = {
            kind: _merge(each.names for each in mentions if each.column.kind == kind)
            for kind in described.classes
        }
        if any(names.values()):
            _build_list(described, names, iris, writer)
        if "element" in names:
            _build_elements(names["element"], mentions, iris, writer)


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


def _build_elements(
    names: dict[str, str], mentions: list[_Mentions], iris: Iris, writer: QuadWriter
) -> None:
    """Type elements by the columns that have them, and name all in O*NET's own terms."""
    for element_id, name in names.items():
        if name:
            subject = node(iris.onet_element(element_id))
            writer.add(subject, term("onet:elementName"), lang_text(name, _LANGUAGE))
    classes = {
        (element_id, each.column.element_class)
        for each in mentions
        if each.column.element_class
        for element_id in each.names
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


def _mentions(table: OnetTable) -> list[_Mentions]:
    """What the columns of a file refer to, in one pass over its rows."""
    columns = table.spec.columns
    found: list[_Mentions] = []
    places: list[tuple[int, int | None, dict[str, str]]] = []
    for column, following in zip(columns, (*columns[1:], None), strict=True):
        position = table.column(column.header)
        if column.kind in _REFERRING and position is not None:
            is_named = following is not None and following.kind == "name"
            name_position = table.column(following.header) if following is not None and is_named else None
            found.append(_Mentions(column, {}))
            places.append((position, name_position, found[-1].names))
    last = max((max(position, name or 0) for position, name, _ in places), default=0)
    for row in table.rows if places else []:
        cells = row.split("\t", last + 1)
        for position, name, names in places:
            names.setdefault(cells[position], "" if name is None else cells[name])
    for mentions in found:
        for notation, name_cell in mentions.names.items():
            if name_cell in NULLS:
                mentions.names[notation] = ""
    return found
