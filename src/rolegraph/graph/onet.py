"""The O*NET database in, its quads out: one node per row, plus the nodes that rows refer to.

The quads of a database are most of a snapshot (2.5 million), so each distinct cell is turned into
the ends of its quads once, and a row is its subject in front of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, decimal, integer, lang_text, node, text
from rolegraph.graph.onet_references import build_references
from rolegraph.graph.soc import soc_code
from rolegraph.iris import Iris
from rolegraph.model.onet import CODE_COLUMN, NULLS, Column, ColumnKind, NodeKind, OnetDatabase, OnetTable
from rolegraph.terms import term

_LANGUAGE: Final = "en"
_PAGE: Final = "https://www.onetonline.org/link/summary/"
_TRUE: Final = f'"true"^^{term("xsd:boolean")}'
_FALSE: Final = f'"false"^^{term("xsd:boolean")}'
_MORE_THAN_TABS: Final = re.compile(r'["\\\x00-\x08\x0a-\x1f\x7f]')

_Tokens = Callable[[str], Iterable[str]]


def build_onet(database: OnetDatabase, iris: Iris, onet: QuadWriter, provenance: QuadWriter) -> None:
    """Write the graph of an O*NET database.

    Args:
        database: sound tables; a missing one leaves out what it holds.
        iris: mints the IRIs.
        onet: receives the quads of the graph `onet`.
        provenance: receives one description per file: header line, number of rows, release.
    """
    for slug, table in database.tables.items():
        _build_rows(table, iris, onet)
        _build_file(slug, table, database.version, iris, provenance)
    _build_occupations(database, iris, onet)
    _build_titles(database, iris, onet)
    build_references(database, iris, onet)


class _Tails(dict[str, tuple[str, ...]]):
    """Cell -> ends of the quads that it gives, made when a spelling is first met."""

    def __init__(self, column: Column, tokens: _Tokens, writer: QuadWriter) -> None:
        super().__init__(dict.fromkeys(NULLS, ()))
        self._predicates = tuple(term(curie) for curie in column.predicates)
        self._tokens = tokens
        self._writer = writer

    def __missing__(self, cell: str) -> tuple[str, ...]:
        tail = self._writer.tail
        tails = tuple([tail(name, token) for token in self._tokens(cell) for name in self._predicates])
        self[cell] = tails
        return tails


def _tokens_of(kind: ColumnKind, iris: Iris) -> _Tokens:
    """How a cell of this kind is written as object tokens."""
    makers: dict[ColumnKind, _Tokens] = {
        "label": lambda cell: (lang_text(cell, _LANGUAGE),),
        "codes": lambda cell: map(text, cell.split(",")),
        "integer": lambda cell: (integer(int(cell)),),
        "decimal": lambda cell: (decimal(cell),),
        "flag": lambda cell: (_TRUE if cell == "Y" else _FALSE,),
        "occupation": lambda cell: (node(iris.onet(cell)),),
        "element": lambda cell: (node(iris.onet_element(cell)),),
        "scale": lambda cell: (node(iris.onet_scale(cell)),),
        "commodity": lambda cell: (node(iris.unspsc(cell)),),
        "zone": lambda cell: (node(iris.onet_job_zone(cell)),),
    }
    return makers.get(kind, lambda cell: (text(cell),))


def _build_rows(table: OnetTable, iris: Iris, writer: QuadWriter) -> None:
    """Write each row's node with all its columns, its source text and the link from its occupation."""
    spec = table.spec
    columns = [
        (index, _Tails(column, _tokens_of(column.kind, iris), writer))
        for column in spec.columns
        if column.predicates and (index := table.column(column.header)) is not None
    ]
    # The nodes that other rows refer to get their class where all of them are known.
    types = [writer.tail(RDF_TYPE, term(spec.row_class))] if spec.node in {"row", "occupation"} else []
    source_row, link = term("rg:sourceRow"), term(spec.link) if spec.link else ""
    mint, code = _minter(table, iris), _code_index(table)
    for line in table.rows:
        cells = line.split("\t")
        subject = node(mint(cells))
        if link:
            writer.add(node(iris.onet(cells[code])), link, subject)
        row_tails = types.copy()
        for index, tails in columns:
            row_tails += tails[cells[index]]
        writer.add_tails(subject, row_tails)
        writer.add(subject, source_row, _line_text(line))


