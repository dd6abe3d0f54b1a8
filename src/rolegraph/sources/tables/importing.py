"""Files of tables and a map in, role documents and catalog entries out, with the rows that were refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rolegraph.errors import Problems
from rolegraph.model.catalog import Kind, RoleFile
from rolegraph.model.table_map import TableMap, TableRules
from rolegraph.sources.tables.delimited import read_delimited
from rolegraph.sources.tables.drafts import Drafts, Key
from rolegraph.sources.tables.entries import Document
from rolegraph.sources.tables.opening import read_rows, readings
from rolegraph.sources.tables.roles import RoleMaker
from rolegraph.sources.tables.rows import Rejections, Row
from rolegraph.sources.tables.values import Reader, Readers


class Imported(NamedTuple):
    """What came of an import: roles with their first rows, taxonomy and component entries."""

    roles: list[tuple[RoleFile, Row]]
    taxonomy: dict[str, list[Document]]
    components: dict[Kind, list[Document]]
    rejections: Rejections


class Setting(NamedTuple):
    """What an import must know of its catalog, and the codes that are given by hand."""

    language: str
    levels: frozenset[str]
    pins: Mapping[Key, str]


def import_tables(
    paths: Sequence[Path],
    mapping: TableMap,
    setting: Setting,
    problems: Problems,
    told: Callable[[str], None] = lambda _: None,
) -> Imported:
    """Turn tables into the documents of a catalog.

    Args:
        paths: the files, and folders of files.
        mapping: the checked map.
        setting: language and levels of the catalog.
        problems: receives what is wrong with whole files, which ends the call, and the warnings.
        told: is told what is going on.
    Raises:
        SourceError: a file cannot be read, or lacks a column.
    """
    rejections = Rejections()
    language = (mapping.language or setting.language).lower()
    roles = [rules for rules in mapping.table if rules.role is not None]
    base = (roles[0].language or language).lower() if roles else language
    maker = RoleMaker(setting.language.lower(), base, setting.levels, setting.pins, problems)
    drafts = Drafts(rejections)
    found = readings(paths, mapping, problems)
    problems.raise_errors()
    for rules, rows in read_rows(found, problems, told):
        readers = Readers(mapping.none, rules, language)
        for reader, row in map(readers.of, rows):
            if rules.role is not None:
                drafts.add(rules.role, row, reader)
            for component in rules.components:
                maker.entries.add_row(component, row, reader, rejections)
    problems.raise_errors()
    told("making roles")
    maker.entries.close(rejections)
    made = maker.make(drafts)
    for key in setting.pins.keys() - drafts.by_key.keys():
        shown = " / ".join(map(repr, key))
        problems.warn("codes", 0, f"no row has the key {shown}", f"its code {setting.pins[key]} is not used")
    return Imported(made, maker.taxa.document(), maker.entries.documents(), rejections)


def read_pins(path: Path, mapping: TableMap, problems: Problems) -> dict[Key, str]:
    """Read the codes that are given by hand.

    Args:
        path: a CSV file with the columns of the roles' key, as the map's first table of roles names
            them, and `code`.
        mapping: the map.
        problems: receives every fault.
    Returns:
        the code of each key.
    """
    role = next((rules.role for rules in mapping.table if rules.role is not None), None)
    if role is None:
        problems.error(path, 0, "the map makes no roles", "leave --codes out")
        return {}
    columns = (*role.key, "code")
    table = read_delimited(path, TableRules(), columns, problems)
    if table is None:
        return {}
    missing = [name for name in columns if name not in table.columns]
    for name in missing:
        problems.error(path, 1, f"there is no column {name!r}", f"write the columns {', '.join(columns)}")
    pins: dict[Key, str] = {}
    reader = Reader((), "en")
    for row in table.rows if not missing else ():
        cells = [reader.cell(name, row) for name in columns]
        if row.fault is not None or None in cells:
            problems.error(path, row.line, *(row.fault or ("a cell is empty", f"write {', '.join(columns)}")))
            continue
        *key, code = (cell or "" for cell in cells)
        if pins.setdefault(tuple(key), code) != code:
            problems.error(path, row.line, "this key has another code before", "keep one of them")
    return pins
