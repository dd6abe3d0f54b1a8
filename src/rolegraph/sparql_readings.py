"""SPARQL text in, every way in which it can be cut into tokens out, with the brackets that are open.

By the grammar's longest match `?a<'x>` ends in an IRI; Oxigraph reads a comparison and then a string,
so a text cut in one way only could hide a clause from whoever looks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from rolegraph.errors import QueryError
from rolegraph.sparql_tokens import Token, decode_codepoints, tokens

MAX_NESTING: Final = 128
"""Brackets in brackets. On a stack of 8 MiB, Oxigraph 0.5.13 dies at 832 (of NOT EXISTS in NOT EXISTS)."""
MAX_WIDTH: Final = 1000
"""Members of a group or links of a chain, each a recursion of the optimiser: dies at 2,560 (of BIND)."""

_OPENS: Final = frozenset("{([")
_CLOSES: Final = {")": "(", "}": "{", "]": "["}
_LINKS: Final = frozenset(["||", "&&", *"!+-*/|^~.;,"])
_ENDS_OPERAND: Final = frozenset([")", "}", "]", ">", ">>"])
_OPENS_DATA: Final = frozenset(["DATA", "INSERT", "DELETE", "CONSTRUCT"])
_HAS_AUTHORITY = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
_LONG_QUOTES: Final = ('"""', "'''")
_NONE: Final = Token("punctuation", "", 0, 0)


@dataclass(slots=True)
class _Level:
    """One open bracket, or the text around all brackets.

    Attributes:
        is_data: whether it holds terms and templates only, which the engine takes without recursion.
        is_list: whether a term that follows another is a member of its own.
        has_values: whether the next group in it belongs to VALUES.
        links: the length of the chain that goes on; `longest` is that of the longest.
        below: the greatest width of a bracket that was closed in it.
    """

    opening: str
    is_data: bool = False
    is_list: bool = False
    has_values: bool = False
    links: int = 0
    longest: int = 0
    below: int = 0

    def add_link(self) -> None:
        if not self.is_data:
            self.links += 1
            self.longest = max(self.longest, self.links)

    @property
    def width(self) -> int:
        return self.longest + self.below

    def parts(self) -> tuple[str, bool, bool, bool, int, int, int]:
        return (
            self.opening, self.is_data, self.is_list, self.has_values, self.links, self.longest, self.below,
        )  # fmt: skip


@dataclass(slots=True)
class Place:
    """Where a reading has come to: the token, the two before it, and the brackets open after it."""

    before: Token = _NONE
    previous: Token = _NONE
    token: Token = _NONE
    _levels: list[_Level] = field(default_factory=lambda: [_Level("")])

    @property
    def depth(self) -> int:
        """How many brackets are open."""
        return len(self._levels) - 1

    def may_take_sign(self, start: int) -> bool:
        """Whether `<` may be a sign of its own here.

        An operator stands after an operand and directly in parentheses, as every expression does; the
        second half of `<<` touches the first.
        """
        if self.token.text == "<" and self.token.end == start:
            return True
        level = self._levels[-1]
        is_operand = self.token.kind != "punctuation" or self.token.text in _ENDS_OPERAND
        return is_operand and level.opening == "(" and not level.is_data

    def advance(self, token: Token) -> None:
        """Go to the next token.

        Raises:
            QueryError: the text is nested deeper, or a part of it is wider, than an engine survives.
        """
        self.before, self.previous, self.token = self.previous, self.token, token
        level = self._levels[-1]
        if token.kind == "punctuation":
            self._punctuation(level, token.text)
        elif level.is_list and self.previous.kind != "punctuation":
            level.add_link()
        if token.kind in {"word", "name"}:
            self._keyword(level, token.text.partition(":")[0].upper())
        level = self._levels[-1]
        if level.width > MAX_WIDTH:
            raise QueryError(
                f"more than {MAX_WIDTH} patterns, operators or expressions in one group or chain; "
                "VALUES and IN take lists of any length"
            )

    def _keyword(self, level: _Level, text: str) -> None:
        if text == "VALUES":
            level.has_values = True
        elif text.startswith("DESCRIBE") and not level.opening:  # Oxigraph takes `DESCRIBEa:b` too
            level.is_list = True

    def _punctuation(self, level: _Level, text: str) -> None:
        if text in _OPENS:
            self._open(level, text)
        elif text in _CLOSES:
            self._close(_CLOSES[text])
        elif text in {"<", ">"}:
            self._angle(level, text)
        elif (level.opening, text) in {("(", ","), ("", ";")}:
            level.links = 0  # the next argument, the next operation of an update
        elif text in _LINKS:
            level.add_link()

    def _open(self, level: _Level, opening: str) -> None:
        level.add_link()
        is_data = level.is_data
        if opening == "{":
            word = self.previous.text.upper() if self.previous.kind == "word" else ""
            is_data = is_data or level.has_values or word in _OPENS_DATA
            level.has_values = False
        if self.depth == MAX_NESTING:
            raise QueryError(f"the text is nested deeper than {MAX_NESTING} brackets; write it flatter")
        self._levels.append(_Level(opening, is_data, is_list=opening == "("))

    def _close(self, opening: str) -> None:
        if self._levels[-1].opening == opening:  # else no grammar goes on, and nothing may count less
            closed = self._levels.pop()
            self._levels[-1].below = max(self._levels[-1].below, closed.width)

    def _angle(self, level: _Level, text: str) -> None:
        """Two that touch are brackets of a triple term or a reified triple (SPARQL 1.2)."""
        if self.previous.text != text or self.previous.end != self.token.start:
            return
        self.token = self.token._replace(text=text * 2)  # a third one begins anew
        if text == "<":
            self._open(level, "<<")
        else:
            self._close("<<")

    def fork(self) -> Place:
        """A copy that goes its own way."""
        return replace(self, _levels=[replace(level) for level in self._levels])

    def key(self, start: int) -> tuple[object, ...]:
        """What decides how a reading goes on from a position."""
        return start, *(level.parts() for level in self._levels)


