"""The files of ESCO written again from a graph: row for row, in their order.

What differs from the files that were read, and nothing else:

- a row that is there twice is written once;
- the values of a cell that holds several are in the order of their characters, each once, separated as in
  ESCO's own files;
- stray, no-break and invisible spaces are gone, as the import report says of each row, and dates, numbers
  and codes are in their shortest spelling, as it says too;
- a column that is not known is not written, as a warning says;
- rows of the hierarchy have all their cells, also where the last ones were left out.
"""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from references import copy_esco
from rolegraph.errors import Problems, StoreError
from rolegraph.export.esco_database import write_esco
from rolegraph.graph.esco import build_esco
from rolegraph.graph.nquads import QuadWriter
from rolegraph.iris import Iris
from rolegraph.model.csv_rows import order_places, order_text, row_cells, row_text
from rolegraph.model.esco import TableSpec
from rolegraph.model.esco_tables import TABLES
from rolegraph.snapshot.build import build
from rolegraph.sources.esco import read_esco
from rolegraph.sources.import_report import ImportReport

CASES = Path(__file__).resolve().parent / "cases" / "sources" / "esco"
IRIS = Iris("https://example.org/")
SPECS = {spec.stem: spec for spec in TABLES}
CHANGES_OF_CELLS = ("a cell has stray", "a cell names a value twice", "a date, number or code is")
Rows = list[dict[str, str]]


class Imported:
    """Some sources, as the sorted lines of their graph and with their import report."""

    def __init__(self, *places: Path) -> None:
        problems, self.report = Problems(), ImportReport()
        data = read_esco(places, problems, self.report)
        problems.raise_errors()
        lines: list[str] = []
        writers = [QuadWriter(IRIS.graph(name), lines.append) for name in ("esco", "provenance")]
        build_esco(data, IRIS, *writers)
        self.lines = sorted({line.encode() for line in lines})

    @property
    def concepts(self) -> list[bytes]:
        """The lines of the graph `esco`."""
        return [line for line in self.lines if line.endswith(b"/graph/esco> .\n")]

    def lines_of(self, path: Path, *reasons: str) -> set[int]:
        """The lines of a file that the report names for one of these reasons."""
        named = (finding for finding in self.report.findings if Path(finding.file).samefile(path))
        return {finding.line for finding in named if finding.reason.startswith(reasons)}


def write(imported: Imported, folder: Path) -> list[Path]:
    folder.mkdir()
    return write_esco(iter(imported.lines), IRIS, folder)


