"""A validation report in, Markdown for a comment on a pull request out (GitHub's and GitLab's dialect)."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TextIO

from rolegraph.model.findings import SEVERITIES, Finding, Report, Severity, ShapeInfo
from rolegraph.report._phrases import (
    HEADINGS,
    catalog_score,
    comparison_sentence,
    count_severities,
    counted,
    listed,
    new_value,
    one_line,
    part_of_graph,
    percent,
    source_place,
    summary,
    weakest_families,
)

MOST_FAMILIES: Final = 20
MOST_GAPS: Final = 10
MOST_FINDINGS: Final[dict[Severity, int]] = {"Violation": 50, "Warning": 30, "Info": 0}
MOST_CHARACTERS: Final = 50_000
"""All findings together; GitHub takes comments of up to 65,536 characters."""
_SYNTAX: Final = re.compile(r"([`*_\[\]~$!{}])")
_OF_TABLES: Final = str.maketrans({"\\": "&#92;", "|": "&#124;"})
"""Tables are split into cells before anything else is read, so these two are written by their numbers."""
_REFERENCES: Final = re.compile(r"[@#]")


def write_markdown(report: Report, out: TextIO) -> None:
    """Write counts, scores by family, the most common gaps, and the first violations and warnings.

    Text of the catalog is escaped: it makes no table cell, link, HTML, mention or reference to an issue.
    """
    out.write(f"## Completeness of {cell(report.catalog or 'the catalog', 100)}\n\n")
    sentences = filter(None, (summary(report), comparison_sentence(report)))
    out.writelines(f"{sentence}\n\n" for sentence in sentences)
    out.writelines(f"{line}\n" for line in _counts(report))
    _write_block(out, "Scores by family", _families(report))
    _write_block(out, "Most common gaps", _gaps(report))
    for severity, most in MOST_FINDINGS.items():
        if most:
            _write_findings(report, severity, most, out)


def cell(text: str, longest: int) -> str:
    r"""A text as it stands in a table, without effect on the page.

    >>> cell("a|b <img>\n@all", 80)
    'a&#124;b &lt;img&gt; @<!-- -->all'
    """
    plain = html.escape(one_line(text, longest), quote=False)
    # An empty comment parts the sign from the name or number, so that nobody is called.
    quiet = _REFERENCES.sub(r"\g<0><!-- -->", plain).translate(_OF_TABLES)
    return _SYNTAX.sub(r"\\\1", quiet).replace(r"<\!--", "<!--")


def _counts(report: Report) -> Iterator[str]:
    counts = count_severities(report.findings)
    new = None if report.comparison is None else count_severities(report.comparison.new)
    fixed = {} if report.comparison is None else count_severities(report.comparison.fixed)
    yield "| | Findings |" if new is None else "| | Findings | New | Fixed |"
    yield "|---|---:|" if new is None else "|---|---:|---:|---:|"
    for severity in SEVERITIES:
        line = f"| {HEADINGS[severity]} ({severity}) | {counts[severity]:,} |"
        yield line if new is None else f"{line} {new[severity]:,} | {fixed[severity]:,} |"
    score = catalog_score(report)
    if score is not None:
        yield ""
        yield f"The catalog is **{percent(score.value)}%** complete, on average of its roles."


def _families(report: Report) -> Iterator[str]:
    families = weakest_families(report)
    if not families:
        return
    yield "| Family | Complete | Roles |"
    yield "|---|---:|---:|"
    for family in families[:MOST_FAMILIES]:
        name = f"{cell(family.label, 60)} ({cell(family.code, 40)})"
        yield f"| {name} | {percent(family.value)}% | {family.roles:,} |"
    if len(families) > MOST_FAMILIES:
        more = counted(len(families) - MOST_FAMILIES, "family is", "families are")
        yield ""
        yield f"{more} more complete."


def _gaps(report: Report) -> Iterator[str]:
    findings = Counter(finding.shape for finding in report.findings)
    if not findings:
        return
    severities = {finding.shape: finding.severity for finding in reversed(report.findings)}
    yield "| Rule | Findings | |"
    yield "|---|---:|---|"
    for shape, count in sorted(findings.items(), key=lambda item: (-item[1], item[0]))[:MOST_GAPS]:
        name = _linked(cell(report.label(shape), 80), report.shapes.get(shape))
        yield f"| {name} | {count:,} | {HEADINGS[severities[shape]]} |"
    if len(findings) > MOST_GAPS:
        yield ""
        yield f"{counted(len(findings) - MOST_GAPS, 'other rule')} found something, less often."


def _linked(name: str, info: ShapeInfo | None) -> str:
    """A name that leads to the page about the rule, if that is a page of the web."""
    link = "" if info is None else info.see_also
    is_page = re.fullmatch(r"https?://[^\s<>()|\\]+", link)
    return f"[{name}]({link})" if is_page else name


def _write_block(out: TextIO, title: str, lines: Iterable[str]) -> None:
    """A part that opens when it is clicked; nothing if it is empty."""
    texts = list(lines)
    if texts:
        out.write(f"\n<details>\n<summary>{title}</summary>\n\n")
        out.writelines(f"{line}\n" for line in texts)
        out.write("\n</details>\n")


def _write_findings(report: Report, severity: Severity, most: int, out: TextIO) -> None:
    """The first findings of a severity, as a table."""
    found = (finding for finding in listed(report) if finding.severity == severity)
    rows: list[str] = []
    size = 0
    for finding in islice(found, most):
        row = _row(report, finding)
        size += len(row)
        if size > MOST_CHARACTERS // 2:
            break
        rows.append(row)
    count = count_severities(listed(report))[severity]
    if not count:
        return
    new = "" if report.comparison is None else " new"
    is_open = " open" if severity == "Violation" else ""
    out.write(f"\n<details{is_open}>\n<summary>{HEADINGS[severity]}: {count:,}{new}</summary>\n\n")
    out.write("| Where | What to do | Rule |\n|---|---|---|\n")
    out.writelines(rows)
    if count > len(rows):
        out.write(f"\nand {count - len(rows):,} more\n")
    out.write("\n</details>\n")


def _row(report: Report, finding: Finding) -> str:
    place, value, in_file = part_of_graph(finding), new_value(finding), source_place(report, finding)
    where = cell(place, 120) + (f" ({cell(value, 80)})" if value else "")
    where += f"<br>{cell(in_file, 120)}" if in_file else ""
    rule = _linked(cell(report.label(finding.shape), 80), report.shapes.get(finding.shape))
    return f"| {where} | {cell(finding.message, 300)} | {rule} |\n"
