"""A validation report in, the figures at the head of the HTML page out: counts, heat map, gaps, families."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rolegraph.model.findings import SEVERITIES, Finding, Report, Score, Severity, ShapeInfo
from rolegraph.report._phrases import catalog_score, percent

BANDS: Final = ((40, "under 40%"), (60, "40–59%"), (75, "60–74%"), (90, "75–89%"), (101, "90% and over"))
"""The colours of the heat map: up to which percentage, exclusive, and what the legend says."""
MOST_FAMILIES: Final = 400
"""More rows than this nobody reads, and a browser lays them out slowly: the least complete are shown."""
STARTING_ROLES: Final = 10
TRACKS: Final = "SPME"
_LEVEL: Final = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """The roles of one family on one level: how complete they are on average, and how many."""

    percent: int
    roles: int

    @property
    def band(self) -> int:
        """The number of its colour, from 0."""
        return band(self.percent)


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One family: its score, its findings, and its cell on each level of the heat map."""

    code: str
    label: str
    score: Cell
    counts: Mapping[Severity, int]
    cells: Sequence[Cell | None]


@dataclass(frozen=True, slots=True)
class Gap:
    """What one shape found: how often, and in which share of the roles."""

    shape: str
    label: str
    severity: Severity
    findings: int
    roles: int
    share: int
    width: float
    link: str


@dataclass(frozen=True, slots=True)
class Levels:
    """The columns of the heat map, and the mean of each over all families."""

    codes: Sequence[str]
    means: Sequence[Cell | None]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that stands above the findings."""

    score: Cell | None
    counts: Mapping[Severity, int]
    levels: Levels
    families: Sequence[FamilyRow]
    all_families: int
    gaps: Sequence[Gap]
    starting: Sequence[Score]


def read_figures(report: Report) -> Figures:
    """Count a report's findings in one pass and lay out its scores."""
    tally = _Tally(report)
    for finding in report.findings:
        tally.add(finding)
    levels, families = _heat_map(report.scores, tally)
    catalog = catalog_score(report)
    return Figures(
        score=None if catalog is None else _cell(catalog.value, catalog.roles),
        counts={severity: tally.severities[severity] for severity in SEVERITIES},
        levels=levels,
        families=_shown(families),
        all_families=len(families),
        gaps=_gaps(tally, report),
        starting=_starting(report.scores),
    )


def band(percentage: int) -> int:
    """The number of the colour of a percentage.

    >>> [band(percentage) for percentage in (0, 39, 40, 74, 75, 100)]
    [0, 0, 1, 2, 3, 4]
    """
    return next(number for number, (below, _) in enumerate(BANDS) if percentage < below)


def level_order(level: str) -> tuple[int, str, int]:
    """Where a level stands: by track (support, professional, management, executive), then by number.

    >>> sorted(["E1", "P10", "M2", "P9", "S1"], key=level_order)
    ['S1', 'P9', 'P10', 'M2', 'E1']
    """
    match = _LEVEL.fullmatch(level)
    if match is None:
        return len(TRACKS), level, 0
    track = TRACKS.find(match[1])
    return (track if track >= 0 else len(TRACKS)), match[1], int(match[2])


def role_scores(scores: Iterable[Score]) -> dict[str, Score]:
    """Code -> score of each role."""
    return {score.code: score for score in scores if score.kind == "role"}


@dataclass(slots=True)
class _Tally:
    """Counts that grow by one finding at a time; what is kept grows with roles and shapes only."""

    report: Report
    severities: Counter[Severity] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)
    worst: dict[str, Severity] = field(default_factory=dict)
    roles_of: Counter[str] = field(default_factory=Counter)
    families: defaultdict[str, Counter[Severity]] = field(default_factory=lambda: defaultdict(Counter))
    family_of: dict[str, str] = field(default_factory=dict)
    bits: dict[str, int] = field(default_factory=dict)
    seen: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.family_of = {code: score.family for code, score in role_scores(self.report.scores).items()}

    def add(self, finding: Finding) -> None:
        self.severities[finding.severity] += 1
        self.shapes[finding.shape] += 1
        self.worst.setdefault(finding.shape, finding.severity)  # the most severe come first
        if finding.role:
            # One number for each role says by its bits which shapes it has been counted for.
            bit = self.bits.setdefault(finding.shape, 1 << len(self.bits))
            if not self.seen[finding.role] & bit:
                self.seen[finding.role] |= bit
                self.roles_of[finding.shape] += 1
            self.families[self.family_of.get(finding.role, "")][finding.severity] += 1


def _heat_map(scores: Sequence[Score], tally: _Tally) -> tuple[Levels, list[FamilyRow]]:
    """Columns and rows, the latter by label."""
    roles = role_scores(scores).values()
    codes = sorted({score.level for score in roles if score.level}, key=level_order)
    by_cell: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0])
    for score in roles:
        total = by_cell[score.family, score.level]
        total[0] += score.value
        total[1] += 1
    means = {score.code: _cell(score.value, score.roles) for score in scores if score.kind == "level"}
    families = [
        FamilyRow(
            code=score.code,
            label=score.label,
            score=_cell(score.value, score.roles),
            counts={severity: tally.families[score.code][severity] for severity in SEVERITIES},
            cells=[_mean(by_cell.get((score.code, level))) for level in codes],
        )
        for score in scores
        if score.kind == "family"
    ]
    families.sort(key=lambda row: (row.label.casefold(), row.code))
    return Levels(codes, [means.get(level) for level in codes]), families


def _cell(value: float, roles: int) -> Cell:
    return Cell(percent(value), roles)


def _mean(total: Sequence[float] | None) -> Cell | None:
    return None if total is None else _cell(total[0] / total[1], int(total[1]))


def _shown(families: Sequence[FamilyRow]) -> Sequence[FamilyRow]:
    """All families, or the least complete of too many, in the same order."""
    if len(families) <= MOST_FAMILIES:
        return families
    kept = heapq.nsmallest(MOST_FAMILIES, families, key=lambda row: (row.score.percent, row.code))
    codes = {row.code for row in kept}
    return [row for row in families if row.code in codes]


def _gaps(tally: _Tally, report: Report) -> list[Gap]:
    """What was found by shape, the most frequent first."""
    order = sorted(tally.shapes.items(), key=lambda item: (-item[1], item[0]))
    most = order[0][1] if order else 1
    return [
        Gap(
            shape=shape,
            label=report.label(shape),
            severity=tally.worst[shape],
            findings=count,
            roles=tally.roles_of[shape],
            share=percent(tally.roles_of[shape] / report.roles) if report.roles else 0,
            width=round(100 * count / most, 1),
            link=web_link(report.shapes.get(shape)),
        )
        for shape, count in order
    ]


def web_link(info: ShapeInfo | None) -> str:
    """Where a shape's rule is explained, if that is a page of the web: nothing else becomes a link."""
    link = "" if info is None else info.see_also
    return link if link.startswith(("https://", "http://")) else ""


def _starting(scores: Sequence[Score]) -> list[Score]:
    """The least complete roles."""
    unfinished = (score for score in scores if score.kind == "role" and score.value < 1)
    return heapq.nsmallest(STARTING_ROLES, unfinished, key=lambda score: (score.value, score.code))
