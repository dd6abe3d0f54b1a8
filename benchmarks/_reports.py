"""A number of roles in, a made-up validation report of that size out."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from generate import places
from rolegraph.model.findings import SEVERITIES, Finding, Report, Score, Severity, ShapeInfo

_RULES: Sequence[tuple[str, Severity, str, float]] = (
    ("RoleShape-title", "Violation", "The title “{}” is that of two roles. Change one.", 0.02),
    ("RoleShape-level", "Violation", "The title says {}, the level does not. Correct one.", 0.03),
    ("MappingShape-stale", "Violation", "The code for {} was withdrawn. Map the role again.", 0.05),
    ("AliasShape-shared", "Warning", "The alias “{}” belongs to another role too. Drop one.", 0.4),
    ("MappingShape-review", "Warning", "The mapping to {} waits. Accept it or reject it.", 0.9),
    ("ScopeTagShape-common", "Warning", "“{}” is tagged common, but some roles lack it.", 1.6),
    ("ExperienceShape-range", "Warning", "{} years are fewer than the level below asks for.", 0.3),
    ("CompletenessShape-definition", "Info", "The role has no summary. Write one in `summary`.", 0.5),
    ("CompletenessShape-story", "Info", "The role has no story. Write one in `story`.", 0.9),
    ("CompletenessShape-alias", "Info", "The role has no title alias. Write one in `aliases`.", 0.4),
    ("CompletenessShape-kind", "Info", "The role lists no {}. Add one, or record that {} is none.", 2.0),
    ("ComponentShape-definition", "Info", "The component “{}” has no definition. Write one.", 3.0),
    ("ComponentShape-same-as", "Info", "The component “{}” names no concept of a public list.", 2.9),
)
"""Shape, severity, message, and how many findings of it a role has on average."""
_WORDS = ("incident", "capacity", "platform", "stakeholder", "forecast", "pipeline", "telemetry", "ledger")


def make_report(roles: int, seed: int = 1) -> Report:
    """A report with 13 findings a role; the same arguments give the same report."""
    chance = random.Random(seed)
    scores = [
        Score(
            kind="role",
            code=f"{family}.{focus}.{level}",
            label=f"{_WORDS[number % 8].title()} specialist {level}",
            value=round(chance.betavariate(5, 2), 3),
            family=family,
            level=level,
        )
        for number, (family, focus, level) in enumerate(places(roles))
    ]
    findings = [finding for score in scores for finding in _of_role(score, chance)]
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding))
    return Report(
        findings=tuple(findings),
        roles=roles,
        shapes={
            f"rgs:{shape}": ShapeInfo(
                label=shape.replace("Shape-", ": "), see_also=f"https://example.org/rules#{shape}"
            )
            for shape, *_ in _RULES
        },
        scores=(*_means(scores), *scores),
        catalog="A made-up catalog",
    )


def _of_role(score: Score, chance: random.Random) -> Iterator[Finding]:
    for shape, severity, message, mean in _RULES:
        for number in range(int(mean) + (chance.random() < mean % 1)):
            value = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {int(chance.paretovariate(0.6)) % 4000}"
            yield Finding(
                severity=severity,
                shape=f"rgs:{shape}",
                focus=f"role/{score.code}" + (f"#use-{number}" if "{" in message else ""),
                path="rg:componentUse/rg:component",
                value=value if "{" in message else "",
                component="sh:SPARQLConstraintComponent",
                message=message.format(*[value] * message.count("{")),
                role=score.code,
                file=f"roles/{score.code}.yaml",
                line=chance.randrange(1, 120),
            )


def _means(scores: Sequence[Score]) -> Iterator[Score]:
    """Scores of the catalog, the families and the levels."""
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for score in scores:
        groups["catalog", ""].append(score.value)
        groups["family", score.family].append(score.value)
        groups["level", score.level].append(score.value)
    for (kind, code), values in groups.items():
        mean = sum(values) / len(values)
        yield Score(kind=kind, code=code, label=code or "catalog", value=mean, roles=len(values))  # type: ignore[arg-type]
