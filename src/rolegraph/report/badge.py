"""A validation report in, the JSON that a shields.io endpoint badge is drawn from out."""

from __future__ import annotations

from typing import Final, TextIO

import msgspec

from rolegraph.model.findings import Report
from rolegraph.report._phrases import catalog_score, percent

_COLOURS: Final = ((40, "orange"), (75, "yellow"), (90, "yellowgreen"), (100, "green"), (101, "brightgreen"))
"""Up to which percentage, exclusive, a badge has which colour."""


def write_badge(report: Report, out: TextIO) -> None:
    """Write how complete the catalog is; red where anything is broken, whatever the score.

    Schema: https://shields.io/badges/endpoint-badge
    """
    score, broken = catalog_score(report), report.count("Violation")
    percentage = None if score is None else percent(score.value)
    message = "no score" if percentage is None else f"{percentage}%"
    badge = {
        "schemaVersion": 1,
        "label": "completeness",
        "message": f"{message}, {broken:,} broken" if broken else message,
        "color": "red" if broken else _colour(percentage),
    }
    out.write(msgspec.json.encode(badge).decode() + "\n")


def _colour(percentage: int | None) -> str:
    if percentage is None:
        return "lightgrey"
    return next(colour for below, colour in _COLOURS if percentage < below)
