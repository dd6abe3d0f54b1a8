"""Build of catalog + O*NET against `oxigraph load` of the same N-Quads: interleaved, in one run.

Usage: python benchmarks/build.py [--onet DIR] [--runs N]

Both write a store on disk from scratch. rolegraph also reads and checks the sources, derives, sorts, hashes
and compresses the dump, and checks the result. Prints seconds and peak memory of each run (of the largest
process, sort included) and the ratio of the medians. Also measures `rolegraph --version`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zstandard

from rolegraph.snapshot import open_snapshot

ROOT = Path(__file__).resolve().parent.parent


def measure(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MiB) of a command; its output is dropped."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with exit status {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def prepare(work: Path, onet: Path) -> Path:
    """A copy of the sample catalog that names the O*NET folder."""
    catalog = work / "catalog"
    shutil.copytree(ROOT / "data", catalog, ignore=shutil.ignore_patterns(".rolegraph"))
    config = catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", f'[sources]\nonet = "{onet}"', 1), encoding="utf-8")
    return catalog


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--onet", type=Path, default=ROOT.parent / "shared" / "data" / "onet_29_0")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if not options.onet.is_dir():
        sys.exit(f"{options.onet}: no O*NET database here; name its folder with --onet")
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), options.onet.resolve(), options.runs)


def run(work: Path, onet: Path, runs: int) -> None:
    """Interleave the two commands `runs` times."""
    catalog = prepare(work, onet)
    build = [sys.executable, "-m", "rolegraph", "build", "--catalog", str(catalog)]
    measure(build)
    snapshot = open_snapshot(catalog)
    lines = work / "graph.nq"
    with snapshot.dump_path.open("rb") as raw, lines.open("wb") as out:
        zstandard.ZstdDecompressor().copy_stream(raw, out)
    oxigraph = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if oxigraph is None:
        sys.exit("oxigraph is not installed: pip install oxigraph")
    load = [oxigraph, "load", "--location", str(work / "store"), "--file", str(lines)]
    found: dict[str, list[tuple[float, float]]] = {"rolegraph build": [], "oxigraph load": []}
    print(f"{snapshot.quads:,} quads, {lines.stat().st_size / 1e6:,.0f} MB of N-Quads")
    for number in range(1, runs + 1):
        shutil.rmtree(catalog / ".rolegraph")
        found["rolegraph build"].append(measure(build))
        shutil.rmtree(work / "store", ignore_errors=True)
        found["oxigraph load"].append(measure(load))
        for name, figures in found.items():
            print(f"run {number}  {name:16} {figures[-1][0]:7.2f} s  {figures[-1][1]:7.0f} MiB")
    medians = {name: statistics.median(seconds for seconds, _ in f) for name, f in found.items()}
    print(f"ratio of medians: {medians['rolegraph build'] / medians['oxigraph load']:.2f} (goal: at most 3)")
    peak = max(memory for _, memory in found["rolegraph build"])
    print(f"peak memory of the build: {peak:,.0f} MiB (goal: at most 3,072)")
    times = [measure([sys.executable, "-m", "rolegraph", "--version"])[0] for _ in range(9)]
    print(f"rolegraph --version: median {statistics.median(times):.3f} s (goal: under 0.3)")


if __name__ == "__main__":
    main()
