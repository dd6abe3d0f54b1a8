"""A Turtle text in, the lines that its terms stand on out; it finds places and does not judge syntax."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from rolegraph.sparql_tokens import Token, tokens

_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_ESCAPES: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class _Mention:
    """A term in the text: its IRI or what the literal says, and the subject of the statement around it."""

    text: str
    subject: str
    line: int


class TurtlePlaces:
    """Where each term of a Turtle file is mentioned."""

    def __init__(self, text: str, base: str = "") -> None:
        self.prefixes: dict[str, str] = {}
        self._base = base
        self._newlines = [position for position, character in enumerate(text) if character == "\n"]
        self._mentions = list(self._read(text))
        self._by_text: dict[str, list[int]] = defaultdict(list)
        self._by_subject: dict[str, list[int]] = defaultdict(list)
        for number, mention in enumerate(self._mentions):
            self._by_text[mention.text].append(number)
            self._by_subject[mention.subject].append(number)

    def line(self, subject: str, term: str = "", value: str | None = None) -> int:
        """The line where a subject has a value for a term.

        Args:
            subject: the IRI that the statement is about, perhaps by way of blank nodes.
            term: the IRI of the property; "" for the statement as a whole.
            value: the IRI or literal that it has, as far as that is known.
        Returns:
            the line, counted from 1; that of the best place that there is, 0 when nothing is mentioned.
        """
        exact = self.lines(subject, term, value) if value is not None else []
        found = exact or self.lines(subject, term)
        if found:
            return found[0]
        around = self._by_subject.get(subject) or self._by_text.get(subject) or self._by_text.get(term)
        return self._mentions[around[0]].line if around else 0

    def lines(self, subject: str, term: str, value: str | None = None) -> list[int]:
        """Every line where a subject has a term, with a value where one is given."""
        found = []
        for number in self._by_text.get(term, []):
            mention = self._mentions[number]
            if mention.subject != subject:
                continue
            if value is None:
                found.append(mention.line)
            else:
                found += [place.line for place in self._objects(number) if place.text == value][:1]
        return found

    def _objects(self, number: int) -> Iterator[_Mention]:
        """What follows a property, up to the end of its values."""
        for mention in self._mentions[number + 1 :]:
            if mention.text in {";", "."}:
                return
            yield mention

    def _read(self, text: str) -> Iterator[_Mention]:
        depth, subject = 0, ""
        found = list(tokens(text))
        number = 0
        while number < len(found):
            token = found[number]
            directive = token.text.upper().lstrip("@")
            if depth == 0 and not subject and directive in {"PREFIX", "BASE"}:
                number += self._declare(directive, found[number + 1 : number + 3])
                continue
            if token.kind == "punctuation":
                depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(token.text, 0)
                if token.text in {";", "."}:
                    yield _Mention(token.text, subject, self._line(token))
                if token.text == "." and depth == 0:
                    subject = ""
                elif not subject and token.text in {"[", "("}:
                    subject = "_:"
            elif (term := self._term(token)) is not None:
                subject = subject or term
                yield _Mention(term, subject, self._line(token))
            number += 1

    def _declare(self, directive: str, following: list[Token]) -> int:
        """Take up a prefix or a base; the number of tokens that it is made of."""
        iris = [token.text[1:-1] for token in following if token.kind == "iri"][:1]
        if directive == "BASE":
            self._base = urljoin(self._base, iris[0] if iris else "")
            return 2
        if iris and following[0].kind == "name":
            self.prefixes[following[0].text.removesuffix(":")] = urljoin(self._base, iris[0])
        return 3

    def _term(self, token: Token) -> str | None:
        """The IRI, the text of a literal or the label of a blank node; None for other signs."""
        if token.kind == "iri":
            return urljoin(self._base, token.text[1:-1])
        if token.kind == "name":
            prefix, _, local = token.text.partition(":")
            return self.prefixes.get(prefix, f"{prefix}:") + local.replace("\\", "")
        if token.kind == "string":
            return unquoted(token.text)
        if token.kind == "word" and token.text == "a":
            return _TYPE
        return token.text if token.kind in {"word", "number", "blank"} else None

    def _line(self, token: Token) -> int:
        return bisect_right(self._newlines, token.start - 1) + 1


def unquoted(string: str) -> str:
    r"""What a string of Turtle or SPARQL says.

    >>> unquoted('"a \\"word\\""')
    'a "word"'
    """
    quotes = 3 if string[:3] in {'"""', "'''"} and len(string) >= 6 else 1
    inner = string[quotes:-quotes]
    if "\\" not in inner:
        return inner
    parts, position = [], 0
    while (start := inner.find("\\", position)) >= 0:
        parts.append(inner[position:start])
        character = inner[start + 1 : start + 2]
        digits = {"u": 4, "U": 8}.get(character, 0)
        number = inner[start + 2 : start + 2 + digits]
        parts.append(chr(int(number, 16)) if digits else _ESCAPES.get(character, character))
        position = start + 2 + digits
    return "".join([*parts, inner[position:]])
