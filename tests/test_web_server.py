"""A real server process answers truthfully over HTTP, whatever happens to its queries."""

from __future__ import annotations

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from servers import Server, children, make_catalog, processor_s, runs, start, stop, wait_until

BIG_ROWS = 100_000
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != ?g || ?c < ?i) }"
BOMB = "SELECT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STRLEN(STR(?c)) > 0) }"
PAIRS = "SELECT ?c ?f { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(STR(?c)) > 0) }"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_catalog(tmp_path_factory.mktemp("catalog"))


@pytest.fixture(scope="module")
def server(catalog: Path) -> Iterator[Server]:
    server = start(catalog, "--workers", "2", "--timeout-s", "60")
    yield server
    stop(server)


@pytest.fixture(scope="module")
def strict(catalog: Path) -> Iterator[Server]:
    """A server with limits that a test can reach."""
    server = start(catalog, "--workers", "2", "--timeout-s", "2", "--memory-mb", "48")
    yield server
    stop(server)


ASK = "ASK { ?s ?p ?o }"
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"


def test_get_form_post_and_direct_post_give_one_answer(server: Server) -> None:
    replies = [
        server.query(ASK),
        server.send("POST", "/sparql", urlencode({"query": ASK}), Content_Type=FORM),
        server.send("POST", "/sparql", ASK, Content_Type="application/sparql-query"),
    ]
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert {reply.body for reply in replies} == {b'{"head":{},"boolean":true}'}


def test_the_dataset_comes_from_the_request(server: Server) -> None:
    graph = "http://e/graph/none"
    assert server.query(ASK, **{"default-graph-uri": graph}).json()["boolean"] is False
    path = "/sparql?" + urlencode({"default-graph-uri": graph})
    direct = server.send("POST", path, ASK, Content_Type="application/sparql-query")
    assert direct.json()["boolean"] is False


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("SELECT * {}", "*/*", "application/sparql-results+json"),
        ("SELECT * {}", "application/*", "application/sparql-results+json"),
        ("SELECT * {}", "text/*", "text/csv; charset=utf-8"),
        ("SELECT * {}", "application/sparql-results+json;q=0, */*", "application/sparql-results+xml"),
        ("SELECT * {}", "application/sparql-results+xml, */*;q=0.1", "application/sparql-results+xml"),
        ("SELECT * {}", "text/csv;charset=utf-8", "text/csv; charset=utf-8"),
        ("SELECT * {}", "text/csv;charset=latin-1, text/*;q=0.1", "text/csv; charset=utf-8"),
        (ASK, "application/sparql-results+xml", "application/sparql-results+xml"),
        ("DESCRIBE <http://e/s1>", "*/*", "text/turtle; charset=utf-8"),
        ("DESCRIBE <http://e/s1>", "application/n-triples", "application/n-triples"),
    ],
)
def test_results_come_in_the_type_that_accept_asks_for(
    server: Server, query: str, accept: str, expected: str
) -> None:
    reply = server.query(query, accept)
    assert (reply.status, reply.type) == (200, expected)
    assert reply.headers["Vary"] == "Accept, Accept-Encoding"


def test_a_format_in_the_url_wins(server: Server) -> None:
    reply = server.query("SELECT ?o { <http://e/s1> ?p ?o }", "application/json", format="csv")
    assert reply.body == b"o\r\nvalue 1\r\n"


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "word"),
    [
        ("GET", "/sparql?query=SELECT", None, {}, 400, "error at"),
        ("POST", "/sparql", "", {"Content_Type": FORM}, 400, "no query"),
        ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", None, {}, 400, "2 queries"),
        ("POST", "/sparql", b"\xff", {"Content_Type": "application/sparql-query"}, 400, "UTF-8"),
        ("POST", "/sparql", "query=ASK", {"Content_Type": "text/plain"}, 415, "text/plain"),
        ("GET", "/sparql?query=ASK%7B%7D", None, {"Accept": "image/png"}, 406, "text/csv"),
        ("GET", "/sparql?query=ASK%7B%7D", None, {"Accept": "text/turtle"}, 406, "results+json"),
        ("GET", "/sparql?query=ASK%7B%7D&format=png", None, {}, 406, "png"),
        ("PUT", "/sparql", "x", {}, 405, "PUT is not for this address"),
        ("POST", "/sparql", "update=CLEAR+ALL", {"Content_Type": FORM}, 403, "--writable"),
        ("GET", "/sparql?query=ASK%7BSERVICE%3Ca%3A%3E%7B%7D%7D", None, {}, 403, "SERVICE"),
        ("GET", "/query/no-such", None, {}, 404, "no-such"),
        ("GET", "/query/ladder?famly=SRES", None, {}, 400, "family"),
        ("GET", "/no/such/page", None, {}, 404, "not found"),
        ("POST", "/sparql", "a" * 2_000_000, {"Content_Type": DIRECT}, 413, "1,048,576 bytes"),
    ],
)
def test_each_error_has_its_status_and_the_one_body(
    server: Server, method: str, path: str, body: Any, headers: dict[str, str], status: int, word: str
) -> None:
    reply = server.send(method, path, body, **headers)
    assert (reply.status, reply.type) == (status, "application/problem+json")
    problem = reply.json()
    assert set(problem) - {"position"} == {"type", "title", "status", "detail"}
    assert ("position" in problem) == ("error at" in problem["detail"])
    assert problem["status"] == status
    assert word in problem["detail"]


