"""`rolegraph release`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from rolegraph.cli.options import catalog_option
from rolegraph.cli.progress import progress
from rolegraph.config import config_file
from rolegraph.errors import ReleaseError
from rolegraph.model.release import Version
from rolegraph.release.act import Wish, make_release
from rolegraph.snapshot.releases import list_releases


@click.command("release")
@click.argument("version", required=False)
@catalog_option
@click.option(
    "--notes",
    "notes_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file of notes, plain text or Markdown, that stand above the list of changes.",
)
@click.option(
    "--date",
    "issued",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day of the release; else today (UTC).",
)
@click.option("--list", "listing", is_flag=True, help="List the releases, the earliest first.")
def command(
    version: str | None,
    *,
    directory: Path,
    notes_file: Path | None,
    issued: dt.datetime | None,
    listing: bool,
) -> None:
    """Freeze the current snapshot as release VERSION, with change notes and a DCAT record.

    VERSION is two to four numbers with dots between, such as 2026.11.0 or 1.4.0 (and 2.0.0-rc.1), later
    than the last one. A release does not change any more: the same version again is nothing new, or an
    error where the content is other. stdout gets the folder of the release.
    """
    if listing:
        if version is not None or notes_file is not None or issued is not None:
            raise click.UsageError("--list takes no VERSION, --notes or --date")
        _list(directory)
        return
    if version is None:
        raise click.UsageError("name the VERSION to release, such as 2026.11.0; --list shows those there are")
    wish = Wish(version=Version(version), notes=_notes(notes_file), issued=issued.date() if issued else None)
    with progress() as (tell, _):
        release, is_new = make_release(directory, wish, tell)
    record = release.record
    if is_new:
        before = f", after {record.previous}" if record.previous else ""
        said = f"Released {record.version}{before}: snapshot {record.snapshot}, {record.triples:,} triples."
    else:
        said = f"{record.version} was released on {record.issued} with this content; nothing was changed."
    click.echo(said, err=True)
    click.echo(release.path)


def _notes(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReleaseError(f"{path}: the notes are not UTF-8 at byte {error.start}; save as UTF-8") from error


def _list(directory: Path) -> None:
    config_file(directory)
    releases = list_releases(directory)
    if not releases:
        click.echo("Nothing is released yet.", err=True)
    for release in releases:
        record = release.record
        click.echo(f"{record.version}\t{record.issued}\t{record.snapshot}\t{record.triples}")
