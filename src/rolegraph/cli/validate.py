"""`rolegraph validate`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.errors import Problems
from rolegraph.model.findings import SEVERITIES, Report
from rolegraph.report.json_report import write_json
from rolegraph.report.text import write_text
from rolegraph.snapshot.assemble import catalog_store, read_inputs, shapes_files
from rolegraph.validate import catalog_graph, load_shapes, validate_graph

WRITERS: dict[str, Callable[[Report, TextIO], None]] = {"text": write_text, "json": write_json}
"""Format -> what writes a report in it."""


@click.command("validate")
@catalog_option
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
def command(directory: Path, format_name: str, fail_on: str | None) -> None:
    """Check the catalog's graph against the shapes and say what to do.

    The exit status is 0 when nothing was found at or above --fail-on, 1 when something was, and 2
    when the catalog or a shape cannot be read.
    """
    problems = Problems()
    # Of O*NET only the codes and titles are looked at, so its other tables are not read.
    inputs = read_inputs(directory, problems, onet_tables=())
    show_warnings(problems.warnings)
    shapes = load_shapes(shapes_files(directory, inputs.config))
    count = len(inputs.catalog.roles)
    with Console(stderr=True).status(f"Checking {count:,} roles (about a second for each) …"):
        report = validate_graph(catalog_graph(catalog_store(inputs), inputs.iris), shapes)
    WRITERS[format_name](report, sys.stdout)
    least = (fail_on or inputs.config.validate.fail_on).capitalize()
    if any(finding.severity in SEVERITIES[: SEVERITIES.index(least) + 1] for finding in report.findings):
        sys.exit(1)
