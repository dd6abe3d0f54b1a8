"""A validation report in, a table of its findings out (RFC 4180)."""

from __future__ import annotations

import csv
from typing import Final, TextIO

from rolegraph.model.findings import Report, ShapeInfo

HEADER: Final = (
    "severity",
    "shape",
    "label",
    "role",
    "focus",
    "path",
    "value",
    "component",
    "message",
    "file",
    "line",
    "see_also",
)
_UNKNOWN: Final = ShapeInfo(label="")


def write_csv(report: Report, out: TextIO) -> None:
    """Write one line for each finding, in the report's order.

    Values stand as they are, also where a spreadsheet would take one for a formula: whoever reads the
    file by a program gets what the catalog says.
    """
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for finding in report.findings:
        writer.writerow(
            (
                finding.severity,
                finding.shape,
                report.label(finding.shape),
                finding.role,
                finding.focus,
                finding.path,
                finding.value,
                finding.component,
                finding.message,
                finding.file,
                finding.line or "",
                report.shapes.get(finding.shape, _UNKNOWN).see_also,
            )
        )
