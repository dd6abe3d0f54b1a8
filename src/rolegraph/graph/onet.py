"""The O*NET database in, its quads out: one node per row, plus the nodes that rows refer to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, integer, lang_text, node, text
from rolegraph.graph.onet_references import build_references
from rolegraph.graph.onet_rows import LANGUAGE, build_rows, code_index, row_minter
from rolegraph.graph.soc import soc_code
from rolegraph.iris import Iris
from rolegraph.model.onet import OnetDatabase, OnetTable
from rolegraph.terms import term

_PAGE: Final = "https://www.onetonline.org/link/summary/"


def build_onet(database: OnetDatabase, iris: Iris, onet: QuadWriter, provenance: QuadWriter) -> None:
    """Write the graph of an O*NET database.

    Args:
        database: sound tables; a missing one leaves out what it holds.
        iris: mints the IRIs.
        onet: receives the quads of the graph `onet`.
        provenance: receives one description per file: header line, number of rows, release.
    """
    classes = Counter(table.spec.row_class for table in database.tables.values())
    for slug, table in database.tables.items():
        is_shared = classes[table.spec.row_class] > 1
        build_rows(table, iris, onet, iris.onet_file(slug) if is_shared else None)
        _build_file(slug, table, database.version, iris, provenance)
    _build_occupations(database, iris, onet)
    _build_titles(database, iris, onet)
    build_references(database, iris, onet)


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
    writer.add(scheme, term("skos:prefLabel"), lang_text("O*NET-SOC 2019 occupations", LANGUAGE))
    for code in database.titles():
        subject = node(iris.onet(code))
        writer.add(subject, RDF_TYPE, term("skos:Concept"))
        writer.add(subject, term("skos:inScheme"), scheme)
        writer.add(subject, term("skos:broader"), node(iris.soc(soc_code(code))))
        writer.add(subject, term("foaf:page"), node(_PAGE + code))


def _build_titles(database: OnetDatabase, iris: Iris, writer: QuadWriter) -> None:
    """Give occupations their alternative labels, and mark alternate titles that were also reported."""
    reported = {
        (code, title): row for code, title, row in _titles(database, "onet:reportedJobTitle", iris)
    }
    preferred = database.titles()
    written: set[tuple[str, str]] = set()
    for code, title, row in _titles(database, "onet:jobTitle", iris):
        if (code, title) in reported:
            writer.add(row, term("rg:reportedAs"), reported[code, title])
        # SKOS S13: an alternative label is not the preferred one.
        if title != preferred.get(code) and (code, title) not in written:
            written.add((code, title))
            writer.add(node(iris.onet(code)), term("skos:altLabel"), lang_text(title, LANGUAGE))


def _titles(database: OnetDatabase, predicate: str, iris: Iris) -> Iterator[tuple[str, str, str]]:
    """Each row of the files with a column for the predicate, as (code, title, token of the row)."""
    for table in database.tables.values():
        for column in table.spec.columns:
            index = table.column(column.header)
            if predicate in column.predicates and index is not None:
                subject_of, code = row_minter(table, iris), code_index(table)
                for row in table.rows:
                    cells = row.split("\t")
                    yield cells[code], cells[index], subject_of(cells)
