"""SSSOM TSV mapping sets in, mapping records out (SSSOM 1.1, TSV with an embedded YAML header)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol, get_args

from rolegraph.documents import UNPRINTABLE, same_line
from rolegraph.errors import Problems
from rolegraph.model.catalog import Mapping, ReviewStatus
from rolegraph.model.mapping_set import MappingSet
from rolegraph.model.sssom import DATES, MAPPING_SOURCE, NUMBERS, REQUIRED, REVIEW_STATUS, SLOTS
from rolegraph.sources.header import other_separator
from rolegraph.sources.place import Place, is_date
from rolegraph.sources.sssom_header import HeaderReader, expand
from rolegraph.terms import PREFIXES
from rolegraph.text import read_text

_READ: Final = {
    *REQUIRED, "predicate_modifier", "object_label", "subject_label", "confidence", "reviewer_id",
    "review_date", "comment",
}  # fmt: skip


def read_mappings(
    root: Path, location: str, problems: Problems
) -> tuple[tuple[MappingSet, ...], tuple[Mapping, ...]]:
    """Read every `*.sssom.tsv` of a folder; a missing folder is reported.

    Raises nothing itself: faults of header, column or row are in the problems, by line.
    """
    folder = root / location
    if not folder.is_dir():
        problems.warn(location, 0, "there is no folder of mappings", "only codes written on roles are mapped")
        return (), ()
    sets: list[MappingSet] = []
    found: list[Mapping] = []
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        name = f"{location.rstrip('/')}/{path.name}"
        if path.suffix.lower() != ".tsv" or not path.is_file():
            problems.warn(name, 0, "this is no mapping set (*.sssom.tsv)", "it is not read")
            continue
        text = read_text(path, name, problems)
        if text is not None:
            mapping_set, mappings = parse_sssom(text, name, problems)
            sets.append(mapping_set)
            found.extend(mappings)
    return tuple(sets), tuple(found)


def parse_sssom(
    text: str, name: str, problems: Problems, status: ReviewStatus | None = "needs_review"
) -> tuple[MappingSet, tuple[Mapping, ...]]:
    """Read the text of an SSSOM TSV file.

    Args:
        text: the whole file.
        name: how messages and records call it.
        problems: receives every fault, by line.
        status: the review status of a row that gives none.
    Returns:
        what the header says, and the sound rows in their order.
    """
    reader = _MappingSet(text, name, problems, status)
    mappings = tuple(reader.read())
    return reader.header.mapping_set, mappings


class _Rows(Protocol):
    """What the csv module's reader offers; it has no public type."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


