"""The formats of an export: their names, and how each is written."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Final, NamedTuple

from rolegraph.export import (
    attribution,
    case,
    esco_csv,
    esco_mapping,
    esco_rdf,
    onet_rdf,
    onet_text,
    role_files,
    schema_org,
    skos,
    tables,
)
from rolegraph.export.extract import Extract
from rolegraph.export.files import Dialect, TableFile, staged_file, staged_folder, write_table

LICENSE_FILE: Final = "LICENSE.txt"


class FileFormat(NamedTuple):
    """A format that is one file; it may go to stdout too."""

    summary: str
    write: Callable[[Extract, IO[bytes]], None]


class FolderFormat(NamedTuple):
    """A format that is several files: a folder, or an archive where the name ends in `.zip`.

    `has_references` says whether data of the reference classifications is in it, and `further` are
    statements that it asks for by itself. A LICENSE.txt goes with every one.
    """

    summary: str
    write: Callable[[Extract, Path], None]
    has_references: bool = False
    further: tuple[str, ...] = ()


Format = FileFormat | FolderFormat


def _text(write: Callable[[Extract, IO[str]], None]) -> Callable[[Extract, IO[bytes]], None]:
    """A writer of text as one of bytes."""

    def encoded(extract: Extract, stream: IO[bytes]) -> None:
        text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=False)
        try:
            write(extract, text)
            text.flush()
        finally:
            text.detach()

    return encoded


def _tables(
    make: Callable[[Extract], Iterable[TableFile]], dialect: Dialect
) -> Callable[[Extract, Path], None]:
    """A maker of tables as a writer of their files."""

    def written(extract: Extract, folder: Path) -> None:
        for table in make(extract):
            write_table(folder, table, dialect)

    return written


WRITERS: Final[dict[str, Format]] = {
    "esco-csv": FolderFormat("the files of ESCO 1.2.1 in CSV", _tables(esco_csv.tables, "csv")),
    "esco-rdf": FileFormat("N-Triples in the vocabulary of ESCO", _text(esco_rdf.write)),
    "esco-mapping": FolderFormat(
        "the table that maps to ESCO, in the Commission's seven columns",
        _tables(esco_mapping.tables, "csv"),
        has_references=True,
        further=(attribution.ESCO,),
    ),
    "onet-text": FolderFormat("the text files of O*NET 29.0", _tables(onet_text.tables, "tab")),
    "onet-rdf": FileFormat("N-Triples in the vocabulary of O*NET", _text(onet_rdf.write)),
    "skos": FileFormat("SKOS in Turtle", _text(skos.write_skos)),
    "skos-xl": FileFormat("SKOS in Turtle, with labels as resources", _text(skos.write_skos_xl)),
    "schema-org": FileFormat("schema.org occupations in JSON-LD", _text(schema_org.write)),
    "case": FileFormat("1EdTech CASE 1.1, a CFPackage in JSON", _text(case.write)),
    "csv": FolderFormat("tidy tables in CSV, as a Frictionless data package", tables.write_csv_package),
    "parquet": FolderFormat("the same tables in Parquet", tables.write_parquet_package),
    "roles-ndjson": FolderFormat("role files as one file of lines, to import again", role_files.write_ndjson),
    "roles-yaml": FolderFormat("role files in YAML, to import again", role_files.write_yaml),
}
"""Name -> how it is written and what it is; the choices and the help of `rolegraph export` come from here."""


def write_file(form: FileFormat, extract: Extract, path: Path) -> None:
    """Write a format of one file; what is at the path stays until the new one is whole."""
    with staged_file(path) as stream:
        form.write(extract, stream)


def write_folder(form: FolderFormat, extract: Extract, path: Path) -> list[Path]:
    """Write a format of several files.

    Returns:
        the files, or the archive.
    Raises:
        StoreError: the folder holds something already.
    """
    with staged_folder(path) as staged:
        form.write(extract, staged)
        licence = attribution.text(extract, form.further, with_references=form.has_references)
        (staged / LICENSE_FILE).write_text(licence, encoding="utf-8")
        names = sorted(file.relative_to(staged) for file in staged.rglob("*") if file.is_file())
    return [path] if path.suffix.lower() == ".zip" else [path / name for name in names]
