"""SSSOM TSV mapping sets in, mapping records out (SSSOM 1.1, TSV with an embedded YAML header)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol, get_args

import yaml

from rolegraph.documents import UNPRINTABLE, same_line
from rolegraph.errors import IriError, Problems
from rolegraph.iris import check_iri
from rolegraph.model.catalog import Mapping, ReviewStatus
from rolegraph.sources.place import Place, is_date
from rolegraph.sources.text import read_text
from rolegraph.terms import PREFIXES

SLOTS: Final = frozenset(
    [
        "author_id", "author_label", "cardinality_scope", "comment", "confidence", "creator_id",
        "creator_label", "curation_rule", "curation_rule_text", "issue_tracker_item", "license",
        "mapping_cardinality", "mapping_date", "mapping_justification", "mapping_provider",
        "mapping_source", "mapping_tool", "mapping_tool_id", "mapping_tool_version", "match_string",
        "object_category", "object_id", "object_label", "object_match_field", "object_preprocessing",
        "object_source", "object_source_version", "object_type", "other", "predicate_id",
        "predicate_label", "predicate_modifier", "predicate_type", "publication_date", "record_id",
        "review_date", "reviewer_agreement", "reviewer_id", "reviewer_label", "see_also",
        "similarity_measure", "similarity_score", "subject_category", "subject_id", "subject_label",
        "subject_match_field", "subject_preprocessing", "subject_source", "subject_source_version",
        "subject_type",
    ]
)  # fmt: skip
"""The 50 mapping slots of SSSOM 1.1."""

REVIEW_STATUS_PROPERTY: Final = PREFIXES["rg"] + "reviewStatus"
MAPPING_SOURCE_PROPERTY: Final = PREFIXES["rg"] + "mappingSource"
_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_READ: Final = {
    *_REQUIRED, "predicate_modifier", "object_label", "subject_label", "confidence", "reviewer_id",
    "review_date", "comment",
}  # fmt: skip


def read_mappings(root: Path, location: str, problems: Problems) -> tuple[Mapping, ...]:
    """Read every `*.sssom.tsv` of a folder; a missing folder is reported.

    Raises nothing itself: faults of header, column or row are in the problems, by line.
    """
    folder = root / location
    if not folder.is_dir():
        problems.warn(location, 0, "there is no folder of mappings", "only codes written on roles are mapped")
        return ()
    found: list[Mapping] = []
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        name = f"{location.rstrip('/')}/{path.name}"
        if path.suffix.lower() != ".tsv" or not path.is_file():
            problems.warn(name, 0, "this is no mapping set (*.sssom.tsv)", "it is not read")
        else:
            found.extend(_MappingSet(path, name, problems).read())
    return tuple(found)


class _Rows(Protocol):
    """What the csv module's reader offers; it has no public type."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


