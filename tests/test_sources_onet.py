"""Reading an O*NET database: by header name, with every fault named, and nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rolegraph.errors import Problems
from rolegraph.model.onet import Layout
from rolegraph.model.onet_tables import files_of
from rolegraph.sources.onet import read_onet

SOURCES = Path(__file__).resolve().parent / "cases" / "sources"
DATABASE = SOURCES / "onet" / "database"
DATABASES: dict[Layout, Path] = {"up to 30.2": DATABASE, "from 30.3": SOURCES / "onet-30.3" / "database"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A copy of the invented database that a test may damage."""
    copy = tmp_path / "onet"
    shutil.copytree(DATABASE, copy)
    return copy


def _replace(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _read(directory: Path) -> tuple[list[str], list[str]]:
    """Errors and warnings, without the folder in front."""
    problems = Problems()
    read_onet(directory, problems)
    prefix = f"{directory}/"
    errors = [str(problem).removeprefix(prefix) for problem in problems.errors]
    return errors, [str(problem).removeprefix(prefix) for problem in problems.warnings]


def test_a_sound_database_has_no_problem_and_its_release_number() -> None:
    problems = Problems()
    read = read_onet(DATABASE, problems)
    assert not list(problems)
    assert read.version == "98.7"
    assert read.titles()["15-1252.00"] == "Software Developers"


@pytest.mark.parametrize("layout", DATABASES)
def test_rows_are_kept_as_the_lines_of_the_file(layout: Layout) -> None:
    directory = DATABASES[layout]
    problems = Problems()
    read = read_onet(directory, problems)
    assert not list(problems)
    assert [table.spec.file for table in read.tables.values()] == files_of(layout)
    assert len(read.tables) == {"up to 30.2": 40, "from 30.3": 47}[layout]
    for table in read.tables.values():
        lines = (directory / table.spec.file).read_text(encoding="utf-8").splitlines()
        assert [table.header, *table.rows] == lines


def test_only_asked_for_files_are_read_beside_the_occupations() -> None:
    read = read_onet(DATABASE, Problems(), tables=["job-zones"])
    assert list(read.tables) == ["occupation-data", "job-zones"]


def test_files_that_are_not_there_are_named_in_one_warning(database: Path) -> None:
    (database / "Skills.txt").unlink()
    (database / "Job Zones.txt").unlink()
    errors, warnings = _read(database)
    assert not errors
    assert warnings == [
        f"{database}: not there: Job Zones.txt, Skills.txt; what they hold is not in the graph"
    ]


@pytest.mark.parametrize("layout", DATABASES)
def test_every_file_but_the_occupations_may_be_missing(layout: Layout, tmp_path: Path) -> None:
    directory = tmp_path / "onet"
    directory.mkdir()
    shutil.copyfile(DATABASES[layout] / "Occupation Data.txt", directory / "Occupation Data.txt")
    for file in files_of(layout)[1:]:
        shutil.copyfile(DATABASES[layout] / file, directory / file)
        problems = Problems()
        read = read_onet(directory, problems)
        assert not problems.errors
        assert [table.spec.file for table in read.tables.values()] == ["Occupation Data.txt", file]
        (directory / file).unlink()


def test_files_that_no_layout_has_are_named_in_one_warning(database: Path) -> None:
    (database / "Wages.txt").write_text("a\tb\n", encoding="utf-8")
    (database / "db.xlsx").write_bytes(b"PK")
    (database / ".hidden").write_bytes(b"")
    errors, warnings = _read(database)
    assert not errors
    assert warnings == [
        f"{database}: not read: Wages.txt, db.xlsx; rolegraph knows no files of these names"
    ]


def test_a_missing_read_me_leaves_the_release_unknown(database: Path) -> None:
    (database / "Read Me.txt").unlink()
    problems = Problems()
    assert read_onet(database, problems).version is None
    assert len(problems.warnings) == 1


def test_occupation_data_must_be_there_and_its_absence_is_one_error(database: Path) -> None:
    (database / "Occupation Data.txt").unlink()
    errors, _ = _read(database)
    assert errors == ["Occupation Data.txt: the file is missing; add it; no O*NET database is without it"]


def test_a_folder_of_other_files_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "occupations_en.csv").write_text("x", encoding="utf-8")
    errors, warnings = _read(tmp_path)
    assert len(errors) == 1
    assert "there is no file such as Occupation Data.txt; name an unpacked O*NET database" in errors[0]
    assert not warnings


