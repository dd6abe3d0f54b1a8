"""One tab-separated O*NET file in, its sound rows out; every fault is reported by line.

Cells are checked by column over their distinct spellings, and rows are looked at one by one only
where a spelling is wrong: a database of 250,000 rows is checked in about a second.
"""

from __future__ import annotations

import re
from itertools import pairwise
from operator import itemgetter
from typing import Final

from msgspec import Struct, field

from rolegraph.documents import UNPRINTABLE
from rolegraph.errors import Problems
from rolegraph.model.onet import NULLS, Column, ColumnKind, OnetTable, TableSpec, column_names
from rolegraph.model.onet_tables import form_with
from rolegraph.sources.header import check_header, other_separator
from rolegraph.text import decode_text

CODE_PATTERN: Final = re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}")

# Numbers are bounded by what an xsd:integer and an xsd:decimal of the store can hold exactly.
_SPELLINGS: Final[dict[ColumnKind, tuple[re.Pattern[str], str, str]]] = {
    "integer": (re.compile(r"-?[0-9]{1,18}"), "is no whole number", "write digits such as 28"),
    "decimal": (re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?"), "is no number", "write one such as 4.12"),
    "flag": (re.compile("[YN]"), "is neither Y nor N", "write Y or N"),
    "month": (re.compile(r"(0[1-9]|1[0-2])/[0-9]{4}"), "is no month", "write MM/YYYY such as 08/2023"),
    "codes": (re.compile(r"[^,\s]+(,[^,\s]+)*"), "is no list of codes", "write codes such as 02,08"),
    "identifier": (re.compile(r"[0-9A-Za-z.-]+"), "is no identifier", "write letters, digits, dots only"),
    "code": (CODE_PATTERN, "is no O*NET-SOC code", "write one such as 15-1252.00"),
    "occupation": (CODE_PATTERN, "is no O*NET-SOC code", "write one such as 15-1252.00"),
    "element": (re.compile(r"[0-9A-Za-z]+(\.[0-9A-Za-z]+)*"), "is no element ID", "write one like 2.A.1.a"),
    "scale": (re.compile(r"[0-9A-Za-z]+"), "is no scale ID", "write one such as IM"),
    "task": (re.compile(r"[0-9A-Za-z.-]+"), "is no task ID", "write letters, digits, dots only"),
    "zone": (re.compile(r"[1-9]"), "is no job zone", "write a number from 1 to 5"),
    "commodity": (re.compile(r"[0-9]{8}"), "is no UNSPSC code", "write eight digits such as 43232408"),
    "commodity_group": (re.compile(r"[0-9]{8}"), "is no UNSPSC code", "write eight digits such as 43230000"),
}


class _Rows(Struct):
    """The rows that have a cell for every header: their line numbers, and their cells by column."""

    numbers: list[int]
    columns: list[list[str]]


class Known(Struct):
    """What the files read so far have defined; reading a file adds its names.

    `occupations` is None where every well-formed code is accepted; `names` holds the first name of
    each element and commodity.
    """

    occupations: set[str] | None
    names: dict[str, str] = field(default_factory=dict)


def read_table(
    file: str, data: bytes, forms: list[TableSpec], problems: Problems, known: Known
) -> OnetTable | None:
    """Read one file.

    Args:
        file: how messages call it.
        data: its bytes.
        forms: what it may hold, one for each layout that has it; the header decides.
        problems: receives every fault; a faulty row is left out of the result.
        known: the occupations and names that the row's cells are compared with.

    Returns:
        the rows, or None when the file as a whole cannot be read.
    """
    lines = _decode(file, data, problems)
    if lines is None:
        return None
    header = lines[0]
    names = column_names(header)
    spec = form_with(forms, names) or forms[0]
    if not _check_header(file, spec, names, problems):
        return None
    rows = _split(file, lines, len(names), problems)
    faulty = _check_characters(file, lines, problems)
    for column in _checked(spec):
        if column.header in names:
            cells = rows.columns[names.index(column.header)]
            faulty |= _check_column(file, column, cells, rows, known, problems)
    faulty |= _check_keys(file, spec, names, rows, problems)
    _check_names(file, spec, names, rows, known, problems)
    numbers = [number for number in _by_occupation(file, spec, names, rows, problems) if number not in faulty]
    return OnetTable(spec=spec, header=header, rows=[lines[number - 1] for number in numbers])


def column_cells(data: bytes, header: str) -> set[str]:
    """The cells of one column, of sound and broken rows alike; none when the file does not have it."""
    first, *lines = data.decode(errors="replace").removeprefix("\ufeff").split("\n")
    names = column_names(first)
    if header not in names:
        return set()
    index = names.index(header)
    return {cells[index] for cells in (line.split("\t") for line in lines) if len(cells) > index}


def _decode(file: str, data: bytes, problems: Problems) -> list[str] | None:
    """The lines of a file without their ends, or None when it is empty or not UTF-8."""
    text = decode_text(data, file, problems)
    if text is None:
        return None
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if not text.strip():
        problems.error(file, 1, "the file is empty", "give the header line and the rows")
    elif "\r" in lines[0]:
        problems.error(file, 1, "its lines end in a carriage return alone", "save it with line ends of Unix")
    else:
        if len(lines) == 1:
            problems.warn(file, 1, "there is no row below the header", "nothing comes from this file")
        return lines
    return None


def _check_header(file: str, spec: TableSpec, names: list[str], problems: Problems) -> bool:
    if len(names) == 1:
        mark = other_separator(names[0], "\t")
        found = f"the header line is separated by {mark!r}" if mark else "the header line has no tab"
        problems.error(file, 1, found, "separate columns by a tab, as in the text edition of the database")
        return False
    columns = _checked(spec)
    required = [column.header for column in columns if column.required]
    known = {column.header for column in columns}
    unread = "it is kept in the rows' source text only"
    return check_header(file, names, required, known, problems, unread)


def _checked(spec: TableSpec) -> list[Column]:
    """Each column once, by its first description."""
    return list({column.header: column for column in reversed(spec.columns)}.values())[::-1]


def _split(file: str, lines: list[str], width: int, problems: Problems) -> _Rows:
    """The rows of the right width, by column; the others are reported."""
    numbers = [number for number, line in enumerate(lines, start=1) if line.count("\t") == width - 1][1:]
    if len(numbers) < len(lines) - 1:
        right = set(numbers)
        for number, line in enumerate(lines[1:], start=2):
            if number not in right:
                _report_width(file, number, line, width, problems)
    # One split of everything and one slice per column: a list for every row would take twice the time.
    cells = "\t".join([lines[number - 1] for number in numbers]).split("\t") if numbers else []
    return _Rows(numbers=numbers, columns=[cells[index::width] for index in range(width)])


def _check_characters(file: str, lines: list[str], problems: Problems) -> set[int]:
    """Report rows that hold a control character, whatever their columns; return their lines."""
    if not UNPRINTABLE.search("\n".join(lines)):
        return set()
    faulty = {number for number, line in enumerate(lines, start=1) if UNPRINTABLE.search(line)}
    for number in faulty:
        problems.error(file, number, "the row holds a control character", "write the text without it")
    return faulty


def _report_width(file: str, number: int, line: str, width: int, problems: Problems) -> None:
    if not line.strip():
        problems.error(file, number, "the line is empty", "remove it")
        return
    cells = line.count("\t") + 1
    found = f"the row has {cells} cells and the header {width}"
    problems.error(file, number, found, f"write {width} cells separated by tabs")


def _check_column(
    file: str, column: Column, cells: list[str], rows: _Rows, known: Known, problems: Problems
) -> set[int]:
    """Report the cells of one column that are not what its kind asks for; return their lines."""
    faults = {cell: fault for cell in set(cells) if (fault := _fault(column, cell, known))}
    if not faults:
        return set()
    faulty = set()
    for number, cell in zip(rows.numbers, cells, strict=True):
        if cell in faults:
            found, instead = faults[cell]
            problems.error(file, number, f"{column.header} {cell!r} {found}", instead)
            faulty.add(number)
    return faulty


def _fault(column: Column, cell: str, known: Known) -> tuple[str, str] | None:
    """What is wrong with a cell and what to write instead, or None."""
    or_null = ", or n/a" if column.null else ""
    if cell in NULLS:
        return None if column.null else ("says nothing", "write a value, or remove the row")
    if column.allowed and cell not in column.allowed:
        return "is not in the list", f"write one of {', '.join(column.allowed)}{or_null}"
    if column.kind in _SPELLINGS:
        pattern, found, instead = _SPELLINGS[column.kind]
        if not pattern.fullmatch(cell):
            return found, instead + or_null
    if column.kind == "occupation" and known.occupations is not None and cell not in known.occupations:
        return "is not in Occupation Data.txt", "add the occupation there, or remove the row"
    return ("is only spaces", f"write a value{or_null}") if cell.isspace() else None


def _check_keys(file: str, spec: TableSpec, names: list[str], rows: _Rows, problems: Problems) -> set[int]:
    """Report rows whose key an earlier row has; return their lines."""
    first_header = spec.columns[0].header
    headers = [name for name in dict.fromkeys((first_header, *spec.key)) if name in names]
    columns = [rows.columns[names.index(name)] for name in headers]
    nullable = {column.header for column in spec.columns if column.null and not spec.joint_key}
    for place, name in enumerate(headers):
        if name in nullable:  # n/a and an empty cell would give one IRI
            columns[place] = ["" if cell in NULLS else cell for cell in columns[place]]
    keys = list(zip(*columns, strict=True))
    if len(set(keys)) == len(keys):
        return set()
    seen: dict[tuple[str, ...], int] = {}
    faulty = set()
    for number, key in zip(rows.numbers, keys, strict=True):
        first = seen.setdefault(key, number)
        if first != number:
            faulty.add(number)
            found = f"{' + '.join(headers)} {' + '.join(map(repr, key))} is already on line {first}"
            problems.error(file, number, found, "keep one of the two rows")
    return faulty


def _check_names(
    file: str, spec: TableSpec, names: list[str], rows: _Rows, known: Known, problems: Problems
) -> None:
    """Warn of an element or commodity that is named differently from before."""
    for before, column in pairwise(spec.columns):
        if column.kind != "name" or not {before.header, column.header} <= set(names):
            continue
        identifiers, spellings = (rows.columns[names.index(each.header)] for each in (before, column))
        first_lines = dict(
            zip(
                zip(reversed(identifiers), reversed(spellings), strict=True),
                reversed(rows.numbers),
                strict=True,
            )
        )
        for (identifier, spelling), number in sorted(first_lines.items(), key=itemgetter(1)):
            first = known.names.setdefault(identifier, spelling)
            if first != spelling:
                found = f"{identifier} is named {spelling!r} here and {first!r} before"
                problems.warn(file, number, found, "the first name is used")


def _by_occupation(
    file: str, spec: TableSpec, names: list[str], rows: _Rows, problems: Problems
) -> list[int]:
    """The lines of the rows, sorted by occupation when the file is not, which is told."""
    if not spec.by_occupation:
        return rows.numbers
    codes = rows.columns[names.index(spec.columns[0].header)]
    if codes == sorted(codes):
        return rows.numbers
    found = "the rows are not in the order of their occupations"
    problems.warn(file, 0, found, "they are sorted, and within an occupation left as they are")
    return [number for _, number in sorted(zip(codes, rows.numbers, strict=True))]
