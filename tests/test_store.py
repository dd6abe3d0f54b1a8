"""What queries and updates see of a store, and what an update does when its request names a dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from rolegraph.errors import Forbidden, QueryError
from rolegraph.store import evaluate, update
from w3c.exchanges import read_http_tests

A, B, C = "http://e/graph/a", "http://e/graph/b", "http://e/graph/c"
OUT = "http://e/graph/out"


@pytest.fixture
def store() -> ox.Store:
    """One triple in each of three graphs, and one in the store's own default graph."""
    store = ox.Store()
    predicate = ox.NamedNode("http://e/p")
    for graph in (A, B, C):
        subject = ox.NamedNode(graph.replace("graph", "of"))
        store.add(ox.Quad(subject, predicate, ox.Literal("x"), ox.NamedNode(graph)))
    store.add(ox.Quad(ox.NamedNode("http://e/of/default"), predicate, ox.Literal("x"), ox.DefaultGraph()))
    return store


def found(store: ox.Store, graph: str = OUT) -> set[str]:
    """The last parts of the subjects in a graph; "" for the default graph."""
    name = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    return {
        str(quad.subject)[:-1].rpartition("/")[2] for quad in store.quads_for_pattern(None, None, None, name)
    }


COPY = f"INSERT {{ GRAPH <{OUT}> {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}"
COPY_NAMED = f"INSERT {{ GRAPH <{OUT}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"


def test_a_query_sees_the_union_and_an_update_the_default_graph(store: ox.Store) -> None:
    assert len(list(evaluate(store, "SELECT * { ?s ?p ?o }"))) == 4  # type: ignore[arg-type]
    update(store, COPY)
    assert found(store) == {"default"}


@pytest.mark.parametrize(
    ("text", "default_graphs", "named_graphs", "expected"),
    [
        (COPY, [A], [], {"a"}),
        (COPY, [A, B, A], [], {"a", "b"}),
        (COPY, [A], [B], {"a"}),
        (COPY, [], [B], set()),
        (COPY, ["http://e/none"], [], set()),
        (COPY_NAMED, [], [A, B], {"a", "b"}),
        (COPY_NAMED, [A], [], set()),
        (COPY_NAMED, [C], [A], {"a"}),
        (COPY_NAMED, [], [], {"a", "b", "c"}),
    ],
)
def test_where_sees_the_dataset_of_the_request(
    store: ox.Store, text: str, default_graphs: list[str], named_graphs: list[str], expected: set[str]
) -> None:
    update(store, text, default_graphs, named_graphs)
    assert found(store) == expected


