"""Tidy tables in, a Frictionless data package of CSV or Parquet files out.

Standard: Frictionless Data Package 1.0 with table schemas (`datapackage.json`), CSV as in RFC 4180, Apache
Parquet (by pyarrow, which is an optional package). Cells stay as they are, also those that a spreadsheet
would take for a formula: the files are data for programs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rolegraph.errors import MissingPackage
from rolegraph.export import attribution
from rolegraph.export.extract import Extract
from rolegraph.export.files import TableFile, write_table
from rolegraph.export.json_document import without_empty
from rolegraph.export.tidy import TABLES, Cell, Table
from rolegraph.iris import slug

_BATCH_ROWS: Final = 20_000


def write_csv_package(extract: Extract, folder: Path) -> None:
    """Write a CSV file for each table, and `datapackage.json`."""
    for table in TABLES:
        extract.part = table.name
        header = tuple(column.name for column in table.columns)
        rows = (tuple(map(_text, row)) for row in table.rows(extract))
        write_table(folder, TableFile(f"{table.name}.csv", header, rows), "csv")
    _describe(extract, folder, "csv", "text/csv")


def write_parquet_package(extract: Extract, folder: Path) -> None:
    """Write a Parquet file for each table, and `datapackage.json`.

    Raises:
        MissingPackage: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  # optional, and slow to load
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "parquet needs pyarrow, which is not installed; run `pip install 'rolegraph[parquet]'`"
        ) from error
    types = {
        "string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
        "date": pa.date32(),
    }  # fmt: skip
    rights = {"licence": attribution.licence(extract), "attribution": " ".join(attribution.lines(extract))}
    for table in TABLES:
        extract.part = table.name
        schema = pa.schema([pa.field(c.name, types[c.type]) for c in table.columns], metadata=rights)
        with pq.ParquetWriter(folder / f"{table.name}.parquet", schema, compression="zstd") as writer:
            for batch in _batches(table, extract):
                columns = [pa.array(column, kind) for column, kind in zip(batch, schema.types, strict=True)]
                writer.write_batch(pa.record_batch(columns, schema=schema))
    _describe(extract, folder, "parquet", "application/vnd.apache.parquet")


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else str(cell)


def _batches(table: Table, extract: Extract) -> Iterator[list[tuple[Any, ...]]]:
    """The columns of some rows at a time, as Python values of their types."""
    makers: list[Callable[[Any], Any]] = [
        dt.date.fromisoformat if column.type == "date" else lambda cell: cell for column in table.columns
    ]
    rows = table.rows(extract)
    while batch := list(islice(rows, _BATCH_ROWS)):
        yield [
            tuple(None if cell is None else make(cell) for cell in column)
            for make, column in zip(makers, zip(*batch, strict=True), strict=True)
        ]


def _describe(extract: Extract, folder: Path, ending: str, media_type: str) -> None:
    """Write the description of the package."""
    facts = extract.facts
    licence = facts.licence
    is_iri = licence is not None and licence.startswith(("http://", "https://"))
    package = without_empty(
        {
            "profile": "tabular-data-package" if ending == "csv" else "data-package",
            "name": slug(facts.name),
            "title": facts.name,
            "version": facts.version,
            "description": " ".join(attribution.lines(extract)),
            "homepage": extract.iris.catalog,
            "licenses": [
                {"path": licence, "title": licence} if is_iri else {"name": slug(licence), "title": licence}
            ]
            if licence
            else [],
            "contributors": [{"title": facts.publisher, "role": "publisher"}] if facts.publisher else [],
            "resources": [_resource(table, folder, ending, media_type) for table in TABLES],
        }
    )
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8")


def _resource(table: Table, folder: Path, ending: str, media_type: str) -> dict[str, Any]:
    path = folder / f"{table.name}.{ending}"
    resource = {
        "name": table.name.replace("_", "-"),
        "path": path.name,
        "title": table.name,
        "description": table.description,
        "profile": "tabular-data-resource" if ending == "csv" else "data-resource",
        "format": ending,
        "mediatype": media_type,
        "schema": _schema(table),
    }
    if ending != "csv":
        return resource  # frictionless cannot count the bytes of Parquet, and would call the file damaged
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return resource | {"encoding": "utf-8", "bytes": path.stat().st_size, "hash": f"sha256:{digest}"}


def _schema(table: Table) -> dict[str, Any]:
    fields = [
        {
            "name": column.name,
            "type": column.type,
            "description": column.description,
            **({"constraints": {"required": True}} if column.name in table.key else {}),
        }
        for column in table.columns
    ]
    keys = [
        {
            "fields": reference.column,
            "reference": {"resource": reference.table.replace("_", "-"), "fields": reference.key},
        }
        for reference in table.references
    ]
    return without_empty({"fields": fields, "primaryKey": list(table.key), "foreignKeys": keys})
