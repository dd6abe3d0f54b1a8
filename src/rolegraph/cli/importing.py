"""`rolegraph import`: other people's files into the catalog's own."""

from __future__ import annotations

from pathlib import Path

import click

from rolegraph.cli.importing_table import command as table
from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.config import read_config
from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.catalog import RoleFile
from rolegraph.sources.catalog import levels_file
from rolegraph.sources.levels import read_levels
from rolegraph.sources.page import read_page
from rolegraph.sources.rolefile import dump_role
from rolegraph.sources.roles import RoleReader


@click.group("import")
def command() -> None:
    """Read other people's files into the catalog."""


command.add_command(table)


@command.command("page")
@click.argument(
    "pages", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@catalog_option
@click.option("--force", is_flag=True, help="Replace role files that are already there.")
def page(pages: tuple[Path, ...], directory: Path, force: bool) -> None:
    """Read role PAGES (the text of a role profile) into one YAML file each.

    When any page has a fault, all faults are listed and no file is written.
    """
    problems = Problems()
    folder, roles = _read(pages, directory, problems)
    targets = {role.code: folder / f"{role.code}.yaml" for role in roles}
    for code, target in targets.items():
        if target.exists() and not force:
            problems.error(target, 0, f"{code} is already in the catalog", "pass --force to replace it")
    problems.raise_errors()
    folder.mkdir(parents=True, exist_ok=True)
    for role in roles:
        staged = targets[role.code].with_suffix(".tmp")
        staged.write_text(dump_role(role), encoding="utf-8")
        staged.replace(targets[role.code])
        click.echo(str(targets[role.code]))
    show_warnings(problems.warnings)
    click.echo(f"Imported {len(roles)} {'role' if len(roles) == 1 else 'roles'}.", err=True)


def _read(pages: tuple[Path, ...], directory: Path, problems: Problems) -> tuple[Path, list[RoleFile]]:
    """All pages as role files, and the folder they belong into; every fault is in the problems."""
    config = read_config(directory, problems)
    problems.raise_errors()
    assert config is not None  # noqa: S101  # without faults there is a configuration
    levels = read_levels(*levels_file(directory, config), problems)
    section = config.catalog
    reader = RoleReader(Iris(section.base_iri), section.language, frozenset(levels), problems)
    roles: list[RoleFile] = []
    for path in pages:
        read = read_page(path, str(path), problems)
        if read is not None and reader.convert(read[0], str(path), read[1]) is not None:
            roles.append(read[0])
    locations = config.sources.role_locations
    folders = [location for location in locations if not location.endswith((".ndjson", ".yaml", ".yml"))]
    if not folders:
        problems.error("rolegraph.toml", 0, "[sources] roles names no folder", "add one for imported roles")
    return directory / (folders[0] if folders else "roles"), roles
