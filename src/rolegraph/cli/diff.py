"""`rolegraph diff`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from rolegraph.cli.options import catalog_option
from rolegraph.cli.progress import progress
from rolegraph.cli.target import is_file, open_target, open_text_target
from rolegraph.diff.compare import OWN_GRAPHS, Graphs, compare, line_changes
from rolegraph.diff.formats import FORMATS, PATCH, choose_format
from rolegraph.diff.patch import write_patch
from rolegraph.diff.sides import CURRENT, Side, find_sides
from rolegraph.diff.writers import WRITERS
from rolegraph.iris import GRAPHS

_OWN: Final = f"{', '.join(OWN_GRAPHS[:-1])} and {OWN_GRAPHS[-1]}"


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", default=CURRENT)
@catalog_option
@click.option(
    "--format",
    "wished",
    metavar="FORMAT",
    default="",
    help=f"{', '.join(FORMATS)}, or a media type; patch is an RDF Patch that turns A into B. Without it the"
    " name of the output file decides; else text.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, in place of stdout."
)
@click.option(
    "--graph",
    "graphs",
    type=click.Choice(GRAPHS),
    multiple=True,
    help=f"Compare all of this named graph; may be repeated. Without it, {_OWN} as far as they are the"
    " catalog's own.",
)
@click.option("--all", "all_graphs", is_flag=True, help="Compare all graphs, derived ones included.")
@click.option("--findings", is_flag=True, help="List each finding that is new or fixed.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when A and B differ.")
def command(  # noqa: PLR0913, an option each
    before: str,
    after: str,
    *,
    directory: Path,
    wished: str,
    output: Path | None,
    graphs: tuple[str, ...],
    all_graphs: bool,
    findings: bool,
    exit_code: bool,
) -> None:
    """Say what changed from snapshot A to snapshot B (the current one without B).

    A and B are CURRENT, PREVIOUS (the one built before it), an id or its beginning, the version of a
    release, or the path of a folder.
    """
    if all_graphs and graphs:
        raise click.UsageError("--all takes every graph; leave out --graph")
    format_name = choose_format(wished, output if is_file(output) else None)
    first, second = find_sides(directory, before, after)
    chosen = GRAPHS if all_graphs else graphs or None
    if format_name == PATCH:
        with open_target(output) as target:
            is_equal = not write_patch(line_changes(first, second, chosen), first, second, target)
    else:
        is_equal = _write(first, second, chosen, format_name, output, findings=findings)
    if is_file(output):
        click.echo(str(output), err=True)
    if exit_code and not is_equal:
        sys.exit(1)


def _write(
    first: Side, second: Side, graphs: Graphs, format_name: str, output: Path | None, *, findings: bool
) -> bool:
    """Compare and write; whether they are equal."""
    with progress() as (tell, stop), compare(first, second, graphs, tell) as comparison:
        stop()  # before anything is written, so that the line does not stand in the way
        if comparison.unreported:
            names = " and ".join(dict.fromkeys(comparison.unreported))
            click.echo(f"No report in {names}; findings and scores are not compared.", err=True)
        with open_text_target(output) as text:
            WRITERS[format_name](comparison, text, findings)
        return comparison.is_equal