class _MappingSet:
    def __init__(self, path: Path, name: str, problems: Problems) -> None:
        self._path = path
        self._name = name
        self._problems = problems
        self._prefixes: dict[str, str] = {}
        self._extensions: dict[str, str] = {}

    def read(self) -> Iterator[Mapping]:
        text = read_text(self._path, self._name, self._problems)
        if text is None:
            return
        lines = re.split(r"\r\n|\r|\n", text.rstrip("\r\n")) if text.strip() else []
        header_size = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        if not self._read_header(lines[:header_size]) or header_size == len(lines):
            if header_size == len(lines):
                self._error(header_size, "there is no row of column names", "write one after the # header")
            return
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
            record = self._record(cells, line)
            if record is not None:
                yield record

    def _read_header(self, lines: list[str]) -> bool:
        try:
            header: Any = yaml.load("\n".join(line[1:] for line in lines), Loader=yaml.BaseLoader) or {}  # noqa: S506
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self._error(mark.line + 1 if mark else 1, "the # header is no YAML", "write `key: value` lines")
            return False
        if not isinstance(header, dict):
            self._error(1, "the # header is no mapping", "write `key: value` lines after #")
            return False
        curies = header.get("curie_map") or {}
        if not isinstance(curies, dict):
            self._error(1, "curie_map is no mapping", "write one `#  prefix: IRI` line for each prefix")
            return False
        for key in ("mapping_set_id", "license"):
            if not header.get(key):
                self._error(1, f"the header lacks {key}", f"add `#{key}: …` (SSSOM requires it)")
        self._prefixes = {**PREFIXES, **{str(prefix): str(iri) for prefix, iri in curies.items()}}
        return self._read_extensions(header.get("extension_definitions") or [])

    def _read_extensions(self, definitions: object) -> bool:
        good = isinstance(definitions, list) and all(
            isinstance(entry, dict) and isinstance(entry.get("slot_name"), str) for entry in definitions
        )
        if not isinstance(definitions, list) or not good:
            instead = "write a list of `- slot_name: …` with `property: …`"
            self._error(1, "extension_definitions is no list of slots", instead)
            return False
        for entry in definitions:
            prop = str(entry.get("property") or f"{PREFIXES['rg']}{entry['slot_name']}")
            iri = self._expand(prop)
            if iri is None:
                self._error(1, f"property {prop!r} of an extension is no IRI", "write a CURIE or an IRI")
                return False
            self._extensions[entry["slot_name"]] = iri
        return True

    def _check_columns(self, columns: list[str], line: int) -> bool:
        missing = [name for name in _REQUIRED if name not in columns]
        for name in missing:
            self._error(line, f"there is no column {name}", "add it (is the file separated by tabs?)")
        doubled = sorted({name for name in columns if columns.count(name) > 1})
        for name in doubled:
            self._error(line, f"column {name!r} is there twice", "keep one of them")
        for name in sorted(set(columns) - SLOTS - set(self._extensions)):
            found = f"column {name!r} is no SSSOM slot"
            self._error(line, found, "correct it, or declare it under extension_definitions")
        return not missing and not doubled and set(columns) <= SLOTS | set(self._extensions)

    def _record(self, row: dict[str, str], line: int) -> Mapping | None:
        before = len(self._problems.errors)
        iris = {name: self._required_iri(row, name, line) for name in _REQUIRED}
        modifier = row.get("predicate_modifier", "")
        if modifier not in {"", "Not"}:
            self._error(line, f"predicate_modifier is {modifier!r}", "write Not, or nothing")
        review_date = row.get("review_date")
        if review_date is not None and not is_date(review_date):
            self._error(line, f"review_date is {review_date!r}", "write YYYY-MM-DD")
        status = self._status(self._extension(row, REVIEW_STATUS_PROPERTY), line)
        source = self._extension(row, MAPPING_SOURCE_PROPERTY)
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
            confidence=self._confidence(row.get("confidence"), line),
            review_status=status,
            source=source,
            reviewer=row.get("reviewer_id"),
            review_date=review_date,
            comment=row.get("comment"),
            extra=tuple(self._extra(row)),
            file=self._name,
            line=line,
        )
        return record if len(self._problems.errors) == before else None

    def _extra(self, row: dict[str, str]) -> Iterator[tuple[str, str]]:
        """Remaining slots as (property IRI, value)."""
        own = {REVIEW_STATUS_PROPERTY, MAPPING_SOURCE_PROPERTY}
        for name, value in row.items():
            prop = self._extensions.get(name, PREFIXES["sssom"] + name)
            if name not in _READ and prop not in own:
                yield prop, value

    def _extension(self, row: dict[str, str], prop: str) -> str | None:
        values = (row[name] for name, iri in self._extensions.items() if iri == prop and name in row)
        return next(values, None)

    def _status(self, value: str | None, line: int) -> ReviewStatus:
        if value == "approved":
            self._problems.warn(self._name, line, "review status is approved", "read as accepted")
            return "accepted"
        for status in get_args(ReviewStatus):
            if value == status:
                return status  # type: ignore[no-any-return]  # get_args loses the literal type
        if value is not None:
            choices = ", ".join(get_args(ReviewStatus))
            self._error(line, f"review status is {value!r}", f"write one of {choices}")
        return "needs_review"

    def _confidence(self, value: str | None, line: int) -> float | None:
        if value is None:
            return None
        if not re.fullmatch(r"0(\.\d+)?|1(\.0+)?|\.\d+", value):
            self._error(line, f"confidence is {value!r}", "write a number from 0 to 1")
            return None
        return float(value)

    def _required_iri(self, row: dict[str, str], name: str, line: int) -> str:
        value = row.get(name)
        if value is None:
            self._error(line, f"{name} is empty", "write a CURIE whose prefix is in curie_map")
            return ""
        expanded = self._expand(value)
        if expanded is None:
            self._error(line, f"{name} {value!r} has no known prefix", "add its prefix to curie_map")
        return expanded or ""

    def _expand(self, value: str) -> str | None:
        prefix, colon, local = value.partition(":")
        if colon and not local.startswith("//"):
            value = self._prefixes[prefix] + local if prefix in self._prefixes else ""
        try:
            return check_iri(value)
        except IriError:
            return None

    def _error(self, line: int, found: str, instead: str) -> None:
        self._problems.error(self._name, line, found, instead)
