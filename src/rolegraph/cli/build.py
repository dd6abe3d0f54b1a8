"""`rolegraph build`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.snapshot.build import BuildResult, build

_STAGES = {
    "read": "Reading the catalog and its sources",
    "graph": "Writing the graph",
    "load": "Loading the store",
    "rules": "Applying the rules",
    "validate": "Checking completeness",
    "dump": "Sorting and hashing the dump",
    "statistics": "Counting what the graphs hold",
    "checks": "Checking consistency",
    "publish": "Publishing",
    "history": "Setting releases beside it",
}


@click.command("build")
@catalog_option
def command(directory: Path) -> None:
    """Turn the catalog into a snapshot: read, check, load, derive, publish.

    Every fault of every input is listed with file and line; then nothing is published and the
    previous snapshot stays in use.
    """
    console = Console(stderr=True)
    numbers = {name: f"[{n}/{len(_STAGES)}] {text}" for n, (name, text) in enumerate(_STAGES.items(), 1)}
    if console.is_terminal:
        with console.status("Starting …") as status:
            result = build(directory, lambda name: status.update(f"{numbers[name]} …"))
    else:
        result = build(directory, lambda name: click.echo(numbers[name], err=True))
    show_warnings(result.problems.warnings)
    for found in result.found:
        click.echo(f"read {found}", err=True)
    if result.import_report is not None:
        click.echo(f"rows that were changed or not placed: {result.import_report}", err=True)
    _summary(result, console)
    click.echo(result.snapshot.id)


def _summary(result: BuildResult, console: Console) -> None:
    graphs = Table(title="Quads per named graph", title_justify="left")
    graphs.add_column("graph")
    graphs.add_column("quads", justify="right")
    for name, count in result.snapshot.manifest["graphs"].items():
        graphs.add_row(name, f"{count:,}")
    graphs.add_section()
    graphs.add_row("all", f"{result.snapshot.quads:,}")
    stages = Table(title="Seconds per stage", title_justify="left")
    stages.add_column("stage")
    stages.add_column("seconds", justify="right")
    for name, seconds in result.seconds.items():
        stages.add_row(name, f"{seconds:.2f}")
    stages.add_section()
    stages.add_row("all", f"{sum(result.seconds.values()):.2f}")
    console.print(graphs, stages, sep="\n")
    word = "Published" if result.is_new else "Nothing changed; still"
    memory = result.peak_memory_bytes / 2**20
    roles = result.snapshot.manifest["roles"]
    console.print(f"{word} snapshot {result.snapshot.id}: {roles:,} roles, peak memory {memory:,.0f} MiB.")
