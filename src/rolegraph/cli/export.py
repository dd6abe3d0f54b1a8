"""`rolegraph export`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.errors import Problems
from rolegraph.export import esco_csv, onet_text
from rolegraph.export.files import TableFile, write_tables
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog
from rolegraph.sources.catalog import read_catalog

Tables = Callable[[Catalog, Iris, str], list[TableFile]]
WRITERS: dict[str, tuple[Tables, Literal["csv", "tab"], str]] = {
    "esco-csv": (esco_csv.tables, "csv", "ESCO 1.2.1 CSV: occupations, skills, relations"),
    "onet-text": (onet_text.tables, "tab", "O*NET text files: occupations, titles, tasks, skills, knowledge"),
}
"""Format -> how its tables are made and written, and what it is; the help text comes from here."""


@click.command(
    "export",
    epilog="Formats: " + "; ".join(f"{name} = {summary}" for name, (_, _, summary) in WRITERS.items()) + ".",
)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(WRITERS)))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="A new or empty folder.",
)
@catalog_option
def command(format_name: str, output: Path, directory: Path) -> None:
    """Write the catalog's roles in another standard's form, read from the catalog's own files."""
    problems = Problems()
    config, catalog = read_catalog(directory, problems)
    show_warnings(problems.warnings)
    make, dialect, _ = WRITERS[format_name]
    tables = make(catalog, Iris(config.catalog.base_iri), config.catalog.language.lower())
    for path in write_tables(output, tables, dialect):
        click.echo(str(path))
