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
    """One kind of node that rows refer to: its scheme, its class and how its IRIs are minted."""

    scheme: str
    label: str
    node_class: str
    mint: Callable[[str], str]


def build_references(database: OnetDatabase, iris: Iris, writer: QuadWriter) -> None:
    """Write every node that is described in a reference file or used by a row, and its scheme."""
    lists: dict[ColumnKind, _List] = {
        "element": _List(
            scheme="onetelement",
            label="O*NET content model",
            node_class="rg:OnetElement",
            mint=iris.onet_element,
        ),
        "scale": _List(
            scheme="onetscale", label="O*NET rating scales", node_class="rg:OnetScale", mint=iris.onet_scale
        ),
        "zone": _List(
            scheme="onetjobzone",
            label="O*NET job zones",
            node_class="rg:OnetJobZone",
            mint=iris.onet_job_zone,
        ),
        "commodity": _List(
            scheme="unspsc",
            label="UNSPSC commodities that O*NET uses",
            node_class="rg:Commodity",
            mint=iris.unspsc,
        ),
    }
    for kind, described in lists.items():
        names_by_table = {slug: _names_in(table, kind) for slug, table in database.tables.items()}
        names = _merge(names_by_table.values())
        if names:
            _build_list(described, names, iris, writer)
        if kind == "element":
            _build_elements(names, names_by_table, iris, writer)


def _build_list(described: _List, names: dict[str, str], iris: Iris, writer: QuadWriter) -> None:
    scheme = node(iris.scheme(described.scheme))
    writer.add(scheme, RDF_TYPE, term("skos:ConceptScheme"))
    writer.add(scheme, term("skos:prefLabel"), lang_text(described.label, _LANGUAGE))
    for notation in sorted(names):
        subject = node(described.mint(notation))
        writer.add(subject, RDF_TYPE, term(described.node_class))
        writer.add(subject, RDF_TYPE, term("skos:Concept"))
        writer.add(subject, term("skos:notation"), text(notation))
        writer.add(subject, term("skos:inScheme"), scheme)
        if name := names[notation]:
            writer.add(subject, term("skos:prefLabel"), lang_text(name, _LANGUAGE))
        # Element IDs carry their hierarchy; the other notations have no dots.
        parent = notation.rpartition(".")[0]
        if parent in names:
            writer.add(subject, term("skos:broader"), node(described.mint(parent)))
        else:
            writer.add(subject, term("skos:topConceptOf"), scheme)


def _build_elements(
    names: dict[str, str], names_by_table: dict[str, dict[str, str]], iris: Iris, writer: QuadWriter
) -> None:
    """Type rated elements by the file that rates them, and name all in O*NET's own terms."""
    for element_id, name in names.items():
        if name:
            subject = node(iris.onet_element(element_id))
            writer.add(subject, term("onet:elementName"), lang_text(name, _LANGUAGE))
    for slug, curie in (("skills", "rg:OnetSkill"), ("knowledge", "rg:OnetKnowledge")):
        for element_id in names_by_table.get(slug, {}):
            writer.add(node(iris.onet_element(element_id)), RDF_TYPE, term(curie))


def _merge(tables: Iterable[dict[str, str]]) -> dict[str, str]:
    """Notation -> name of every node, "" without one; the first file that names it wins."""
    merged: dict[str, str] = {}
    for names in tables:
        for notation, name in names.items():
            merged[notation] = merged.get(notation) or name
    return merged


def _names_in(table: OnetTable, kind: ColumnKind) -> dict[str, str]:
    columns = table.spec.columns
    position = next((index for index, column in enumerate(columns) if column.kind == kind), None)
    notations = table.column(columns[position].header) if position is not None else None
    if position is None or notations is None:
        return {}
    following = columns[position + 1 :][:1]
    named = table.column(following[0].header) if following and following[0].kind == "name" else None
    names: dict[str, str] = {}
    for row in table.rows:
        cells = row.split("\t")
        name = cells[named] if named is not None else ""
        names.setdefault(cells[notations], "" if name in NULLS else name)
    return names
