"""Every shipped query gives the same rows on the embedded store, on Oxigraph's server and on Virtuoso."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

import upstreams
from rolegraph.cli import main
from rolegraph.endpoint.authorization import Authorization, PasswordAuthorization
from rolegraph.endpoint.run import RunRequest
from rolegraph.endpoint.store_http import StoreClient
from rolegraph.endpoint.upstream import Upstream, UpstreamOptions
from rolegraph.errors import Forbidden, QueryError, QueryTimeout, UnknownGraph, UpstreamFailure
from rolegraph.push import GraphStoreTarget, PushOptions, push, sizes, verify
from rolegraph.query import bind, list_queries
from rolegraph.results import GRAPHS, SOLUTIONS
from rolegraph.snapshot.build import build
from rolegraph.snapshot.opening import Snapshot, open_snapshot, open_store
from servers import start, stop
from upstreams import PASSWORD, Store

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases" / "queries"
SOURCES = """[sources]
onet = "onet"
esco = "esco"
crosswalks = ["crosswalks/table.csv", "crosswalks/data-science.sssom.tsv"]
"""
QUERIES = {query.name: query for query in list_queries()}
STORES = ["oxigraph", "virtuoso"]
SHARING = "roles-sharing-skills-within-level"
MORE_SETTINGS: list[tuple[str, dict[str, str]]] = [
    *((SHARING, {"kind": kind, "min-shared": shared, "max-level-distance": distance})
      for kind, shared, distance in (
          ("skill", "3", "0"), ("skill", "2", "0.5"), ("knowledge", "1", "8"), ("competency", "4", "1.5"),
          ("core_output", "1", "1"))),
    *((SHARING, {"role": role, "kind": "skill"}) for role in ("SWE.GEN.P4", "DATA.ENG.P2")),
    (SHARING, {"language": "fr"}),
    *(("gap", {"from": start, "to": "SWE.GEN.M1"}) for start in ("DATA.ENG.P3", "PROD.GEN.P2")),
    *(("component-reuse", {"kind": kind, "min-roles": "1"}) for kind in ("skill", "competency", "task")),
    *(("catalog-completeness", {"family": family}) for family in ("SWE", "DATA")),
    *(("completeness-scores", {"kind": kind}) for kind in ("catalog", "family", "level", "specialisation")),
    *(("completeness-scores", {"language": language}) for language in ("de", "fr")),
    ("least-complete-roles", {"family": "SRES", "level": "P5"}),
    *(("roles-without-detailed-onet-code", {"family": family}) for family in ("SWE", "DATA")),
    *(("skills-of-occupation", {"occupation": "15-1252.00", "min-importance": low}) for low in ("3", "4")),
    ("roles-by-skill", {"skill": "PYTHON"}),
    ("role-page", {"role": "SWE.GEN.P5"}),
    ("role-page", {"role": "NONE.SUCH.P1"}),
    ("nearest-roles", {"role": "NONE.SUCH.P1"}),
    ("ladder", {"family": "NONE.SUCH.P1"}),
    ("alias-conflicts", {"role": "SRES.GEN.P4"}),
    ("cross-kind-duplicates", {"min-kinds": "1"}),
    ("level-descriptors", {"dimension": "scope"}),
    ("mappings-needing-review", {"subject": "SWE"}),
    ("tag-truth", {"family": "SWE"}),
    ("unapproved-aliases", {"approval": "approved"}),
]  # fmt: skip
"""Settings beside those of the expected files and the defaults, as tests/test_queries.py uses them."""
EVERYTHING = "SELECT * { ?s ?p ?o . ?a ?b ?c }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?a ?b ?c . ?d ?e ?f FILTER(?o > ?c || ?f < ?c) }"


def case_settings(name: str) -> dict[str, str]:
    """The parameters in the first line of an expected file."""
    header = (CASES / f"{name}.csv").read_text(encoding="utf-8").partition("\n")[0]
    parts = [part.partition("=") for part in header.removeprefix("#").split(";") if "=" in part]
    return {key.strip(): value.strip() for key, _, value in parts}


def all_settings() -> list[tuple[str, dict[str, str]]]:
    found = [(name, case_settings(name)) for name in QUERIES]
    free = {name for name, query in QUERIES.items() if all(p.default is not None for p in query.params)}
    found += [(name, {}) for name in sorted(free) if case_settings(name)]
    return found + MORE_SETTINGS


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The sample catalog with small invented O*NET and ESCO databases and invented crosswalks."""
    directory = tmp_path_factory.mktemp("upstream") / "catalog"
    shutil.copytree(ROOT / "data", directory, ignore=shutil.ignore_patterns(".rolegraph"))
    shutil.copytree(CASES / "onet", directory / "onet")
    shutil.copytree(CASES / "esco", directory / "esco")
    shutil.copytree(CASES / "crosswalks", directory / "crosswalks")
    config = directory / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", SOURCES), encoding="utf-8")
    build(directory)
    return open_snapshot(directory)


