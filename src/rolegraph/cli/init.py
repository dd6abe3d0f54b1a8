"""`rolegraph init`."""

from __future__ import annotations

from pathlib import Path

import click

from rolegraph.config import is_base_iri
from rolegraph.errors import ConfigError
from rolegraph.sources.template import catalog_files


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default=None, help="What the catalog is called; the folder's name by default.")
@click.option(
    "--base-iri",
    default="https://example.org/roles/",
    show_default=True,
    help="The namespace of your data; it ends in '/'.",
)
def command(directory: Path, name: str | None, base_iri: str) -> None:
    """Make a new catalog in DIRECTORY, with one example role.

    The folder may exist; no file in it is overwritten.
    """
    if not is_base_iri(base_iri):
        raise click.UsageError(f"base IRI {base_iri!r} is no http(s) IRI that ends in '/'")
    if name is not None and not name.isprintable():
        raise click.UsageError("the name holds a control character; write it without")
    files = catalog_files(name or directory.resolve().name, base_iri)
    taken = [file for file in files if (directory / file).exists()]
    if taken:
        raise ConfigError(f"{directory} already holds {', '.join(taken)}; name a new or empty folder")
    for file, content in files.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    click.echo(f"Made a catalog of {len(files)} files in {directory}.", err=True)
    click.echo(f"Next: rolegraph build --catalog {directory}", err=True)
