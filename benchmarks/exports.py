"""Exports of large catalogs: CPU seconds, peak memory and bytes of each format, at several sizes.

Usage: python benchmarks/exports.py [--sizes 1000,10000,100000] [--formats csv,skos,…] [--part PART]…
       [--store-up-to N] [--work DIR]

- all: every role.
- family: `--family` of one family of 22 roles, which should cost a small part of the whole.
- where: `--where` with a query that gives the same roles.
- release: `--family` of a release.

Every export runs in a process of its own, alone. Goal: the peak memory of a format for the largest catalog is
at most 300 MiB above that for the smallest. Catalogs are built once, without what no export needs, and kept
in DIR. `where` and `release` need a store, which takes the longest to make: they are measured up to N roles.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pyoxigraph as ox

from generate import generate, places
from rolegraph.errors import Problems
from rolegraph.export.formats import WRITERS, FolderFormat
from rolegraph.model.release import Version
from rolegraph.release.act import Wish, make_release
from rolegraph.snapshot.assemble import read_inputs, write_quads
from rolegraph.snapshot.dump import finish, read_dump, start_sort, write_dump
from rolegraph.snapshot.opening import POINTER, Snapshot, open_snapshot, snapshots_folder
from rolegraph.snapshot.publish import build_lock, move_pointer, publish, work_folder
from rolegraph.snapshot.records import FOLDER, write_records
from rolegraph.snapshot.releases import releases_folder

BASE = "https://example.org/roles/"
RELEASE = "0.1.0"
"""The version that a generated catalog has."""
FAMILY = "FA00000"
GOAL_MIB = 300
WHERE = f"""PREFIX rg: <https://w3id.org/rolegraph/ns#>
SELECT ?role WHERE {{ ?role rg:inFamily <{BASE}family/{FAMILY}> }}
"""
CHILD = """
import atexit, re, sys, time
from pathlib import Path
from rolegraph.cli import main
def tell():
    peak = re.search("VmHWM:\\\\s*([0-9]+)", Path("/proc/self/status").read_text())[1]
    print(time.process_time(), peak, end="", file=sys.stderr)
atexit.register(tell)
main()
"""
"""The command, which tells its CPU seconds and peak memory (KiB) at the end.

