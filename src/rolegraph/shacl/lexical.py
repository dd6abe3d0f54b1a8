"""Literals as they were written: a store keeps numbers by value, and SHACL asks for their form.

Oxigraph stores `"01"^^xsd:integer` as 1 and `"5"^^xsd:byte` as an xsd:integer. A literal that would
come back changed is stored under a datatype of our own that names the true one, and taken back when
it is compared or reported. One that has no value, such as `"500"^^xsd:byte`, gets a datatype that
nothing compares with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from rolegraph.shacl.results import Term

MARK: Final = "urn:x-rolegraph:as-written:"
ILL_TYPED: Final = "urn:x-rolegraph:ill-typed:"
INTEGERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
"""XML Schema datatype -> least and greatest value (XML Schema 1.1 part 2, 3.4.13 to 3.4.25)."""
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
        mark = ILL_TYPED if _is_out_of_range(term) else MARK
        return ox.Literal(term.value, datatype=ox.NamedNode(mark + term.datatype.value))
    return term


def _is_out_of_range(literal: ox.Literal) -> bool:
    """Whether a store would read a whole number that its datatype does not have."""
    low, high = INTEGERS.get(literal.datatype.value.removeprefix(_XSD), (None, None))
    if low is None and high is None:
        return False
    number = int(literal.value)
    return (low is not None and number < low) or (high is not None and number > high)


def decode(term: Term) -> Term:
    """The term that stands behind what `encode` gave."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith((MARK, ILL_TYPED)):
        datatype = term.datatype.value.removeprefix(MARK).removeprefix(ILL_TYPED)
        return ox.Literal(term.value, datatype=ox.NamedNode(datatype))
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
