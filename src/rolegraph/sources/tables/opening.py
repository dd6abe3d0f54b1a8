"""The files that a user names and a map in, the rows of each of the map's tables out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from rolegraph.documents import UNPRINTABLE, suggestion
from rolegraph.errors import Problems
from rolegraph.model.table_map import TableMap, TableRules
from rolegraph.sources.tables.columns import columns_of
from rolegraph.sources.tables.delimited import read_delimited
from rolegraph.sources.tables.json_rows import read_json
from rolegraph.sources.tables.rows import FILE_COLUMN, FILE_COLUMNS, STEM_COLUMN, Cell, Row, Table
from rolegraph.sources.tables.workbook import read_workbook

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".json", ".ndjson", ".jsonl")


class Reading(NamedTuple):
    """A file, and a table of the map that reads it."""

    path: Path
    rules: TableRules


def readings(paths: Sequence[Path], mapping: TableMap, problems: Problems) -> list[Reading]:
    """Which table reads which file.

    Args:
        paths: files, and folders of files.
        mapping: the map; its tables come in its order, the files of each in that of their names.
        problems: receives files that no table reads, and tables that read no file.
    """
    files = list(dict.fromkeys(file for path in paths for file in _files(path, problems)))
    found = [
        Reading(file, rules)
        for rules in mapping.table
        for file in files
        if PurePosixPath(file.absolute()).match(rules.file)
    ]
    read = {reading.path for reading in found}
    patterns = ", ".join(dict.fromkeys(rules.file for rules in mapping.table))
    for file in files:
        if file not in read and file in paths:
            problems.error(file, 0, "no table of the map reads this file", f"it reads {patterns}")
        elif file not in read:
            problems.warn(file, 0, "no table of the map reads this file", f"it reads {patterns}")
    for rules in mapping.table:
        if all(path.exists() for path in paths) and not any(reading.rules is rules for reading in found):
            named = ", ".join(map(str, paths))
            problems.error(named, 0, f"there is no file {rules.file} that the map reads", "name it as well")
    return found


def _files(path: Path, problems: Problems) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(
            file
            for file in path.rglob("*")
            if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
    elif path.exists():
        yield path
    else:
        problems.error(path, 0, "there is no such file", "correct its name")


def read_rows(
    found: Sequence[Reading], problems: Problems, told: Callable[[str], None]
) -> Iterator[tuple[TableRules, list[Row]]]:
    """Read every file by its tables.

    Args:
        found: which table reads which file.
        problems: receives what is wrong with a file, columns that it lacks, and those that nothing reads.
        told: is told what is being read.
    Yields:
        each table of the map with the rows of one file.
    """
    read = {reading.path: set[str]() for reading in found}
    for path, rules in found:
        read[path] |= columns_of(rules) | set(rules.ignore)
    reported: dict[int, set[str]] = {}
    for number, (path, rules) in enumerate(found, start=1):
        told(f"reading {path.name} ({number} of {len(found)})")
        table = _read(path, rules, problems)
        if table is None or not _has_columns(path, rules, table, problems):
            continue
        told_already = reported.setdefault(id(rules), set())
        for name in _unread(table, read[path] | told_already, rules):
            told_already.add(name)
            problems.warn(path, rules.header, f"column {name!r} is not in the map", "it is not imported")
        yield rules, _complete(path, table)


def _unread(table: Table, known: set[str], rules: TableRules) -> list[str]:
    """The columns that say something which nothing reads.

    The keys of members on the way to the rows of a JSON file may be mere numbers; nobody misses them.
    """
    others = [name for name in table.columns if name not in known]
    others = [name for name in others if not (name.endswith("*") and rules.rows.startswith(name))]
    return [name for name in others if any(row.cells.get(name) for row in table.rows)]


def _read(path: Path, rules: TableRules, problems: Problems) -> Table | None:
    suffix = path.suffix.lower()
    if suffix in {".json", ".ndjson", ".jsonl"}:
        return read_json(path, rules, problems)
    if suffix in {".xlsx", ".xlsm"}:
        return read_workbook(path, rules, problems)
    if suffix in SUFFIXES:
        return read_delimited(path, rules, columns_of(rules), problems)
    problems.error(path, 0, f"{suffix or 'a file without a suffix'} is no kind of table", _suffixes())
    return None


def _suffixes() -> str:
    return f"save it as one of {', '.join(SUFFIXES)}"


def _has_columns(path: Path, rules: TableRules, table: Table, problems: Problems) -> bool:
    """Whether a file has every column that its table names, and each once; what is wrong is reported."""
    before = len(problems.errors)
    line = rules.header if path.suffix.lower() not in {".json", ".ndjson", ".jsonl"} else 0
    for name, count in Counter(table.columns).items():
        if count > 1:
            problems.error(path, line, f"column {name!r} is there {count} times", "give each its own name")
    for name in sorted((columns_of(rules) | set(rules.ignore)) - set(table.columns) - set(FILE_COLUMNS)):
        # Of the objects in a list that is empty everywhere, nobody knows the members.
        if not any(name.startswith(f"{column}.*") for column in table.columns):
            problems.error(path, line, f"there is no column {name!r}", suggestion(name, table.columns))
    if not table.rows and len(problems.errors) == before:
        problems.warn(path, line, "there is no row below the header", "nothing comes from this file")
    return len(problems.errors) == before


def _complete(path: Path, table: Table) -> list[Row]:
    """The rows with the columns that come from the file's name; texts that no format holds are faults."""
    own = {FILE_COLUMN: path.name, STEM_COLUMN: path.stem}
    rows = []
    for row in table.rows:
        control = next((name for name, cell in row.cells.items() if _is_unprintable(cell)), None)
        fault = row.fault
        if control is not None:
            fault = (f"{control!r} holds a control character", "write the text without it")
        rows.append(row._replace(cells={**row.cells, **own}, fault=fault))
    return rows


def _is_unprintable(cell: Cell) -> bool:
    texts = (cell,) if isinstance(cell, str) else cell
    return any(UNPRINTABLE.search(text) for text in texts)
