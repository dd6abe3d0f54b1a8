"""A query in, what bounds and repeats it out: a limit on its rows, and whether it always answers the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rolegraph.sparql_tokens import Token, decode_codepoints, tokens

_FRESH: Final = {"NOW", "RAND", "UUID", "STRUUID", "BNODE"}
_OPENING: Final = {"{", "(", "["}
_CLOSING: Final = {"}", ")", "]"}


def is_repeatable(query: str) -> bool:
    """Whether the same data always gives the same answer (no NOW, RAND, UUID, STRUUID, BNODE, SERVICE).

    >>> is_repeatable("ASK {}"), is_repeatable("SELECT (Now() AS ?t) {}")
    (True, False)
    """
    text = decode_codepoints(query)
    upper = text.upper()
    if not any(word in upper for word in (*_FRESH, "SERVICE")):
        return True
    return not any(t.kind == "word" and t.text.upper() in {*_FRESH, "SERVICE"} for t in tokens(text))


def limit_rows(query: str, max_rows: int) -> str:
    """Give a SELECT query at most so many rows; any other query, and one with a lower LIMIT, stays.

    The outermost LIMIT stands after the braces of WHERE and before a trailing VALUES block
    (SPARQL 1.1 grammar, [2] and [18]-[28]).

    >>> limit_rows("SELECT * { ?s ?p ?o } LIMIT 500", 100)
    'SELECT * { ?s ?p ?o } LIMIT 100'
    >>> limit_rows("SELECT * { ?s ?p ?o } VALUES ?s { <a:b> }", 100)
    'SELECT * { ?s ?p ?o }  LIMIT 100 VALUES ?s { <a:b> }'
    """
    outer = _outer_tokens(query)
    words = [token.text.upper() for token in outer]
    if "SELECT" not in words:
        return query
    for position, word in enumerate(words[:-1]):
        if word == "LIMIT":
            number = outer[position + 1]
            too_many = number.text.isdigit() and int(number.text) > max_rows
            return f"{query[: number.start]}{max_rows}{query[number.end :]}" if too_many else query
    last_brace = next((t for t in reversed(outer) if t.text == "}"), None)
    trailing = next((t for t in outer if t.text.upper() == "VALUES"), None)
    if trailing is not None:
        return f"{query[: trailing.start]} LIMIT {max_rows} {query[trailing.start :]}"
    if last_brace is None:
        return query
    end = outer[-1].end
    return f"{query[:end]} LIMIT {max_rows} {query[end:]}"


def _outer_tokens(query: str) -> Sequence[Token]:
    """The tokens outside of all brackets, and the brackets of the outermost level."""
    depth, found = 0, []
    for token in tokens(query):
        is_closing = token.kind == "punctuation" and token.text in _CLOSING
        depth -= is_closing
        if depth == 0:
            found.append(token)
        depth += token.kind == "punctuation" and token.text in _OPENING
    return found
