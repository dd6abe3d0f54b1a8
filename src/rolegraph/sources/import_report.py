"""Rows that an import refuses in, its report (CSV: file, line, reason, row) out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final, NamedTuple

HEADER: Final = ("file", "line", "reason", "row")


class RejectedRow(NamedTuple):
    """A row that was not imported: where it stands, why, and what it says."""

    file: str
    line: int
    reason: str
    row: str


def is_report(path: Path) -> bool:
    """Whether a file is the report of an import, which the next one may replace."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return tuple(next(csv.reader(stream), ())) == HEADER
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def dump_report(rows: list[RejectedRow]) -> str:
    """The report of an import; only its header where every row was imported."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(sorted(rows))
    return stream.getvalue()
