"""A catalog and a version in, a release out: its current snapshot frozen under that version, for good."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pyoxigraph as ox
import zstandard

from rolegraph.config import Config, read_config
from rolegraph.describe.description import serialize
from rolegraph.diff.classify import RawChange
from rolegraph.diff.compare import Comparison, compare, first_changes
from rolegraph.diff.sides import find_side, read_side
from rolegraph.documents import UNPRINTABLE, listed
from rolegraph.errors import Problems, ReleaseError, StoreError
from rolegraph.graph.nquads import QuadWriter, node
from rolegraph.graph.release import build_release
from rolegraph.iris import Iris
from rolegraph.model.release import HISTORY_GRAPH, ReleaseRecord, Version
from rolegraph.release.events import deprecated_concepts, write_events
from rolegraph.release.notes import AddedCounts, count_added, write_first_notes, write_notes
from rolegraph.results import TRIPLES
from rolegraph.snapshot.build import find_changes
from rolegraph.snapshot.history import make_history, publish_history, refresh_history
from rolegraph.snapshot.opening import Snapshot, is_whole, open_snapshot
from rolegraph.snapshot.publish import build_lock, put_in_place, temporary_folder
from rolegraph.snapshot.records import FOLDER as RECORDS_FOLDER
from rolegraph.snapshot.records import are_whole, own_digest
from rolegraph.snapshot.releases import (
    DUMP_FILE,
    HISTORY_FILE,
    RECORD_FILE,
    RELEASE_FILE,
    Release,
    describe_file,
    list_releases,
    read_release,
    release_lines,
    releases_folder,
)
from rolegraph.snapshot.report_file import REPORT_FILE

DESCRIPTION_FILE: Final = "release.ttl"
_FROZEN: Final = (DUMP_FILE, "manifest.json", REPORT_FILE, "statistics.json")
_SHOWN: Final = 5
_BUILD_FIRST: Final = "run `rolegraph build`, then release"
Listener = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants released: a version, and for its record notes and a date (None: of today)."""

    version: Version
    notes: str | None = None
    issued: dt.date | None = None


def make_release(
    directory: Path, wish: Wish, listener: Listener = lambda _stage: None
) -> tuple[Release, bool]:
    """Release the current snapshot of a catalog.

    The folder of the release, and the store that queries of it need, appear when they are whole. A crash
    leaves the releases as they were, or this one among them; then the next build or release makes the
    store.

    Args:
        directory: the catalog's root.
        wish: what to release.
        listener: hears the name of each stage as it begins.
    Returns:
        the release, and whether it is new: the same version with the same content is there already.
    Raises:
        ConfigError, SourceError: there is no catalog here, or its `rolegraph.toml` has faults.
        ReleaseError: the version, the notes or the date do not fit the releases that are there.
        StoreError: nothing is built, or what is built is not what the files say, or a snapshot or release
            is damaged, or a build or release runs.
    """
    problems = Problems()
    config = read_config(directory, problems)
    problems.raise_errors()
    assert config is not None  # noqa: S101, without errors there is one
    if wish.notes is not None and (UNPRINTABLE.search(wish.notes) or not wish.notes.strip()):
        raise ReleaseError("the notes are empty or hold a control character; write plain text or Markdown")
    with build_lock(directory):
        listener("looking at the snapshot")
        snapshot = _current_snapshot(directory, config)
        releases = list_releases(directory)
        for release in releases:
            if release.version == wish.version:
                _check_same(release, snapshot, wish)
                release.verify()
                refresh_history(directory, snapshot)
                return release, False
        record = _record(wish, config, snapshot, releases)
        _check_fits(record, releases, config)
        return _make(directory, record, snapshot, releases, listener), True


def _current_snapshot(directory: Path, config: Config) -> Snapshot:
    """The snapshot that CURRENT names, if it is whole and what the catalog's files say."""
    snapshot = open_snapshot(directory)
    changed = find_changes(directory, config, snapshot)
    if changed:
        found = f"{listed(changed, _SHOWN)} changed since snapshot {snapshot.id} was built"
        raise StoreError(f"{directory}: {found}; {_BUILD_FIRST}")
    if not is_whole(snapshot.path) or not are_whole(snapshot):
        raise StoreError(f"{snapshot.path}: the snapshot is damaged; {_BUILD_FIRST}")
    return snapshot


def _check_same(release: Release, snapshot: Snapshot, wish: Wish) -> None:
    record = release.record
    is_other_graph = record.graph_sha256 != _hash_graph(release_lines(snapshot, record.version))
    is_other_record = not is_other_graph and record.records_sha256 != own_digest(snapshot)
    differing = [
        word
        for word, is_other in (
            ("content", is_other_graph),
            ("order, spelling, credit, publisher or licence (see its records)", is_other_record),
            ("notes", wish.notes is not None and wish.notes != record.notes),
            ("date", wish.issued is not None and wish.issued.isoformat() != record.issued),
        )
        if is_other
    ]
    if differing:
        raise ReleaseError(
            f"{record.version} was released on {record.issued} with other {' and '.join(differing)};"
            " a release does not change: choose a later version"
        )


