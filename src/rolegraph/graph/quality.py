"""Completeness scores in, quads of quality measurements out (W3C Data Quality Vocabulary)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, decimal, integer, node
from rolegraph.iris import Iris
from rolegraph.model.catalog import Level
from rolegraph.model.findings import Score
from rolegraph.terms import term


def build_quality(
    scores: Iterable[Score], levels: Mapping[str, Level], iris: Iris, writer: QuadWriter
) -> int:
    """Write one measurement for each score into the graph `derived`.

    Args:
        scores: what `rolegraph.score` computed.
        levels: the levels of the scheme in use, whose IRIs the measurements of levels are about.
        iris: the IRIs of the catalog.
        writer: receives the quads; nothing is written without a score.
    Returns:
        the number of measurements written.
    """
    run = node(f"{iris.base}activity/completeness")
    count = 0
    for score in scores:
        count += 1
        subject = node(iris.completeness(score.kind, score.code))
        writer.add(subject, RDF_TYPE, term("dqv:QualityMeasurement"))
        writer.add(subject, term("dqv:computedOn"), node(_measured(score, levels, iris)))
        writer.add(subject, term("dqv:isMeasurementOf"), term("rg:completeness"))
        writer.add(subject, term("dqv:value"), decimal(score.value))
        writer.add(subject, term("prov:wasGeneratedBy"), run)
        if score.kind != "role":
            writer.add(subject, term("rg:scoredRoles"), integer(score.roles))
    if count:
        # The weights of the checks stand in the graph of the shapes.
        writer.add(run, RDF_TYPE, term("prov:Activity"))
        writer.add(run, term("prov:used"), node(iris.graph("shapes")))
    return count


def _measured(score: Score, levels: Mapping[str, Level], iris: Iris) -> str:
    """The IRI of what a score is the score of."""
    if score.kind == "role":
        return iris.role(score.code)
    if score.kind == "family":
        return iris.family(score.code)
    if score.kind == "specialisation":
        return iris.specialisation(score.code)
    return levels[score.code].iri if score.kind == "level" else iris.catalog
