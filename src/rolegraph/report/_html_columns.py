"""A report's findings in, compressed columns and string tables for the HTML page's script out.

A page of 100,000 roles holds more than a million findings. So each text stands once in a table, with the
role's code and the finding's value cut out of it, and a finding is a row of numbers. Tables are sorted,
so the script sorts findings by comparing numbers. templates/report.js reads what this module writes.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Final

import msgspec

from rolegraph.model.findings import SEVERITIES, Finding, Report
from rolegraph.report._html_figures import level_order, role_scores, web_link
from rolegraph.report._phrases import percent, source_path
from rolegraph.terms import PREFIXES

ROLE_MARK: Final = "\x00"
"""Stands for the code of the finding's role."""
VALUE_MARK: Final = "\x01"
"""Stands for the value of the finding."""
_SHORTEST_CUT: Final = 3
"""Shorter values are not cut out: they occur inside other words."""
_NO_MARKS: Final = str.maketrans({ROLE_MARK: "\ufffd", VALUE_MARK: "\ufffd"})

TEXTS: Final = ("role", "shape", "path", "component", "file", "message", "value", "focus")
"""The columns that are numbers of texts, by the name of the finding's field."""


def columns(report: Report) -> Iterator[tuple[str, str]]:
    """Name and content of each block, one after the other, so that one is in memory at a time.

    `facts` tells of families, levels, roles and shapes; `rows-since` is 1 for what an earlier report
    lacks, where there is one; `texts-NAME` is the table of a column and
    `rows-NAME` the column itself, as numbers of 1, 2 or 4 bytes, each less the one before it.
    """
    roles = sorted({finding.role for finding in report.findings})
    yield "facts", _packed(msgspec.json.encode(_facts(report, roles)))
    severities = (SEVERITIES.index(finding.severity) for finding in report.findings)
    yield "rows-severity", _numbers(array("I", severities))
    yield "rows-line", _numbers(array("I", map(attrgetter("line"), report.findings)))
    if report.comparison is not None:
        new = {finding.key for finding in report.comparison.new}
        yield "rows-since", _numbers(array("I", (finding.key in new for finding in report.findings)))
    for name in TEXTS:
        table, numbers = _table(report, name)
        yield f"texts-{name}", _packed(msgspec.json.encode(table))
        yield f"rows-{name}", _numbers(numbers)


def _facts(report: Report, roles: Sequence[str]) -> dict[str, Any]:
    scores = role_scores(report.scores)
    families = sorted({score.family for score in scores.values()} | {""})
    levels = ["", *sorted({score.level for score in scores.values()} - {""}, key=level_order)]
    family_of = {code: number for number, code in enumerate(families)}
    level_of = {code: number for number, code in enumerate(levels)}
    known = [scores.get(role) for role in roles]
    return {
        "findings": len(report.findings),
        "compared": report.comparison is not None,
        "families": families,
        "levels": levels,
        "role_family": [0 if score is None else family_of[score.family] for score in known],
        "role_level": [0 if score is None else level_of[score.level] for score in known],
        "role_label": ["" if score is None else score.label for score in known],
        "role_percent": [-1 if score is None else percent(score.value) for score in known],
        "shapes": {
            shape: [report.label(shape), web_link(report.shapes.get(shape)), _full_iri(shape)]
            for shape in sorted({finding.shape for finding in report.findings})
        },
    }


def _full_iri(shape: str) -> str:
    """The IRI that a short name stands for."""
    prefix, colon, local = shape.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES else shape


def _table(report: Report, name: str) -> tuple[list[str], array[int]]:
    """The sorted texts of one column, and the number of each finding's text."""
    first_seen: dict[str, int] = {}
    rows = array("I", bytes(4 * len(report.findings)))
    cut = _CUTS.get(name, _cut_role)
    read = partial(source_path, report) if name == "file" else attrgetter(name)
    for row, finding in enumerate(report.findings):
        rows[row] = first_seen.setdefault(cut(finding, read(finding)), len(first_seen))
    table = sorted(first_seen)
    place = array("I", bytes(4 * len(table)))
    for number, text in enumerate(table):
        place[first_seen[text]] = number
    for row, number in enumerate(rows):
        rows[row] = place[number]
    return table, rows


def _whole(_finding: Finding, text: str) -> str:
    return text


def _cut_role(finding: Finding, text: str) -> str:
    """A text with a mark in place of the role's code."""
    text = _unmarked(text)
    return text.replace(finding.role, ROLE_MARK) if finding.role else text


def _cut_role_and_value(finding: Finding, text: str) -> str:
    """A text with marks in place of the role's code and of the value."""
    text, role, value = _unmarked(text), finding.role, finding.value
    if len(value) < _SHORTEST_CUT or value == role:
        return text.replace(role, ROLE_MARK) if role else text
    if value in role:  # the code comes first: the text would differ for every role
        return text.replace(role, ROLE_MARK).replace(value, VALUE_MARK)
    text = text.replace(value, VALUE_MARK)
    return text.replace(role, ROLE_MARK) if role else text


def _unmarked(text: str) -> str:
    return text.translate(_NO_MARKS) if ROLE_MARK in text or VALUE_MARK in text else text


_CUTS: Final = {
    **dict.fromkeys(("role", "shape", "path", "component"), _whole),
    "message": _cut_role_and_value,
    "focus": _cut_role_and_value,
}
"""How a column's texts become few; those of the others lose the role's code."""


def _numbers(values: array[int]) -> str:
    """Numbers as their differences modulo their width, little-endian: runs and steps compress well."""
    widest = max(values, default=0)
    code = "B" if widest < 1 << 8 else "H" if widest < 1 << 16 else "I"
    limit = (1 << 8 * array(code).itemsize) - 1
    steps = array(code, bytes(array(code).itemsize * len(values)))
    before = 0
    for row, value in enumerate(values):
        steps[row] = (value - before) & limit
        before = value
    if sys.byteorder == "big":
        steps.byteswap()
    return str(steps.itemsize) + _packed(steps.tobytes())


def _packed(content: bytes) -> str:
    """Bytes, deflated, in base64."""
    compressed = zlib.compress(content, 6)
    return b64encode(compressed).decode("ascii")
