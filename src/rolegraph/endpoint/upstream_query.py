"""A query in, what it gives out: decides by its tokens whether it may be sent to another store."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from rolegraph.errors import Forbidden, QueryError
from rolegraph.results import Kind
from rolegraph.sparql_readings import readings, refuse_deep
from rolegraph.sparql_safety import refuse_remote
from rolegraph.sparql_tokens import decode_codepoints, tokens

_KINDS: Final[dict[str, Kind]] = {
    "SELECT": "solutions",
    "ASK": "boolean",
    "CONSTRUCT": "graph",
    "DESCRIBE": "graph",
}
_PROLOGUE: Final = {"PREFIX", "BASE", "VERSION"}
_CODE: Final = ("bif:", "sql:")
"""Virtuoso takes functions of these names for its own and for SQL: `bif:http_get` reads any address."""


def check_query(query: str, allowed: Collection[str]) -> Kind:
    """Let a query pass that may be sent on.

    Args:
        query: its text.
        allowed: origins that SERVICE may call, as `sparql_safety.parse_origin` gives them.
    Returns:
        the kind of result that it gives.
    Raises:
        Forbidden: it makes the store call a server that is not allowed, or run code of its own.
        QueryError: it is no query of SPARQL, or nested too deep.
    """
    refuse_deep(query)
    refuse_remote(query, allowed)
    kinds = {_kind(version) for version in (query, decode_codepoints(query))}
    if len(kinds) > 1:
        raise QueryError("the query reads in two ways by its escapes; write its keywords without any")
    _refuse_code(query)
    return kinds.pop()


def _kind(query: str) -> Kind:
    """What the first keyword after the prologue says; extensions such as DEFINE are none of SPARQL's."""
    for token in tokens(query):
        if token.kind != "word" or token.text.upper() in _PROLOGUE:
            continue
        kind = _KINDS.get(token.text.upper())
        if kind is None:
            raise QueryError(f"{token.text[:40]!r} begins no query; write SELECT, ASK, CONSTRUCT or DESCRIBE")
        return kind
    raise QueryError("the text has no SELECT, ASK, CONSTRUCT or DESCRIBE")


def _refuse_code(query: str) -> None:
    for version in {query, decode_codepoints(query)}:
        if not any(name in version.lower() for name in _CODE):
            continue
        for place in readings(version):
            token = place.token
            if token.kind in {"iri", "name"} and token.text.lower().lstrip("<").startswith(_CODE):
                raise Forbidden(f"{token.text[:40]} is not allowed: it runs code of the store's own")


def outer_limit(query: str) -> int | None:
    """The LIMIT of the query as a whole; None when it has none, or may be read in several ways.

    >>> outer_limit("CONSTRUCT { ?s ?p ?o } { SELECT * { ?s ?p ?o } LIMIT 5 } LIMIT 10")
    10
    """
    depth, found, previous = 0, None, ""
    for token in tokens(query):
        if token.text in {"{", "("}:
            depth += 1
        elif token.text in {"}", ")"}:
            depth -= 1
        elif depth == 0 and previous == "LIMIT":
            found = int(token.text) if token.text.isdecimal() else None
        previous = token.text.upper() if token.kind == "word" else ""
    return found
