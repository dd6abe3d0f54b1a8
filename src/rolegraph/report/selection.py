"""A report and the names of shapes and roles in, the part of the report that is about them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from msgspec.structs import replace

from rolegraph.errors import SelectionError
from rolegraph.model.findings import Finding, Report, Severity, at_least
from rolegraph.terms import PREFIXES


@dataclass(frozen=True, slots=True)
class Selection:
    """Shapes by short name and roles by code; an empty set stands for all."""

    shapes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def of(self, report: Report) -> Report:
        """Keep what was selected; scores stay for selected roles, and all of them where all roles do."""
        shapes, roles = report.shapes, self.roles
        if self.shapes:
            shapes = {shape: info for shape, info in shapes.items() if shape in self.shapes}
        scores = report.scores
        if roles:
            scores = tuple(score for score in scores if score.kind == "role" and score.code in roles)
        return replace(
            report,
            findings=tuple(filter(self._has, report.findings)),
            shapes=shapes,
            scores=scores,
            roles=len(roles) if roles else report.roles,
        )

    def _has(self, finding: Finding) -> bool:
        is_shape = not self.shapes or finding.shape in self.shapes
        return is_shape and (not self.roles or finding.role in self.roles)


def select(
    report: Report,
    shapes: Iterable[str] = (),
    roles: Iterable[str] = (),
    known_roles: Collection[str] = (),
) -> Selection:
    """Understand what somebody wants to see of a report.

    Args:
        report: knows its shapes, and roles by their scores and findings.
        shapes: short names, full IRIs, or short names without prefix; the name of a node shape also
            stands for its property shapes, whose names begin with its own and `-`.
        roles: codes.
        known_roles: further codes that exist, for a report without scores.
    Raises:
        SelectionError: names what is unknown, all of it, with the nearest known names.
    """
    known_shapes = {*report.shapes, *(finding.shape for finding in report.findings)}
    unknown: list[str] = []
    chosen: set[str] = set()
    for name in shapes:
        found = _shapes_called(name, known_shapes)
        chosen |= found
        if not found:
            unknown.append(
                _unknown("shape", name, {short for shape in known_shapes for short in _names(shape)})
            )
    codes = _roles_of(report, known_roles) if (wanted := frozenset(roles)) else set()
    unknown += [_unknown("role", code, codes) for code in sorted(wanted - codes)]
    if unknown:
        raise SelectionError("\n".join(unknown))
    return Selection(frozenset(chosen), wanted)


def at_or_above(report: Report, severity: Severity) -> tuple[Finding, ...]:
    """The findings that are at least as severe, in the report's order."""
    enough = at_least(severity)
    return tuple(finding for finding in report.findings if finding.severity in enough)


def failing(report: Report) -> tuple[Finding, ...]:
    """The findings that fail the run: as severe as `fail_on`, and new where there is a baseline."""
    return tuple(filter(failure_test(report), report.findings))


def failure_test(report: Report) -> Callable[[Finding], bool]:
    """What tells of a finding of the report whether it fails the run."""
    severities = at_least(report.fail_on)
    if report.comparison is None:
        return lambda finding: finding.severity in severities
    new = frozenset(finding for finding in report.comparison.new if finding.severity in severities)
    return new.__contains__


def _shapes_called(name: str, known: Iterable[str]) -> set[str]:
    """The shapes that a name stands for, with the property shapes of a node shape."""
    prefixes = (prefix for prefix, iri in PREFIXES.items() if name.startswith(iri))
    prefix = next(prefixes, None)
    short = name if prefix is None else f"{prefix}:{name.removeprefix(PREFIXES[prefix])}"
    return {shape for shape in known if short in _names(shape)}


def _names(shape: str) -> set[str]:
    """What a shape may be called: by its own name or its node shape's, with or without prefix.

    >>> sorted(_names("rgs:AliasShape-level-token"))
    ['AliasShape', 'AliasShape-level-token', 'rgs:AliasShape', 'rgs:AliasShape-level-token']
    """
    node_shape = shape.partition("-")[0] if shape.partition(":")[0] in PREFIXES else shape
    return {shape, node_shape, _local(shape), _local(node_shape)}


def _local(shape: str) -> str:
    """The last part of a short name or of an IRI."""
    return re.split(r"[:#/]", shape)[-1]


def _roles_of(report: Report, known: Collection[str]) -> set[str]:
    scored = (score.code for score in report.scores if score.kind == "role")
    found = (finding.role for finding in report.findings if finding.role)
    return {*known, *scored, *found}


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else f"; no {what} has a name like it"
    return f"there is no {what} {name!r}{hint}"
