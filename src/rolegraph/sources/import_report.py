"""What an import changed or could not place in, a warning for each kind of it and the whole list as CSV out.

It serves every import of tables (ESCO, crosswalks, bulk roles): nothing that a user gave is dropped or
changed without a line here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from rolegraph.errors import Problems
from rolegraph.model.csv_rows import row_text

COLUMNS: Final = ("file", "line", "reason", "row")
_SHOWN: Final = 60


class Finding(Struct, frozen=True, order=True, kw_only=True):
    """One row that was not taken as it stands.

    `found` and `consequence` are the same for all findings of a kind; `detail` tells them apart.
    """

    file: str
    line: int
    found: str
    consequence: str
    detail: str = ""
    row: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The finding as the report words it."""
        return f"{self.found}{f' ({self.detail})' if self.detail else ''}; {self.consequence}"


class ImportReport:
    """Collects the findings of one import."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def add(
        self, file: str, line: int, found: str, consequence: str, row: Iterable[str], detail: str = ""
    ) -> None:
        """Record what was found in a row, and what became of it.

        Args:
            file: as messages call it.
            line: where the row starts, from 1.
            found: the kind of finding, without anything that is of this row alone.
            consequence: what was done.
            row: its cells as they were read.
            detail: what is of this row alone.
        """
        finding = Finding(
            file=file, line=line, found=found, consequence=consequence, detail=detail, row=tuple(row)
        )
        self._findings.append(finding)

    @property
    def findings(self) -> list[Finding]:
        """Each finding once, by file and line."""
        return sorted(set(self._findings))

    def warn(self, problems: Problems) -> None:
        """Give one warning for all findings of a kind in a file: how many, and where the first is."""
        kinds: dict[tuple[str, str, str], list[Finding]] = {}
        for finding in self.findings:
            kinds.setdefault((finding.file, finding.found, finding.consequence), []).append(finding)
        for (file, found, consequence), members in kinds.items():
            first = members[0]
            detail = f" ({first.detail})" if first.detail else ""
            more = f" and {len(members) - 1:,} more like it" if len(members) > 1 else ""
            problems.warn(file, first.line, f"{found}{detail}{more}", consequence)

    def write(self, path: Path) -> None:
        """Write all findings as CSV, whole or not at all; a report without findings is only the header."""
        part = path.with_name(f".{path.name}.part")
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            for finding in self.findings:
                writer.writerow((finding.file, finding.line, finding.reason, row_text(finding.row)))
        part.replace(path)


def shorten(text: str) -> str:
    """A cell as a message shows it: quoted, and cut where it is long."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
