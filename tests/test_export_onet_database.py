"""The files of the O*NET database written again from a graph: row for row, in their order."""

from __future__ import annotations

import io
import random
import shutil
import tempfile
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.documents import UNPRINTABLE
from rolegraph.errors import Problems, StoreError
from rolegraph.export.onet_database import write_onet_database
from rolegraph.graph.nquads import QuadWriter
from rolegraph.graph.onet import build_onet
from rolegraph.iris import Iris
from rolegraph.snapshot.build import build
from rolegraph.sources.onet import read_onet

CASES = Path(__file__).resolve().parent / "cases" / "sources"
DATABASES = {"up to 30.2": CASES / "onet" / "database", "from 30.3": CASES / "onet-30.3" / "database"}
IRIS = Iris("https://example.org/")


def _dump(directory: Path) -> list[bytes]:
    """The sorted lines of a database's graph."""
    problems = Problems()
    database = read_onet(directory, problems)
    problems.raise_errors()
    lines: list[str] = []
    writers = [QuadWriter(IRIS.graph(name), lines.append) for name in ("onet", "provenance")]
    build_onet(database, IRIS, *writers)
    return sorted({line.encode() for line in lines})


def _written(lines: Iterable[bytes], folder: Path, iris: Iris = IRIS) -> dict[str, bytes]:
    """What is written from a graph: file name -> bytes."""
    folder.mkdir()
    paths = write_onet_database(lines, iris, folder)
    assert sorted(paths) == sorted(folder.iterdir())
    return {path.name: path.read_bytes() for path in paths}


def _texts(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.glob("*.txt") if path.name != "Read Me.txt"}


@pytest.mark.parametrize("layout", DATABASES)
def test_every_file_is_written_as_it_was(layout: str, tmp_path: Path) -> None:
    written = _written(_dump(DATABASES[layout]), tmp_path / "out")
    assert written == _texts(DATABASES[layout])
    assert len(written) == {"up to 30.2": 40, "from 30.3": 47}[layout]


@pytest.mark.parametrize("layout", DATABASES)
def test_a_catalog_with_the_archive_keeps_every_file(
    layout: str, small_catalog: Path, tmp_path: Path
) -> None:
    shutil.make_archive(str(small_catalog / "db"), "zip", DATABASES[layout].parent, "database")
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", '[sources]\nonet = "db.zip"'), encoding="utf-8")
    result = build(small_catalog)
    assert not list(result.problems)
    assert "db.zip" in result.snapshot.manifest["inputs"]
    with result.snapshot.dump_path.open("rb") as raw:
        lines = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        written = _written(lines, tmp_path / "out", Iris(result.snapshot.base_iri))
    assert written == _texts(DATABASES[layout])


@pytest.mark.parametrize("layout", DATABASES)
@pytest.mark.parametrize("seed", range(3))
def test_rows_in_any_order_are_written_in_that_order(layout: str, seed: int, tmp_path: Path) -> None:
    """Only occupations are always in the order of their codes."""
    folder = shutil.copytree(DATABASES[layout], tmp_path / "onet")
    rng = random.Random(seed)
    for path in folder.glob("*.txt"):
        if path.name != "Read Me.txt":
            header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
            rng.shuffle(rows)
            if header.startswith("O*NET-SOC Code"):
                rows.sort(key=lambda row: row[:10])
            path.write_text(header + "".join(rows), encoding="utf-8")
    assert _written(_dump(folder), tmp_path / "out") == _texts(folder)


def test_columns_that_moved_or_that_nobody_knows_are_written(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["up to 30.2"], tmp_path / "onet")
    path = folder / "Skills.txt"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    turned = ["\t".join([*reversed(cells), f"remark {n % 2}"]) for n, cells in enumerate(rows)]
    path.write_text("\n".join(turned) + "\n", encoding="utf-8")
    assert _written(_dump(folder), tmp_path / "out") == _texts(folder)


