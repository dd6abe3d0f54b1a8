"""`rolegraph validate`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
from rdflib import Graph
from rich.console import Console

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.errors import Problems
from rolegraph.model.findings import SEVERITIES, Report
from rolegraph.report.json_report import write_json
from rolegraph.report.text import write_text
from rolegraph.shacl.comparison import differences
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import Engine, validate
from rolegraph.shacl.files import read_graph, read_store
from rolegraph.snapshot.checking import read_catalog_check
from rolegraph.validate import report_of

WRITERS: dict[str, Callable[[Report, TextIO], None]] = {"text": write_text, "json": write_json}
"""Format -> what writes a report in it."""

_FILE = click.Path(path_type=Path)


@click.command("validate")
@catalog_option
@click.option(
    "--data", "data_files", type=_FILE, multiple=True, help="Check this RDF file instead of a catalog."
)
@click.option(
    "--shapes",
    "shape_files",
    type=_FILE,
    multiple=True,
    help="Use these shapes and no others (any RDF syntax).",
)
@click.option(
    "--engine",
    type=click.Choice(["compiled", "pyshacl", "both"]),
    default="compiled",
    show_default=True,
    help="What checks: queries made from the shapes, the slow reference, or both to compare them.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(WRITERS)),
    default="text",
    show_default=True,
    help="How the report is written to stdout.",
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.lower() for severity in SEVERITIES]),
    default=None,
    help="The least severity that makes the exit status 1; as in rolegraph.toml, else violation.",
)
def command(
    directory: Path,
    data_files: tuple[Path, ...],
    shape_files: tuple[Path, ...],
    engine: str,
    format_name: str,
    fail_on: str | None,
) -> None:
    """Check the catalog's graph against the shapes and say what to do.

    The exit status is 0 when nothing was found at or above --fail-on, 1 when something was, and 2
    when the catalog or a shape cannot be read.
    """
    with _progress() as tell:
        if data_files:
            data, shapes, name = *_files(data_files, shape_files), ""
            least = fail_on or "violation"
        else:
            problems = Problems()
            check = read_catalog_check(directory, problems, tell, list(shape_files) or None)
            show_warnings(problems.warnings)
            data, shapes, name, least = check.data, check.shapes, check.name, fail_on or check.fail_on
        tell("checking")
        if engine == "both":
            sys.exit(_compare(data, shapes))
        chosen: Engine = "pyshacl" if engine == "pyshacl" else "compiled"
        report = report_of(validate(data, shapes, chosen), data, shapes, name)
    WRITERS[format_name](report, sys.stdout)
    failing = SEVERITIES[: SEVERITIES.index(least.capitalize()) + 1]
    if any(finding.severity in failing for finding in report.findings):
        sys.exit(1)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what is going on, where somebody looks at it."""
    with Console(stderr=True).status("Starting …") as status:
        yield lambda stage: status.update(f"{stage.capitalize()} …")


def _files(data_files: tuple[Path, ...], shape_files: tuple[Path, ...]) -> tuple[Data, Graph]:
    """Data and shapes from files.

    Raises:
        SourceError: with every fault of every file.
    """
    if not shape_files:
        raise click.UsageError("--data needs --shapes FILE: say what must hold for it")
    problems = Problems()
    store, shapes = read_store(data_files, problems), read_graph(shape_files, problems)
    problems.raise_errors()
    return Data(store), shapes


def _compare(data: Data, shapes: Graph) -> int:
    """Write what only one of the engines found; the exit status."""
    compiled, reference = validate(data, shapes, "compiled"), validate(data, shapes, "pyshacl")
    found = differences(compiled.results, reference.results)
    for difference in found:
        click.echo(str(difference))
    count = f"{len(compiled.results):,} results by queries, {len(reference.results):,} by pyshacl"
    click.echo(f"{count}, {len(found):,} differences", err=True)
    return 1 if found else 0