@pytest.fixture(scope="session")
def embedded(snapshot: Snapshot) -> ox.Store:
    return open_store(snapshot)


@pytest.fixture(scope="session")
def oxigraph(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> Iterator[Store]:
    with upstreams.oxigraph(tmp_path_factory.mktemp("oxigraph")) as store:
        load(snapshot, store)
        yield store


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot) -> Iterator[Store]:
    with upstreams.virtuoso(tmp_path_factory.mktemp("virtuoso")) as store:
        load(snapshot, store)
        yield store


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


def credentials(store: Store) -> Authorization | None:
    return PasswordAuthorization(store.user, PASSWORD) if store.user else None


def load(snapshot: Snapshot, store: Store, **options: Any) -> dict[str, int]:
    with closing(StoreClient(store.graphs_url, authorization=credentials(store))) as client:
        return push(snapshot, GraphStoreTarget(client), PushOptions(**options))


@contextmanager
def asking(store: Store, **options: Any) -> Iterator[Upstream]:
    with closing(Upstream(store.query_url, options=UpstreamOptions(**options))) as upstream:
        yield upstream


Table = tuple[list[str], list[tuple[object, ...]]]


def table(solutions: object) -> Table:
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return names, [tuple(row) for row in solutions]


@pytest.mark.parametrize(
    ("name", "settings"), all_settings(), ids=lambda part: part if isinstance(part, str) else "&".join(part)
)
def test_query_gives_the_rows_of_the_embedded_store_in_their_order(
    name: str, settings: dict[str, str], store: Store, embedded: ox.Store
) -> None:
    text = bind(QUERIES[name], {key: [setting] for key, setting in settings.items()})
    expected = table(embedded.query(text, use_default_graph_as_union=True))
    with asking(store, timeout_s=60) as upstream:
        found = b"".join(upstream.run(RunRequest(query=text)))
    assert table(ox.parse_query_results(found, format=ox.QueryResultsFormat.JSON)) == expected


def test_every_shipped_query_is_compared() -> None:
    assert {name for name, _ in all_settings()} == set(QUERIES)
    assert len(QUERIES) >= 19


def test_boolean_and_page_and_graph_come_from_any_store(store: Store, snapshot: Snapshot) -> None:
    graph = f"{snapshot.base_iri}graph/soc"
    with asking(store) as upstream:
        for query, word in (("ASK { ?s ?p ?o }", b"true"), ("ASK { <http://e/x> ?p ?o }", b"false")):
            assert word in b"".join(upstream.run(RunRequest(query=query, solutions=SOLUTIONS[1])))
        request = RunRequest(query="SELECT ?s { ?s ?p ?o }", default_graphs=(graph,), max_rows=3)
        page = json.loads(b"".join(upstream.run(request)))
        assert (page["variables"], len(page["rows"]), page["more"]) == (["s"], 3, True)
        query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 50"
        triples = b"".join(upstream.run(RunRequest(query=query, graph=GRAPHS[0])))
        assert len(list(ox.parse(triples, format=ox.RdfFormat.TURTLE))) == 50


