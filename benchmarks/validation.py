"""Validation against pyshacl, against hand-written queries, and with itself at three sizes, in one run.

Usage: python benchmarks/validation.py [--part engines|queries|sizes]... [--sizes 1000,10000,100000]

- engines: `rolegraph validate` with its compiled queries and with pyshacl, end to end, on one generated
  catalog; the findings must be the same. Goal: 40 times as fast.
- queries: the checks that the compiler writes against the same ones written by hand
  (benchmarks/queries/validation), interleaved on one store in memory. Goal: at most 1.5 times the time.
- sizes: seconds, time per role and peak memory of `rolegraph validate`, from the smallest catalog to the
  largest. Goals: 2 GiB at 10,000 roles, 12 GiB at 100,000, a growth of the time per role of at most 1.6.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from generate import generate
from rolegraph import resources
from rolegraph.errors import Problems
from rolegraph.shacl.compile import Check
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import compile_shapes
from rolegraph.shacl.run import run_check
from rolegraph.snapshot.assemble import catalog_store, read_inputs
from rolegraph.validate import catalog_data, load_shapes

HAND_WRITTEN = Path(__file__).parent / "queries" / "validation"
RUNS = 3
GIB = 1 << 30


def validate(catalog: Path, report: Path, engine: str = "compiled") -> tuple[float, int]:
    """Wall seconds and peak memory (bytes) of the command."""
    command = [sys.executable, "-m", "rolegraph", "validate", "--catalog", str(catalog), "--engine", engine]
    started = time.perf_counter()
    with subprocess.Popen([*command, "-o", str(report)], stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode not in {0, 1}:
        sys.exit(f"{' '.join(command)} failed with exit status {process.returncode}")
    return seconds, usage.ru_maxrss * 1024


def keys(report: Path) -> set[tuple[str, ...]]:
    """The findings of a report in JSON, without their words."""
    names = ("focus", "shape", "path", "value", "component", "severity")
    found = json.loads(report.read_bytes())["findings"]
    return {tuple(finding.get(name, "") for name in names) for finding in found}


def compare_engines(work: Path, roles: int) -> None:
    """End to end: queries and pyshacl."""
    catalog = work / f"engines-{roles}"
    generate(catalog, roles)
    queries, reference = work / "queries.json", work / "pyshacl.json"
    compiled = [validate(catalog, queries)[0] for _ in range(RUNS)]
    pyshacl_s, _ = validate(catalog, reference, "pyshacl")
    compiled += [validate(catalog, queries)[0] for _ in range(RUNS)]
    compiled_s = statistics.median(compiled)
    same = keys(queries) == keys(reference)
    told = f"queries {compiled_s:.1f} s, pyshacl {pyshacl_s:.1f} s"
    print(f"engines, {roles:,} roles: {told}, same findings: {same}")
    tell("times as fast", pyshacl_s / compiled_s, 40, at_least=True)


def compare_queries(work: Path, roles: int) -> None:
    """Queries of the compiler and by hand, the same checks, interleaved."""
    catalog = work / f"queries-{roles}"
    generate(catalog, roles)
    inputs = read_inputs(catalog, Problems(), references=())
    iris = inputs.iris
    store = catalog_store(inputs)
    del inputs
    data = catalog_data(store, iris)
    pairs = list(matched(data))
    seconds = {"compiled": [0.0] * RUNS, "by hand": [0.0] * RUNS}
    found = {"compiled": 0, "by hand": 0}
    for run in range(RUNS):
        for check, text in pairs:
            compiled_s, found["compiled"] = timed(lambda check=check: sum(1 for _ in run_check(data, check)))
            by_hand_s, found["by hand"] = timed(lambda text=text: sum(1 for _ in data.query(text)))
            if found["compiled"] != found["by hand"]:
                print(f"  {check.shape.node} {check.component}: {found}")
            seconds["compiled"][run] += compiled_s
            seconds["by hand"][run] += by_hand_s
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    told = ", ".join(f"{name} {value:.2f} s" for name, value in medians.items())
    print(f"queries, {roles:,} roles, {len(store):,} triples, {len(pairs)} checks: {told}")
    tell("times the time by hand", medians["compiled"] / medians["by hand"], 1.5)


def timed(task: Callable[[], int]) -> tuple[float, int]:
    """Seconds and result of a task."""
    started = time.perf_counter()
    result = task()
    return time.perf_counter() - started, result


def matched(data: Data) -> list[tuple[Check, str]]:
    """Each hand-written query with the check of the same shape and component."""
    plan = compile_shapes(data, load_shapes([resources.folder("shapes")]))
    checks = {}
    for check in plan.checks:
        shape, component = (str(name).rpartition("#")[2] for name in (check.shape.node, check.component))
        checks[f"{shape}.{component.removesuffix('ConstraintComponent')}"] = check
    pairs = []
    for file in sorted(HAND_WRITTEN.glob("*.rq")):
        if file.stem not in checks:
            sys.exit(f"{file.name} stands for no check of the shapes")
        pairs.append((checks[file.stem], file.read_text(encoding="utf-8")))
    return pairs


def compare_sizes(work: Path, sizes: list[int]) -> None:
    """Time per role and memory at each size."""
    each: list[float] = []
    for roles in sizes:
        catalog, report = work / f"size-{roles}", work / f"size-{roles}.json"
        generate(catalog, roles)
        runs = [validate(catalog, report) for _ in range(RUNS if roles <= 10_000 else 1)]
        seconds = statistics.median(run[0] for run in runs)
        peak = max(run[1] for run in runs)
        each.append(seconds / roles)
        print(
            f"sizes, {roles:,} roles: {seconds:.1f} s, {1000 * each[-1]:.2f} ms a role, {peak / GIB:.2f} GiB"
        )
        limit = {10_000: 2.0, 100_000: 12.0}.get(roles)
        if limit is not None:
            tell("GiB", peak / GIB, limit)
    tell("times the time per role, from the least to the most", each[-1] / each[0], 1.6)


def tell(what: str, value: float, goal: float, at_least: bool = False) -> None:
    """Print a figure, its goal and whether it was reached."""
    reached = value >= goal if at_least else value <= goal
    sign = "at least" if at_least else "at most"
    print(f"  {value:.2f} {what} (goal: {sign} {goal}): {'reached' if reached else 'MISSED'}", flush=True)


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="append", choices=["engines", "queries", "sizes"])
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--work", type=Path, help="keep the catalogs in this folder")
    options = parser.parse_args()
    parts = options.part or ["engines", "queries", "sizes"]
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        if "engines" in parts:
            compare_engines(work, 1000)
        if "queries" in parts:
            compare_queries(work, 10_000)
        if "sizes" in parts:
            compare_sizes(work, sizes)


if __name__ == "__main__":
    main()