class _Branch(NamedTuple):
    """A reading to follow: what came before, and the token it begins with."""

    place: Place
    first: Token


def readings(text: str) -> Iterator[Place]:
    """Follow all readings, one after the other; yields the place for each token of each.

    Raises:
        QueryError: the text is too deep or too wide, or can be read in more ways than are followed.
    """
    branches = [_Branch(Place(), _NONE)]
    seen = set[tuple[object, ...]]()
    left = 2 * len(text) + 1000
    while branches:
        place, first = branches.pop()
        if first.text:
            place.advance(first)
            yield place
        for token in tokens(text, first.end):
            left -= 1
            other = _other_reading(place, token)
            if seen or other is not None:
                key = place.key(token.start)
                if key in seen:
                    break
                seen.add(key)
            if other is not None:
                branches.append(_Branch(place.fork(), other))
            if left < 0:
                raise QueryError("the text can be read in too many ways; put white space after each '<'")
            place.advance(token)
            yield place


def _other_reading(place: Place, token: Token) -> Token | None:
    """The other token that may start where this one does."""
    start = token.start
    if token.kind == "iri" and may_be_no_iri(token.text) and place.may_take_sign(start):
        return Token("punctuation", "<", start, start + 1)
    if token.kind == "punctuation" and token.text.startswith(_LONG_QUOTES):
        # Never closed, so an engine may go on after an empty string.
        return Token("string", token.text[:2], start, start + 2)
    return None


def may_be_no_iri(iri: str) -> bool:
    """Whether what looks like an IRI can be a sign and the start of a string or a comment."""
    return ("'" in iri or "#" in iri) and not _HAS_AUTHORITY.match(iri)


def refuse_deep(text: str) -> None:
    """Let a text pass only if the engine's recursion on it ends within its stack.

    Raises:
        QueryError: it has more than MAX_NESTING brackets in each other or is wider than MAX_WIDTH.
    """
    for version in {text, decode_codepoints(text)}:
        if not _is_small(version):
            for _ in readings(version):
                continue


def _is_small(text: str) -> bool:
    """Whether a look at its characters shows that a text keeps to the limits."""
    if sum(map(text.count, ("{", "(", "[", "<<"))) > MAX_NESTING:
        return False
    if len(text) <= MAX_WIDTH:
        return True
    # A link is a sign of its own, or a term after another with white space or a sign at one of them.
    signs = sum(map(text.count, "{([<>!+-*/|&^~.;,\"'?$:@_"))
    return 2 * signs + len(text.split()) <= MAX_WIDTH