CHARACTERS = st.characters(codec="utf-8", exclude_characters="\t\n\r", exclude_categories=("Cs",))
TITLES = st.text(CHARACTERS, min_size=1, max_size=8).filter(
    lambda text: text != "n/a" and not text.isspace() and not UNPRINTABLE.search(text)
)
SHORT = st.sampled_from(["n/a", "", "PW", "pw", '"', "\\n"])


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(TITLES, SHORT), max_size=12, unique=True),
    layout=st.sampled_from(list(DATABASES)),
)
def test_titles_of_any_spelling_come_back(rows: list[tuple[str, str]], layout: str) -> None:
    name, header = {
        "up to 30.2": ("Alternate Titles.txt", "Alternate Title"),
        "from 30.3": ("Job Titles.txt", "Job Title"),
    }[layout]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "onet"
        folder.mkdir()
        shutil.copyfile(DATABASES[layout] / "Occupation Data.txt", folder / "Occupation Data.txt")
        lines = [f"O*NET-SOC Code\t{header}\tShort Title\tSource(s)"]
        lines += [f"15-1252.00\t{title}\t{short}\t02,08" for title, short in rows]
        (folder / name).write_bytes("".join(f"{line}\n" for line in lines).encode())
        assert _written(_dump(folder), Path(temporary) / "out") == _texts(folder)


def test_a_graph_without_a_database_is_an_error(tmp_path: Path) -> None:
    lines = [b'<https://example.org/a> <https://example.org/b> "c" <https://example.org/graph/onet> .\n']
    with pytest.raises(StoreError, match=r"the graph holds no O\*NET database"):
        write_onet_database(lines, IRIS, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_graph_that_lost_a_row_is_an_error(tmp_path: Path) -> None:
    lines = _dump(DATABASES["up to 30.2"])
    lost = next(line for line in lines if b"#skills-2.A.1.a-IM>" in line and b"sourceRow" in line)
    with pytest.raises(StoreError, match=r"rows are missing in the graph \(Skills.txt: 3 of 4\)"):
        write_onet_database([line for line in lines if line != lost], IRIS, tmp_path)


def test_a_row_of_no_known_file_is_an_error(tmp_path: Path) -> None:
    lines = [line for line in _dump(DATABASES["up to 30.2"]) if b"onetfile/skills>" not in line]
    with pytest.raises(StoreError, match=r"no file is known for the row '15-1252\.00"):
        write_onet_database(lines, IRIS, tmp_path)


def test_a_file_of_another_name_is_not_written(tmp_path: Path) -> None:
    lines = [line.replace(b'"Skills.txt"', b'"../Skills.txt"') for line in _dump(DATABASES["up to 30.2"])]
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(StoreError, match=r"a file '../Skills.txt' that rolegraph does not know"):
        write_onet_database(lines, IRIS, folder)
    assert list(tmp_path.iterdir()) == [folder]


def _many(folder: Path, occupations: int) -> None:
    """A database of as many occupations, each with 100 titles."""
    codes = [f"{11 + number // 10_000}-{number % 10_000:04d}.00" for number in range(occupations)]
    folder.mkdir()
    rows = "".join(f"{code}\tOccupation\tn/a\n" for code in codes)
    header = "O*NET-SOC Code\tTitle\tDescription\n"
    (folder / "Occupation Data.txt").write_text(header + rows, encoding="utf-8")
    rows = "".join(f"{code}\tTitle {number:03d}\tn/a\t02\n" for code in codes for number in range(100))
    header = "O*NET-SOC Code\tAlternate Title\tShort Title\tSource(s)\n"
    (folder / "Alternate Titles.txt").write_text(header + rows, encoding="utf-8")


def test_memory_does_not_grow_with_the_database(tmp_path: Path) -> None:
    peaks = []
    for occupations in (10, 100):
        folder = tmp_path / str(occupations)
        _many(folder, occupations)
        lines = _dump(folder)
        tracemalloc.start()
        out = tmp_path / f"out-{occupations}"
        out.mkdir()
        write_onet_database(iter(lines), IRIS, out)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert _texts(out) == _texts(folder)
    assert peaks[1] < peaks[0] * 1.5
