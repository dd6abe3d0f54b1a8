"""A catalog directory in, its current snapshot out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import zstandard

from rolegraph.describe.statistics import STATISTICS_FILE
from rolegraph.errors import StoreError
from rolegraph.snapshot.dump import open_compressed, read_dump

_BATCH_LINES: Final = 1 << 14
WORK_FOLDER: Final = ".rolegraph"
POINTER: Final = "CURRENT"
IMPORT_REPORT: Final = "import-report.csv"
"""In the work folder: what the last build changed in tables that it imported, or could not place."""


def snapshots_folder(directory: Path) -> Path:
    """Where the snapshots of a catalog lie."""
    return directory / WORK_FOLDER / "snapshots"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published snapshot: its id, folder and manifest."""

    id: str
    path: Path
    manifest: dict[str, Any]

    @property
    def base_iri(self) -> str:
        """The data namespace of the catalog."""
        return str(self.manifest["base_iri"])

    @property
    def store_path(self) -> Path:
        """The Oxigraph store on disk; open it with `pyoxigraph.Store.read_only`."""
        return self.path / "store"

    @property
    def dump_path(self) -> Path:
        """The sorted N-Quads, compressed with zstandard."""
        return self.path / "graph.nq.zst"

    @property
    def statistics_path(self) -> Path:
        """How much of what the graphs hold; snapshots of earlier releases have no such file."""
        return self.path / STATISTICS_FILE

    @property
    def quads(self) -> int:
        """Number of quads in all graphs."""
        return sum(self.manifest["graphs"].values())


def open_snapshot(directory: Path) -> Snapshot:
    """Find the snapshot that CURRENT names.

    Args:
        directory: the catalog's root.
    Raises:
        StoreError: nothing was built yet, or what CURRENT names is not whole.
    """
    folder = snapshots_folder(directory)
    try:
        name = (folder / POINTER).read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        advice = f"run `rolegraph build --catalog {directory}` first"
        raise StoreError(f"{directory}: no snapshot is built yet; {advice}") from error
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder / POINTER} cannot be read ({error}); build again") from error
    if not re.fullmatch(r"[0-9a-f]{16}", name):
        raise StoreError(f"{folder / POINTER} names no snapshot; build again")
    try:
        return read_snapshot(folder / name)
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder / name}: the snapshot is damaged ({error}); build again") from error


def read_snapshot(path: Path) -> Snapshot:
    """Read the manifest of a snapshot's folder.

    Raises:
        OSError, ValueError: it is missing, or not what a build writes.
    """
    manifest = json.loads((path / "manifest.json").read_bytes())
    if not isinstance(manifest, dict) or manifest.get("id") != path.name:
        raise ValueError("the manifest is not that of this snapshot")
    graphs = manifest.get("graphs")
    has_counts = isinstance(graphs, dict) and all(isinstance(count, int) for count in graphs.values())
    if not has_counts or not isinstance(manifest.get("base_iri"), str):
        raise ValueError("the manifest is not whole")
    return Snapshot(id=path.name, path=path, manifest=manifest)


def open_store(snapshot: Snapshot) -> ox.Store:
    """The snapshot's store on disk, read-only.

    Raises:
        StoreError: it is missing or damaged.
    """
    try:
        return ox.Store.read_only(str(snapshot.store_path))
    except (OSError, ValueError, RuntimeError) as error:
        raise StoreError(f"{snapshot.store_path}: the store is damaged ({error}); build again") from error


def load_store(snapshot: Snapshot, folder: Path | None = None) -> ox.Store:
    """The whole dump in a store: for a release, which has no store of its own.

    Args:
        snapshot: whose dump is read.
        folder: where the store is made; None for memory, of which a quad takes about 340 bytes.
    Raises:
        StoreError: the dump is missing or damaged.
    """
    store = ox.Store() if folder is None else ox.Store(folder)
    with _told(snapshot):
        with open_compressed(snapshot.dump_path) as stream:
            store.bulk_load(stream, format=ox.RdfFormat.N_QUADS)
        _check_count(store, snapshot.quads)
    return store


def load_graphs(snapshot: Snapshot, graphs: Collection[str]) -> ox.Store:
    """Some named graphs of the dump, which is read to its end, in a store in memory.

    Raises:
        StoreError: the dump is missing or damaged.
    """
    store = ox.Store()
    ends = tuple(f" <{snapshot.base_iri}graph/{name}> .\n".encode() for name in graphs)
    with _told(snapshot):
        lines = (line for line in read_dump(snapshot.dump_path) if line.endswith(ends))
        while batch := b"".join(islice(lines, _BATCH_LINES)):
            store.load(batch, format=ox.RdfFormat.N_QUADS)
        _check_count(store, sum(snapshot.manifest["graphs"].get(name, 0) for name in graphs))
    return store


@contextmanager
def _told(snapshot: Snapshot) -> Iterator[None]:
    """Say of which dump a fault is."""
    try:
        yield
    except (OSError, ValueError, zstandard.ZstdError) as error:
        raise StoreError(f"{snapshot.dump_path}: the dump is damaged ({error})") from error


def _check_count(store: ox.Store, expected: int) -> None:
    if len(store) != expected:
        raise ValueError(f"{len(store)} quads and not {expected}")


def is_whole(path: Path) -> bool:
    """Whether a snapshot is there and what its manifest says: the dump's hash, the store's size."""
    digest = hashlib.sha256()
    try:
        snapshot = read_snapshot(path)
        with open_compressed(snapshot.dump_path) as dump:
            while block := dump.read(1 << 20):
                digest.update(block)
        return (
            digest.hexdigest() == snapshot.manifest["graph_sha256"]
            and (path / "build.json").is_file()
            and len(open_store(snapshot)) == snapshot.quads
        )
    except (OSError, ValueError, KeyError, zstandard.ZstdError):
        return False