def test_many_unknown_files_are_not_all_named(database: Path) -> None:
    for number in range(30):
        (database / f"x{number:02}.csv").write_text("x", encoding="utf-8")
    _, warnings = _read(database)
    found = [warning for warning in warnings if "not read" in warning]
    assert len(found) == 1
    assert found[0].endswith("x18.csv, x19.csv and 10 more; rolegraph knows no files of these names")


def test_two_layouts_are_one_error_although_their_rows_agree(database: Path) -> None:
    shutil.copy(database / "Skills.txt", database / "Essential Skills.txt")
    errors, _ = _read(database)
    assert len(errors) == 1
    assert "files of two layouts" in errors[0]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    errors, _ = _read(tmp_path / "nowhere")
    assert len(errors) == 1
    assert "there is no such folder" in errors[0]


def test_columns_are_found_by_name_in_any_order_with_others_between(database: Path) -> None:
    path = database / "Job Zones.txt"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    moved = [[cells[3], "Remark" if n == 0 else "x", cells[1], cells[0]] for n, cells in enumerate(rows)]
    path.write_text("".join("\t".join(cells) + "\n" for cells in moved), encoding="utf-8")
    problems = Problems()
    table = read_onet(database, problems).tables["job-zones"]
    assert not problems.errors
    assert [problem.message for problem in problems.warnings] == [
        "column 'Remark' is not known; it is kept in the rows' source text only"
    ]
    assert table.rows[0] == "Analyst\tx\t4\t15-1252.00"
    assert table.column("Date") is None


