"""The dump of a graph in, the CSV files of ESCO out, row for row as they were read.

Values of a list stand in the order of their characters. Rows end as in ESCO's own files (RFC 4180), without
a byte order mark.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from rolegraph.errors import StoreError
from rolegraph.graph.esco import KIND_OF_CLASS
from rolegraph.graph.nquads import RDF_TYPE, literal_text
from rolegraph.iris import Iris
from rolegraph.model.csv_rows import order_places, row_cells
from rolegraph.model.esco import RELATION_TYPES, SEPARATOR, SINGLE_KINDS, Column, EscoConcept, TableSpec
from rolegraph.model.esco_rows import EscoRows, Layout, Row
from rolegraph.model.esco_tables import TABLES
from rolegraph.terms import term

_COLUMNS: Final = [column for spec in TABLES for column in spec.columns if column.predicate]
_PROPERTIES: Final = {
    term(curie).encode(): curie
    for curie in (
        *(column.predicate for column in _COLUMNS),
        *RELATION_TYPES.values(),
        "skos:inScheme",
    )
}
_SINGLE: Final = {column.predicate for column in _COLUMNS if column.kind in SINGLE_KINDS}
_KINDS: Final = {name.encode(): kind for name, kind in KIND_OF_CLASS.items()}
_TYPE: Final = RDF_TYPE.encode()
_IN_FILE: Final = term("rg:escoFile").encode()
_CELLS: Final = term("rg:rowCells").encode()
_FOLDER, _NAME, _HEADER, _COUNT, _ORDER = (
    term(curie).encode()
    for curie in ("rg:folderName", "rg:fileName", "rg:headerRow", "rg:keptRowCount", "rg:rowOrder")
)
_NEEDED: Final = frozenset({_FOLDER, _NAME, _HEADER, _COUNT})
_FACTS: Final = _NEEDED | {_ORDER}
_SPECS: Final = {spec.stem.lower(): spec for spec in TABLES}
_FILE_NAME: Final = re.compile(r"(?P<stem>[A-Za-z]+)_(?P<language>[A-Za-z0-9-]+)\.csv", re.IGNORECASE)


class _File(Struct):
    """A file as the graph describes it."""

    facts: dict[bytes, str] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    """The concepts that it has rows on, which their records tell."""
    rows: list[Row] = field(default_factory=list)
    """The rows that no record tells; they stand in for those that it tells of the same IRIs."""

    @property
    def name(self) -> str:
        """What the file is called in its folder."""
        return self.facts[_NAME]


class _Graph(Struct):
    """What a dump says of ESCO."""

    concepts: dict[str, EscoConcept] = field(default_factory=dict)
    files: dict[bytes, _File] = field(default_factory=lambda: defaultdict(_File))


def write_esco(lines: Iterable[bytes], iris: Iris, folder: Path) -> list[Path]:
    """Write the files of ESCO that a graph was built with.

    Files of several sources go into a folder for each, those of a single one into `folder` itself. The
    records of all concepts are in memory, one file's rows besides.

    Args:
        lines: the N-Quads of a snapshot's dump, in any order.
        iris: the IRIs of the catalog.
        folder: where the files go; it exists, and an error leaves it with files that are not whole.
    Returns:
        the files written.
    Raises:
        StoreError: the graph has no files of ESCO, or not all rows of them.
    """
    graph = _read(lines, iris)
    files = list(graph.files.values())
    if not files:
        raise StoreError("the graph holds no files of ESCO; name them in rolegraph.toml and build")
    if not all(file.facts.keys() >= _NEEDED for file in files):
        raise StoreError("the graph does not say enough of ESCO's files; build the snapshot again")
    is_single = len({file.facts[_FOLDER] for file in files}) == 1
    written: list[Path] = []
    for file in files:
        spec, language = _spec(file.name)
        layout = Layout(spec, row_cells(file.facts[_HEADER]))
        rows = _rows(file, EscoRows(layout, language, graph.concepts), layout)
        target = folder if is_single else folder / _checked(file.facts[_FOLDER])
        target.mkdir(exist_ok=True)
        _write(target / file.name, layout, rows)
        written.append(target / file.name)
    return sorted(written)


def _spec(name: str) -> tuple[TableSpec, str]:
    """What a file holds, and the language of its labels."""
    match = _FILE_NAME.fullmatch(name)
    spec = _SPECS.get(match["stem"].lower()) if match else None
    if match is None or spec is None:
        raise StoreError(f"the graph has a file {name!r} that rolegraph does not know; build it again")
    return spec, match["language"].lower()


def _checked(name: str) -> str:
    if Path(name).name != name:
        raise StoreError(f"the graph has a folder {name!r} that is none; build the snapshot again")
    return name


def _rows(file: _File, records: EscoRows, layout: Layout) -> list[Row]:
    """All rows of a file, in its order."""
    kept = {layout.identity(row) for row in file.rows}
    told = (row for iri in file.members for row in records.about(iri))
    rows = {*file.rows, *(row for row in told if layout.identity(row) not in kept)}
    count = int(file.facts[_COUNT])
    if len(rows) != count:
        found = f"{file.name}: {len(rows)} of {count}"
        raise StoreError(f"the graph has not all rows of a file ({found}); build the snapshot again")
    ordered = sorted(rows, key=layout.sort_key)
    order = file.facts.get(_ORDER)
    return [ordered[place - 1] for place in order_places(order)] if order else ordered


def _write(path: Path, layout: Layout, rows: Iterable[Row]) -> None:
    separators = [_separator(layout.spec, column) for column in layout.columns]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(column.header for column in layout.columns)
        writer.writerows(_written(row, separators) for row in rows)


def _separator(spec: TableSpec, column: Column) -> str:
    """What ESCO writes between the values of a cell."""
    if column.kind not in {"labels", "names", "iris", "codes"}:
        return SEPARATOR
    if spec.scheme:
        return " | "
    return ",\n" if column.kind == "iris" else SEPARATOR


def _written(row: Row, separators: Sequence[str]) -> list[str]:
    return [
        cell if separator == SEPARATOR else cell.replace(SEPARATOR, separator)
        for cell, separator in zip(row, separators, strict=True)
    ]


def _read(lines: Iterable[bytes], iris: Iris) -> _Graph:
    """Take what a dump says of ESCO's concepts and files."""
    graph = _Graph()
    of_concepts, of_files = (f" <{iris.graph(name)}> .\n".encode() for name in ("esco", "provenance"))
    files = f"<{iris.esco_files}".encode()
    for line in lines:
        if line.endswith(of_concepts):
            subject, predicate, token = line.removesuffix(of_concepts).split(b" ", 2)
            _add_statement(graph.concepts, subject, predicate, token)
        elif line.endswith(of_files):
            subject, predicate, token = line.removesuffix(of_files).split(b" ", 2)
            if subject.startswith(files):
                _add_fact(graph.files, subject, predicate, token)
            elif predicate == _IN_FILE:
                graph.files[token].members.append(subject[1:-1].decode())
    return graph