def read_raw(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row with the line where it starts, as the csv module gives them."""
    before = csv.field_size_limit(1 << 30)
    rows: list[tuple[int, list[str]]] = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader, start = csv.reader(stream), 1
        for cells in reader:
            rows.append((start, cells))
            start = reader.line_num + 1
    csv.field_size_limit(before)
    return rows[0][1], rows[1:]


def comparable(spec: TableSpec, header: list[str], cells: list[str], changed: bool) -> dict[str, object]:
    """A row with its lists in one order; where the report says that spaces were changed, without these."""
    cells = cells + [""] * (len(header) - len(cells) if spec.kind == "hierarchy" else 0)
    row = dict(zip(header, cells, strict=True))
    found: dict[str, object] = {}
    for column in spec.columns:
        if column.header not in header:
            continue
        cell = plain(row[column.header]) if changed else row[column.header]
        found[column.header] = cell
        if column.kind in {"labels", "iris", "codes"}:
            found[column.header] = sorted(set(values(cell))) if changed else sorted(values(cell))
        elif column.kind == "names":
            names, iris = values(cell), values(row[column.of])
            found[column.header] = sorted(zip(iris, names, strict=True)) if len(names) == len(iris) else names
        elif column.kind == "moment" and changed:
            found[column.header] = re.sub(r"\.?0*(?=Z|\+|$)", "", cell) if "." in cell else cell
        elif column.kind == "decimal" and changed:
            found[column.header] = float(cell)
        elif column.kind == "code" and changed:
            found[column.header] = cell.rpartition("C")[2]
    return found


def plain(cell: str) -> str:
    """A cell whose runs of spaces, of any kind, are one space; lines stay."""
    cell = re.sub("[\u200b\u2060\ufeff]", "", cell)
    return "\n".join(" ".join(line.split()) for line in cell.strip().split("\n"))


def values(cell: str) -> list[str]:
    return [value for value in re.split(r",?\n| \| ", cell) if value]


def check_equal(imported: Imported, read: Path, written: Path) -> int:
    """Compare a file with what is written of it; returns how many rows it has."""
    spec = SPECS[read.stem.rpartition("_")[0]]
    header, rows = read_raw(read)
    new_header, new_rows = read_raw(written)
    known = {column.header for column in spec.columns}
    assert new_header == [name for name in header if name in known]
    twice = imported.lines_of(read, "the row is there twice")
    rows = [(line, cells) for line, cells in rows if line not in twice]
    changed = imported.lines_of(read, *CHANGES_OF_CELLS)
    assert len(rows) == len(new_rows)
    for (line, cells), (_, new_cells) in zip(rows, new_rows, strict=True):
        old = comparable(spec, header, cells, line in changed)
        assert comparable(spec, new_header, new_cells, line in changed) == old, f"{read.name}:{line}"
    return len(rows)


def check_all(imported: Imported, places: list[Path], out: Path) -> dict[str, int]:
    """Compare all files; returns the number of rows of each."""
    paths = write(imported, out)
    assert sorted(paths) == sorted(path for path in out.rglob("*") if path.is_file())
    counts = {}
    for place in places:
        folder = out / place.name if len(places) > 1 else out
        read = {path.name for path in place.glob("*.csv") if path.stem.rpartition("_")[0] in SPECS}
        assert {path.name for path in folder.iterdir()} == read
        for name in sorted(read):
            counts[f"{place.name}/{name}"] = check_equal(imported, place / name, folder / name)
    return counts


@pytest.mark.parametrize("names", [["1.0"], ["1.1"], ["1.2.1"], ["1.2.1", "1.2.1-fi"], ["1.0", "1.2.1"]])
def test_every_file_is_written_as_it_was(names: list[str], tmp_path: Path) -> None:
    places = [CASES / name for name in names]
    counts = check_all(Imported(*places), places, tmp_path / "out")
    assert len(counts) == sum(len(list(place.glob("*_*.csv"))) for place in places)
    assert min(counts.values()) > 0


def test_what_is_written_is_read_as_the_same_graph(tmp_path: Path) -> None:
    imported = Imported(CASES / "1.2.1", CASES / "1.2.1-fi")
    write(imported, tmp_path / "out")
    again = Imported(tmp_path / "out" / "1.2.1", tmp_path / "out" / "1.2.1-fi")
    assert again.concepts == imported.concepts
    write(again, tmp_path / "again")
    for path in (tmp_path / "out").rglob("*.csv"):
        assert (tmp_path / "again" / path.relative_to(tmp_path / "out")).read_bytes() == path.read_bytes()


def test_a_build_of_archives_keeps_every_file(small_catalog: Path, tmp_path: Path) -> None:
    for name in ("1.2.1", "1.2.1-fi"):
        shutil.make_archive(str(small_catalog / name), "zip", CASES / name)
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    locations = 'esco = ["1.2.1.zip", "1.2.1-fi.zip"]'
    config.write_text(text.replace("[sources]", f"[sources]\n{locations}"), encoding="utf-8")
    result = build(small_catalog)
    out = tmp_path / "out"
    out.mkdir()
    with result.snapshot.dump_path.open("rb") as raw:
        lines = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        paths = write_esco(lines, Iris(result.snapshot.base_iri), out)
    assert len(paths) == 18 + 3
    imported = Imported(CASES / "1.2.1", CASES / "1.2.1-fi")
    for path in paths:
        check_equal(imported, CASES / path.parent.name / path.name, path)


def test_a_row_with_its_values_in_another_order_is_there_twice(tmp_path: Path) -> None:
    folder = tmp_path / "esco"
    folder.mkdir()
    row = ["http://data.europa.eu/esco/skill/1", "tend lamps", "light lamps\ntrim lamps", "x"]
    again = [row[0], row[1], "trim lamps\nlight lamps", "y"]
    header = ["conceptUri", "preferredLabel", "altLabels", "ours"]
    rewrite(folder / "skills_en.csv", header, [row, again])
    imported = Imported(folder)
    assert imported.lines_of(folder / "skills_en.csv", "the row is there twice") == {4}
    assert check_all(imported, [folder], tmp_path / "out") == {"esco/skills_en.csv": 1}


def test_codes_and_dates_are_written_in_their_shortest_spelling(tmp_path: Path) -> None:
    folder = shutil.copytree(CASES / "1.2.1", tmp_path / "esco")
    path = folder / "occupations_en.csv"
    text = path.read_text(encoding="utf-8").replace(",9991,tide", ",C9991,tide").replace(".29Z", ".290Z")
    path.write_text(text, encoding="utf-8")
    imported = Imported(folder)
    check_all(imported, [folder], tmp_path / "out")
    assert imported.concepts == Imported(CASES / "1.2.1").concepts
    assert len(imported.lines_of(path, "a date, number or code is not in its shortest spelling")) == 3


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_any_order_are_written_in_that_order(seed: int, tmp_path: Path) -> None:
    folder = shutil.copytree(CASES / "1.2.1", tmp_path / "esco")
    rng = random.Random(seed)
    for path in folder.glob("*_en.csv"):
        header, rows = read_raw(path)
        rng.shuffle(rows)
        rewrite(path, header, [cells for _, cells in rows])
    check_all(Imported(folder), [folder], tmp_path / "out")


def rewrite(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def test_columns_that_moved_stay_where_they_are(tmp_path: Path) -> None:
    folder = shutil.copytree(CASES / "1.2.1", tmp_path / "esco")
    for path in folder.glob("*_en.csv"):
        header, rows = read_raw(path)
        width = len(header)
        turned = [[*reversed(cells + [""] * (width - len(cells))), "x"] for _, cells in rows]
        rewrite(path, [*reversed(header), "ours"], turned)
    check_all(Imported(folder), [folder], tmp_path / "out")


def test_two_sources_that_differ_are_both_written(tmp_path: Path) -> None:
    """The graph has what the first source says; the second one's rows are kept beside it."""
    first = shutil.copytree(CASES / "1.2.1", tmp_path / "first")
    second = tmp_path / "b" / "first"
    second.mkdir(parents=True)
    header, rows = read_raw(first / "occupations_en.csv")
    label, about = header.index("preferredLabel"), header.index("description")
    edited = [cells.copy() for _, cells in rows[:2]]
    edited[0][label], edited[1][about] = "lamplighter", ""
    rewrite(second / "occupations_en.csv", header, edited)
    imported = Imported(first, second)
    out = tmp_path / "out"
    write(imported, out)
    assert check_equal(imported, second / "occupations_en.csv", out / "first-2" / "occupations_en.csv") == 2
    check_equal(imported, first / "occupations_en.csv", out / "first" / "occupations_en.csv")


CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8)


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 4), CELLS, st.lists(CELLS, max_size=3), CELLS.map(str.strip)), max_size=6
    )
)
def test_cells_of_any_spelling_come_back(rows: list[tuple[int, str, list[str], str]]) -> None:
    """Read again, what is written gives the same graph and the same files."""
    header = ["conceptUri", "preferredLabel", "altLabels", "description"]
    cells = [
        [f"http://data.europa.eu/esco/skill/{number}", label, "\n".join(labels), text]
        for number, label, labels, text in rows
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "esco"
        folder.mkdir()
        rewrite(folder / "skills_en.csv", header, cells)
        imported = Imported(folder)
        write(imported, Path(temporary) / "out")
        again = Imported(Path(temporary) / "out")
        assert again.concepts == imported.concepts
        assert not again.lines_of(Path(temporary) / "out" / "skills_en.csv", *CHANGES_OF_CELLS)


def test_two_rows_on_one_concept_are_both_written(tmp_path: Path) -> None:
    folder = tmp_path / "esco"
    folder.mkdir()
    iri = "http://data.europa.eu/esco/skill/1"
    rewrite(folder / "skills_en.csv", ["conceptUri", "preferredLabel"], [[iri, "tend lamps"], [iri, "trim"]])
    assert check_all(Imported(folder), [folder], tmp_path / "out") == {"esco/skills_en.csv": 2}


def test_a_graph_without_esco_is_an_error(tmp_path: Path) -> None:
    lines = [b'<https://example.org/a> <https://example.org/b> "c" <https://example.org/graph/esco> .\n']
    with pytest.raises(StoreError, match="the graph holds no files of ESCO"):
        write_esco(lines, IRIS, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"occupations_en.csv", b"../occupations_en.csv", "a file '../occupations_en.csv' that rolegr"),
        (b'"1.2.1"', b'"../1.2.1"', r"a folder '\.\./1\.2\.1' that is none"),
        (b"ns#headerRow", b"ns#other", "does not say enough of ESCO's files"),
        (b"relatedOptionalSkill", b"other", "has not all rows of a file"),
    ],
)
def test_a_graph_that_was_changed_is_an_error(old: bytes, new: bytes, told: str, tmp_path: Path) -> None:
    imported = Imported(CASES / "1.2.1", CASES / "1.2.1-fi")
    out = tmp_path / "out"
    out.mkdir()
    lines = [line.replace(old, new) for line in imported.lines]
    with pytest.raises(StoreError, match=told):
        write_esco(lines, IRIS, out)
    assert list(tmp_path.iterdir()) == [out]


@given(st.permutations(range(1, 12)))
def test_an_order_is_read_as_it_was_written(places: list[int]) -> None:
    text = order_text(places)
    assert list(order_places(text)) == (places if text else [])
    assert bool(text) == (places != sorted(places))


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_a_row_is_read_as_it_was_written(cells: list[str]) -> None:
    assert row_cells(row_text(cells)) == cells


def test_the_real_releases_are_written_row_for_row(shared: Callable[[str], Path], tmp_path: Path) -> None:
    places = copy_esco(shared, tmp_path)
    counts = check_all(Imported(*places), places, tmp_path / "out")
    assert len(counts) == 16 + 11 + 3
    assert counts["esco_1.2.0/skills_en.csv"] == 13_939
    assert counts["esco_1.2.0/broaderRelationsSkillPillar_en.csv"] == 20_822
    assert counts["esco_1.2.0_de/occupations_de.csv"] == 3_039
    assert counts["esco_ict_slice/occupationSkillRelations_en.csv"] == 1_970
    assert sum(counts.values()) == 61_942
