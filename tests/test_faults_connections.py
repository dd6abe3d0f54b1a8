"""What reaches a real server over a connection in an odd way, and what it does then.

Each test is a row of docs/reliability.md.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from raw_http import (
    ASK,
    CROSS,
    DIRECT,
    MIB,
    PAIRS,
    PROBLEM,
    SOON_S,
    ask_raw,
    exchange,
    head,
    memory_bytes,
    plug,
    read_all,
    sparql,
    status_of,
    statuses_of,
    stopped,
)
from servers import ROWS, Server, make_catalog, start, stop, wait_until

LAST = head("/healthz", "Connection: close")
OFFER = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
LONG_GRAPH_BYTES = 64 * MIB
# A client that takes nothing for half a second is given up.
IMPATIENT = """
from rolegraph.cli import main
from rolegraph.web.http_protocol import BoundedHttpProtocol
BoundedHttpProtocol.stall_s = 0.5
main(prog_name="rolegraph")
"""

# Has a thread for each worker and none for those that wait.
STARVED = """
import rolegraph.cli.server
from rolegraph.cli import main
rolegraph.cli.server._SPARE_THREADS = -2 * rolegraph.cli.server.MAX_WAITING
main(prog_name="rolegraph")
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_catalog(tmp_path_factory.mktemp("catalog"))


@pytest.fixture(scope="module")
def running(catalog: Path) -> Iterator[Server]:
    running = start(catalog, "--workers", "2", "--timeout-s", "60", program=("-c", IMPATIENT))
    yield running
    stop(running)


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    wait_until(running.is_restored)
    yield running
    wait_until(running.is_restored)


@pytest.mark.parametrize(
    ("length", "body"),
    [
        ("Content-Length: 16", b"ASK { ?s ?p ?o }"),
        ("Transfer-Encoding: chunked", b"10\r\nASK { ?s ?p ?o }\r\n0\r\n\r\n"),
    ],
    ids=["length", "chunks"],
)
def test_a_request_that_offers_another_protocol_keeps_its_body(
    server: Server, length: str, body: bytes
) -> None:
    # Java's HttpClient sends this offer with each request, unless it is told not to.
    sent = head("/sparql", *OFFER, f"Content-Type: {DIRECT}", length, method="POST") + body
    assert statuses_of(exchange(server, sent * 2 + LAST)) == [200, 200, 200]
    with plug(server) as client:
        client.sendall(sent[:-5])
        client.sendall(sent[-5:] + LAST)
        assert statuses_of(read_all(client)) == [200, 200]


def test_a_client_that_leaves_requests_in_line_frees_its_worker(server: Server) -> None:
    before = stopped(server, "client_left")
    client = plug(server)
    client.sendall(head(sparql(CROSS)) + head(sparql(CROSS + "#2")) + head("/healthz"))
    wait_until(lambda: not server.is_restored())
    client.close()
    wait_until(server.is_restored, SOON_S)
    wait_until(lambda: stopped(server, "client_left") == before + 1, SOON_S)


@pytest.mark.parametrize(
    "fault", [b"no HTTP at all\r\n\r\n", b"GET /" + b"a" * 100_000], ids=["nonsense", "address"]
)
def test_a_fault_behind_a_request_is_not_taken_for_its_answer(server: Server, fault: bytes) -> None:
    assert exchange(server, head(sparql(CROSS)) + fault) == b""
    wait_until(server.is_restored, SOON_S)


@pytest.mark.parametrize("host", ["[", "a b", "a, b", "a:b:c", "<x>", "\xff"])
def test_a_host_that_is_none_is_a_bad_request(server: Server, host: str) -> None:
    for target in (sparql(ASK), "/sparql", "/graphs?graph=a", "/.well-known/void", "/", "/openapi.json"):
        answer = exchange(server, head(target, "Connection: close", host=host))
        assert (status_of(answer), PROBLEM.encode() in answer) == (400, True), target


def test_a_graph_that_has_no_iri_is_a_bad_request(server: Server) -> None:
    for graph in ("http://[", "//[", "%5B", "a%20b"):
        assert server.send("GET", f"/graphs?graph={graph}").status == 400, graph


def test_a_reader_that_takes_little_at_a_time_is_not_given_up(server: Server) -> None:
    with plug(server, receive_bytes=4096) as client:
        client.sendall(head(sparql(PAIRS), "Accept: text/csv"))
        response = http.client.HTTPResponse(client)
        response.begin()
        lines = 0
        end = time.monotonic() + 3  # several times what a client may take nothing for
        while time.monotonic() < end:
            lines += response.read(4096).count(b"\n")
            time.sleep(0.02)
        lines += response.read().count(b"\n")
    assert lines == ROWS * ROWS + 1


def test_a_long_graph_is_read_from_those_only_who_may_write_it(
    catalog: Path, server: Server, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    command = [sys.executable, "-m", "rolegraph", "token", "--token-file", str(tokens), "tester"]
    token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    writable = start(make_catalog(tmp_path / "catalog"), "--writable", "--token-file", str(tokens))
    triple = b"<http://e/a> <http://e/b> <http://e/c> .\n"
    try:
        for asked, status in ((server, 403), (writable, 401)):
            before = memory_bytes(asked, "VmHWM")
            reply = asked.send(
                "PUT", "/graphs?graph=http://e/g", b"#" * LONG_GRAPH_BYTES, Content_Type="text/turtle"
            )
            assert (reply.status, reply.type) == (status, PROBLEM)
            assert memory_bytes(asked, "VmHWM") - before < LONG_GRAPH_BYTES // 4
        graph = triple * (2 * MIB // len(triple))  # longer than a query may be
        bearer = f"Bearer {token}"
        reply = writable.send(
            "PUT", "/graphs?graph=http://e/g", graph, Content_Type="text/turtle", Authorization=bearer
        )
        assert reply.status == 201
    finally:
        stop(writable)


def test_whoever_looks_after_a_server_is_answered_when_all_threads_are_taken(catalog: Path) -> None:
    server = start(catalog, "--workers", "2", "--timeout-s", "60", program=("-c", STARVED))
    try:
        with ExitStack() as stack:
            for number in range(3):
                stack.enter_context(ask_raw(server, sparql(f"{CROSS} #{number}")))
            new = (f"ASK {{}} #{number}" for number in count())  # what was asked before needs no thread
            wait_until(lambda: server.query(next(new)).status == 503)
            assert int(server.query(next(new)).headers["Retry-After"]) > 0
            for path in ("/healthz", "/metrics"):
                assert server.send("GET", path).status == 200
        wait_until(server.is_restored, SOON_S)
    finally:
        stop(server)
