"""A validation report as sh:ValidationReport with quality measurements."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from rdflib import RDF, SH, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from reports import BASE, HOSTILE, finding, hostile_report, whole_report, written
from rolegraph.model.findings import Report
from rolegraph.report._turtle_paths import path_term
from rolegraph.report.turtle import name_term, write_turtle
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import ENGINES, Engine, validate
from rolegraph.shacl.paths import parse_path
from rolegraph.shacl.results import to_graph
from rolegraph.validate import validate_catalog

RG = Namespace("https://w3id.org/rolegraph/ns#")
RGS = "https://w3id.org/rolegraph/shapes#"
DQV = Namespace("http://www.w3.org/ns/dqv#")
HEAD = f"@prefix rg: <{RG}> . @prefix sh: <{SH}> .\n"


def graph(report: Report) -> Graph:
    """The report as rdflib reads it; Oxigraph reads as many triples."""
    text = written(write_turtle, report)
    found = Graph().parse(data=text, format="turtle")
    assert len(list(ox.parse(text, format=ox.RdfFormat.TURTLE))) == len(found)
    return found


def only(report: Graph, predicate: Node) -> Node:
    [node] = report.objects(None, predicate)
    return node


def test_result_has_full_iris_and_typed_values() -> None:
    item = finding(shape="rgs:Form", value="7", value_type="xsd:integer", focus="role/A.GEN.P1#use-1")
    expected = Graph().parse(
        data=f"""@prefix sh: <{SH}> .
        [] a sh:ValidationReport ; sh:conforms false ; sh:result [ a sh:ValidationResult ;
            sh:focusNode <{BASE}role/A.GEN.P1#use-1> ; sh:resultPath <{RG}level> ; sh:value 7 ;
            sh:resultSeverity sh:Violation ; sh:resultMessage "Do it." ;
            sh:sourceConstraintComponent sh:MinCountConstraintComponent ;
            sh:sourceShape <https://w3id.org/rolegraph/shapes#Form> ] .""",
        format="turtle",
    )
    assert isomorphic(graph(Report(findings=(item,), roles=1, base_iri=BASE)), expected)


def test_report_without_findings_conforms() -> None:
    assert only(graph(Report(findings=(), roles=0)), SH.conforms) == Literal(True)


@pytest.mark.parametrize(
    ("fields", "term"),
    [
        ({"value": "x"}, Literal("x", datatype=None)),
        ({"value": "", "value_type": "xsd:string"}, Literal("")),
        ({"value": "Titel", "value_type": "@de-AT"}, Literal("Titel", lang="de-AT")),
        ({"value": "0.5", "value_type": "xsd:decimal"}, Literal("0.5", datatype=XSD.decimal)),
        ({"value": "a", "value_type": "https://example.org/own"}, Literal("a", datatype=URIRef("https://example.org/own"))),
        ({"value": "skos:Concept", "value_type": "iri"}, URIRef("http://www.w3.org/2004/02/skos/core#Concept")),
        ({"value": "rg:a.b", "value_type": "iri"}, RG["a.b"]),
        ({"value": "family/A", "value_type": "iri"}, URIRef(BASE + "family/A")),
        ({"value": "https://a.example/x:y", "value_type": "iri"}, URIRef("https://a.example/x:y")),
        ({"value": "urn:isbn:1", "value_type": "iri"}, URIRef("urn:isbn:1")),
    ],
)  # fmt: skip
def test_value_is_the_term_that_it_was(fields: dict[str, str], term: Node) -> None:
    found = graph(Report(findings=(finding(**fields),), roles=1, base_iri=BASE))
    assert only(found, SH.value) == term


def test_finding_without_a_value_has_none() -> None:
    assert (None, SH.value, None) not in graph(Report(findings=(finding(path=""),), roles=1, base_iri=BASE))


def test_blank_nodes_stay_apart_and_literals_may_be_focus_nodes() -> None:
    blank = (finding(focus="_:b1", focus_type="blank"), finding(focus="_:b-1", focus_type="blank"))
    found = graph(Report(findings=(*blank, finding(focus="x", focus_type="@en")), roles=1))
    nodes = list(found.objects(None, SH.focusNode))
    assert len({node for node in nodes if isinstance(node, BNode)}) == 2
    assert Literal("x", lang="en") in nodes


@pytest.mark.parametrize("value", HOSTILE)
def test_every_text_is_read_back_as_it_is(value: str) -> None:
    item = finding(value=value, value_type="xsd:string", message=value)
    found = graph(Report(findings=(item,), roles=1, base_iri=BASE))
    assert only(found, SH.value) == only(found, SH.resultMessage) == Literal(value)


