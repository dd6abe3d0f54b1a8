"""Role files as YAML and NDJSON: records, and what their form alone does not say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.catalog import Role
from rolegraph.sources.roles import RoleReader
from rolegraph.sources.template import schema_text

ROOT = Path(__file__).resolve().parent.parent
LEVELS = frozenset(["P4", "P5"])


def read(root: Path, location: str = "roles") -> tuple[list[Role], list[str]]:
    problems = Problems()
    roles = list(RoleReader(Iris("https://example.org/"), "en", LEVELS, problems).read(root, location))
    return roles, [str(problem) for problem in problems]


def write(root: Path, code: str, text: str) -> None:
    (root / "roles").mkdir(exist_ok=True)
    (root / "roles" / f"{code}.yaml").write_text(text, encoding="utf-8")


def test_texts_get_the_language_of_the_catalog_or_their_own(tmp_path: Path) -> None:
    text = "code: A1.GEN.P4\ntitle: {en: Nurse, DE: Pflegekraft}\nsummary: ' Cares. '\n"
    write(tmp_path, "A1.GEN.P4", text)
    roles, problems = read(tmp_path)
    assert problems == []
    assert roles[0].title == {"en": "Nurse", "de": "Pflegekraft"}
    assert roles[0].summary == {"en": "Cares."}


def test_the_catalog_s_language_comes_first_whatever_the_order(tmp_path: Path) -> None:
    text = "code: A1.GEN.P4\ntitle: Nurse\ncomponents: {skill: [{label: {de: Wundpflege, en: Wound care}}]}\n"
    write(tmp_path, "A1.GEN.P4", text)
    (role,), _ = read(tmp_path)
    assert list(role.uses[0].label.items()) == [("en", "Wound care"), ("de", "Wundpflege")]


def test_doubled_code_names_both_places(tmp_path: Path) -> None:
    lines = [json.dumps({"code": "A1.GEN.P4", "title": title}) for title in ("Nurse", "Nurse again")]
    (tmp_path / "roles.ndjson").write_text("\n".join(lines), encoding="utf-8")
    roles, problems = read(tmp_path, "roles.ndjson")
    assert len(roles) == 1
    assert problems == [
        "roles.ndjson:2: A1.GEN.P4 is already at roles.ndjson:1; give one of them another code"
    ]


def test_file_is_named_after_its_code(tmp_path: Path) -> None:
    write(tmp_path, "nurse", "code: A1.GEN.P4\ntitle: Nurse\n")
    assert read(tmp_path)[1] == ["roles/nurse.yaml:1: the file holds A1.GEN.P4; name it A1.GEN.P4.yaml"]


def test_level_must_be_in_the_scheme(tmp_path: Path) -> None:
    write(tmp_path, "A1.GEN.P7", "title: Nurse\ncode: A1.GEN.P7\n")
    assert read(tmp_path)[1] == [
        "roles/A1.GEN.P7.yaml:2: level 'P7' of A1.GEN.P7 is not in the scheme; use one of P4, P5"
    ]


def test_what_the_form_alone_does_not_say_is_checked(tmp_path: Path) -> None:
    write(
        tmp_path,
        "A1.GEN.P4",
        """code: A1.GEN.P4
title: {e: Nurse}
summary: " "
components:
  skill: [Triage, triage]
  core_output: [Ward plan]
none_recorded: [core_output]
aliases:
  - label: RN
  - label: RN
codes:
  - code: 29-1141
    review_date: 2026-02-30