def test_unknown_codes_are_seen_when_the_code_is_not_the_first_column(database: Path) -> None:
    path = database / "Occupation Data.txt"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join("\t".join(cells[::-1]) + "\n" for cells in rows), encoding="utf-8")
    assert _read(database) == ([], [])
    _replace(database, "Job Zones.txt", "15-1252.00", "15-1252.01")
    errors, _ = _read(database)
    assert len(errors) == 1
    assert "'15-1252.01' is not in Occupation Data.txt" in errors[0]


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_rows(database: Path) -> None:
    path = database / "Job Zones.txt"
    text = path.read_text(encoding="utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    problems = Problems()
    table = read_onet(database, problems).tables["job-zones"]
    assert not list(problems)
    assert "\n".join([table.header, *table.rows, ""]) == text


def test_an_element_with_two_names_is_a_warning_at_the_second(database: Path) -> None:
    _replace(database, "Skills.txt", "Reading Comprehension\tLV", "Reading\tLV")
    errors, warnings = _read(database)
    assert not errors
    assert warnings == [
        "Skills.txt:3: 2.A.1.a is named 'Reading' here and 'Reading Comprehension' before;"
        " the first name is used"
    ]


FAULTS: list[tuple[str, str, str, str]] = [
    ("Job Zones.txt", "4\t08/2023\tAnalyst", "4\t08/2023", "2: the row has 3 cells and the header 4"),
    ("Job Zones.txt", "Analyst\n15", "Analyst\tx\n15", "2: the row has 5 cells and the header 4"),
    ("Job Zones.txt", "\n15-1299", "\n\n15-1299", "3: the line is empty; remove it"),
    ("Job Zones.txt", "15-1252.00", "15-1252", "2: O*NET-SOC Code '15-1252' is no O*NET-SOC code"),
    ("Job Zones.txt", "15-1252.00", "15-1252.01", "2: O*NET-SOC Code '15-1252.01' is not in Occupation"),
    ("Job Zones.txt", "15-1252.00", "n/a", "2: O*NET-SOC Code 'n/a' says nothing"),
    ("Job Zones.txt", "15-1299.08", "15-1252.00", "3: O*NET-SOC Code '15-1252.00' is already on line 2"),
    ("Job Zones.txt", "\t4\t", "\tfour\t", "2: Job Zone 'four' is no job zone"),
    ("Job Zones.txt", "4\t08/2023", "4\t13/2023", "2: Date '13/2023' is no month; write MM/YYYY"),
    ("Job Zones.txt", "Job Zone\t", "Zone\t", "1: column 'Job Zone' is missing"),
    ("Job Zones.txt", "Date\t", "Job Zone\t", "1: column 'Job Zone' occurs twice; keep one"),
    ("Skills.txt", "4.00", "4,00", "2: Data Value '4,00' is no number; write one such as 4.12, or n/a"),
    ("Skills.txt", "4.00", "NaN", "2: Data Value 'NaN' is no number"),
    ("Skills.txt", "4.00", " 4.00", "2: Data Value ' 4.00' is no number"),
    ("Skills.txt", "\t8\t0.0000", "\t8.0\t0.0000", "2: N '8.0' is no whole number"),
    ("Skills.txt", "\tN\tn/a", "\tno\tn/a", "2: Recommend Suppress 'no' is neither Y nor N"),
    ("Skills.txt", "2.A.1.a", "2.A 1", "2: Element ID '2.A 1' is no element ID"),
    ("Skills.txt", "\tLV\t", "\tIM\t", "3: O*NET-SOC Code + Element ID + Scale ID '15-1252.00' + '2."),
    ("Related Occupations.txt", "Primary-Short", "Primary", "2: Relatedness Tier 'Primary' is not in the"),
    ("Related Occupations.txt", "\t15-1299.08", "\t99-9999.99", "2: Related O*NET-SOC Code '99-9999.99' "),
    ("Task Statements.txt", "\tCore", "\tMain", "2: Task Type 'Main' is not in the list; write one of Core"),
    ("Task Statements.txt", "1002", "10 02", "3: Task ID '10 02' is no identifier"),
    ("Technology Skills.txt", "43232408", "4323240", "2: Commodity Code '4323240' is no UNSPSC code"),
    ("Alternate Titles.txt", "02,08", "02;08,", "3: Source(s) '02;08,' is no list of codes"),
    ("Alternate Titles.txt", "PW\t02", "n/a\t02", "4: O*NET-SOC Code + Alternate Title + Short Title"),
    ("Occupation Data.txt", "\tPsychiatrists", "\t", "4: Title '' says nothing; write a value"),
    ("Occupation Data.txt", "\tPsychiatrists", "\t ", "4: Title ' ' is only spaces; write a value"),
]  # fmt: skip


def test_enough_kinds_of_faults_are_covered() -> None:
    assert len(FAULTS) >= 25


@pytest.mark.parametrize(("file", "old", "new", "expected"), FAULTS, ids=lambda value: repr(value)[:24])
def test_a_fault_is_one_line_that_says_where_and_what(
    database: Path, file: str, old: str, new: str, expected: str
) -> None:
    _replace(database, file, old, new)
    errors, _ = _read(database)
    assert len(errors) == 1
    assert errors[0].startswith(f"{file}:{expected}")
    assert "; " in errors[0]


def test_a_broken_or_repeated_code_of_an_occupation_is_an_error(database: Path) -> None:
    with (database / "Occupation Data.txt").open("a", encoding="utf-8") as file:
        file.write("11-1011\tA\tB\n15-1252.00\tA\tB\n")
    errors, _ = _read(database)
    assert sorted(errors) == [
        "Occupation Data.txt:5: O*NET-SOC Code '11-1011' is no O*NET-SOC code; write one such as 15-1252.00",
        "Occupation Data.txt:6: O*NET-SOC Code '15-1252.00' is already on line 2; keep one of the two rows",
    ]


def test_a_control_character_is_an_error_in_known_and_unknown_columns(database: Path) -> None:
    path = database / "Job Zones.txt"
    header, row, *others = path.read_text(encoding="utf-8").split("\n")
    rows = [f"{header}\tNote", f"{row}\ta\0b", *(f"{other}\tb" for other in others if other)]
    path.write_text("\n".join(rows), encoding="utf-8")
    errors, _ = _read(database)
    assert errors == ["Job Zones.txt:2: the row holds a control character; write the text without it"]


def test_a_header_of_megabytes_is_a_short_message(database: Path) -> None:
    (database / "Job Zones.txt").write_bytes(b"\0\t" * 1_000_000)
    errors, warnings = _read(database)
    assert max(map(len, [*errors, *warnings])) < 600


def test_a_misspelt_column_is_told_by_its_nearest_name(database: Path) -> None:
    _replace(database, "Job Zones.txt", "Job Zone\t", "Job Zoen\t")
    errors, _ = _read(database)
    assert errors == ["Job Zones.txt:1: column 'Job Zone' is missing; rename 'Job Zoen', or add it"]


def test_line_ends_of_an_old_mac_are_one_error(database: Path) -> None:
    path = database / "Job Zones.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    errors, _ = _read(database)
    assert errors == [
        "Job Zones.txt:1: its lines end in a carriage return alone; save it with line ends of Unix"
    ]


def test_a_file_without_rows_is_told(database: Path) -> None:
    path = database / "Job Zones.txt"
    path.write_text(path.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    errors, warnings = _read(database)
    assert not errors
    assert "Job Zones.txt:1: there is no row below the header; nothing comes from this file" in warnings


def test_a_byte_that_is_not_utf_8_is_placed(database: Path) -> None:
    path = database / "Job Zones.txt"
    path.write_bytes(path.read_bytes().replace(b"Analyst\n", b"Analys\xe9\n"))
    errors, _ = _read(database)
    assert errors == [
        "Job Zones.txt:2: byte 0xE9 at column 28 is not UTF-8 and 1 more like it; save the file as UTF-8"
    ]


@pytest.mark.parametrize("separator", [",", ";", " "])
def test_another_separator_is_one_error_for_the_file(database: Path, separator: str) -> None:
    path = database / "Task Statements.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("\t", separator), encoding="utf-8")
    errors, _ = _read(database)
    assert len(errors) == 1
    assert errors[0].startswith("Task Statements.txt:1: the header line ")
    assert "separate columns by a tab" in errors[0]


def test_an_empty_file_is_an_error(database: Path) -> None:
    (database / "Skills.txt").write_bytes(b"")
    assert _read(database)[0] == ["Skills.txt:1: the file is empty; give the header line and the rows"]


def test_a_broken_occupation_row_is_not_reported_again_by_its_other_rows(database: Path) -> None:
    _replace(database, "Occupation Data.txt", "\tWrite programs and keep them running.", "")
    errors, _ = _read(database)
    assert errors == [
        "Occupation Data.txt:2: the row has 2 cells and the header 3; write 3 cells separated by tabs"
    ]


def test_all_faults_of_all_files_come_in_one_run(database: Path) -> None:
    independent = [FAULTS[index] for index in (0, 8, 11, 14, 18, 20, 22, 23, 25)]
    for file, old, new, _ in independent[1:]:
        _replace(database, file, old, new)
    errors, _ = _read(database)
    assert len(errors) == len(independent) - 1


def test_the_real_release_is_read_whole_and_without_a_problem(shared: Callable[[str], Path]) -> None:
    directory = shared("data/onet_29_0")
    problems = Problems()
    read = read_onet(directory, problems)
    missing = "Abilities.txt, Task Ratings.txt, Work Activities.txt, Work Context.txt"
    assert [problem.message for problem in problems] == [
        f"not there: {missing}; what they hold is not in the graph"  # those of more than 5 MB
    ]
    assert read.version == "29.0"
    assert {table.spec.file for table in read.tables.values()} | {"Read Me.txt"} == {
        path.name for path in directory.iterdir()
    }
    assert sum(len(table.rows) for table in read.tables.values()) == 427_203
    for table in read.tables.values():
        written = "\n".join([table.header, *table.rows, ""])
        assert written.encode() == (directory / table.spec.file).read_bytes()


def test_a_damaged_real_release_gives_one_line_per_fault(
    shared: Callable[[str], Path], tmp_path: Path
) -> None:
    directory = tmp_path / "onet"
    directory.mkdir()
    for path in shared("data/onet_29_0").glob("*.txt"):
        shutil.copyfile(path, directory / path.name)
    damages = [
        ("Skills.txt", 30_000, lambda line: line.replace("\t", " ", 1)),
        ("Skills.txt", 61_531, lambda line: "99" + line[2:]),
        ("Knowledge.txt", 8, lambda line: line.replace("\tIM\t", "\tIM\tx")),
        ("Task Statements.txt", 18_000, lambda line: line.rpartition("\t")[0] + "\tx\ty"),
        ("Alternate Titles.txt", 55_121, lambda _: ""),
        ("Technology Skills.txt", 2, lambda line: line[:-1] + "maybe"),
        ("Related Occupations.txt", 9_000, lambda line: line + "st"),
        ("Job Zones.txt", 500, lambda line: line[:7] + line[10:]),
    ]  # fmt: skip
    for file, number, damage in damages:
        path = directory / file
        lines = path.read_text(encoding="utf-8").split("\n")
        lines[number - 1] = damage(lines[number - 1])
        path.write_text("\n".join(lines), encoding="utf-8")
    problems = Problems()
    read_onet(directory, problems)
    assert sorted((Path(problem.file).name, problem.line) for problem in problems.errors) == sorted(
        (file, number) for file, number, _ in damages
    )
