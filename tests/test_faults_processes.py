"""Whatever ends a process, fills a disk or changes the data: the others go on, and nothing said is untrue."""

from __future__ import annotations

import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
import zstandard

from rolegraph.snapshot.publish import move_pointer
from servers import (
    ROWS,
    Server,
    children,
    make_catalog,
    processor_s,
    runs,
    small_disk,
    start,
    stop,
    wait_until,
)

MODES = {"memory": (), "disk": ("--memory-budget-mb", "16")}
LIMITS = ("--workers", "2", "--timeout-s", "1.5", "--memory-mb", "48")
FIRST, SECOND = "0123456789abcdef", "fedcba9876543210"
TRIPLES = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
FORM = "application/x-www-form-urlencoded"
JOIN = (
    "SELECT (COUNT(*) AS ?n) { GRAPH ?j { ?a ?b ?c } GRAPH ?k { ?d ?e ?f } GRAPH ?l { ?g ?h ?i } "
    "FILTER(?a != ?g || ?c < ?i) }"
)
in_each_mode = pytest.mark.parametrize("mode", MODES)


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """A server in each mode, with limits that a test can reach; all tests that only ask share it."""
    running: dict[str, Server] = {}

    def find(mode: str) -> Server:
        if mode not in running:
            running[mode] = start(make_catalog(tmp_path_factory.mktemp(mode)), *LIMITS, *MODES[mode])
            assert running[mode].health()["in_memory"] is (mode == "memory")
            wait_until(running[mode].is_restored)
        return running[mode]

    yield find
    for server in running.values():
        wait_until(server.is_restored)
        stop(server)


def runaway(number: int) -> str:
    """A query that does not end by itself; each number makes another, which no cache knows."""
    return f"SELECT (COUNT(*) AS ?n{number}) {{ {TRIPLES} . FILTER(?a != ?g || ?c < ?i) }}"


def value(server: Server, row: int) -> str:
    """What the data hold of a row; anything but an answer fails the test."""
    reply = server.query(f"SELECT ?o {{ <http://e/s{row}> <http://e/p> ?o }}", format="csv")
    assert reply.status == 200, reply.body
    return reply.body.decode().split()[1]


class Load:
    """Clients that ask without a pause, and what was not as it should be."""

    def __init__(self, server: Server, clients: int) -> None:
        self.failures: list[BaseException] = []
        self.answers = 0
        self._server = server
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def _ask(self, number: int) -> None:
        try:
            while not self._stop.is_set():
                number += 1
                value(self._server, number % ROWS)
                self.answers += 1
        except BaseException as failure:
            self.failures.append(failure)

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self.failures
        assert self.answers


def stopped(server: Server, cause: str) -> int:
    """How many queries the metrics say were stopped for a cause."""
    text = server.send("GET", "/metrics").body.decode()
    match = re.search(rf'^rolegraph_queries_stopped_total\{{cause="{cause}"\}} (\d+)', text, re.MULTILINE)
    assert match
    return int(match[1])


def has_worked(pid: int, before_s: float) -> bool:
    return processor_s(pid) - before_s > 0.2


def have_ended(processes: set[int]) -> bool:
    return not any(runs(pid) for pid in processes)


def serves(server: Server, snapshot: str) -> bool:
    return bool(server.health()["snapshot"] == snapshot)


def loaders(server: Server) -> set[int]:
    """The processes that make workers."""
    return children_that_run(server, "rolegraph.endpoint.loader")


def writers(server: Server) -> set[int]:
    return children_that_run(server, "rolegraph.endpoint.writer_process")


def children_that_run(server: Server, module: str) -> set[int]:
    found = set()
    for pid in children(server.process.pid):
        with suppress(OSError):
            if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes() and runs(pid):
                found.add(pid)
    return found


@in_each_mode
def test_runaway_joins_end_at_the_deadline_and_others_go_on(
    serve: Callable[[str], Server], mode: str
) -> None:
    server = serve(mode)
    before = stopped(server, "timeout")
    with ThreadPoolExecutor(2) as threads:
        runaways = [threads.submit(server.query, runaway(number)) for number in range(2)]
        wait_until(lambda: server.health()["workers_idle"] == 1)
        with Load(server, 2):
            replies = [each.result() for each in runaways]
    assert [reply.status for reply in replies] == [504, 504]
    assert all("1.5 s" in reply.json()["detail"] for reply in replies)
    assert stopped(server, "timeout") == before + 2
    wait_until(server.is_restored)


