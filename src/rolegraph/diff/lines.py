"""Lines of a dump in, their terms as tokens out."""

from __future__ import annotations

from typing import NamedTuple


class Fact(NamedTuple):
    """What a line says of its subject, in N-Quads tokens."""

    predicate: str
    object: str
    graph: str


def parse_fact(line: bytes) -> Fact:
    """Read a line of a dump, whose tokens are parted by single spaces."""
    _, predicate, rest = line.decode().split(" ", 2)
    obj, _, graph = rest[:-3].rpartition(" ")
    return Fact(predicate, obj, graph)


def language(token: str) -> str:
    """The language tag of a literal, "" for other terms.

    >>> language('"Rolle"@de'), language('"P5"')
    ('de', '')
    """
    return token[token.rindex('"') + 1 :].partition("@")[2] if token.startswith('"') else ""
