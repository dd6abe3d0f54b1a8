"""Queries made from shapes find what pyshacl finds: in random graphs, and in catalogs with faults in them.

Results are compared as a multiset of (focus node, path, value, component, severity). Blank nodes are all
alike, since pyshacl gives them new labels. Examples are the same in every run; what pyshacl is known to get
wrong is in a table here, with its clause, and what the strategies make stays clear of it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import OWL, RDF, SH, Graph, Literal, URIRef
from rdflib.term import Node

from rolegraph import resources
from rolegraph.errors import Problems
from rolegraph.shacl.engine import Engine, validate
from rolegraph.shacl.files import read_graph, read_store
from rolegraph.shacl.lexical import encode_quads
from rolegraph.shacl.results import Outcome, Result, quad_of
from rolegraph.validate import load_shapes
from shacl_strategies import COMPONENTS, Example, examples, queried

Key = tuple[str, str, str, str, str]

pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsing weird boolean"),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]
logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # literals without a value are meant here

PREFIXES: Final = """
@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def key(result: Result) -> Key:
    path = "" if result.path is None else str(result.path)
    value = "" if result.value is None else shown(result.value)
    return shown(result.focus_node), path, value, result.component, result.severity


def shown(term: object) -> str:
    return "_:" if isinstance(term, ox.BlankNode) else str(term)


def keys(outcome: Outcome) -> Counter[Key]:
    return Counter(map(key, outcome.results))


def both(quads: Iterable[ox.Quad], shapes: Graph) -> tuple[Counter[Key], Counter[Key]]:
    """What the compiler alone finds, and what pyshacl finds."""
    found = []
    engines: tuple[Engine, Engine] = ("compiled", "pyshacl")
    for engine in engines:
        store = ox.Store()
        store.extend(encode_quads(quads))
        outcome = validate(store, shapes, engine)
        assert outcome.by_reference == ()
        found.append(keys(outcome))
    return found[0], found[1]


@pytest.mark.parametrize("component", sorted(COMPONENTS))
def test_random_shapes_of_a_component_find_the_same(component: str) -> None:
    exercised: Counter[str] = Counter()

    @settings(max_examples=40, derandomize=True)
    @given(examples(component))
    def check(example: Example) -> None:
        compiled, reference = both(example.data, example.shapes())
        assert compiled == reference, example.shapes().serialize(format="turtle")
        exercised.update(iri.removeprefix(str(SH)) for _, _, _, iri, _ in compiled)

    check()
    assert exercised[f"{component}ConstraintComponent"] >= 3


@settings(max_examples=200, derandomize=True)
@given(examples())
def test_random_shapes_inside_shapes_find_the_same(example: Example) -> None:
    compiled, reference = both(example.data, example.shapes())
    assert compiled == reference, example.shapes().serialize(format="turtle")


@settings(max_examples=200, derandomize=True)
@given(queried())
def test_queries_of_shapes_find_the_same_for_all_focus_nodes_at_once_as_for_each(example: Example) -> None:
    """As sets: pyshacl gives one result for equal solutions, where SHACL 5.3 wants one for each."""
    compiled, reference = both(example.data, example.shapes())
    assert set(compiled) == set(reference), example.shapes().serialize(format="turtle")


# Catalogs with faults: a sound case of a family of shapes, in which some statements are changed.

CASES: Final = sorted((Path(__file__).parent / "cases" / "shapes").rglob("valid.*.ttl"))
TARGETS: Final = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return load_shapes([resources.folder("shapes")])


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for name in ("rolegraph", "vocabulary", "levels"):
        graph.parse(resources.folder("ontology") / f"{name}.ttl")
    return graph


def with_faults(graph: Graph, draw: st.DrawFn) -> Graph:
    """A graph in which some statements are gone, doubled with another value, or said of something else."""
    statements = sorted(graph)
    values: list[Node] = [value for _, _, value in statements]
    values += [Literal(""), Literal("Senior", lang="en"), Literal(99), Literal(True), OWL.Thing]
    changed = Graph()
    for triple in statements:
        changed.add(triple)
    for _ in range(draw(st.integers(1, 5))):
        subject, predicate, value = draw(st.sampled_from(statements))
        action = draw(st.sampled_from(["remove", "replace", "add"]))
        if action != "add":
            changed.remove((subject, predicate, value))
        if action != "remove" and predicate != RDF.type:
            changed.add((subject, predicate, draw(st.sampled_from(values))))
    return changed


