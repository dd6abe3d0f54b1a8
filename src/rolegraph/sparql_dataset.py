"""A query's text in, the graphs that it names out: its dataset clause, and every IRI that stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from rolegraph.sparql_tokens import Token, decode_codepoints, tokens

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
"""What the engine takes as it is, dot segments included."""
_ESCAPE: Final = re.compile(r"\\(.)")
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class QueryDataset:
    """The graphs that a query names.

    `default` and `named` are those of FROM and FROM NAMED; with `is_given` there is such a clause.
    `mentioned` holds every IRI of the query, whatever it stands for. `has_graph` says that it looks into
    named graphs.
    """

    default: tuple[str, ...]
    named: tuple[str, ...]
    is_given: bool
    mentioned: frozenset[str]
    has_graph: bool


@lru_cache(maxsize=_KEPT)
def read_dataset(query: str, base_iri: str | None = None) -> QueryDataset:
    """Find the graphs that a query names; no text is an error.

    Args:
        query: its text.
        base_iri: what relative IRIs are resolved against where the query has no BASE.

    >>> read_dataset("PREFIX g: <http://e/> ASK FROM g:a FROM NAMED g:b { GRAPH g:c {} }").named
    ('http://e/b',)
    """
    reader = _Reader(base_iri)
    default: list[str] = []
    named: list[str] = []
    mentioned: set[str] = set()
    is_given = has_graph = False
    clause: list[str] | None = None
    for token in reader.read(tokens(query)):
        word = token.text.upper() if token.kind == "word" else ""
        if word in {"FROM", "FROMNAMED"}:  # Oxigraph needs no space between them
            is_given, clause = True, named if word == "FROMNAMED" else default
        elif word == "NAMED" and clause is not None:
            clause = named
        else:
            has_graph = has_graph or word == "GRAPH"
            iri = reader.iri(token)
            if iri is not None:
                mentioned.add(iri)
                if clause is not None:
                    clause.append(iri)
            clause = None
    unique = tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named))
    return QueryDataset(*unique, is_given, frozenset(mentioned), has_graph)


class _Reader:
    """Follows the prologue, and resolves what comes after it."""

    def __init__(self, base_iri: str | None) -> None:
        self._base = base_iri
        self._prefixes: dict[str, str] = {}

    def read(self, found: Iterator[Token]) -> Iterator[Token]:
        """The tokens that are no part of the prologue (SPARQL 1.1 section 4.1.1)."""
        for token in found:
            word = token.text.upper() if token.kind == "word" else ""
            if word == "BASE":
                self._base = self.iri(next(found, token)) or self._base
            elif word == "PREFIX":
                name, target = next(found, token), next(found, token)
                self._prefixes[name.text.removesuffix(":")] = self.iri(target) or ""
            else:
                yield token

    def iri(self, token: Token) -> str | None:
        """The IRI that a token stands for; None for other tokens, and where it stands for none."""
        if token.kind == "name":
            prefix, _, local = token.text.partition(":")
            namespace = self._prefixes.get(prefix)
            return None if namespace is None else namespace + _ESCAPE.sub(r"\1", local)
        return self._resolved(decode_codepoints(token.text[1:-1])) if token.kind == "iri" else None

    def _resolved(self, iri: str) -> str | None:
        if _ABSOLUTE.match(iri):
            return iri
        try:  # by the engine's own resolution
            (quad,) = ox.parse(f"<{iri}> <x:p> <x:o> .", ox.RdfFormat.TURTLE, base_iri=self._base)
        except (SyntaxError, ValueError):
            return None
        return str(quad.subject.value) if isinstance(quad.subject, ox.NamedNode) else None
