"""One CSV file of ESCO in, its sound rows with clean cells out; faults and changes are told by line.

Cells are checked and cleaned by column over their distinct spellings, and rows are looked at one by one
only where a spelling is wrong or was changed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from rolegraph.errors import Problems
from rolegraph.model.esco import Column, EscoTable, TableSpec
from rolegraph.model.esco_rows import Layout, Row
from rolegraph.sources.esco_cells import Clean, Fault, clean_cell, is_clean
from rolegraph.sources.folder import Folder
from rolegraph.sources.header import check_header, other_separator
from rolegraph.sources.import_report import ImportReport, shorten
from rolegraph.text import decode_text


class _Rows(Struct):
    """The rows of a file and the line where each starts."""

    cells: list[list[str]]
    lines: list[int]


def read_table(
    folder: Folder, name: str, spec: TableSpec, language: str, problems: Problems, report: ImportReport
) -> EscoTable | None:
    """Read one file.

    Args:
        folder: where it lies.
        name: the file.
        spec: what it must hold.
        language: of its labels and texts.
        problems: receives every fault; a faulty row is left out of the result.
        report: receives every row that was changed or is there twice.
    Returns:
        the rows, or None when the file as a whole cannot be read.
    """
    file = folder.shown(name)
    data = folder.read(name, problems)
    text = None if data is None else decode_text(data, file, problems)
    if text is None or not _is_separated_by_commas(file, text, problems):
        return None
    rows = _parse(file, text, problems)
    if not rows.cells:
        return None
    header = [cell.strip() for cell in rows.cells[0]]
    required = [column.header for column in spec.columns if column.required]
    if not check_header(file, header, required, {column.header for column in spec.columns}, problems):
        return None
    count = len(rows.cells) - 1
    sound = _even(file, _Rows(cells=rows.cells[1:], lines=rows.lines[1:]), len(header), spec, problems)
    sound = _clean(file, spec, header, sound, problems, report)
    sound = _drop_repeated(file, Layout(spec, header), sound, report)
    return EscoTable(
        spec=spec,
        language=language,
        file=file,
        name=name,
        header=header,
        rows=sound.cells,
        lines=sound.lines,
        row_count=count,
    )


def _is_separated_by_commas(file: str, text: str, problems: Problems) -> bool:
    """Whether the header line is; another separator is reported, before it makes nonsense of the quotes."""
    if not text.strip():
        problems.error(file, 1, "the file is empty", "give the header line and the rows")
        return False
    if mark := other_separator(text.lstrip().partition("\n")[0], ","):
        problems.error(file, 1, f"the header line is separated by {mark!r}", "separate columns by commas")
        return False
    return True


@contextmanager
def _cells_of_any_length(limit: int) -> Iterator[None]:
    """ESCO lists all top concepts of a scheme in one cell of half a megabyte; csv allows 128 KiB."""
    before = csv.field_size_limit(max(limit, 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parse(file: str, text: str, problems: Problems) -> _Rows:
    """The rows of a CSV file without empty lines, the header being the first."""
    rows = _Rows(cells=[], lines=[])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    with _cells_of_any_length(len(text)):
        try:
            for cells in reader:
                if cells:
                    rows.cells.append(cells)
                    rows.lines.append(start)
                start = reader.line_num + 1
        except csv.Error as error:
            problems.error(file, start, f"the row is no CSV ({error})", "close each quote, double inner ones")
            return rows
    if len(rows.cells) == 1:
        problems.warn(file, 1, "there is no row below the header", "nothing comes from this file")
    return rows


def _even(file: str, rows: _Rows, width: int, spec: TableSpec, problems: Problems) -> _Rows:
    """The rows that have a cell for every header; the others are reported.

    The hierarchy's own files leave out the cells of levels that a row does not reach.
    """
    even = _Rows(cells=[], lines=[])
    for cells, line in zip(rows.cells, rows.lines, strict=True):
        short = width - len(cells)
        if short and not (spec.kind == "hierarchy" and 0 < short < width):
            found = f"the row has {len(cells)} cells and the header {width}"
            problems.error(file, line, found, "quote cells that hold commas or line ends")
            continue
        even.cells.append(cells + [""] * short if short else cells)
        even.lines.append(line)
    return even


def _clean(
    file: str, spec: TableSpec, header: list[str], rows: _Rows, problems: Problems, report: ImportReport
) -> _Rows:
    """The rows without faults, cells in the spelling that `clean_cell` gives them."""
    raw, faulty = rows.cells, set[int]()
    cleaned = raw.copy()
    for column in spec.columns:
        if column.header not in header:
            continue
        index = header.index(column.header)
        cells = [row[index] for row in raw]
        doubtful = [cell for cell in set(cells) if not is_clean(column, cell)]
        outcomes = {cell: clean_cell(column, cell) for cell in doubtful}
        changed = {cell: outcome for cell, outcome in outcomes.items() if outcome != Clean(text=cell)}
        if not changed:
            continue
        for number, cell in enumerate(cells):
            outcome = changed.get(cell)
            if isinstance(outcome, Fault):
                found = f"{column.header} {shorten(cell)} {outcome.found}"
                problems.error(file, rows.lines[number], found, outcome.instead)
                faulty.add(number)
            elif outcome is not None:
                if cleaned[number] is raw[number]:
                    cleaned[number] = raw[number].copy()
                cleaned[number][index] = outcome.text
                _report(file, rows.lines[number], column, outcome, raw[number], report)
    keep = [number for number in range(len(raw)) if number not in faulty]
    return _Rows(cells=[cleaned[number] for number in keep], lines=[rows.lines[number] for number in keep])


def _report(
    file: str, line: int, column: Column, outcome: Clean, row: list[str], report: ImportReport
) -> None:
    for found, consequence in outcome.changes:
        report.add(file, line, found, consequence, row, column.header)


def _drop_repeated(file: str, layout: Layout, rows: _Rows, report: ImportReport) -> _Rows:
    """Each row once; the order of the values in a cell and columns that are not known make no difference."""
    seen: dict[Row, int] = {}
    kept = _Rows(cells=[], lines=[])
    for cells, line in zip(rows.cells, rows.lines, strict=True):
        first = seen.setdefault(layout.row(cells), line)
        if first == line:
            kept.cells.append(cells)
            kept.lines.append(line)
        else:
            report.add(file, line, "the row is there twice", "it is read once", cells, f"as line {first}")
    return kept
