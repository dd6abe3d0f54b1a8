"""Releases are queried side by side by who names them, and seen by nobody else."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

import rolegraph
from releases import BASE, FIRST, HISTORY, SECOND, THIRD, VERSIONS, graph_of, release, write_role
from rolegraph.cli import main
from rolegraph.errors import StoreError
from rolegraph.library import Rows
from rolegraph.query import bind, list_queries
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.history import find_history, history_folder
from rolegraph.store import evaluate
from servers import Server, start, stop, wait_until

PREFIXES = """PREFIX rg: <https://w3id.org/rolegraph/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
THEN_AND_NOW = f"""{PREFIXES} SELECT ?code ?then ?now {{
  ?role a rg:Role ; skos:notation ?code ; skos:prefLabel ?now .
  GRAPH <{graph_of(FIRST)}> {{ ?role skos:prefLabel ?then }}
}} ORDER BY ?code"""
RENAMED = [
    {"code": "ENG.GEN.P3", "then": "Engineer", "now": "Engineer"},
    {"code": "ENG.GEN.P4", "then": "Engineer 2", "now": "Senior Engineer"},
]
SIDE_BY_SIDE = f"""{PREFIXES} SELECT ?g (COUNT(?role) AS ?roles) {{
  VALUES ?g {{ <{graph_of(FIRST)}> <{graph_of(SECOND)}> <{graph_of(THIRD)}> }}
  GRAPH ?g {{ ?role a rg:Role }}
}} GROUP BY ?g"""
COUNTED = {graph_of(FIRST): 2, graph_of(SECOND): 3, graph_of(THIRD): 3}
TITLES = f"{PREFIXES} SELECT ?title {{ ?role a rg:Role ; skos:prefLabel ?title }} ORDER BY ?title"
LISTED = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"


@pytest.fixture(scope="module")
def server(released_catalog: Path) -> Iterator[Server]:
    server = start(released_catalog, "--workers", "2")
    yield server
    stop(server)


def rows_of(answer: Any) -> list[dict[str, str]]:
    return [{name: term["value"] for name, term in row.items()} for row in answer["results"]["bindings"]]


def ask(server: Server, query: str, **fields: str) -> list[dict[str, str]]:
    reply = server.query(query, "application/sparql-results+json", **fields)
    assert reply.status == 200, reply.body
    return rows_of(reply.json())


# The library and the command line


def test_library_sees_a_release_beside_the_current_graphs(released_catalog: Path) -> None:
    with rolegraph.open(released_catalog) as graph:
        found = graph.query(THEN_AND_NOW)
        assert isinstance(found, Rows)
        assert list(found) == RENAMED
        counted = graph.query(SIDE_BY_SIDE)
        assert isinstance(counted, Rows)
        assert {row["g"]: row["roles"] for row in counted} == COUNTED


def test_library_tells_the_timeline_of_a_concept(released_catalog: Path) -> None:
    with rolegraph.open(released_catalog) as graph:

        def timeline(concept: str) -> list[tuple[object, ...]]:
            found = graph.query("concept-timeline", concept=concept)
            assert isinstance(found, Rows)
            return [(row["version"], row["event"], row["replacement"]) for row in found]

        assert timeline("ENG.GEN.P3") == [
            (FIRST, "introduced", None),
            (SECOND, "changed", None),
            (THIRD, "deprecated", None),
            (THIRD, "replaced", f"{BASE}role/ENG.GEN.P4"),
        ]
        assert timeline("skill/fortran") == [(FIRST, "introduced", None), (SECOND, "removed", None)]
        assert timeline(f"{BASE}family/ENG") == [(FIRST, "introduced", None)]
        assert timeline("GEN.P3") == []


def test_command_line_asks_a_release_in_place_of_the_current_graphs(released_catalog: Path) -> None:
    def titles(*options: str) -> list[str]:
        arguments = ["query", "-", "--catalog", str(released_catalog), "--format", "csv", *options]
        result = CliRunner().invoke(main, arguments, input=TITLES)
        assert result.exit_code == 0, result.stderr
        return [row["title"] for row in csv.DictReader(io.StringIO(result.stdout))]

    assert titles() == ["Engineer", "Principal Engineer", "Senior Engineer"]
    assert titles("--release", FIRST) == ["Engineer", "Engineer 2"]
    # A merge counts the title that both have once.
    both = ["Engineer", "Engineer 2", "Senior Engineer", "Staff Engineer"]
    assert titles("--release", FIRST, "--release", SECOND) == both
    arguments = ["query", "-", "--catalog", str(released_catalog), "--release"]
    own = TITLES.replace("{", f"FROM <{graph_of(SECOND)}> {{", 1)
    result = CliRunner().invoke(main, [*arguments, FIRST], input=own)
    assert result.exit_code == 2
    assert "leave out --release" in result.stderr
    result = CliRunner().invoke(main, [*arguments, "7.0"], input=TITLES)
    assert result.exit_code == 2
    assert f"there is no release 7.0; there is {FIRST}, {SECOND}, {THIRD}" in result.stderr


