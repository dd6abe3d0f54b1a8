"""Two reports in, what became of their findings and scores out; findings are read side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from rolegraph.model.findings import Finding, Report, Score, ScoreKind
from rolegraph.snapshot.report_file import read_report

State = Literal["new", "fixed", "open"]
STATES: Final[tuple[State, ...]] = ("new", "fixed", "open")


class ScoreChange(Struct, frozen=True, kw_only=True):
    """The score of a family, level and so on before and after; None where there was none."""

    kind: ScoreKind
    code: str
    label: str
    before: float | None
    after: float | None

    @property
    def gain(self) -> float:
        """By how much it rose; 0 where it is not known on both sides."""
        return self.after - self.before if self.after is not None and self.before is not None else 0.0


class ShapeChange(Struct, kw_only=True):
    """How many findings of one shape are new, fixed and still open.

    `is_new` tells that the earlier report did not check this shape, so that what it finds may be old.
    """

    shape: str
    label: str
    is_new: bool = False
    is_gone: bool = False
    new: int = 0
    fixed: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class ReportChange:
    """What became of the findings and scores of a report."""

    scores: tuple[ScoreChange, ...]
    shapes: tuple[ShapeChange, ...]
    before: Path
    after: Path

    def count(self, state: State) -> int:
        """The number of findings that are new, fixed or still open."""
        return sum(int(getattr(shape, state)) for shape in self.shapes)

    @property
    def is_equal(self) -> bool:
        """Whether nothing is new, fixed or scored otherwise."""
        same_scores = all(score.before == score.after for score in self.scores)
        return same_scores and not self.count("new") and not self.count("fixed")

    def findings(self) -> Iterator[tuple[State, Finding]]:
        """Every finding that is new or fixed, by its key.

        Raises:
            StoreError: a report is damaged.
        """
        for state, finding in _compared(self.before, self.after):
            if state != "open":
                yield state, finding


def compare_reports(before: Path, after: Path) -> ReportChange:
    """Compare two reports that `write_report` wrote.

    Raises:
        StoreError: a report is damaged.
    """
    old, new = read_report(before)[0], read_report(after)[0]
    shapes: dict[str, ShapeChange] = {}
    for state, finding in _compared(before, after):
        shape = shapes.get(finding.shape)
        if shape is None:
            shape = shapes[finding.shape] = _shape(finding.shape, old, new)
        setattr(shape, state, getattr(shape, state) + 1)
    ordered = sorted(shapes.values(), key=lambda shape: (-shape.new - shape.fixed, -shape.open, shape.shape))
    return ReportChange(_scores(old, new), tuple(ordered), before, after)


def _shape(name: str, old: Report, new: Report) -> ShapeChange:
    label = new.label(name) if name in new.shapes else old.label(name)
    is_new = bool(old.shapes) and name not in old.shapes
    return ShapeChange(
        shape=name, label=label, is_new=is_new, is_gone=bool(new.shapes) and name not in new.shapes
    )


def _compared(before: Path, after: Path) -> Iterator[tuple[State, Finding]]:
    """Merge the findings of two reports; one that occurs twice in both is open twice."""
    fixed, new = read_report(before)[1], read_report(after)[1]
    old_one, new_one = next(fixed, None), next(new, None)
    while old_one is not None and new_one is not None:
        if old_one.key < new_one.key:
            yield "fixed", old_one
            old_one = next(fixed, None)
        elif new_one.key < old_one.key:
            yield "new", new_one
            new_one = next(new, None)
        else:
            yield "open", new_one
            old_one, new_one = next(fixed, None), next(new, None)
    while old_one is not None:
        yield "fixed", old_one
        old_one = next(fixed, None)
    while new_one is not None:
        yield "new", new_one
        new_one = next(new, None)


def _scores(old: Report, new: Report) -> tuple[ScoreChange, ...]:
    """All scores but those of roles, in the order of the later report; what is gone comes last."""
    before = {(score.kind, score.code): score for score in old.scores}
    after = {(score.kind, score.code): score for score in new.scores}
    return tuple(
        _score(before.get(key), after.get(key), (after.get(key) or before[key]))
        for key in dict.fromkeys((*after, *before))
    )


def _score(before: Score | None, after: Score | None, known: Score) -> ScoreChange:
    return ScoreChange(
        kind=known.kind,
        code=known.code,
        label=known.label,
        before=before.value if before else None,
        after=after.value if after else None,
    )
