"""Whatever a client sends, or however it goes away, a real server stays truthful and goes on.

Each test is a row of docs/reliability.md.
"""

from __future__ import annotations

import http.client
import json
import re
import select
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from raw_http import (
    ASK,
    CROSS,
    DIRECT,
    MIB,
    PAIRS,
    PROBLEM,
    SOON_S,
    STREAM,
    ask_raw,
    exchange,
    head,
    memory_bytes,
    plug,
    read_all,
    sparql,
    status_of,
    stopped,
)
from servers import ROWS, Server, make_catalog, runs, small_disk, start, stop, wait_until

ASK_PATH = "/sparql?" + urlencode({"query": ASK})
FORM = "application/x-www-form-urlencoded"
HUGE_BYTES = 100 * MIB
CLIENTS = 200

# Stands for a full disk for temporary files, and for a head timeout that a test can wait for.
CRAMPED = """
import resource
from rolegraph.cli import main
from rolegraph.web.http_protocol import BoundedHttpProtocol
BoundedHttpProtocol.head_timeout_s = 1.0
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
main(prog_name="rolegraph")
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_catalog(tmp_path_factory.mktemp("catalog"))


@pytest.fixture(scope="module")
def running(catalog: Path) -> Iterator[Server]:
    server = start(catalog, "--workers", "2", "--timeout-s", "60", "--max-answer-mb", "32")
    yield server
    stop(server)


@pytest.fixture(scope="module")
def running_cramped(catalog: Path) -> Iterator[Server]:
    server = start(catalog, "--workers", "2", "--timeout-s", "60", program=("-c", CRAMPED))
    yield server
    stop(server)


# A client that takes or sends nothing for half a second is given up.
IMPATIENT = """
from rolegraph.cli import main
from rolegraph.web.http_protocol import BoundedHttpProtocol
BoundedHttpProtocol.stall_s = 0.5
main(prog_name="rolegraph")
"""


@pytest.fixture(scope="module")
def impatient(catalog: Path) -> Iterator[Server]:
    server = start(catalog, "--workers", "2", "--timeout-s", "60", program=("-c", IMPATIENT))
    yield server
    wait_until(server.is_restored)
    stop(server)


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    yield running
    wait_until(running.is_restored)


@pytest.fixture
def cramped(running_cramped: Server) -> Iterator[Server]:
    """A server that gives a head one second, and cannot write a long answer to a file."""
    yield running_cramped
    wait_until(running_cramped.is_restored)


def temporary_files(server: Server) -> int:
    """How many temporary files the server holds open, which have no name any more."""
    found = 0
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += re.search(r"/(#\d+|rolegraph-\w+) \(deleted\)$", str(link.readlink())) is not None
    return found


def is_quiet(server: Server) -> bool:
    return server.is_restored() and server.health()["waiting"] == 0


def test_idle_connections_hold_nothing_up(cramped: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(plug(cramped)) for _ in range(CLIENTS)]
        assert cramped.query(ASK).status == 200
        assert {read_all(client) for client in clients} == {b""}


def test_half_sent_heads_are_closed_after_the_head_timeout(cramped: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(plug(cramped)) for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(b"GET /sparql?query=ASK HTTP/1.1\r\nHost: 127")
        assert cramped.query(ASK).status == 200
        assert {read_all(client) for client in clients} == {b""}
    assert cramped.query(ASK).status == 200


def test_a_head_that_drips_is_closed_after_the_head_timeout(cramped: Server) -> None:
    with plug(cramped) as client:
        client.sendall(b"GET /sparql?query=")

        def is_closed() -> bool:
            with suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(b"a")
                return bool(select.select([client], [], [], 0)[0]) and client.recv(1) == b""
            return True

        wait_until(is_closed, SOON_S)


@pytest.mark.parametrize("path", [sparql(CROSS), "/?" + urlencode({"query": CROSS})], ids=["sparql", "page"])
def test_a_client_that_leaves_before_the_first_byte_frees_its_worker(server: Server, path: str) -> None:
    before = stopped(server, "client_left")
    client = ask_raw(server, path)
    wait_until(lambda: not server.is_restored())
    client.close()
    wait_until(server.is_restored, SOON_S)
    wait_until(lambda: stopped(server, "client_left") == before + 1, SOON_S)


def test_a_client_that_leaves_while_the_answer_streams_frees_its_worker(server: Server) -> None:
    before = stopped(server, "client_left")
    client = ask_raw(server, sparql(CROSS.replace("(COUNT(*) AS ?n)", "*")))
    assert status_of(client.recv(1000)) == 200
    client.close()
    wait_until(server.is_restored, SOON_S)
    wait_until(lambda: stopped(server, "client_left") == before + 1, SOON_S)


def test_a_client_that_leaves_the_queue_is_not_run(server: Server) -> None:
    before = stopped(server, "client_left")
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(ask_raw(server, sparql(CROSS)))
        wait_until(lambda: server.health()["workers_idle"] <= 1)
        last = ask_raw(server, sparql(CROSS))
        wait_until(lambda: server.health()["waiting"] == 1)
        last.close()
        wait_until(lambda: server.health()["waiting"] == 0, 4)  # sooner than the queue gives up
        wait_until(lambda: stopped(server, "client_left") == before + 1, 4)
    wait_until(server.is_restored, SOON_S)
    wait_until(lambda: stopped(server, "client_left") == before + 3, SOON_S)


def test_a_slow_reader_holds_no_worker_and_gets_everything(server: Server) -> None:
    with plug(server, receive_bytes=4096) as client:
        client.sendall(head(sparql(PAIRS), "Accept: application/sparql-results+json"))
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == 200
        wait_until(server.is_restored, SOON_S)  # of the answer's 17 MB nobody has read more than a little
        assert server.query(ASK).status == 200
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIB)
        assert len(json.loads(response.read())["results"]["bindings"]) == ROWS * ROWS


def test_a_slow_reader_that_stays_away_is_given_up(impatient: Server) -> None:
    before = temporary_files(impatient)  # its standard output may be one
    with plug(impatient, receive_bytes=4096) as client:
        client.sendall(head(sparql(PAIRS)))
        response = http.client.HTTPResponse(client)
        response.begin()
        wait_until(lambda: temporary_files(impatient) == before + 1, SOON_S)
        wait_until(lambda: temporary_files(impatient) == before, SOON_S)
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()


def test_half_sent_bodies_are_closed_once_nothing_comes(impatient: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(plug(impatient)) for _ in range(CLIENTS)]
        for client in clients:
            headers = (f"Content-Type: {DIRECT}", "Content-Length: 1000")
            client.sendall(head("/sparql", *headers, method="POST") + b"ASK {")
        assert impatient.query(ASK).status == 200
        for client in clients:
            assert read_all(client)[:12] in {b"", b"HTTP/1.1 408"}


def test_a_server_that_stops_ends_what_is_under_way(catalog: Path) -> None:
    server = start(catalog, "--workers", "2", "--timeout-s", "60")
    with ExitStack() as stack:
        query, body, line = (stack.enter_context(plug(server)) for _ in range(3))
        query.sendall(head(sparql(CROSS)))
        body.sendall(head("/sparql", f"Content-Type: {DIRECT}", "Content-Length: 9", method="POST"))
        line.sendall(b"GET /")
        wait_until(lambda: server.health()["workers_idle"] < server.health()["workers"])
        processes = server.processes()
        stop(server)
        assert not any(runs(pid) for pid in processes)
        assert read_all(line) == b""
        for client in (query, body):
            answer = read_all(client)
            assert (status_of(answer), b"retry-after: " in answer) == (503, True)


def test_an_answer_beyond_the_limit_is_broken_off(server: Server) -> None:
    before = stopped(server, "too_large")
    connection = server.connect()
    connection.request("GET", sparql(STREAM))
    response = connection.getresponse()
    assert (response.status, response.headers["Rolegraph-Max-Bytes"]) == (200, str(32 * MIB))
    with pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    assert len(caught.value.partial) > 16 * MIB
    connection.close()
    wait_until(lambda: stopped(server, "too_large") == before + 1)


def test_curl_says_that_a_body_was_broken_off(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}{sparql(STREAM)}"
    result = subprocess.run(["curl", "-sS", "-o", "/dev/null", url], capture_output=True, check=False)
    assert result.returncode == 18, result.stderr


def test_an_answer_that_cannot_be_spooled_is_broken_off(cramped: Server) -> None:
    with plug(cramped, receive_bytes=4096) as client:
        client.sendall(head(sparql(PAIRS)))
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        wait_until(cramped.is_restored, SOON_S)
        assert not read_all(client).endswith(b"0\r\n\r\n")
    assert cramped.query(ASK).status == 200


@pytest.mark.parametrize("fault", ["full disk", "no folder"])
def test_without_room_for_temporary_files_short_answers_go_on(
    catalog: Path, tmp_path: Path, fault: str
) -> None:
    with small_disk(tmp_path, 1) if fault == "full disk" else nullcontext():
        folder = tmp_path if fault == "full disk" else tmp_path / "none"
        program = f"import tempfile, rolegraph.cli as c; tempfile.tempdir = {str(folder)!r}; c.main()"
        server = start(catalog, program=("-c", program))
        try:
            with plug(server, receive_bytes=4096) as client:
                client.sendall(head(sparql(PAIRS)))
                response = http.client.HTTPResponse(client)
                response.begin()
                wait_until(server.is_restored, SOON_S)
                with pytest.raises(http.client.IncompleteRead):
                    response.read()
            assert server.query(ASK).status == 200
        finally:
            stop(server)


def ask_hugely(server: Server, start_of_request: bytes, piece: bytes, end: bytes) -> http.client.HTTPResponse:
    """Send 100 MB, as far as the server lets it; give what it said."""
    with plug(server) as client:
        with suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(start_of_request)
            for _ in range(HUGE_BYTES // len(piece)):
                client.sendall(piece)
            client.sendall(end)
        response = http.client.HTTPResponse(client)
        response.begin()
        response.read()
        return response


DIRECT_HEADERS = (f"Content-Type: {DIRECT}", "Connection: close")
LENGTH = f"Content-Length: {HUGE_BYTES}"


@pytest.mark.parametrize(
    ("start_of_request", "piece", "end", "status"),
    [
        (head("/sparql", *DIRECT_HEADERS, LENGTH, method="POST"), b"#" * MIB, b"", 413),
        (head("/sparql", f"Content-Type: {FORM}", LENGTH, method="POST"), b"query=a&" * (MIB // 8), b"", 413),
        (
            head("/sparql", *DIRECT_HEADERS, "Transfer-Encoding: chunked", method="POST"),
            b"100000\r\n" + b"#" * MIB + b"\r\n",
            b"0\r\n\r\n",
            413,
        ),
        (b"GET /sparql?query=", b"a" * MIB, b"", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-Filler: 12345\r\n" * 40_000, b"", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Filler: ", b"a" * MIB, b"", 431),
    ],
    ids=["query", "form", "chunks", "address", "headers", "header"],
)
def test_a_hundred_megabytes_are_refused_and_take_no_memory(
    server: Server, start_of_request: bytes, piece: bytes, end: bytes, status: int
) -> None:
    before = memory_bytes(server)
    response = ask_hugely(server, start_of_request, piece, end)
    assert (response.status, response.headers["Content-Type"]) == (status, PROBLEM)
    assert memory_bytes(server) - before < 16 * MIB


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type"),
    [
        ("GET", "/sparql?query=ASK%20%7B%7D%20%23%FF", b"", ""),
        ("POST", "/sparql", b"query=ASK%7B%7D%23%C3%28", FORM),
        ("POST", "/sparql", b"query=ASK{}#\xff", FORM),
        ("POST", "/sparql", b"ASK {} # \xff\xfe", DIRECT),
        ("GET", "/graphs?graph=%FF", b"", ""),
        ("GET", "/query/ladder?family=%FF", b"", ""),
    ],
    ids=["address", "form-escaped", "form-raw", "body", "graph", "parameter"],
)
def test_what_is_not_utf8_is_a_bad_request(
    server: Server, method: str, path: str, body: bytes, content_type: str
) -> None:
    reply = server.send(method, path, body, Content_Type=content_type)
    assert (reply.status, reply.type) == (400, PROBLEM)


def test_a_header_that_is_not_utf8_breaks_nothing(server: Server) -> None:
    close = "Connection: close"
    answer = exchange(
        server, head(ASK_PATH, "Accept: ?", "X-Request-Id: ?", close).replace(b"?\r", b"\xff\xfe\r")
    )
    assert status_of(answer) in {200, 406}
    assert status_of(exchange(server, head("/%FF%FE", close))) == 404
    assert status_of(exchange(server, head("/\xff", close).replace("\xff".encode(), b"\xff"))) in {400, 404}


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("{", "}"),
        ("(", ")"),
        ("[", "]"),
        ("<< ", " >>"),
        ("<<( ", " )>>"),
        ("{| ", " |}"),
        ("!", ""),
        ("-", ""),
    ],
)
def test_deep_nesting_is_a_bad_request_and_kills_no_worker(
    server: Server, opening: str, closing: str
) -> None:
    deep, shut = opening * 50_000, closing * 50_000
    crashes = stopped(server, "crash")
    for text in (
        f"SELECT * WHERE {deep} {shut}",
        f"SELECT * {{ ?s ?p {deep} 1 {shut} }}",
        f"SELECT * {{ ?s ?p ?o FILTER({deep} 1 {shut}) }}",
        f"SELECT * {{ ?s {deep} <a:b> {shut} ?o }}",
        f"SELECT * {{ ?s ?p ?o FILTER({deep}",
    ):
        reply = server.send("POST", "/sparql", text, Content_Type=DIRECT)
        assert (reply.status, reply.type) == (400, PROBLEM), text[:40]
    assert stopped(server, "crash") == crashes


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on\r\n\r\n",
        b"GET\r\n\r\n",
        b"NONSENSE / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n bad: folding\r\nContent-Length: x\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["tls", "short", "method", "version", "header", "length", "chunk", "negative"],
)
def test_malformed_http_is_a_bad_request_and_the_end_of_its_connection(server: Server, sent: bytes) -> None:
    assert status_of(exchange(server, sent)) == 400
    assert server.query(ASK).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 6", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 6"),
        ("Content-Length: 6", "Content-Length: 5"),
        ("Transfer-Encoding: xchunked", "Content-Length: 6"),
    ],
    ids=["both", "both-turned", "two-lengths", "unknown-coding"],
)
def test_a_head_with_two_lengths_smuggles_no_request(server: Server, headers: tuple[str, ...]) -> None:
    sent = head("/sparql", *headers, method="POST") + b"0\r\n\r\nX" + head("/healthz")
    answer = exchange(server, sent)
    assert status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


def test_http_1_0_is_answered_with_a_length_and_its_connection_closed(server: Server) -> None:
    for query, rows in ((ASK, 0), (PAIRS, ROWS * ROWS + 1)):
        accepted = "Accept: text/csv, application/sparql-results+json;q=0.5"
        top, _, body = exchange(server, head(sparql(query), accepted, version="1.0")).partition(b"\r\n\r\n")
        assert status_of(top) == 200
        assert f"content-length: {len(body)}\r\n".encode() in top + b"\r\n"
        assert not rows or body.count(b"\r\n") == rows


def test_an_answer_beyond_the_limit_is_refused_over_http_1_0(server: Server) -> None:
    answer = exchange(server, head(sparql(STREAM), version="1.0"))
    assert status_of(answer) == 507
    assert PROBLEM.encode() in answer


def test_pipelined_requests_are_answered_in_their_order(server: Server) -> None:
    paths = [ASK_PATH, sparql("SELECT * { ?s ?p ?o } LIMIT 3"), "/nowhere", ASK_PATH, "/healthz", ASK_PATH]
    sent = b"".join(head(path) for path in paths[:-1]) + head(paths[-1], "Connection: close")
    answer = exchange(server, sent)
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]
    assert statuses == [200, 200, 404, 200, 200, 200]
    types = re.findall(rb"content-type: ([^\r;]+)", answer)
    assert types[2] == PROBLEM.encode()
    assert types[4] == b"application/json"


def test_head_of_a_long_answer_ends_its_query(server: Server) -> None:
    reply = server.send("HEAD", sparql(STREAM))
    assert (reply.status, reply.body) == (200, b"")
    wait_until(server.is_restored, SOON_S)


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "TLS/1.2"])
def test_an_upgrade_is_not_made_and_the_request_answered(server: Server, protocol: str) -> None:
    connection = server.connect()
    for _ in range(2):  # the second on the same connection
        connection.request("GET", ASK_PATH, headers={"Connection": "Upgrade", "Upgrade": protocol})
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["boolean"]) == (200, True)
    connection.close()


def test_more_requests_than_threads_are_told_to_come_back(server: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(ask_raw(server, sparql(CROSS))) for _ in range(100)]
        ready, _, _ = select.select(clients, [], [], 60)
        response = http.client.HTTPResponse(ready[0])
        response.begin()
        assert (response.status, response.headers["Content-Type"]) == (503, PROBLEM)
        assert int(response.headers["Retry-After"]) > 0
        assert server.query("SELECT * { ?s ?p ?o } LIMIT 1").status in {200, 503}
        assert server.health()["workers_alive"] > 0
    wait_until(lambda: is_quiet(server))
