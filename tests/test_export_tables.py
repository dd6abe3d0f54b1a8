"""Tidy tables: every cell has its type, keys hold, and equal records come out of them again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from export_tables import in_order_of_tags, read, roles_of
from rolegraph.errors import MissingPackage
from rolegraph.export.extract import Extract
from rolegraph.export.selection import Selection, select
from rolegraph.export.tables import write_csv_package, write_parquet_package
from rolegraph.export.tidy import TABLES
from rolegraph.snapshot import Snapshot, open_snapshot


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


# There and back


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