def test_query_that_is_no_sparql_is_refused_in_the_store_s_words(store: Store) -> None:
    with asking(store) as upstream, pytest.raises(QueryError, match=r"error|expected"):
        upstream.run(RunRequest(query="SELECT * { ?s ?p "))


def test_query_beyond_the_deadline_is_given_up(store: Store) -> None:
    with asking(store, timeout_s=1) as upstream, pytest.raises(QueryTimeout):
        list(upstream.run(RunRequest(query=RUNAWAY)))


def test_whole_graph_has_its_triples_and_an_unknown_one_none(oxigraph: Store, snapshot: Snapshot) -> None:
    with asking(oxigraph) as upstream:
        request = RunRequest(whole_graph=f"{snapshot.base_iri}graph/soc", graph=GRAPHS[1])
        assert b"".join(upstream.run(request)).count(b"\n") == snapshot.manifest["graphs"]["soc"]
        with pytest.raises(UnknownGraph):
            upstream.run(RunRequest(whole_graph="http://e/none", graph=GRAPHS[1]))


def test_oxigraph_s_time_limit_within_an_answer_is_no_end(tmp_path: Path, snapshot: Snapshot) -> None:
    with upstreams.oxigraph(tmp_path, "--timeout-s", "1") as store:
        load(snapshot, store)
        with asking(store, timeout_s=60) as upstream:
            answer = upstream.run(RunRequest(query=EVERYTHING))
            assert next(answer)
            with pytest.raises(QueryTimeout, match="within the answer"):
                list(answer)


def test_store_that_dies_within_an_answer_is_a_failure(tmp_path: Path, snapshot: Snapshot) -> None:
    with upstreams.oxigraph(tmp_path) as store:
        load(snapshot, store)
        with asking(store, timeout_s=60) as upstream:
            answer = upstream.run(RunRequest(query=EVERYTHING))
            assert next(answer)
            os.kill(store.pid, signal.SIGKILL)
            with pytest.raises(UpstreamFailure, match="broke off"):
                list(answer)


def test_part_that_virtuoso_s_own_timeout_leaves_is_no_answer(virtuoso: Store) -> None:
    url = f"{virtuoso.query_url}?timeout=1000"
    options = UpstreamOptions(timeout_s=60, timeout_unit="no")
    with (
        closing(Upstream(url, options=options)) as upstream,
        pytest.raises(QueryTimeout, match="part of the answer"),
    ):
        upstream.run(RunRequest(query=RUNAWAY))


def test_rows_that_virtuoso_cuts_are_no_answer(virtuoso: Store) -> None:
    with asking(virtuoso) as upstream:
        with pytest.raises(UpstreamFailure, match="ResultSetMaxRows"):
            upstream.run(RunRequest(query="SELECT * { ?s ?p ?o }"))
        whole = upstream.run(RunRequest(query="SELECT ?s { ?s ?p ?o } LIMIT 9999", solutions=SOLUTIONS[2]))
        assert b"".join(whole).count(b"\r\n") == 1 + 9999


def test_graph_that_virtuoso_may_have_cut_is_no_answer(virtuoso: Store) -> None:
    query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
    with asking(virtuoso) as upstream:
        for limit in ("", " LIMIT 10000"):
            with pytest.raises(UpstreamFailure, match="ResultSetMaxRows"):
                upstream.run(RunRequest(query=query + limit))


