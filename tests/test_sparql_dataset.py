"""Which graphs a query names is read as the engine reads it."""

from __future__ import annotations

from string import Template

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.sparql_dataset import read_dataset
from rolegraph.store import HistoryGraphs, evaluate_history

G = "http://e/graph/"
RELEASE = G + "release/1.0"
NAMES = [
    f"<{RELEASE}>",
    r"<http://e/graph/releas\u0065/1.0>",
    "<graph/release/1.0>",
    "<release/../graph/release/1.0>",
    r"g:release\/1.0",
    r"r:1.0",
    r":1\.0",
]
"""One graph, written in ways that SPARQL has for it."""
PROLOGUE = f"BASE <http://e/> PREFIX g: <{G}> prefix r: <graph/release/> PREFIX : <{G}release/>\n"


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """Two current graphs and two releases that overlap."""
    lines = [
        f"<http://e/a> <http://e/p> 'old' <{RELEASE}> .",
        f"<http://e/b> <http://e/p> 'both' <{RELEASE}> .",
        f"<http://e/b> <http://e/p> 'both' <{G}release/2.0> .",
        f"<http://e/a> <http://e/p> 'new' <{G}catalog> .",
        f"<http://e/b> <http://e/p> 'both' <{G}derived> .",
    ]
    store = ox.Store()
    store.bulk_load("\n".join(lines).replace("'", '"').encode(), format=ox.RdfFormat.N_QUADS)
    return store


GRAPHS = HistoryGraphs((f"{G}catalog", f"{G}derived"), frozenset({RELEASE, f"{G}release/2.0"}))


def rows(store: ox.Store, query: str, *dataset: tuple[str, ...]) -> list[str]:
    solutions = evaluate_history(store, GRAPHS, query, *dataset)
    assert isinstance(solutions, ox.QuerySolutions)
    return sorted(row[0].value for row in solutions)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "form",
    [
        "SELECT ?o { GRAPH $name { ?s ?p ?o } }",
        "SELECT ?o { VALUES ?g { $name } GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?o FROM $name { ?s ?p ?o }",
        "SELECT ?o FROM# a comment\n $name { ?s ?p ?o }",
        "SELECT ?o FROM NAMED $name { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?o from named $name { GRAPH ?g { ?s ?p ?o } }",
    ],
)
def test_every_way_to_name_a_graph_is_seen(store: ox.Store, name: str, form: str) -> None:
    query = PROLOGUE + Template(form).substitute(name=name)
    assert GRAPHS.are_named(query)
    assert RELEASE in read_dataset(query).mentioned
    assert rows(store, query) == ["both", "old"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?g { GRAPH ?g { ?s ?p ?o } }",
        f"SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STR(?g) = '{RELEASE}') }}",
        f"SELECT ?g {{ GRAPH ?g {{ ?s ?p ?o }} }} # <{RELEASE}>",
        f"SELECT ?g {{ BIND(IRI('{RELEASE}') AS ?g) GRAPH ?g {{ ?s ?p ?o }} }}",
        f"SELECT ?g FROM NAMED <{G}catalog> {{ GRAPH <{RELEASE}> {{ ?s ?p ?o }} }}",
        f"SELECT ?g {{ GRAPH <{RELEASE}0> {{ ?s ?p ?o }} }}",
        f"PREFIX g: <{G}x> SELECT ?g {{ GRAPH g:release\\/1.0 {{ ?s ?p ?o }} }}",
    ],
)
def test_what_names_no_release_is_not_seen(query: str) -> None:
    assert not GRAPHS.are_named(query)


def test_relative_names_are_those_of_the_request() -> None:
    query = "SELECT * FROM <release/1.0> {}"
    assert GRAPHS.are_named(query, base_iri="http://e/graph/x")
    assert not GRAPHS.are_named(query, base_iri="http://e/")
    assert not GRAPHS.are_named(query)


def test_dataset_of_the_request_stands_in_place_of_the_query_s() -> None:
    query = f"SELECT * FROM <{RELEASE}> {{ ?s ?p ?o }}"
    assert not GRAPHS.are_named(query, (f"{G}catalog",))
    assert GRAPHS.are_named("ASK {}", (), (RELEASE,))


def test_default_graph_is_the_current_ones(store: ox.Store) -> None:
    then = f"SELECT ?now {{ ?s ?p ?now . GRAPH <{RELEASE}> {{ ?s ?p ?then }} FILTER(?now != ?then) }}"
    assert rows(store, then) == ["new"]
    listed = f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g != <{RELEASE}> || true) }}"
    assert rows(store, listed) == [f"{G}catalog", f"{G}derived", RELEASE]


def test_releases_that_overlap_are_merged(store: ox.Store) -> None:
    both = f"SELECT ?o FROM <{RELEASE}> FROM <{G}release/2.0> {{ ?s ?p ?o }}"
    assert rows(store, both) == ["both", "old"]
    assert rows(store, "SELECT ?o { ?s ?p ?o }", (RELEASE, f"{G}derived")) == ["both", "old"]
    beside = f"{both[:-1]} GRAPH ?g {{ ?s ?p ?o }} }}"
    assert rows(store, beside, (RELEASE, f"{G}release/2.0"), (f"{G}derived",)) == ["both"]


@given(st.text(alphabet="FROMNADPEIXBSGRH<>:/.#\"'\\\n {}?ab1", max_size=60))
def test_no_text_is_an_error(text: str) -> None:
    read_dataset(text, "http://e/")