def _hash_graph(lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def _check_fits(record: ReleaseRecord, releases: list[Release], config: Config) -> None:
    version, catalog_version = record.version, config.catalog.version
    if catalog_version is not None and catalog_version != version:
        raise ReleaseError(
            f"rolegraph.toml says version = {catalog_version!r}, and release {version} would say so for good;"
            f" write {version!r} there and build, or take the key out"
        )
    if not releases:
        return
    last = releases[-1].record
    if Version(version).key <= releases[-1].version.key:
        found = f"{version} is not later than {last.version}, the last release"
        raise ReleaseError(f"{found}; choose a later version")
    if record.issued < last.issued:
        raise ReleaseError(
            f"{record.issued} is before {last.issued}, the day of release {last.version}; correct --date"
        )
    if last.base_iri != record.base_iri:
        raise ReleaseError(
            f"release {last.version} is of {last.base_iri}, and the catalog of {record.base_iri}:"
            " no concept is in both; begin a new catalog, or write that base_iri again"
        )


def _make(
    directory: Path,
    record: ReleaseRecord,
    snapshot: Snapshot,
    releases: list[Release],
    listener: Listener,
) -> Release:
    folder = releases_folder(directory)
    with temporary_folder(folder) as work:
        staged = work / record.version
        staged.mkdir()
        _freeze(snapshot.path, staged)
        record = _write_graph(staged, record, snapshot)
        _write_changes(directory, staged, record, releases, listener)
        _write_record(staged, record)
        release = read_release(staged)
        listener("loading the releases for queries")
        with temporary_folder(folder.parent / "history") as history_work:
            made = make_history(directory, history_work, snapshot, [*releases, release])
            put_in_place(staged, folder / record.version)
            release = read_release(folder / record.version)
            publish_history(directory, snapshot, [*releases, release], made)
    return release


def _freeze(snapshot: Path, staged: Path) -> None:
    """Give the files of a snapshot a place in a release; snapshots of earlier rolegraphs lack some."""
    records = [path.relative_to(snapshot) for path in sorted((snapshot / RECORDS_FOLDER).glob("*"))]
    if records:
        (staged / RECORDS_FOLDER).mkdir()
    for name in (*map(Path, _FROZEN), *records):
        if (snapshot / name).exists():
            link_or_copy(snapshot / name, staged / name)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, so that it outlives the first; a copy where links cannot be had."""
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _record(wish: Wish, config: Config, snapshot: Snapshot, releases: list[Release]) -> ReleaseRecord:
    issued = wish.issued or dt.datetime.now(tz=dt.UTC).date()
    return ReleaseRecord(
        version=wish.version.text,
        base_iri=snapshot.base_iri,
        title=config.catalog.name,
        language=config.catalog.language,
        publisher=config.catalog.publisher,
        licence=config.catalog.licence,
        rights=tuple(snapshot.manifest.get("rights", ())),
        snapshot=snapshot.id,
        graph_sha256="",
        records_sha256=own_digest(snapshot),
        triples=0,
        issued=issued.isoformat(),
        previous=releases[-1].record.version if releases else None,
        notes=wish.notes,
        files={},
    )


def _write_graph(staged: Path, record: ReleaseRecord, snapshot: Snapshot) -> ReleaseRecord:
    """Write the named graph of the release; the record with what it is."""
    digest, count = hashlib.sha256(), 0
    with (staged / RELEASE_FILE).open("wb") as raw, zstandard.ZstdCompressor(3).stream_writer(raw) as out:
        for line in release_lines(snapshot, record.version):
            count += 1
            digest.update(line)
            out.write(line)
    return msgspec.structs.replace(record, graph_sha256=digest.hexdigest(), triples=count)


def _write_changes(
    directory: Path, staged: Path, record: ReleaseRecord, releases: list[Release], listener: Listener
) -> None:
    """Write the change notes, and what befell concepts."""
    after = read_side(record.version, staged)
    if not releases:
        listener("counting what the release brings")
        counts: AddedCounts = Counter()
        _write_events(staged, record, count_added(first_changes(after), counts), ())
        write_first_notes(staged, record, counts)
        return
    releases[-1].verify()
    before = find_side(directory, releases[-1].record.version)
    with compare(before, after, None, listener) as comparison:
        _write_compared(staged, record, comparison, releases)


def _write_compared(
    staged: Path, record: ReleaseRecord, comparison: Comparison, releases: Iterable[Release]
) -> None:
    write_notes(staged, record, comparison)
    history = (line for release in releases for line in release.history_lines().splitlines())
    _write_events(staged, record, comparison.records(), deprecated_concepts(history))


def _write_events(
    staged: Path, record: ReleaseRecord, changes: Iterable[RawChange], deprecated: Iterable[str]
) -> None:
    iris = Iris(record.base_iri)
    tail = f" {node(iris.release(record.version))} {node(iris.graph(HISTORY_GRAPH))} .\n"
    write_events(changes, tail, record.base_iri, frozenset(deprecated), staged / HISTORY_FILE)


def _write_record(staged: Path, record: ReleaseRecord) -> None:
    """Describe the release, and write down what each of its files is."""
    iris = Iris(record.base_iri)
    paths = [path for path in sorted(staged.rglob("*")) if path.is_file() and path.name != HISTORY_FILE]
    files = {path.relative_to(staged).as_posix(): describe_file(path) for path in paths}
    lines: list[str] = []
    build_release(record, files, iris, QuadWriter(iris.graph(HISTORY_GRAPH), lines.append))
    with (staged / HISTORY_FILE).open("a", encoding="utf-8", newline="\n") as stream:
        stream.writelines(lines)
    quads = ox.parse("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    (staged / DESCRIPTION_FILE).write_bytes(serialize([quad.triple for quad in quads], TRIPLES[0]))
    for name in (DESCRIPTION_FILE, HISTORY_FILE):
        files[name] = describe_file(staged / name)
    record = msgspec.structs.replace(record, files=dict(sorted(files.items())))
    (staged / RECORD_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
