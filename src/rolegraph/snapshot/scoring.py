"""Weighted shapes and what was found in, how complete each role and group of roles is out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import Graph

from rolegraph.model.catalog import Catalog
from rolegraph.model.findings import Finding, Score, ScoreKind
from rolegraph.score import RoleKey, group_labels, role_keys, score
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import Plan, focus_query
from rolegraph.validate import Translator, compact, shape_infos


@dataclass(frozen=True, slots=True)
class Roster:
    """The roles of a catalog as scores name them, and what their groups are called."""

    roles: list[RoleKey]
    labels: dict[tuple[ScoreKind, str], str]

    @classmethod
    def of(cls, catalog: Catalog, name: str) -> Roster:
        """Take it from a catalog's records; `name` is what the catalog is called."""
        return cls(role_keys(catalog), group_labels(catalog, name))


def weighted_focus(plan: Plan, shapes: Graph) -> dict[str, list[str]]:
    """Short name -> queries for the focus nodes, of each shape that counts for a score."""
    weights = weights_of(shapes)
    return {
        short: [focus_query(focus) for focus in places]
        for node, places in plan.focus.items()
        if (short := compact(str(node))) in weights
    }


def weights_of(shapes: Graph) -> dict[str, float]:
    """Short name -> weight of each shape that counts for a score.

    Raises:
        ShapeError: a weight is no number from 0 up.
    """
    return {short: info.weight for short, info in shape_infos(shapes).items() if info.weight}


def applicable_roles(data: Data, queries: Iterable[str], translator: Translator) -> set[str]:
    """The codes of the roles that a shape looks at."""
    found = (translator.role(node.value) for query in queries for [node] in data.query(query))
    return {code for code in found if code}


def scores_of(
    roster: Roster,
    weights: Mapping[str, float],
    applicable: Mapping[str, set[str]],
    findings: Iterable[Finding],
) -> tuple[Score, ...]:
    """Compute the scores of roles and groups; a finding of a weighted shape is a check that does not hold."""
    failed: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.shape in weights:
            failed[finding.shape].add(finding.role)
    known = {shape: weight for shape, weight in weights.items() if shape in applicable}
    return score(roster.roles, known, applicable, failed, roster.labels)
