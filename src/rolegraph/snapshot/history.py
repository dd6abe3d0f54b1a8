"""A snapshot and the releases in, one store of the current graphs and all releases out, for queries of both.

It stands beside the snapshots, since a snapshot's own store must hold no release: its default graph is the
union of all graphs that are there. Nothing in it cannot be made again from the snapshot and the releases.
"""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pyoxigraph as ox
from msgspec import Struct

from rolegraph.errors import StoreError
from rolegraph.iris import Iris
from rolegraph.model.release import HISTORY_GRAPH, ReleaseGraph
from rolegraph.snapshot.dump import compare_dumps, open_compressed, read_dump
from rolegraph.snapshot.opening import WORK_FOLDER, Snapshot, is_whole, read_snapshot, snapshots_folder
from rolegraph.snapshot.publish import put_in_place, temporary_folder
from rolegraph.snapshot.releases import RECORD_FILE, RELEASE_FILE, Release, list_releases
from rolegraph.store import HistoryGraphs

_FILE: Final = "history.json"
_ID_DIGITS: Final = 16
_KEPT: Final = 2
"""The newest, and the one that servers and queries may still read."""
_MOST_CHANGES: Final = 200_000
"""So many lines are held in memory at most."""


class _Contents(Struct, frozen=True, kw_only=True):
    """What `history.json` says."""

    current: tuple[str, ...]
    history: str
    releases: tuple[ReleaseGraph, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A store that holds a snapshot's graphs and all releases.

    `generation` names the data: the snapshot, and what was released.
    """

    generation: str
    path: Path
    releases: tuple[ReleaseGraph, ...]
    graphs: HistoryGraphs

    @property
    def store_path(self) -> Path:
        """The Oxigraph store on disk."""
        return self.path / "store"

    def open_store(self) -> ox.Store:
        """The store, read-only.

        Raises:
            StoreError: it is missing or damaged.
        """
        try:
            return ox.Store.read_only(str(self.store_path))
        except (OSError, ValueError, RuntimeError) as error:
            found = f"{self.path}: the store of the releases is missing or damaged ({error})"
            raise StoreError(f"{found}; remove the folder if it is there, and build again") from error


def history_folder(directory: Path) -> Path:
    """Where the stores of history of a catalog lie."""
    return directory / WORK_FOLDER / "history"


def find_history(directory: Path, snapshot: Snapshot) -> History | None:
    """The newest store of history of a snapshot; None where nothing is released.

    A snapshot may lack the store although there are releases, as after a crash. What is given then knows
    the releases all the same, so that a query of one fails, and is not answered as if there were none.

    Raises:
        StoreError: what it holds cannot be read.
    """
    found = history_folder(directory).glob(f"{snapshot.id}-*")
    newest = max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
    if newest is not None:
        return _read(newest)
    releases = list_releases(directory)
    if not releases:
        return None
    return _history(_target(directory, snapshot, releases), _contents(snapshot, releases))


def _read(path: Path) -> History:
    try:
        contents = msgspec.json.decode((path / _FILE).read_bytes(), type=_Contents)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: the store of history is damaged ({error}); build again") from error
    return _history(path, contents)


def _history(path: Path, contents: _Contents) -> History:
    historic = frozenset([contents.history, *(release.graph for release in contents.releases)])
    graphs = HistoryGraphs(contents.current, historic)
    return History(path.name.replace("-", "+"), path, contents.releases, graphs)


def _contents(snapshot: Snapshot, releases: Sequence[Release]) -> _Contents:
    iris = Iris(snapshot.base_iri)
    return _Contents(
        current=tuple(iris.graph(name) for name in snapshot.manifest["graphs"]),
        history=iris.graph(HISTORY_GRAPH),
        releases=tuple(release.graph for release in releases),
    )


def refresh_history(directory: Path, snapshot: Snapshot) -> bool:
    """Make the store of history of a snapshot, where there are releases and it is not there yet.

    Call it with the build lock held.

    Returns:
        whether one was made.
    Raises:
        StoreError: a release is damaged.
    """
    releases = list_releases(directory)
    if not releases:
        return False
    target = _target(directory, snapshot, releases)
    if _is_there(target):
        for release in releases:
            release.verify()
        os.utime(target)  # the newest is in use, whatever a release that was removed has left
        return False
    with temporary_folder(history_folder(directory)) as work:
        made = make_history(directory, work, snapshot, releases)
        publish_history(directory, snapshot, releases, made)
    return True


def make_history(directory: Path, work: Path, snapshot: Snapshot, releases: Sequence[Release]) -> Path:
    """Make a store of history in a temporary folder.

    What an earlier one has loaded is taken from there by links: the releases, and the current graphs too
    where their snapshot differs little, as from one build to the next.

    Args:
        directory: the catalog's root.
        work: the folder.
        snapshot: what is current.
        releases: the releases to load beside it.
    Returns:
        the folder of the store, for `publish_history`.
    Raises:
        StoreError: a release is damaged, or something was lost on the way.
    """
    made = work / "history"
    made.mkdir()
    start = _find_start(directory, snapshot, releases)
    ox.Store.read_only(str(start.store)).backup(str(made / "store"))
    store = ox.Store(str(made / "store"))
    _apply(store, start.changes)
    expected = snapshot.quads
    for number, release in enumerate(releases):
        release.verify()
        history = release.history_lines()
        expected += release.record.triples + history.count(b"\n")
        if number >= start.loaded:
            _load(store, release)
            store.bulk_load(history, format=ox.RdfFormat.N_QUADS)
    if len(store) != expected:
        raise StoreError(f"the store of history holds {len(store)} quads, not {expected}; report this")
    store.flush()
    del store
    gc.collect()  # closes the store's files before the folder is renamed
    contents = _contents(snapshot, releases)
    (made / _FILE).write_bytes(msgspec.json.format(msgspec.json.encode(contents), indent=2) + b"\n")
    return made


class _Start(NamedTuple):
    """A store to begin with: how many releases it holds, the earliest first, and what to change in it."""

    store: Path
    loaded: int = 0
    changes: tuple[tuple[bool, bytes], ...] = ()


def _find_start(directory: Path, snapshot: Snapshot, releases: Sequence[Release]) -> _Start:
    """The store that holds most of what is wanted; that of the snapshot, where nothing better is there."""
    for count in range(len(releases), 0, -1):
        digest = _digest(releases[:count])
        for path in sorted(history_folder(directory).glob(f"*-{digest}")):
            other = snapshots_folder(directory) / path.name.removesuffix(f"-{digest}")
            limit = min(sum(release.record.triples for release in releases[:count]) // 4, _MOST_CHANGES)
            changes = _changes(other, snapshot, limit) if _holds(path, other, releases[:count]) else None
            if changes is not None:
                return _Start(path / "store", count, changes)
    return _Start(snapshot.store_path)


def _holds(path: Path, snapshot: Path, releases: Sequence[Release]) -> bool:
    """Whether a store of history is whole: a damaged one must not spoil those that are made from it."""
    try:
        expected = read_snapshot(snapshot).quads
        expected += sum(r.record.triples + r.history_lines().count(b"\n") for r in releases)
        return len(_read(path).open_store()) == expected
    except OSError:
        return False


def _changes(other: Path, snapshot: Snapshot, limit: int) -> tuple[tuple[bool, bytes], ...] | None:
    """What makes the current graphs of another snapshot those of this one; None if that is more than a few.

    A quad that comes or goes alone takes about three times as long as one that is loaded with many.
    """
    if other == snapshot.path:
        return ()
    if not is_whole(other):
        return None
    found = compare_dumps(read_dump(read_snapshot(other).dump_path), read_dump(snapshot.dump_path))
    changes = tuple(islice(found, limit + 1))
    return changes if len(changes) <= limit else None


def _apply(store: ox.Store, changes: Iterable[tuple[bool, bytes]]) -> None:
    sides: dict[bool, list[bytes]] = {False: [], True: []}
    for is_added, line in changes:
        sides[is_added].append(line)
    for quad in ox.parse(b"".join(sides[False]), format=ox.RdfFormat.N_QUADS):
        store.remove(quad)
    store.bulk_load(b"".join(sides[True]), format=ox.RdfFormat.N_QUADS)


def _load(store: ox.Store, release: Release) -> None:
    with open_compressed(release.path / RELEASE_FILE) as stream:
        store.bulk_load(stream, format=ox.RdfFormat.N_QUADS)


def publish_history(directory: Path, snapshot: Snapshot, releases: Sequence[Release], made: Path) -> None:
    """Give a store of history its name, and remove those that nobody reads any more."""
    target = _target(directory, snapshot, releases)
    put_in_place(made, target)
    others = [path for path in target.parent.iterdir() if path != target and (path / _FILE).is_file()]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _target(directory: Path, snapshot: Snapshot, releases: Sequence[Release]) -> Path:
    return history_folder(directory) / f"{snapshot.id}-{_digest(releases)}"


def _digest(releases: Iterable[Release]) -> str:
    """A name for what was released."""
    digest = hashlib.sha256()
    for release in releases:
        digest.update((release.path / RECORD_FILE).read_bytes())
    return digest.hexdigest()[:_ID_DIGITS]


def _is_there(path: Path) -> bool:
    with suppress(StoreError):
        return len(_read(path).open_store()) > 0
    return False
