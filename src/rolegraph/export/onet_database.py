"""The dump of a graph in, the text files of the O*NET database out, row for row as they were read.

Read Me.txt is no part of the graph. Files end with a line end and have no byte order mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import IO, Final

from msgspec import Struct, field

from rolegraph.errors import StoreError
from rolegraph.graph.nquads import RDF_TYPE, literal_text
from rolegraph.iris import Iris
from rolegraph.model.onet import column_names
from rolegraph.model.onet_order import row_key
from rolegraph.model.onet_tables import form_with, forms_of
from rolegraph.terms import term

_FILE_FACTS: Final = tuple(
    term(curie).encode() for curie in ("rg:fileName", "rg:headerRow", "rg:rowClass", "rg:rowCount")
)
_SOURCE_ROW: Final = term("rg:sourceRow").encode()
_POSITION: Final = term("rg:position").encode()
_ONET_FILE: Final = term("rg:onetFile").encode()
_TYPE: Final = RDF_TYPE.encode()
_READ: Final = frozenset({*_FILE_FACTS, _SOURCE_ROW, _POSITION, _ONET_FILE, _TYPE})

_Facts = dict[bytes, list[bytes]]


class _Row(Struct, frozen=True):
    """A row as the graph has it: its text, its place (0 where cells tell it), and what tells its file."""

    text: str
    place: int
    tells: tuple[bytes, ...]
    """The file, or else the classes of the row."""


class _File(Struct):
    """A file that is being written."""

    name: str
    header: str
    rows: int
    stream: IO[str]
    key: Callable[[list[str]], tuple[str, ...]]
    written: int = 0

    def write(self, rows: list[_Row]) -> None:
        """Write the rows of an occupation, or all rows of a file that is not about occupations."""
        if rows[0].place:
            rows.sort(key=lambda row: row.place)
        else:
            rows.sort(key=lambda row: self.key(row.text.split("\t")))
        self.stream.writelines([f"{row.text}\n" for row in rows])
        self.written += len(rows)


class _Files(Struct):
    """The files of a graph, by what tells that a row is theirs."""

    stack: ExitStack
    folder: Path
    by_sign: dict[bytes, _File] = field(default_factory=dict)

    def add(self, subject: bytes, facts: _Facts) -> None:
        """Open the file that the graph describes."""
        name, header, row_class, count = [facts[fact][0].decode() for fact in _FILE_FACTS]
        name, header = literal_text(name), literal_text(header)
        spec = form_with(forms_of(name), column_names(header))
        if spec is None:
            raise StoreError(f"the graph has a file {name!r} that rolegraph does not know; build it again")
        stream = self.stack.enter_context((self.folder / name).open("w", encoding="utf-8", newline="\n"))
        stream.write(f"{header}\n")
        file = _File(name, header, int(literal_text(count)), stream, row_key(spec, header))
        self.by_sign[subject] = file
        self.by_sign.setdefault(row_class.encode(), file)

    def write(self, rows: Iterable[_Row]) -> None:
        """Write rows of one occupation, or those of all files that are not about occupations."""
        groups: dict[str, list[_Row]] = defaultdict(list)
        files: dict[str, _File] = {}
        for row in rows:
            file = next((self.by_sign[sign] for sign in row.tells if sign in self.by_sign), None)
            if file is None:
                raise StoreError(f"no file is known for the row {row.text[:60]!r}; build the snapshot again")
            files[file.name] = file
            groups[file.name].append(row)
        for name, group in groups.items():
            files[name].write(group)


def write_onet_database(lines: Iterable[bytes], iris: Iris, folder: Path) -> list[Path]:
    """Write the files of the O*NET database that a graph was built with.

    Rows of occupations are written as they come, so memory holds one occupation and the files that are
    not about occupations.

    Args:
        lines: the N-Quads of a snapshot's dump, which are sorted by byte.
        iris: the IRIs of the catalog.
        folder: where the files go; it exists, and an error leaves it with files that are not whole.
    Returns:
        the files written.
    Raises:
        StoreError: the graph has no O*NET database, or not all rows of it.
    """
    with ExitStack() as stack:
        files = _Files(stack, folder)
        others: list[_Row] = []
        for code, subjects in groupby(_subjects(lines, iris), key=lambda pair: _code(pair[0], iris)):
            rows: list[_Row] = []
            for subject, facts in subjects:
                if _FILE_FACTS[0] in facts:
                    files.add(subject, facts)
                elif _SOURCE_ROW in facts:
                    rows.append(_row(facts))
            if code:
                files.write(rows)
            else:
                others += rows
        files.write(others)
        written = list({file.name: file for file in files.by_sign.values()}.values())
        _check(written)
    return [folder / file.name for file in written]


def _check(files: list[_File]) -> None:
    if not files:
        raise StoreError("the graph holds no O*NET database; name one in rolegraph.toml and build")
    faults = [f"{file.name}: {file.written} of {file.rows}" for file in files if file.written != file.rows]
    if faults:
        raise StoreError(f"rows are missing in the graph ({'; '.join(faults)}); build the snapshot again")


def _row(facts: _Facts) -> _Row:
    text = literal_text(facts[_SOURCE_ROW][0].decode())
    place = int(literal_text(facts[_POSITION][0].decode())) if _POSITION in facts else 0
    return _Row(text, place, tuple(facts.get(_ONET_FILE) or facts.get(_TYPE, [])))


def _code(subject: bytes, iris: Iris) -> bytes:
    """The occupation that a node is or belongs to, empty for others."""
    start = f"<{iris.onet('')}".encode()
    return subject.removeprefix(start).rstrip(b">").partition(b"#")[0] if subject.startswith(start) else b""


def _subjects(lines: Iterable[bytes], iris: Iris) -> Iterator[tuple[bytes, _Facts]]:
    """The nodes of O*NET with the statements that matter here."""
    minters = (iris.onet, iris.onet_element, iris.onet_file, iris.onet_job_zone, iris.onet_scale, iris.unspsc)
    starts = tuple(f"<{mint('')}".encode() for mint in minters)
    split = (line.split(b" ", 2) for line in lines if line.startswith(starts))
    read = (parts for parts in split if parts[1] in _READ)
    for subject, group in groupby(read, key=lambda parts: parts[0]):
        facts: _Facts = defaultdict(list)
        for _, predicate, rest in group:
            facts[predicate].append(rest[:-3].rpartition(b" ")[0])  # without the graph and the full stop
        yield subject, facts