SPELLINGS = [
    "insert{graph<@>{?s ?p ?o}}where{?s ?p ?o}",
    "INSERT { GRAPH <@> { ?s ?p ?o } } # } WHERE {\nWHERE # {\n{ ?s ?p ?o }",
    "INSERT { GRAPH <@> { ?s ?p ?o . <http://e/WHERE> ?p 'WHERE {' , '''WHERE' {''' }} WHERE { ?s ?p ?o }",
    "PREFIX where: <http://e/graph/> INSERT { GRAPH where:out { ?s ?p ?o } } WHERE { ?s ?p ?o }",
    "PREFIX using: <http://e/graph/> INSERT { GRAPH using:out { ?s ?p ?o } } WHERE { ?s ?p ?o }",
    "BASE <http://e/graph/> INSERT { GRAPH <out> { ?s ?p ?o } } WHERE { ?s ?p ?o FILTER(1 < 2 || 'USING') }",
    "DELETE { ?s ?p ?o } INSERT { GRAPH <@> { ?s ?p ?o } } WHERE { { SELECT * WHERE { ?s ?p ?o } } }",
    "CREATE SILENT GRAPH <@> ; INSERT { GRAPH <@> { ?s ?p ?o } } WHERE { ?s ?p ?o } ;",
    "PREFIX o: <http://e/graph/>\nCLEAR SILENT GRAPH o:out ; # ;\n"
    "PREFIX o: <http://e/graph/>\nPREFIX q: <http://e/>\n"
    "INSERT { GRAPH o:out { ?s q:p ?o } } WHERE { ?s q:p ?o }",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_dataset_enters_every_spelling(store: ox.Store, text: str) -> None:
    update(store, text.replace("@", OUT), [A, B])
    assert found(store) - {"WHERE"} == {"a", "b"}


def test_a_dataset_enters_every_operation_with_a_where(store: ox.Store) -> None:
    second = COPY.replace("?s ?p ?o } } }", "?s <http://e/q> ?o } } }")
    update(store, f"{COPY} ; INSERT DATA {{ <http://e/of/data> <http://e/p> 1 }} ; {second}", [A])
    assert found(store) == {"a"}
    assert found(store, "") == {"default", "data"}


def test_delete_where_finds_in_the_dataset_and_deletes_where_its_pattern_says(store: ox.Store) -> None:
    update(store, f"DELETE WHERE {{ GRAPH <{A}> {{ ?s ?p ?o }} }}", [], [B])
    assert found(store, A) == {"a"}
    update(store, f"DELETE WHERE {{ GRAPH ?g {{ ?s ?p 'x' }} }} ; CLEAR GRAPH <{C}>", [], [A])
    assert (found(store, A), found(store, B), found(store, C)) == (set(), {"b"}, set())
    node = ox.NamedNode("http://e/of/b")
    store.add(ox.Quad(node, ox.NamedNode("http://e/p"), ox.Literal("x")))
    update(store, "delete#{\nwhere { ?s ?p ?o . }", [B])
    assert found(store, "") == {"default"}
    assert found(store, B) == {"b"}


@pytest.mark.parametrize(
    "text",
    [
        f"WITH <{A}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
        f"DELETE {{ ?s ?p ?o }} USING <{A}> WHERE {{ ?s ?p ?o }}",
        f"DELETE {{ ?s ?p ?o }} using named <{A}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"CLEAR DEFAULT ; # WITH\nwith<{A}>delete{{?s ?p ?o}}where{{?s ?p ?o}}",
        f"PREFIX g: <{A}> DELETE {{ ?s ?p ?o }} USINGg: WHERE {{ ?s ?p ?o }}",
        f"PREFIX g: <{A}> WITHg: DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
    ],
)
def test_two_datasets_are_one_too_many(store: ox.Store, text: str) -> None:
    before = set(store)
    for graphs in (([B], []), ([], [B])):
        with pytest.raises(QueryError, match=r"2\.2\.3|white space"):
            update(store, text, *graphs)
    assert set(store) == before
    update(store, text)


@pytest.mark.parametrize(
    "text",
    [
        "DELETEWHERE { ?s ?p ?o }",
        "INSERT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?s<'x> } ; ' || 1=1) }",
        "SELECT * WHERE { ?s ?p ?o }",
    ],
)
def test_what_shows_no_place_for_a_dataset_is_refused(store: ox.Store, text: str) -> None:
    with pytest.raises(QueryError, match="white space"):
        update(store, text, [A])


@pytest.mark.parametrize("iri", ["", "x", "a b", "http://e/> WHERE {} ; DROP ALL ; #", "http://e/\\u003E"])
def test_a_dataset_of_no_iris_is_refused(store: ox.Store, iri: str) -> None:
    before = set(store)
    with pytest.raises(ValueError, match="IRI"):
        update(store, COPY, [iri])
    with pytest.raises(ValueError, match="IRI"):
        update(store, COPY, [], [iri])
    assert set(store) == before


def test_an_update_that_fails_changes_nothing(store: ox.Store) -> None:
    before = set(store)
    for text in ("DROP ALL ; INSERT DATA { <a:a> <a:b> }", "DROP ALL ; CLEAR GRAPH <http://e/none>"):
        with pytest.raises((SyntaxError, RuntimeError)):
            update(store, text)
    with pytest.raises(Forbidden):
        update(store, "DROP ALL ; LOAD <http://e/>")
    assert set(store) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CLEAR DEFAULT; PREFIX a: <http://e/of/> INSERT DATA { a:x a:p 1 }", {"x"}),
        (
            "PREFIX a: <http://e/of/> CLEAR DEFAULT; PREFIX a: <http://e/of/> INSERT DATA { a:x a:p 1 };",
            {"x"},
        ),
        ("BASE <http://e/> CLEAR DEFAULT; PREFIX a: <of/> PREFIX b:<of/>INSERT DATA { a:x b:p 1 }", {"x"}),
        ("CLEAR DEFAULT; PREFIX a: <http://e/of/>", set()),
        ("CLEAR DEFAULT; #PREFIX\nPREFIX #\na:<http://e/of/> INSERT DATA{a:x a:p ';PREFIX a: <a:>'};", {"x"}),
    ],
)
def test_every_operation_may_have_a_prologue(store: ox.Store, text: str, expected: set[str]) -> None:
    """Oxigraph 0.5.13 takes one before the first operation only."""
    update(store, text)
    assert found(store, "") == expected


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX a: <http://e/> CLEAR DEFAULT; PREFIX a: <http://f/> INSERT DATA { a:x a:p 1 }",
        "CLEAR DEFAULT; BASE <http://f/> INSERT DATA { <x> <p> 1 }",
    ],
)
def test_a_later_prologue_changes_nothing_that_holds(store: ox.Store, text: str) -> None:
    with pytest.raises(QueryError, match=r"prefix 'a:'|BASE"):
        update(store, text)


def test_a_fault_after_a_moved_prologue_keeps_its_line(store: ox.Store) -> None:
    with pytest.raises(SyntaxError, match="error at 3:"):
        update(store, "CLEAR DEFAULT;\nPREFIX a:\n<http://e/> INSERT DATA { a:x }")


@pytest.mark.parametrize("run", [evaluate, update])
def test_a_text_that_the_engine_would_not_survive_is_refused(
    store: ox.Store, run: Callable[[ox.Store, str], object]
) -> None:
    with pytest.raises(QueryError, match="nested deeper"):
        run(store, "{" * 20_000)
    with pytest.raises(QueryError, match="nested deeper"):
        run(store, "INSERT DATA { <a:a> <a:b> " + "(" * 20_000)


PROTOCOL_TESTS = [
    test
    for test in read_http_tests("sparql11/protocol/manifest.ttl", "ProtocolTest")
    if test.name.startswith("update_dataset_")
]


def test_the_protocol_suite_has_four_updates_with_a_dataset(shared: Callable[[str], Path]) -> None:
    shared("w3c/sparql11/protocol/manifest.ttl")
    assert len(PROTOCOL_TESTS) == 4


@pytest.mark.parametrize("test", PROTOCOL_TESTS, ids=lambda test: test.name)
def test_updates_of_the_protocol_suite_use_the_dataset_of_their_request(test: object) -> None:
    """SPARQL 1.1 Protocol tests `update_dataset_*`: an update, and a query for what it must have done."""
    store = ox.Store()
    change, question = test.exchanges  # type: ignore[attr-defined]
    fields = parse_qs(urlsplit(change.path).query)
    update(
        store,
        change.body.decode(),
        fields.get("using-graph-uri", []),
        fields.get("using-named-graph-uri", []),
    )
    assert bool(evaluate(store, question.body.decode())) is True
