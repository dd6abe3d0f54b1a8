"""The formats of an export: their names, and how each is written."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Final, NamedTuple

from rolegraph.export import (
    attribution,
    case,
    ctdl,
    dcat,
    dump,
    esco_csv,
    esco_database,
    esco_mapping,
    esco_rdf,
    onet_database,
    onet_rdf,
    onet_text,
    osmt,
    quads,
    role_files,
    schema_org,
    skos,
    sssom,
    sssom_rdf,
    tabiya,
    tables,
)
from rolegraph.export.dcat import Distribution
from rolegraph.export.extract import Extract
from rolegraph.export.files import Dialect, TableFile, staged_file, staged_folder, write_table
from rolegraph.iris import Iris

ESCO_MODEL: Final = "http://data.europa.eu/esco/model"
ONET_MODEL: Final = "https://www.onetcenter.org/rdf/schema/onet/"
PACKAGE: Final = "https://specs.frictionlessdata.io/data-package/"
GRAPH_FORMATS: Final = ("nquads", "trig", "jsonld")
"""The formats that hold named graphs."""
SET_FORMATS: Final = ("sssom", "sssom-rdf")
"""The formats that hold a mapping set."""
WHOLE_FORMATS: Final = ("onet-database", "esco-database", "dcat")
"""The formats that no selection of roles changes."""


class FileFormat(NamedTuple):
    """A format that is one file; it may go to stdout too."""

    summary: str
    write: Callable[[Extract, IO[bytes]], None]
    media_type: str
    standard: str = ""


class FolderFormat(NamedTuple):
    """A format that is several files: a folder, or an archive where the name ends in `.zip`.

    `has_references` says whether data of the reference classifications is in it, and `further` are
    statements that it asks for by itself; the licence goes with every one, under the name `licence_file`.
    `reference` is the named graph of the classification that it is a copy of: it holds nothing of the
    catalog then, and is there only where the snapshot was built with that classification.
    """

    summary: str
    write: Callable[[Extract, Path], None]
    media_type: str
    standard: str = ""
    has_references: bool = False
    further: tuple[str, ...] = ()
    licence_file: str = "LICENSE.txt"
    reference: str = ""


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
            extract.part = table.name
            write_table(folder, table, dialect)

    return written


def _dcat(extract: Extract, stream: IO[str]) -> None:
    """The description, which names the other formats."""
    built = {"", *extract.snapshot.manifest["graphs"]}
    forms = {
        name: Distribution(form.summary, form.media_type, form.standard)
        for name, form in WRITERS.items()
        if isinstance(form, FileFormat) or form.reference in built
    }
    dcat.write(extract, stream, forms)


def _copy(write: Callable[[Iterable[bytes], Iris, Path], object]) -> Callable[[Extract, Path], None]:
    """A writer of reference files, of which a selection of roles leaves nothing out."""

    def written(extract: Extract, folder: Path) -> None:
        write(dump.read_lines(extract), extract.iris, folder)

    return written


_SSSOM: Final = "https://w3id.org/sssom/"
_SKOS: Final = "http://www.w3.org/2004/02/skos/core"
WRITERS: Final[dict[str, Format]] = {
    "esco-csv": FolderFormat(
        "the files of ESCO 1.2.1 in CSV", _tables(esco_csv.tables, "csv"), "text/csv", ESCO_MODEL
    ),
    "esco-rdf": FileFormat(
        "N-Triples in the vocabulary of ESCO", _text(esco_rdf.write), "application/n-triples", ESCO_MODEL
    ),
    "esco-mapping": FolderFormat(
        "the table that maps to ESCO, in the Commission's seven columns",
        _tables(esco_mapping.tables, "csv"),
        "text/csv",
        has_references=True,
        further=(attribution.ESCO,),
    ),
    "esco-database": FolderFormat(
        "the files of ESCO that the snapshot was built with",
        _copy(esco_database.write_esco),
        "text/csv",
        reference="esco",
    ),
    "onet-text": FolderFormat(
        "the text files of O*NET 29.0", _tables(onet_text.tables, "tab"), "text/tab-separated-values"
    ),
    "onet-rdf": FileFormat(
        "N-Triples in the vocabulary of O*NET", _text(onet_rdf.write), "application/n-triples", ONET_MODEL
    ),
    "onet-database": FolderFormat(
        "the files of the O*NET database that the snapshot was built with",
        _copy(onet_database.write_onet_database),
        "text/tab-separated-values",
        reference="onet",
    ),
    "sssom": FileFormat(
        "SSSOM TSV 1.1: the mappings, or with --set a crosswalk",
        _text(sssom.write),
        "text/tab-separated-values",
        _SSSOM,
    ),
    "sssom-rdf": FileFormat(
        "the same as N-Triples, one owl:Axiom a mapping",
        _text(sssom_rdf.write),
        "application/n-triples",
        _SSSOM,
    ),
    "skos": FileFormat("SKOS in Turtle", _text(skos.write_skos), "text/turtle", _SKOS),
    "skos-xl": FileFormat(
        "SKOS in Turtle, with labels as resources", _text(skos.write_skos_xl), "text/turtle", _SKOS + "-xl"
    ),
    "schema-org": FileFormat(
        "schema.org occupations in JSON-LD",
        _text(schema_org.write),
        "application/ld+json",
        "https://schema.org/",
    ),
    "case": FileFormat(
        "1EdTech CASE 1.1, a CFPackage in JSON",
        _text(case.write),
        "application/json",
        "https://www.imsglobal.org/spec/case/v1p1",
    ),
    "ctdl": FileFormat(
        "CTDL and CTDL-ASN in JSON-LD",
        _text(ctdl.write),
        "application/ld+json",
        "https://credreg.net/ctdl/terms",
    ),
    "tabiya": FolderFormat(
        "the CSV files of the Tabiya platform", tabiya.write, "text/csv", licence_file="LICENSE"
    ),
    "osmt": FolderFormat("skills as the CSV of OSMT", _tables(osmt.tables, "csv"), "text/csv"),
    "dcat": FileFormat(
        "a description in DCAT and VoID, in Turtle", _text(_dcat), "text/turtle", "http://www.w3.org/ns/dcat"
    ),
    "csv": FolderFormat(
        "tidy tables in CSV, as a Frictionless data package", tables.write_csv_package, "text/csv", PACKAGE
    ),
    "parquet": FolderFormat(
        "the same tables in Parquet", tables.write_parquet_package, "application/vnd.apache.parquet", PACKAGE
    ),
    "nquads": FileFormat("the graph in N-Quads", quads.write_nquads, "application/n-quads"),
    "trig": FileFormat("the graph in TriG", quads.write_trig, "application/trig"),
    "jsonld": FileFormat("the graph in JSON-LD", quads.write_jsonld, "application/ld+json"),
    "roles-yaml": FolderFormat(
        "role files in YAML, to import again", role_files.write_yaml, "application/yaml"
    ),
    "roles-ndjson": FolderFormat(
        "role files as one file of lines, to import again", role_files.write_ndjson, "application/x-ndjson"
    ),
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
        licence = (
            attribution.reference_text(extract, form.reference)
            if form.reference
            else attribution.text(extract, form.further, with_references=form.has_references)
        )
        (staged / form.licence_file).write_text(licence, encoding="utf-8")
        names = sorted(file.relative_to(staged) for file in staged.rglob("*") if file.is_file())
    return [path] if path.suffix.lower() == ".zip" else [path / name for name in names]
