"""A validation report in, JSON out."""

from __future__ import annotations

from typing import TextIO

import msgspec

from rolegraph.model.findings import SEVERITIES, Report


def write_json(report: Report, out: TextIO) -> None:
    """Write a report as one JSON object: `roles`, `counts` by severity, `shapes`, `scores`, `findings`."""
    counts = {severity: report.count(severity) for severity in SEVERITIES}
    value = {
        "roles": report.roles,
        "counts": counts,
        "catalog": report.catalog,
        "by_reference": report.by_reference,
        "shapes": dict(sorted(report.shapes.items())),
        "scores": report.scores,
        "findings": report.findings,
    }
    out.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    out.write("\n")
