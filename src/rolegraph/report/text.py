"""A validation report in, lines for people out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from rolegraph.model.findings import SEVERITIES, Finding, Report, Severity

_HEADINGS: Final[dict[Severity, tuple[str, str]]] = {
    "Violation": ("Broken", "bold red"),
    "Warning": ("For somebody to look at", "bold yellow"),
    "Info": ("To be completed", "bold cyan"),
}


def write_text(report: Report, out: TextIO, width: int = 80) -> None:
    """Write a report by severity and shape, most severe first, and end with the counts.

    Args:
        report: findings in the order in which `validate_graph` gives them.
        out: receives plain text, or coloured text when it is a terminal.
        width: longest line, in characters; a longer single word is kept whole.
    """
    console = Console(file=out, width=width, highlight=False, soft_wrap=True)
    for severity in SEVERITIES:
        found = [finding for finding in report.findings if finding.severity == severity]
        if found:
            heading, style = _HEADINGS[severity]
            console.print(Text(f"{heading} ({severity}, {len(found)})", style=style))
            _write_shapes(report, found, console, width)
    _write_bold(summary(report), console, width)


def summary(report: Report) -> str:
    """One sentence with the number of roles and of findings by severity."""
    counts = [
        _counted(report.count("Violation"), "violation"),
        _counted(report.count("Warning"), "warning"),
        _counted(report.count("Info"), "note on completeness", "notes on completeness"),
    ]
    return f"{_counted(report.roles, 'role')} checked: {', '.join(counts)}."


def _write_bold(sentence: str, console: Console, width: int) -> None:
    for line in _wrapped(sentence, width, ""):
        console.print(Text(line, style="bold"))


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _write_shapes(report: Report, found: list[Finding], console: Console, width: int) -> None:
    for shape, group in groupby(found, key=lambda finding: finding.shape):
        findings = list(group)
        console.print()
        _write_bold(f"{report.label(shape)} ({shape})", console, width)
        for line in _lines(findings, width):
            console.print(Text(line))
    console.print()


def _lines(findings: list[Finding], width: int) -> Iterator[str]:
    """One paragraph per finding; findings that say the same share one, so that long lists stay short."""
    for message, group in _by_message(findings):
        first, *others = group
        if others:
            yield from _wrapped(message, width, "  ")
            yield from _wrapped(", ".join(_place(finding) for finding in group), width, "    ")
        else:
            place = " ".join(part for part in (_place(first), first.path) if part)
            yield from _wrapped(f"{place}: {message}", width, "  ")


def _by_message(findings: Iterable[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.message, []).append(finding)
    yield from groups.items()


def _place(finding: Finding) -> str:
    """Where it is: the role's code or the node's IRI, the part of the role, and a value the message lacks."""
    _, hash_mark, part = finding.focus.partition("#")
    place = " ".join((finding.role, hash_mark + part)).strip() if finding.role else finding.focus
    is_new = finding.value not in {"", finding.focus} and finding.value not in finding.message
    return f"{place} ({finding.value})" if is_new and finding.component != _QUERY else place


_QUERY: Final = "sh:SPARQLConstraintComponent"  # its messages name their values themselves


def _wrapped(sentence: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        sentence,
        width,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
