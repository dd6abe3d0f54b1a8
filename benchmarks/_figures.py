"""Seconds in, tables and reached or missed goals out."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

MEMORY, DISK = "rolegraph, memory", "rolegraph, disk"
READ_ONLY, IN_MEMORY = "oxigraph serve-read-only", "oxigraph serve, memory"
RDFLIB = "rdflib-endpoint"


@dataclass
class Figures:
    """What one server took for one measure, or why there is nothing."""

    seconds: list[float] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    wall_s: float = 0.0

    @property
    def median(self) -> float | None:
        """The middle value."""
        return statistics.median(self.seconds) if self.seconds else None

    def quantile(self, share: float) -> float | None:
        """The value that so many do not exceed: the nearest rank, so the greatest of a few."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None

    @property
    def rate(self) -> float | None:
        """Answers a second, where several clients asked for a given time."""
        return len(self.seconds) / self.wall_s if self.wall_s else None

    def add_load(self, seconds: Iterable[float], wall_s: float, failures: dict[str, int]) -> None:
        """Take in one round of several clients."""
        self.seconds.extend(seconds)
        self.wall_s += wall_s
        for cause, count in failures.items():
            self.failures[cause] = self.failures.get(cause, 0) + count

    def fail(self, cause: str) -> None:
        """Count a failure."""
        self.failures[cause] = self.failures.get(cause, 0) + 1

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        return {
            "median_s": self.median,
            "p99_s": self.quantile(0.99),
            "fastest_s": min(self.seconds, default=None),
            "count": len(self.seconds),
            "per_second": self.rate,
            "failures": self.failures,
        }


Table = dict[str, dict[str, Figures]]
"""Measure -> server -> figures."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a measure of ours: a multiple of another server's median, or seconds."""

    measure: str
    ours: str
    bound: float
    theirs: str | None = None

    def check(self, table: Table) -> tuple[bool | None, str]:
        """Whether it is reached (None: not measured), and the line that says so."""
        found = table.get(self.measure, {})
        mine = found.get(self.ours, Figures()).median
        unit, name = (" ms", "") if self.theirs is None else ("×", f" of {self.theirs}")
        text = f"{self.measure}, {self.ours}: at most {self.bound:g}{unit}{name}"
        other = 1e-3 if self.theirs is None else found.get(self.theirs, Figures()).median
        if mine is None or other is None:
            return None, f"not measured  {text}"
        ratio = mine / other
        is_reached = ratio <= self.bound
        return is_reached, f"{'reached' if is_reached else 'MISSED ':12}  {text}; found {ratio:.3g}{unit}"


def goals() -> list[Goal]:
    """What issue 5 of the project wants."""
    found = [Goal("trivial query, new each time", ours, 2.5, READ_ONLY) for ours in (MEMORY, DISK)]
    found += [Goal("trivial query, repeated", ours, 1.0, READ_ONLY) for ours in (MEMORY, DISK)]
    for form in ("CSV", "JSON"):
        rows = f"100,000 rows, {form}"
        found += [Goal(rows, MEMORY, 0.4, READ_ONLY), Goal(rows, MEMORY, 1.3, IN_MEMORY)]
        found += [Goal(rows, ours, 0.1, RDFLIB) for ours in (MEMORY, DISK)]
        found += [Goal(f"{rows}, first byte", ours, 20.0) for ours in (MEMORY, DISK)]
    return [*found, Goal("heavy aggregate", MEMORY, 0.5, READ_ONLY)]


def show(table: Table, servers: Sequence[str], absent: dict[str, str]) -> Iterable[str]:
    """The table as text: one block for each measure."""
    for measure, by_server in table.items():
        base = by_server.get(READ_ONLY, Figures()).median
        yield ""
        yield f"{measure:42}{'median':>12}{'p99':>12}{'× read-only':>13}{'per second':>12}{'n':>8}"
        for name in servers:
            figures = by_server.get(name, Figures())
            yield f"  {name:40}{_row(figures, base)}"
        for name, reason in absent.items():
            yield f"  {name:40}not measured: {reason}"


def _row(figures: Figures, base: float | None) -> str:
    failed = "; ".join(f"{count} × {cause}" for cause, count in figures.failures.items())
    median, high = figures.median, figures.quantile(0.99)
    if median is None or high is None:
        return f"no answer: {failed}" if failed else "not measured"
    ratio = f"{median / base:.2f}" if base else ""
    rate = f"{figures.rate:,.0f}" if figures.rate is not None else ""
    text = f"{_time(median):>12}{_time(high):>12}{ratio:>13}{rate:>12}{len(figures.seconds):>8,}"
    return f"{text}  FAILED {failed}" if failed else text


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"
