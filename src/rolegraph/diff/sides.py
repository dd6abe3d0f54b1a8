"""The names of two snapshots or releases in, what a comparison reads of each out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rolegraph.diff.subjects import read_blocks
from rolegraph.documents import listed
from rolegraph.errors import StoreError
from rolegraph.snapshot.opening import Snapshot, open_snapshot, snapshots_folder
from rolegraph.snapshot.releases import find_release
from rolegraph.snapshot.report_file import REPORT_FILE

CURRENT: Final = "CURRENT"
PREVIOUS: Final = "PREVIOUS"
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared; `name` is what people call it."""

    name: str
    snapshot: Snapshot

    @property
    def title(self) -> str:
        """Its name with its id."""
        shown = self.snapshot.id
        return self.name if self.name == shown else f"{self.name} ({shown})"

    @property
    def report_path(self) -> Path | None:
        """Its report, or None where the snapshot is of a release that kept none."""
        path = self.snapshot.path / REPORT_FILE
        return path if path.is_file() else None

    def blocks(self) -> Iterator[bytes]:
        """Its dump, in blocks of whole subjects.

        Raises:
            StoreError: the dump is missing or damaged.
        """
        return read_blocks(self.snapshot.dump_path, self.snapshot.quads)


def find_sides(directory: Path, before: str, after: str) -> tuple[Side, Side]:
    """Find two snapshots, each by any name that `find_side` knows.

    Raises:
        StoreError: with all that is wrong with either; or they cannot be compared.
    """
    sides, faults = [], []
    for name in (before, after):
        try:
            sides.append(find_side(directory, name))
        except StoreError as error:
            faults.append(str(error))
    if faults:
        raise StoreError("\n".join(dict.fromkeys(faults)))
    first, second = sides
    if first.snapshot.base_iri != second.snapshot.base_iri:
        bases = f"{first.name} is of {first.snapshot.base_iri}, {second.name} of {second.snapshot.base_iri}"
        raise StoreError(f"{bases}: no IRI is in both; compare snapshots with the same base_iri")
    return first, second


def find_side(directory: Path, name: str) -> Side:
    """Find a snapshot by name: this is the one place that knows what names there are.

    Args:
        directory: the catalog's root.
        name: CURRENT, PREVIOUS, the version of a release, an id or its beginning, or the path of the
            folder of a snapshot or release.
    Raises:
        StoreError: there is no such snapshot, or several, or it is damaged.
    """
    if name == CURRENT:
        return Side(name, open_snapshot(directory))
    if name == PREVIOUS:
        return Side(name, _previous(directory))
    if "/" in name or (Path(name) / "manifest.json").is_file():
        return Side(name, _read(Path(name)))
    if "." in name:
        # No id of a snapshot has a dot, and every version has one.
        release = find_release(directory, name)
        release.verify()
        return Side(name, _read(release.path))
    return Side(name, _by_id(directory, name))


def read_side(name: str, path: Path) -> Side:
    """A snapshot by its folder, or by that of a release of it, under a name of one's own.

    Raises:
        StoreError: there is none, or it is damaged.
    """
    return Side(name, _read(path))


def _by_id(directory: Path, name: str) -> Snapshot:
    known = _newest_first(directory)
    matching = [path for path in known if path.name.startswith(name)] if name else []
    if len(matching) == 1:
        return _read(matching[0])
    if matching:
        raise StoreError(f"{name}: several snapshots begin so ({_shown(matching)}); write more of the id")
    there = f"there is {_shown(known)}" if known else f"none is built yet in {directory}"
    others = f"{CURRENT}, {PREVIOUS}, the version of a release, or the path of a folder"
    raise StoreError(f"{name}: no such snapshot; {there}, {others}")


def _previous(directory: Path) -> Snapshot:
    """The newest of the snapshots that were built before the current one."""
    current = _built(open_snapshot(directory).path)
    for path in _newest_first(directory):
        if _built(path) < current:
            return _read(path)
    raise StoreError(f"{PREVIOUS}: {directory} has no snapshot older than the current one; build again later")


def _newest_first(directory: Path) -> list[Path]:
    folder = snapshots_folder(directory)
    names = folder.iterdir() if folder.is_dir() else iter(())
    found = [path for path in names if re.fullmatch("[0-9a-f]{16}", path.name) and _built(path)]
    return sorted(found, key=lambda path: (-_built(path), path.name))


def _built(path: Path) -> int:
    """When a snapshot was built, in nanoseconds; 0 for a folder that is none."""
    try:
        return (path / "manifest.json").stat().st_mtime_ns
    except OSError:
        return 0


def _shown(paths: list[Path]) -> str:
    return listed([path.name for path in paths], _SHOWN)


def _read(path: Path) -> Snapshot:
    """A snapshot by its folder, which may have been copied under another name."""
    try:
        manifest = json.loads((path / "manifest.json").read_bytes())
        snapshot = Snapshot(id=str(manifest["id"]), path=path, manifest=manifest)
        known = snapshot.base_iri, snapshot.quads  # what a comparison needs of the manifest
    except OSError as error:
        raise StoreError(f"{path}: no snapshot is there ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path}: the snapshot is damaged (its manifest cannot be read)") from error
    if not known[0] or not snapshot.dump_path.is_file():
        raise StoreError(f"{path}: the snapshot is damaged (it has no {snapshot.dump_path.name})")
    return snapshot
