"""Numbers, places and texts of a report in, the words that every format for people uses out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rolegraph.documents import visible
from rolegraph.model.findings import SEVERITIES, Finding, Report, Score, Severity

HEADINGS: Final[dict[Severity, str]] = {
    "Violation": "Broken",
    "Warning": "For somebody to look at",
    "Info": "To be completed",
}
"""Severity -> what it means to the owner of a catalog."""

_QUERY: Final = "sh:SPARQLConstraintComponent"
"""Its messages name their values themselves."""


def one_line(text: str, longest: int) -> str:
    r"""A text on one line without control characters, cut off where it is longer.

    >>> one_line("some  words\nand more", 12)
    'some words …'
    """
    # What follows cannot fit: so long texts cost no more than short ones.
    start = " ".join(visible(text[: 4 * longest]).split())
    is_whole = len(text) <= 4 * longest and len(start) <= longest
    return start if is_whole else start[: longest - 1] + "…"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "role"), counted(1200, "family", "families")
    ('1 role', '1,200 families')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(value: float) -> int:
    """A score as a percentage, cut off, so that only what is complete says 100.

    >>> percent(0.999), percent(1.0), percent(0.29)
    (99, 100, 29)
    """
    return int(value * 100 + 1e-9)


def catalog_score(report: Report) -> Score | None:
    """How complete the catalog is, where that was computed."""
    return next((score for score in report.scores if score.kind == "catalog"), None)


def weakest_families(report: Report) -> list[Score]:
    """The families, the least complete first."""
    families = (score for score in report.scores if score.kind == "family")
    return sorted(families, key=lambda score: (score.value, score.code))


def source_path(report: Report, finding: Finding, otherwise: str = "") -> str:
    """The file that a finding comes from, or another, as it is called from where the report is read."""
    file = finding.file or otherwise
    folder = report.folder.removeprefix("./").rstrip("/")
    return f"{folder}/{file}" if file and folder not in {"", "."} else file


def source_place(report: Report, finding: Finding) -> str:
    """File and line as editors read them, "" where no file says it.

    >>> finding = Finding(severity="Info", shape="s", focus="f", message="m", file="roles/A.yaml", line=7)
    >>> source_place(Report(findings=(finding,), roles=1, folder="data"), finding)
    'data/roles/A.yaml:7'
    """
    path = source_path(report, finding)
    return f"{path}:{finding.line}" if finding.line else path


def part_of_graph(finding: Finding) -> str:
    """The role's code with the part of the role, or the focus node where it is of no role."""
    _, hash_mark, part = finding.focus.partition("#")
    return " ".join((finding.role, hash_mark + part)).strip() if finding.role else finding.focus


def new_value(finding: Finding) -> str:
    """The finding's value, "" where its place or its message says it already."""
    said = finding.component == _QUERY or finding.value == finding.focus
    return "" if said or finding.value in finding.message else finding.value


def count_severities(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity, the most severe first."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts


def summary(report: Report) -> str:
    """One sentence with the number of roles and of findings by severity."""
    number = count_severities(report.findings)
    counts = [
        counted(number["Violation"], "violation"),
        counted(number["Warning"], "warning"),
        counted(number["Info"], "note on completeness", "notes on completeness"),
    ]
    return f"{counted(report.roles, 'role')} checked: {', '.join(counts)}."


def comparison_sentence(report: Report) -> str:
    """How the findings compare with those of the baseline, "" where there is none."""
    found = report.comparison
    if found is None:
        return ""
    return (
        f"Compared with the baseline: {len(found.new):,} new, {len(found.fixed):,} fixed, "
        f"{len(found.still_open):,} still open. Only new findings are listed."
    )


def listed(report: Report) -> tuple[Finding, ...]:
    """What is listed for people: everything, or what is new since the baseline."""
    return report.findings if report.comparison is None else report.comparison.new
