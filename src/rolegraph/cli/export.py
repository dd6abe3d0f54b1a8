"""`rolegraph export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from rolegraph.cli.options import catalog_option
from rolegraph.cli.progress import ends_on_sigterm, progress
from rolegraph.cli.target import is_file, is_stdout
from rolegraph.export.extract import Extract
from rolegraph.export.formats import (
    GRAPH_FORMATS,
    SET_FORMATS,
    WHOLE_FORMATS,
    WRITERS,
    FileFormat,
    FolderFormat,
    Format,
    write_file,
    write_folder,
)
from rolegraph.export.selection import STATUSES, Selection, select
from rolegraph.iris import GRAPHS
from rolegraph.snapshot.opening import Snapshot, open_snapshot
from rolegraph.snapshot.releases import find_release

_LISTED: Final = 50
"""Files that are named one by one; of more, their folder is named."""


@click.command(
    "export",
    epilog="Formats:\n\n\b\n" + "\n".join(f"{name:13} {form.summary}" for name, form in WRITERS.items()),
)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(WRITERS)))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A file, else stdout; a new or empty folder, or a .zip, where the format is several files.",
)
@catalog_option
@click.option(
    "--family", "families", metavar="CODE", multiple=True, help="Only this family; may be repeated."
)
@click.option(
    "--level",
    "levels",
    metavar="LEVEL",
    multiple=True,
    help="Only this level (P5) or track (P); may be repeated.",
)
@click.option(
    "--status",
    "statuses",
    metavar="STATUS",
    multiple=True,
    help=f"Only roles of this status ({', '.join(STATUSES)}); may be repeated.",
)
@click.option(
    "--where",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Only the roles that this SELECT query gives, as ?role or in its first column.",
)
@click.option(
    "--lang", "language", default="", help="The language of formats that hold one.  [default: the catalog's]"
)
@click.option(
    "--graph",
    "graphs",
    metavar="NAME",
    multiple=True,
    type=click.Choice(GRAPHS),
    help=f"Of {', '.join(GRAPH_FORMATS)}: only this named graph; may be repeated. {', '.join(GRAPHS)}.",
)
@click.option(
    "--set",
    "set_name",
    metavar="NAME",
    help=f"Of {' and '.join(SET_FORMATS)}: a crosswalk instead, by the name or IRI of its mapping set.",
)
@click.option(
    "--release", metavar="VERSION", help="What a release froze, in place of the current snapshot."
)
def command(  # noqa: PLR0913, PLR0917  # one parameter for each option
    format_name: str,
    output: Path | None,
    directory: Path,
    families: tuple[str, ...],
    levels: tuple[str, ...],
    statuses: tuple[str, ...],
    where: Path | None,
    language: str,
    graphs: tuple[str, ...],
    set_name: str | None,
    release: str | None,
) -> None:
    """Write the roles of the catalog's snapshot, or of a release, in another standard's form.

    Options that select are joined by "and", the values of one by "or". Where no role fits, nothing is
    written and the exit status is 1.
    """
    form, output = WRITERS[format_name], None if is_stdout(output) else output
    _check_output(form, format_name, output)
    if graphs and format_name not in GRAPH_FORMATS:
        raise click.UsageError(
            f"{format_name} holds no named graphs; --graph is for {', '.join(GRAPH_FORMATS)}"
        )
    if set_name is not None and format_name not in SET_FORMATS:
        raise click.UsageError(f"{format_name} holds no mapping set; --set is for {', '.join(SET_FORMATS)}")
    selection = Selection(families, levels, statuses, where)
    with ends_on_sigterm(), progress() as (show, stop):
        show("looking for the roles")
        extract = select(_find(directory, release), selection, language)
        extract.graphs, extract.mapping_set = graphs, set_name
        if extract.codes == frozenset():
            stop()
            click.echo(f"No role fits ({selection}); nothing was written.", err=True)
            sys.exit(1)
        show(f"writing {format_name}")
        extract.listener = lambda stage: show(f"writing {format_name}: {stage}")
        if output is None and sys.stdout.isatty():
            stop()  # what is written would run into the line
        is_whole = set_name is not None or format_name in WHOLE_FORMATS
        if is_whole and extract.codes is not None:
            extract.notes.append(f"{format_name} was written whole, whatever roles were selected")
            extract.codes = extract.kept = None
        written = _write(form, extract, output)
    if len(written) > _LISTED:
        click.echo(f"{len(written)} files", err=True)
        written = [path for path in (output,) if path is not None]
    for path in written:
        click.echo(str(path))
    for note in extract.notes:
        click.echo(f"note: {note}", err=True)


def _check_output(form: Format, name: str, output: Path | None) -> None:
    if isinstance(form, FileFormat):
        if output is not None and output.is_dir():
            raise click.UsageError(f"{name} is one file, and {output} a folder; name a file with -o")
        if output is not None and output.suffix.lower() == ".zip":
            raise click.UsageError(f"{name} is one file, and not packed; name a file with -o, not a .zip")
    elif output is None:
        raise click.UsageError(f"{name} is several files; name a folder, or a .zip, with -o")


def _find(directory: Path, release: str | None) -> Snapshot:
    return open_snapshot(directory) if release is None else find_release(directory, release).snapshot()


def _write(form: Format, extract: Extract, output: Path | None) -> list[Path]:
    """Write, and say where; nothing where it went to stdout."""
    if isinstance(form, FolderFormat):
        return write_folder(form, extract, output or Path())
    if output is not None:
        write_file(form, extract, output)
        return [output] if is_file(output) else []
    form.write(extract, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return []
