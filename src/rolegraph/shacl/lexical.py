"""Literals as they were written: a store keeps numbers by value, and SHACL asks for their form.

Oxigraph stores `"01"^^xsd:integer` as 1 and `"5"^^xsd:byte` as an xsd:integer. A literal that would
come back changed is stored under a datatype of our own that names the true one, and taken back when
it is compared or reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from rolegraph.shacl.results import Term

MARK: Final = "urn:x-rolegraph:as-written:"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_SUBJECT: Final = ox.NamedNode("urn:x-rolegraph:subject")


@lru_cache(maxsize=100_000)
def is_kept(literal: ox.Literal) -> bool:
    """Whether a store gives a literal back as it was."""
    if literal.language is not None or not literal.datatype.value.startswith(_XSD):
        return True
    if literal.datatype.value == _XSD + "string":
        return True
    store = ox.Store()
    store.add(ox.Quad(_SUBJECT, _SUBJECT, literal))
    return bool(next(iter(store)).object == literal)


def encode(term: Term) -> Term:
    """The term that a store keeps for one that may be as it is written."""
    if isinstance(term, ox.Literal) and not is_kept(term):
        return ox.Literal(term.value, datatype=ox.NamedNode(MARK + term.datatype.value))
    return term


def decode(term: Term) -> Term:
    """The term that stands behind what `encode` gave."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(MARK):
        return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype.value.removeprefix(MARK)))
    return term


def encode_quads(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Quads for a store, every literal in a form that it keeps."""
    for quad in quads:
        value = quad.object
        if isinstance(value, ox.Literal) and not is_kept(value):
            yield ox.Quad(quad.subject, quad.predicate, encode(value), quad.graph_name)
        else:
            yield quad


def has_encoded(store: ox.Store) -> bool:
    """Whether a store holds a literal under a datatype of our own."""
    return any(
        isinstance(quad.object, ox.Literal) and quad.object.datatype.value.startswith(MARK) for quad in store
    )
