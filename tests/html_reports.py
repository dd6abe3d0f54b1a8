"""Reports that the tests of the HTML page share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rolegraph.model.findings import SEVERITIES, Finding, Report, Score, ScoreKind, Severity, ShapeInfo

LEVELS = ("S2", "P3", "P4", "P10", "M1", "E1")
SHAPES = {
    "rgs:TitleShape": ShapeInfo(
        label="A title is that of one role", see_also="https://example.org/rules#title"
    ),
    "rgs:AliasShape": ShapeInfo(label="An alias leads to one role", see_also="javascript:alert(1)"),
    "rgs:StoryShape": ShapeInfo(label="A role has a story"),
    "rgs:LevelShape": ShapeInfo(label="A level has a rank"),
}


def finding(severity: Severity, shape: str, role: str = "OPS.GEN.P3", **fields: str | int) -> Finding:
    told = {"focus": f"role/{role}" if role else "level/P9", "message": "Correct it.", **fields}
    return Finding(severity=severity, shape=f"rgs:{shape}", role=role, **told)  # type: ignore[arg-type]


def report(findings: Sequence[Finding], scores: Sequence[Score] = (), **fields: object) -> Report:
    """A report whose findings are ordered as those of a run are."""
    ordered = sorted(findings, key=lambda found: (SEVERITIES.index(found.severity), found))
    told = {"roles": 4, "shapes": SHAPES, "catalog": "Example & Sons", **fields}
    return Report(findings=tuple(ordered), scores=tuple(scores), **told)  # type: ignore[arg-type]


def role_score(code: str, value: float) -> Score:
    family, _, level = code.split(".")
    return Score(kind="role", code=code, label=f"Title of {code}", value=value, family=family, level=level)


def scores(roles: Sequence[Score]) -> list[Score]:
    """Role scores with their means, in the order of a report."""
    groups: defaultdict[tuple[ScoreKind, str], list[float]] = defaultdict(list)
    for role in roles:
        groups["catalog", ""].append(role.value)
        groups["family", role.family].append(role.value)
        groups["level", role.level].append(role.value)
    means = [
        Score(
            kind=kind,
            code=code,
            label=f"{code} family" if kind == "family" else code,
            value=mean,
            roles=number,
        )
        for (kind, code), values in sorted(groups.items())
        for mean, number in [(sum(values) / len(values), len(values))]
    ]
    return [*means, *roles]


def large_report() -> Report:
    """Two families on six levels with 640 findings: more than the page shows as text, and seven pages."""
    codes = [f"{family}.GEN.{level}" for family in ("OPS", "LAB") for level in LEVELS]
    found = [
        finding(
            severity,
            shape,
            code,
            focus=f"role/{code}#use-{number}",
            value=f"alias {number:02} of {code}",
            message=f"The alias “alias {number:02} of {code}” leads to {code} and to another role. Drop one.",
            path="rg:titleAlias",
            component="sh:MaxCountConstraintComponent",
            file=f"roles/{code}.yaml",
            line=number + 1,
        )
        for code in codes
        for number in range(53)
        for severity, shape in [_rule(number)]
    ]
    of_levels = [finding("Warning", "LevelShape", "", focus=f"level/P{number}") for number in range(4)]
    return report(
        [*found, *of_levels], scores([role_score(code, 0.2 + index / 20) for index, code in enumerate(codes)])
    )


def _rule(number: int) -> tuple[Severity, str]:
    if number < 3:
        return "Violation", "TitleShape"
    return ("Warning", "AliasShape") if number < 20 else ("Info", "StoryShape")
