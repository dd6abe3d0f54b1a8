"""Options that several commands share, under one name everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from rolegraph.errors import Problem

catalog_option = click.option(
    "--catalog",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the current folder",
    help="The folder that holds rolegraph.toml.",
)


def show_warnings(warnings: Iterable[Problem]) -> None:
    """Write warnings to stderr, one a line."""
    for warning in sorted(set(warnings)):
        click.echo(f"warning: {warning}", err=True)
