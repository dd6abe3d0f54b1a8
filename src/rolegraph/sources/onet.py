"""The O*NET database's text edition in, as a folder or as its zip archive; its tables out.

Columns are found by their header names, so releases that add or move columns are read as well.
Format: the O*NET data dictionary, text edition; both layouts, up to release 30.2 and from 30.3 on.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from rolegraph.documents import listed
from rolegraph.errors import Problems
from rolegraph.model.onet import CODE_COLUMN, NULLS, Layout, OnetDatabase, OnetTable, TableSpec
from rolegraph.model.onet_tables import OCCUPATION_DATA, TABLES, TASK_SLUG, files_of, forms_of
from rolegraph.sources.folder import Folder, open_folder
from rolegraph.sources.onet_table import CODE_PATTERN, Known, column_cells, read_table

logger = logging.getLogger(__name__)

_WHAT: Final = "an unpacked O*NET database (text edition) or its zip archive"
READ_ME: Final = "Read Me.txt"
_OCCUPATION_FILE: Final = "Occupation Data.txt"
_SHOWN: Final = 20
"""Names of files that a message lists."""
_VERSION: Final = re.compile(r"O\*NET\W+([0-9]+(?:\.[0-9]+)*)\s+Database")


def read_onet(path: Path, problems: Problems, tables: Collection[str] | None = None) -> OnetDatabase:
    """Read the files that rolegraph knows; only Occupation Data.txt must be there.

    Args:
        path: the unpacked database, or the archive that it is published in.
        problems: receives one error per fault, and a warning that names the files which are missing
            and one that names those which are not read.
        tables: slugs of the files to read beside Occupation Data, of either layout; None means all.

    Returns:
        the sound rows of every file, as they were written.
    """
    folder = open_folder(path, _WHAT, problems)
    if folder is None:
        return OnetDatabase(version=None)
    if not any(forms_of(file) for file in folder.names):
        problems.error(folder.name, 0, f"there is no file such as {_OCCUPATION_FILE}", f"name {_WHAT}")
        return OnetDatabase(version=None)
    read = _read_tables(folder, problems, tables)
    if _check_layout(folder, read, problems):
        _check_families(folder, read, problems)
    _check_tasks(folder, read, problems)
    if tables is None:
        _report_other_files(folder, read, problems)
    database = OnetDatabase(version=_version(folder, problems), tables=read)
    rows = sum(len(table.rows) for table in read.values())
    logger.info("O*NET %s: %d rows of %d files", database.version, rows, len(read))
    return database


def _read_tables(
    folder: Folder, problems: Problems, tables: Collection[str] | None
) -> dict[str, OnetTable]:
    """Every file that is there and asked for, by slug and in the order of `TABLES`."""
    if _OCCUPATION_FILE not in folder.names:
        shown = folder.shown(_OCCUPATION_FILE)
        problems.error(shown, 0, "the file is missing", "add it; no O*NET database is without it")
    read: dict[str, OnetTable] = {}
    known = Known(occupations=None)
    for file in dict.fromkeys(spec.file for spec in TABLES):
        forms = forms_of(file)
        if file not in folder.names or not _is_asked_for(forms[0], tables):
            continue
        data = folder.read(file, problems)
        if data is None:
            continue
        if file == _OCCUPATION_FILE:
            known.occupations = _occupation_codes(data)
        table = read_table(folder.shown(file), data, forms, problems, known)
        if table is not None:
            read[table.spec.slug] = table
    return read


def _is_asked_for(spec: TableSpec, tables: Collection[str] | None) -> bool:
    return tables is None or spec.slug == OCCUPATION_DATA or not {spec.slug, spec.row_slug}.isdisjoint(tables)


def _occupation_codes(data: bytes) -> set[str] | None:
    """The codes of Occupation Data, or None where there are none to compare with.

    A broken row there still defines its code: its fault is reported once, not again for each row
    of the other files.
    """
    return {cell for cell in column_cells(data, CODE_COLUMN) if CODE_PATTERN.fullmatch(cell)} or None


def _check_layout(folder: Folder, read: dict[str, OnetTable], problems: Problems) -> bool:
    """Whether all files are of one layout; a folder that mixes both is reported."""
    first: dict[Layout, str] = {}
    for file in folder.names:
        layouts = {spec.layout for spec in forms_of(file)}
        if len(layouts) == 1 and (layout := layouts.pop()) is not None:
            first.setdefault(layout, file)
    for table in read.values():
        if table.spec.layout is not None:
            first.setdefault(table.spec.layout, table.spec.file)
    if len(first) > 1:
        files = " and ".join(f"{file} ({layout})" for layout, file in sorted(first.items(), reverse=True))
        problems.error(folder.name, 0, f"files of two layouts: {files}", "keep the files of one release")
    return len(first) < 2


def _check_families(folder: Folder, read: dict[str, OnetTable], problems: Problems) -> None:
    """Report rows that two files of one family share, such as Essential and Transferable Skills."""
    families: dict[str, list[OnetTable]] = defaultdict(list)
    for table in read.values():
        families[table.spec.row_slug].append(table)
    for tables in families.values():
        seen: dict[tuple[str, ...], str] = {}
        for table in tables if len(tables) > 1 else []:
            for number, key in enumerate(_keys(table), start=2):
                other = seen.setdefault(key, table.spec.file)
                if other != table.spec.file:
                    found = f"{' + '.join(map(repr, key))} is already in {other}"
                    problems.error(folder.shown(table.spec.file), number, found, "keep one of the two rows")


def _keys(table: OnetTable) -> Iterable[tuple[str, ...]]:
    """What the IRI of each row is made of."""
    headers = dict.fromkeys((table.spec.columns[0].header, *table.spec.key))
    positions = [index for name in headers if (index := table.column(name)) is not None]
    for row in table.rows:
        cells = row.split("\t")
        yield tuple(["" if cells[index] in NULLS else cells[index] for index in positions])


def _check_tasks(folder: Folder, read: dict[str, OnetTable], problems: Problems) -> None:
    """Warn of rows about tasks that Task Statements does not have."""
    statements = read.get(TASK_SLUG)
    if statements is None:
        return
    tasks = set(_pairs(statements, "Task ID"))
    for table in read.values():
        for column in table.spec.columns:
            if column.kind == "task":
                pairs = enumerate(_pairs(table, column.header), start=2)
                lost = [line for line, pair in pairs if pair not in tasks and pair[1] not in NULLS]
                if lost:
                    found = f"{len(lost)} tasks from this row on are not in {statements.spec.file}"
                    shown = folder.shown(table.spec.file)
                    problems.warn(shown, lost[0], found, "they stay without text")


def _pairs(table: OnetTable, header: str) -> Iterable[tuple[str, str]]:
    """The occupation and another cell of every row; nothing when the file does not have the column."""
    code, index = table.column(CODE_COLUMN), table.column(header)
    if code is not None and index is not None:
        for row in table.rows:
            cells = row.split("\t")
            yield cells[code], cells[index]


def _report_other_files(folder: Folder, read: dict[str, OnetTable], problems: Problems) -> None:
    """Name the files that are missing, and those that nothing here knows."""
    layouts = [table.spec.layout for table in read.values() if table.spec.layout is not None]
    expected = files_of(layouts[0] if layouts else "up to 30.2")
    present = set(folder.names)
    missing = [name for name in expected if name not in present and name != _OCCUPATION_FILE]
    if missing:
        found = f"not there: {', '.join(sorted(missing))}"
        problems.warn(folder.name, 0, found, "what they hold is not in the graph")
    others = [name for name in folder.names if not name.startswith(".") and name != READ_ME]
    unknown = [name for name in others if not forms_of(name)]
    if unknown:
        found = f"not read: {listed(unknown, _SHOWN)}"
        problems.warn(folder.name, 0, found, "rolegraph knows no files of these names")


def _version(folder: Folder, problems: Problems) -> str | None:
    """The release number that Read Me.txt gives."""
    data = folder.read(READ_ME, problems) if READ_ME in folder.names else None
    if data is None:
        problems.warn(folder.name, 0, f"{READ_ME} is missing", "the release of the database stays unknown")
        return None
    match = _VERSION.search(data.decode(errors="replace"))
    if match is None:
        found = "no release number such as 'O*NET 29.0 Database'"
        problems.warn(folder.shown(READ_ME), 1, found, "the release stays unknown")
        return None
    return match[1]
