"""Downloads of ESCO's CSV edition in, one record for each concept out; the release is told by the headers."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Final

from rolegraph.documents import LANGUAGE_PATTERN, listed
from rolegraph.errors import Problems
from rolegraph.model.esco import EscoData, EscoSource, EscoTable, TableSpec
from rolegraph.model.esco_tables import TABLES, VERSION_MARKS, VERSIONS
from rolegraph.sources.esco_agreement import settle
from rolegraph.sources.esco_records import Records
from rolegraph.sources.esco_table import read_table
from rolegraph.sources.folder import Folder, open_folder
from rolegraph.sources.import_report import ImportReport

logger = logging.getLogger(__name__)

_WHAT: Final = "an unpacked ESCO download (CSV edition) or its zip archive"
_FILE: Final = re.compile(r"(?P<stem>[A-Za-z]+)_(?P<language>[A-Za-z0-9-]+)\.csv", re.IGNORECASE)
_SHOWN: Final = 20
"""Names of files that a message lists."""
_SPECS: Final = {spec.stem.lower(): spec for spec in TABLES}
_IN_EVERY_LANGUAGE: Final = ("occupations", "skills", "ISCOGroups", "skillGroups")
"""Files without which concepts have no label in a language; the others need be there in one."""
_VERSION_IN_NAME: Final = re.compile(r"(?<![0-9.])([0-9]+\.[0-9]+(?:\.[0-9]+)?)(?![0-9.]*[0-9])")


def read_esco(places: Iterable[Path], problems: Problems, report: ImportReport) -> EscoData:
    """Read the folders and archives that make up the classification, and merge them.

    Args:
        places: where they are; what an earlier one says of a concept wins over a later one.
        problems: receives one error per fault, and warnings of files that are missing or not known.
        report: receives every row that was changed or could not be placed; it gives warnings of its own.
    Returns:
        all concepts that a sound row names.
    """
    sources = [source for place in places if (source := _read_source(place, problems, report)) is not None]
    _warn_of_missing(sources, problems)
    _warn_of_releases(sources, problems)
    records, tables = Records(report), [table for source in sources for table in source.tables]
    for table in tables:
        records.add(table)
    for table in tables:
        if table.spec.kind == "hierarchy":
            records.add_hierarchy(table)
    settle(records, tables)
    return EscoData(sources=sources, concepts=records.concepts)


def _read_source(place: Path, problems: Problems, report: ImportReport) -> EscoSource | None:
    folder = open_folder(place, _WHAT, problems)
    if folder is None:
        return None
    found = _files(folder, problems)
    if not found:
        problems.error(folder.name, 0, "there is no file such as occupations_en.csv", f"name {_WHAT}")
        return None
    tables = [
        table
        for name, spec, language in found
        if (table := read_table(folder, name, spec, language, problems, report)) is not None
    ]
    version = _version(folder.name, tables, problems)
    rows = sum(len(table.rows) for table in tables)
    logger.info("ESCO %s: %d rows of %d files", version, rows, len(tables))
    return EscoSource(name=Path(folder.name).name, version=version, tables=tables)


def _files(folder: Folder, problems: Problems) -> list[tuple[str, TableSpec, str]]:
    """The files of the classification, in the order of `TABLES`; others are named in one warning."""
    found: list[tuple[int, str, TableSpec, str]] = []
    others: list[str] = []
    for name in folder.names:
        match = _FILE.fullmatch(name)
        spec = _SPECS.get(match["stem"].lower()) if match else None
        if match and spec and re.fullmatch(LANGUAGE_PATTERN, match["language"]):
            found.append((TABLES.index(spec), name, spec, match["language"].lower()))
        elif name.lower().removesuffix(".csv") in _SPECS:
            instead = f"call it {name[:-4]}_en.csv or the like"
            problems.error(folder.shown(name), 0, "the file has no language in its name", instead)
        else:
            others.append(name)
    if others and found:
        names = listed(others, _SHOWN)
        problems.warn(folder.name, 0, f"no concept is defined in {names}", "nothing of it is read")
    return [(name, spec, language) for _, name, spec, language in sorted(found, key=lambda item: item[:2])]


def _version(name: str, tables: list[EscoTable], problems: Problems) -> str:
    """The release that the headers of a source agree on, such as `1.2.0`, or several with `or`.

    Where the headers leave a choice, a release in the name of the folder or archive makes it.
    """
    possible = list(VERSIONS)
    reasons: list[str] = []
    for table in tables:
        for mark in VERSION_MARKS:
            is_there = mark.header in table.header
            if mark.stem != table.spec.stem or (is_there and not mark.if_present):
                continue
            since = VERSIONS.index(mark.since)
            allowed = VERSIONS[since:] if is_there else VERSIONS[:since]
            reason = f"{table.name} {'has' if is_there else 'has no'} column {mark.header}"
            if not set(allowed) & set(possible):
                problems.error(
                    table.file,
                    1,
                    f"{reason} as in {_either(allowed)}, but {reasons[-1]} as in {_either(possible)}",
                    "keep files of one release in a folder, and name others as a further source",
                )
                return _either(possible)
            narrowed = [version for version in possible if version in allowed]
            if narrowed != possible:
                possible, reasons = narrowed, [*reasons, reason]
    named = _VERSION_IN_NAME.findall(Path(name).name)
    fitting = [one for one in named if any(f"{one}.".startswith(f"{version}.") for version in possible)]
    return fitting[0] if fitting else _either(possible)


def _warn_of_releases(sources: list[EscoSource], problems: Problems) -> None:
    """One warning where two sources are surely of different releases: labels of one may lack the other's."""
    for source in sources[1:]:
        if not _may_agree(sources[0].version, source.version):
            found = f"ESCO {source.version} here and {sources[0].version} in {sources[0].name}"
            problems.warn(source.name, 0, found, "both are merged, the first wins")


def _may_agree(one: str, other: str) -> bool:
    """Whether two releases, each maybe one of several, may be the same; 1.2 may be 1.2.0."""
    pairs = [(f"{a}.", f"{b}.") for a, b in product(one.split(" or "), other.split(" or "))]
    return any(a.startswith(b) or b.startswith(a) for a, b in pairs)


def _either(versions: Iterable[str]) -> str:
    return " or ".join(versions)


def _warn_of_missing(sources: list[EscoSource], problems: Problems) -> None:
    """One warning for the files that no source has, and one for each language that lacks labels."""
    tables = [table for source in sources for table in source.tables]
    if not tables:
        return
    names = ", ".join(source.name for source in sources)
    stems = {table.spec.stem for table in tables}
    nowhere = [spec.stem for spec in TABLES if spec.stem not in stems]
    if nowhere:
        problems.warn(names, 0, f"no source of ESCO has {', '.join(nowhere)}", "what it holds is not there")
    for language in sorted({table.language for table in tables}):
        there = {table.spec.stem for table in tables if table.language == language} | set(nowhere)
        missing = [f"{stem}_{language}.csv" for stem in _IN_EVERY_LANGUAGE if stem not in there]
        if missing:
            found = f"no source of ESCO has {', '.join(missing)}"
            problems.warn(names, 0, found, f"labels of such concepts in {language!r} may be missing")