def test_function_by_which_virtuoso_would_call_a_server_is_not_called(virtuoso: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, asking(virtuoso) as upstream:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(Forbidden):
            upstream.run(RunRequest(query=f'SELECT (bif:http_get("{address}") AS ?t) {{}}'))
        with pytest.raises(TimeoutError):
            listener.accept()


def test_update_reaches_the_store(oxigraph: Store) -> None:
    data = "{ GRAPH <http://e/u> { <http://e/a> <http://e/b> 1 } }"
    with closing(Upstream(oxigraph.query_url, update_url=oxigraph.update_url)) as upstream:
        for verb, word in (("INSERT", b"true"), ("DELETE", b"false")):
            upstream.update(f"{verb} DATA {data}")
            request = RunRequest(query=f"ASK {data}")
            assert word in b"".join(upstream.run(request))
        with pytest.raises(QueryError):
            upstream.update("INSERT DATA {")
        with pytest.raises(Forbidden):
            upstream.update("LOAD <http://127.0.0.1:9/>")


def test_server_answers_from_the_store_and_says_when_it_cannot(tmp_path: Path, snapshot: Snapshot) -> None:
    catalog = snapshot.path.parents[2]
    with upstreams.oxigraph(tmp_path) as store:
        load(snapshot, store)
        server = start(catalog, "--upstream", store.query_url, "--timeout-s", "2")
        try:
            rows = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv")
            assert (rows.status, rows.body) == (200, f"n\r\n{snapshot.quads}\r\n".encode())
            assert server.send("GET", "/query/ladder?family=SWE", Accept="text/csv").body.count(b"SWE") >= 5
            assert server.query(RUNAWAY).status == 504
            assert server.query("SELECT * { ?s ?p ").status == 400
            os.kill(store.pid, signal.SIGKILL)
            failed = server.query("ASK { ?s ?p ?o }")
            assert (failed.status, failed.type) == (502, "application/problem+json")
            assert store.query_url in failed.json()["detail"]
        finally:
            stop(server)


@pytest.fixture
def arguments(store: Store, snapshot: Snapshot, tmp_path: Path) -> list[str]:
    """What every push to the store needs to know."""
    found = ["--catalog", str(snapshot.path.parents[2]), "--verify", store.query_url]
    if store.user:
        (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
        found += ["--user", store.user, "--password-file", str(tmp_path / "password")]
    return found


def push_by_command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["push", *arguments])


def test_push_replaces_what_the_store_has(
    store: Store, snapshot: Snapshot, sample_catalog: Path, arguments: list[str]
) -> None:
    sample = open_snapshot(sample_catalog)
    load(sample, store)
    with closing(StoreClient(store.graphs_url, authorization=credentials(store))) as client:
        target = GraphStoreTarget(client)
        for name in ("soc", "esco"):  # of which the sample has one
            add(target, f"{sample.base_iri}graph/{name}")
    with asking(store) as upstream:
        with pytest.raises(UpstreamFailure, match=r"soc has 208 triples and not 207; esco has 1 triples"):
            verify(sample, upstream, sizes(sample), "put")
        result = push_by_command(store.graphs_url, *arguments, "--catalog", str(sample_catalog))
        assert result.exit_code == 0, result.output
        verify(sample, upstream, sizes(sample), "put")
    held = {name: int(count) for name, count in (row.split("\t") for row in result.stdout.splitlines())}
    assert held == {**sample.manifest["graphs"], "onet": 0, "esco": 0}
    size = sample.manifest["graphs"]["catalog"]
    assert f"catalog: {size:,} of {size:,} triples" in result.stderr
    load(snapshot, store)


def add(target: GraphStoreTarget, graph: str) -> None:
    deadline = time.monotonic() + 60
    target.write(graph, b"<http://e/a> <http://e/b> <http://e/c> .\n", deadline, replaces=False)


def test_push_by_updates_fills_the_same_graphs(
    store: Store, snapshot: Snapshot, arguments: list[str]
) -> None:
    result = push_by_command(store.update_url, "--update", "--graph", "levels", "--graph", "soc", *arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout == "levels\t924\nsoc\t207\n"


def test_push_with_post_keeps_what_the_store_has(
    store: Store, snapshot: Snapshot, arguments: list[str]
) -> None:
    graph = f"{snapshot.base_iri}graph/soc"
    with closing(StoreClient(store.graphs_url, authorization=credentials(store))) as client:
        add(GraphStoreTarget(client), graph)
        result = push_by_command(store.graphs_url, "--graph", "soc", "--method", "post", *arguments)
        assert result.exit_code == 0, result.output
        request = RunRequest(query=f"ASK {{ GRAPH <{graph}> {{ <http://e/a> ?p ?o }} }}")
        with asking(store) as upstream:
            assert b"true" in b"".join(upstream.run(request))
        load(snapshot, store, graphs=["soc"])


def test_push_without_the_password_says_so(virtuoso: Store, snapshot: Snapshot) -> None:
    result = push_by_command(
        virtuoso.graphs_url, "--catalog", str(snapshot.path.parents[2]), "--graph", "soc"
    )
    assert result.exit_code == 2
    assert "credentials (401" in result.stderr


Script = Callable[[upstreams.Reply, upstreams.Asked], None]


def accept(reply: upstreams.Reply, _: upstreams.Asked) -> None:
    reply.send(204)


def pushed_to(script: Script, snapshot: Snapshot, **options: Any) -> list[upstreams.Asked]:
    with upstreams.scripted(script) as store, closing(StoreClient(store.url)) as client:
        push(snapshot, GraphStoreTarget(client), PushOptions(**options))
        return store.asked


def test_graph_is_put_once_and_its_further_chunks_are_posted(snapshot: Snapshot) -> None:
    asked = pushed_to(accept, snapshot, graphs=["levels"], chunk_triples=400)
    assert [request.method for request in asked] == ["PUT", "POST", "POST"]
    assert {request.target for request in asked} == {asked[0].target}
    lines = b"".join(request.body for request in asked).splitlines()
    assert len(lines) == len(set(lines)) == snapshot.manifest["graphs"]["levels"]
    assert all(request.headers["Content-Type"] == "application/n-triples" for request in asked)


def test_busy_store_gets_the_chunk_again_after_the_time_it_asked_for(snapshot: Snapshot) -> None:
    pauses: list[int] = []

    def busy_once(reply: upstreams.Reply, asked: upstreams.Asked) -> None:
        if pauses:
            reply.send(204)
        else:
            reply.send(503, Retry_After="7")

    asked = pushed_to(busy_once, snapshot, graphs=["soc"], pause=pauses.append)
    assert pauses == [7]
    assert [request.method for request in asked] == ["PUT", "PUT"]
    assert asked[0].body == asked[1].body


def test_store_that_stays_busy_is_given_up(snapshot: Snapshot) -> None:
    pauses: list[int] = []
    with pytest.raises(UpstreamFailure, match=r"graph soc.*busy.*push again"):
        pushed_to(lambda reply, _: reply.send(503), snapshot, graphs=["soc"], pause=pauses.append)
    assert 0 < len(pauses) < 10


def test_dry_run_asks_nobody(snapshot: Snapshot) -> None:
    with upstreams.scripted(accept) as store:
        catalog = str(snapshot.path.parents[2])
        result = push_by_command(store.url, "--catalog", catalog, "--graph", "soc", "--dry-run")
        assert (result.exit_code, result.stdout, store.asked) == (0, "soc\t207\n", [])


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--graph", "socks"], "no graph 'socks'"),
        (["--user", "me"], "password file"),
        (["--token-file", "{file}", "--user", "me", "--password-file", "{file}"], "one of them"),
        (["--token-file", "{empty}"], "first line is empty"),
    ],
)
def test_push_that_cannot_be_meant_is_one_line_and_exit_2(
    options: list[str], part: str, snapshot: Snapshot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("secret\n", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    given = [text.format(file=tmp_path / "file", empty=tmp_path / "empty") for text in options]
    result = push_by_command("http://127.0.0.1:9/", "--catalog", str(snapshot.path.parents[2]), *given)
    assert result.exit_code == 2
    assert part in result.stderr
    assert result.stderr.count("\n") == 1
