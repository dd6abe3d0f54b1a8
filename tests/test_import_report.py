"""The import report: one warning for each kind of finding, and every row as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rolegraph.errors import Problems
from rolegraph.sources.import_report import COLUMNS, ImportReport, shorten

CELLS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=20)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_findings_of_a_kind_in_a_file_are_one_warning_with_the_first_place() -> None:
    report, problems = ImportReport(), Problems()
    for line in (9, 4, 7):
        report.add("a.csv", line, "the row is there twice", "it is read once", ["x"], f"as line {line - 1}")
    report.add("a.csv", 2, "a cell has stray spaces", "they are removed", ["x"])
    report.add("b.csv", 3, "the row is there twice", "it is read once", ["x"])
    report.warn(problems)
    assert [str(problem) for problem in problems] == [
        "a.csv:2: a cell has stray spaces; they are removed",
        "a.csv:4: the row is there twice (as line 3) and 2 more like it; it is read once",
        "b.csv:3: the row is there twice; it is read once",
    ]


def test_the_report_lists_every_row_by_file_and_line(tmp_path: Path) -> None:
    report, path = ImportReport(), tmp_path / "report.csv"
    report.add("b.csv", 1, "found", "done", ["1", 'say "x", y'])
    report.add("a.csv", 10, "found", "done", ["2"], "detail")
    report.add("a.csv", 9, "found", "done", ["3"])
    report.add("a.csv", 9, "found", "done", ["3"])
    report.write(path)
    assert rows_of(path) == [
        list(COLUMNS),
        ["a.csv", "9", "found; done", "3"],
        ["a.csv", "10", "found (detail); done", "2"],
        ["b.csv", "1", "found; done", '1,"say ""x"", y"'],
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_report_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("old", encoding="utf-8")
    ImportReport().write(path)
    assert rows_of(path) == [list(COLUMNS)]


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_the_row_can_be_read_back(tmp_path_factory: object, cells: list[str]) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "report.csv"  # type: ignore[attr-defined]  # pytest's own
    report = ImportReport()
    report.add("a.csv", 2, "found", "done", cells)
    report.write(path)
    _, row = rows_of(path)
    (read,) = csv.reader(io.StringIO(row[3], newline="")) if row[3] else [[""]]
    assert read == cells


def test_a_long_cell_is_cut_in_a_message() -> None:
    assert shorten("short") == "'short'"
    assert len(shorten("x" * 100)) == 62
    assert shorten("x" * 100).endswith("…'")
