"""A validation report in, lines for people out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final, TextIO

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from rolegraph.documents import visible
from rolegraph.model.findings import Finding, Report, Score, Severity
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

MOST_MESSAGES: Final = 20
"""So many sentences are shown of a shape."""
MOST_PLACES: Final = 20
"""And so many places of a sentence."""
MOST_FAMILIES: Final = 10
_LONGEST_MESSAGE: Final = 1_000
_LONGEST_PLACE: Final = 160
_BAR: Final = 20
_STYLES: Final[dict[Severity, str]] = {"Violation": "bold red", "Warning": "bold yellow", "Info": "bold cyan"}


def write_text(report: Report, out: TextIO, width: int = 80) -> None:
    """Write a report by severity and shape, most severe first, and end with scores and counts.

    Args:
        report: findings in the order in which validation gives them.
        out: receives plain text, or coloured text when it is a terminal.
        width: longest line, in characters; a longer single word is kept whole.
    """
    console = Console(file=out, width=width, highlight=False, soft_wrap=True)
    findings = listed(report)
    counts, new = count_severities(findings), "" if report.comparison is None else " new"
    for severity, group in groupby(findings, key=attrgetter("severity")):
        heading = f"{HEADINGS[severity]} ({severity}, {counts[severity]:,}{new})"
        console.print(Text(heading, style=_STYLES[severity]))
        for shape, of_shape in groupby(group, key=attrgetter("shape")):
            console.print()
            _write_bold(f"{visible(report.label(shape))} ({visible(shape)})", console, width)
            for line in _lines(report, of_shape, width):
                console.print(Text(line))
        console.print()
    _write_scores(report, console, width)
    for sentence in filter(None, (summary(report), comparison_sentence(report))):
        _write_bold(sentence, console, width)


def _write_bold(sentence: str, console: Console, width: int) -> None:
    for line in _wrapped(sentence, width, ""):
        console.print(Text(line, style="bold"))


def _lines(report: Report, findings: Iterable[Finding], width: int) -> Iterator[str]:
    """One paragraph for each message, and what is left out."""
    groups: dict[str, list[Finding]] = {}
    counts: dict[str, int] = {}
    all_of_shape, shape = 0, ""
    for finding in findings:
        all_of_shape, shape = all_of_shape + 1, finding.shape
        if finding.message in groups or len(groups) < MOST_MESSAGES:
            group = groups.setdefault(finding.message, [])
            counts[finding.message] = counts.get(finding.message, 0) + 1
            if len(group) < MOST_PLACES:
                group.append(finding)
    for message, group in groups.items():
        yield from _paragraph(report, message, group, counts[message], width)
    left_out = all_of_shape - sum(counts.values())
    if left_out:
        hint = f"and {left_out:,} more of this rule (see all with --format csv --only {shape})"
        yield from _wrapped(hint, width, "  ")


def _paragraph(report: Report, message: str, group: list[Finding], count: int, width: int) -> Iterator[str]:
    """A message with its place before it, or with all places that share it below it."""
    sentence = one_line(message, _LONGEST_MESSAGE)
    if count == 1:
        place, path = _place(report, group[0]), "" if group[0].line else group[0].path
        place = one_line(f"{place} {path}", _LONGEST_PLACE)
        yield from _wrapped(f"{place}: {sentence}", width, "  ")
        return
    yield from _wrapped(sentence, width, "  ")
    places = [one_line(_place(report, finding), _LONGEST_PLACE) for finding in group]
    rest = [f"and {count - len(group):,} more (see --format csv)"] if count > len(group) else []
    # Names with files would run into each other, so they stand below each other.
    blocks = (
        places + rest if places[0].endswith("]") else [", ".join(places) + "".join(f" {r}" for r in rest)]
    )
    for block in blocks:
        yield from _wrapped(block, width, "    ")


def _place(report: Report, finding: Finding) -> str:
    """Where it is, and a value that the message lacks.

    A role that has a file of its own is told by that file and the line.
    """
    place, value = part_of_graph(finding), new_value(finding)
    if finding.line:
        in_file = source_place(report, finding)
        is_own = bool(finding.role) and finding.file.rpartition("/")[2].startswith(f"{finding.role}.")
        place = in_file if is_own else f"{place} [{in_file}]"
    return f"{place} ({value})" if value else place


def _write_scores(report: Report, console: Console, width: int) -> None:
    """The score of the catalog, and the least complete families with a bar each."""
    catalog = catalog_score(report)
    if catalog is None:
        return
    _write_bold(f"{percent(catalog.value)}% complete, on average of the roles", console, width)
    families = weakest_families(report)
    codes = min(max((len(family.code) for family in families[:MOST_FAMILIES]), default=0), 12)
    for family in families[:MOST_FAMILIES]:
        console.print(Text(_bar_line(family, codes, width)))
    if len(families) > MOST_FAMILIES:
        rest = counted(len(families) - MOST_FAMILIES, "family is", "families are")
        console.print(Text(f"  {rest} more complete (see --format md or html)"))
    console.print()


def _bar_line(family: Score, codes: int, width: int) -> str:
    full = int(family.value * _BAR)  # cut off as the percentage is
    bar = "█" * full + "░" * (_BAR - full)
    end = f"{bar} {percent(family.value):3d}% {counted(family.roles, 'role')}"
    room = max(width - len(end) - codes - 5, 8)
    code = set_cell_size(one_line(family.code, 12), codes)
    label = one_line(family.label, room)
    return f"  {code} {set_cell_size(label, min(room, 32))} {end}"


def _wrapped(sentence: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        sentence,
        width,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