@in_each_mode
def test_a_memory_bomb_ends_alone(serve: Callable[[str], Server], mode: str) -> None:
    server = serve(mode)
    before = stopped(server, "memory")
    with Load(server, 2):
        reply = server.query(f"SELECT ?a ?d ?g {{ {TRIPLES} }} ORDER BY ?c ?f ?i")
    assert (reply.status, reply.type) == (507, "application/problem+json")
    assert stopped(server, "memory") == before + 1
    wait_until(server.is_restored)


def test_new_data_cost_no_memory_of_a_query(tmp_path: Path) -> None:
    server = start(make_catalog(tmp_path), "--workers", "2", "--memory-mb", "16", "--writable")
    try:
        for number in range(3):
            update = f"INSERT DATA {{ <http://e/s{ROWS + number}> <http://e/p> '{number}' }}"
            body = urlencode({"update": update})
            assert server.send("POST", "/sparql", body, Content_Type=FORM).status == 204
            assert value(server, ROWS + number) == str(number)
        assert server.query(f"SELECT ?a ?d ?g {{ {TRIPLES} }} ORDER BY ?c ?f ?i").status == 507
        wait_until(server.is_restored)
    finally:
        stop(server)


def test_a_full_queue_says_when_to_come_back(serve: Callable[[str], Server]) -> None:
    server = serve("memory")
    connections = [server.connect() for _ in range(90)]  # far more than work and wait at a time
    for number, connection in enumerate(connections):
        connection.request("GET", "/sparql?" + urlencode({"query": runaway(number)}))
    readable, _, _ = select.select([connection.sock for connection in connections], [], [], 60)
    (first, *_) = [connection for connection in connections if connection.sock in readable]
    response = first.getresponse()
    problem = json.loads(response.read())
    assert response.status == 503
    assert problem["detail"] == "all workers are busy and the queue is full; try again"
    assert int(response.headers["Retry-After"]) > 0
    for connection in connections:
        connection.close()
    wait_until(server.is_restored)
    assert value(server, 1) == "value"


@in_each_mode
def test_a_killed_idle_worker_costs_no_request(serve: Callable[[str], Server], mode: str) -> None:
    server = serve(mode)
    for turn in range(3):
        wait_until(server.is_restored)
        (loader,) = loaders(server)
        for worker in children(loader):
            os.kill(worker, signal.SIGKILL)
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda row: value(server, row), range(100 * turn, 100 * turn + 12)))
        assert found == ["value"] * 12
    wait_until(server.is_restored)


@in_each_mode
def test_a_killed_loader_comes_back(serve: Callable[[str], Server], mode: str) -> None:
    server = serve(mode)
    (loader,) = loaders(server)
    workers = children(loader)
    os.kill(loader, signal.SIGKILL)
    wait_until(partial(have_ended, {loader, *workers}))
    statuses = set[int]()

    def is_back() -> bool:
        statuses.add(server.query(f"ASK {{ <http://e/s{len(statuses)}> ?p ?o }}").status)
        return server.is_restored()

    wait_until(is_back)
    assert statuses <= {200, 502, 503}
    assert value(server, 2) == "value"
    assert len(loaders(server)) == 1


@contextmanager
def writable_server(catalog: Path, *options: str) -> Iterator[Server]:
    server = start(catalog, "--writable", "--workers", "2", *options)
    try:
        yield server
    finally:
        stop(server)


def write(server: Server, number: int, where: str = "") -> int:
    """Add a triple in one graph and a triple in another, where something holds; the status."""
    graphs = " ".join(
        f"GRAPH <http://e/graph/{name}> {{ <http://e/w{number}> <http://e/n> {number} }}" for name in "ab"
    )
    fields = urlencode({"update": f"INSERT {{ {graphs} }} WHERE {{ {where} }}"})
    return server.send("POST", "/sparql", fields, Content_Type=FORM).status


def written(server: Server, graph: str) -> set[int]:
    text = f"SELECT ?n {{ GRAPH <http://e/graph/{graph}> {{ ?s <http://e/n> ?n }} }}"
    reply = server.query(text, format="csv")
    assert reply.status == 200
    return {int(line) for line in reply.body.split()[1:]}


