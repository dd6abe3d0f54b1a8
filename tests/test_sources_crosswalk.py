"""Crosswalks: published tables are known by their header, and every row is read, resolved or named."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.errors import Problems
from rolegraph.iris import Iris, fold
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import CROSSWALK_CODE, CROSSWALK_CONFIDENCE, Crosswalk, Crosswalks
from rolegraph.model.mapping_set import MappingSet
from rolegraph.sources.crosswalk import read_crosswalks
from rolegraph.sources.crosswalk_ends import report_ends
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.onet import read_onet
from rolegraph.sources.onetsoc2010 import resolve

CASES = Path(__file__).resolve().parent / "cases" / "sources" / "crosswalks"
IRIS = Iris("https://example.org/roles/")
SKOS = "http://www.w3.org/2004/02/skos/core#"
SSSOM = "https://w3id.org/sssom/"
TITLES = {
    "15-9001.00": "Gardeners of Data",
    "15-9002.00": "Bell Ringers",
    "15-9003.00": "Kite Makers",
    "15-9004.00": "Lighting Attendants",
    "15-9005.00": "Cheese Tasters",
    "15-9006.00": "Wine Tasters",
}
"""An invented O*NET database."""


def esco(number: int) -> str:
    return f"http://data.europa.eu/esco/occupation/{number:08x}-0000-4000-8000-000000000000"


def read(folder: Path, *names: str) -> tuple[tuple[Crosswalk, ...], list[str], ImportReport]:
    problems, report = Problems(), ImportReport()
    found = read_crosswalks(folder, names, IRIS, problems, report)
    return found, [str(problem) for problem in problems], report


def resolved(*names: str, titles: dict[str, str] = TITLES) -> tuple[Crosswalks, list[str], ImportReport]:
    files, _, report = read(CASES, *names)
    problems = Problems()
    return resolve(files, titles, IRIS, problems, report), [str(p) for p in problems], report


def subjects(crosswalk: Crosswalk) -> list[str]:
    return [mapping.subject.removeprefix(IRIS.base) for mapping in crosswalk.mappings]


def test_commission_s_table_is_read_below_its_preamble() -> None:
    (crosswalk,), problems, _ = read(CASES, "commission.csv")
    assert problems == []
    assert crosswalk.mapping_set.iri == "https://example.org/roles/mappingset/esco-onet-commission"
    assert crosswalk.is_asserted
    assert [(m.line, m.predicate.removeprefix(SKOS), m.object) for m in crosswalk.mappings] == [
        (18, "exactMatch", esco(1)),
        (20, "narrowMatch", esco(2)),
        (22, "broadMatch", "http://data.europa.eu/esco/isco/C9629"),
        (23, "closeMatch", esco(3)),
    ]
    assert crosswalk.mappings[0].subject == IRIS.onet("15-9001.00")
    assert crosswalk.mappings[0].subject_label == "Gardeners of Data"
    assert crosswalk.mappings[0].review_status is None


def test_nesta_s_table_keeps_its_own_confidence_similarity_and_titles() -> None:
    (crosswalk,), problems, _ = read(CASES, "nesta.csv")
    assert problems == []
    assert not crosswalk.is_asserted
    first, second, third, _, last = crosswalk.mappings
    assert first.extra == (
        (CROSSWALK_CODE, "15-8001.00"),
        (CROSSWALK_CONFIDENCE, "2.0"),
        (SSSOM + "similarity_score", "0.9034567891234567"),
        (SSSOM + "match_string", "data gardener|gardener"),
    )
    assert first.confidence is None
    assert {m.predicate for m in crosswalk.mappings} == {SKOS + "closeMatch"}
    assert SSSOM + "match_string" not in dict(second.extra)
    assert dict(third.extra)[SSSOM + "match_string"] == "2164"
    assert dict(last.extra)[SSSOM + "match_string"] == r"taster \| grader"


def test_an_sssom_set_is_read_with_its_header() -> None:
    (crosswalk,), problems, _ = read(CASES, "others.sssom.tsv")
    assert problems == []
    found = crosswalk.mapping_set
    assert (found.iri, found.title) == ("https://example.org/sets/kites", "Kites of two worlds")
    assert found.details == (
        ("mapping_set_description", ("What kite makers are called elsewhere.",)),
        ("creator_label", ("A. Falk",)),
    )
    related, accepted = crosswalk.mappings
    # What the header says for all rows stands in each of them.
    assert (SSSOM + "mapping_date", "2026-03-01") in related.extra
    assert (related.review_status, accepted.review_status) == (None, "accepted")


def test_same_title_resolves_under_the_same_and_under_another_code() -> None:
    crosswalks, problems, report = resolved("nesta.csv")
    assert subjects(crosswalks.files[0]) == [
        "onetsoc2019/15-9001.00",
        "onetsoc2019/15-9002.00",
        "onetsoc2010/15-9003.00",
        "onetsoc2010/15-8002.00",
        "onetsoc2010/15-8003.00",
    ]
    assert crosswalks.retired == {
        "15-9003.00": "kite builders",
        "15-8002.00": "lamp lighters, gas",
        "15-8003.00": "food tasters",
    }
    assert crosswalks.unresolved == set(crosswalks.retired)
    assert problems == [
        "nesta.csv:4: 3 of 5 rows name 3 codes of O*NET-SOC 2010 that the loaded O*NET database does not "
        "have; kept as occupations of 2010"
    ]
    assert [(row.line, row.found) for row in report.findings] == [
        (4, "15-9003.00 is called 'Kite Makers' in the loaded O*NET database"),
        (5, "15-8002.00 is not in the loaded O*NET database, nor is its title"),
        (6, "15-8003.00 is not in the loaded O*NET database, nor is its title"),
    ]
    assert report.findings[2].row[:5] == ("5", "cheese taster", "7515", "15-8003.00", "food tasters")


def test_published_table_from_2010_to_2019_resolves_what_has_one_successor() -> None:
    crosswalks, problems, report = resolved("nesta.csv", "onetsoc-2010-2019.csv")
    nesta, table = crosswalks.files
    assert subjects(nesta)[3:] == ["onetsoc2019/15-9004.00", "onetsoc2010/15-8003.00"]
    assert len(problems) == 1
    assert [row.found for row in report.findings] == [
        "15-9003.00 is called 'Kite Makers' in the loaded O*NET database",
        "15-8003.00 became 15-9005.00 and 15-9006.00",
    ]
    # The table's own rows stay between 2010 and 2019, and what they name is not unresolved.
    assert {subject.partition("/")[0] for subject in subjects(table)} == {"onetsoc2010"}
    assert set(crosswalks.retired) == {"15-8002.00", "15-8003.00", "15-9002.00", "15-9003.00"}
    assert crosswalks.unresolved == {"15-8003.00", "15-9003.00"}


def test_without_an_onet_database_every_row_is_kept_and_reported() -> None:
    crosswalks, problems, report = resolved("nesta.csv", "commission.csv", titles={})
    assert len(crosswalks.files[0].mappings) == len(report.findings) == 5
    assert len(problems) == 1
    assert "5 of 5 rows name 5 codes of O*NET-SOC 2010 that nothing can resolve" in problems[0]


def test_codes_of_2019_that_the_database_lacks_are_reported_and_kept() -> None:
    titles = {code: title for code, title in TITLES.items() if code != "15-9003.00"}
    crosswalks, problems, report = resolved("commission.csv", titles=titles)
    assert len(crosswalks.files[0].mappings) == 4
    assert problems == [
        "commission.csv:23: 1 of 4 rows name a code that is not in the loaded O*NET database; kept as they "
        "are"
    ]
    assert [(row.line, row.found) for row in report.findings] == [
        (23, "15-9003.00 is not in the loaded O*NET database")
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("commission.csv", "15-9002.00", "15-9002", "22: '15-9002' is no O*NET-SOC code; write one "),
        ("commission.csv", "/isco/C9629", "/isco/9629", "22: 'http://data.europa.eu/esco/isco/9629' is "),
        ("commission.csv", "closeMatch", "sameAs", "23: type of match is 'sameAs'; write one of exactMatch"),
        ("commission.csv", "15-9003.00,", "15-9003.00,,", "23: the row has 8 cells and the header 7; quote "),
        ("commission.csv", "O*NET Title", "ONET Title", "17: there is no column O*NET Title; add it"),
        ("commission.csv", "O*NET Description", "O*NET Id", "17: column 'O*NET Id' is there twice; keep one"),
        ("nesta.csv", "0.55", "1.55", "4: semantic_similarity is '1.55'; write a number from 0 to 1"),
        ("nesta.csv", ",0.5,", ",high,", "4: confidence is 'high'; write a number from 0 to 2"),
        ("nesta.csv", ",2164,", ',"2164,', "4: the row is no CSV ("),
        ("nesta.csv", "kite maker", "kite\x07maker", "4: a cell holds a control character; write it without"),
        ("onetsoc-2010-2019.csv", "15-9004.00", "n/a", "2: 'n/a' is no O*NET-SOC code; write one "),
        ("others.sssom.tsv", "0.95", "95", "16: similarity_score is '95'; write a number from 0 to 1"),
        ("others.sssom.tsv", "2026-03-01", "March", "15: mapping_date is 'March'; write YYYY-MM-DD"),
        ("others.sssom.tsv", "https://example.org/sets/kites", "kites", "1: mapping_set_id 'kites' is no "),
    ],
)
def test_a_fault_is_named_by_its_line(tmp_path: Path, name: str, old: str, new: str, fault: str) -> None:
    text = (CASES / name).read_bytes().decode()
    assert old in text
    (tmp_path / name).write_bytes(text.replace(old, new, 1).encode())
    _, problems, _ = read(tmp_path, name)
    assert f"{name}:{fault}" in problems[0], problems


def test_all_faults_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    for name in ("commission.csv", "nesta.csv"):
        text = (CASES / name).read_text(encoding="utf-8-sig")
        (tmp_path / name).write_text(text.replace("15-9", "15_9"), encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes("onet_code,título".encode("latin-1"))
    _, problems, _ = read(tmp_path, "commission.csv", "nesta.csv", "latin.csv", "absent.csv")
    assert len([p for p in problems if "is no O*NET-SOC code" in p]) == 4 + 2
    assert problems[0].startswith("absent.csv: cannot be read")
    assert any(p.startswith("latin.csv:1: byte 0xED at column 12 is not UTF-8;") for p in problems)


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_delimiter_is_told(tmp_path: Path, delimiter: str, word: str) -> None:
    with (CASES / "commission.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    with (tmp_path / "x.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    _, problems, _ = read(tmp_path, "x.csv")
    assert problems == [f"x.csv:17: the cells are separated by {word}; save the file with commas"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\n" * 5])
def test_a_file_of_another_kind_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    _, problems, _ = read(tmp_path, "x.csv")
    assert len(problems) == 1
    assert problems[0].startswith("x.csv:1: no row is the header of a crosswalk that is known; name")


def test_a_repeated_row_is_left_out_and_reported(tmp_path: Path) -> None:
    lines = (CASES / "nesta.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "nesta.csv").write_text("".join([*lines, lines[1], lines[2]]), encoding="utf-8")
    (crosswalk,), problems, report = read(tmp_path, "nesta.csv")
    assert len(crosswalk.mappings) == 5
    assert problems == [
        "nesta.csv:7: rows that say what a row above them says: 2, the first here; left out"
    ]
    assert [(row.line, row.reason) for row in report.findings] == [
        (7, "the row says the same as line 2; left out"),
        (8, "the row says the same as line 3; left out"),
    ]
    assert report.findings[0].row[1] == "data gardener"


def test_a_table_without_rows_and_a_file_named_twice_are_told(tmp_path: Path) -> None:
    header = (CASES / "nesta.csv").read_text(encoding="utf-8").partition("\n")[0]
    (tmp_path / "nesta.csv").write_text(header + "\n", encoding="utf-8")
    _, problems, _ = read(tmp_path, "nesta.csv", "nesta.csv")
    assert problems == [
        "nesta.csv: the file is named twice; name it once",
        "nesta.csv: there is no row below the header; it maps nothing",
    ]


def test_quotes_make_no_secret_of_another_delimiter(tmp_path: Path) -> None:
    text = (CASES / "commission.csv").read_text(encoding="utf-8-sig").replace(",", ";")
    (tmp_path / "commission.csv").write_text('"a" b\n' + text, encoding="utf-8")
    _, problems, _ = read(tmp_path, "commission.csv")
    assert problems == ["commission.csv:18: the cells are separated by semicolons; save the file with commas"]


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (b"PK\x03\x04\xff", "the file is a zip archive or a workbook; name a text file, saved as UTF-8"),
        (b"\xff\xfea\0", "the file is UTF-16; save it as UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_is(tmp_path: Path, start: bytes, found: str) -> None:
    (tmp_path / "x.csv").write_bytes(start)
    assert read(tmp_path, "x.csv")[1] == [f"x.csv:1: {found}"]


def ends(name: str, has_onet: bool, concepts: set[str] | None) -> tuple[list[str], int]:
    files, _, report = read(CASES, name)
    problems = Problems()
    report_ends(files, has_onet, concepts, IRIS, problems, report)
    return [str(problem) for problem in problems], len(report.findings)


def test_rows_that_lead_out_of_the_graph_are_told() -> None:
    everything = {esco(number) for number in range(1, 8)} | {"http://data.europa.eu/esco/isco/C9629"}
    assert ends("commission.csv", has_onet=True, concepts=everything) == ([], 0)
    assert ends("commission.csv", has_onet=False, concepts=None) == (
        [
            "commission.csv:18: 4 of 4 rows name concepts of ESCO, which [sources] does not name; "
            "kept as they are",
            "commission.csv:18: 4 of 4 rows name occupations of O*NET, which [sources] does not name; "
            "kept as they are",
        ],
        0,
    )
    assert ends("commission.csv", has_onet=True, concepts=everything - {esco(2)}) == (
        ["commission.csv:20: 1 of 4 rows name concepts that no source of ESCO has; kept as they are"],
        1,
    )


def test_sets_without_an_iri_are_no_one_crosswalk(tmp_path: Path) -> None:
    text = (CASES / "others.sssom.tsv").read_text(encoding="utf-8")
    for name in ("a.sssom.tsv", "b.sssom.tsv"):
        (tmp_path / name).write_text(text.replace("#mapping_set_id: ", "#note: "), encoding="utf-8")
    _, problems, _ = read(tmp_path, "a.sssom.tsv", "b.sssom.tsv")
    lacking = "1: the header lacks mapping_set_id; add `#mapping_set_id: …` (SSSOM requires it)"
    assert problems == [f"a.sssom.tsv:{lacking}", f"b.sssom.tsv:{lacking}"]


def test_one_crosswalk_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        shutil.copy(CASES / "nesta.csv", tmp_path / name)
    _, problems, _ = read(tmp_path, "a.csv", "b.csv")
    assert problems == ["b.csv: a.csv is the same crosswalk; name one of the two"]


TITLE = st.sampled_from(["Bell ringers", "BELL-RINGERS", "Kite makers", "Lamp lighters"])
CODE = st.sampled_from(["15-9001.00", "15-9002.00", "15-9003.00"])


@given(st.dictionaries(CODE, TITLE), st.dictionaries(CODE, TITLE))
def test_every_row_is_resolved_or_reported(database: dict[str, str], named: dict[str, str]) -> None:
    mappings = tuple(
        Mapping(subject=IRIS.onet_2010(code), predicate="p", object="o", justification="j", file="x", line=n)
        for n, code in enumerate(named, start=1)
    )
    mapping_set = MappingSet(iri="https://example.org/set", licence="x")
    crosswalk = Crosswalk(mapping_set=mapping_set, mappings=mappings, retired_titles=named)
    report = ImportReport()
    result = resolve((crosswalk,), database, IRIS, Problems(), report)
    (found,) = result.files
    assert len(found.mappings) == len(mappings)
    for before, after in zip(mappings, found.mappings, strict=True):
        code = before.subject.rpartition("/")[2]
        same = [known for known, title in database.items() if fold(title) == fold(named[code])]
        expected = IRIS.onet(same[0]) if len(same) == 1 else before.subject
        assert after.subject == expected
        assert (after.subject == before.subject) == (before.line in {row.line for row in report.findings})
        assert (code in result.unresolved) == (after.subject == before.subject)


def test_all_rows_of_nesta_s_table_are_read(shared: Callable[[str], Path]) -> None:
    problems, report = Problems(), ImportReport()
    name = "data/nesta_crosswalk/esco_onet_crosswalk_Nov2020.csv"
    files = read_crosswalks(shared(name).parents[2], (name,), IRIS, problems, report)
    titles = read_onet(shared("data/onet_29_0"), Problems(), ()).titles()
    crosswalks = resolve(files, titles, IRIS, problems, report)
    assert problems.errors == []
    (crosswalk,) = crosswalks.files
    assert len(crosswalk.mappings) == len({mapping.object for mapping in crosswalk.mappings}) == 1680
    unresolved = [m for m in crosswalk.mappings if m.subject.startswith(IRIS.onet_2010(""))]
    # 325 rows have a code that O*NET 29.0 lacks, 130 of them under the title of another; 86 a new title.
    assert len(unresolved) == len(report.findings) == 325 - 130 + 86
    assert len(crosswalks.unresolved) == 128
