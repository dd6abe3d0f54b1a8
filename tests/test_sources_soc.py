"""The list of SOC groups: how it is read, and how codes make a hierarchy."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rolegraph.errors import Problems
from rolegraph.graph.nquads import QuadWriter
from rolegraph.graph.soc import build_soc, soc_parent
from rolegraph.iris import Iris
from rolegraph.model.catalog import SocGroup
from rolegraph.sources.soc import read_soc


def _read(path: Path, text: str) -> tuple[tuple[SocGroup, ...], list[str], list[str]]:
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    groups = read_soc(path, problems)
    errors, warnings = (
        [str(each).removeprefix(str(path)) for each in found]
        for found in (problems.errors, problems.warnings)
    )
    return groups, errors, warnings


def test_rows_become_groups_in_file_order(tmp_path: Path) -> None:
    text = 'code,title\n15-1252,Software Developers\n\n15-1299,"Computer Occupations, All Other"\n'
    groups, errors, warnings = _read(tmp_path / "soc.csv", text)
    assert [(group.code, group.title) for group in groups] == [
        ("15-1252", "Software Developers"),
        ("15-1299", "Computer Occupations, All Other"),
    ]
    assert not errors + warnings


def test_columns_are_found_by_name_and_others_are_said_to_be_left_out(tmp_path: Path) -> None:
    groups, errors, warnings = _read(tmp_path / "soc.csv", "note,title,code\nx,Chief Executives,11-1011\n")
    assert groups == (SocGroup(code="11-1011", title="Chief Executives", line=2),)
    assert not errors
    assert warnings == [":1: column 'note' is not known; it is not read"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ":1: the header '' does not have code and title once; write code,title"),
        ("code;title\n", ":1: the header 'code;title' does not have code and title once"),
        ("code,title\n151252,X\n", ":2: '151252' is no SOC code; write one such as 15-1252 or 15-0000"),
        ("code,title\n15-1252.00,X\n", ":2: '15-1252.00' is no SOC code"),
        (
            "code,title\n15-1299,Computer Occupations, All Other\n",
            ":2: the row has 3 cells and the header 2; quote",
        ),
        ("code,title\n15-1252,\n", ":2: code 15-1252 has no title; write the official title"),
        ("code,title\n15-1252,X\n15-1252,Y\n", ":3: code 15-1252 occurs twice; keep one"),
        ('code,title\n15-1252,"X\n', ":2: the row is no CSV"),
    ],
)
def test_a_fault_is_one_line(tmp_path: Path, text: str, expected: str) -> None:
    _, errors, _ = _read(tmp_path / "soc.csv", text)
    assert len(errors) == 1
    assert errors[0].startswith(expected)


def test_a_missing_file_and_a_wrong_encoding_are_errors(tmp_path: Path) -> None:
    problems = Problems()
    assert read_soc(tmp_path / "none.csv", problems) == ()
    (tmp_path / "latin.csv").write_bytes(b"code,title\n15-1252,D\xe9veloppeurs\n")
    assert read_soc(tmp_path / "latin.csv", problems) == ()
    assert [problem.line for problem in problems.errors] == [0, 2]


@pytest.mark.parametrize(
    ("code", "parent"),
    [
        ("15-1252", "15-1250"),
        ("15-1250", "15-1200"),
        ("15-1200", "15-0000"),
        ("31-1120", "31-1100"),
        ("51-5110", "51-5100"),
        ("51-5100", "51-0000"),
        ("17-2112", "17-2110"),
        ("17-2110", "17-2000"),
        ("29-1229", "29-1210"),
        ("15-0000", None),
    ],
)
def test_a_code_tells_the_group_above(code: str, parent: str | None) -> None:
    assert soc_parent(code) == parent


def test_the_official_structure_is_the_one_that_the_codes_tell(shared: Callable[[str], Path]) -> None:
    """In the published table each row stands below the last row of a higher level."""
    rows = _structure(shared("data/soc_2018/soc_structure_2018.xlsx"))
    assert len(rows) == 1_447
    above: dict[str, str] = {}
    for column, code in rows:
        above = {level: other for level, other in above.items() if level < column}
        assert soc_parent(code) == (above[max(above)] if above else None), code
        above[column] = code


def _structure(path: Path) -> list[tuple[str, str]]:
    """Column letter (A major … D detailed) and code of each row of the published workbook."""
    with zipfile.ZipFile(path) as book:
        shared_strings = book.read("xl/sharedStrings.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    strings = [
        re.sub("<[^>]+>", "", item).strip()
        for item in re.findall(r"<si>(.*?)</si>", shared_strings, re.DOTALL)
    ]
    cells = re.findall(r'<c r="([A-D])\d+"[^>]*t="s"[^>]*><v>(\d+)</v>', sheet)
    return [
        (column, strings[int(index)])
        for column, index in cells
        if re.fullmatch(r"\d\d-\d{4}", strings[int(index)])
    ]


def _quads(groups: list[SocGroup], codes: list[str]) -> str:
    lines: list[str] = []
    build_soc(groups, codes, Iris("https://x.test/"), QuadWriter("https://x.test/graph/soc", lines.append))
    assert len(lines) == len(set(lines))
    return "".join(lines)


def test_groups_above_a_code_are_there_without_a_title_that_nobody_gave() -> None:
    written = _quads(
        [SocGroup(code="15-0000", title="Computer and Mathematical Occupations")], ["15-1252.00"]
    )
    for code in ("15-1252", "15-1250", "15-1200", "15-0000"):
        assert (
            f'<https://x.test/soc2018/{code}> <http://www.w3.org/2004/02/skos/core#notation> "{code}"'
            in written
        )
    labels = [
        line for line in written.splitlines() if "prefLabel" in line and "soc2018/" in line.partition(" ")[0]
    ]
    assert [label.split('"')[1] for label in labels if "scheme" not in label.partition(" ")[0]] == [
        "Computer and Mathematical Occupations"
    ]


def test_the_order_of_the_inputs_does_not_matter() -> None:
    groups = [SocGroup(code="15-1252", title="A"), SocGroup(code="11-1011", title="B")]
    assert _quads(groups, ["15-1299.08", "13-2011.00"]) == _quads(groups[::-1], ["13-2011.00", "15-1299.08"])
