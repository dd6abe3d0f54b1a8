"""Tidy tables: every cell has its type, keys hold, and equal records come out of them again."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

import exports
from rolegraph.errors import MissingPackage
from rolegraph.export.extract import Extract
from rolegraph.export.selection import Selection, select
from rolegraph.export.tables import write_csv_package, write_parquet_package
from rolegraph.export.tidy import TABLES
from rolegraph.model.catalog import DIMENSIONS, Catalog, ComponentUse, Mapping, Role, Story, TitleAlias
from rolegraph.snapshot import Snapshot, open_snapshot

Rows = list[dict[str, Any]]
READ = {
    "string": lambda cell: cell,
    "date": lambda cell: cell,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


@pytest.fixture(scope="module")
def snapshot(sample_catalog: Path) -> Snapshot:
    return open_snapshot(sample_catalog)


@pytest.fixture(scope="module")
def package(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("csv")
    write_csv_package(Extract(snapshot), folder)
    return folder


@pytest.fixture(scope="module")
def parquet(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet")
    write_parquet_package(Extract(snapshot), folder)
    return folder


def read(folder: Path) -> dict[str, Rows]:
    """The rows of all tables with values of their types; an empty cell is None."""
    found: dict[str, Rows] = {}
    for table in TABLES:
        types = {column.name: column.type for column in table.columns}
        with (folder / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
            found[table.name] = [
                {name: READ[types[name]](cell) if cell else None for name, cell in row.items()}
                for row in csv.DictReader(stream)
            ]
    return found


# There and back


def roles_of(tables: dict[str, Rows], language: str) -> Iterator[Role]:
    """The records that the tables hold."""
    for row in tables["roles"]:
        of_role = {name: [r for r in rows if r.get("role") == row["code"]] for name, rows in tables.items()}
        texts: dict[tuple[str, int], dict[str, str]] = {}
        for text in of_role["texts"]:
            texts.setdefault((text["field"], text["position"]), {})[text["language"]] = text["text"]
        named = {field: labels for (field, _), labels in texts.items()}
        story = {f: named.get(f"story.{f}") for f in Story.__struct_fields__ if f != "plan"}
        plan = tuple(labels for (field, _), labels in texts.items() if field == "story.plan")
        family, focus, level = row["code"].split(".")
        yield Role(
            code=row["code"],
            family=family,
            focus=focus,
            level=level,
            title=named["title"],
            summary=named.get("summary"),
            status=row["status"],
            applicability=row["applicability"],
            version=row["version"],
            modified=row["modified"],
            deprecated=row["deprecated"],
            replaced_by=row["replaced_by"],
            history_note=named.get("history_note"),
            confidence=row["confidence"],
            story=Story(**story, plan=plan) if plan or any(story.values()) else None,
            level_title=named.get("level_text.title"),
            level_summary=named.get("level_text.summary"),
            descriptors={d: named[f"level_text.{d}"] for d in DIMENSIONS if f"level_text.{d}" in named},
            uses=tuple(use_of(use, texts, language) for use in of_role["uses"]),
            none_recorded=tuple(none["kind"] for none in of_role["none_recorded"]),
            aliases=tuple(
                TitleAlias(
                    **{name: alias[name] for name in ("label", "language", "type", "confidence", "approval")}
                )
                for alias in of_role["aliases"]
            ),
            mappings=tuple(mapping_of(mapping) for mapping in of_role["mappings"]),
        )


def use_of(row: dict[str, Any], texts: dict[tuple[str, int], dict[str, str]], language: str) -> ComponentUse:
    labels = texts.get((f"components.{row['kind']}", row["position"]), {language: row["label"]})
    return ComponentUse(
        kind=row["kind"],
        label=labels,
        position=row["position"],
        tags=tuple(tag for tag in ("common", "level") if row[f"is_{tag}"]),
        importance=row["importance"],
        proficiency=row["proficiency"],
    )


def mapping_of(row: dict[str, Any]) -> Mapping:
    return Mapping(**{name: value for name, value in row.items() if name != "role" and value is not None})


def in_order_of_tags(role: Role) -> Role:
    """The role as tables have it: with its tags in one order, and without a story that says nothing."""
    uses = tuple(
        ComponentUse(
            **{f: getattr(use, f) for f in use.__struct_fields__} | {"tags": tuple(sorted(use.tags))}
        )
        for use in role.uses
    )
    is_blank = role.story is not None and not any(getattr(role.story, f) for f in Story.__struct_fields__)
    fields = {name: getattr(role, name) for name in role.__struct_fields__}
    return Role(**fields | {"uses": uses, "story": None if is_blank else role.story})


@settings(max_examples=40)
@given(exports.catalogs)
def test_tables_hold_all_that_role_files_say(catalog: Catalog) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_csv_package(exports.extract_of(catalog, folder), folder)
        tables = read(folder)
    assert list(roles_of(tables, "en")) == [in_order_of_tags(role) for role in catalog.roles]


def test_tables_of_the_sample_hold_its_records(package: Path, snapshot: Snapshot) -> None:
    found = list(roles_of(read(package), "en"))
    assert found == [in_order_of_tags(role) for role in Extract(snapshot).roles()]


# Keys and types


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_keys_are_there_once_and_references_lead_somewhere(table: Any, package: Path) -> None:
    tables = read(package)
    rows = tables[table.name]
    assert rows or table.name == "none_recorded"
    if table.key:
        keys = [tuple(row[name] for name in table.key) for row in rows]
        assert len(set(keys)) == len(keys)
        assert not any(part is None for key in keys for part in key)
    for reference in table.references:
        known = {row[reference.key] for row in tables[reference.table]}
        assert {row[reference.column] for row in rows} <= known


def test_part_of_the_catalog_is_whole_in_itself(snapshot: Snapshot, tmp_path: Path) -> None:
    write_csv_package(select(snapshot, Selection(levels=("P4",))), tmp_path)
    tables = read(tmp_path)
    for table in TABLES:
        for reference in table.references:
            known = {row[reference.key] for row in tables[reference.table]}
            assert {row[reference.column] for row in tables[table.name]} <= known
    assert {row["level"] for row in tables["roles"]} == {"P4"}
    assert tables["adjacency"]


def test_description_names_every_file_column_and_licence(package: Path) -> None:
    described = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    assert described["licenses"][0]["path"] == "https://creativecommons.org/licenses/by/4.0/"
    files = {resource["path"]: resource for resource in described["resources"]}
    assert set(files) == {path.name for path in package.glob("*.csv")}
    for name, resource in files.items():
        header = (package / name).read_text(encoding="utf-8").partition("\n")[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert resource["bytes"] == (package / name).stat().st_size


# Other readers


def test_pandas_reads_the_tables(package: Path) -> None:
    roles = pd.read_csv(package / "roles.csv")
    uses = pd.read_csv(package / "uses.csv")
    joined = uses.merge(roles, left_on="role", right_on="code")
    assert len(joined) == len(uses) > 900
    assert roles["deprecated"].dtype == bool


def test_duckdb_reads_csv_and_parquet_alike(package: Path, parquet: Path) -> None:
    question = """
        SELECT r.family, count(*) AS uses, count(DISTINCT u.component) AS components
        FROM '{0}/uses.{1}' u JOIN '{0}/roles.{1}' r ON u.role = r.code
        GROUP BY r.family ORDER BY r.family
    """
    with duckdb.connect() as connection:
        from_csv = connection.execute(question.format(package, "csv")).fetchall()
        from_parquet = connection.execute(question.format(parquet, "parquet")).fetchall()
    assert from_csv == from_parquet
    assert [row[0] for row in from_csv] == ["DATA", "PROD", "SRES", "SWE"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_parquet_holds_the_rows_of_the_csv_with_types(table: Any, package: Path, parquet: Path) -> None:
    found = pq.read_table(parquet / f"{table.name}.parquet")
    rows = [
        {name: str(value) if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in found.to_pylist()
    ]
    assert rows == read(package)[table.name]
    metadata = found.schema.metadata
    assert metadata[b"licence"] == b"https://creativecommons.org/licenses/by/4.0/"


def test_parquet_without_pyarrow_says_what_to_install(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPackage, match=r"pip install 'rolegraph\[parquet\]'"):
        write_parquet_package(Extract(snapshot), tmp_path)
    assert list(tmp_path.iterdir()) == []
