"""A report and an earlier one in, what is new, fixed and still open out."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from rolegraph.model.findings import Comparison, Finding, Report


def compare(report: Report, baseline: Report) -> Comparison:
    """Tell new findings from known ones; words, file and line may have changed (`Finding.key`).

    Where two findings have the same key, each counts: a second one like a known one is new.
    """
    known = Counter(finding.key for finding in baseline.findings)
    new: list[Finding] = []
    still_open: list[Finding] = []
    for finding in report.findings:
        key = finding.key
        if known.get(key, 0):
            known[key] -= 1
            still_open.append(finding)
        else:
            new.append(finding)
    fixed: list[Finding] = []
    for finding in reversed(baseline.findings):  # of several with one key, the last ones are gone
        key = finding.key
        if known[key]:
            known[key] -= 1
            fixed.append(finding)
    return Comparison(new=tuple(new), fixed=tuple(reversed(fixed)), still_open=tuple(still_open))


def with_baseline(report: Report, baseline: Report) -> Report:
    """The report with its comparison, so that formats tell what is new and only that fails."""
    return replace(report, comparison=compare(report, baseline))
