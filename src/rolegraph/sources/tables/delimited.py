"""A CSV or TSV file in, its rows out."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from rolegraph.errors import Problems
from rolegraph.model.table_map import TableRules
from rolegraph.sources.tables.rows import Cell, Row, Table

DELIMITERS: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_Record = tuple[int, list[str]]


def read_delimited(
    path: Path, rules: TableRules, wanted: Collection[str], problems: Problems
) -> Table | None:
    """Read a file of rows of cells (RFC 4180, with any delimiter).

    Args:
        path: the file.
        rules: its header line, delimiter and encoding; without a delimiter, it is found.
        wanted: the columns that the map names, by which the delimiter is told.
        problems: receives what is wrong with the file as a whole.
    Returns:
        the rows, those of another width than the header as faulty, or None when the file cannot be read.
    """
    text = _decode(path, rules.encoding, problems)
    if text is None:
        return None
    lines = text.split("\n")[rules.header - 1 :]
    if not lines or not text.strip():
        found = "the file is empty" if not text.strip() else f"there is no line {rules.header}"
        problems.error(path, 0, found, "give a line of column names, and the rows")
        return None
    delimiter = _delimiter(path, rules, lines[0], wanted, problems)
    if delimiter is None:
        return None
    try:
        records = list(_records("\n".join(lines), delimiter, rules.header - 1))
    except _Malformed as error:
        problems.error(path, error.line, str(error), "close each quote, and double those in a cell")
        return None
    if not records:
        problems.error(path, rules.header, "there are no column names on this line", "correct `header`")
        return None
    header = [name.strip() for name in records[0][1]]
    return Table(tuple(filter(None, header)), list(_rows(str(path), header, records[1:])))


def _decode(path: Path, encoding: str, problems: Problems) -> str | None:
    """The text of a file without a byte order mark, or None when it is not in that encoding."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.error(path, 0, f"cannot be read ({error.strerror})", "name a readable file")
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and "16" not in encoding:
        problems.error(path, 0, "the file is UTF-16", 'save it as UTF-8, or write encoding = "utf-16"')
        return None
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"byte 0x{data[error.start]:02X} is not {encoding}"
        instead = "save the file as UTF-8, or write its encoding (such as cp1252) into the map"
        problems.error(path, line, found, instead)
        return None


def _delimiter(
    path: Path, rules: TableRules, header: str, wanted: Collection[str], problems: Problems
) -> str | None:
    """What separates the cells: what the map says, if the header agrees, or what finds most columns."""
    found = {mark: len(set(wanted) & _names(header, mark)) for mark in DELIMITERS}
    best = max(found, key=lambda mark: (found[mark], header.count(mark)))
    asked = rules.delimiter
    if asked is None:
        return best
    if found.get(asked, 1) == 0 and found[best] > 0:
        shown = DELIMITERS.get(asked, repr(asked))
        message = f"the header line is separated by {DELIMITERS[best]}, not by {shown}"
        problems.error(path, rules.header, message, "correct `delimiter` in the map, or leave it out")
        return None
    return asked


def _names(header: str, delimiter: str) -> set[str]:
    """The column names that a header line would have with a delimiter."""
    try:
        return {
            name.strip() for name in next(csv.reader([header.partition("\r")[0]], delimiter=delimiter), ())
        }
    except csv.Error:
        return set()


class _Malformed(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _records(body: str, delimiter: str, before: int) -> Iterator[_Record]:
    """Every record with the line on which it begins; lines without any cell are left out."""
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found = f"the quoting is wrong ({error})"
            if "limit" in str(error):
                found = f"a cell has more than {csv.field_size_limit():,} characters"
            raise _Malformed(line, found) from error
        if record:
            yield line, record


def _rows(file: str, header: list[str], records: list[_Record]) -> Iterator[Row]:
    for line, record in records:
        if not any(cell.strip() for cell in record):
            continue
        cells: dict[str, Cell] = dict(zip(header, record, strict=False))
        nameless = [cell for name, cell in zip(header, record, strict=False) if not name and cell.strip()]
        cells.pop("", None)
        fault = None
        if len(record) != len(header):
            found = f"the row has {len(record)} cells and the header {len(header)}"
            fault = (found, "write one for each column")
        elif nameless:
            fault = ("a cell stands in a column without a name", "name the column, or empty the cell")
        if fault is not None:
            cells[""] = (*nameless, *record[len(header) :])
        yield Row(file, line, cells, fault)
