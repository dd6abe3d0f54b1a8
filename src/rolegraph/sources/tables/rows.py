"""What every reader of tables gives: rows with their lines, and the rows that were refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from rolegraph.sources.import_report import RejectedRow

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

    causes: list[RejectedRow] = field(default_factory=list)
    followers: list[RejectedRow] = field(default_factory=list)

    def reject(self, row: Row, found: str, instead: str) -> None:
        """Refuse a row: what was found, and what to write instead."""
        self.causes.append(RejectedRow(row.file, row.line, f"{found}; {instead}", written(row.cells)))

    def follow(self, row: Row, reason: str) -> None:
        """Refuse a sound row whose role cannot be imported."""
        self.followers.append(RejectedRow(row.file, row.line, reason, written(row.cells)))

    @property
    def all(self) -> list[RejectedRow]:
        """Every row that was refused, once for each reason."""
        return sorted({*self.causes, *self.followers})


def written(cells: Mapping[str, Cell]) -> str:
    """The cells of a row as the import report shows them."""
    return json.dumps({k: v for k, v in cells.items() if k not in FILE_COLUMNS}, ensure_ascii=False)
