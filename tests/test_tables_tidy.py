"""Roles go out as tidy tables and come back by the shipped map, or are refused by name."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

import exports
from export_tables import in_order_of_tags
from rolegraph.errors import Problems
from rolegraph.export.tables import write_csv_package
from rolegraph.model.catalog import Catalog, Role
from rolegraph.sources.tables.importing import Imported, Setting, import_tables
from rolegraph.sources.tables.map_file import read_map, shipped_maps
from tables import file_faults, import_files, map_faults, refused

TABLES = ("roles", "uses", "texts", "aliases", "none_recorded")


def bring_back(catalog: Catalog) -> Imported:
    problems, levels = Problems(), frozenset(exports.LEVELS)
    mapping = read_map(shipped_maps()["tidy-csv"], levels, problems)
    assert mapping is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_csv_package(exports.extract_of(catalog, folder), folder)
        paths = [folder / f"{table}.csv" for table in TABLES]
        return import_tables(paths, mapping, Setting("en", levels, {}), problems)


def is_english(role: Role) -> bool:
    """Whether the role has its title, and every item of its lists, in the language of the catalog."""
    plan = role.story.plan if role.story else ()
    return all("en" in labels for labels in (role.title, *plan, *(use.label for use in role.uses)))


@settings(max_examples=25)
@given(exports.catalogs)
def test_roles_come_back_equal_but_for_their_codes(catalog: Catalog) -> None:
    found = bring_back(catalog)
    english = [role for role in catalog.roles if is_english(role)]
    back = exports.records([file for file, _ in found.roles])
    assert list(map(in_order_of_tags, back)) == [
        replace(in_order_of_tags(role), mappings=()) for role in english
    ]
    rows = (*found.rejections.causes, *found.rejections.followers)
    assert {row.row[0] for row in rows} == {role.code for role in catalog.roles} - {r.code for r in english}


def test_all_of_a_whole_role_comes_back() -> None:
    catalog = exports.catalog_with_everything()
    found = bring_back(catalog)
    assert not found.rejections.causes
    back = exports.records([file for file, _ in found.roles])
    assert list(back) == [replace(role, mappings=()) for role in catalog.roles]
    assert len(back) == 3


MAP = """
[[table]]
language_column = "Tongue"
[table.role]
key = ["Id"]
code = "Id"
title = "Name"
"""


def test_each_row_may_say_its_language(tmp_path: Path) -> None:
    text = "Id,Tongue,Name\nAA.GEN.P1,en,Clerk\nAA.GEN.P1,de,Schreiber\nAA.GEN.P2,,Typist\n"
    found, warnings = import_files(tmp_path, {"a.csv": text}, MAP)
    titles = [role.title for role, _ in found.roles]
    assert titles == [{"en": "Clerk", "de": "Schreiber"}, "Typist"]
    assert warnings == []


def test_a_language_that_is_none_is_a_fault_of_its_row(tmp_path: Path) -> None:
    text = "Id,Tongue,Name\nAA.GEN.P1,English,Clerk\n"
    found, _ = import_files(tmp_path, {"a.csv": text}, MAP)
    assert refused(found) == ["2: 'English' is no language tag; write a BCP 47 tag such as en or pt-BR"]


def test_column_of_the_language_must_be_there_and_stand_alone(tmp_path: Path) -> None:
    assert file_faults(tmp_path, {"a.csv": "Id,Tonge,Name\nAA.GEN.P1,en,Clerk\n"}, MAP) == [
        "a.csv:1: there is no column 'Tongue'; did you mean 'Tonge'?"
    ]
    both = MAP.replace("language_column", 'language = "en"\nlanguage_column')
    assert map_faults(tmp_path, both) == [
        "m.toml:4: the table has both language and language_column; keep one of the two"
    ]


@pytest.mark.parametrize(("steps", "plan"), [
    ("1,en,Read\n2,en,File\n2,de,Ablegen\n", ["Read", {"en": "File", "de": "Ablegen"}]),
    ("2,en,File\n1,de,Lesen\n1,en,Read\n", ["File", {"en": "Read", "de": "Lesen"}]),
])  # fmt: skip
def test_steps_of_a_plan_belong_together_by_their_key(
    tmp_path: Path, steps: str, plan: list[object]
) -> None:
    story = '[table.role.story]\nplan = "Step"\nplan_key = "Number"\n'
    table = '[[table]]\nfile = "b.csv"\nlanguage_column = "Tongue"\n[table.role]\nkey = ["Id"]\n'
    rows = "".join(f"AA.GEN.P1,{line}\n" for line in steps.splitlines())
    files = {
        "a.csv": "Id,Tongue,Name\nAA.GEN.P1,en,Clerk\n",
        "b.csv": f"Id,Number,Tongue,Step\n{rows}",
    }
    first = MAP.replace("[[table]]", '[[table]]\nfile = "a.csv"')
    found, _ = import_files(tmp_path, files, f"{first}\n{table}{story}")
    (role,) = [role for role, _ in found.roles]
    assert role.story is not None
    assert list(role.story.plan) == plan


def test_a_template_may_be_split(tmp_path: Path) -> None:
    rule = 'tags = {template = "common={A} level={B}", split = " ", pattern = \'(\\w+)=yes\'}'
    use = f'components = [{{kind = "skill", label = "Skill", {rule}}}]\n'
    text = "Id,Tongue,Name,Skill,A,B\nAA.GEN.P1,en,Clerk,Filing,yes,yes\nAA.GEN.P2,en,Senior,Filing,no,yes\n"
    found, _ = import_files(tmp_path, {"a.csv": text}, MAP + use)
    assert [role.components.skill[0].tags for role, _ in found.roles] == [("common", "level"), ("level",)]
