"""The files of an import: CSV, TSV, XLSX, JSON and NDJSON, sound and broken."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from rolegraph.sources import folder as archives
from tables import PLAIN_MAP, documents, file_faults, import_files, refused, workbook

CSV = "Family,Role,Level\nWater,Diver,Diver\nWater,Diver,Senior diver\n"
CODES = ["WATER.DIVER.P3", "WATER.DIVER.P4"]
JSON_MAP = """
[[table]]
rows = "levels.*"
[table.role]
key = ["role", "levels.*"]
title = "levels.*.title"
family = {label = "field"}
specialisation = {label = "role"}
level = "levels.*"
components = [{kind = "skill", label = "levels.*.skills.*.name", proficiency = "levels.*.skills.*.step"}]
"""
DIVER = {
    "role": "Diver",
    "field": "Water",
    "levels": {
        "P3": {"title": "Diver", "skills": [{"name": "Swim", "step": 3}, {"name": "Dive", "step": None}]},
        "P4": {"title": "Senior diver", "skills": []},
    },
}


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt"])
def test_delimiter_is_found(tmp_path: Path, name: str, mark: str) -> None:
    found, warnings = import_files(tmp_path, {name: CSV.replace(",", mark)}, PLAIN_MAP)
    assert (list(documents(found)), warnings) == (CODES, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encoding_is_that_of_the_map(tmp_path: Path, encoding: str) -> None:
    text = CSV.replace("Water", "Wässer")
    chosen = PLAIN_MAP.replace("[[table]]", f'[[table]]\nencoding = "{encoding}"')
    found, _ = import_files(tmp_path, {"t.csv": text.encode(encoding)}, chosen)
    assert found.taxonomy["families"][0]["label"] == "Wässer"


def test_line_ends_and_empty_lines_do_not_matter(tmp_path: Path) -> None:
    for ends in ("\r\n", "\n\n"):
        found, _ = import_files(tmp_path, {"t.csv": CSV.replace("\n", ends)}, PLAIN_MAP)
        assert list(documents(found)) == CODES


def test_header_line_and_lines_of_cells_with_line_ends(tmp_path: Path) -> None:
    text = 'Our roles\n"as of, May"\nFamily,Role,Level\nWater,"Diver\nof ships",Diver\nWater,,Diver\n'
    found, _ = import_files(
        tmp_path, {"t.csv": text}, PLAIN_MAP.replace("[[table]]", "[[table]]\nheader = 3")
    )
    assert [row.line for _, row in found.roles] == [4]
    assert refused(found) == ["6: 'Role' says nothing; write what tells the roles apart"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "t.csv: the file is empty; give a line of column names, and the rows"),
        (b" \n \n", "t.csv: the file is empty"),
        ("Family,Röle".encode("cp1252"), "t.csv:1: byte 0xF6 is not utf-8; save the file as UTF-8, or write"),
        (CSV.encode("utf-16"), 't.csv: the file is UTF-16; save it as UTF-8, or write encoding = "utf-16"'),
        (
            b'Family,Role,Level\nWater,"Diver,Diver\n',
            "t.csv:2: the quoting is wrong (unexpected end of data)",
        ),
        (
            b"Family,Role,Levl\nWater,Diver,Diver\n",
            "t.csv:1: there is no column 'Level'; did you mean 'Levl'?",
        ),
        (
            b"Family,Role,Level,Role\na,b,c,d\n",
            "t.csv:1: column 'Role' is there 2 times; give each its own name",
        ),
    ],
)
def test_fault_of_a_csv_file_is_one_line(tmp_path: Path, content: bytes, fault: str) -> None:
    faults = file_faults(tmp_path, {"t.csv": content})
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_delimiter_of_the_map_is_compared_with_the_header(tmp_path: Path) -> None:
    chosen = PLAIN_MAP.replace("[[table]]", '[[table]]\ndelimiter = ";"')
    assert file_faults(tmp_path, {"t.csv": CSV}, chosen) == [
        "t.csv:1: the header line is separated by a comma, not by a semicolon; correct `delimiter` in the "
        "map, or leave it out"
    ]


def test_ragged_rows_and_control_characters_are_refused(tmp_path: Path) -> None:
    rows = ["Family,Role,Level,", "Water,Diver,Diver,", "Water,Diver", "Water,Diver,\x07,", "Water,Diver,x,x"]
    text = "\n".join(rows)
    found, _ = import_files(tmp_path, {"t.csv": text}, PLAIN_MAP)
    assert refused(found) == [
        "3: the row has 2 cells and the header 4; write one for each column",
        "4: 'Level' holds a control character; write the text without it",
        "5: a cell stands in a column without a name; name the column, or empty the cell",
    ]
    assert found.rejections.causes[2].row == ("Water", "Diver", "x", "x")
    assert list(documents(found)) == CODES[:1]


def test_columns_that_nothing_reads_are_named_once(tmp_path: Path) -> None:
    text = "Family,Role,Level,Pay,Note\nWater,Diver,Diver,1,2\n"
    ignoring = PLAIN_MAP.replace("[[table]]", '[[table]]\nignore = ["Pay"]')
    _, warnings = import_files(tmp_path, {"a.csv": text, "b.csv": text.replace("Diver", "Sailor")}, ignoring)
    assert warnings == ["a.csv:1: column 'Note' is not in the map; it is not imported"]


def test_columns_that_nothing_reads_are_named_for_each_table(tmp_path: Path) -> None:
    text = "Family,Role,Level,Note\nWater,Diver,Diver,2\n"
    skills = '[[table]]\nfile = "b.csv"\ncomponents = [{kind = "skill", label = "Skill"}]\n'
    files = {"a.csv": text, "b.csv": "Skill,Note\nSwim,x\n"}
    _, warnings = import_files(
        tmp_path, files, PLAIN_MAP.replace("[[table]]", '[[table]]\nfile = "a.csv"') + skills
    )
    assert [warning.split(":")[0] for warning in warnings] == ["a.csv", "b.csv"]


def test_file_without_rows_is_a_warning(tmp_path: Path) -> None:
    found, warnings = import_files(tmp_path, {"t.csv": "Family,Role,Level\n"}, PLAIN_MAP)
    assert (found.roles, warnings) == (
        [], ["t.csv:1: there is no row below the header; nothing comes from this file"]
    )  # fmt: skip


def test_files_and_tables_must_find_each_other(tmp_path: Path) -> None:
    chosen = PLAIN_MAP.replace("[[table]]", '[[table]]\nfile = "roles.csv"')
    faults = file_faults(tmp_path, {"other.csv": CSV}, chosen)
    assert faults == [
        "other.csv: no table of the map reads this file; it reads roles.csv",
        "other.csv: there is no file roles.csv that the map reads; name it as well",
    ]
    assert file_faults(tmp_path, {"t.doc": CSV})[0].startswith(
        "t.doc: .doc is no kind of table; save it as"
    )


def test_folder_is_read_whole(tmp_path: Path) -> None:
    files = {"in/a/roles.csv": CSV, "in/LICENSE": "x", "in/.hidden/a/roles.csv": "x"}
    chosen = PLAIN_MAP.replace("[[table]]", '[[table]]\nfile = "a/*.csv"')
    found, warnings = import_files(tmp_path, files, chosen, paths=["in"])
    assert list(documents(found)) == CODES
    assert warnings == ["in/LICENSE: no table of the map reads this file; it reads a/*.csv"]


# Workbooks


def test_workbook_gives_the_same_roles_as_csv(tmp_path: Path) -> None:
    rows = [line.split(",") for line in CSV.splitlines()]
    workbook(tmp_path / "w.xlsx", {"Notes": [["nothing"]], "Roles": [["Ours"], *rows]})
    chosen = PLAIN_MAP.replace("[[table]]", '[[table]]\nsheet = "Roles"\nheader = 2')
    found, warnings = import_files(tmp_path, {"w.xlsx": (tmp_path / "w.xlsx").read_bytes()}, chosen)
    assert (list(documents(found)), warnings) == (CODES, [])
    assert [row.line for _, row in found.roles] == [3, 4]


def test_workbook_of_openpyxl_is_read_as_well(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in CSV.splitlines():
        book.active.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    found, _ = import_files(tmp_path, {"w.xlsx": stream.getvalue()}, PLAIN_MAP)
    assert list(documents(found)) == CODES


def test_cells_that_are_no_texts_are_written_as_people_write_them(tmp_path: Path) -> None:
    cells = ["Water", 3, "<c t='b'><v>1</v></c>", "<c><f>1+1</f><v>2.5</v></c>"]
    workbook(tmp_path / "w.xlsx", {"A": [["Family", "Role", "Level", "Version"], cells]})
    chosen = PLAIN_MAP + 'version = "Version"\n'
    found, _ = import_files(tmp_path, {"w.xlsx": (tmp_path / "w.xlsx").read_bytes()}, chosen)
    (role,) = documents(found).values()
    assert (role["title"], role["version"]) == ("true", "2.5")
    assert found.taxonomy["specialisations"][0]["label"] == "3"


def test_errors_and_formulas_without_a_result_are_refused(tmp_path: Path) -> None:
    rows = [
        ["Family", "Role", "Level"],
        ["Water", "Diver", "<c t='e'><v>#N/A</v></c>"],
        ["Water", "Diver", "<c><f>A1</f></c>"],
        ["Water", "Cook", "Diver", "stray"],
        [None, None, None],
        ["Water", "Diver", "Diver"],
    ]
    workbook(tmp_path / "w.xlsx", {"A": rows})
    found, _ = import_files(tmp_path, {"w.xlsx": (tmp_path / "w.xlsx").read_bytes()}, PLAIN_MAP)
    unknown = "the value of 'Level' is an error or was never computed; compute it and save the workbook, or"
    assert [reason[: len(unknown) + 3] for reason in refused(found)][:2] == [f"2: {unknown}", f"3: {unknown}"]
    assert refused(found)[2].startswith("4: 'stray' stands in a column without a name")
    assert list(documents(found)) == CODES[:1]


def test_workbook_that_is_none_is_one_line(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("hello.txt", "hello")
    workbook(tmp_path / "ok.xlsx", {"A": [["x"]], "B": []})
    sound = (tmp_path / "ok.xlsx").read_bytes()
    other = PLAIN_MAP.replace("[[table]]", '[[table]]\nsheet = "C"')
    second = PLAIN_MAP.replace("[[table]]", '[[table]]\nsheet = "B"')
    assert file_faults(tmp_path, {"w.xlsx": b"no"}) == [
        "w.xlsx: this is no whole zip archive; fetch it again, or name an XLSX workbook"
    ]
    assert file_faults(tmp_path, {"w.xlsx": stream.getvalue()}) == [
        "w.xlsx: this is no whole XLSX workbook; save it as .xlsx again"
    ]
    assert file_faults(tmp_path, {"w.xlsx": sound[: len(sound) // 2]}) != []
    assert file_faults(tmp_path, {"w.xlsx": sound}, other) == [
        "w.xlsx: there is no sheet C; those there are: 'A', 'B'"
    ]
    assert file_faults(tmp_path, {"w.xlsx": sound}, second) == [
        "w.xlsx:1: there are no column names on this line; correct `header`"
    ]


def test_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_SMALL", 1000)
    workbook(tmp_path / "w.xlsx", {"A": [["Family", "Role", "Level"], ["a" * 1_000_000, "b", "c"]]})
    (fault,) = file_faults(tmp_path, {"w.xlsx": (tmp_path / "w.xlsx").read_bytes()})
    assert "entry 'xl/s0.xml' would grow" in fault


def test_workbook_that_understates_a_size_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "w.xlsx", {"A": [["Family", "Role", "Level"], ["a" * 5000, "b", "c"]]})
    data = bytearray((tmp_path / "w.xlsx").read_bytes())
    with zipfile.ZipFile(tmp_path / "w.xlsx") as archive:
        size = archive.getinfo("xl/s0.xml").file_size
    place = data.rindex(size.to_bytes(4, "little"))
    data[place : place + 4] = (size - 4000).to_bytes(4, "little")
    assert file_faults(tmp_path, {"w.xlsx": bytes(data)}) == [
        "w.xlsx: the archive is damaged (entry 'xl/s0.xml'); fetch or save it again"
    ]


# JSON


@pytest.mark.parametrize("name", ["d.json", "d.ndjson"])
def test_rows_of_a_json_document_and_lists_within_them(tmp_path: Path, name: str) -> None:
    found, warnings = import_files(tmp_path, {name: json.dumps(DIVER)}, JSON_MAP)
    assert warnings == []
    roles = documents(found)
    assert list(roles) == CODES
    skills = roles["WATER.DIVER.P3"]["components"]["skill"]
    assert skills == [{"label": "Swim", "proficiency": 3}, {"label": "Dive"}]


def test_rows_have_the_line_of_their_object(tmp_path: Path) -> None:
    found, _ = import_files(tmp_path, {"d.json": json.dumps(DIVER, indent=1)}, JSON_MAP)
    assert [row.line for _, row in found.roles] == [5, 18]
    lines = "\n".join(json.dumps({**DIVER, "role": name}) for name in ("Diver", "Sailor"))
    found, _ = import_files(tmp_path, {"d.ndjson": lines}, JSON_MAP)
    assert sorted({row.line for _, row in found.roles}) == [1, 2]


def test_array_of_objects_needs_no_path(tmp_path: Path) -> None:
    rows = [
        {"Family": "Water", "Role": "Diver", "Level": 1.50},
        {"Family": "Water", "Role": "Sailor", "Level": True},
    ]
    chosen = (
        PLAIN_MAP.replace('"Family"', '"*.Family"')
        .replace('"Role"', '"*.Role"')
        .replace('"Level"', '"*.Level"')
    )
    found, _ = import_files(tmp_path, {"d.json": json.dumps(rows).replace("1.5", "1.50")}, chosen)
    assert [role["title"] for role in documents(found).values()] == ["1.50", "true"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "d.json: the file is empty; give a JSON document"),
        ('{\n"role": 1,\n}', "d.json:3: this is no JSON: "),
        ("[" * 5000, "d.json:1: the document is nested too deeply"),
        ('{"role": 1, "role": 2, "levels": {}}', "d.json:1: the key 'role' is there twice in one object"),
        ('{"role": 1}', "d.json:1: the document has no 'levels'; `rows` is 'levels.*': correct it, or"),
        ('{\n"levels": 1}', "d.json:1: 'levels' is neither an object nor an array"),
        ('{\n"levels":\n[1]}', "d.json:3: 'levels.*' is no object"),
        ("[1]", "d.json:1: the document has no 'levels'"),
        (json.dumps(DIVER).replace("field", "fields"), "d.json: there is no column 'field'; did you"),
        (b'{"a": "\xff"}', "d.json:1: byte 0xFF at column 8 is not UTF-8;"),
    ],
)  # fmt: skip
def test_fault_of_a_json_file_is_one_line(tmp_path: Path, content: str | bytes, fault: str) -> None:
    faults = file_faults(tmp_path, {"d.json": content}, JSON_MAP)
    assert len(faults) == 1
    assert faults[0].startswith(fault)
