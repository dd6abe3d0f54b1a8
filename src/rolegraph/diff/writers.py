"""A comparison in, text, a table, CSV, Markdown or JSON out, written as it is read."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TextIO

import msgspec

from rolegraph.diff.changes import Change
from rolegraph.diff.compare import Comparison
from rolegraph.diff.findings import STATES, ReportChange, ShapeChange
from rolegraph.diff.sentences import counted, counts, groups, score_sentence
from rolegraph.documents import visible

_COLUMNS: Final = (
    "kind", "change", "code", "label", "part", "component_kind", "what", "before", "after", "iri",
)  # fmt: skip
_WIDTH: Final = 80
_WIDTHS: Final = {"change": 10, "kind": 14, "code": 16, "part": 24, "what": 18, "before": 24, "after": 24}
_MARKDOWN_GROUPS: Final = 100
"""Things that a comment on a pull request lists; a comment has a limit of 65,536 characters."""
_MARKDOWN_SHAPES: Final = 20

Writer = Callable[[Comparison, TextIO, bool], None]
"""Takes a comparison, where to write, and whether to list each finding that is new or fixed."""


def write_text(comparison: Comparison, out: TextIO, findings: bool = False) -> None:
    """Write for people: counts first, then scores and findings, then each change in a sentence."""
    out.write(f"{_one_line(comparison.before.title)} → {_one_line(comparison.after.title)}\n")
    out.write(f"{_summary(comparison)}\n")
    out.writelines(f"  {name}: {_by_change(by_change)}\n" for name, by_change in counts(comparison))
    if comparison.report is not None:
        _write_report(comparison.report, out, findings)
    for heading, lines in groups(comparison):
        if heading:
            out.write(f"\n{_one_line(heading)}\n")
            out.writelines(_wrapped(line, "  ") for line in lines)
        else:
            out.write("\n")
            out.writelines(_wrapped(line, "") for line in lines)


def _one_line(value: str) -> str:
    """Text of a catalog on one line, without what would drive a terminal."""
    return " ".join(visible(value).split())


def _wrapped(line: str, indent: str) -> str:
    found = textwrap.wrap(
        visible(line),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "".join(f"{part}\n" for part in found)


def _summary(comparison: Comparison) -> str:
    if comparison.is_equal:
        return "Nothing changed."
    total = sum(comparison.counts.values())
    lines = f"{comparison.added:,} lines of the graph added, {comparison.removed:,} removed"
    if not total and (comparison.added or comparison.removed):
        return f"No change of content; {lines}, all of which follow from others."
    return f"{counted(total, 'change')} ({lines})"


def _by_change(by_change: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {word}" for word, number in by_change.items())


def _write_report(report: ReportChange, out: TextIO, findings: bool) -> None:
    shown = _shown_scores(report)
    if shown:
        out.write("\nCompleteness\n")
        out.writelines(f"  {_one_line(name)}: {sentence}\n" for name, sentence in shown)
    out.write(f"\nFindings: {_findings_summary(report)}\n")
    for shape in report.shapes:
        if shape.new or shape.fixed:
            out.write(_wrapped(f"{shape.label} ({shape.shape}): {_shape_summary(shape)}", "  "))
    if findings:
        out.write("\n")
        for state, finding in report.findings():
            place = finding.role or finding.focus
            message = " ".join(finding.message.split())
            line = f"{state}: {finding.severity} {place}: {message} ({finding.shape})"
            out.write(_wrapped(line, "  "))


def _shown_scores(report: ReportChange) -> list[tuple[str, str]]:
    """The catalog and each family whose score changed; nothing when none did."""
    changed = [
        score
        for score in report.scores
        if score.kind in {"catalog", "family"} and score.before != score.after
    ]
    return [
        (" ".join(filter(None, (score.code or "whole catalog", score.label if score.code else ""))),
         score_sentence(score))
        for score in changed
    ]  # fmt: skip


def _findings_summary(report: ReportChange) -> str:
    new, fixed, still_open = (report.count(state) for state in STATES)
    return f"{fixed:,} fixed, {new:,} new, {still_open:,} still open"


def _shape_summary(shape: ShapeChange) -> str:
    note = "; the rule is new" if shape.is_new else "; the rule is gone" if shape.is_gone else ""
    return f"{shape.fixed:,} fixed, {shape.new:,} new, {shape.open:,} still open{note}"


def write_csv(comparison: Comparison, out: TextIO, findings: bool = False) -> None:
    """Write a change a row (RFC 4180); with `findings` also those, as kind `finding`."""
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for change in _all_changes(comparison, findings):
        writer.writerow([getattr(change, column) for column in _COLUMNS])


def write_table(comparison: Comparison, out: TextIO, findings: bool = False) -> None:
    """Write a change a line in columns of fixed width; what is too long is cut."""
    _write_row({column: column for column in _WIDTHS}, out)
    _write_row({column: "-" * width for column, width in _WIDTHS.items()}, out)
    for change in _all_changes(comparison, findings):
        values = {column: getattr(change, column) for column in _WIDTHS}
        values["code"] = change.code or change.label
        values["part"] = change.part or (change.label if change.code else "")
        values["kind"] = change.component_kind or change.kind
        _write_row(values, out)


def _write_row(values: dict[str, str], out: TextIO) -> None:
    cells = []
    for column, width in _WIDTHS.items():
        value = _one_line(values[column])
        cells.append(value.ljust(width) if len(value) <= width else f"{value[: width - 1]}…")
    out.write("  ".join(cells).rstrip() + "\n")


def _all_changes(comparison: Comparison, findings: bool) -> Iterator[Change]:
    for _, change in comparison.changes():
        yield change
    if findings and comparison.report is not None:
        for state, finding in comparison.report.findings():
            yield Change(
                kind="finding",
                change="added" if state == "new" else "removed",
                code=finding.role,
                part=finding.shape,
                what=finding.path,
                before=finding.message if state == "fixed" else "",
                after=finding.message if state == "new" else "",
                iri=finding.focus,
            )


def write_json(comparison: Comparison, out: TextIO, findings: bool = False) -> None:
    """Write one JSON object, whose long lists are written as they are read."""
    head: dict[str, Any] = {
        "before": _side(comparison, "before"),
        "after": _side(comparison, "after"),
        "graphs": comparison.graphs,
        "is_own": comparison.is_own,
        "is_equal": comparison.is_equal,
        "lines": {"added": comparison.added, "removed": comparison.removed},
        "counts": [
            {"kind": kind, "component_kind": component_kind, "change": change, "number": number}
            for (kind, component_kind, change), number in sorted(comparison.counts.items())
        ],
        "unreported": comparison.unreported,
    }
    report = comparison.report
    if report is not None:
        head["scores"] = report.scores
        head["findings"] = {
            "new": report.count("new"),
            "fixed": report.count("fixed"),
            "open": report.count("open"),
            "shapes": report.shapes,
        }
    out.write(_json(head)[:-1])
    _write_list("changes", (change for _, change in comparison.changes()), out)
    if findings and report is not None:
        listed = ({"state": state, "finding": finding} for state, finding in report.findings())
        _write_list("listed_findings", listed, out)
    out.write("\n}\n")


def _side(comparison: Comparison, name: str) -> dict[str, str]:
    side = comparison.before if name == "before" else comparison.after
    return {"name": side.name, "id": side.snapshot.id}


def _write_list(key: str, values: Iterator[Any], out: TextIO) -> None:
    out.write(f',\n"{key}": [')
    out.writelines(f"{',' if number else ''}\n{_json(value)}" for number, value in enumerate(values))
    out.write("\n]")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def write_markdown(comparison: Comparison, out: TextIO, findings: bool = False) -> None:
    """Write for a comment on a pull request: tables first, then the first changes in sentences."""
    out.write(f"### {_escaped(comparison.before.title)} → {_escaped(comparison.after.title)}\n\n")
    out.write(f"{_summary(comparison)}\n")
    rows = [(name, _by_change(by_change)) for name, by_change in counts(comparison)]
    _write_markdown_table(("What", "Changes"), rows, out)
    report = comparison.report
    if report is not None:
        _write_markdown_table(("Completeness", "Change"), _shown_scores(report), out)
        out.write(f"\n**Findings:** {_findings_summary(report)}\n")
        changed = ((s.label, _shape_summary(s)) for s in report.shapes if s.new or s.fixed)
        _write_markdown_table(("Rule", "Findings"), list(islice(changed, _MARKDOWN_SHAPES)), out)
    listed = groups(comparison)
    for heading, lines in islice(listed, _MARKDOWN_GROUPS):
        out.write(f"\n**{_escaped(heading)}**\n\n" if heading else "\n")
        out.writelines(f"- {_escaped(line)}\n" for line in lines)
    if more := sum(1 for _ in listed):
        out.write(f"\n{more:,} more things changed; `rolegraph diff` lists them all.\n")
    if findings and report is not None:
        _write_markdown_findings(report, out)


def _write_markdown_findings(report: ReportChange, out: TextIO) -> None:
    listed = report.findings()
    rows = [
        (state, finding.role or finding.focus, finding.message)
        for state, finding in islice(listed, _MARKDOWN_GROUPS)
    ]
    _write_markdown_table(("Finding", "Where", "What to do"), rows, out)
    if more := sum(1 for _ in listed):
        out.write(f"\n{more:,} more findings are new or fixed.\n")


def _write_markdown_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], out: TextIO) -> None:
    if rows:
        out.write(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}\n")
        out.writelines(f"| {' | '.join(map(_escaped, row))} |\n" for row in rows)


def _escaped(value: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    line = _one_line(value)
    for character in "\\`*_[]|#":
        line = line.replace(character, f"\\{character}")
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


WRITERS: Final[dict[str, Writer]] = {
    "text": write_text,
    "table": write_table,
    "csv": write_csv,
    "md": write_markdown,
    "json": write_json,
}
"""Format -> what writes a comparison in it; a patch is written from the lines themselves."""
