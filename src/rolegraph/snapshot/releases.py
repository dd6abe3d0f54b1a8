"""A catalog directory in, its releases out: read, checked against their hashes, as lines of a named graph."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from rolegraph.documents import listed
from rolegraph.errors import ReleaseError, StoreError
from rolegraph.iris import Iris
from rolegraph.model.release import OWN_GRAPHS, FrozenFile, ReleaseGraph, ReleaseRecord, Version
from rolegraph.snapshot.dump import read_dump
from rolegraph.snapshot.opening import WORK_FOLDER, Snapshot
from rolegraph.snapshot.own import own_lines

RECORD_FILE: Final = "release.json"
DUMP_FILE: Final = "graph.nq.zst"
"""The dump of the snapshot, with all graphs."""
RELEASE_FILE: Final = "release.nq.zst"
"""The named graph of the release."""
HISTORY_FILE: Final = "history.nq"
"""What a release adds to the graph of history: the release itself, and what happened to concepts in it."""

_SHOWN: Final = 5


def releases_folder(directory: Path) -> Path:
    """Where the releases of a catalog lie: unlike snapshots, they cannot be built again."""
    return directory / WORK_FOLDER / "releases"


@dataclass(frozen=True, slots=True)
class Release:
    """A release: what is recorded of it, and its folder."""

    record: ReleaseRecord
    path: Path

    @property
    def version(self) -> Version:
        """Its version."""
        return Version(self.record.version)

    @property
    def graph(self) -> ReleaseGraph:
        """What queries see of it."""
        iris, record = Iris(self.record.base_iri), self.record
        return ReleaseGraph(
            version=record.version,
            iri=iris.release(record.version),
            graph=iris.release_graph(record.version),
            triples=record.triples,
            issued=record.issued,
        )

    def snapshot(self) -> Snapshot:
        """What it froze: all of the snapshot but its store.

        Raises:
            StoreError: a file of the release is missing or was changed.
        """
        self.verify()
        manifest = json.loads((self.path / "manifest.json").read_bytes())
        return Snapshot(id=self.record.snapshot, path=self.path, manifest=manifest)

    def history_lines(self) -> bytes:
        """What it adds to the graph of history.

        Raises:
            StoreError: the file cannot be read.
        """
        try:
            return (self.path / HISTORY_FILE).read_bytes()
        except OSError as error:
            found = f"{HISTORY_FILE} cannot be read: {error.strerror}"
            raise StoreError(_damaged(self.path, found)) from error

    def verify(self) -> None:
        """Compare every file with what was recorded of it.

        Raises:
            StoreError: a file is missing or was changed.
        """
        for name, frozen in self.record.files.items():
            try:
                found = describe_file(self.path / name)
            except OSError as error:
                raise StoreError(_damaged(self.path, f"{name} cannot be read: {error.strerror}")) from error
            if found != frozen:
                raise StoreError(_damaged(self.path, f"{name} is not what was released"))


def _damaged(path: Path, what: str) -> str:
    return f"{path}: the release is damaged ({what}); restore its folder from a backup, or remove it"


def describe_file(path: Path) -> FrozenFile:
    """Hash and size of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return FrozenFile(sha256=digest, size_bytes=path.stat().st_size)


def list_releases(directory: Path) -> list[Release]:
    """All releases of a catalog, the earliest version first.

    Raises:
        StoreError: with every release whose record cannot be read.
    """
    folder = releases_folder(directory)
    found, faults = [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if _is_version(path.name) and path.is_dir():
            try:
                found.append(read_release(path))
            except StoreError as error:
                faults.append(str(error))
    if faults:
        raise StoreError("\n".join(faults))
    return sorted(found, key=lambda release: release.version.key)


def release_lines(snapshot: Snapshot, version: str) -> Iterator[bytes]:
    """What a release of a snapshot holds, as N-Quads lines of its named graph, sorted.

    Raises:
        StoreError: the dump cannot be read to its end.
    """
    end = f" <{Iris(snapshot.base_iri).release_graph(version)}> .\n".encode()
    own = own_lines(snapshot, OWN_GRAPHS)
    try:
        for line in own.all(read_dump(snapshot.dump_path)):
            yield line[: line.rindex(b" ", 0, -3)] + end
    except (OSError, zstandard.ZstdError) as error:
        raise StoreError(f"{snapshot.dump_path}: the dump is damaged ({error}); build again") from error


def find_release(directory: Path, version: str) -> Release:
    """The release of a version.

    Raises:
        StoreError: there is none, or a record cannot be read.
    """
    releases = list_releases(directory)
    for release in releases:
        if release.record.version == version:
            return release
    names = [release.record.version for release in reversed(releases)]
    if not names:
        raise StoreError(f"{version}: no such release; nothing is released yet in {directory}")
    raise StoreError(f"{version}: no such release; there is {listed(names, _SHOWN)}")


def _is_version(name: str) -> bool:
    try:
        Version(name)
    except ReleaseError:
        return False
    return True


def read_release(path: Path) -> Release:
    """Read the record in a release's folder.

    Raises:
        StoreError: it is missing, or not what a release writes.
    """
    try:
        record = msgspec.json.decode((path / RECORD_FILE).read_bytes(), type=ReleaseRecord)
    except OSError as error:
        raise StoreError(_damaged(path, f"{RECORD_FILE} cannot be read: {error.strerror}")) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(_damaged(path, f"{RECORD_FILE}: {error}")) from error
    if record.version != path.name:
        raise StoreError(_damaged(path, f"{RECORD_FILE} is that of {record.version}"))
    return Release(record, path)