def test_a_wrong_method_lists_the_right_ones(server: Server) -> None:
    allowed = server.send("PUT", "/sparql", "x").headers["Allow"]
    assert {"GET", "POST"} <= set(allowed.replace(" ", "").split(","))


def test_a_browser_gets_errors_to_read_and_the_page_for_no_query(server: Server) -> None:
    html = "text/html,application/xhtml+xml,*/*;q=0.8"
    reply = server.query("SELECT <script>", html)
    assert (reply.status, reply.type) == (400, "text/html; charset=utf-8")
    assert b"<script>" not in reply.body.replace(b"<script src", b"")
    visit = server.send("GET", "/sparql", Accept=html)
    assert (visit.status, visit.headers["Location"]) == (303, "/")


def test_every_answer_carries_the_security_headers(server: Server) -> None:
    for path in ("/", "/healthz", "/sparql?query=ASK%7B%7D", "/no/such", "/static/rolegraph.css"):
        headers = server.send("GET", path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"]


def test_a_named_query_takes_its_parameters_from_the_url(server: Server) -> None:
    reply = server.send("GET", "/query/ladder?family=SRES&format=csv")
    assert (reply.status, reply.body.split(b",")[0]) == (200, b"family")


def test_a_hundred_thousand_rows_arrive_whole(server: Server) -> None:
    reply = server.query(f"{PAIRS} LIMIT {BIG_ROWS}", "text/csv")
    assert reply.status == 200
    assert reply.body.count(b"\r\n") == BIG_ROWS + 1


def test_head_answers_without_a_body(server: Server) -> None:
    reply = server.send("HEAD", "/sparql?" + urlencode({"query": STREAM}))
    assert (reply.status, reply.body) == (200, b"")
    wait_until(server.is_restored)


def test_runaways_end_truthfully_beside_a_query_that_is_answered(strict: Server) -> None:
    with ThreadPoolExecutor(4) as threads:
        runaways = [threads.submit(strict.query, CROSS) for _ in range(4)]
        wait_until(lambda: strict.health()["workers_idle"] <= 1)
        assert strict.query(ASK, timeout_s=2).json()["boolean"] is True
        for runaway in runaways:
            assert runaway.result().status in {503, 504}
    for runaway in runaways:
        if runaway.result().status == 503:
            assert int(runaway.result().headers["Retry-After"]) > 0
    wait_until(strict.is_restored)


def test_a_memory_bomb_is_507_and_the_server_lives(strict: Server) -> None:
    reply = strict.query(BOMB)
    assert (reply.status, reply.type) == (507, "application/problem+json")
    wait_until(strict.is_restored)
    assert strict.query(ASK).status == 200


def read_part(server: Server) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Begin a long answer: its head and first bytes."""
    connection = server.connect()
    connection.request("GET", "/sparql?" + urlencode({"query": STREAM}))
    response = connection.getresponse()
    assert response.status == 200
    assert response.read(1000)
    return connection, response


def test_a_deadline_after_the_first_bytes_breaks_the_body(strict: Server) -> None:
    connection, response = read_part(strict)
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        response.read()
    connection.close()
    wait_until(strict.is_restored)


def worker_processes(server: Server) -> tuple[int, set[int]]:
    """The loader and its workers."""
    (loader,) = children(server.process.pid)
    return loader, children(loader)


def test_a_killed_worker_breaks_the_body_and_is_replaced(server: Server) -> None:
    connection, response = read_part(server)
    for pid in worker_processes(server)[1]:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        response.read()
    connection.close()
    wait_until(server.is_restored)
    assert server.query(ASK).status == 200


def test_a_worker_killed_before_the_first_bytes_is_502(server: Server) -> None:
    wait_until(server.is_restored)
    before = {pid: processor_s(pid) for pid in worker_processes(server)[1]}
    with ThreadPoolExecutor(1) as threads:
        reply = threads.submit(server.query, CROSS)
        # A worker that dies before it has read the query would only hand it on to another.
        wait_until(lambda: any(processor_s(pid) - used > 0.2 for pid, used in before.items()))
        for pid in before:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert reply.result().status == 502
    wait_until(server.is_restored)


def test_a_client_that_leaves_frees_its_worker(server: Server) -> None:
    connection, response = read_part(server)
    response.close()
    connection.close()
    wait_until(server.is_restored)


def test_a_killed_loader_is_replaced(server: Server) -> None:
    loader, workers = worker_processes(server)
    os.kill(loader, signal.SIGKILL)
    wait_until(lambda: not any(runs(pid) for pid in {loader, *workers}))
    statuses = set()

    def is_back() -> bool:
        statuses.add(server.query(ASK).status)
        return server.is_restored()

    wait_until(is_back)
    assert statuses <= {200, 502, 503}
    assert server.query(ASK).status == 200


def test_no_spelling_of_service_reaches_a_listener(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        prefixes = f"PREFIX : <{url}> PREFIX a: <{url}> SELECT * "
        for text in (
            f"{{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
            f"{{ service SILENT <{url}> {{ ?s ?p ?o }} }}",
            f"{{ BIND(<{url}> AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
            f"{{ #\rSeRvIcE#\n<{url}>{{ ?s ?p ?o }} }}",
            f"{{ {{ SELECT * {{ SERVICE<{url}>{{}} }} }} }}",
            r"{ SER\u0056ICE a:b { ?s ?p ?o } }",
            "{ SERVICE:b { ?s ?p ?o } }",
            "{ SERVICEa:b { ?s ?p ?o } }",
            f"{{ FILTER(1<'x>' || 1=1) SERVICE <{url}> {{ ?s ?p 'y' }} }}",
            f"{{ FILTER(1=1 || 1<a:b#>'''\n) SERVICE <{url}> {{ ?s ?p ?o }} }} #'''",
        ):
            assert server.query(prefixes + text).status == 403, text
        server.query(f"SELECT * FROM <{url}> FROM NAMED <{url}> {{ ?s ?p ?o }}")
        assert select.select([listener], [], [], 0)[0] == []


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_server_that_ends_leaves_no_process(catalog: Path, by: signal.Signals) -> None:
    server = start(catalog)
    try:
        wait_until(server.is_restored)
        processes = server.processes()
    finally:
        stop(server, by)
    assert len(processes) >= 5  # the server, its loader, three workers
    wait_until(lambda: not any(runs(pid) for pid in processes))


def serve_in_vain(catalog: Path, port: int = 0) -> str:
    """What a server says that cannot start."""
    command = [sys.executable, "-m", "rolegraph", "serve", "--catalog", str(catalog), "--port", str(port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_catalog_without_snapshot_is_bad_use(tmp_path: Path) -> None:
    (tmp_path / "rolegraph.toml").write_text('[catalog]\nname = "None"\nbase_iri = "http://e/"\n')
    assert "rolegraph build" in serve_in_vain(tmp_path)


def test_a_damaged_snapshot_is_bad_input(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path)
    next(catalog.glob(".rolegraph/snapshots/*/graph.nq.zst")).write_bytes(b"no zstandard")
    assert "the snapshot cannot be loaded" in serve_in_vain(catalog)


def test_a_port_in_use_is_bad_use(catalog: Path, server: Server) -> None:
    assert f"port {server.port}" in serve_in_vain(catalog, server.port)


def test_the_loader_takes_no_module_from_the_current_folder(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zstandard.py").write_text("raise SystemExit('a module of the current folder was imported')")
    monkeypatch.chdir(tmp_path)
    server = start(catalog, python=("-P",))
    try:
        assert server.query(ASK).status == 200
    finally:
        stop(server)
