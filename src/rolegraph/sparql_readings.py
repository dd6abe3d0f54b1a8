"""SPARQL text in, every way in which it can be cut into tokens out, with the brackets that are open.

By the grammar's longest match `?a<'x>` ends in an IRI; Oxigraph reads a comparison and then a string,
so a text cut in one way only could hide a clause from whoever looks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from rolegraph.errors import QueryError
from rolegraph.sparql_brackets import CLOSES, MAX_NESTING, MAX_WIDTH, OPENS, Brackets, is_modest
from rolegraph.sparql_tokens import Token, decode_codepoints, may_be_no_iri, outline, tokens

_LINKS: Final = frozenset(["||", "&&", *"!+-*/|^~.;,"])
_ENDS_OPERAND: Final = frozenset([")", "}", "]", ">", ">>"])
_OPENS_DATA: Final = frozenset(["DATA", "INSERT", "DELETE", "CONSTRUCT"])
_LONG_QUOTES: Final = ('"""', "'''")
_NONE: Final = Token("punctuation", "", 0, 0)


@dataclass(slots=True)
class Place:
    """Where a reading has come to: the token, the two before it, and the brackets open after it."""

    before: Token = _NONE
    previous: Token = _NONE
    token: Token = _NONE
    brackets: Brackets = field(default_factory=Brackets)
    _describes: bool = False

    def may_take_sign(self, start: int) -> bool:
        """Whether `<` may be a sign of its own here.

        An operator stands after an operand and directly in parentheses, as every expression does; the
        second half of `<<` touches the first.
        """
        if self.token.text == "<" and self.token.end == start:
            return True
        level = self.brackets.level
        is_operand = self.token.kind != "punctuation" or self.token.text in _ENDS_OPERAND
        return is_operand and level.opening == "(" and not level.is_data

    def advance(self, token: Token) -> None:
        """Go to the next token.

        Raises:
            QueryError: the text is nested deeper, or a part of it is wider, than an engine survives.
        """
        self.before, self.previous, self.token = self.previous, self.token, token
        if token.kind == "punctuation":
            self._punctuation(token.text)
        elif self.previous.kind != "punctuation" and self._is_list():
            self.brackets.add()
        if token.kind in {"word", "name"}:
            text = token.text.partition(":")[0].upper()
            if text == "VALUES":
                self.brackets.level.has_values = True
            elif text.startswith("DESCRIBE"):  # Oxigraph takes `DESCRIBEa:b` too
                self._describes = True

    def _is_list(self) -> bool:
        """Whether a term that follows another is a member of its own."""
        opening = self.brackets.level.opening
        return opening == "(" or (self._describes and not opening)

    def _punctuation(self, text: str) -> None:
        if text in OPENS:
            word = self.previous.text.upper() if self.previous.kind == "word" else ""
            self.brackets.open(text, is_data=text == "{" and word in _OPENS_DATA)
        elif text in CLOSES:
            self.brackets.close(CLOSES[text])
        elif text in {"<", ">"}:
            self._angle(text)
        elif (self.brackets.level.opening, text) in {("(", ","), ("", ";")}:
            self.brackets.end_chain()
        elif text in _LINKS:
            self.brackets.add()

    def _angle(self, text: str) -> None:
        """Two that touch are brackets of a triple term or a reified triple (SPARQL 1.2)."""
        if self.previous.text != text or self.previous.end != self.token.start:
            return
        self.token = self.token._replace(text=text * 2)  # a third one begins anew
        if text == "<":
            self.brackets.open("<<")
        else:
            self.brackets.close("<<")

    def fork(self) -> Place:
        """A copy that goes its own way."""
        return replace(self, brackets=self.brackets.fork())


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
                key = token.start, place.brackets.key()
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


def refuse_deep(text: str) -> None:
    """Let a text pass only if the engine's recursion on it ends within its stack.

    Raises:
        QueryError: it has more than MAX_NESTING brackets in each other or is wider than MAX_WIDTH.
    """
    if len(text) <= min(MAX_NESTING, MAX_WIDTH):
        return
    for version in {text, decode_codepoints(text)}:
        look = outline(version)
        if look is None or not is_modest(look):
            for _ in readings(version):
                continue
