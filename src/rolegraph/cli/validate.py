"""`rolegraph validate`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace
from rdflib import Graph

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.cli.progress import progress
from rolegraph.cli.target import is_file, open_text_target
from rolegraph.errors import Problems
from rolegraph.model.findings import SEVERITIES, Report, severity_called
from rolegraph.report.baseline import with_baseline
from rolegraph.report.comparison import differences
from rolegraph.report.json_report import read_json
from rolegraph.report.selection import failing, select
from rolegraph.report.writers import WRITERS, Writer, choose_writer
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import ENGINES, Engine
from rolegraph.shacl.files import read_graph, read_store
from rolegraph.shacl.lint import lint, report_faults
from rolegraph.snapshot.checking import check_catalog, read_catalog_check
from rolegraph.validate import validate_catalog

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
    metavar="FORMAT",
    default="",
    help="How the report is written: " + ", ".join(WRITERS) + "; guessed from -o, else text.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--only", multiple=True, metavar="SHAPE", help="Report this shape alone, such as AliasShape.")
@click.option("--role", "roles", multiple=True, metavar="CODE", help="Report this role alone.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An earlier report in JSON: only what it does not hold makes the exit status 1.",
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.lower() for severity in SEVERITIES]),
    default=None,
    help="The least severity that makes the exit status 1; as in rolegraph.toml, else violation.",
)
def command(**given: Any) -> None:
    """Check the catalog's graph against the shapes and say what to do.

    The exit status is 0 when nothing was found at or above --fail-on, 1 when something was, and 2
    when the catalog or a shape cannot be read.
    """
    options = _Options(**given)
    source = _Source(options.directory, options.data_files, options.shape_files)
    if options.engine == "both":
        sys.exit(_compare(source))
    writer = choose_writer(options.format_name, options.output or "")
    earlier = read_json(options.baseline) if options.baseline is not None else None
    report = source.report("pyshacl" if options.engine == "pyshacl" else "compiled")
    if options.fail_on is not None:
        report = replace(report, fail_on=severity_called(options.fail_on))
    selection = select(report, options.only, options.roles, source.known_roles)
    report = selection.of(report)
    if earlier is not None:
        report = with_baseline(report, selection.of(earlier))
    _write(report, writer, options.output)
    if failing(report):
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Options:
    """What somebody asked for."""

    directory: Path
    data_files: tuple[Path, ...]
    shape_files: tuple[Path, ...]
    engine: str
    format_name: str
    output: Path | None
    only: tuple[str, ...]
    roles: tuple[str, ...]
    baseline: Path | None
    fail_on: str | None


def _write(report: Report, writer: Writer, output: Path | None) -> None:
    """Write to stdout, or to a file that is there only once it is whole."""
    with open_text_target(output) as stream:
        writer.write(report, stream)
    if is_file(output):
        click.echo(str(output), err=True)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is checked: a catalog, or files."""

    directory: Path
    data_files: tuple[Path, ...]
    shape_files: tuple[Path, ...]
    known_roles: list[str] = field(default_factory=list)
    """The codes of all roles, once it was read."""

    def report(self, *engines: Engine) -> Report:
        """Check it by one engine."""
        [report] = self.reports(engines)
        return report

    def reports(self, engines: Iterable[Engine]) -> list[Report]:
        """Check it by several engines.

        Raises:
            SourceError, ConfigError, ShapeError: with every fault of every file.
        """
        with progress() as (tell, _):
            if self.data_files:
                data, shapes = _files(self.data_files, self.shape_files)
                tell("checking")
                return [validate_catalog(data, shapes, engine) for engine in engines]
            problems = Problems()
            with read_catalog_check(self.directory, problems, tell, list(self.shape_files) or None) as check:
                show_warnings(problems.warnings)
                self.known_roles.extend(role.code for role in check.roster.roles)
                return [check_catalog(check, engine, tell) for engine in engines]


def _files(data_files: tuple[Path, ...], shape_files: tuple[Path, ...]) -> tuple[Data, Graph]:
    """Data and shapes from files.

    Raises:
        SourceError: with every fault of every file.
    """
    if not shape_files:
        raise click.UsageError("--data needs --shapes FILE: say what must hold for it")
    problems = Problems()
    store, shapes = read_store(data_files, problems), read_graph(shape_files, problems)
    report_faults([fault for fault in lint(shape_files) if fault.shape or fault.term], problems)
    show_warnings(problems.warnings)
    problems.raise_errors()
    return Data(store), shapes


def _compare(source: _Source) -> int:
    """Write what only one of the engines found; the exit status."""
    compiled, reference = source.reports(ENGINES)
    only = differences(compiled, reference)
    for difference in only:
        click.echo(str(difference))
    counts = f"{len(compiled.findings):,} by queries, {len(reference.findings):,} by pyshacl"
    click.echo(f"Findings: {counts}; differences: {len(only):,}.", err=True)
    return 1 if only else 0