def of_targets(shapes: Graph, draw: st.DrawFn) -> Graph:
    """The shapes with a third of the targets, so that pyshacl has less to do."""
    kept, third = Graph(), draw(st.integers(0, 2))
    targeted = sorted({node for target in TARGETS for node in shapes.subjects(target, None)})
    chosen = set(targeted[third::3])
    for triple in shapes:
        if triple[1] not in TARGETS or triple[0] in chosen:
            kept.add(triple)
    return kept


def quads_with_rules(data: Graph) -> list[ox.Quad]:
    """The data with what the rules of a build derive from it, once."""
    store = ox.Store()
    store.extend(quad_of(triple) for triple in data)
    for path in sorted((resources.folder("queries") / "rules").glob("*.rq")):
        triples = list(store.query(path.read_text(encoding="utf-8")))
        store.extend(ox.Quad(*triple) for triple in triples)
    return list(store)


def test_catalogs_with_faults_give_the_same_findings(shapes: Graph, ontology: Graph) -> None:
    found: Counter[str] = Counter()

    @settings(max_examples=12, derandomize=True)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        draw = data.draw
        cases = draw(st.lists(st.sampled_from(CASES), min_size=1, max_size=2, unique=True))
        graph = Graph()
        for case in cases:
            graph.parse(case)
        quads = quads_with_rules(ontology + with_faults(graph, draw))
        compiled, reference = both(quads, of_targets(shapes, draw))
        assert set(compiled) == set(reference)
        found.update(severity for _, _, _, _, severity in compiled)

    check()
    assert found[str(SH.Violation)] >= 10
    assert found.total() >= 30


# What pyshacl gets wrong: (clause, data, shape, what SHACL wants as (focus node, value)).
PYSHACL_FAULTS: Final = {
    "a blank node has no length, of which 0 is no exception (4.4.1)": (
        "ex:a ex:p [] .",
        "sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:minLength 0",
        [("<http://example.org/a>", "_:")],
    ),
    "values that cannot be compared are outside of any range (4.3)": (
        'ex:a ex:p "2020-01-01"^^xsd:date .',
        "sh:targetNode ex:a ; sh:path ex:p ; sh:maxExclusive 2",
        [("<http://example.org/a>", '"2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date>')],
    ),
    "IRIs cannot be compared with < (4.5.3)": (
        "ex:a ex:p ex:b ; ex:q ex:c .",
        "sh:targetNode ex:a ; sh:path ex:p ; sh:lessThan ex:q",
        [("<http://example.org/a>", "<http://example.org/b>")],
    ),
    "the flag x lets a pattern have spaces (4.4.3)": (
        'ex:a ex:p "ab" .',
        'sh:targetNode ex:a ; sh:path ex:p ; sh:not [ sh:pattern "a b" ; sh:flags "x" ]',
        [("<http://example.org/a>", '"ab"')],
    ),
    "each solution of a query is a result (5.3)": (
        "ex:a ex:p 1, 2 .",
        'sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this WHERE { $this ?p ?o }" ]',
        [("<http://example.org/a>", "<http://example.org/a>")] * 2,
    ),
}
PYSHACL_ENDS: Final = {
    "blank nodes cannot be compared with < (4.5.3)": (
        "ex:a ex:p [] ; ex:q 1 .",
        "sh:targetNode ex:a ; sh:path ex:p ; sh:lessThan ex:q",
        [("<http://example.org/a>", "_:")],
    ),
    "NaN is in no range (4.3)": (
        'ex:a ex:p "NaN"^^xsd:double .',
        "sh:targetNode ex:a ; sh:path ex:p ; sh:minInclusive 1.5",
        [("<http://example.org/a>", '"NaN"^^<http://www.w3.org/2001/XMLSchema#double>')],
    ),
}
"""As PYSHACL_FAULTS, where pyshacl ends without a report."""


def read(tmp_path: Path, data: str, shape: str) -> tuple[ox.Store, Graph]:
    files = (tmp_path / "data.ttl", tmp_path / "shapes.ttl")
    for path, text in zip(files, (data, f"ex:shape {shape} ."), strict=True):
        path.write_text(f"{PREFIXES}{text}\n", encoding="utf-8")
    problems = Problems()
    store, shapes = read_store([files[0]], problems), read_graph([files[1]], problems)
    problems.raise_errors()
    return store, shapes


