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
from pathlib import Path
from typing import Final

import msgspec
import pyoxigraph as ox
from msgspec import Struct

from rolegraph.errors import StoreError
from rolegraph.iris import Iris
from rolegraph.model.release import HISTORY_GRAPH, ReleaseGraph
from rolegraph.snapshot.opening import WORK_FOLDER, Snapshot
from rolegraph.snapshot.publish import put_in_place, temporary_folder
from rolegraph.snapshot.releases import RECORD_FILE, Release, list_releases
from rolegraph.store import HistoryGraphs

_FILE: Final = "history.json"
_ID_DIGITS: Final = 16
_KEPT: Final = 2
"""The newest, and the one that servers and queries may still read."""


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
    """Make a store of history in a temporary folder; of releases that are loaded already, by links.

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
    loaded = _loaded(directory, snapshot, releases)
    start = _target(directory, snapshot, releases[:loaded]) / "store" if loaded else snapshot.store_path
    ox.Store.read_only(str(start)).backup(str(made / "store"))
    store = ox.Store(str(made / "store"))
    expected = snapshot.quads
    for number, release in enumerate(releases):
        release.verify()
        history = release.history_lines()
        expected += release.record.triples + history.count(b"\n")
        if number >= loaded:
            _load(store, release.lines(), work / "lines.nq")
            store.bulk_load(history, format=ox.RdfFormat.N_QUADS)
    if len(store) != expected:
        raise StoreError(f"the store of history holds {len(store)} quads, not {expected}; report this")
    store.flush()
    del store
    gc.collect()  # closes the store's files before the folder is renamed
    contents = _contents(snapshot, releases)
    (made / _FILE).write_bytes(msgspec.json.format(msgspec.json.encode(contents), indent=2) + b"\n")
    return made


def _loaded(directory: Path, snapshot: Snapshot, releases: Sequence[Release]) -> int:
    """How many releases, the earliest first, are in a store of the snapshot already."""
    counts = range(len(releases) - 1, 0, -1)
    return next((n for n in counts if _is_there(_target(directory, snapshot, releases[:n]))), 0)


def _load(store: ox.Store, lines: Iterable[bytes], path: Path) -> None:
    with path.open("wb", buffering=1 << 20) as stream:
        stream.writelines(lines)
    store.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
    path.unlink()


def publish_history(directory: Path, snapshot: Snapshot, releases: Sequence[Release], made: Path) -> None:
    """Give a store of history its name, and remove those that nobody reads any more."""
    target = _target(directory, snapshot, releases)
    put_in_place(made, target)
    others = [path for path in target.parent.iterdir() if path != target and (path / _FILE).is_file()]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[_KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _target(directory: Path, snapshot: Snapshot, releases: Sequence[Release]) -> Path:
    digest = hashlib.sha256()
    for release in releases:
        digest.update((release.path / RECORD_FILE).read_bytes())
    return history_folder(directory) / f"{snapshot.id}-{digest.hexdigest()[:_ID_DIGITS]}"


def _is_there(path: Path) -> bool:
    with suppress(StoreError):
        return len(_read(path).open_store()) > 0
    return False
