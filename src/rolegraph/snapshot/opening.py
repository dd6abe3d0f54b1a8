"""A catalog directory in, its current snapshot out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rolegraph.errors import StoreError

WORK_FOLDER: Final = ".rolegraph"
POINTER: Final = "CURRENT"


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
    try:
        manifest = json.loads((folder / name / "manifest.json").read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder / name}: the snapshot is damaged ({error}); build again") from error
    return Snapshot(id=name, path=folder / name, manifest=manifest)