def _minter(table: OnetTable, iris: Iris) -> Callable[[list[str]], str]:
    """How the cells of a row give the IRI of its node."""
    spec = table.spec
    slug = spec.slug
    keys = [index for name in spec.key if (index := table.column(name)) is not None]
    mint_node: dict[NodeKind, Callable[[str], str]] = {
        "occupation": iris.onet,
        "element": iris.onet_element,
        "scale": iris.onet_scale,
        "zone": iris.onet_job_zone,
    }
    if spec.node in mint_node:
        mint = mint_node[spec.node]
        return lambda cells: mint(cells[keys[0]])
    code = _code_index(table)
    if spec.joint_key:
        return lambda cells: iris.onet_row(cells[code], slug, "|".join([cells[index] for index in keys]))
    return lambda cells: iris.onet_row(cells[code], slug, *[cells[index] for index in keys])


def _code_index(table: OnetTable) -> int:
    """The position of the occupation's code; 0 in the reference files, which have none."""
    return table.column(CODE_COLUMN) or 0


def _line_text(line: str) -> str:
    """The token of a source line: `text`, but quick where only tabs need an escape."""
    if _MORE_THAN_TABS.search(line):
        return text(line)
    return '"' + line.replace("\t", "\\t") + '"'


def _build_file(slug: str, table: OnetTable, version: str | None, iris: Iris, writer: QuadWriter) -> None:
    """Describe a file so that it can be written again: its rows are the members of `rg:rowClass`."""
    subject = node(iris.onet_file(slug))
    writer.add(subject, RDF_TYPE, term("rg:OnetFile"))
    writer.add(subject, term("rg:fileName"), text(table.spec.file))
    writer.add(subject, term("rg:headerRow"), text(table.header))
    writer.add(subject, term("rg:rowCount"), integer(len(table.rows)))
    writer.add(subject, term("rg:rowClass"), term(table.spec.row_class))
    if version is not None:
        writer.add(subject, term("pav:version"), text(version))


def _build_occupations(database: OnetDatabase, iris: Iris, writer: QuadWriter) -> None:
    scheme = node(iris.scheme("onetsoc2019"))
    writer.add(scheme, RDF_TYPE, term("skos:ConceptScheme"))
    writer.add(scheme, term("skos:prefLabel"), lang_text("O*NET-SOC 2019 occupations", _LANGUAGE))
    for code in database.titles():
        subject = node(iris.onet(code))
        writer.add(subject, RDF_TYPE, term("skos:Concept"))
        writer.add(subject, term("skos:inScheme"), scheme)
        writer.add(subject, term("skos:broader"), node(iris.soc(soc_code(code))))
        writer.add(subject, term("foaf:page"), node(_PAGE + code))


def _build_titles(database: OnetDatabase, iris: Iris, writer: QuadWriter) -> None:
    """Give occupations their alternative labels, and mark alternate titles that were also reported."""
    reported = {
        (code, title): mint(cells)
        for code, title, cells, mint in _titles(
            database, "sample-of-reported-titles", "Reported Job Title", iris
        )
    }
    preferred = database.titles()
    written: set[tuple[str, str]] = set()
    for code, title, cells, mint in _titles(database, "alternate-titles", "Alternate Title", iris):
        if (code, title) in reported:
            writer.add(node(mint(cells)), term("rg:reportedAs"), node(reported[code, title]))
        # SKOS S13: an alternative label is not the preferred one.
        if title != preferred.get(code) and (code, title) not in written:
            written.add((code, title))
            writer.add(node(iris.onet(code)), term("skos:altLabel"), lang_text(title, _LANGUAGE))


def _titles(
    database: OnetDatabase, slug: str, header: str, iris: Iris
) -> Iterator[tuple[str, str, list[str], Callable[[list[str]], str]]]:
    """Each row of a file of titles as (code, title, cells, how cells give the IRI)."""
    table = database.tables.get(slug)
    index = table.column(header) if table is not None else None
    if table is None or index is None:
        return
    mint, code = _minter(table, iris), _code_index(table)
    for row in table.rows:
        cells = row.split("\t")
        yield cells[code], cells[index], cells, mint
