"""The brackets of a SPARQL text in, a refusal of what its engine would not survive out.

Oxigraph's parser, optimiser and evaluator call themselves for each bracket in a bracket, and for each
member of a group or chain. Too many of either end the process, so they are counted first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from rolegraph.errors import QueryError

MAX_NESTING: Final = 128
"""Brackets in brackets. On a stack of 8 MiB, Oxigraph 0.5.13 dies at 832 (of NOT EXISTS in NOT EXISTS)."""
MAX_WIDTH: Final = 1000
"""Members of groups and links of chains on the way to the deepest part: it dies at 2,560 (of BIND)."""

OPENS: Final = frozenset("{([")
CLOSES: Final = {")": "(", "}": "{", "]": "[", ">>": "<<"}
_BRACKET = re.compile(r"(<<|>>|[{}()\[\]])")
_SIGNS: Final = "!+-*/|&^~.;,"
_BESIDE_LISTS = re.compile(r"[(\])>]([^(){}\[\]]*)")
_BEFORE_WORD: Final = r"(?<![\w:?$@.\-%])"
_DATA_FOLLOWS = re.compile(rf"{_BEFORE_WORD}(?:DATA|INSERT|DELETE|CONSTRUCT)\s*$", re.IGNORECASE)
_VALUES = re.compile(rf"{_BEFORE_WORD}VALUES(?![\w:.\-])", re.IGNORECASE)


@dataclass(slots=True)
class Level:
    """One open bracket, or the text around all brackets.

    Attributes:
        is_data: whether it holds terms and templates only, which the engine takes without recursion.
        has_values: whether the next group in it belongs to VALUES.
        links: the length of the chain that goes on; `longest` is that of the longest.
        below: the greatest width of a bracket that was closed in it.
    """

    opening: str
    is_data: bool = False
    has_values: bool = False
    links: int = 0
    longest: int = 0
    below: int = 0


class Brackets:
    """The brackets that are open, from the text around all of them to the innermost."""

    def __init__(self) -> None:
        self._levels = [Level("")]

    @property
    def depth(self) -> int:
        """How many brackets are open."""
        return len(self._levels) - 1

    @property
    def level(self) -> Level:
        """The innermost."""
        return self._levels[-1]

    def open(self, opening: str, *, is_data: bool = False) -> None:
        """Enter a bracket, which is a member of the one around it.

        Raises:
            QueryError: it is one too many.
        """
        self.add()
        if self.depth == MAX_NESTING:
            raise QueryError(f"the text is nested deeper than {MAX_NESTING} brackets; write it flatter")
        is_data = is_data or self.level.is_data
        if opening == "{":
            is_data = is_data or self.level.has_values
            self.level.has_values = False
        self._levels.append(Level(opening, is_data))

    def close(self, opening: str) -> None:
        """Leave the innermost bracket if it was opened like this.

        Else no grammar goes on from here, and nothing may count for less.
        """
        if self.level.opening == opening:
            closed = self._levels.pop()
            self.level.below = max(self.level.below, closed.longest + closed.below)
            self._check()

    def add(self, links: int = 1) -> None:
        """Count members of a group, or operators of a chain.

        Raises:
            QueryError: they are too many.
        """
        level = self.level
        if not level.is_data:
            level.links += links
            level.longest = max(level.longest, level.links)
            self._check()

    def end_chain(self) -> None:
        """Begin the next argument, or the next operation of an update."""
        self.level.links = 0

    def _check(self) -> None:
        if self.level.longest + self.level.below > MAX_WIDTH:
            raise QueryError(
                f"more than {MAX_WIDTH} patterns, operators or expressions in one group or chain; "
                "VALUES and IN take lists of any length"
            )

    def fork(self) -> Brackets:
        """A copy that goes its own way."""
        other = Brackets()
        other._levels = [replace(level) for level in self._levels]
        return other

    def key(self) -> tuple[object, ...]:
        """A value that is equal for equal brackets."""
        return tuple((x.opening, x.is_data, x.has_values, x.links, x.longest, x.below) for x in self._levels)


def is_modest(outline: str) -> bool:
    """Whether a look at a text's outline shows that it keeps to the limits; False leaves it open."""
    openings = sum(map(outline.count, ("{", "(", "[", "<<")))
    members = openings + sum(map(outline.count, _SIGNS))
    if members <= MAX_WIDTH and (openings <= MAX_NESTING or _depth(outline) <= MAX_NESTING):
        beside = [outline] if "describe" in outline.lower() else _BESIDE_LISTS.findall(outline)
        if members + sum(len(part.split()) for part in beside) <= MAX_WIDTH:
            return True
    return _is_modest_by_parts(outline)


def _depth(outline: str) -> int:
    deepest, opened = 0, []
    for bracket in _BRACKET.findall(outline):
        if bracket not in CLOSES:
            opened.append(bracket)
            deepest = max(deepest, len(opened))
        elif opened and opened[-1] == CLOSES[bracket]:
            opened.pop()
    return deepest


def _is_modest_by_parts(outline: str) -> bool:
    brackets, last = Brackets(), ""
    describes = "describe" in outline.lower()
    try:
        for part in _BRACKET.split(outline):
            if part in OPENS or part == "<<":
                brackets.open(part, is_data=part == "{" and _DATA_FOLLOWS.search(last) is not None)
            elif part in CLOSES:
                brackets.close(CLOSES[part])
            elif part:
                _add_part(brackets, part, describes=describes)
            last = part
    except QueryError:
        return False
    return True


def _add_part(brackets: Brackets, part: str, *, describes: bool) -> None:
    """Count what stands between two brackets: signs, and where terms form a list, all words."""
    level = brackets.level
    if level.is_data:
        return
    is_list = level.opening == "(" or (describes and not level.opening)
    separator = {"(": ",", "": ";"}.get(level.opening)
    for index, run in enumerate(part.split(separator) if separator else [part]):
        if index:
            brackets.end_chain()
        brackets.add(sum(map(run.count, _SIGNS)) + (len(run.split()) if is_list else 0))
    if _VALUES.search(part):
        level.has_values = True
