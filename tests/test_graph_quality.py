"""Scores to quads: one measurement in the Data Quality Vocabulary for each."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import PROV

from rolegraph.errors import Problems
from rolegraph.graph.nquads import QuadWriter
from rolegraph.graph.quality import build_quality
from rolegraph.iris import Iris
from rolegraph.model.catalog import Level
from rolegraph.model.findings import Score, ScoreKind
from rolegraph.sources.levels import read_levels

ROOT = Path(__file__).resolve().parent.parent
BASE = "https://example.org/roles/"
DQV = Namespace("http://www.w3.org/ns/dqv#")
RG = Namespace("https://w3id.org/rolegraph/ns#")
CODES: dict[ScoreKind, str] = {
    "catalog": "", "family": "SRES", "level": "P5", "specialisation": "SRES.GEN", "role": "SRES.GEN.P5",
}  # fmt: skip
SCORES = [
    Score(kind=kind, code=code, label=code, value=round(0.1 + index / 7, 4), roles=1 if kind == "role" else 3)
    for index, (kind, code) in enumerate(CODES.items())
]
SUBJECTS = {
    "catalog": "catalog",
    "family": "family/SRES",
    "specialisation": "specialisation/SRES.GEN",
    "role": "role/SRES.GEN.P5",
}


@pytest.fixture(scope="module")
def levels() -> dict[str, Level]:
    return read_levels(ROOT / "ontology" / "levels.ttl", "levels.ttl", Problems())


@pytest.fixture(scope="module")
def lines(levels: dict[str, Level]) -> list[str]:
    found: list[str] = []
    iris = Iris(BASE)
    assert build_quality(SCORES, levels, iris, QuadWriter(iris.graph("derived"), found.append)) == len(SCORES)
    return found


@pytest.fixture(scope="module")
def graph(lines: list[str]) -> Graph:
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    derived = ox.NamedNode(f"{BASE}graph/derived")
    triples = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=derived)
    return Graph().parse(data=triples or b"", format="nt")


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_measurement_is_a_hash_iri_of_what_it_measures(graph: Graph, kind: str) -> None:
    subject = URIRef(f"{BASE}{SUBJECTS[kind]}#quality-completeness")
    assert graph.value(subject, DQV.computedOn) == URIRef(BASE + SUBJECTS[kind])


def test_a_measurement_of_a_level_is_a_part_of_the_catalog(graph: Graph) -> None:
    subject = URIRef(f"{BASE}catalog#quality-completeness-P5")
    assert graph.value(subject, DQV.computedOn) == URIRef("https://w3id.org/rolegraph/level/P5")


def test_every_measurement_has_its_type_metric_value_and_origin(graph: Graph) -> None:
    measurements = set(graph.subjects(RDF.type, DQV.QualityMeasurement))
    assert len(measurements) == len(SCORES)
    for subject in measurements:
        assert graph.value(subject, DQV.isMeasurementOf) == RG.completeness
        assert graph.value(subject, PROV.wasGeneratedBy) == URIRef(f"{BASE}activity/completeness")
        value = graph.value(subject, DQV.value)
        assert isinstance(value, Literal)
        assert value.datatype == XSD.decimal
    assert sorted(float(str(value)) for value in graph.objects(None, DQV.value)) == [
        score.value for score in SCORES
    ]


def test_the_run_used_the_shapes_that_hold_the_weights(graph: Graph) -> None:
    run = URIRef(f"{BASE}activity/completeness")
    assert (run, RDF.type, PROV.Activity) in graph
    assert graph.value(run, PROV.used) == URIRef(f"{BASE}graph/shapes")


def test_only_a_mean_says_of_how_many_roles_it_is(graph: Graph) -> None:
    counted = set(graph.subjects(RG.scoredRoles, Literal(3)))
    assert counted == set(graph.subjects(RDF.type, DQV.QualityMeasurement)) - {
        URIRef(f"{BASE}role/SRES.GEN.P5#quality-completeness")
    }


def test_lines_are_spelled_as_the_store_dumps_them(lines: list[str]) -> None:
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    dumped = store.dump(format=ox.RdfFormat.N_QUADS)
    assert dumped is not None
    assert sorted(dumped.decode().splitlines(keepends=True)) == sorted(lines)


def test_there_is_no_blank_node_and_no_quad_twice(lines: list[str]) -> None:
    assert not [line for line in lines if "_:" in line]
    assert len(set(lines)) == len(lines)


def test_without_scores_nothing_is_written(levels: dict[str, Level]) -> None:
    found: list[str] = []
    assert build_quality([], levels, Iris(BASE), QuadWriter(f"{BASE}graph/derived", found.append)) == 0
    assert found == []


def test_the_metric_expects_the_datatype_that_is_written(graph: Graph) -> None:
    metric = Graph().parse(ROOT / "ontology" / "quality.ttl")
    wanted = metric.value(RG.completeness, DQV.expectedDataType)
    assert {value.datatype for value in graph.objects(None, DQV.value) if isinstance(value, Literal)} == {
        wanted
    }