def test_command_line_answers_shipped_queries_as_of_a_release(released_catalog: Path) -> None:
    arguments = ["query", "ladder", "--catalog", str(released_catalog), "--format", "csv"]
    found = [
        [row["role"] for row in csv.DictReader(io.StringIO(CliRunner().invoke(main, chosen).stdout))]
        for chosen in (arguments, [*arguments, "--release", FIRST])
    ]
    assert found[1] == ["ENG.GEN.P3", "ENG.GEN.P4"]
    assert "ENG.GEN.P5" in found[0]


def test_release_that_is_not_loaded_is_told(released_catalog: Path, tmp_path: Path) -> None:
    copy = tmp_path / "catalog"
    shutil.copytree(released_catalog, copy)
    shutil.rmtree(history_folder(copy))
    with rolegraph.open(copy) as graph:
        assert len(graph.roles()) == 3
        with pytest.raises(StoreError, match=r"missing or damaged .*build again"):
            graph.query(THEN_AND_NOW)
    server = start(copy, "--workers", "2")
    try:
        assert len(ask(server, TITLES)) == 3
        reply = server.query(THEN_AND_NOW)
        assert reply.status == 502
        assert "`rolegraph build` does that" in reply.json()["detail"]
    finally:
        stop(server)
    assert CliRunner().invoke(main, ["build", "--catalog", str(copy)]).exit_code == 0
    with rolegraph.open(copy) as graph:
        found = graph.query(THEN_AND_NOW)
        assert isinstance(found, Rows)
        assert list(found) == RENAMED


@pytest.mark.parametrize("name", [query.name for query in list_queries()])
def test_no_shipped_query_sees_a_release_that_it_does_not_name(released_catalog: Path, name: str) -> None:
    query = next(query for query in list_queries() if query.name == name)
    values = {param.name: ["ENG.GEN.P3"] for param in query.params if param.default is None}
    text = bind(query, values)
    snapshot = open_snapshot(released_catalog)
    history = find_history(released_catalog, snapshot)
    assert history is not None
    assert not history.graphs.are_named(text)
    store = ox.Store.read_only(str(snapshot.store_path))
    assert not any("release" in graph.value or graph.value == HISTORY for graph in store.named_graphs())
    for solution in evaluate(store, text):
        assert not any(f"{BASE}release/" in str(term) for term in solution)


# Over HTTP


def test_server_joins_a_release_with_the_current_graphs(server: Server) -> None:
    assert ask(server, THEN_AND_NOW) == RENAMED
    assert {row["g"]: int(row["roles"]) for row in ask(server, SIDE_BY_SIDE)} == COUNTED


def test_server_takes_a_release_as_dataset(server: Server) -> None:
    old = [{"title": "Engineer"}, {"title": "Engineer 2"}]
    assert ask(server, TITLES, **{"default-graph-uri": graph_of(FIRST)}) == old
    clause = f"FROM <{graph_of(FIRST)}> {{"
    assert ask(server, TITLES.replace("{", clause, 1)) == old
    inside = TITLES.replace("{", "{ GRAPH ?g {").replace("}", "} }")
    assert ask(server, inside, **{"named-graph-uri": graph_of(FIRST)}) == old
    assert ask(server, inside.replace("{", clause.replace("FROM", "FROM NAMED"), 1)) == old


def test_server_merges_releases(server: Server) -> None:
    count = "SELECT (COUNT(*) AS ?n) FROM <{}> FROM <{}> {{ ?s ?p ?o }}"
    (merged,) = ask(server, count.format(graph_of(FIRST), graph_of(SECOND)))
    triples: set[str] = set()
    for version in (FIRST, SECOND):
        reply = server.send("GET", f"/graphs?graph={graph_of(version)}", Accept="application/n-triples")
        assert reply.status == 200
        triples |= set(reply.body.decode().splitlines())
    assert int(merged["n"]) == len(triples)


def test_query_without_names_sees_no_release(server: Server) -> None:
    before = ask(server, TITLES)
    assert [row["title"] for row in before] == ["Engineer", "Principal Engineer", "Senior Engineer"]
    ask(server, THEN_AND_NOW)  # the worker has the other store open now
    assert ask(server, TITLES) == before
    listed = {row["g"] for row in ask(server, LISTED)}
    assert not {name for name in listed if "release" in name or name == HISTORY}
    one = {row["g"] for row in ask(server, f"{LISTED[:-1]} FILTER(?g != <{graph_of(SECOND)}>) }}")}
    assert one == listed
    assert ask(server, f"SELECT * {{ GRAPH <{graph_of('7.0')}> {{ ?s ?p ?o }} }}") == []


