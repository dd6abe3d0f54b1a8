"""A property path in SPARQL's syntax in, the same path as SHACL describes it in Turtle out (SHACL 2.3.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(r"<[^<>]*>|[()^/|*+?]|[^()^/|*+?<>\s]+")
_OPERATORS: Final = frozenset("()^/|*+?")
_UNARY: Final = {"*": "sh:zeroOrMorePath", "+": "sh:oneOrMorePath", "?": "sh:zeroOrOnePath"}


def path_term(path: str, name_term: Callable[[str], str]) -> str:
    """Describe a path in Turtle.

    Args:
        path: as a finding has it: short names, or IRIs in `<>`, with SPARQL's operators between them.
            A text that is no such path is taken for the name of one property.
        name_term: gives the Turtle of a name.
    """
    # An IRI that was cut short, or stands without brackets, has slashes of its own.
    return _read(path, name_term) if "://" not in re.sub(r"<[^<>]*>", "", path) else name_term(path)


def _read(path: str, name_term: Callable[[str], str]) -> str:
    tokens = _TOKEN.findall(path)
    reader = _Reader(tokens, name_term)
    try:
        term = reader.alternative()
    except IndexError:
        return name_term(path)
    return term if reader.at == len(tokens) else name_term(path)


class _Reader:
    """Reads tokens from left to right; the methods are the grammar's rules, the loosest first."""

    def __init__(self, tokens: list[str], name_term: Callable[[str], str]) -> None:
        self.at = 0
        self._tokens = tokens
        self._name_term = name_term

    def alternative(self) -> str:
        parts = [self.sequence()]
        while self._takes("|"):
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else f"[ sh:alternativePath ( {' '.join(parts)} ) ]"

    def sequence(self) -> str:
        parts = [self.inverse()]
        while self._takes("/"):
            parts.append(self.inverse())
        return parts[0] if len(parts) == 1 else f"( {' '.join(parts)} )"

    def inverse(self) -> str:
        return f"[ sh:inversePath {self.inverse()} ]" if self._takes("^") else self.repeated()

    def repeated(self) -> str:
        term = self.primary()
        while self.at < len(self._tokens) and self._tokens[self.at] in _UNARY:
            term = f"[ {_UNARY[self._tokens[self.at]]} {term} ]"
            self.at += 1
        return term

    def primary(self) -> str:
        if self._takes("("):
            term = self.alternative()
            if not self._takes(")"):
                raise IndexError
            return term
        name = self._tokens[self.at]
        if name in _OPERATORS:
            raise IndexError
        self.at += 1
        return self._name_term(name.removeprefix("<").removesuffix(">"))

    def _takes(self, token: str) -> bool:
        if self.at < len(self._tokens) and self._tokens[self.at] == token:
            self.at += 1
            return True
        return False
