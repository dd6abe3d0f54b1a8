"""What was found in a catalog in, its report out: with how complete each role and group of roles is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import Graph
from rdflib.term import Node

from rolegraph.config import Config
from rolegraph.model.catalog import Catalog
from rolegraph.model.findings import Finding, Report, Score, ScoreKind, ShapeInfo, severity_called
from rolegraph.positions import Positions
from rolegraph.score import RoleKey, group_labels, role_keys, score
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import Plan, compile_shapes, run_plan
from rolegraph.validate import Translator, compact, in_order, shape_infos


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
    infos = shape_infos(shapes)
    return {
        short: [focus.query() for focus in places]
        for node, places in plan.focus.items()
        if (short := compact(str(node))) in infos and infos[short].weight
    }


def applicable_roles(data: Data, queries: Iterable[str], translator: Translator) -> set[str]:
    """The codes of the roles that a shape looks at."""
    found = (translator.role(node.value) for query in queries for [node] in data.query(query))
    return {code for code in found if code}


def make_report(
    config: Config,
    roster: Roster,
    shapes: Graph,
    findings: Iterable[Finding],
    applicable: Mapping[str, set[str]],
    by_reference: Iterable[Node] = (),
) -> Report:
    """Put together what a run over a catalog found.

    Args:
        config: the catalog's configuration.
        roster: its roles.
        shapes: what was checked.
        findings: in any order; each counts once.
        applicable: short name of a weighted shape -> codes of the roles that it looks at.
        by_reference: the shapes that only the reference engine could check.
    """
    infos, ordered = shape_infos(shapes), in_order(findings)
    return Report(
        findings=ordered,
        roles=len(roster.roles),
        shapes=infos,
        scores=_scores(roster, infos, applicable, ordered),
        by_reference=tuple(sorted(compact(str(node)) for node in by_reference)),
        catalog=config.catalog.name,
        base_iri=config.catalog.base_iri,
        fail_on=severity_called(config.validate.fail_on),
    )


def _scores(
    roster: Roster,
    infos: Mapping[str, ShapeInfo],
    applicable: Mapping[str, set[str]],
    findings: Iterable[Finding],
) -> tuple[Score, ...]:
    """The scores of roles and groups; a finding of a weighted shape is a check that does not hold."""
    failed: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.shape in applicable:
            failed[finding.shape].add(finding.role)
    weights = {shape: infos[shape].weight for shape in applicable}
    return score(roster.roles, weights, applicable, failed, roster.labels)


def report_on(
    data: Data, shapes: Graph, config: Config, roster: Roster, positions: Positions | None = None
) -> Report:
    """Check a catalog that one store holds as a whole, as a build does.

    Raises:
        ShapeError: a shape is malformed, or uses something that neither engine knows.
    """
    translator = Translator(data.store, config.catalog.base_iri, positions)
    plan = compile_shapes(data, shapes)
    outcome = run_plan(data, shapes, plan)
    applicable = {
        shape: applicable_roles(data, queries, translator)
        for shape, queries in weighted_focus(plan, shapes).items()
    }
    findings = map(translator.finding, outcome.results)
    return make_report(config, roster, shapes, findings, applicable, plan.by_reference)