@pytest.mark.parametrize("clause", [*PYSHACL_FAULTS, *PYSHACL_ENDS])
def test_compiler_follows_the_clauses_that_pyshacl_does_not(clause: str, tmp_path: Path) -> None:
    data, shape, wanted = {**PYSHACL_FAULTS, **PYSHACL_ENDS}[clause]
    found = keys(validate(*read(tmp_path, data, shape)))
    assert sorted((focus, value) for focus, _, value, _, _ in found.elements()) == wanted


@pytest.mark.parametrize("clause", PYSHACL_FAULTS)
def test_pyshacl_still_needs_its_place_in_the_table(clause: str, tmp_path: Path) -> None:
    data, shape, wanted = PYSHACL_FAULTS[clause]
    found = keys(validate(*read(tmp_path, data, shape), "pyshacl"))
    assert sorted((focus, value) for focus, _, value, _, _ in found.elements()) != wanted


@pytest.mark.parametrize("clause", PYSHACL_ENDS)
def test_pyshacl_still_ends_without_a_report(clause: str, tmp_path: Path) -> None:
    data, shape, _ = PYSHACL_ENDS[clause]
    store, shapes = read(tmp_path, data, shape)
    with pytest.raises((ArithmeticError, ValueError)):
        validate(store, shapes, "pyshacl")


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("date", "2020-02-29", "2021-02-29"),
        ("dateTime", "2020-01-01T24:00:00", "2020-01-01"),
        ("dateTimeStamp", "2020-01-01T00:00:00+01:00", "2020-01-01T00:00:00"),
        ("time", "23:59:59.5", "25:00:00"),
        ("gYear", "2020", "20"),
        ("duration", "P1Y2M3DT4H", "P"),
        ("byte", "127", "128"),
        ("boolean", "0", "yes"),
        ("decimal", ".5", "1e3"),
        ("double", "-INF", "inf"),
    ],
)
def test_literal_without_a_value_is_not_of_its_datatype(
    datatype: str, good: str, bad: str, tmp_path: Path
) -> None:
    data = f'ex:a ex:p "{good}"^^xsd:{datatype}, "{bad}"^^xsd:{datatype} .'
    outcome = validate(
        *read(tmp_path, data, f"sh:targetNode ex:a ; sh:path ex:p ; sh:datatype xsd:{datatype}")
    )
    literal = ox.Literal(bad, datatype=ox.NamedNode(URIRef(f"http://www.w3.org/2001/XMLSchema#{datatype}")))
    assert [result.value for result in outcome.results] == [literal]


def test_closed_property_shape_inside_another_looks_at_the_values(tmp_path: Path) -> None:
    data = "ex:a ex:p ex:b . ex:b ex:q 1 ."
    shape = "sh:targetNode ex:a ; sh:not [ sh:path ex:p ; sh:closed true ; sh:ignoredProperties ( ex:p ) ]"
    for engine in ("compiled", "pyshacl"):
        assert validate(*read(tmp_path, data, shape), engine).conforms


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        ("ex:a ex:p 1 .", 'sh:targetNode ex:a ; sh:path ex:p ; sh:hasValue "01"^^xsd:integer'),
        ("ex:a ex:p 1 .", 'sh:targetNode ex:a ; sh:path ex:p ; sh:in ( "+1"^^xsd:integer )'),
        ('ex:a ex:p "500"^^xsd:byte .', "sh:targetNode ex:a ; sh:path ex:p ; sh:minInclusive 0"),
        ('ex:a ex:p "-1"^^xsd:unsignedInt .', "sh:targetNode ex:a ; sh:path ex:p ; sh:maxInclusive 9"),
        ('ex:a ex:p "05"^^xsd:byte .', "sh:targetNode ex:a ; sh:path ex:p ; sh:minInclusive 6"),
        ("ex:a ex:p 1 .", "sh:targetNode ex:b ; sh:path [ sh:zeroOrMorePath ex:p ] ; sh:nodeKind sh:Literal"),
        ("ex:a ex:p 1 .", "sh:targetNode ex:b ; sh:path [ sh:zeroOrOnePath ex:p ] ; sh:maxCount 0"),
        (
            "ex:a ex:p 1 .",
            "sh:targetNode ex:b ; sh:not [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:minCount 1 ]",
        ),
    ],
)
def test_what_the_store_reads_in_its_own_way_is_found_by_both_engines(
    data: str, shape: str, tmp_path: Path
) -> None:
    engines: tuple[Engine, Engine] = ("compiled", "pyshacl")
    compiled, reference = (keys(validate(*read(tmp_path, data, shape), engine)) for engine in engines)
    assert compiled == reference
    assert compiled.total() == 1
