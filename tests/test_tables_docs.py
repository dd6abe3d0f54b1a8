"""The examples of docs/import-tables.md do what they say, and the published schema is the one in use."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from rolegraph.model import table_map
from rolegraph.sources.tables.map_file import map_schema, shipped_maps
from rolegraph.sources.tables.target import dump_ndjson
from tables import import_files, refused

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "import-tables.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^\*\*`([\w./-]+)`\*\*\n\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize(
    ("name", "files"), [("crew", ["crew.csv"]), ("mate", ["en/mate.json", "de/mate.json"])]
)
def test_example_gives_the_roles_shown(tmp_path: Path, name: str, files: list[str]) -> None:
    assert len(EXAMPLES) == 7
    chosen = {file: EXAMPLES[file] for file in files}
    found, warnings = import_files(tmp_path, chosen, EXAMPLES[f"{name}.toml"])
    assert (refused(found), warnings) == ([], [])
    assert dump_ndjson([role for role, _ in found.roles]) == EXAMPLES[f"{name}.ndjson"]


def test_every_key_of_a_map_is_in_the_reference() -> None:
    reference = PAGE.split("## Reference of maps")[1]
    parts: list[type[msgspec.Struct]] = [
        table_map.Rule, table_map.TableMap, table_map.TableRules, table_map.RoleRules, table_map.UseRules,
        table_map.ComponentRules, table_map.AliasRules, table_map.ProficiencyRules, table_map.TaxonRules,
    ]  # fmt: skip
    names = {name for part in parts for name in part.__struct_fields__}
    assert len(names) >= 50
    shown = set(re.findall(r"`\[*(\w+)\]*`", reference))
    assert sorted(names - shown) == []


def test_published_schema_is_the_one_in_the_documentation(approve: bool) -> None:
    path = DOCS / "table-map.schema.json"
    text = json.dumps(map_schema(), indent=2, ensure_ascii=False) + "\n"
    if approve:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_schema_accepts_the_maps_that_are_shipped_and_shown() -> None:
    validator = jsonschema.Draft202012Validator(map_schema())
    texts = [path.read_text(encoding="utf-8") for path in shipped_maps().values()]
    documents: list[dict[str, Any]] = [
        tomllib.loads(text) for text in (*texts, EXAMPLES["crew.toml"], EXAMPLES["mate.toml"])
    ]
    assert [list(validator.iter_errors(document)) for document in documents] == [[]] * 5
