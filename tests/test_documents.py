"""Plain data against its form: all faults, with line and advice."""

from __future__ import annotations

from pathlib import Path

from rolegraph import documents
from rolegraph.errors import Problems
from rolegraph.model.catalog import RoleFile
from rolegraph.sources.yaml import read_yaml

BROKEN = """\
code: SRES.GEN.P5
titel: x
confidence: 1.4
status: drft
version: 3
components:
  skill:
    - Python
    - {label: SQL, tags: [comon], proficiency: 9}
    - {lable: x}
  skil: []
story:
  plan: hello
"""


def faults(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    document = read_yaml(path, "x.yaml", problems)
    if document is not None:
        documents.convert(document.data, RoleFile, "x.yaml", document.line_of, problems)
    return [str(problem) for problem in problems]


def test_every_fault_is_named_at_once_with_line_and_advice(tmp_path: Path) -> None:
    assert faults(tmp_path, BROKEN) == [
        "x.yaml:1: document lacks title; add `title: …`",
        "x.yaml:1: unknown key 'titel' in document; did you mean 'title'?",
        "x.yaml:3: confidence is 1.4; write a number of at least 0 and of at most 1",
        'x.yaml:4: status is "drft"; write one of deprecated, draft, in_review, published',
        "x.yaml:5: version is 3; write a text (in quotes when it looks like a number)",
        "x.yaml:6: unknown key 'skil' in components; did you mean 'skill'?",
        "x.yaml:9: components.skill[2].proficiency is 9; write a number of at least 1 and of at most 5",
        'x.yaml:9: components.skill[2].tags[1] is "comon"; write one of common, level',
        "x.yaml:10: components.skill[3] lacks label; add `label: …`",
        "x.yaml:10: unknown key 'lable' in components.skill[3]; did you mean 'label'?",
        'x.yaml:13: story.plan is "hello"; write a list',
    ]


def test_yaml_syntax_fault_has_its_line(tmp_path: Path) -> None:
    assert faults(tmp_path, "code: [\ntitle: x\n")[0].startswith("x.yaml:3: this is no YAML: ")


def test_doubled_key_is_a_fault(tmp_path: Path) -> None:
    text = "code: SRES.GEN.P5\ntitle: a\ntitle: b\n"
    assert faults(tmp_path, text) == ["x.yaml:3: the key 'title' is there twice; keep one of them"]


def test_yaml_alias_is_a_fault_so_that_nothing_multiplies(tmp_path: Path) -> None:
    text = "code: &a [x]\ntitle: [*a, *a]\n"
    assert "a YAML alias repeats an earlier value" in faults(tmp_path, text)[0]


def test_wrong_encoding_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("title: caf\xe9".encode("latin-1"))
    problems = Problems()
    assert read_yaml(path, "x.yaml", problems) is None
    found = "x.yaml:1: byte 0xE9 at column 11 is not UTF-8; save the file as UTF-8"
    assert [str(p) for p in problems] == [found]


def test_numbers_and_dates_stay_as_written(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 2026-11-24\nb: 0x10\nc: 1.50\nd: yes\ne: ~\n", encoding="utf-8")
    document = read_yaml(path, "x.yaml", Problems())
    assert document is not None
    assert document.data == {"a": "2026-11-24", "b": 16, "c": 1.5, "d": True, "e": None}
