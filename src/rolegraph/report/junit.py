"""A validation report in, JUnit XML for a build server's list of tests out.

A shape is a test suite. Each finding is a test case of it that fails; a finding that does not fail the
run (less severe than `fail_on`, or known to the baseline) is a skipped one, so that viewers show it and
the build stays green. A shape that found nothing is one test case that passes. So the failures are
exactly the findings for which `rolegraph validate` exits with 1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final, TextIO

from rolegraph.documents import visible
from rolegraph.model.findings import Finding, Report
from rolegraph.report._phrases import one_line, source_path, source_place
from rolegraph.report.selection import failure_test

_ESCAPES: Final = str.maketrans(
    # In an attribute a parser turns tabs and line ends into spaces unless they are character references.
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
_SPECIAL: Final = re.compile(r"[^ !#-%'-;=?-~\u00a1-\u1fff\u2010-\u2027\u2030-\u205f]")
"""What may need an escape; most texts do without, and this search costs a tenth of a translation."""
_LONGEST_NAME: Final = 200

_suite_key = attrgetter("severity", "shape")


def write_junit(report: Report, out: TextIO) -> None:
    """Write a report as the XML that pytest, Jenkins and GitLab agree on (times are 0: they say nothing)."""
    fails = failure_test(report)
    cases = Counter(map(_suite_key, report.findings))
    failures = Counter(map(_suite_key, filter(fails, report.findings)))
    silent = sorted(set(report.shapes) - {shape for _, shape in cases})
    failed, skipped = failures.total(), cases.total() - failures.total()
    out.write('<?xml version="1.0" encoding="utf-8"?>\n')
    out.write(f'<testsuites name="rolegraph" {_totals(cases.total() + len(silent), failed, skipped)}>\n')
    for key, group in groupby(report.findings, key=_suite_key):
        totals = _totals(cases[key], failures[key], cases[key] - failures[key])
        out.write(f"<testsuite name={_quoted(key[1])} {totals}>\n")
        out.writelines(_cases(report, group, fails))
        out.write("</testsuite>\n")
    for shape in silent:
        out.write(f"<testsuite name={_quoted(shape)} {_totals(1, 0, 0)}>\n")
        out.write(f'<testcase classname={_quoted(shape)} name={_quoted(report.label(shape))} time="0"/>\n')
        out.write("</testsuite>\n")
    out.write("</testsuites>\n")


def _totals(tests: int, failures: int, skipped: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}" time="0"'


def _cases(report: Report, findings: Iterable[Finding], fails: Callable[[Finding], bool]) -> Iterator[str]:
    """A test case for each finding; of one name there are several side by side, so they are numbered."""
    before, number = "", 1
    for finding in findings:
        name = _name(finding)
        number = number + 1 if name == before else 1
        before = name
        yield _case(report, finding, name if number == 1 else f"{name} ({number})", fails(finding))


def _name(finding: Finding) -> str:
    """What makes the finding the same one in another run, as far as it fits."""
    parts = (finding.focus, finding.path, finding.value)
    return one_line(" ".join(part for part in parts if part), _LONGEST_NAME)


def _case(report: Report, finding: Finding, name: str, is_failure: bool) -> str:
    path, line = source_path(report, finding), finding.line
    where = f" file={_quoted(path)}" if path else ""
    where += f' line="{line}"' if line else ""
    message = _quoted(one_line(finding.message, 1_000))
    head = f'<testcase classname={_quoted(finding.shape)} name={_quoted(name)}{where} time="0">'
    if not is_failure:
        return f'{head}<skipped type="{finding.severity}" message={message}/></testcase>\n'
    text = _escaped("\n".join(_details(report, finding)))
    return f'{head}<failure type="{finding.severity}" message={message}>{text}</failure></testcase>\n'


def _details(report: Report, finding: Finding) -> Iterator[str]:
    """Everything about a finding, one thing a line."""
    yield finding.message
    facts = {
        "rule": f"{report.label(finding.shape)} ({finding.shape})",
        "role": finding.role,
        "focus": finding.focus,
        "path": finding.path,
        "value": finding.value,
        "source": source_place(report, finding),
    }
    yield from (f"{name}: {value}" for name, value in facts.items() if value)


def _quoted(text: str) -> str:
    """An attribute's value with its quotes."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return visible(text).translate(_ESCAPES) if _SPECIAL.search(text) else text
