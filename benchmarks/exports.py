"""Exports of large catalogs: seconds, peak memory and bytes of each format, from the smallest to the largest.

Usage: python benchmarks/exports.py [--sizes 1000,10000,100000] [--formats csv,skos,…] [--part all|family|where]…
       [--release-up-to N] [--work DIR]

- all: every role.
- family: `--family` of one family of 22 roles, which should cost a small part of the whole.
- where: `--where` with a query that gives the same roles.
- A release is made, and exported with `--release`, of catalogs of at most --release-up-to roles: making one
  takes as long as loading its store.

Every export runs in a process of its own, alone. Goal: the peak memory of a format for the largest catalog is
at most 300 MiB above that for the smallest. Catalogs are built once and kept in DIR; of 100,000 roles that
takes 20 minutes and 12 GB. What no export needs is left out of their builds: validation, rules, statistics.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from generate import generate, places
from rolegraph.export.formats import WRITERS, FolderFormat
from rolegraph.model.findings import Report
from rolegraph.model.release import Version
from rolegraph.release.act import Wish, make_release
from rolegraph.snapshot.build import build
from rolegraph.snapshot.opening import POINTER, snapshots_folder
from rolegraph.snapshot.releases import releases_folder

BASE = "https://example.org/roles/"
RELEASE = "1.0.0"
FAMILY = "FA00000"
GOAL_MIB = 300
WHERE = f"""PREFIX rg: <https://w3id.org/rolegraph/ns#>
SELECT ?role WHERE {{ ?role rg:inFamily <{BASE}family/{FAMILY}> }}
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


def beside(function: Callable[..., None], *arguments: object) -> None:
    """Run something in a process of its own: a process has the peak of the one that started it, at least."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        sys.exit(f"{function.__name__} failed with exit status {process.exitcode}")


def prepare(work: Path, roles: int) -> None:
    """Make and build the catalog of a size, unless it is there."""
    catalog = work / str(roles)
    if not catalog.is_dir():
        generate(catalog, roles)
        (catalog / "mappings").mkdir()
        with (catalog / "mappings" / "generated.sssom.tsv").open("w", encoding="utf-8") as stream:
            stream.write(SSSOM_HEADER)
            stream.writelines(mapping_rows(roles))
    if not (snapshots_folder(catalog) / POINTER).is_file():
        print(f"building {roles:,} roles", file=sys.stderr)
        with (
            patch("rolegraph.snapshot.build._validate", lambda *_: Report(findings=(), roles=roles)),
            patch("rolegraph.snapshot.build.apply_rules", lambda *_: iter(())),
            patch("rolegraph.snapshot.build.compute_statistics", lambda _rows: None),
            patch("rolegraph.snapshot.build.write_statistics", lambda *_: None),
            patch("rolegraph.snapshot.build.run_checks", lambda _store: None),
        ):
            build(catalog, lambda stage: print(f"  {time.strftime('%X')} {stage}", file=sys.stderr))


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
        command = [sys.executable, "-m", "rolegraph", "export", name, "-o", str(out), *options]
        started = time.perf_counter()
        with subprocess.Popen(
            [*command, "--catalog", str(catalog)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr is not None
            said = process.stderr.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)} failed with exit status {process.returncode}: {said}")
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    return Cost(seconds, usage.ru_maxrss / 1024, size / 2**20)


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
    parser.add_argument("--release-up-to", type=int, default=10_000, metavar="ROLES")
    parser.add_argument("--work", type=Path, help="where catalogs are kept; else they are removed at the end")
    options = parser.parse_args()
    sizes, names = [int(size) for size in options.sizes.split(",")], options.formats.split(",")
    work = options.work or Path(tempfile.mkdtemp(prefix="rolegraph-"))
    work.mkdir(parents=True, exist_ok=True)
    (work / "where.rq").write_text(WHERE, encoding="utf-8")
    parts = {
        "all": [],
        "family": ["--family", FAMILY],
        "where": ["--where", str(work / "where.rq")],
        "release": ["--release", RELEASE],
    }
    try:
        for size in sizes:
            beside(prepare, work, size)
        catalogs = {size: work / str(size) for size in sizes}
        for part in options.part or parts:
            part_sizes = [size for size in sizes if part != "release" or size <= options.release_up_to]
            for size in part_sizes if part == "release" else ():
                beside(release, catalogs[size])
            measure(part, parts[part], {size: catalogs[size] for size in part_sizes}, names)
    finally:
        if options.work is None:
            shutil.rmtree(work)


def release(catalog: Path) -> None:
    """Make the release of a catalog, once."""
    if not (releases_folder(catalog) / RELEASE).is_dir():
        make_release(catalog, Wish(Version(RELEASE)))


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