def check_writes(server: Server, done: set[int], asked: set[int]) -> None:
    """All that was acknowledged is there, and every other write is there as a whole or not at all."""
    found = written(server, "a")
    assert found == written(server, "b")
    assert done <= found <= asked


def test_a_killed_writer_loses_nothing_acknowledged(tmp_path: Path) -> None:
    done = set[int]()
    with writable_server(make_catalog(tmp_path)) as server, Load(server, 1), ThreadPoolExecutor(1) as threads:
        for number in range(0, 9, 3):
            (idle,) = writers(server)
            os.kill(idle, signal.SIGKILL)
            assert write(server, number) == 204  # what had died idle costs no write
            (busy,) = writers(server)
            reply = threads.submit(write, server, number + 1, JOIN)
            wait_until(partial(has_worked, busy, processor_s(busy)))
            os.kill(busy, signal.SIGKILL)
            assert reply.result() == 502
            assert write(server, number + 2) == 204
            done |= {number, number + 2}
            check_writes(server, done, done)  # a write that was said to have failed never shows up
        wait_until(server.is_restored)


def test_a_killed_server_loses_nothing_acknowledged(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path)
    done, asked = set[int](), set[int]()
    for turn in range(2):
        server = start(catalog, "--writable", "--workers", "2")
        processes = server.processes()
        check_writes(server, done, asked)
        enough = threading.Event()

        def write_on(first: int, server: Server = server, enough: threading.Event = enough) -> None:
            with suppress(OSError):  # the server is gone
                for number in range(first, first + 400):
                    asked.add(number)
                    assert write(server, number) == 204
                    done.add(number)
                    if number == first + 6:
                        enough.set()

        with ThreadPoolExecutor(2) as threads:
            results = [threads.submit(write_on, 1000 * turn + 500 * client) for client in range(2)]
            assert enough.wait(60)
            processes |= server.processes()
            stop(server, signal.SIGKILL)
            for result in results:
                result.result()
        wait_until(partial(have_ended, processes))
    with writable_server(catalog) as server:
        check_writes(server, done, asked)
        assert write(server, 9999) == 204


def fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(1 << 12))


def check_write_without_room(server: Server) -> None:
    """A write that finds no room is refused whole, in one sentence, and reads go on."""
    path, media_type = "/graphs?graph=http://e/graph/a", "application/n-triples"
    body = "".join(f'<http://e/s{n}> <http://e/n> "{n:0300d}" .\n' for n in range(20_000))
    with Load(server, 1):
        reply = server.send("PUT", path, body, Content_Type=media_type)
        assert reply.status == 502
        assert "\n" not in reply.json()["detail"]
        assert re.search("No space left on device|File too large", reply.json()["detail"])
    check_writes(server, {1}, {1})


def test_a_full_disk_stops_a_write_and_nothing_else(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path)
    with small_disk(catalog / ".rolegraph" / "writable", 64), writable_server(catalog) as server:
        assert write(server, 1) == 204
        fill(catalog / ".rolegraph" / "writable" / "filler")
        check_write_without_room(server)
        (catalog / ".rolegraph" / "writable" / "filler").unlink()
        assert write(server, 2) == 204
        check_writes(server, {1, 2}, {1, 2})
        wait_until(server.is_restored)


def test_a_file_that_may_not_grow_stops_a_write_and_nothing_else(tmp_path: Path) -> None:
    with writable_server(make_catalog(tmp_path)) as server:
        assert write(server, 1) == 204
        for pid in writers(server):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        check_write_without_room(server)
        assert write(server, 2) == 204  # by a writer process without that limit
        check_writes(server, {1, 2}, {1, 2})


