"""HTTP as bytes, for tests of what no well-behaved client would send, or of how one goes away."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

from servers import Server

MIB = 1 << 20
DIRECT = "application/sparql-query"
PROBLEM = "application/problem+json"
ASK = "ASK { ?s ?p ?o }"
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != ?g || ?c < ?i) }"
PAIRS = "SELECT ?c ?f { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(STR(?c)) > 0) }"
STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STRLEN(STR(?c)) > 0) }"
SOON_S = 10
"""Far less than the time that a query may take on the servers of these tests."""


def plug(server: Server, receive_bytes: int | None = None) -> socket.socket:
    """A new connection; with few `receive_bytes` the server soon has to wait for its reader."""
    client = socket.socket()
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.settimeout(60)
    client.connect(("127.0.0.1", server.port))
    return client


def head(
    target: str, *headers: str, method: str = "GET", version: str = "1.1", host: str = "127.0.0.1"
) -> bytes:
    lines = (f"{method} {target} HTTP/{version}", f"Host: {host}", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1")


def sparql(query: str) -> str:
    return "/sparql?" + urlencode({"query": query})


def ask_raw(server: Server, path: str) -> socket.socket:
    client = plug(server)
    client.sendall(head(path))
    return client


def read_all(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    pieces = []
    with suppress(ConnectionResetError):
        while piece := client.recv(MIB):
            pieces.append(piece)
    return b"".join(pieces)


def exchange(server: Server, sent: bytes) -> bytes:
    with plug(server) as client:
        client.sendall(sent)
        return read_all(client)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def statuses_of(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]


def stopped(server: Server, cause: str) -> int:
    """How many queries were stopped by a cause, as /metrics has it."""
    text = server.send("GET", "/metrics").body.decode()
    found = re.search(rf'^rolegraph_queries_stopped_total{{cause="{cause}"}} (\S+)$', text, re.MULTILINE)
    assert found is not None
    return int(float(found[1]))


def memory_bytes(server: Server, kind: str = "VmRSS") -> int:
    """What the server's own process holds now (`VmRSS`), or has held at most (`VmHWM`)."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(rf"^{kind}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024
