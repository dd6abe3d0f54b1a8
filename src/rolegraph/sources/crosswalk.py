"""Crosswalk files in, sets of mappings out: published tables, known by their header, and SSSOM TSV."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from rolegraph.documents import UNPRINTABLE
from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import Crosswalk
from rolegraph.sources.crosswalk_forms import FORMS, Cells, Form
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.sssom import parse_sssom
from rolegraph.text import read_text

logger = logging.getLogger(__name__)

_PREAMBLE_ROWS: Final = 100
"""How far down a header is looked for; the Commission's table has 16 lines above it."""
_LEFT_OUT: Final = "left out"
_OTHER_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_crosswalks(
    root: Path, locations: Collection[str], iris: Iris, problems: Problems, report: ImportReport
) -> tuple[Crosswalk, ...]:
    """Read the crosswalks that a catalog names.

    Args:
        root: the catalog, which the locations are relative to.
        locations: the files.
        iris: mints the IRIs of O*NET's occupations.
        problems: receives every fault, by line.
        report: receives the rows that repeat others.
    Returns:
        one set of mappings a file; occupations of O*NET-SOC 2010 are not yet resolved.
    """
    found: list[Crosswalk] = []
    files: dict[str, str] = {}
    read: set[str] = set()
    for location in locations:
        if location in read:
            problems.error(location, 0, "the file is named twice", "name it once")
            continue
        read.add(location)
        text = read_text(root / location, location, problems)
        crosswalk = _read(text, location, iris, problems) if text is not None else None
        if crosswalk is None:
            continue
        # A set whose header has no IRI is a fault of its own already.
        first = files.setdefault(crosswalk.mapping_set.iri or location, location)
        if first != location:
            problems.error(location, 0, f"{first} is the same crosswalk", "name one of the two")
        found.append(_without_repeats(crosswalk, problems, report))
        logger.info("%s: %d mappings", location, len(crosswalk.mappings))
    return tuple(found)


def _read(text: str, name: str, iris: Iris, problems: Problems) -> Crosswalk | None:
    if text.startswith(("#", "subject_id\t")):
        mapping_set, mappings = parse_sssom(text, name, problems, status=None)
        return Crosswalk(mapping_set=mapping_set, mappings=mappings)
    return _Table(text, name, iris, problems).read()


class _Header(NamedTuple):
    form: Form
    columns: Sequence[str]


class _Table:
    def __init__(self, text: str, name: str, iris: Iris, problems: Problems) -> None:
        self._text = text
        self._name = name
        self._iris = iris
        self._problems = problems
        self._retired: dict[str, str] = {}
        self._source_rows: dict[int, tuple[str, ...]] = {}

    def read(self) -> Crosswalk | None:
        if not self._is_separated_by_commas():
            return None
        rows = self._rows()
        header = self._header(rows)
        if header is None:
            return None
        form = header.form
        before = len(self._problems.errors)
        mappings = tuple(self._mappings(rows, header))
        if not mappings and len(self._problems.errors) == before:
            self._problems.warn(self._name, 0, "there is no row below the header", "it maps nothing")
        return Crosswalk(
            mapping_set=form.mapping_set(self._name, self._iris),
            mappings=mappings,
            retired_titles=self._retired,
            source_rows=self._source_rows,
            is_asserted=form.is_asserted,
        )

    def _is_separated_by_commas(self) -> bool:
        """Whether no line is a known header with other separators, which make nonsense of the quotes."""
        for number, text in enumerate(self._text.splitlines()[:_PREAMBLE_ROWS], start=1):
            for mark, word in _OTHER_DELIMITERS.items():
                cells = {cell.strip(' "') for cell in text.split(mark)}
                if any(set(form.columns) <= cells for form in FORMS):
                    self._error(number, f"the cells are separated by {word}", "save the file with commas")
                    return False
        return True

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row that is not blank, with the line where it begins."""
        reader = csv.reader(io.StringIO(self._text, newline=""), strict=True)
        line = 1
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield line, [cell.strip() for cell in row]
                line = reader.line_num + 1
        except csv.Error as error:
            self._error(line, f"the row is no CSV ({error})", "close the quote, or double it inside quotes")

    def _header(self, rows: Iterator[tuple[int, list[str]]]) -> _Header | None:
        before = len(self._problems.errors)
        best: tuple[int, int, list[str], Form] | None = None
        for number, (line, row) in enumerate(rows):
            if number == _PREAMBLE_ROWS:
                break
            for form in FORMS:
                missing = [name for name in form.columns if name not in row]
                if not missing:
                    return self._checked(form, row, line)
                if best is None or len(missing) < best[0]:
                    best = (len(missing), line, missing, form)
        if len(self._problems.errors) == before:
            self._explain(best)
        return None

    def _checked(self, form: Form, row: list[str], line: int) -> _Header | None:
        doubled = sorted({name for name in form.columns if row.count(name) > 1})
        for name in doubled:
            self._error(line, f"column {name!r} is there twice", "keep one of them")
        return None if doubled else _Header(form, row)

    def _explain(self, best: tuple[int, int, list[str], Form] | None) -> None:
        """Say why no row is the header of a known table."""
        if best is not None and best[0] < len(best[3].columns):
            _, line, missing, _ = best
            for name in missing:
                self._error(line, f"there is no column {name}", "add it, as in the published table")
            return
        known = "the Commission's ESCO–O*NET table, Nesta's, O*NET-SOC 2010 to 2019, or SSSOM TSV"
        self._error(1, "no row is the header of a crosswalk that is known", f"name a file of {known}")

    def _mappings(self, rows: Iterator[tuple[int, list[str]]], header: _Header) -> Iterator[Mapping]:
        form, columns = header
        for line, row in rows:
            if len(row) != len(columns):
                found = f"the row has {len(row)} cells and the header {len(columns)}"
                self._error(line, found, "quote cells that hold commas")
                continue
            cells: Cells = dict(zip(columns, row, strict=True))
            faults = list(form.faults(cells))
            if any(UNPRINTABLE.search(cell) for cell in row):
                faults.append(("a cell holds a control character", "write it without"))
            for found, instead in faults:
                self._error(line, found, instead)
            if faults:
                continue
            if form.retired_columns is not None:
                code, title = (cells[column] for column in form.retired_columns)
                self._retired.setdefault(code, title)
            self._source_rows[line] = tuple(row)
            mapping = form.mapping(cells, self._iris)
            yield msgspec.structs.replace(mapping, file=self._name, line=line)

    def _error(self, line: int, found: str, instead: str) -> None:
        self._problems.error(self._name, line, found, instead)


def _without_repeats(crosswalk: Crosswalk, problems: Problems, report: ImportReport) -> Crosswalk:
    """A row that says what one above it says is left out, and reported."""
    seen: dict[str, int] = {}
    kept: list[Mapping] = []
    repeats: list[Mapping] = []
    for mapping in crosswalk.mappings:
        first = seen.setdefault(mapping.key, mapping.line)
        if first == mapping.line:
            kept.append(mapping)
            continue
        repeats.append(mapping)
        found = f"the row says the same as line {first}"
        report.add(mapping.file, mapping.line, found, _LEFT_OUT, crosswalk.source_row(mapping))
    if not repeats:
        return crosswalk
    found = f"rows that say what a row above them says: {len(repeats):,}, the first here"
    problems.warn(repeats[0].file, repeats[0].line, found, _LEFT_OUT)
    return msgspec.structs.replace(crosswalk, mappings=tuple(kept))