def test_without_a_base_names_are_relative_to_the_readers_base() -> None:
    text = written(write_turtle, Report(findings=(finding(),), roles=1))
    triples = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri="https://other.example/")
    assert ox.NamedNode("https://other.example/role/A.GEN.P1") in {triple.object for triple in triples}


def test_hostile_names_break_no_syntax() -> None:
    found = tuple(finding(focus=value, shape=value, component=value, path=value) for value in HOSTILE[:7])
    graph(Report(findings=found, roles=1, base_iri=BASE))
    graph(hostile_report())


@pytest.mark.parametrize(
    "turtle",
    [
        "rg:a",
        "<https://other.example/p/q>",
        "[ sh:inversePath rg:a ]",
        "( rg:a rg:b rg:c )",
        "( [ sh:inversePath rg:a ] <https://other.example/p> )",
        "[ sh:alternativePath ( rg:a rg:b ) ]",
        "[ sh:zeroOrMorePath [ sh:alternativePath ( rg:a ( rg:b rg:c ) ) ] ]",
        "[ sh:inversePath [ sh:oneOrMorePath rg:a ] ]",
        "( rg:a [ sh:zeroOrOnePath ( rg:b rg:c ) ] )",
        "[ sh:zeroOrMorePath [ sh:inversePath rg:a ] ]",
    ],
)
def test_path_is_described_as_in_the_shape(turtle: str) -> None:
    shape = Graph().parse(data=f"{HEAD} rg:s sh:path {turtle} .", format="turtle")
    path = str(parse_path(shape, only(shape, SH.path))).replace(f"<{RG}a>", "rg:a")
    found = Graph().parse(
        data=f"{HEAD} rg:s sh:path {path_term(path, lambda n: name_term(n, ''))} .", format="turtle"
    )
    assert isomorphic(shape, found)


@pytest.mark.parametrize("path", ["", "rg:a/", "(rg:a", "*", "https://other.example/p", "rg:a)b"])
def test_text_that_is_no_path_is_one_name(path: str) -> None:
    assert path_term(path, lambda name: f"<{name}>") == f"<{path}>"


def test_scores_are_measurements_under_their_own_iris() -> None:
    found = graph(whole_report())
    about = {
        str(node): found.value(node, DQV.computedOn)
        for node in found.subjects(RDF.type, DQV.QualityMeasurement)
    }
    assert about == {
        f"{BASE}catalog#quality-completeness": URIRef(f"{BASE}catalog"),
        f"{BASE}family/A#quality-completeness": URIRef(f"{BASE}family/A"),
        f"{BASE}catalog#quality-completeness-P1": None,
        f"{BASE}role/A.GEN.P1#quality-completeness": URIRef(f"{BASE}role/A.GEN.P1"),
    }
    assert set(found.objects(None, DQV.isMeasurementOf)) == {RG.completeness}
    value = found.value(URIRef(f"{BASE}catalog#quality-completeness"), DQV.value)
    assert value == Literal("0.875", datatype=XSD.decimal)


@pytest.mark.parametrize("engine", ENGINES)
def test_report_of_a_run_is_the_one_that_the_engine_gives(engine: Engine) -> None:
    shapes = Graph().parse(
        data=f"""{HEAD}@prefix xsd: <{XSD}> . @prefix e: <https://e.example/> . @prefix rgs: <{RGS}> .
        rgs:S a sh:NodeShape ; sh:targetSubjectsOf e:p ; sh:targetNode "node"@en ; sh:nodeKind sh:IRI ;
            sh:property rgs:P, rgs:Q .
        rgs:P a sh:PropertyShape ;
            sh:path ( [ sh:inversePath [ sh:inversePath e:p ] ] [ sh:zeroOrOnePath e:q ] ) ;
            sh:datatype xsd:integer ; sh:severity sh:Warning ; sh:message "Write a number." .
        rgs:Q a sh:PropertyShape ; sh:path [ sh:alternativePath ( e:r rg:level ) ] ; sh:minCount 1 .""",
        format="turtle",
    )
    store = ox.Store()
    turtle = """@prefix e: <https://e.example/> . e:s e:p "5", "fünf"@de, 2.5, true, e:o, _:b . _:c e:p 1 ."""
    store.load(turtle, ox.RdfFormat.TURTLE)
    data = Data(store)
    expected = to_graph(validate(data, shapes, engine).results)
    for node, message in list(expected.subject_objects(SH.resultMessage)):
        expected.set((node, SH.resultMessage, Literal(str(message))))  # findings keep no language of words
    assert len(list(expected.subjects(RDF.type, SH.ValidationResult))) >= 8
    assert isomorphic(graph(validate_catalog(data, shapes, engine)), expected)
