"""What a server says of itself: the numbers are true, the terms exist, the suites hold."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import (
    DCAT,
    DCTERMS,
    FOAF,
    OWL,
    RDF,
    RDFS,
    SDO,
    SH,
    VOID,
    XSD,
    BNode,
    Graph,
    Literal,
    Namespace,
    URIRef,
)
from rdflib.namespace import DefinedNamespace

from rolegraph.describe.dataset import describe_dataset
from rolegraph.describe.description import FORMATS, serialize
from rolegraph.describe.examples import query_form
from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.media import format_iris
from rolegraph.describe.service import EXTENSION_FUNCTIONS, describe_service
from rolegraph.describe.statistics import (
    Part,
    Statistics,
    compute_statistics,
    read_statistics,
    store_rows,
    write_statistics,
)
from rolegraph.query import list_queries, parse_query
from rolegraph.results import GRAPHS, SOLUTIONS, ResultFormat
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build
from w3c.service_description import CLASSES, PROPERTIES

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SD_INSTANCES = {
    "SPARQL10Query", "SPARQL11Query", "SPARQL11Update", "DereferencesURIs", "UnionDefaultGraph",
    "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery",
}  # fmt: skip
# Property -> classes of its subject and its object, None where the vocabulary has resources of any kind.
SD_PROPERTIES = {
    name: (None if subject == "GraphCollection" else subject, None if value in {"any", "Format"} else value)
    for name, (subject, value) in PROPERTIES.items()
}
SD_OF_CLASS = {
    "Language": {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"},
    "Feature": SD_INSTANCES - {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"},
}
KNOWN: tuple[type[DefinedNamespace], ...] = (DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, SDO, SH, VOID, XSD)
# New in DCAT 3 (section 11.1), while the list of rdflib is that of DCAT 2.
DCAT3_VERSION = URIRef(str(DCAT) + "version")
ENDPOINT = "http://127.0.0.1:8000/sparql"
RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@pytest.fixture(scope="module")
def statistics(sample_catalog: Path) -> Statistics:
    found = read_statistics(open_snapshot(sample_catalog).statistics_path)
    assert found is not None
    return found


def count(quads: list[ox.Quad]) -> Part:
    """The same numbers, counted one by one."""
    typed = [quad for quad in quads if quad.predicate == RDF_TYPE]
    return Part(
        triples=len(quads),
        distinct_subjects=len({quad.subject for quad in quads}),
        distinct_objects=len({quad.object for quad in quads}),
        entities=len({quad.subject for quad in typed}),
        properties=dict(sorted(Counter(quad.predicate.value for quad in quads).items())),
        classes=dict(sorted(Counter(str(quad.object.value) for quad in typed).items())),
    )


def test_a_snapshot_holds_the_true_numbers(sample_store: ox.Store, statistics: Statistics) -> None:
    assert statistics.total == count(list(sample_store))
    assert set(statistics.graphs) == {graph.value for graph in sample_store.named_graphs()}
    for graph, part in statistics.graphs.items():
        assert part == count(list(sample_store.quads_for_pattern(None, None, None, ox.NamedNode(graph))))


def test_statistics_are_the_same_however_they_are_computed(
    sample_store: ox.Store, statistics: Statistics
) -> None:
    assert compute_statistics(store_rows(sample_store)) == statistics


def test_the_same_catalog_gives_the_same_statistics_as_bytes(small_catalog: Path, tmp_path: Path) -> None:
    snapshot = build(small_catalog).snapshot
    found = compute_statistics(store_rows(ox.Store.read_only(str(snapshot.store_path))))
    write_statistics(found, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == snapshot.statistics_path.read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"total": {}}', b"\xff"])
def test_statistics_that_are_missing_or_damaged_are_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "statistics.json"
    if content is not None:
        path.write_bytes(content)
    assert read_statistics(path) is None


def test_a_triple_that_a_build_took_out_of_a_graph_is_not_counted_there(small_catalog: Path) -> None:
    own = small_catalog / "shapes.ttl"
    own.write_text("<https://w3id.org/rolegraph/ns#Role> a <http://www.w3.org/2002/07/owl#Class> .")
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[validate]\n", '[validate]\nshapes = ["shapes.ttl"]\n'), encoding="utf-8")
    snapshot = build(small_catalog).snapshot
    found = read_statistics(snapshot.statistics_path)
    assert found is not None
    store = ox.Store.read_only(str(snapshot.store_path))
    shapes = ox.NamedNode(f"{snapshot.base_iri}graph/shapes")
    assert found.graphs[shapes.value] == count(list(store.quads_for_pattern(None, None, None, shapes)))
    assert "http://www.w3.org/2002/07/owl#Class" not in found.graphs[shapes.value].classes
    assert found.total.triples == snapshot.quads == sum(part.triples for part in found.graphs.values())


def test_the_whole_has_its_own_partitions_where_it_is_not_the_sum_of_its_graphs() -> None:
    store = ox.Store()
    store.load(b"<a:s> a <a:C> ; <a:p> 1 .", format=ox.RdfFormat.TURTLE)
    store.load(b"<a:t> <a:p> 1 .", format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("a:g"))
    found = compute_statistics(store_rows(store))
    assert set(found.graphs) == {"a:g"}
    assert found.total == count(list(store))
    assert found.total.properties["a:p"] == 2


def test_an_empty_store_has_no_graphs_and_zero_triples() -> None:
    found = compute_statistics(store_rows(ox.Store()))
    assert found == Statistics(
        graphs={},
        total=Part(triples=0, distinct_subjects=0, distinct_objects=0, entities=0, properties={}, classes={}),
    )


@pytest.fixture(scope="module")
def facts(sample_catalog: Path) -> ServiceFacts:
    return ServiceFacts(
        endpoint=ENDPOINT,
        title="Sample catalog",
        base_iri=open_snapshot(sample_catalog).base_iri,
        version="2026.11.0",
        publisher="rolegraph contributors",
        licence="https://creativecommons.org/licenses/by/4.0/",
        is_writable=True,
        allowed_origins=("https://query.example",),
        data_dump="dump/graph.nq.zst",
        issued="2026-11-01",
        example_resources=("https://w3id.org/rolegraph/sample/catalog",),
    )


@pytest.fixture(scope="module")
def service(facts: ServiceFacts, statistics: Statistics) -> Graph:
    return graph_of(describe_service(facts, statistics, list_queries()))


@pytest.fixture(scope="module")
def dataset(facts: ServiceFacts, statistics: Statistics) -> Graph:
    return graph_of(describe_dataset(facts, statistics, list_queries()))


def graph_of(triples: list[ox.Triple]) -> Graph:
    graph = Graph()
    graph.parse(serialize(triples, GRAPHS[0]), format="turtle")
    return graph


def describe(statistics: Statistics, facts: ServiceFacts, **changes: object) -> Graph:
    return graph_of(describe_service(dataclasses.replace(facts, **changes), statistics, ()))  # type: ignore[arg-type]


# The three tests of the W3C suite; a test of the running server asks for the same over HTTP.


@pytest.mark.parametrize("fmt", GRAPHS, ids=lambda fmt: fmt.extension)
def test_returns_rdf_in_every_graph_format(
    facts: ServiceFacts, statistics: Statistics, service: Graph, fmt: ResultFormat
) -> None:
    triples = describe_service(facts, statistics, list_queries())
    data = serialize(triples, fmt)
    parsed = {quad.triple for quad in ox.parse(data, format=ox.RdfFormat.from_media_type(fmt.media_type))}
    assert parsed == set(triples)
    assert len(service) == len(parsed) == len(triples)


def test_has_endpoint_triple(service: Graph) -> None:
    assert list(service.objects(None, SD.endpoint)) == [URIRef(ENDPOINT)]


def test_conforms_to_schema(service: Graph) -> None:
    """Each property has the subjects and objects that the vocabulary says (section 3.4)."""
    for subject, predicate, value in service:
        if str(predicate).startswith(SD):
            of, to = SD_PROPERTIES[str(predicate).removeprefix(SD)]
            assert of is None or (subject, RDF.type, SD[of]) in service
            name = str(value).removeprefix(SD)
            assert isinstance(value, URIRef)
            assert to is None or name in SD_OF_CLASS.get(to, ()) or (value, RDF.type, SD[to]) in service
    (described,) = service.subjects(RDF.type, SD.Service)
    assert len(list(service.objects(described, SD.defaultDataset))) == 1
    (default,) = service.objects(described, SD.defaultDataset)
    assert len(list(service.objects(default, SD.defaultGraph))) == 1
    for named in service.subjects(RDF.type, SD.NamedGraph):
        assert len(list(service.objects(named, SD.name))) == len(list(service.objects(named, SD.graph))) == 1


def test_the_suite_has_no_other_test(shared: Callable[[str], Path]) -> None:
    manifest = Graph().parse(shared("w3c/sparql11/service-description/manifest.ttl"))
    manifest_ns = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
    tests = manifest.subjects(RDF.type, manifest_ns.ServiceDescriptionTest)
    names = {str(test).partition("#")[2] for test in tests}
    assert names == {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}


@pytest.mark.parametrize("name", ["service", "dataset"])
def test_every_borrowed_term_exists_in_its_vocabulary(name: str, request: pytest.FixtureRequest) -> None:
    graph = request.getfixturevalue(name)
    # The classes and properties that are counted are values, not terms in use; so are prefixes.
    values = {VOID["class"], VOID.property, VOID.vocabulary, SH.namespace, SD.extensionFunction}
    terms = {
        term
        for s, p, o in graph
        for term in (p, o)
        if isinstance(term, URIRef) and (term is p or p not in values)
    }
    terms.discard(DCAT3_VERSION)
    known_sd = set(CLASSES) | SD_INSTANCES | set(SD_PROPERTIES)
    assert {str(term).removeprefix(SD) for term in terms if str(term).startswith(SD)} <= known_sd
    for namespace in KNOWN:
        wrong = [term for term in terms if str(term).startswith(str(namespace)) and term not in namespace]
        assert not wrong
    spaces = tuple(str(namespace) for namespace in (*KNOWN, SD))
    assert not [p for p in graph.predicates() if not str(p).startswith(spaces)]


@pytest.mark.parametrize("name", ["service", "dataset"])
def test_every_node_has_an_iri(name: str, request: pytest.FixtureRequest) -> None:
    graph = request.getfixturevalue(name)
    assert not [term for triple in graph for term in triple if isinstance(term, BNode)]


def test_every_thing_that_is_named_is_described(service: Graph) -> None:
    """No fragment of the document is referred to without a word about it."""
    local = {o for o in service.objects() if isinstance(o, URIRef) and "/.well-known/void#" in str(o)}
    assert len(local) > 100
    assert local <= set(service.subjects())


def test_all_result_formats_are_named(service: Graph) -> None:
    found = set(service.objects(None, SD.resultFormat))
    assert len(found) == len(SOLUTIONS + GRAPHS)
    assert len(format_iris(SOLUTIONS + GRAPHS)) == len(SOLUTIONS + GRAPHS)
    assert URIRef(FORMATS + "SPARQL_Results_TSV") in found


def test_named_graphs_have_their_true_counts(service: Graph, statistics: Statistics) -> None:
    names = {str(name): node for node, name in service.subject_objects(SD.name)}
    assert set(names) == set(statistics.graphs)
    for name, part in statistics.graphs.items():
        node = service.value(names[name], SD.graph)
        assert service.value(node, VOID.triples) == Literal(part.triples)
        assert service.value(node, VOID.distinctObjects) == Literal(part.distinct_objects)
    (default,) = service.objects(None, SD.defaultGraph)
    assert service.value(default, VOID.triples) == Literal(statistics.total.triples)


def test_a_read_only_server_claims_no_update(facts: ServiceFacts, statistics: Statistics) -> None:
    graph = describe(statistics, facts, is_writable=False)
    assert set(graph.objects(None, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert not set(graph.objects(None, SD.inputFormat))
    assert SD.EmptyGraphs not in set(graph.objects(None, SD.feature))


def test_federation_is_claimed_only_where_an_origin_is_allowed(
    facts: ServiceFacts, statistics: Statistics
) -> None:
    assert SD.BasicFederatedQuery in set(describe(statistics, facts).objects(None, SD.feature))
    graph = describe(statistics, facts, allowed_origins=())
    assert set(graph.objects(None, SD.feature)) == {SD.UnionDefaultGraph, SD.EmptyGraphs}


def test_nothing_is_claimed_of_another_engine(facts: ServiceFacts, statistics: Statistics) -> None:
    graph = describe(statistics, facts, is_upstream=True, allowed_origins=(), has_union_default_graph=False)
    assert not set(graph.objects(None, SD.feature))
    assert not set(graph.objects(None, SD.extensionFunction))


@pytest.mark.parametrize("function", EXTENSION_FUNCTIONS)
def test_every_claimed_function_exists(function: str) -> None:
    square, point = "POLYGON((0 0,4 0,4 4,0 4,0 0))", "POINT(1 2)"
    wkt = "^^<http://www.opengis.net/ont/geosparql#wktLiteral>"
    values = {
        "date": "2026-11-01", "time": "10:00:00", "duration": "P1Y", "dayTimeDuration": "P1D",
        "yearMonthDuration": "P1Y", "gYear": "2026", "gYearMonth": "2026-11", "gMonth": "--11",
        "gMonthDay": "--11-01", "gDay": "---01",
    }  # fmt: skip
    name = re.split("[#/]", function)[-1]
    arguments = f'"{values[name]}"' if name in values else f'"{square}"{wkt}, "{point}"{wkt}'
    (row,) = ox.Store().query(f"SELECT (<{function}>({arguments}) AS ?value) {{}}")
    assert row[0] is not None


def test_a_graph_without_triples_stays() -> None:
    """What sd:EmptyGraphs promises of the store."""
    store = ox.Store()
    store.update("CREATE GRAPH <a:g> ; INSERT DATA { GRAPH <a:h> { <a:s> <a:p> 1 } }")
    store.update("DELETE WHERE { GRAPH <a:h> { ?s ?p ?o } }")
    assert {graph.value for graph in store.named_graphs()} == {"a:g", "a:h"}


def test_void_tells_origin_access_and_size(
    dataset: Graph, facts: ServiceFacts, statistics: Statistics
) -> None:
    document = URIRef("http://127.0.0.1:8000/.well-known/void")
    assert (document, RDF.type, VOID.DatasetDescription) in dataset
    data = dataset.value(document, FOAF.primaryTopic)
    assert dataset.value(data, DCTERMS.title) == Literal("Sample catalog", lang="en")
    assert dataset.value(data, DCTERMS.license) == URIRef(str(facts.licence))
    assert dataset.value(dataset.value(data, DCTERMS.publisher), FOAF.name) == Literal(
        "rolegraph contributors"
    )
    assert dataset.value(data, DCTERMS.issued) == Literal("2026-11-01", datatype=XSD.date)
    assert dataset.value(data, DCTERMS.modified) is None
    assert dataset.value(data, VOID.sparqlEndpoint) == URIRef(ENDPOINT)
    assert dataset.value(data, VOID.dataDump) == URIRef("http://127.0.0.1:8000/dump/graph.nq.zst")
    assert dataset.value(data, VOID.uriSpace) == Literal(facts.base_iri)
    assert dataset.value(data, VOID.exampleResource) == URIRef("https://w3id.org/rolegraph/sample/catalog")
    total = statistics.total
    for predicate, number in (
        (VOID.triples, total.triples),
        (VOID.entities, total.entities),
        (VOID.distinctSubjects, total.distinct_subjects),
        (VOID.distinctObjects, total.distinct_objects),
        (VOID.properties, len(total.properties)),
        (VOID.classes, len(total.classes)),
    ):
        assert dataset.value(data, predicate) == Literal(number)
    assert len(list(dataset.objects(data, VOID.subset))) == len(statistics.graphs)


def test_void_partitions_hold_every_property_and_class(dataset: Graph, statistics: Statistics) -> None:
    (data,) = dataset.objects(None, FOAF.primaryTopic)
    properties = dataset.objects(data, VOID.propertyPartition)
    found = {str(dataset.value(p, VOID.property)): dataset.value(p, VOID.triples) for p in properties}
    assert found == {iri: Literal(count) for iri, count in statistics.total.properties.items()}
    classes = dataset.objects(data, VOID.classPartition)
    found = {str(dataset.value(p, VOID["class"])): dataset.value(p, VOID.entities) for p in classes}
    assert found == {iri: Literal(count) for iri, count in statistics.total.classes.items()}


def test_void_names_the_vocabularies_that_occur(dataset: Graph) -> None:
    found = {str(iri) for iri in dataset.objects(None, VOID.vocabulary)}
    assert {"https://w3id.org/rolegraph/ns#", "http://www.w3.org/2004/02/skos/core#"} <= found
    assert "http://rdfs.org/ns/void#" not in found


def test_a_licence_in_plain_words_is_a_document_with_a_label(
    facts: ServiceFacts, statistics: Statistics
) -> None:
    graph = describe(statistics, facts, licence="All rights reserved", publisher="https://publisher.example/")
    (licence,) = graph.objects(None, DCTERMS.license)
    assert graph.value(licence, RDFS.label) == Literal("All rights reserved")
    assert list(graph.objects(None, DCTERMS.publisher)) == [URIRef("https://publisher.example/")]


def test_addresses_follow_the_endpoint(facts: ServiceFacts, statistics: Statistics) -> None:
    graph = describe(statistics, facts, endpoint="https://roles.example/graph/sparql")
    text = graph.serialize(format="nt")
    assert "127.0.0.1" not in text
    assert "<https://roles.example/graph/.well-known/void#dataset>" in text


def test_every_shipped_query_is_an_example_that_runs(service: Graph, sample_store: ox.Store) -> None:
    """The question that query editors ask for examples finds each; with its prefixes it is a query."""
    question = """
        SELECT ?example ?label ?comment ?text {
          ?example a sh:SPARQLExecutable ; rdfs:label ?label ; rdfs:comment ?comment ;
            schema:target ?endpoint ; sh:select|sh:ask|sh:construct ?text }"""
    namespaces = {"sh": SH, "rdfs": RDFS, "schema": Namespace("https://schema.org/")}
    rows = list(service.query(question, initNs=namespaces))
    assert {str(row[0]).removeprefix("http://127.0.0.1:8000/query/") for row in rows} == {
        query.name for query in list_queries()
    }
    (declaring,) = set(service.objects(None, SH.prefixes))
    prologue = "".join(
        f"PREFIX {service.value(node, SH.prefix)}: <{service.value(node, SH.namespace)}>\n"
        for node in service.objects(declaring, SH.declare)
    )
    for row in rows:
        assert sample_store.query(f"{prologue}{row[3]}") is not None


def test_parameters_of_an_example_are_described(service: Graph) -> None:
    ladder = URIRef("http://127.0.0.1:8000/query/ladder")
    language = URIRef(f"{ladder}#language")
    assert language in set(service.objects(ladder, SH.parameter))
    assert service.value(language, SH.defaultValue) == Literal("en")
    assert service.value(language, SH.optional) == Literal(True)
    gap = URIRef("http://127.0.0.1:8000/query/gap#from")
    assert service.value(gap, SH.optional) == Literal(False)
    assert service.value(gap, SH.name) == Literal("from")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("# SELECT\nPREFIX ask: <a:select> ASK { }", "ASK"),
        ("construct { ?s ?p 'SELECT' } where { { SELECT * { ?s ?p ?o } } }", "CONSTRUCT"),
        ("BASE <a:/> DESCRIBE <x>", "DESCRIBE"),
        ("SELECT * { FILTER EXISTS { SELECT * { } } }", "SELECT"),
    ],
)
def test_the_form_of_a_query_is_its_first_keyword(text: str, form: str) -> None:
    assert query_form(text) == form


def test_examples_are_typed_by_their_form(facts: ServiceFacts, statistics: Statistics) -> None:
    queries = [parse_query(text, name) for name, text in (("a", "ASK {}"), ("d", "DESCRIBE <a:b>"))]
    graph = graph_of(describe_service(facts, statistics, queries))
    assert set(graph.subjects(RDF.type, SH.SPARQLExecutable)) == {URIRef("http://127.0.0.1:8000/query/a")}
    assert (URIRef("http://127.0.0.1:8000/query/a"), SH.ask, Literal("ASK {}")) in graph
