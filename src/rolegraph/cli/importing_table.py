"""`rolegraph import table`: tables into the catalog's own files, by a map."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.cli.progress import progress
from rolegraph.config import Config, read_config
from rolegraph.errors import Problems
from rolegraph.model.attribution import Credit
from rolegraph.model.table_map import TableMap
from rolegraph.sources.catalog import levels_file
from rolegraph.sources.import_report import COLUMNS
from rolegraph.sources.levels import read_levels
from rolegraph.sources.tables.importing import Imported, Setting, import_tables, read_pins
from rolegraph.sources.tables.map_file import find_map, read_map, shipped_maps
from rolegraph.sources.tables.target import Format, Target, dump_ndjson, write_files

_PATH = click.Path(path_type=Path)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class _Options:
    """What somebody asked for."""

    files: tuple[Path, ...]
    map_name: str
    codes: Path | None
    directory: Path
    name: str | None
    output: str | None
    format_name: Format | None
    keep_going: bool
    report: Path | None
    dry_run: bool
    force: bool


@click.command("table", epilog=f"Shipped maps: {', '.join(shipped_maps())}.")
@click.argument("files", nargs=-1, required=True, type=_PATH)
@click.option("--map", "map_name", required=True, metavar="MAP", help="A map (*.toml), or a shipped one.")
@click.option("--codes", type=_PATH, help="A CSV file that fixes the codes of some roles.")
@catalog_option
@click.option("--name", help="What the import's files are called; the map's name by default.")
@click.option("-o", "--output", help="Where the roles go: a file *.ndjson, a folder, or - for stdout alone.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(get_args(Format)),
    help="All roles in one file (ndjson, the default), or one YAML file each.",
)
@click.option("--keep-going", is_flag=True, help="Import the sound roles although rows are refused.")
@click.option("--report", type=_PATH, help="Where the list of refused rows goes (CSV).")
@click.option("--dry-run", is_flag=True, help="Say what would come, and change nothing.")
@click.option("--force", is_flag=True, help="Replace the files of an earlier import.")
def command(**asked: Any) -> None:
    """Turn tables into roles of the catalog: CSV, TSV, XLSX or JSON FILES, or folders of them.

    Every row that cannot be imported is named with its reason. Then nothing is written and the exit status
    is 2; with --keep-going the other roles are written, the report lists the rows, and it is 1.
    """
    options = _Options(**asked)
    problems = Problems()
    config = read_config(options.directory, problems)
    problems.raise_errors()
    assert config is not None  # noqa: S101  # without faults there is a configuration
    mapping, setting = _read_map(options, config, problems)
    target = _target(options, config, mapping, problems)
    problems.raise_errors()
    with progress() as (told, stop):
        imported = import_tables(options.files, mapping, setting, problems, told)
        target.check_roles(imported, problems)
        files = target.files(imported, problems) if options.output != "-" else {}
        for path in files:
            if path.exists() and not options.force:
                problems.error(path, 0, "this file is there already", "pass --force to replace it")
        _refuse(options, target.name, imported, problems)
        if options.output != "-" and not options.dry_run:
            write_files(files, target.stale(files), told)
        stop()
    _tell(options, target, imported, files, problems)
    if imported.rejections.causes:
        sys.exit(1)


def _read_map(options: _Options, config: Config, problems: Problems) -> tuple[TableMap, Setting]:
    """The checked map, and what an import must know beside it; any fault of them ends the run."""
    levels = frozenset(read_levels(*levels_file(options.directory, config), problems))
    path = find_map(options.map_name, problems)
    mapping = None if path is None else read_map(path, levels, problems)
    pins = {}
    if options.codes is not None and mapping is not None:
        pins = read_pins(options.codes, mapping, problems)
    problems.raise_errors()
    assert mapping is not None  # noqa: S101  # without faults there is a map
    return mapping, Setting(config.catalog.language, levels, pins)


def _target(options: _Options, config: Config, mapping: TableMap, problems: Problems) -> Target:
    """Where the import goes; what makes no sense together is reported."""
    name = options.name or Path(options.map_name).stem.lower()
    if not _NAME.match(name):
        problems.error(name, 0, "this is no name for files", "pass --name with letters, digits, - and _")
    output = None if options.output in {None, "-"} else Path(str(options.output))
    is_folder = output is not None and (output.is_dir() or str(options.output).endswith("/"))
    chosen: Format = options.format_name or ("yaml" if is_folder else "ndjson")
    if output is not None and chosen == "ndjson" and (is_folder or output.suffix != ".ndjson"):
        problems.error(output, 0, "roles in one file are NDJSON", "end its name in .ndjson")
    if output is not None and chosen == "yaml" and not is_folder:
        problems.error(output, 0, "roles in YAML are a file each", "name a folder, with / at its end")
    if options.output == "-" and chosen == "yaml":
        problems.error("-", 0, "roles in YAML are a file each", "leave --format yaml out")
    return Target(options.directory, config, name, chosen, output, _credit(mapping))


def _credit(mapping: TableMap) -> Credit | None:
    """What the catalog has to say of where the tables are from; a title alone asks for nothing."""
    if not (mapping.attribution or mapping.licence or mapping.source):
        return None
    return Credit(
        title=mapping.title, attribution=mapping.attribution, licence=mapping.licence, source=mapping.source
    )


def _refuse(options: _Options, name: str, imported: Imported, problems: Problems) -> None:
    """Write the report of refused rows, and end the run where they or any other fault forbid to go on."""
    rejections = imported.rejections
    report = options.report
    if report is None and rejections.causes and options.keep_going and not options.dry_run:
        report = Path(f"{name}.import-report.csv")
    if report is not None and report.exists() and not _is_report(report) and not options.force:
        problems.error(report, 0, "this file is no report of an import", "name another, or pass --force")
    elif report is not None:
        try:
            rejections.report.write(report)
            click.echo(f"The report of refused rows is in {report}.", err=True)
        except OSError as error:
            problems.error(report, 0, f"cannot be written ({error.strerror})", "name another file")
    if not options.keep_going:
        for row in rejections.causes:
            problems.error(row.file, row.line, row.found, row.consequence)
    problems.raise_errors()


def _is_report(path: Path) -> bool:
    """Whether a file is the report of an import, which the next one may replace."""
    try:
        with path.open(encoding="utf-8") as stream:
            return stream.readline().strip() == ",".join(COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False


def _tell(
    options: _Options, target: Target, imported: Imported, files: dict[Path, str], problems: Problems
) -> None:
    """Say what was done: on stdout the files (or the roles), on stderr the counts."""
    show_warnings(problems.warnings)
    if options.output == "-":
        click.echo(dump_ndjson([role for role, _ in imported.roles]), nl=False)
    for path in files:
        click.echo(str(path))
    for rejected in imported.rejections.causes:
        click.echo(f"refused: {rejected.file}:{rejected.line}: {rejected.reason}", err=True)
    click.echo(_summary(options, imported), err=True)
    if target.credit is not None:
        click.echo(f"Wherever you publish this, say: {target.credit.statement}", err=True)
    if options.output == "-":
        click.echo("Families, specialisations and components are not in this output.", err=True)
    elif target.output is not None and not target.is_source:
        click.echo(f"Note: {target.output} is not among [sources] roles of this catalog.", err=True)


def _summary(options: _Options, imported: Imported) -> str:
    roles = [role for role, _ in imported.roles]
    counts = (
        (len(roles), "role", "roles"),
        (sum(map(len, imported.taxonomy.values())), "taxonomy entry", "taxonomy entries"),
        (sum(map(len, imported.components.values())), "component entry", "component entries"),
        (sum(len(role.aliases) for role in roles), "alias", "aliases"),
        (
            len({(row.file, row.line) for row in imported.rejections.report.findings}),
            "refused row",
            "refused rows",
        ),
    )
    shown = [f"{count:,} {one if count == 1 else many}" for count, one, many in counts]
    done = "Would import" if options.dry_run else "Imported"
    return f"{done} {', '.join(shown[:-1])}; {shown[-1]}."
