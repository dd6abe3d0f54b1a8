"""An engine's results in, the first rows of them as plain values out, for a page of the site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

import pyoxigraph as ox

TRIPLE: Final = ("subject", "predicate", "object")
"""The columns of a graph."""


def page_of_rows(variables: Sequence[str], rows: Iterable[Iterable[object]], max_rows: int) -> dict[str, Any]:
    """The first rows as plain values, and whether there are more."""
    first = [[_term(term) for term in row] for row in islice(rows, max_rows + 1)]
    return {"variables": list(variables), "rows": first[:max_rows], "more": len(first) > max_rows}


def page_of_boolean(*, value: bool) -> dict[str, Any]:
    """The answer to ASK."""
    return {"boolean": value}


def _term(term: object) -> dict[str, str] | None:
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.Literal):
        datatype = term.datatype.value
        return {"type": "literal", "value": term.value, "language": term.language or "", "datatype": datatype}
    return {"type": "other", "value": str(term)}
