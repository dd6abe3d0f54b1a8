"""Writes are whole, durable and in order; readers keep what they hold; failures leave nothing behind."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.endpoint import writer_folder, writer_store
from rolegraph.endpoint.writer import Writer, WriterOptions
from rolegraph.endpoint.writer_log import Record, WriteLog
from rolegraph.endpoint.writer_store import WriteStore
from rolegraph.errors import (
    Busy,
    Forbidden,
    QueryError,
    QueryMemory,
    QueryTimeout,
    StoreError,
    UnknownGraph,
    UnsupportedMediaType,
    WorkerFailure,
)
from rolegraph.snapshot import Snapshot
from servers import wait_until
from writes import ROWS, G, H, count, has, insert, make_snapshot

JOIN = "GRAPH ?f { ?a ?b ?c } GRAPH ?g { ?d ?e ?h } GRAPH ?i { ?j ?k ?l }"
RUNAWAY = (
    f"INSERT {{ <http://e/x> <http://e/n> ?n }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {JOIN} "
    f"{JOIN.replace('?', '?z')} FILTER(?a != ?j || ?c < ?l) }} }}"
)
BOMB = f"INSERT {{ ?a ?e ?c . ?d ?k ?l . ?a ?b ?l }} WHERE {{ {JOIN} }}"
NEWS = '<http://e/new> <http://e/p> "news" .'
BODIES = {
    "text/turtle": b'@prefix e: <http://e/> . e:new e:p "news" .',
    "text/turtle; charset=utf-8": b'<new> <p> "news" .',
    "application/n-triples": NEWS.encode(),
    "application/rdf+xml": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
    b'<rdf:Description rdf:about="http://e/new"><e:p>news</e:p></rdf:Description></rdf:RDF>',
    "application/ld+json": b'{"@id": "http://e/new", "http://e/p": "news"}',
}
NAMED = b'{"@id": "http://e/g", "@graph": {"@id": "http://e/new", "http://e/p": "news"}}'
FAULTS = {
    "text/turtle": b"<http://e/a> <http://e/b>\n\n <http://e/c> , .",
    "application/n-triples": b"\n\n<http://e/a> b .",
    "application/rdf+xml": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n\n<a></b>',
    "application/ld+json": b'{"@id":\n\n "http://e/a",, }',
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_snapshot(tmp_path_factory.mktemp("snapshot") / "made")


@pytest.fixture
def open_writer(snapshot: Snapshot, tmp_path: Path) -> Iterator[Callable[..., Writer]]:
    writers: list[Writer] = []

    def make(on: Snapshot = snapshot, folder: Path = tmp_path / "writable", **options: object) -> Writer:
        writers.append(Writer(folder, on, WriterOptions(**options)))  # type: ignore[arg-type]
        return writers[-1]

    yield make
    for writer in writers:
        writer.close()


@pytest.fixture
def writer(open_writer: Callable[..., Writer]) -> Writer:
    return open_writer()


def test_writer_reads_its_own_write(writer: Writer) -> None:
    assert (writer.generation.sequence, count(writer.generation)) == (0, ROWS)
    generation = writer.update(insert("one"))
    assert generation == writer.generation
    assert generation.sequence == 1
    assert has(generation, "one")


def test_snapshot_is_never_touched(snapshot: Snapshot, writer: Writer) -> None:
    def state() -> dict[str, tuple[int, bytes]]:
        return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in snapshot.store_path.iterdir()}

    before = state()
    writer.update("DROP ALL")
    writer.put_graph(G, NEWS.encode() * 40_000, "text/turtle", G)
    assert state() == before
    assert len(ox.Store.read_only(str(snapshot.store_path))) == ROWS


def test_writes_are_there_after_a_restart(open_writer: Callable[..., Writer]) -> None:
    first = open_writer()
    first.update(insert("one"))
    generation = first.update(insert("two"))
    first.close()
    second = open_writer()
    assert second.generation == generation
    assert has(second.generation, "one")
    assert second.update(insert("three")).sequence == 3


def test_generations_never_share_an_identity(open_writer: Callable[..., Writer], tmp_path: Path) -> None:
    seen = set()
    for name in ("a", "b"):  # as after the writes were set aside
        writer = open_writer(folder=tmp_path / name)
        seen |= {writer.generation.id, writer.update(insert(name)).id, writer.update(insert("same")).id}
    assert len(seen) == 5  # the snapshot as built is the same data in both


def test_using_graphs_are_what_where_sees(writer: Writer) -> None:
    template = f"GRAPH <{G}> {{ <http://e/seen> <http://e/p> ?o }}"
    text = f"INSERT {{ {template} }} WHERE {{ <http://e/s1> <http://e/p> ?o }}"
    assert not has(writer.update(text, default_graphs=[G]), "seen")
    assert has(writer.update(text, default_graphs=[H]), "seen")


@pytest.mark.parametrize("media_type", BODIES)
@pytest.mark.parametrize("as_file", [False, True])
def test_put_replaces_a_graph(writer: Writer, tmp_path: Path, media_type: str, as_file: bool) -> None:
    (tmp_path / "body").write_bytes(BODIES[media_type])
    data = tmp_path / "body" if as_file else BODIES[media_type]
    generation, is_new = writer.put_graph(G, data, media_type, "http://e/")
    assert (has(generation, "new"), count(generation, G), count(generation, H), is_new) == (
        True,
        1,
        150,
        False,
    )
    assert writer.put_graph("http://e/graph/c", data, media_type, "http://e/")[1]


def test_post_merges_into_a_graph(writer: Writer) -> None:
    generation, is_new = writer.post_graph(G, NEWS.encode(), "text/turtle", G)
    assert (count(generation, G), is_new) == (151, False)
    assert writer.post_graph("http://e/graph/c", NEWS.encode(), "text/turtle", G)[1]


def test_default_graph_is_a_graph_like_others(writer: Writer) -> None:
    generation, is_new = writer.put_graph(None, NEWS.encode(), "text/turtle", "http://e/")
    assert (has(generation, "new", None), is_new, count(generation)) == (True, False, ROWS + 1)
    generation, _ = writer.put_graph(
        None, NEWS.replace("new", "newer", 1).encode(), "text/turtle", "http://e/"
    )
    assert (has(generation, "new", None), has(generation, "newer", None)) == (False, True)
    assert count(writer.delete_graph(None)) == ROWS
    writer.delete_graph(None)


def test_delete_removes_a_graph_once(writer: Writer) -> None:
    assert count(writer.delete_graph(G)) == 150
    with pytest.raises(UnknownGraph, match="there is no graph <http://e/graph/a>"):
        writer.delete_graph(G)


def test_empty_body_makes_an_empty_graph(writer: Writer) -> None:
    assert writer.put_graph("http://e/graph/c", b"", "text/turtle", "http://e/")[1]
    assert not writer.put_graph("http://e/graph/c", b"", "text/turtle", "http://e/")[1]


@pytest.mark.parametrize("size", ["small", "large"])
def test_blank_nodes_of_two_requests_stay_apart(writer: Writer, size: str) -> None:
    lines = [f'_:same <http://e/p> "{n:0400d}" .\n' for n in range(1 if size == "small" else 3000)]
    for _ in range(2):
        generation, _ = writer.post_graph("http://e/graph/c", "".join(lines).encode(), "text/turtle", G)
    assert count(generation, "http://e/graph/c") == 2 * len(lines)


@pytest.mark.parametrize("media_type", FAULTS)
@pytest.mark.parametrize("method", ["put_graph", "post_graph"])
def test_fault_in_a_body_is_said_with_its_line(writer: Writer, media_type: str, method: str) -> None:
    before = writer.generation
    with pytest.raises(QueryError, match="line 3"):
        getattr(writer, method)(G, FAULTS[media_type], media_type, G)
    assert writer.generation == before


@pytest.mark.parametrize(
    ("error", "write"),
    [
        (QueryError, lambda w: w.update("INSERT DATA {")),
        (QueryError, lambda w: w.update(f"CREATE GRAPH <{G}>")),
        (QueryError, lambda w: w.update(insert("one") + f" ; CREATE GRAPH <{G}>")),
        (Forbidden, lambda w: w.update("LOAD <http://127.0.0.1:9/>")),
        (QueryError, lambda w: w.put_graph("no iri", b"", "text/turtle", G)),
        (QueryError, lambda w: w.put_graph(G, b"<a> <b> <c> .", "text/turtle", "no iri")),
        (UnsupportedMediaType, lambda w: w.put_graph(G, b"", "application/trig", G)),
        (UnsupportedMediaType, lambda w: w.put_graph(G, b"", "", G)),
        (QueryError, lambda w: w.put_graph(G, NAMED, "application/ld+json", G)),
        (QueryError, lambda w: w.put_graph(G, b'{"@context": "http://127.0.0.1:9/"}', "application/json", G)),
    ],
)
def test_refused_write_changes_nothing(
    writer: Writer, error: type[Exception], write: Callable[[Writer], object]
) -> None:
    before, processes = writer.generation, writer.processes()
    with pytest.raises(error):
        write(writer)
    assert (writer.generation, writer.processes()) == (before, processes)
    generation = writer.update(insert("two"))
    assert (has(generation, "two"), has(generation, "one")) == (True, False)


def test_write_past_its_time_is_stopped_whole(open_writer: Callable[..., Writer]) -> None:
    writer = open_writer(timeout_s=5.0)  # what a slow machine needs for the write that follows
    with pytest.raises(QueryTimeout, match="longer than 5 s"):
        writer.update(insert("one") + " ; " + RUNAWAY)
    assert writer.generation.sequence == 0
    generation = writer.update(insert("two"))
    assert (has(generation, "one"), has(generation, "two")) == (False, True)


def test_write_past_its_memory_is_stopped_whole(open_writer: Callable[..., Writer]) -> None:
    writer = open_writer(memory_mb=64, timeout_s=120)
    with pytest.raises(QueryMemory):
        writer.update(insert("one") + " ; " + BOMB)
    generation = writer.update(insert("two"))
    assert (has(generation, "one"), has(generation, "two"), generation.sequence) == (False, True, 1)


@pytest.mark.parametrize("options", [{"queue_wait_s": 0.1}, {"max_waiting": 0, "queue_wait_s": 60}])
def test_write_behind_a_long_one_is_busy(
    open_writer: Callable[..., Writer], options: dict[str, float]
) -> None:
    writer = open_writer(timeout_s=2.0, **options)

    def run_away() -> None:
        with suppress(QueryTimeout):
            writer.update(RUNAWAY)

    thread = threading.Thread(target=run_away)
    thread.start()
    wait_until(lambda: writer.status()["writes_waiting"] == 1)
    with pytest.raises(Busy):
        writer.update(insert("one"))
    thread.join()
    assert has(writer.update(insert("two")), "two")
    assert not has(writer.generation, "one")


def test_generation_stays_while_somebody_reads_it(writer: Writer) -> None:
    writer.update(insert("one"))
    with writer.lease() as held:
        newer = writer.update(insert("two"))
        writer.update(insert("three"))
        wait_until(lambda: not newer.store_path.exists())
        assert (has(held, "one"), has(held, "two")) == (True, False)
        with writer.lease() as newest:
            assert has(newest, "three")
    assert not held.store_path.exists()
    assert newest.store_path.exists()


def test_readers_never_see_half_an_update(writer: Writer) -> None:
    stop, seen = threading.Event(), list[tuple[int, int]]()

    def read() -> None:
        while not stop.is_set():
            with writer.lease() as generation:
                seen.append((count(generation, G), count(generation, H)))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(40):
        writer.update(insert(f"new{number}", G, H))
    stop.set()
    for reader in readers:
        reader.join()
    assert [pair for pair in seen if pair[0] != pair[1]] == []
    assert len(set(seen)) > 3


def test_writes_of_many_threads_are_all_made(open_writer: Callable[..., Writer]) -> None:
    writer = open_writer(queue_wait_s=60)
    threads = [threading.Thread(target=writer.update, args=(insert(f"t{number}"),)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (writer.generation.sequence, count(writer.generation, G)) == (12, 150 + 12)


def test_writer_killed_while_idle_is_replaced(writer: Writer) -> None:
    writer.update(insert("one"))
    os.kill(writer.processes()[0], signal.SIGKILL)
    generation = writer.update(insert("two"))
    assert (has(generation, "one"), has(generation, "two")) == (True, True)


def test_writer_killed_in_a_write_leaves_nothing_of_it(open_writer: Callable[..., Writer]) -> None:
    writer = open_writer(timeout_s=60)
    errors: list[Exception] = []

    def run_away() -> None:
        try:
            writer.update(insert("one") + " ; " + RUNAWAY)
        except WorkerFailure as error:
            errors.append(error)

    thread = threading.Thread(target=run_away)
    thread.start()
    pid = writer.processes()[0]
    wait_until(lambda: int(Path(f"/proc/{pid}/stat").read_text().split()[13]) > 50)  # it is at work
    os.kill(pid, signal.SIGKILL)
    thread.join()
    assert "SIGKILL" in str(errors[0])
    assert not has(writer.update(insert("two")), "one")


def test_one_writer_to_a_folder(
    writer: Writer, open_writer: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_folder, "_LOCK_WAIT_S", 0.1)
    with pytest.raises(StoreError, match="another server writes to this catalog"):
        open_writer()


@pytest.mark.parametrize("every", [1, 3, 1000])
def test_every_generation_holds_what_a_store_in_memory_holds(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    monkeypatch.setattr(writer_store, "_MAX_LOG_WRITES", every)
    store, model, chance = WriteStore(tmp_path / "live", snapshot.store_path), ox.Store(), random.Random(7)
    model.extend(ox.Store.read_only(str(snapshot.store_path)))
    for number in range(30):
        graph = chance.choice([G, H])
        text = chance.choice(
            [
                insert(f"r{number}", graph),
                f"DELETE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o "
                f"FILTER(STRENDS(STR(?o), '{number % 10}')) }} }}",
                f"COPY <{G}> TO <{H}>",
                f"CLEAR GRAPH <{graph}> ; " + insert(f"c{number}", G, H),
            ]
        )
        store.update(text, [], [], [])
        model.update(text)
        if number % 10 == 9:
            body = b"".join(b'<http://e/b%d> <http://e/p> "%0400d" .\n' % (n, n) for n in range(3000))
            store.put(graph, body, "text/turtle", G)
            model.clear_graph(ox.NamedNode(graph))
            model.bulk_load(body, ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))
        store.publish(tmp_path / f"g{number}")
        assert set(ox.Store.read_only(str(tmp_path / f"g{number}"))) == set(model)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(path)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_full_disk_keeps_nothing_of_a_write(open_writer: Callable[..., Writer], small_disk: Path) -> None:
    writer = open_writer(folder=small_disk / "writable")
    kept = writer.update(insert("one"))
    large = b"".join(b'<http://e/s%d> <http://e/p> "%s" .\n' % (n, b"x" * 200) for n in range(100_000))
    with pytest.raises(StoreError, match="No space left on device") as caught:
        writer.put_graph(G, large, "text/turtle", G)
    assert "\n" not in str(caught.value)
    assert writer.generation == kept
    assert has(writer.update(insert("two")), "one")  # what the write had taken of the disk is free again
    with (small_disk / "filler").open("wb") as filler, suppress(OSError):
        while True:
            filler.write(bytes(1 << 16))
            filler.flush()
    with pytest.raises(StoreError):
        writer.update(insert("three"))
    assert has(writer.generation, "two")
    (small_disk / "filler").unlink()
    generation = writer.update(insert("four"))
    assert (has(generation, "two"), has(generation, "three"), has(generation, "four")) == (True, False, True)
    writer.close()


def test_file_that_may_not_grow_keeps_nothing_of_a_write(open_writer: Callable[..., Writer]) -> None:
    writer = open_writer(max_file_mb=1)
    noise = random.Random(7)
    lines = (b'<http://e/s%d> <http://e/p> "%x" .\n' % (n, noise.getrandbits(800)) for n in range(30_000))
    large = b"".join(lines)
    with pytest.raises(StoreError, match="File too large"):
        writer.post_graph(G, large, "text/turtle", G)
    assert count(writer.update(insert("one"))) == ROWS + 1


def test_log_that_cannot_be_synced_takes_the_write_back(
    open_writer: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    writer = open_writer()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(StoreError, match="nothing of it is kept"):
            writer.update(insert("one"))
    assert not has(writer.update(insert("two")), "one")
    writer.close()
    again = open_writer()
    assert (again.generation.sequence, has(again.generation, "two")) == (1, True)


def test_log_that_cannot_be_repaired_takes_no_more_writes(
    open_writer: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(5, "Input/output error")

    writer = open_writer()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        patch.setattr(os, "ftruncate", fail)
        with pytest.raises(StoreError):
            writer.update(insert("one"))
    assert writer.status()["log_broken"]
    with pytest.raises(StoreError, match="until the server starts again"):
        writer.update(insert("two"))
    assert writer.generation.sequence == 0


@pytest.mark.parametrize("tail", [b"\0\0\0\0", b"0123", b'deadbeef {"sequence":9}\n'])
def test_line_that_a_crash_cut_off_is_removed(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "log"
    log = WriteLog.create(path, Record(0, "0-a", "snapshot"))
    log.append(Record(1, "1-b", "update"))
    log.close()
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    log = WriteLog(path)
    assert log.last.generation == "1-b"
    assert path.read_bytes() == whole
    log.append(Record(2, "2-c", "update"))
    assert [record.sequence for record in log.records()] == [0, 1, 2]
    log.close()


@pytest.mark.parametrize("content", [b"", b"garbage", b"garbage\ngarbage\n"])
def test_damaged_log_is_said(writer: Writer, open_writer: Callable[..., Writer], content: bytes) -> None:
    writer.close()
    log = writer.generation.store_path.parent.parent / "log"
    log.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        open_writer()


def test_missing_generation_is_said(writer: Writer, open_writer: Callable[..., Writer]) -> None:
    generation = writer.update(insert("one"))
    writer.close()
    shutil.rmtree(generation.store_path)
    with pytest.raises(StoreError, match="the store of the last write is missing"):
        open_writer()
