"""What every reader of tables gives: rows with their lines, and the rows that were refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from rolegraph.sources.import_report import Finding, ImportReport

Cell = str | tuple[str, ...]
"""A text, or in JSON the texts of a list; what says nothing is the empty text."""

FILE_COLUMN = "@file"
STEM_COLUMN = "@stem"
FILE_COLUMNS = (FILE_COLUMN, STEM_COLUMN)
"""Columns that every table has: the name of its file, and that name without its last suffix."""


class Row(NamedTuple):
    """A row of a table; `line` is that of its first character, or its number in a workbook.

    `fault` is why it cannot be used, as a reader found: what is wrong, and what to write instead.
    """

    file: str
    line: int
    cells: Mapping[str, Cell]
    fault: tuple[str, str] | None = None

    @property
    def place(self) -> str:
        """Where the row stands, as messages say it."""
        return f"{self.file}:{self.line}"


class Table(NamedTuple):
    """The rows of one file, and the columns that any of them has."""

    columns: tuple[str, ...]
    rows: list[Row]


class Rejections(Struct):
    """The rows that were not imported.

    `causes` are at fault themselves; `followers` belong to a role of which another row is at fault.
    """

    causes: list[Finding] = field(default_factory=list)
    followers: list[Finding] = field(default_factory=list)

    def reject(self, row: Row, found: str, instead: str) -> None:
        """Refuse a row: what was found, and what to write instead."""
        self.causes.append(_finding(row, found, instead))

    def follow(self, row: Row, faulty: Row) -> None:
        """Refuse a sound row of a role because of another one."""
        found = f"its role is not imported because of {faulty.place}"
        self.followers.append(_finding(row, found, "correct that row"))

    @property
    def report(self) -> ImportReport:
        """Every row that was refused, once for each reason."""
        report = ImportReport()
        for each in (*self.causes, *self.followers):
            report.add(each.file, each.line, each.found, each.consequence, each.row)
        return report


def _finding(row: Row, found: str, consequence: str) -> Finding:
    own = [cell for name, cell in row.cells.items() if name and name not in FILE_COLUMNS]
    rest = row.cells.get("", ())  # what stands under no header
    own += (rest,) if isinstance(rest, str) else rest
    cells = (cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in own)
    return Finding(file=row.file, line=row.line, found=found, consequence=consequence, row=tuple(cells))
