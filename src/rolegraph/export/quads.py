"""A snapshot in, its quads out as N-Quads, TriG or JSON-LD, streamed from the dump.

Standards: RDF 1.1 N-Quads and TriG, JSON-LD 1.1 (expanded, no context to fetch). All graphs, or those that
are named; where roles are selected, statements about other roles, and about components, places and mappings
that only others have, are left out. The description of the catalog with its licence is always in.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Final

import pyoxigraph as ox

from rolegraph.export import attribution
from rolegraph.export.dump import read_lines
from rolegraph.export.extract import Extract
from rolegraph.terms import PREFIXES

_BATCH_LINES: Final = 10_000


def write_nquads(extract: Extract, stream: IO[bytes]) -> None:
    """Write the lines of the dump as they are, sorted."""
    _comments(extract, stream)
    stream.writelines(select_lines(extract))


def write_trig(extract: Extract, stream: IO[bytes]) -> None:
    """Write TriG with prefixes; the statements of a subject stand together, graph by graph."""
    _comments(extract, stream)
    ox.serialize(_quads(extract), stream, format=ox.RdfFormat.TRIG, prefixes=PREFIXES)


def write_jsonld(extract: Extract, stream: IO[bytes]) -> None:
    """Write JSON-LD, one object a subject and graph."""
    ox.serialize(_quads(extract), stream, format=ox.RdfFormat.JSON_LD)


def _comments(extract: Extract, stream: IO[bytes]) -> None:
    for line in attribution.lines(extract, with_references=True):
        stream.write(f"# {' '.join(line.split())}\n".encode())


def _quads(extract: Extract) -> Iterator[ox.Quad]:
    batch: list[bytes] = []
    for line in select_lines(extract):
        batch.append(line)
        if len(batch) == _BATCH_LINES:
            yield from ox.parse(io.BytesIO(b"".join(batch)), format=ox.RdfFormat.N_QUADS)
            batch.clear()
    yield from ox.parse(io.BytesIO(b"".join(batch)), format=ox.RdfFormat.N_QUADS)


def select_lines(extract: Extract) -> Iterator[bytes]:
    """The lines that belong to an extract."""
    ends = tuple(f" <{extract.iris.graph(name)}> .\n".encode() for name in extract.graphs)
    catalog = f"<{extract.iris.catalog}> ".encode()
    part = None if extract.codes is None else _Part(extract)
    for line in read_lines(extract):
        is_wanted = not ends or line.endswith(ends) or line.startswith(catalog)
        if is_wanted and (part is None or part.has(line)):
            yield line


class _Part:
    """Tells which statements belong to the selected roles."""

    def __init__(self, extract: Extract) -> None:
        iris, places = extract.iris, extract.places
        used = {entry.iri for entry in extract.components()}
        mappings = {
            iris.mapping(m.subject, m.predicate, m.modifier, m.object).rpartition("/")[2]
            for m in extract.mappings()
        }
        self._left_out: tuple[bytes, ...] = ()
        self._base = iris.base.encode()
        self._kinds = {
            b"role": _encoded(extract.codes or ()),
            b"family": _encoded(places.families),
            b"specialisation": _encoded(places.specialisations),
            b"superfunction": _encoded(
                iris.super_function(c).rpartition("/")[2] for c in places.super_functions
            ),
            b"mapping": _encoded(mappings),
            b"component": _encoded(iri.removeprefix(f"{iris.base}component/") for iri in used),
        }

    def has(self, line: bytes) -> bool:
        """Whether neither the subject nor the object is something that only other roles have."""
        if line.startswith(self._left_out):
            return False
        subject, _, rest = line.split(b" ", 2)
        if not self._is_in(subject):
            # The lines are sorted, so the others about the same thing and its parts follow.
            thing = subject[:-1].partition(b"#")[0]
            self._left_out = thing + b">", thing + b"#"
            return False
        return not rest.startswith(b"<") or self._is_in(rest[: rest.index(b"> ") + 1])

    def _is_in(self, token: bytes) -> bool:
        if not token.startswith(self._base, 1):
            return True
        kind, _, name = token[len(self._base) + 1 : -1].partition(b"#")[0].partition(b"/")
        known = self._kinds.get(kind)
        return known is None or name in known


def _encoded(values: Iterator[str] | frozenset[str] | set[str] | tuple[()]) -> frozenset[bytes]:
    return frozenset(value.encode() for value in values)