def _add_statement(concepts: dict[str, EscoConcept], subject: bytes, predicate: bytes, token: bytes) -> None:
    """Take a statement on a concept into its record."""
    iri = subject[1:-1].decode()
    concept = concepts.get(iri)
    if concept is None:
        concept = concepts[iri] = EscoConcept()
    if predicate == _TYPE:
        concept.kind = _KINDS.get(token, concept.kind)
    elif (curie := _PROPERTIES.get(predicate)) is not None:
        value, language = _value(token.decode())
        if curie in _SINGLE:
            concept.one[curie, language] = value
        else:
            concept.many.setdefault((curie, language), {})[value] = None


def _add_fact(files: dict[bytes, _File], subject: bytes, predicate: bytes, token: bytes) -> None:
    """Take a statement on a file or on a row that is kept."""
    if predicate == _CELLS:
        cells = msgspec.json.decode(literal_text(token.decode()), type=list[str])
        files[subject.partition(b"#")[0] + b">"].rows.append(tuple(cells))
    elif predicate in _FACTS:
        files[subject].facts[predicate] = literal_text(token.decode())


def _value(token: str) -> tuple[str, str]:
    """The value of a token, and its language, "" where it has none."""
    if token.startswith("<"):
        return token[1:-1], ""
    tail = token[token.rindex('"') + 1 :]
    return literal_text(token), tail[1:] if tail.startswith("@") else ""
