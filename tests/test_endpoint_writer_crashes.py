"""A kill at any point loses nothing acknowledged, and shows every other write whole or not at all."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rolegraph.endpoint import writer_link
from rolegraph.endpoint.writer import Writer, WriterOptions
from rolegraph.errors import StoreError, WorkerFailure
from rolegraph.snapshot import Snapshot
from servers import wait_until
from writes import ROWS, G, H, count, has, insert, make_snapshot

NAME = "0123456789abcdef"
KILLER = """\
import os, signal, sys
def kill_at(owner, name, number, when="before"):
    original, count = getattr(owner, name), 0
    def wrapped(*arguments, **named):
        nonlocal count
        count += 1
        if count == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if count == number and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, wrapped)
"""
WRITER_PROCESS = f"""{KILLER}
from rolegraph.endpoint import writer_folder, writer_process, writer_store
from rolegraph.endpoint.writer_store import WriteStore
where = {{"os": os, "store": WriteStore, "steps": writer_store, "folder": writer_folder}}
where["process"] = writer_process
owner, name, number, when = STEP
kill_at(where[owner], name, number, when)
writer_process.main(sys.argv[1:])
"""
SERVER = f"""{KILLER}
from pathlib import Path
from rolegraph.endpoint import writer_folder
from rolegraph.endpoint.writer import Writer, WriterOptions
from rolegraph.endpoint.writer_leases import Leases
from rolegraph.endpoint.writer_log import WriteLog
from writes import G, H, insert
from rolegraph.snapshot import Snapshot
def half(self, line):
    os.pwrite(self._descriptor, line[:20], self._size)
    os.kill(os.getpid(), signal.SIGKILL)
where = {{"os": os, "path": Path, "log": WriteLog, "leases": Leases, "folder": writer_folder}}
folder, source, first, step = sys.argv[1:]
owner, name, number, when = step.split()
number = int(number)
if owner == "half":
    class Half(WriteLog): ...
    original, count = WriteLog._write, 0
    def _write(self, line):
        global count
        count += 1
        (half if count == number else original)(self, line)
    WriteLog._write = _write
elif owner != "none":
    kill_at(where[owner], name, number, when)
writer = Writer(Path(folder), Snapshot("{NAME}", Path(source), {{}}), WriterOptions())
print("pid", *writer.processes(), flush=True)
for write in range(int(first), int(first) + 10_000):
    print("asked", write, flush=True)
    writer.update(insert(f"w{{write}}", G, H))
    print("done", write, flush=True)
