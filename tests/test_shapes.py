"""Every shape against small graphs: tests/cases/shapes/<family>/{valid,info,warning,invalid}.<case>.ttl."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal
from rdflib.compare import isomorphic

from rolegraph import resources
from rolegraph.report.comparison import differences
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import ENGINES, validate
from rolegraph.shacl.results import from_rdflib, to_graph
from rolegraph.terms import PREFIXES
from rolegraph.validate import load_shapes, validate_catalog

FOLDER = Path(__file__).parent / "cases" / "shapes"
CASES = sorted(path for path in FOLDER.rglob("*.ttl") if not path.name.endswith(".report.ttl"))
FAMILIES = {
    "role": "RoleShape",
    "level": "Level",
    "alias": "AliasShape",
    "seniority": "SeniorityShape",
    "experience": "ExperienceShape",
    "mapping": "MappingShape",
    "component": "ComponentShape",
    "use": "UseShape",
    "scope-tag": "ScopeTagShape",
    "adjacency": "AdjacencyShape",
    "taxonomy": "TaxonomyShape",
    "completeness": "CompletenessShape",
    "lifecycle": "LifecycleShape",
}
TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)
WORST = {"valid": "", "info": "Info", "warning": "Warning", "invalid": "Violation"}


@pytest.fixture(scope="session")
def shapes() -> Graph:
    return load_shapes([resources.folder("shapes")])


@pytest.fixture(scope="session")
def ontology() -> Graph:
    """The parts of the ontology that shapes look at."""
    graph = Graph()
    for name in ("rolegraph", "vocabulary", "levels"):
        graph.parse(resources.folder("ontology") / f"{name}.ttl")
    return graph


def of_family(shapes: Graph, family: str) -> Graph:
    """The shapes with the targets of one family alone, so that a case speaks of nothing else."""
    start = f"{PREFIXES['rgs']}{FAMILIES[family]}"
    chosen = Graph()
    for triple in shapes:
        if triple[1] not in TARGETS or str(triple[0]).startswith(start):
            chosen.add(triple)
    return chosen


def results(report: Graph) -> Graph:
    """The results of a report, each with a node of its own, without the report around them."""
    kept = Graph()
    for prefix in ("rg", "rgs", "sh", "skos"):
        kept.bind(prefix, PREFIXES[prefix])
    for node in report.objects(None, SH.result):
        for predicate, value in report.predicate_objects(node):
            kept.add((node, predicate, value))
    return kept


def check_golden(found: Graph, golden: Path, approve: bool) -> None:
    written = Graph().parse(data=found.serialize(format="turtle"))  # Turtle has 5.0 for a decimal 5
    if approve and (not golden.exists() or not isomorphic(written, Graph().parse(golden))):
        golden.write_text(found.serialize(format="turtle"), encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing; run with --approve and read what it says"
    assert isomorphic(written, Graph().parse(golden)), found.serialize(format="turtle")


def test_every_family_has_cases_that_pass_and_cases_that_find_something() -> None:
    assert len(CASES) >= 80
    assert {case.parent.name for case in CASES} == set(FAMILIES)
    for family in FAMILIES:
        kinds = {case.name.partition(".")[0] for case in CASES if case.parent.name == family}
        assert "valid" in kinds
        assert kinds - {"valid"}, f"{family} has no case that finds something"


def with_rules(data: Graph) -> ox.Store:
    """The data as a build holds it when shapes are checked: with what the rules derive from it."""
    store = ox.Store()
    store.extend(ox.Quad(*(from_rdflib(term) for term in triple)) for triple in data)
    for path in sorted((resources.folder("queries") / "rules").glob("*.rq")):
        store.extend(ox.Quad(*triple) for triple in list(store.query(path.read_text(encoding="utf-8"))))
    return store


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_gives_its_approved_report(case: Path, shapes: Graph, ontology: Graph, approve: bool) -> None:
    family = case.parent.name
    chosen, store = of_family(shapes, family), with_rules(ontology + Graph().parse(case))
    outcome = validate(store, chosen)
    assert outcome.by_reference == ()
    reports = (validate_catalog(Data(store), chosen, engine) for engine in ENGINES)
    assert list(map(str, differences(*reports))) == []
    report = results(to_graph(outcome.results))
    severities = {str(severity).removeprefix(str(SH)) for severity in report.objects(None, SH.resultSeverity)}
    worst = next((name for name in ("Violation", "Warning", "Info") if name in severities), "")
    assert worst == WORST[case.name.partition(".")[0]]
    if worst:
        check_golden(report, case.with_suffix(".report.ttl"), approve)
    else:
        assert not case.with_suffix(".report.ttl").exists()


def test_every_rule_is_seen_to_find_something(shapes: Graph) -> None:
    """A shape that no case sets off may be misspelt and say nothing for ever."""
    found = {
        shape
        for case in CASES
        if (golden := case.with_suffix(".report.ttl")).exists()
        for shape in Graph().parse(golden).objects(None, SH.sourceShape)
    }
    assert sorted(set(shapes.subjects(SH.severity, None)) - found) == []


def test_shapes_hold_no_blank_nodes_because_a_snapshot_holds_none(shapes: Graph) -> None:
    assert not [triple for triple in shapes if any(isinstance(term, BNode) for term in triple)]


def test_every_rule_has_label_severity_and_a_message_that_ends_as_a_sentence(shapes: Graph) -> None:
    rules = set(shapes.subjects(SH.sparql, None)) | set(shapes.subjects(RDF.type, SH.PropertyShape))
    for rule in rules:
        constraint = shapes.value(rule, SH.sparql)
        message = shapes.value(constraint or rule, SH.message)
        if str(rule).startswith(f"{PREFIXES['rgs']}ListMember"):
            continue
        assert shapes.value(rule, SH.severity) is not None, rule
        assert isinstance(message, Literal), rule
        assert message.endswith("."), rule
    for shape in set(shapes.subjects(RDF.type, SH.NodeShape)) | rules:
        assert shapes.value(shape, RDFS.label) is not None, shape


def test_every_shape_file_is_short_enough_to_read() -> None:
    for path in resources.folder("shapes").glob("*.ttl"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 150, path.name
