"""Reading O*NET and ESCO against the csv module and `oxigraph load`, interleaved, in one run.

Usage: python benchmarks/reference_data.py [--data DIR] [--runs N]

- ours: both are read, checked and merged, and written as N-Quads;
- theirs: the csv module reads the same files into lists of rows, and `oxigraph load` loads the same quads
  into a store on disk.

Prints the median seconds of each part. Goal: ours takes at most twice the time of theirs added up.
"""

from __future__ import annotations

import argparse
import csv
import gc
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from rolegraph.errors import Problems
from rolegraph.graph.esco import build_esco
from rolegraph.graph.nquads import QuadWriter
from rolegraph.graph.onet import build_onet
from rolegraph.iris import Iris
from rolegraph.sources.esco import read_esco
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.onet import read_onet

ROOT = Path(__file__).resolve().parent.parent
ONET, ESCO = "onet_29_0", ("esco_1.2.0", "esco_1.2.0_de", "esco_ict_slice")
GOAL = 2.0


def prepare(data: Path, work: Path) -> Path:
    """A copy of the files, the table of skills by the name that ESCO gives it."""
    for name in (ONET, *ESCO):
        shutil.copytree(data / name, work / name, copy_function=shutil.copyfile)
        (work / name).chmod(0o755)
    skills = work / ESCO[0] / "skills_en.reconstructed.csv"
    skills.rename(skills.with_name("skills_en.csv"))
    return work


def write_onet(work: Path, quads: Path) -> None:
    """Read O*NET and write it as N-Quads."""
    database = read_onet(work / ONET, Problems())
    with quads.open("w", encoding="utf-8", newline="\n") as stream:
        build_onet(database, *writers("onet", stream.write))


def write_esco(work: Path, quads: Path) -> None:
    """Read ESCO and write it as N-Quads."""
    problems = Problems()
    data = read_esco([work / name for name in ESCO], problems, ImportReport())
    problems.raise_errors()
    with quads.open("w", encoding="utf-8", newline="\n") as stream:
        build_esco(data, *writers("esco", stream.write))


def writers(graph: str, sink: Callable[[str], object]) -> tuple[Iris, QuadWriter, QuadWriter]:
    """What the graph builders take besides the data."""
    iris = Iris("https://example.org/")
    return iris, QuadWriter(iris.graph(graph), sink), QuadWriter(iris.graph("provenance"), sink)


def read_with_csv(work: Path) -> None:
    """Read the same files with the csv module."""
    csv.field_size_limit(1 << 30)
    for name in (ONET, *ESCO):
        for path in (work / name).iterdir():
            if path.suffix in {".csv", ".txt"} and path.name != "Read Me.txt":
                with path.open(encoding="utf-8-sig", newline="") as stream:
                    if path.suffix == ".txt":
                        list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
                    else:
                        list(csv.reader(stream))


def load(quads: list[Path], store: Path) -> None:
    """Load the quads into a store on disk."""
    shutil.rmtree(store, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("oxigraph")), "load", "--location", str(store)]
    for path in quads:
        command += ["--file", str(path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(work: Path, runs: int) -> dict[str, float]:
    """The median seconds of each part."""
    onet, esco = work / "onet.nq", work / "esco.nq"
    parts: dict[str, Callable[[], None]] = {
        "O*NET": lambda: write_onet(work, onet),
        "ESCO": lambda: write_esco(work, esco),
        "csv": lambda: read_with_csv(work),
        "oxigraph load": lambda: load([onet, esco], work / "store"),
    }
    seconds = defaultdict(list)
    for _ in range(runs):
        for name, part in parts.items():
            gc.collect()
            started = time.perf_counter()
            part()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    missing = [name for name in (ONET, *ESCO) if not (options.data / name).is_dir()]
    if missing:
        sys.exit(f"{options.data}: there is no {', '.join(missing)}; name their folder with --data")
    with tempfile.TemporaryDirectory() as temporary:
        work = prepare(options.data, Path(temporary))
        medians = measure(work, options.runs)
        quads = sum(path.read_bytes().count(b"\n") for path in work.glob("*.nq"))
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in medians.items())
    print(f"reference data, {quads:,} quads: {told}")
    ratio = (medians["O*NET"] + medians["ESCO"]) / (medians["csv"] + medians["oxigraph load"])
    reached = "reached" if ratio <= GOAL else "MISSED"
    print(f"  {ratio:.2f} times csv and oxigraph load (goal: at most {GOAL}): {reached}")


if __name__ == "__main__":
    main()