"""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_snapshot(tmp_path_factory.mktemp("snapshot") / "made", NAME)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "writable"


class Told:
    """What a server that was killed had printed: the writes it was asked for, and those it acknowledged."""

    def __init__(self, output: str, *, was_stopped: bool = False) -> None:
        self.was_stopped = was_stopped
        lines = [line.split() for line in output.splitlines() if line.count(" ") == 1]
        self.done = [int(number) for word, number in lines if word == "done"]
        self.asked = [int(number) for word, number in lines if word == "asked"]
        self.pids = [int(number) for word, number in lines if word == "pid"]


def run_server(
    folder: Path, snapshot: Snapshot, first: int, step: str = "none - 0 -", seconds: float = 60
) -> Told:
    """Run a server that writes without end, until it kills itself at a step or time is up."""
    command = [sys.executable, "-c", SERVER, str(folder), str(snapshot.path), str(first), step]
    environment = {"PYTHONPATH": str(Path(__file__).parent), "PATH": ""}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    output, _ = process.communicate()
    was_stopped = not timer.is_alive()
    timer.cancel()
    assert process.returncode == -signal.SIGKILL
    return Told(output, was_stopped=was_stopped)


def check(folder: Path, snapshot: Snapshot, told: Told, kept: int) -> int:
    """Recover, and compare with what the server had said; returns how many writes are there."""
    for pid in told.pids:
        wait_until(lambda pid=pid: not Path(f"/proc/{pid}").exists())  # the kernel ends it with the server
    writer = Writer(folder, snapshot)
    try:
        for graph in (G, H):
            assert [number for number in told.done if not has(writer.generation, f"w{number}", graph)] == []
        writes = count(writer.generation, G) - ROWS // 2
        assert count(writer.generation, H) - ROWS // 2 == writes
        assert kept + len(told.done) <= writes <= kept + len(told.asked)
        assert writer.generation.sequence == writes
        names = {path.name.partition("-")[0] for path in (folder / NAME).iterdir()}
        assert names == {"log", "generations", "live"}
        assert len(list((folder / NAME / "generations").iterdir())) == (2 if writes else 1)
        return writes
    finally:
        writer.close()


SERVER_STEPS = [
    *(f"os fsync {number} before" for number in (1, 3, 9, 15)),  # while the folder is made
    "path rename 1 before",
    "path rename 1 after",
    "folder sync 14 before",
    "half _write 1 -",
    "half _write 3 -",
    "log append 3 before",
    "os fdatasync 3 before",
    "os fdatasync 3 after",
    "leases publish 3 before",
    "leases publish 3 after",
    "leases retire 3 before",
    "leases retire 3 after",
]


@pytest.mark.parametrize("step", SERVER_STEPS)
def test_server_killed_at_a_step_loses_nothing(folder: Path, snapshot: Snapshot, step: str) -> None:
    told = run_server(folder, snapshot, 0, step)
    assert not told.was_stopped, "the step never came"
    writes = check(folder, snapshot, told, 0)
    assert check(folder, snapshot, Told(""), writes) == writes if writes else True


def test_server_killed_at_random_loses_nothing(folder: Path, snapshot: Snapshot) -> None:
    chance, kept, first = random.Random(5), 0, 0
    for _ in range(7):
        told = run_server(folder, snapshot, first, seconds=chance.uniform(0.3, 2.0))
        kept = check(folder, snapshot, told, kept)
        first = max([first, *told.asked]) + 1
    assert kept > 0


WRITER_STEPS = [
    ("store", "update", 2, "before"),
    ("store", "update", 2, "after"),
    ("steps", "link_idle_store", 2, "before"),
    ("folder", "link_store", 2, "before"),
    ("folder", "link_store", 2, "after"),
    ("steps", "sync_store", 2, "before"),
    ("steps", "sync_store", 2, "after"),
    ("os", "fsync", 8, "before"),
    ("os", "fsync", 20, "after"),
    ("process", "_reply", 2, "after"),
]


def write_until_killed(writer: Writer) -> int:
    """How many writes were acknowledged before the writer process ended."""
    for number in range(1, 10):
        try:
            writer.update(insert(f"w{number}", G, H))
        except WorkerFailure:
            return number - 1
    pytest.fail("the step never came")


@pytest.mark.parametrize("step", WRITER_STEPS, ids=lambda step: "-".join(map(str, step)))
def test_writer_killed_at_a_step_leaves_nothing_of_the_write(
    folder: Path, snapshot: Snapshot, step: tuple[str, str, int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = WRITER_PROCESS.replace("STEP", repr(step))
    with monkeypatch.context() as patch:
        patch.setattr(writer_link, "COMMAND", (sys.executable, "-c", script))
        writer = Writer(folder, snapshot)
    try:
        done = write_until_killed(writer)
        assert writer.generation.sequence == done
        kept = [path.name for path in (folder / NAME / "generations").iterdir()]
        assert {name.partition("-")[0] for name in kept} == {"0", str(done)}
        generation = writer.update(insert("last", G, H))
        found = [number for number in range(1, 10) if has(generation, f"w{number}")]
        assert (found, count(generation)) == (list(range(1, done + 1)), ROWS + 2 * done + 2)
    finally:
        writer.close()


@pytest.fixture
def busy_writer(folder: Path, snapshot: Snapshot) -> Iterator[Writer]:
    writer = Writer(folder, snapshot, WriterOptions(queue_wait_s=60))
    yield writer
    writer.close()


def test_writer_killed_at_random_keeps_exactly_what_it_acknowledged(busy_writer: Writer) -> None:
    chance, done, failed = random.Random(3), list[int](), list[int]()
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(chance.uniform(0.3, 0.9)):
            for pid in busy_writer.processes():
                subprocess.run(["kill", "-9", str(pid)], check=False, stderr=subprocess.DEVNULL)

    killer = threading.Thread(target=kill)
    killer.start()
    end, number = time.monotonic() + 8, 0
    while time.monotonic() < end:
        number += 1
        try:
            busy_writer.update(insert(f"w{number}", G, H))
            done.append(number)
        except (WorkerFailure, StoreError):
            failed.append(number)
    stop.set()
    killer.join()
    generation = busy_writer.generation
    for graph in (G, H):
        assert [number for number in done if not has(generation, f"w{number}", graph)] == []
        assert [number for number in failed if has(generation, f"w{number}", graph)] == []
    assert busy_writer.status()["writer_starts"] > 2