What the kernel tells of a child that has ended is at least the size of the process that started it.
"""
SSSOM_HEADER = f"""# mapping_set_id: {BASE}mappings/generated
# license: https://creativecommons.org/licenses/by/4.0/
# curie_map:
#   own: {BASE}
#   esco: http://data.europa.eu/esco/
#   semapv: https://w3id.org/semapv/vocab/
#   skos: http://www.w3.org/2004/02/skos/core#
#   rg: https://w3id.org/rolegraph/ns#
# extension_definitions:
#   - slot_name: ext_review_status
#     property: rg:reviewStatus
subject_id\tpredicate_id\tobject_id\tobject_label\tmapping_justification\text_review_status
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an export took."""

    seconds: float
    memory_mib: float
    size_mib: float

    def __str__(self) -> str:
        """For a cell of the table."""
        return f"{self.seconds:8.1f} s {self.memory_mib:6,.0f} MiB {self.size_mib:9,.1f} MiB"


def prepare(work: Path, roles: int, *, has_store: bool) -> None:
    """Make and build the catalog of a size, as far as it is not there."""
    catalog = work / str(roles)
    if not catalog.is_dir():
        generate(catalog, roles)
        (catalog / "mappings").mkdir()
        with (catalog / "mappings" / "generated.sssom.tsv").open("w", encoding="utf-8") as stream:
            stream.write(SSSOM_HEADER)
            stream.writelines(mapping_rows(roles))
    if not (snapshots_folder(catalog) / POINTER).is_file():
        freeze(catalog)
    snapshot = open_snapshot(catalog)
    if has_store and not snapshot.store_path.is_dir():
        tell("loading the store")
        with build_lock(catalog), work_folder(catalog) as folder:
            load_lines(snapshot, folder / "lines.nq", folder / "store")
            (folder / "store").rename(snapshot.store_path)


def freeze(catalog: Path) -> None:
    """Make what a build makes, but for the store and what only a store gives."""
    tell("reading")
    inputs = read_inputs(catalog, Problems())
    with build_lock(catalog), work_folder(catalog) as folder:
        staged, lines, sorted_lines = folder / "snapshot", folder / "lines.nq", folder / "lines.sorted"
        staged.mkdir()
        tell("writing the graph")
        with lines.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as stream:
            write_quads(inputs, stream.write)
        records = write_records(inputs.catalog, inputs.config.catalog, staged / FOLDER)
        tell("sorting the graph")
        finish(start_sort(lines, sorted_lines))
        tell("writing the dump")
        dump = write_dump([sorted_lines], staged / "graph.nq.zst", inputs.iris)
        manifest = {
            "id": dump.sha256[:16],
            "base_iri": BASE,
            "roles": len(inputs.catalog.roles),
            "graphs": {name: count for name, count in dump.graphs.items() if count},
            "graph_sha256": dump.sha256,
            "records_sha256": records,
        }
        (staged / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        publish(catalog, staged, manifest["id"])
        move_pointer(catalog, manifest["id"])


def load_lines(snapshot: Snapshot, lines: Path, store: Path) -> None:
    """Load the dump of a snapshot into a store on disk."""
    with lines.open("wb") as stream:
        stream.writelines(read_dump(snapshot.dump_path))
    loaded = ox.Store(store)
    loaded.bulk_load(path=lines, format=ox.RdfFormat.N_QUADS)
    loaded.flush()
    del loaded
    gc.collect()  # closes its files before the folder is renamed


def tell(what: str) -> None:
    """Say what is going on."""
    print(f"  {time.strftime('%X')} {what}", file=sys.stderr, flush=True)


def mapping_rows(roles: int) -> Iterator[str]:
    """An ISCO group and an ESCO occupation for each role, a SOC code for each family."""
    families: dict[str, None] = {}
    end = "semapv:ManualMappingCuration\taccepted\n"
    for number, (family, focus, level) in enumerate(places(roles)):
        families[family] = None
        subject = f"own:role/{family}.{focus}.{level}"
        yield f"{subject}\tskos:broadMatch\tesco:isco/C{2511 + number % 4}\tGroup {number % 4}\t{end}"
        yield f"{subject}\tskos:closeMatch\tesco:occupation/{number % 3000:08d}\tOccupation\t{end}"
    for family in families:
        yield f"own:family/{family}\tskos:broadMatch\town:soc2018/15-1252\tSoftware Developers\t{end}"


def export(catalog: Path, name: str, options: list[str]) -> Cost:
    """Run an export in a process of its own; what it wrote is measured and removed."""
    with tempfile.TemporaryDirectory(dir=catalog.parent) as folder:
        out = Path(folder) / "out"
        command = [sys.executable, "-c", CHILD, "export", name, "-o", str(out), *options]
        ran = subprocess.run(
            [*command, "--catalog", str(catalog)], capture_output=True, text=True, check=False
        )
        if ran.returncode != 0:
            sys.exit(f"export {name} {' '.join(options)} of {catalog} failed: {ran.stderr}")
        seconds, memory = ran.stderr.rpartition("\n")[2].split()
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    return Cost(float(seconds), int(memory) / 2**10, size / 2**20)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    # ESCO and O*NET are in none of these catalogs.
    formats = [n for n, f in WRITERS.items() if not (isinstance(f, FolderFormat) and f.reference)]
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--formats", default=",".join(formats))
    parser.add_argument("--part", action="append", choices=("all", "family", "where", "release"))
    parser.add_argument("--store-up-to", type=int, default=10_000, metavar="N")
    parser.add_argument("--work", type=Path, help="where catalogs are kept; else they are removed at the end")
    options = parser.parse_args()
    sizes, names = [int(size) for size in options.sizes.split(",")], options.formats.split(",")
    work = options.work or Path(tempfile.mkdtemp(prefix="rolegraph-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        (work / "where.rq").write_text(WHERE, encoding="utf-8")
        parts = {
            "all": [],
            "family": ["--family", FAMILY],
            "where": ["--where", str(work / "where.rq")],
            "release": ["--release", RELEASE, "--family", FAMILY],
        }
        for size in sizes:
            prepare(work, size, has_store=size <= options.store_up_to)
        for part in options.part or parts:
            few = part in {"where", "release"}
            chosen = [size for size in sizes if not few or size <= options.store_up_to]
            for size in chosen if part == "release" else ():
                release(work / str(size))
            if chosen:
                measure(part, parts[part], {size: work / str(size) for size in chosen}, names)
    finally:
        if options.work is None:
            shutil.rmtree(work)


def release(catalog: Path) -> None:
    """Make the release of a catalog, once."""
    if not (releases_folder(catalog) / RELEASE).is_dir():
        with patch("rolegraph.release.act._current_snapshot", lambda *_: open_snapshot(catalog)):
            make_release(catalog, Wish(version=Version(RELEASE)))


def measure(part: str, options: list[str], catalogs: dict[int, Path], names: list[str]) -> None:
    """Print a table of one part: a row for each format, a group of columns for each size."""
    print(f"\n{part:14}" + "".join(f"{f'{size:,} roles':>38}" for size in catalogs))
    for name in names:
        print(f"{name:14}", end="", flush=True)
        costs: list[Cost] = []
        for catalog in catalogs.values():
            costs.append(export(catalog, name, options))
            print(f"{costs[-1]!s:>38}", end="", flush=True)
        growth = costs[-1].memory_mib - costs[0].memory_mib
        print(f"  {growth:+,.0f} MiB{'' if growth <= GOAL_MIB else ' MISSED'}", flush=True)


if __name__ == "__main__":
    main()
