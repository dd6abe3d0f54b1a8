"""The files of ESCO in, quads out by which they can be written again from the graph of ESCO.

Most rows say what the records of their concepts do, so it is enough to note which file has rows on which
concept. Rows that say something else (a label that another file spells differently) are kept as they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, integer, node, text
from rolegraph.iris import Iris
from rolegraph.model.csv_rows import order_text, row_text
from rolegraph.model.esco import EscoData, EscoSource, EscoTable
from rolegraph.model.esco_rows import EscoRows, Layout, Row
from rolegraph.terms import term


def build_esco_files(data: EscoData, iris: Iris, writer: QuadWriter) -> None:
    """Describe every file: its name, language, release, header, and what of its rows is not told elsewhere.

    Args:
        data: all sources, merged.
        iris: mints the IRIs of files and of rows.
        writer: receives the quads, of the graph `provenance`.
    """
    for source, folder in zip(data.sources, _folders(data.sources), strict=True):
        for table in source.tables:
            file = iris.esco_file(folder, table.name)
            _build_file(source, folder, table, node(file), writer)
            _build_rows(data, table, file, iris, writer)


def _folders(sources: list[EscoSource]) -> Iterator[str]:
    """A name for the folder of each source; a second one of a name is numbered."""
    seen: Counter[str] = Counter()
    for source in sources:
        name = source.name.removesuffix(".zip") or "esco"
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"


def _build_file(source: EscoSource, folder: str, table: EscoTable, file: str, writer: QuadWriter) -> None:
    writer.add(file, RDF_TYPE, term("rg:SourceFile"))
    writer.add(file, RDF_TYPE, term("rg:EscoFile"))
    writer.add(file, term("rg:folderName"), text(folder))
    writer.add(file, term("rg:fileName"), text(table.name))
    writer.add(file, term("rg:headerRow"), text(row_text(table.header)))
    writer.add(file, term("rg:rowCount"), integer(table.row_count))
    writer.add(file, term("dcterms:language"), text(table.language))
    writer.add(file, term("pav:version"), text(source.version))


def _build_rows(data: EscoData, table: EscoTable, file: str, iris: Iris, writer: QuadWriter) -> None:
    """Write which concepts a file has rows on, the rows that no record tells, and the order of all."""
    layout = Layout(table.spec, table.header)
    rows = [layout.row(cells) for cells in table.rows]
    by_concept: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_concept[layout.about(row)].append(row)
    records = EscoRows(layout, table.language, data.concepts)
    tails = (writer.tail(term("rg:escoFile"), node(file)),)
    for iri, found in by_concept.items():
        told = {layout.identity(row): row for row in records.about(iri)}
        is_member = bool(told) and told.keys() <= {layout.identity(row) for row in found}
        if is_member:
            writer.add_tails(node(iri), tails)
        for row in _not_told(found, told, layout) if is_member else found:
            cells = msgspec.json.encode(row).decode()
            subject = node(iris.esco_row(file, cells))
            writer.add(subject, RDF_TYPE, term("rg:EscoRow"))
            writer.add(subject, term("rg:rowCells"), text(cells))
            writer.add_tails(subject, tails)
    places = {row: place for place, row in enumerate(sorted(rows, key=layout.sort_key), start=1)}
    writer.add(node(file), term("rg:keptRowCount"), integer(len(places)))
    if order := order_text([places[row] for row in rows]):
        writer.add(node(file), term("rg:rowOrder"), text(order))


def _not_told(found: list[Row], told: dict[Row, Row], layout: Layout) -> list[Row]:
    """The rows that are not told; where one of several on the same IRIs is not, all of these."""
    others = {identity for row in found if told.get(identity := layout.identity(row)) != row}
    return [row for row in found if layout.identity(row) in others] if others else []
