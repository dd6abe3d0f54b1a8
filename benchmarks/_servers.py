"""Starts each server of the comparison on loopback over the same data, and ends it by its process id."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from rolegraph.snapshot import Snapshot, open_snapshot

HERE = Path(__file__).resolve().parent
START_S = 900.0
"""Loading a few million quads over HTTP takes minutes in some servers."""


class Absent(Exception):
    """A server that cannot take part; the message says why."""


@dataclass
class Data:
    """What is served: a catalog with its snapshot, and the same quads as an N-Quads file."""

    catalog: Path
    work: Path
    snapshot: Snapshot = field(init=False)
    quads_file: Path = field(init=False)

    def __post_init__(self) -> None:
        """Unpack the snapshot's dump."""
        self.snapshot = open_snapshot(self.catalog)
        self.quads_file = self.work / "load" / "graph.nq"
        self.quads_file.parent.mkdir()
        with self.snapshot.dump_path.open("rb") as packed, self.quads_file.open("wb") as out:
            zstandard.ZstdDecompressor().copy_stream(packed, out)

    @property
    def has_onet(self) -> bool:
        """Whether an O*NET database is in it."""
        return bool(self.snapshot.manifest["graphs"].get("onet"))


@dataclass
class Server:
    """A server that runs: where it listens, and what is worth knowing about it."""

    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]
    version: str
    start_s: float = 0.0

    def memory_mb(self) -> float:
        """Proportional memory of the server and all its processes, in MiB."""
        total = 0
        for pid in _family(self.process.pid):
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in found:
            yield from _family(int(child))


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Start = Callable[[Data], Server]


@contextmanager
def running(starters: dict[str, Start], data: Data) -> Iterator[tuple[list[Server], dict[str, str]]]:
    """Start all of them; those that cannot start are given with the reason, and all are ended after."""
    servers: list[Server] = []
    absent: dict[str, str] = {}
    try:
        for name, start in starters.items():
            print(f"starting {name} …", file=sys.stderr, flush=True)
            started = time.perf_counter()
            try:
                server = start(data)
            except Absent as reason:
                absent[name] = str(reason)
                continue
            server.start_s = time.perf_counter() - started
            servers.append(server)
        yield servers, absent
    finally:
        for server in servers:
            stop(server.process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that this benchmark started."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def launch(command: list[str], port: int, data: Data, name: str) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it takes connections."""
    log = data.work / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=data.work)
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            text = log.read_text(errors="replace").strip().splitlines()
            raise Absent(f"it ended at its start: {text[-1] if text else 'it said nothing'}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    stop(process)
    raise Absent(f"it took no connection in {START_S:g} s")


def rolegraph(mode: str) -> Start:
    """`rolegraph serve`, with a budget that makes it hold the graph in memory, or leave it on disk."""

    def start(data: Data) -> Server:
        port = free_port()
        budget = "1000000" if mode == "memory" else "16"
        command = [sys.executable, "-m", "rolegraph", "serve", "--catalog", str(data.catalog)]
        command += ["--port", str(port), "--timeout-s", "120", "--memory-budget-mb", budget]
        process = launch(command, port, data, f"rolegraph-{mode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/healthz")
        health = json.loads(connection.getresponse().read())
        connection.close()
        if health["in_memory"] != (mode == "memory"):
            stop(process)
            raise Absent(f"it does not run in {mode} mode")
        version = _first_line([sys.executable, "-m", "rolegraph", "--version"])
        return Server(f"rolegraph, {mode}", port, "/sparql", process, version)

    return start


def oxigraph_on_disk(data: Data) -> Server:
    """`oxigraph serve-read-only` on a copy of the snapshot's store."""
    copy = data.work / "oxigraph-store"
    shutil.copytree(data.snapshot.store_path, copy)
    port = free_port()
    command = [_oxigraph(), "serve-read-only", "--location", str(copy), "--union-default-graph"]
    process = launch([*command, "--bind", f"127.0.0.1:{port}"], port, data, "oxigraph-read-only")
    return Server(
        "oxigraph serve-read-only", port, "/query", process, _first_line([_oxigraph(), "--version"])
    )


def oxigraph_in_memory(data: Data) -> Server:
    """`oxigraph serve` without a location, loaded over HTTP."""
    port = free_port()
    command = [_oxigraph(), "serve", "--union-default-graph", "--bind", f"127.0.0.1:{port}"]
    process = launch(command, port, data, "oxigraph-memory")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
    with data.quads_file.open("rb") as quads:
        headers = {
            "Content-Type": "application/n-quads",
            "Content-Length": str(os.fstat(quads.fileno()).st_size),
        }
        connection.request("POST", "/store?no_transaction", quads, headers)
        reply = connection.getresponse()
    if reply.status >= 300:
        stop(process)
        raise Absent(f"loading it failed with status {reply.status}")
    connection.close()
    return Server("oxigraph serve, memory", port, "/query", process, _first_line([_oxigraph(), "--version"]))


def rdflib_endpoint(environments: Path) -> Start:
    """rdflib-endpoint over oxrdflib, in an environment of its own: its pins need not suit rolegraph."""

    def start(data: Data) -> Server:
        python = environments / "rdflib-endpoint" / "bin" / "python"
        if not python.exists():
            _install(python, ["rdflib-endpoint", "oxrdflib", "uvicorn"])
        port = free_port()
        script = str(HERE / "_rdflib_endpoint.py")
        command = [str(python), script, str(data.snapshot.store_path), str(port)]
        process = launch(command, port, data, "rdflib-endpoint")
        show = "import importlib.metadata as m; print('rdflib-endpoint', m.version('rdflib-endpoint'))"
        return Server("rdflib-endpoint", port, "/sparql", process, _first_line([str(python), "-c", show]))

    return start


def _install(python: Path, packages: list[str]) -> None:
    folder = python.parent.parent
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, check=False)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    if made.returncode != 0 or subprocess.run(pip, capture_output=True, check=False).returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise Absent(f"pip cannot install {' '.join(packages)}")


