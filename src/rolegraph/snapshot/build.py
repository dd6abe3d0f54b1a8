"""A catalog directory in, a published snapshot out."""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

import pyoxigraph as ox

from rolegraph import resources
from rolegraph.config import FILE_NAME, Config, config_file, encode_config
from rolegraph.describe.statistics import STATISTICS_FILE, compute_statistics, store_rows, write_statistics
from rolegraph.errors import CheckError, Problems, StoreError
from rolegraph.graph.nquads import QuadWriter
from rolegraph.graph.quality import build_quality
from rolegraph.model.findings import Report
from rolegraph.positions import Positions
from rolegraph.snapshot.assemble import (
    Inputs,
    apply_rules,
    list_rights,
    read_inputs,
    shapes_files,
    write_quads,
)
from rolegraph.snapshot.dump import Dump, finish, start_sort, write_dump
from rolegraph.snapshot.history import refresh_history
from rolegraph.snapshot.opening import (
    IMPORT_REPORT,
    WORK_FOLDER,
    Snapshot,
    is_whole,
    open_snapshot,
    read_snapshot,
    snapshots_folder,
)
from rolegraph.snapshot.publish import build_lock, move_pointer, publish, work_folder
from rolegraph.snapshot.records import FOLDER, are_whole, write_records
from rolegraph.snapshot.report_file import REPORT_FILE, write_report
from rolegraph.snapshot.scoring import Roster, report_on
from rolegraph.sources.taxonomy import files_of
from rolegraph.validate import catalog_data, load_shapes

logger = logging.getLogger(__name__)

_ID_DIGITS = 16
_SHOWN_ROWS = 20


@dataclass(slots=True)
class Stages:
    """Times the stages of a build and tells a listener when one begins."""

    listener: Callable[[str], None] = lambda _name: None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Run one stage."""
        self.listener(name)
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)
        logger.info("%s: %.2f s", name, self.seconds[name])


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A published snapshot, how long each stage took, and what was unusual in the inputs.

    `found` says what reference data was read; `import_report` lists the rows of it that were changed or
    could not be placed, and is None when there are none.
    """

    snapshot: Snapshot
    is_new: bool
    seconds: dict[str, float]
    peak_memory_bytes: int
    problems: Problems
    found: tuple[str, ...] = ()
    import_report: Path | None = None


def build(directory: Path, listener: Callable[[str], None] = lambda _name: None) -> BuildResult:
    """Build a catalog and publish the snapshot.

    Args:
        directory: the catalog's root.
        listener: hears the name of each stage as it begins.
    Raises:
        ConfigError: there is no catalog here.
        SourceError: with every fault of every input; nothing is published.
        CheckError: a check of queries/checks found rows; nothing is published.
        StoreError: another build runs, or the disk failed.
    """
    stages, problems = Stages(listener), Problems()
    config_file(directory)  # no lock is taken, and no folder made, where there is no catalog
    with build_lock(directory), work_folder(directory) as work:
        with stages.stage("read"):
            inputs = read_inputs(directory, problems)
            import_report = _write_import_report(inputs)
        snapshot_id, manifest = _make(inputs, work, stages)
        with stages.stage("publish"):
            target = snapshots_folder(directory) / snapshot_id
            is_new = not (is_whole(target) and are_whole(read_snapshot(target)))
            if is_new:
                peak = _peak_memory()
                run = {"seconds": stages.seconds, "peak_memory_bytes": peak}
                _write_json(work / "snapshot" / "build.json", run)
                _write_json(work / "snapshot" / "manifest.json", {"id": snapshot_id, **manifest})
                publish(directory, work / "snapshot", snapshot_id)
        with stages.stage("history"):
            refresh_history(directory, read_snapshot(snapshots_folder(directory) / snapshot_id))
        move_pointer(directory, snapshot_id)
    snapshot, peak = open_snapshot(directory), _peak_memory()
    return BuildResult(snapshot, is_new, stages.seconds, peak, problems, inputs.found, import_report)


def _write_import_report(inputs: Inputs) -> Path | None:
    """Write the import report in place of that of the last build; without findings there is none."""
    path = inputs.directory / WORK_FOLDER / IMPORT_REPORT
    if not inputs.import_report.findings:
        path.unlink(missing_ok=True)
        return None
    inputs.import_report.write(path)
    return path


def _make(inputs: Inputs, work: Path, stages: Stages) -> tuple[str, dict[str, Any]]:
    """Write store and dump into the work folder; returns the id and the manifest."""
    (work / "snapshot").mkdir()
    lines, sorted_lines = work / "lines.nq", work / "lines.sorted"
    with stages.stage("graph"), lines.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as stream:
        write_quads(inputs, stream.write)
        folder, section = work / "snapshot" / FOLDER, inputs.config.catalog
        records = write_records(inputs.catalog, section, folder, inputs.crosswalks)
    with stages.stage("load"):
        sorting = start_sort(lines, sorted_lines)  # on the other core
        try:
            store = ox.Store(work / "snapshot" / "store")
            store.bulk_load(path=lines, format=ox.RdfFormat.N_QUADS)
        except BaseException:
            sorting.terminate()
            sorting.wait()
            raise
    with stages.stage("rules"):
        derived, sorted_derived = work / "derived.nq", work / "derived.sorted"
        derived.write_bytes(b"".join(apply_rules(store, inputs.iris)))
    with stages.stage("validate"):
        report = _validate(inputs, store)
        write_report(report, work / "snapshot" / REPORT_FILE)
        with derived.open("a", encoding="utf-8", newline="\n") as stream:
            _measure(inputs, report, store, stream)
        finish(start_sort(derived, sorted_derived))
    with ThreadPoolExecutor(max_workers=1) as beside:
        with stages.stage("dump"):
            counting = beside.submit(compute_statistics, store_rows(store))  # on the other core
            finish(sorting)
            target = work / "snapshot" / "graph.nq.zst"
            dump = write_dump([sorted_lines, sorted_derived], target, inputs.iris)
        with stages.stage("statistics"):
            statistics = counting.result()
            if dump.repeated:
                _make_disjoint(store, dump)
                statistics = compute_statistics(store_rows(store))
            write_statistics(statistics, work / "snapshot" / STATISTICS_FILE)
    with stages.stage("checks"):
        run_checks(store)
    total = len(store)
    if total != sum(dump.graphs.values()):
        raise StoreError(f"the store holds {total} quads, the dump {sum(dump.graphs.values())}; report this")
    store.flush()
    del store
    gc.collect()  # closes the store's files before the folder is renamed
    manifest = {**_manifest(inputs, dump), "records_sha256": records}
    return _snapshot_id(inputs.directory, inputs.config, dump.sha256, records), manifest


