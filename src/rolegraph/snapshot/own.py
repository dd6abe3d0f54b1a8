"""The lines of a dump in, those that are the catalog's own out: what a release, its history and a diff tell.

The graphs `mappings` and `derived` also hold what comes along with references: the crosswalks of others, and
what the rules find about the entries of SOC, O*NET and ESCO. It has releases of its publishers' own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from rolegraph.iris import Iris
from rolegraph.model.esco import ESCO
from rolegraph.terms import term

_MAPPING: Final = term("rg:mapping").encode()


class OwnLines:
    """Tells the catalog's own lines from the others.

    - Of the graph `mappings`, its own are the mappings that its files list, the links to them, and triples
      of what one of them maps to what: not the crosswalks of others.
    - Of the graph `derived`, its own are those about its own things, unless they lead to an entry of SOC,
      O*NET or ESCO: what a component corresponds to there is known only while the reference is loaded.
    - Of every other graph, its own are all.
    """

    def __init__(self, base_iri: str, graphs: Iterable[str]) -> None:
        """Take the catalog's base, and the named graphs, by short name, that count."""
        self._iris = Iris(base_iri)
        self._names = {f" <{self._iris.graph(name)}> .\n".encode(): name for name in graphs}
        self._base = f"<{base_iri}".encode()
        self._references = tuple(f"<{start}".encode() for start in (*self._iris.references, ESCO))
        self._mapping_start = f"<{self._iris.mapping_folder}".encode()

    def all(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The catalog's own lines of a whole dump, whose lines are sorted."""
        for _, block in groupby(lines, key=_subject):
            yield from self.of(list(block))

    def of(self, lines: list[bytes]) -> list[bytes]:
        """The catalog's own lines of a subject, of which these are all lines."""
        named = [(line, name) for line in lines if (name := self._names.get(_end(line)))]
        stated = self._stated(lines) if any(name == "mappings" for _, name in named) else frozenset()
        return [
            line
            for line, name in named
            if not (name == "derived" and not self._is_own_derived(line))
            and not (name == "mappings" and not self._is_own_mapping(line, stated))
        ]

    def _is_own_derived(self, line: bytes) -> bool:
        subject, _, obj = line.split(b" ", 2)
        return subject.startswith(self._base) and not (
            subject.startswith(self._references) or obj.startswith(self._references)
        )

    def _stated(self, lines: list[bytes]) -> frozenset[bytes]:
        """The mappings that the subject has."""
        return frozenset(line.split(b" ", 3)[2] for line in lines if line.split(b" ", 2)[1] == _MAPPING)

    def _is_own_mapping(self, line: bytes, stated: frozenset[bytes]) -> bool:
        subject, predicate, rest = line.split(b" ", 2)
        if subject.startswith(self._mapping_start) or predicate == _MAPPING:
            return True
        if not stated or not rest.startswith(b"<"):
            return False
        ends = (token[1:-1].decode() for token in (subject, predicate, rest.split(b" ", 1)[0]))
        one, relation, other = ends
        return f"<{self._iris.mapping(one, relation, '', other)}>".encode() in stated


def _subject(line: bytes) -> bytes:
    return line[: line.index(b" ")]


def _end(line: bytes) -> bytes:
    """The graph of a line and what is behind it; no IRI has a space in it."""
    return line[line.rindex(b" ", 0, -3) :]
