"""Which checks hold for which role in, completeness scores out: of roles and what groups them.

A role's score is the sum of the weights of the checks that apply to it and hold, divided by the sum of
the weights of those that apply. The score of a family, specialisation, level or catalog is the mean over
its roles, each counting the same. All of it is computed as exact fractions and rounded once, at the end,
to four decimals (a half goes up), so that the same inputs give the same digits everywhere.

"None recorded" is an answer: the checks themselves hold for it, so it counts as complete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final, NamedTuple

from rolegraph.model.catalog import Catalog, key_label
from rolegraph.model.findings import Score, ScoreKind

_SCALE: Final = 10_000
"""Scores are whole numbers of ten-thousandths."""
_GROUPS: Final[tuple[ScoreKind, ...]] = ("catalog", "family", "level", "specialisation")
"""What roles are grouped by, in the order of a report."""

Labels = Mapping[tuple[ScoreKind, str], str]
"""Labels of groups, by kind and code."""


class RoleKey(NamedTuple):
    """What is said of a role beside its score; the groups are given by their codes."""

    code: str
    title: str
    family: str
    specialisation: str
    level: str


class _Sum:
    """Adds fractions by denominator: few denominators occur, and no fraction is reduced on the way."""

    __slots__ = ("_numerators", "count")

    def __init__(self) -> None:
        self._numerators: dict[int, int] = {}
        self.count = 0

    def add(self, numerator: int, denominator: int) -> None:
        self._numerators[denominator] = self._numerators.get(denominator, 0) + numerator
        self.count += 1

    def mean(self) -> float:
        total = sum((Fraction(value, below) for below, value in self._numerators.items()), Fraction())
        return _rounded(total.numerator, total.denominator * self.count)


def score(
    roles: Iterable[RoleKey],
    weights: Mapping[str, float],
    applicable: Mapping[str, Collection[str]],
    failed: Mapping[str, Collection[str]],
    labels: Labels | None = None,
) -> tuple[Score, ...]:
    """Compute how complete each role is, and what groups roles.

    Args:
        roles: all roles that were checked.
        weights: the weight of each check, by the short name of its shape; one of 0 does not count.
        applicable: the codes of the roles that each check applies to.
        failed: the codes of the roles that each check does not hold for.
        labels: what groups are called; a group without a label goes by its code.
    Returns:
        the scores of the catalog, its families, levels, specialisations and roles, in this order, each
        by code. A role that no check applies to has no score and is in no mean, and so is a group
        without any other role: there is nothing to say of it, neither good nor bad.
    Raises:
        ValueError: a weight is negative or no finite number.
    """
    checks = [
        (weight, _as_set(applicable.get(shape, ())), _as_set(failed.get(shape, ())))
        for shape, weight in _whole_weights(weights).items()
        if weight
    ]
    groups: dict[ScoreKind, dict[str, _Sum]] = {kind: defaultdict(_Sum) for kind in _GROUPS}
    scores: list[Score] = []
    for role in sorted(roles):
        held, applying = _weigh(role.code, checks)
        if not applying:
            continue
        for kind, code in zip(_GROUPS, ("", role.family, role.level, role.specialisation), strict=True):
            groups[kind][code].add(held, applying)
        scores.append(
            Score(
                kind="role",
                code=role.code,
                label=role.title,
                value=_rounded(held, applying),
                family=role.family,
                level=role.level,
            )
        )
    return (*_means(groups, labels or {}), *scores)


def _weigh(code: str, checks: Iterable[tuple[int, Collection[str], Collection[str]]]) -> tuple[int, int]:
    """The weights of the checks that hold for a role, and of all that apply to it."""
    held = applying = 0
    for weight, applies_to, fails_for in checks:
        if code in applies_to:
            applying += weight
            if code not in fails_for:
                held += weight
    return held, applying


def _means(groups: Mapping[ScoreKind, Mapping[str, _Sum]], labels: Labels) -> Iterator[Score]:
    for kind in _GROUPS:
        for code, total in sorted(groups[kind].items()):
            label = labels.get((kind, code), code)
            yield Score(kind=kind, code=code, label=label, value=total.mean(), roles=total.count)


def _whole_weights(weights: Mapping[str, float]) -> dict[str, int]:
    """The weights as whole numbers in the same proportions, by their decimal spelling."""
    exact = {shape: Decimal(str(weight)) for shape, weight in weights.items()}
    for shape, weight in exact.items():
        if not weight.is_finite() or weight < 0:
            raise ValueError(f"the weight of {shape} is {weight}; write a number of at least 0")
    fractions = {shape: Fraction(weight) for shape, weight in exact.items()}
    below = lcm(*(fraction.denominator for fraction in fractions.values()))
    return {shape: int(fraction * below) for shape, fraction in fractions.items()}


def _rounded(numerator: int, denominator: int) -> float:
    """A fraction from 0 to 1 to four decimals; a half goes up."""
    return (2 * numerator * _SCALE + denominator) // (2 * denominator) / _SCALE


def _as_set(codes: Collection[str]) -> Collection[str]:
    return codes if isinstance(codes, (set, frozenset, dict)) else frozenset(codes)


def role_keys(catalog: Catalog) -> list[RoleKey]:
    """What the scores of a catalog's roles name."""
    return [
        RoleKey(role.code, key_label(role.title), role.family, role.specialisation, role.level)
        for role in catalog.roles
    ]


def group_labels(catalog: Catalog, name: str) -> dict[tuple[ScoreKind, str], str]:
    """What the groups of a catalog's roles are called; `name` is that of the catalog itself."""
    taxonomy = catalog.taxonomy
    labels: dict[tuple[ScoreKind, str], str] = {("catalog", ""): name}
    labels |= {("family", code): key_label(entry.label) for code, entry in taxonomy.families.items()}
    labels |= {
        ("specialisation", code): key_label(entry.label) for code, entry in taxonomy.specialisations.items()
    }
    labels |= {("level", code): level.label for code, level in catalog.levels.items()}
    return labels