BUILD = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from rolegraph.cli import main
main(["build", "--catalog", sys.argv[2]])
"""


def build(catalog: Path, file_bytes: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BUILD, str(file_bytes), str(catalog)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def check_build_without_room(catalog: Path, file_bytes: int = resource.RLIM_INFINITY) -> None:
    role = next((catalog / "roles").glob("*.yaml"))
    text = role.read_text(encoding="utf-8")
    role.write_text(text.replace("Software Engineer", "Software Builder"), encoding="utf-8")
    assert role.read_text(encoding="utf-8") != text
    done = build(catalog, file_bytes)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("rolegraph: ")
    assert done.stdout == ""


def titles(server: Server) -> set[str]:
    text = 'SELECT DISTINCT ?t { ?r ?p ?t FILTER(STRSTARTS(STR(?t), "Software ")) }'
    reply = server.query(text, format="csv")
    assert reply.status == 200
    return {line.strip() for line in reply.body.decode().splitlines()[1:]}


@pytest.mark.parametrize("room", ["disk", "file"])
def test_a_full_disk_on_publish_leaves_the_old_snapshot(small_catalog: Path, room: str) -> None:
    folder = small_catalog / ".rolegraph"
    with small_disk(folder, 64) if room == "disk" else nullcontext():
        assert build(small_catalog).returncode == 0
        server = start(small_catalog, *LIMITS)
        try:
            old, title = server.health()["snapshot"], titles(server)
            if room == "disk":
                fill(folder / "filler")
            check_build_without_room(small_catalog, 1024 if room == "file" else resource.RLIM_INFINITY)
            assert (server.health()["snapshot"], titles(server)) == (old, title)
            (folder / "filler").unlink(missing_ok=True)
            assert build(small_catalog).returncode == 0
            wait_until(lambda: server.health()["snapshot"] != old)
            wait_until(lambda: titles(server) != title)
        finally:
            stop(server)


def add_snapshot(catalog: Path, name: str, word: str) -> Path:
    """Another snapshot beside the first, whose rows have another word; nothing points to it yet."""
    folder = catalog / ".rolegraph" / "snapshots" / name
    shutil.copytree(folder.with_name(FIRST), folder)
    shutil.rmtree(folder / "store")
    lines = [f'<http://e/s{n}> <http://e/p> "{word} {n}"@en <http://e/graph/g> .\n' for n in range(ROWS)]
    (folder / "graph.nq.zst").write_bytes(zstandard.compress("".join(lines).encode()))
    store = ox.Store(str(folder / "store"))
    store.bulk_load("".join(lines).encode(), ox.RdfFormat.N_QUADS)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "id": name}))
    return folder


@in_each_mode
def test_a_new_snapshot_under_load_loses_no_request(tmp_path: Path, mode: str) -> None:
    catalog = make_catalog(tmp_path)
    add_snapshot(catalog, SECOND, "other")
    server = start(catalog, "--workers", "2", *MODES[mode])
    try:
        old = set()
        with Load(server, 8):
            for name in (SECOND, FIRST, SECOND):
                old |= loaders(server)
                move_pointer(catalog, name)
                wait_until(partial(serves, server, name))
        assert {value(server, row) for row in range(0, ROWS, 10)} == {"other"}
        wait_until(partial(have_ended, old))
        wait_until(server.is_restored)
        assert len(loaders(server)) == 1
        assert server.health()["in_memory"] is (mode == "memory")
    finally:
        stop(server)


def damage_dump(folder: Path) -> None:
    (folder / "graph.nq.zst").write_bytes(b"no zstandard")


def damage_store(folder: Path) -> None:
    for path in (folder / "store").glob("*.sst"):
        path.write_bytes(b"garbage")


def damage_manifest(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "graphs": {"g": "many"}}))


@pytest.mark.parametrize(
    ("mode", "damage"),
    [
        ("memory", damage_dump),
        ("disk", damage_store),
        ("memory", damage_manifest),
    ],
)
def test_a_damaged_new_snapshot_is_not_served(
    tmp_path: Path, mode: str, damage: Callable[[Path], None]
) -> None:
    catalog = make_catalog(tmp_path)
    damage(add_snapshot(catalog, SECOND, "other"))
    server = start(catalog, "--workers", "2", *MODES[mode])
    try:
        with Load(server, 2):
            move_pointer(catalog, SECOND)
            wait_until(lambda: any("the new snapshot is not served: " in line for line in server.log))
            assert (server.health()["snapshot"], value(server, 1)) == (FIRST, "value")
            shutil.rmtree(catalog / ".rolegraph" / "snapshots" / SECOND)
            add_snapshot(catalog, SECOND, "other")  # as a build repairs it
            move_pointer(catalog, SECOND)
            wait_until(partial(serves, server, SECOND))
        assert {value(server, row) for row in range(0, ROWS, 10)} == {"other"}
        wait_until(server.is_restored)
    finally:
        stop(server)
