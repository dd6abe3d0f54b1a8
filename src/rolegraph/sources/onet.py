"""A folder of the O*NET database's text edition in, its tables out.

Columns are found by their header names, so releases that add or move columns are read as well.
Format: the O*NET data dictionary, text edition; layout as in releases 27 to 29.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from rolegraph.errors import Problems
from rolegraph.model.onet import CODE_COLUMN, OCCUPATION_DATA, TABLES, OnetDatabase, OnetTable, TableSpec
from rolegraph.sources.onet_table import CODE_PATTERN, Known, column_cells, read_table

logger = logging.getLogger(__name__)

READ_ME: Final = "Read Me.txt"
_VERSION: Final = re.compile(r"O\*NET\W+([0-9]+(?:\.[0-9]+)*)\s+Database")


def read_onet(directory: Path, problems: Problems, tables: Collection[str] | None = None) -> OnetDatabase:
    """Read the files that rolegraph knows; only Occupation Data.txt must be there.

    Args:
        directory: the unpacked database.
        problems: receives one error per fault and one warning per missing file.
        tables: slugs of the files to read beside Occupation Data; None means all.

    Returns:
        the sound rows of every file, as they were written.
    """
    if not directory.is_dir():
        problems.error(
            directory, 0, "there is no such folder", "name the folder of an unpacked O*NET database"
        )
        return OnetDatabase(version=None)
    read: dict[str, OnetTable] = {}
    known = Known(occupations=_occupation_codes(directory))
    for spec in TABLES:
        if tables is None or spec.slug in tables or spec.slug == OCCUPATION_DATA:
            table = _read_if_present(directory / spec.file, spec, problems, known)
            if table is not None:
                read[spec.slug] = table
    database = OnetDatabase(version=_version(directory, problems), tables=read)
    logger.info("O*NET %s: %d rows of %d files", database.version, _row_count(database), len(read))
    return database


def _row_count(database: OnetDatabase) -> int:
    return sum(len(table.rows) for table in database.tables.values())


def _occupation_codes(directory: Path) -> set[str] | None:
    """The codes of Occupation Data, or None where there are none to compare with.

    A broken row there still defines its code: its fault is reported once, not again for each row
    of the other files.
    """
    path = directory / "Occupation Data.txt"
    if not path.is_file():
        return None
    return {cell for cell in column_cells(path, CODE_COLUMN) if CODE_PATTERN.fullmatch(cell)} or None


def _read_if_present(path: Path, spec: TableSpec, problems: Problems, known: Known) -> OnetTable | None:
    if path.exists():
        return read_table(path, spec, problems, known)
    if spec.slug == OCCUPATION_DATA:
        problems.error(path, 0, "the file is missing", "add it; no O*NET database is without it")
    else:
        problems.warn(path.parent, 0, f"{path.name} is missing", "what it holds is not in the graph")
    return None


def _version(directory: Path, problems: Problems) -> str | None:
    """The release number that Read Me.txt gives."""
    path = directory / READ_ME
    if not path.is_file():
        problems.warn(directory, 0, f"{READ_ME} is missing", "the release of the database stays unknown")
        return None
    match = _VERSION.search(path.read_text(encoding="utf-8", errors="replace"))
    if match is None:
        problems.warn(path, 1, "no release number such as 'O*NET 29.0 Database'", "the release stays unknown")
        return None
    return match[1]