def virtuoso(data: Data) -> Server:
    """Virtuoso with its own folder and ports, loaded by its bulk loader."""
    binary, isql = shutil.which("virtuoso-t"), shutil.which("isql-vt") or shutil.which("isql")
    if binary is None or isql is None:
        raise Absent("virtuoso-t and isql are not installed")
    folder = data.work / "virtuoso"
    folder.mkdir()
    sql_port, port = free_port(), free_port()
    ini = folder / "virtuoso.ini"
    template = (HERE / "virtuoso.ini").read_text(encoding="utf-8")
    ini.write_text(
        template.format(folder=folder, load=data.quads_file.parent, sql_port=sql_port, port=port),
        encoding="utf-8",
    )
    process = launch([binary, "+foreground", "+configfile", str(ini)], port, data, "virtuoso")
    script = folder / "load.sql"
    script.write_text(
        f"ld_dir('{data.quads_file.parent}', '*.nq', 'urn:none');\n"
        "rdf_loader_run();\ncheckpoint;\n"
        "select ll_error from DB.DBA.load_list where ll_error is not null;\n",
        encoding="utf-8",
    )
    load = [isql, f"127.0.0.1:{sql_port}", "dba", "dba", str(script)]
    done = subprocess.run(load, capture_output=True, text=True, timeout=START_S, check=False)
    if done.returncode != 0 or "0 Rows" not in done.stdout.rpartition("ll_error")[2]:
        stop(process)
        raise Absent(f"its bulk load failed: {(done.stderr or done.stdout).strip()[-200:]}")
    version = next(line for line in _output([binary, "-?"]).splitlines() if line.startswith("Version"))
    return Server("Virtuoso", port, "/sparql", process, f"Virtuoso {version.split()[1]}")


def _oxigraph() -> str:
    folders = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found = shutil.which("oxigraph", path=folders)
    if found is None:
        raise Absent("oxigraph is not installed: pip install oxigraph")
    return found


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _first_line(command: list[str]) -> str:
    return _output(command).strip().partition("\n")[0]
