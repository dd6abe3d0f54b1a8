"""Other stores for tests: Oxigraph's server, Virtuoso, and one that answers as a test says."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from servers import wait_until

PASSWORD = "dba"  # of Virtuoso's own user, as a new database has it
VIRTUOSO_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
CheckpointInterval = 0
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = .
ServerThreads = 10
[SPARQL]
; As Debian ships it, so that the tests meet the limit.
ResultSetMaxRows = 10000
MaxQueryCostEstimationTime = 0
"""


@dataclass(frozen=True, slots=True)
class Store:
    """A running store and its addresses."""

    name: str
    pid: int
    query_url: str
    graphs_url: str
    update_url: str
    user: str | None = None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def require(binary: str | None, name: str) -> str:
    """The path of a server's program; without it the tests skip, or fail where servers are required."""
    if binary is None:
        message = f"{name} is not installed"
        if os.environ.get("ROLEGRAPH_REQUIRE_SERVERS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return binary


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}?query=ASK%7B%7D", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextmanager
def running(command: list[str], folder: Path, query_url: str) -> Iterator[int]:
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(query_url) or process.poll() is not None, seconds=120)
        assert process.poll() is None, (folder / "output.log").read_text()
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def oxigraph(folder: Path, *options: str) -> Iterator[Store]:
    """Oxigraph's own server in memory, on a free port of this machine."""
    beside = Path(sys.executable).with_name("oxigraph")
    binary = require(str(beside) if beside.exists() else shutil.which("oxigraph"), "oxigraph")
    base = f"http://127.0.0.1:{free_port()}"
    command = [binary, "serve", "--bind", base.removeprefix("http://"), "--union-default-graph", *options]
    with running(command, folder, f"{base}/query") as pid:
        yield Store("oxigraph", pid, f"{base}/query", f"{base}/store", f"{base}/update")


@contextmanager
def virtuoso(folder: Path) -> Iterator[Store]:
    """Virtuoso with a database of its own, on free ports of this machine."""
    binary = require(shutil.which("virtuoso-t"), "virtuoso-t (Debian: virtuoso-opensource)")
    port, sql_port = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(VIRTUOSO_INI.format(port=port, sql_port=sql_port), encoding="ascii")
    base = f"http://127.0.0.1:{port}"
    command = [binary, "+foreground", "+configfile", "virtuoso.ini"]
    with running(command, folder, f"{base}/sparql") as pid:
        graphs, update = f"{base}/sparql-graph-crud-auth", f"{base}/sparql-auth"
        yield Store("virtuoso", pid, f"{base}/sparql", graphs, update, user="dba")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a scripted store saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode())


class Reply(BaseHTTPRequestHandler):
    """What a test answers with: `send` the whole, or write to `wfile`."""

    protocol_version = "HTTP/1.1"
    server: Server

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if not any(name.lower() == "content_length" for name in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def wait_for_client(self) -> None:
        """Return once the client has closed its side."""
        self.connection.recv(1)
        self.close_connection = True

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.command, self.path, dict(self.headers), body)
        self.server.asked.append(asked)
        self.server.script(self, asked)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815, as the library has it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Callable[[Reply, Asked], object]
    asked: list[Asked]


@dataclass(slots=True)
class ScriptedStore:
    """A store that answers as a test says."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def scripted(script: Callable[[Reply, Asked], object]) -> Iterator[ScriptedStore]:
    server = Server(("127.0.0.1", 0), Reply)
    server.script, server.asked = script, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ScriptedStore(f"http://127.0.0.1:{server.server_address[1]}/sparql", server.asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
