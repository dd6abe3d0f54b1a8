"""Starts `rolegraph serve` as a user does, asks it over HTTP, and ends it by its process id."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
import zstandard

ROWS = 400


def make_catalog(folder: Path) -> Path:
    """A catalog folder with a snapshot of a few hundred triples, as `rolegraph build` leaves it."""
    snapshot = folder / ".rolegraph" / "snapshots" / "0123456789abcdef"
    snapshot.mkdir(parents=True)
    base = "http://e/"
    (folder / "rolegraph.toml").write_text(f'[catalog]\nname = "Small <b>"\nbase_iri = "{base}"\n')
    lines = [f'<{base}s{n}> <{base}p> "value {n}"@en <{base}graph/g> .\n' for n in range(ROWS)]
    quads = "".join(lines).encode()
    (snapshot / "graph.nq.zst").write_bytes(zstandard.compress(quads))
    store = ox.Store(str(snapshot / "store"))
    store.bulk_load(quads, ox.RdfFormat.N_QUADS)
    manifest = {"id": snapshot.name, "base_iri": base, "graphs": {f"{base}graph/g": ROWS}}
    (snapshot / "manifest.json").write_text(json.dumps(manifest))
    (snapshot.parent / "CURRENT").write_text(snapshot.name + "\n")
    return folder


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("Content-Type", "")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    process: subprocess.Popen[str]
    port: int
    reader: threading.Thread
    log: list[str]

    def connect(self, timeout_s: float = 60) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)

    def send(
        self, method: str, path: str, body: bytes | str | None = None, timeout_s: float = 60, **headers: str
    ) -> Reply:
        connection = self.connect(timeout_s)
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def query(self, text: str, accept: str = "*/*", timeout_s: float = 60, **fields: str) -> Reply:
        path = "/sparql?" + urlencode({"query": text, **fields})
        return self.send("GET", path, timeout_s=timeout_s, Accept=accept)

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", "/healthz").json()
        return found

    def is_restored(self) -> bool:
        health = self.health()
        return bool(health["workers_idle"] == health["workers_alive"] == health["workers"])

    def processes(self) -> set[int]:
        """The server's process and all that descend from it."""
        found, new = set(), {self.process.pid}
        while new:
            found |= new
            new = {child for pid in new for child in children(pid)} - found
        return found


def children(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found |= {int(child) for child in task.read_text().split()}
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def start(
    catalog: Path, *options: str, python: tuple[str, ...] = (), program: tuple[str, ...] = ("-m", "rolegraph")
) -> Server:
    command = [sys.executable, *python, *program, "serve", "--catalog", str(catalog), *options]
    command += ["--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    log: list[str] = []
    for line in process.stderr:
        log.append(line)
        match = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if match:
            # The pipe must not fill up, or the server would wait for its own log.
            reader = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
            reader.start()
            return Server(process, int(match[1]), reader, log)
    pytest.fail("the server did not start:\n" + "".join(log))


def stop(server: Server, by: signal.Signals = signal.SIGTERM) -> None:
    server.process.send_signal(by)
    server.process.wait(30)
    server.reader.join(30)  # ends with the last process that holds the pipe
    assert server.process.stderr is not None
    server.process.stderr.close()
    assert not any("Traceback" in line for line in server.log), "".join(server.log)


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def processor_s(pid: int) -> float:
    """Processor time that a process has used; 0 when it has ended, as a worker may at any time."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[None]:
    """A file system of so many megabytes at a folder; the test is skipped where none can be mounted."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
