"""Rows that an import did not take as they stand, out as a table that people can work through."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("file", "line", "reason", "row")


class ReportedRow(NamedTuple):
    """A row of a source: where it stands, what is the matter with it, and its cells joined by tabs."""

    file: str
    line: int
    reason: str
    row: str


class ImportReport:
    """Collects the rows of one run."""

    def __init__(self) -> None:
        self.rows: list[ReportedRow] = []

    def add(self, file: str, line: int, reason: str, row: str) -> None:
        """Take one row."""
        self.rows.append(ReportedRow(file, line, reason, row))

    def write(self, path: Path) -> None:
        """Write the table as CSV; the file appears when it is whole."""
        part = path.with_name(f".{path.name}.part")
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(sorted(self.rows))
        part.replace(path)