""",
    )
    assert read(tmp_path) == (
        [],
        [
            "roles/A1.GEN.P4.yaml:2: 'e' is no language tag; write a BCP 47 tag such as en or pt-BR",
            "roles/A1.GEN.P4.yaml:3: the en text of summary is blank; write a text, or leave the key out",
            "roles/A1.GEN.P4.yaml:5: skill 'triage' is already item 1; list it once",
            "roles/A1.GEN.P4.yaml:7: core_output is none_recorded and yet has items; keep one of the two",
            "roles/A1.GEN.P4.yaml:10: alias 'RN' is already item 1; list it once",
            "roles/A1.GEN.P4.yaml:13: '2026-02-30' is no date; write YYYY-MM-DD",
        ],
    )


def test_broken_ndjson_line_does_not_hide_the_others(tmp_path: Path) -> None:
    text = '{"code": "A1.GEN.P4"\n\n{"code": "A1.GEN.P5", "title": "Nurse"}\n{"code": "B1.GEN.P5"}\n'
    (tmp_path / "roles.ndjson").write_text(text, encoding="utf-8")
    roles, problems = read(tmp_path, "roles.ndjson")
    assert [role.code for role in roles] == ["A1.GEN.P5"]
    assert problems[0].startswith("roles.ndjson:1: this is no JSON: ")
    assert problems[1] == "roles.ndjson:4: document lacks title; add `title: …`"


def test_endless_nesting_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "roles.ndjson").write_text('{"code":' + "[" * 100_000, encoding="utf-8")
    _, problems = read(tmp_path, "roles.ndjson")
    assert problems == ["roles.ndjson:1: the line is nested too deeply; write one role a line, in UTF-8"]


def test_missing_folder_is_a_fault(tmp_path: Path) -> None:
    assert read(tmp_path)[1] == ["roles: there are no roles here; correct [sources] roles"]


def test_yaml_and_ndjson_give_equal_records(tmp_path: Path) -> None:
    data = {"code": "A1.GEN.P4", "title": "Nurse", "components": {"skill": ["Triage"]}, "confidence": 1}
    (tmp_path / "roles.ndjson").write_text(json.dumps(data), encoding="utf-8")
    write(tmp_path, "A1.GEN.P4", json.dumps(data))
    (from_lines,), _ = read(tmp_path, "roles.ndjson")
    (from_yaml,), _ = read(tmp_path)
    ignored = {"file", "line"}
    for name in set(Role.__struct_fields__) - ignored:
        assert getattr(from_lines, name) == getattr(from_yaml, name), name


def test_published_schema_is_the_one_in_the_documentation(approve: bool) -> None:
    path = ROOT / "docs" / "role.schema.json"
    if approve:
        path.write_text(schema_text(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == schema_text()


def test_labels_that_share_an_iri_are_one_item(tmp_path: Path) -> None:
    write(tmp_path, "A1.GEN.P4", "code: A1.GEN.P4\ntitle: x\ncomponents: {task: [R&D, R and D, ' ']}\n")
    assert read(tmp_path)[1] == [
        "roles/A1.GEN.P4.yaml:3: task 'R and D' is already item 1; list it once",
        "roles/A1.GEN.P4.yaml:3: the en text of task is blank; write a text, or leave the key out",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"code":"A1.GEN.P4","title":"x","title":"y"}', "the key 'title' is there twice"),
        (b'{"code":"A1.GEN.P4","title":"caf\xe9"}', "the line is not UTF-8 at byte 32"),
        (b'{"code":"A1.GEN.P4","title":"\\ud800"}', "title holds a control character"),
        (b'{"code":"A1.GEN.P4","title":"a\\u0001"}', "title holds a control character"),
        (b'{"code":"A1.GEN.P4","title":"x","confidence":1e400}', "confidence is"),
        (b'{"code":"A1.GEN.P4\\n","title":"x"}', "is no role code"),
        (b'{"code":"A1.GEN.P4","title":{"en-US":"x","en-us":"y"}}', "there are two en-us texts of title"),
        (b'{"code":"A1.GEN.P4","title":"x","codes":[{"code":"1\xd9\xa5-1252"}]}', "is no code of"),
        (b'{"code":"A1.GEN.P4","title":"x","aliases":[{"label":"y","type":"Common"}]}', "write common"),
    ],
)
def test_odd_line_is_one_fault(tmp_path: Path, line: bytes, fault: str) -> None:
    (tmp_path / "roles.ndjson").write_bytes(line + b"\n")
    roles, problems = read(tmp_path, "roles.ndjson")
    assert (roles, len(problems)) == ([], 1), problems
    assert fault in problems[0]


@pytest.mark.parametrize(
    "version", ["!!int abc", "!!bool abc", "!!float abc", "9" * 5000, "[" * 60 + "]" * 60]
)
def test_odd_yaml_value_is_one_fault(tmp_path: Path, version: str) -> None:
    write(tmp_path, "A1.GEN.P4", f"code: A1.GEN.P4\ntitle: x\nversion: {version}\n")
    roles, problems = read(tmp_path)
    assert (roles, len(problems)) == ([], 1), problems
    assert problems[0].startswith("roles/A1.GEN.P4.yaml:3: ")


def test_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    write(tmp_path, "A1.GEN.P4", "code: A1.GEN.P4\ntitle: x\n")
    for name in ("A1.GEN.P5.json", ".#lock.yaml", "A1.GEN.P5.YAML"):
        (tmp_path / "roles" / name).write_text("code: A1.GEN.P5\ntitle: y\n", encoding="utf-8")
    (tmp_path / "roles" / "more").mkdir()
    roles, problems = read(tmp_path)
    assert [role.code for role in roles] == ["A1.GEN.P4", "A1.GEN.P5"]
    assert problems == [
        "roles/A1.GEN.P5.json: this is no role file (*.yaml, *.ndjson); it is not read",
        "roles/more: this is no role file (*.yaml, *.ndjson); it is not read",
    ]
