"""Maps of tables: each is checked whole before a table is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolegraph.errors import Problems
from rolegraph.sources.levels import read_levels
from rolegraph.sources.tables.map_file import find_map, read_map, shipped_maps
from tables import LEVELS, PLAIN_MAP, map_faults

ROOT = Path(__file__).resolve().parent.parent


def test_sound_map_has_no_fault(tmp_path: Path) -> None:
    assert map_faults(tmp_path, PLAIN_MAP) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('title = "Level"', 'titel = "Level"', "m.toml:3: unknown key 'titel' in table[1].role; did"),
        ('"P4"', '"P44"', "m.toml:8: 'P44' is no level; did you mean 'P4'?"),
        ('"^Senior"', '"^(Senior"', "m.toml:8: '^(Senior' is no regular expression: missing ), unterminated"),
        ("[[table]]", '[[table]]\nencoding = "utf8x"', "m.toml:3: 'utf8x' is no encoding; write one such as"),
        ("[[table]]", '[[table]]\nlanguage = "e"', "m.toml:3: 'e' is no language tag; write a BCP 47 tag"),
        ("[[table]]", '[[table]]\ndelimiter = ""', "m.toml:3: table[1].delimiter is"),
        ('title = "Level"\n', "", "m.toml:3: no table gives the title of a role; add `title`"),
        ("level = ", "status = ", "m.toml:3: no table gives the level of a role; add `level`, or `code`"),
        (
            'title = "Level"',
            'title = {column = "Level", split = ";"}',
            "m.toml:5: only one value has a place here; leave `split` out",
        ),
        (
            'title = "Level"',
            'title = {column = "Level", constant = "x"}',
            "m.toml:5: title has column and constant; write exactly one of column, constant,",
        ),
        ('title = "Level"', "title = {}", "m.toml:5: title has no origin; write exactly one of"),
        ('title = "Level"', 'title = {template = "x"}', "m.toml:5: the template has no {column}; add one"),
        (
            'title = "Level"',
            'title = {column = "Level", pattern = "(a)(b)"}',
            "m.toml:5: '(a)(b)' has several groups; keep one",
        ),
        ('title = "Level"', 'title = {column = "Level", keep_others = true}', "keep_others has nothing"),
        ('title = "Level"', 'title = {languages = {english = "Level"}}', "'english' is no language"),
        (
            'title = "Level"',
            'title = {languages = {en = "Level"}, pattern = "x"}',
            "m.toml:5: something stands beside languages; write it in the rule of each language",
        ),
        ('title = "Level"', "title = []", "m.toml:5: table[1].role.title is"),
        ('"Level"]', '"Level"', "m.toml:5: this is no TOML"),
        (
            'title = "Level"',
            'title = "Level"\n[[table.role.components]]\nkind = "skil"\nlabel = "x"\n[table.role.x]',
            'm.toml:7: table[1].role.components[1].kind is "skil"',
        ),
        (
            "[table.role]",
            '[[table.components]]\nkind = "skill"\nlabel = "x"\n[[table.components.proficiency_texts]]\n'
            'level = 6\ntext = "y"\n[table.role]',
            "m.toml:7: table[1].components[1].proficiency_texts[1].level is 6; write a number",
        ),
    ],
)  # fmt: skip
def test_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in PLAIN_MAP
    faults = map_faults(tmp_path, PLAIN_MAP.replace(old, new))
    assert any(fault in line for line in faults), faults


def test_values_of_closed_lists_are_checked(tmp_path: Path) -> None:
    lists = """
[[table.role.components]]
kind = "skill"
label = "Skills"
importance = {constant = "esential"}
tags = {column = "Tags", split = ",", values = {a = "commen"}}
proficiency = {column = "P", values = {high = 7}}
"""
    assert map_faults(tmp_path, PLAIN_MAP + lists) == [
        "m.toml:13: 'esential' is no importance; did you mean 'essential'?",
        "m.toml:14: 'commen' is no tags; did you mean 'common'?",
        "m.toml:15: '7' is no proficiency; write one of 1, 2, 3, 4, 5",
    ]


def test_every_fault_comes_at_once(tmp_path: Path) -> None:
    faults = map_faults(
        tmp_path, PLAIN_MAP.replace('"P4"', '"X"').replace("[[table]]", '[[table]]\nlanguage="1"')
    )
    assert [line.split(": ")[0] for line in faults] == ["m.toml:3", "m.toml:9"]


def test_map_that_makes_nothing_is_a_fault(tmp_path: Path) -> None:
    assert map_faults(tmp_path, '[[table]]\nfile = "a.csv"\n') == [
        "m.toml:1: the table gives neither roles nor components; add [table.role] below it"
    ]


def test_keys_of_several_tables_have_one_length(tmp_path: Path) -> None:
    second = '[[table]]\nfile = "x.csv"\n[table.role]\nkey = ["Role"]\nsummary = "Text"\n'
    assert map_faults(tmp_path, PLAIN_MAP + second) == [
        "m.toml:12: the key has 1 columns and that of the first table 2; name the same columns in each"
    ]


def test_shipped_maps_are_sound_and_found_by_name() -> None:
    problems = Problems()
    levels = frozenset(read_levels(ROOT / "ontology" / "levels.ttl", "levels", problems))
    assert set(shipped_maps()) == {"ddat", "tech-roles-mit", "tidy-csv"}
    for name, path in shipped_maps().items():
        assert find_map(name, problems) == path
        assert read_map(path, levels, problems) is not None, list(problems)
    assert not list(problems)
    assert find_map("ddta", problems) is None
    assert "there is no such map; name a file, or one of the shipped maps: ddat" in str(next(iter(problems)))


def test_level_of_a_map_depends_on_the_catalog(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(PLAIN_MAP, encoding="utf-8")
    problems = Problems()
    assert read_map(tmp_path / "m.toml", LEVELS - {"P4"}, problems) is None
    assert "'P4' is no level" in str(problems.errors[0])
