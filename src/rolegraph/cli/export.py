"""`rolegraph export`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TextIO

import click

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.errors import ConfigError, Problems
from rolegraph.export import esco_csv, onet_text
from rolegraph.export.curies import data_prefixes
from rolegraph.export.files import TableFile, write_file, write_tables
from rolegraph.export.sssom import write_sssom
from rolegraph.export.sssom_rdf import write_sssom_rdf
from rolegraph.export.sssom_sets import catalog_set, crosswalk_names
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Mapping
from rolegraph.model.mapping_set import MappingSet
from rolegraph.snapshot.assemble import Inputs, Reference, read_inputs
from rolegraph.sources.catalog import read_catalog

Tables = Callable[[Catalog, Iris, str], list[TableFile]]
WRITERS: dict[str, tuple[Tables, Literal["csv", "tab"], str]] = {
    "esco-csv": (esco_csv.tables, "csv", "ESCO 1.2.1 CSV: occupations, skills, relations"),
    "onet-text": (onet_text.tables, "tab", "O*NET text files: occupations, titles, tasks, skills, knowledge"),
}
"""Format -> how its tables are made and written, and what it is; the help text comes from here."""
MAPPING_FORMATS: dict[str, str] = {
    "sssom": "SSSOM TSV 1.1: the mappings, or a crosswalk with --set",
    "sssom-rdf": "the same as N-Triples, one owl:Axiom a mapping",
}
"""Formats of one file that hold a mapping set."""
_SUMMARIES = {name: summary for name, (_, _, summary) in WRITERS.items()} | MAPPING_FORMATS


@click.command(
    "export", epilog="Formats: " + "; ".join(f"{name} = {text}" for name, text in _SUMMARIES.items()) + "."
)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(_SUMMARIES)))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="A new or empty folder; for SSSOM a file, or - for stdout.",
)
@click.option(
    "--set",
    "set_name",
    metavar="NAME",
    help="Instead of the catalog's mappings a crosswalk, by the name or IRI of its mapping set.",
)
@catalog_option
def command(format_name: str, output: Path, set_name: str | None, directory: Path) -> None:
    """Write the catalog's roles in another standard's form, read from the catalog's own files."""
    problems = Problems()
    if format_name in MAPPING_FORMATS:
        _export_mappings(format_name, output, set_name, directory, problems)
        return
    if set_name is not None:
        raise click.UsageError(f"--set is for {' and '.join(MAPPING_FORMATS)}")
    config, catalog = read_catalog(directory, problems)
    show_warnings(problems.warnings)
    make, dialect, _ = WRITERS[format_name]
    tables = make(catalog, Iris(config.catalog.base_iri), config.catalog.language.lower())
    for path in write_tables(output, tables, dialect):
        click.echo(str(path))


def _export_mappings(
    format_name: str, output: Path, set_name: str | None, directory: Path, problems: Problems
) -> None:
    references: tuple[Reference, ...] = () if set_name is None else ("crosswalks",)
    inputs = read_inputs(directory, problems, references)
    show_warnings(problems.warnings)
    iris = inputs.iris
    mapping_set, mappings = _mapping_set(inputs, set_name)

    def mint(mapping: Mapping) -> str:
        if set_name is not None:
            return iris.crosswalk_row(mapping_set.iri, mapping.key)
        return iris.mapping(mapping.subject, mapping.predicate, mapping.modifier, mapping.object)

    def write(stream: TextIO) -> None:
        if format_name == "sssom":
            write_sssom(mapping_set, mappings, data_prefixes(iris), stream)
        else:
            write_sssom_rdf(mapping_set, mappings, mint, stream)

    if str(output) == "-":
        write(sys.stdout)
    else:
        click.echo(str(write_file(output, write)))


def _mapping_set(inputs: Inputs, set_name: str | None) -> tuple[MappingSet, tuple[Mapping, ...]]:
    if set_name is None:
        return catalog_set(inputs.catalog, inputs.config.catalog, inputs.iris)
    named = crosswalk_names(inputs.crosswalks.files, inputs.iris)
    if set_name not in named:
        known = ", ".join(sorted(named)) or "none; name files in [sources] crosswalks"
        raise ConfigError(f"there is no crosswalk {set_name!r}; the catalog has {known}")
    return named[set_name].mapping_set, named[set_name].mappings