def _validate(inputs: Inputs, store: ox.Store) -> Report:
    """Check the catalog; what is found is told in the report, and stops no build."""
    shapes = load_shapes(shapes_files(inputs.directory, inputs.config))
    roster = Roster.of(inputs.catalog, inputs.config.catalog.name)
    positions = Positions.of(inputs.catalog, inputs.iris)
    return report_on(catalog_data(store, inputs.iris), shapes, inputs.config, roster, positions)


def _measure(inputs: Inputs, report: Report, store: ox.Store, stream: TextIO) -> None:
    """Write the scores as measurements, into the store and to the lines of the graph `derived`."""
    lines: list[str] = []
    writer = QuadWriter(inputs.iris.graph("derived"), lines.append)
    build_quality(report.scores, inputs.catalog.levels, inputs.iris, writer)
    stream.writelines(lines)
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)


def _make_disjoint(store: ox.Store, dump: Dump) -> None:
    for quad in ox.parse(b"".join(dump.repeated), format=ox.RdfFormat.N_QUADS):
        store.remove(quad)


def run_checks(store: ox.Store) -> None:
    """Run `queries/checks/*-violation.rq`: a row is an inconsistency that no snapshot may hold.

    Raises:
        CheckError: with the title of each failed check and its first rows.
    """
    failures: list[str] = []
    for path in sorted((resources.folder("queries") / "checks").glob("*-violation.rq")):
        solutions = store.query(path.read_text(encoding="utf-8"), use_default_graph_as_union=True)
        if not isinstance(solutions, ox.QuerySolutions):
            raise TypeError(f"{path.name} is no SELECT query")
        for number, row in enumerate(solutions):
            if number < _SHOWN_ROWS:
                failures.append(f"{path.name}: " + " ".join(str(value) for value in row if value is not None))
    if failures:
        raise CheckError(failures)


def _snapshot_id(directory: Path, config: Config, graph_sha256: str, records_sha256: str) -> str:
    digest = hashlib.sha256()
    digest.update(graph_sha256.encode())
    digest.update(records_sha256.encode())
    for path in shapes_files(directory, config):
        digest.update(path.read_bytes())
    digest.update(encode_config(config))
    digest.update(version("rolegraph").encode())
    return digest.hexdigest()[:_ID_DIGITS]


def _manifest(inputs: Inputs, dump: Dump) -> dict[str, Any]:
    return {
        "base_iri": inputs.config.catalog.base_iri,
        "name": inputs.config.catalog.name,
        "version": inputs.config.catalog.version,
        "rights": list_rights(inputs),
        "roles": len(inputs.catalog.roles),
        "graphs": {name: count for name, count in dump.graphs.items() if count},
        "graph_sha256": dump.sha256,
        "inputs": _input_hashes(inputs.directory, inputs.config),
        "versions": {name: version(name) for name in ("rolegraph", "pyoxigraph")},
    }


def find_changes(directory: Path, config: Config, snapshot: Snapshot) -> list[str]:
    """What a build of the catalog's files would meet that the snapshot was not built from.

    Args:
        directory: the catalog's root.
        config: what its `rolegraph.toml` says now.
        snapshot: the one that may be out of date.
    Returns:
        names of files that are new, gone or changed, and of other things that enter a snapshot's id.
    """
    old, new = snapshot.manifest["inputs"], _input_hashes(directory, config)
    changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    hashes = [snapshot.manifest.get(name, "") for name in ("graph_sha256", "records_sha256")]
    if not changed and snapshot.id != _snapshot_id(directory, config, *hashes):
        return ["the shapes or rolegraph itself"]
    return changed


def _input_hashes(directory: Path, config: Config) -> dict[str, str]:
    """The SHA-256 of every input file, by its name relative to the catalog."""
    sources = config.sources
    locations = [*sources.role_locations, *files_of(directory, sources.taxonomy)]
    locations += files_of(directory, sources.attribution)
    locations += [sources.components, sources.mappings, sources.soc, FILE_NAME]
    locations += [location for location in (sources.levels, sources.onet) if location is not None]
    locations += sources.esco_locations
    locations += sources.crosswalk_locations
    hashes: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for location in locations:
        path = directory / location
        called = Path(location).name if Path(location).is_absolute() else location.rstrip("/")
        counts[called] += 1
        called = called if counts[called] == 1 else f"{called} ({counts[called]})"  # folders of one name
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file():
                name = called if file == path else f"{called}/{file.name}"
                with file.open("rb") as stream:
                    hashes[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return dict(sorted(hashes.items()))


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _peak_memory() -> int:
    """The largest resident size of this process so far, in bytes (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


