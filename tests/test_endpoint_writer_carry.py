"""Writes on another snapshot are refused, carried over or set aside; none is ever deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.endpoint.writer import Writer, WriterOptions
from rolegraph.endpoint.writer_carry import differences
from rolegraph.errors import StoreError
from rolegraph.snapshot import Snapshot
from writes import ROWS, G, H, count, has, insert, make_snapshot

OLD, NEW = "0000000000000001", "0000000000000002"
WRITES = [
    insert("one", G, H),
    f'DELETE DATA {{ GRAPH <{G}> {{ <http://e/s100> <http://e/p> "value 100" }} }}',
    f'DELETE DATA {{ GRAPH <{G}> {{ <http://e/s0> <http://e/p> "value 0" }} }}',
    insert("passing"),
    f"DELETE DATA {{ GRAPH <{G}> {{ <http://e/passing> <http://e/p> <http://e/o> }} }}",
    f"INSERT {{ GRAPH <{G}> {{ <http://e/named> <http://e/p> ?id . _:b <http://e/p> _:b }} }} "
    "WHERE { BIND(UUID() AS ?id) }",
    "CREATE GRAPH <http://e/graph/empty>",
]


@pytest.fixture
def old(tmp_path: Path) -> Snapshot:
    return make_snapshot(tmp_path / "old", OLD)


@pytest.fixture
def new(tmp_path: Path) -> Snapshot:
    """It lacks the first 50 quads of the old one, and has 50 more."""
    return make_snapshot(tmp_path / "new", NEW, first=50)


@pytest.fixture
def open_writer(tmp_path: Path) -> Iterator[Callable[..., Writer]]:
    writers: list[Writer] = []

    def make(snapshot: Snapshot, **options: str) -> Writer:
        writers.append(Writer(tmp_path / "writable", snapshot, WriterOptions(**options)))  # type: ignore[arg-type]
        return writers[-1]

    yield make
    for writer in writers:
        writer.close()


@pytest.fixture
def written(old: Snapshot, open_writer: Callable[..., Writer]) -> ox.Dataset:
    """What the last generation on the old snapshot holds, after its writer has ended."""
    writer = open_writer(old)
    for text in WRITES:
        writer.update(text)
    writer.close()
    return ox.Dataset(ox.Store.read_only(str(writer.generation.store_path)))


def folders(tmp_path: Path) -> list[str]:
    """The folders of writes, without the dates in their names."""
    paths = [path.name for path in (tmp_path / "writable").iterdir() if path.is_dir()]
    return sorted(f"{name.partition('-')[0]} {name.rpartition('-')[2]}" for name in paths)


def test_writes_on_another_snapshot_are_refused_with_both_ways_out(
    written: ox.Dataset, new: Snapshot, open_writer: Callable[..., Writer], tmp_path: Path
) -> None:
    with pytest.raises(
        StoreError, match=r"7 writes on snapshot 0+1,.* --writes carry .* --writes discard"
    ) as e:
        open_writer(new)
    assert "\n" not in str(e.value)
    assert f"{OLD} {OLD}" in folders(tmp_path)


def test_snapshot_without_writes_gives_way(
    old: Snapshot, new: Snapshot, open_writer: Callable[..., Writer], tmp_path: Path
) -> None:
    open_writer(old).close()
    assert count(open_writer(new).generation) == ROWS
    assert folders(tmp_path) == [f"{NEW} {NEW}"]


def test_discard_sets_writes_aside(
    written: ox.Dataset, new: Snapshot, open_writer: Callable[..., Writer], tmp_path: Path
) -> None:
    writer = open_writer(new, writes="discard")
    assert (writer.generation.sequence, has(writer.generation, "one")) == (0, False)
    assert folders(tmp_path) == [f"{NEW} {NEW}", f"discarded {OLD}"]
    kept = next((tmp_path / "writable").glob("discarded-*/generations/7-*"))
    assert ox.Dataset(ox.Store.read_only(str(kept))) == written


def test_discard_leaves_writes_on_the_same_snapshot(
    written: ox.Dataset, old: Snapshot, open_writer: Callable[..., Writer]
) -> None:
    assert has(open_writer(old, writes="discard").generation, "one")


def test_carry_makes_the_same_changes_to_another_snapshot(
    written: ox.Dataset, new: Snapshot, open_writer: Callable[..., Writer], tmp_path: Path
) -> None:
    writer = open_writer(new, writes="carry")
    store = ox.Store.read_only(str(writer.generation.store_path))
    added = [quad for quad in written if "/s" not in str(quad.subject)]
    removed = ox.NamedNode("http://e/s100")
    expected = {quad for quad in ox.Store.read_only(str(new.store_path)) if quad.subject != removed}
    assert len(added) == 4
    assert set(store) == expected | set(added)  # UUIDs and blank nodes are those of the first time
    assert store.contains_named_graph(ox.NamedNode("http://e/graph/empty"))
    assert folders(tmp_path) == [f"{NEW} {NEW}", f"carried {OLD}"]


def test_carry_is_finished_but_not_repeated_after_a_crash(
    written: ox.Dataset, new: Snapshot, open_writer: Callable[..., Writer], tmp_path: Path
) -> None:
    open_writer(new, writes="carry").close()
    carried = next((tmp_path / "writable").glob("carried-*"))
    carried.rename(tmp_path / "writable" / OLD)  # as if it had ended before it was set aside
    writer = open_writer(new)
    assert writer.generation.sequence == 1
    assert folders(tmp_path) == [f"{NEW} {NEW}", f"carried {OLD}"]


def test_carried_writes_can_be_carried_on(
    written: ox.Dataset, new: Snapshot, open_writer: Callable[..., Writer], tmp_path: Path
) -> None:
    first = open_writer(new, writes="carry")
    first.update(insert("two"))
    first.close()
    third = open_writer(make_snapshot(tmp_path / "third", "0000000000000003"), writes="carry")
    assert (has(third.generation, "one"), has(third.generation, "two")) == (True, True)
    # The second snapshot had no quad 0 any more, so that nothing says that a write had removed it.
    assert (has(third.generation, "s100"), has(third.generation, "s0")) == (False, True)


def test_differences_need_no_order() -> None:
    quads = [
        ox.Quad(ox.NamedNode(f"http://e/{n}"), ox.NamedNode("http://e/p"), ox.Literal(n)) for n in range(9)
    ]

    class Shuffled(list[ox.Quad]):
        pass

    before, after = Shuffled(quads[:7]), Shuffled([quads[8], *reversed(quads[2:7]), quads[7]])
    found = sorted(f"{kind} {quad.object.value}" for kind, quad in differences(before, after))  # type: ignore[arg-type]
    assert found == ["added 7", "added 8", "removed 0", "removed 1"]
