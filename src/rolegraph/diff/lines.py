"""Lines of a dump in, their terms as tokens and as texts out."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_NAMED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


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


def text(token: str) -> str:
    r"""The text of a literal.

    >>> text('"a \\"b\\" \\u00E9"@en')
    'a "b" é'
    """
    return _ESCAPE.sub(_unescape, token[1 : token.rindex('"')])


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _NAMED.get(match[3], match[3])