def test_page_of_a_named_query_knows_the_graph_of_history(server: Server) -> None:
    reply = server.send("GET", "/query/concept-timeline?concept=ENG.GEN.P4", Accept="text/csv")
    rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
    assert [(row["version"], row["event"]) for row in rows] == [(FIRST, "introduced"), (SECOND, "changed")]


def test_tag_of_an_answer_names_the_releases_where_it_is_of_them(server: Server) -> None:
    historic, plain = (server.query(query) for query in (THEN_AND_NOW, TITLES))
    generation = server.health()["generation"]
    assert plain.headers["ETag"].startswith(f'"{generation}-')
    assert historic.headers["ETag"].startswith(f'"{generation}+')
    path = "/sparql?" + urlencode({"query": THEN_AND_NOW})
    assert server.send("GET", path, If_None_Match=historic.headers["ETag"]).status == 304
    assert server.query(THEN_AND_NOW).headers["Server-Timing"] == "cache;desc=hit"


def test_limits_hold_for_releases(released_catalog: Path) -> None:
    server = start(released_catalog, "--workers", "2", "--timeout-s", "1")
    try:
        runaway = f"SELECT (COUNT(*) AS ?n) FROM <{graph_of(FIRST)}> {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
        assert server.query(runaway).status == 504
        wait_until(server.is_restored)
        assert ask(server, THEN_AND_NOW) == RENAMED
        remote = f"SELECT * FROM <{graph_of(FIRST)}> {{ SERVICE <http://127.0.0.1:1/> {{ ?s ?p ?o }} }}"
        assert server.query(remote).status == 403
        assert server.query(f"SELECT * FROM <{graph_of(FIRST)}> {{").status == 400
    finally:
        stop(server)


def test_descriptions_name_the_releases(server: Server) -> None:
    sd, void = "http://www.w3.org/ns/sparql-service-description#", "http://rdfs.org/ns/void#"
    for path in ("/sparql", "/.well-known/void"):
        reply = server.send("GET", path, Accept="application/n-triples")
        graph = list(ox.parse(reply.body, format=ox.RdfFormat.N_TRIPLES))
        sizes = {q.subject.value: int(q.object.value) for q in graph if q.predicate.value == f"{void}triples"}
        assert all(sizes[f"{BASE}release/{version}"] > 100 for version in VERSIONS)
        subsets = {q.object.value for q in graph if q.predicate.value == f"{void}subset"}
        assert not {name for name in subsets if "/release/" in name}
    reply = server.send("GET", "/sparql", Accept="application/n-triples")
    graph = list(ox.parse(reply.body, format=ox.RdfFormat.N_TRIPLES))
    of = {
        predicate: {(q.subject, q.object) for q in graph if q.predicate.value == f"{sd}{predicate}"}
        for predicate in ("availableGraphs", "namedGraph", "name", "defaultDataset")
    }
    ((_, collection),) = of["availableGraphs"]
    names = {node: name.value for node, name in of["name"]}
    available = {names[node] for owner, node in of["namedGraph"] if owner == collection}
    ((_, dataset),) = of["defaultDataset"]
    current = {names[node] for owner, node in of["namedGraph"] if owner == dataset}
    assert available - current == {HISTORY, *map(graph_of, VERSIONS)}
    assert current < available


def test_running_server_finds_a_new_release(small_catalog: Path) -> None:
    write_role(small_catalog, "ENG.GEN.P4", "Engineer 2")
    release(small_catalog, "1.0")
    server = start(small_catalog, "--workers", "2")
    try:
        count = "SELECT (COUNT(*) AS ?n) {{ GRAPH <{}> {{ ?s a <https://w3id.org/rolegraph/ns#Role> }} }}"
        assert ask(server, count.format(graph_of("1.0"))) == [{"n": "2"}]
        first = server.query(count.format(graph_of("1.0"))).headers["ETag"]
        write_role(small_catalog, "ENG.GEN.P5", "Engineer 3")
        release(small_catalog, "1.1", day=2)
        wait_until(lambda: ask(server, count.format(graph_of("1.1"))) == [{"n": "3"}])
        again = server.query(count.format(graph_of("1.0")))
        assert rows_of(again.json()) == [{"n": "2"}]
        assert again.headers["ETag"] != first
    finally:
        stop(server)


def test_writable_server_serves_no_release(released_catalog: Path, tmp_path: Path) -> None:
    copy = tmp_path / "catalog"
    shutil.copytree(released_catalog, copy)
    server = start(copy, "--writable", "--workers", "2")
    try:
        assert ask(server, f"SELECT * {{ GRAPH <{graph_of(FIRST)}> {{ ?s ?p ?o }} }}") == []
    finally:
        stop(server)
