"""The lines of a dump in, those that are the catalog's own out: what a release, its history and a diff tell.

The graphs `mappings` and `derived` also hold what comes along with references: the crosswalks of others, and
what the rules find about the entries of SOC, O*NET and ESCO. It has releases of its publishers' own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Final

import zstandard

from rolegraph.errors import StoreError
from rolegraph.iris import Iris
from rolegraph.model.esco import ESCO
from rolegraph.snapshot.dump import read_dump
from rolegraph.snapshot.opening import Snapshot
from rolegraph.terms import concept, term

_MAPPING: Final = term("rg:mapping").encode()
_ACCEPTED: Final = f" {term('rg:reviewStatus')} {concept('review', 'accepted')} ".encode()


class OwnLines:
    """Tells the catalog's own lines from the others.

    - Of the graph `mappings`, its own are the mappings that its files list, the links to them, and the
      triples of those that are accepted: not the crosswalks of others, even where they say what the
      catalog has not accepted.
    - Of the graph `derived`, its own are those about its own things, unless they lead to an entry of SOC,
      O*NET or ESCO: what a component corresponds to there is known only while the reference is loaded.
    - Of every other graph, its own are all.
    """

    def __init__(self, base_iri: str, graphs: Iterable[str], accepted: Collection[str]) -> None:
        """Take the catalog's base, the named graphs that count, by short name, and its accepted mappings."""
        self._iris = Iris(base_iri)
        self._names = {f" <{self._iris.graph(name)}> .\n".encode(): name for name in graphs}
        self._base = f"<{base_iri}".encode()
        self._references = tuple(f"<{start}".encode() for start in (*self._iris.references, ESCO))
        self._mapping_start = f"<{self._iris.mapping_folder}".encode()
        self._accepted = accepted

    def all(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The catalog's own lines of a whole dump, whose lines are sorted."""
        for _, block in groupby(lines, key=_subject):
            yield from self.of(list(block))

    def of(self, lines: list[bytes]) -> list[bytes]:
        """The catalog's own lines of a subject, of which these are all lines."""
        return [line for line in lines if (name := self._names.get(_end(line))) and self._is_own(line, name)]

    def _is_own(self, line: bytes, graph: str) -> bool:
        if graph == "derived":
            return self._is_own_derived(line)
        return graph != "mappings" or self._is_own_mapping(line)

    def _is_own_derived(self, line: bytes) -> bool:
        subject, _, obj = line.split(b" ", 2)
        return subject.startswith(self._base) and not (
            subject.startswith(self._references) or obj.startswith(self._references)
        )

    def _is_own_mapping(self, line: bytes) -> bool:
        subject, predicate, rest = line.split(b" ", 2)
        if subject.startswith(self._mapping_start) or predicate == _MAPPING:
            return True
        if not rest.startswith(b"<"):
            return False
        one, relation, other = (t[1:-1].decode() for t in (subject, predicate, rest.split(b" ", 1)[0]))
        return self._iris.mapping(one, relation, "", other) in self._accepted


def own_lines(snapshot: Snapshot, graphs: Collection[str]) -> OwnLines:
    """What tells the catalog's own lines of a snapshot.

    Raises:
        StoreError: the dump cannot be read.
    """
    accepted: Collection[str] = ()
    if "mappings" in graphs:
        try:
            accepted = accepted_mappings(snapshot.base_iri, read_dump(snapshot.dump_path))
        except (OSError, zstandard.ZstdError) as error:
            raise StoreError(f"{snapshot.dump_path}: the dump is damaged ({error}); build again") from error
    return OwnLines(snapshot.base_iri, graphs, accepted)


def accepted_mappings(base_iri: str, lines: Iterable[bytes]) -> frozenset[str]:
    """The IRIs of the catalog's own mappings that somebody accepted, by the sorted lines of a dump."""
    start = f"<{Iris(base_iri).mapping_folder}".encode()
    found: set[str] = set()
    for line in lines:
        if line.startswith(start):
            subject = _subject(line)
            if line.startswith(_ACCEPTED, len(subject)):
                found.add(subject[1:-1].decode())
        elif line > start:
            break
    return frozenset(found)


def _subject(line: bytes) -> bytes:
    return line[: line.index(b" ")]


def _end(line: bytes) -> bytes:
    """The graph of a line and what is behind it; no IRI has a space in it."""
    return line[line.rindex(b" ", 0, -3) :]