class _MappingSet:
    def __init__(self, text: str, name: str, problems: Problems, status: ReviewStatus | None) -> None:
        self._text = text
        self._name = name
        self._problems = problems
        self._status_unless_given = status
        self.header = HeaderReader(name, problems)
        self._extensions: dict[str, str] = {}

    def read(self) -> Iterator[Mapping]:
        lines = re.split(r"\r\n|\r|\n", self._text.rstrip("\r\n")) if self._text.strip() else []
        header_size = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        if not self.header.read(lines[:header_size]) or header_size == len(lines):
            if header_size == len(lines):
                self._error(header_size, "there is no row of column names", "write one after the # header")
            return
        self._extensions = {slot.name: slot.property for slot in self.header.mapping_set.extensions}
        rows = csv.reader([f"{line}\n" for line in lines[header_size:]], delimiter="\t", strict=True)
        try:
            yield from self._rows(rows, header_size)
        except csv.Error as error:
            line = header_size + rows.line_num
            self._error(line, f"the row is no TSV ({error})", "close the quote, or double it inside quotes")

    def _rows(self, rows: _Rows, header_size: int) -> Iterator[Mapping]:
        columns = next(rows)
        if not self._check_columns(columns, header_size + 1):
            return
        for row in rows:
            line = header_size + rows.line_num
            if not row:
                continue
            if len(row) != len(columns):
                self._error(line, f"{len(row)} cells under {len(columns)} columns", "write one cell a column")
                continue
            if any(UNPRINTABLE.search(cell) or "\n" in cell for cell in row):
                self._error(line, "a cell holds a line break or control character", "write it without")
                continue
            cells = {name: cell.strip() for name, cell in zip(columns, row, strict=True) if cell.strip()}
            record = self._record({**self.header.propagated, **cells}, line)
            if record is not None:
                yield record

    def _check_columns(self, columns: list[str], line: int) -> bool:
        if len(columns) == 1 and (mark := other_separator(columns[0], "\t")):
            self._error(line, f"the column names are separated by {mark!r}", "separate columns by tabs")
            return False
        missing = [name for name in REQUIRED if name not in columns]
        for name in missing:
            self._error(line, f"there is no column {name}", "add it (is the file separated by tabs?)")
        doubled = sorted({name for name in columns if columns.count(name) > 1})
        for name in doubled:
            self._error(line, f"column {name!r} is there twice", "keep one of them")
        unknown = sorted(set(columns) - set(SLOTS) - set(self._extensions))
        for name in unknown:
            found = f"column {name!r} is no SSSOM slot"
            self._error(line, found, "correct it, or declare it under extension_definitions")
        return not missing and not doubled and not unknown

    def _record(self, row: dict[str, str], line: int) -> Mapping | None:
        before = len(self._problems.errors)
        iris = {name: self._required_iri(row, name, line) for name in REQUIRED}
        modifier = row.get("predicate_modifier", "")
        if modifier not in {"", "Not"}:
            self._error(line, f"predicate_modifier is {modifier!r}", "write Not, or nothing")
        for slot in sorted(DATES & set(row)):
            if not is_date(row[slot]):
                self._error(line, f"{slot} is {row[slot]!r}", "write YYYY-MM-DD")
        numbers = {slot: self._number(slot, row[slot], line) for slot in NUMBERS if slot in row}
        status = self._status(self._extension(row, REVIEW_STATUS), line)
        source = self._extension(row, MAPPING_SOURCE)
        place = Place(self._name, same_line(line), "en", self._problems)
        place.open_value("mapping-source", source, ())
        record = Mapping(
            subject=iris["subject_id"],
            predicate=iris["predicate_id"],
            object=iris["object_id"],
            modifier=modifier,
            justification=iris["mapping_justification"],
            object_label=row.get("object_label"),
            subject_label=row.get("subject_label"),
            confidence=numbers.get("confidence"),
            review_status=status,
            source=source,
            reviewer=row.get("reviewer_id"),
            review_date=row.get("review_date"),
            comment=row.get("comment"),
            extra=tuple(self._extra(row)),
            file=self._name,
            line=line,
        )
        return record if len(self._problems.errors) == before else None

    def _extra(self, row: dict[str, str]) -> Iterator[tuple[str, str]]:
        """Remaining slots as (property IRI, value)."""
        own = {REVIEW_STATUS, MAPPING_SOURCE}
        for name, value in row.items():
            prop = self._extensions.get(name, PREFIXES["sssom"] + name)
            if name not in _READ and prop not in own:
                yield prop, value

    def _extension(self, row: dict[str, str], prop: str) -> str | None:
        values = (row[name] for name, iri in self._extensions.items() if iri == prop and name in row)
        return next(values, None)

    def _status(self, value: str | None, line: int) -> ReviewStatus | None:
        if value == "approved":
            self._problems.warn(self._name, line, "review status is approved", "read as accepted")
            return "accepted"
        for status in get_args(ReviewStatus):
            if value == status:
                return status  # type: ignore[no-any-return]  # get_args loses the literal type
        if value is not None:
            choices = ", ".join(get_args(ReviewStatus))
            self._error(line, f"review status is {value!r}", f"write one of {choices}")
        return self._status_unless_given

    def _number(self, slot: str, value: str, line: int) -> float | None:
        least, greatest = NUMBERS[slot]
        if re.fullmatch(r"-?(\d+(\.\d+)?|\.\d+)", value) and least <= float(value) <= greatest:
            return float(value)
        self._error(line, f"{slot} is {value!r}", f"write a number from {least:g} to {greatest:g}")
        return None

    def _required_iri(self, row: dict[str, str], name: str, line: int) -> str:
        value = row.get(name)
        if value is None:
            self._error(line, f"{name} is empty", "write a CURIE whose prefix is in curie_map")
            return ""
        expanded = expand(value, self.header.mapping_set.prefixes)
        if expanded is None:
            self._error(line, f"{name} {value!r} has no known prefix", "add its prefix to curie_map")
        return expanded or ""

    def _error(self, line: int, found: str, instead: str) -> None:
        self._problems.error(self._name, line, found, instead)
