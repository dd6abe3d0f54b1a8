"""A check and the data in, its results out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import Literal

from rolegraph.errors import ShapeError
from rolegraph.shacl import prebinding
from rolegraph.shacl.compile import Check
from rolegraph.shacl.data import Data
from rolegraph.shacl.defaults import default_message
from rolegraph.shacl.lexical import decode
from rolegraph.shacl.paths import Path
from rolegraph.shacl.results import Result, Term

_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")


def run_check(data: Data, check: Check) -> Iterator[Result]:
    """Run one check.

    Raises:
        ShapeError: its query says that it cannot be answered (`?failure`, SHACL 5.3.2).
    """
    select = check.select
    if not select.focus:
        yield from _results(check, data.query(select.text), None)
        return
    for [focus] in data.query(select.focus):
        if isinstance(focus, ox.BlankNode):  # SPARQL has no name for it
            yield from _results(check, data.query(select.text, focus), focus)
        else:
            yield from _results(check, data.query(prebinding.bind_this(select.text, str(focus))), focus)


@dataclass(frozen=True, slots=True)
class _Row:
    """A solution, by the names of its variables."""

    columns: dict[str, int]
    solution: ox.QuerySolution

    def get(self, name: str) -> Term | None:
        """What a variable is bound to."""
        number = self.columns.get(name)
        found = None if number is None else self.solution[number]
        return None if found is None or isinstance(found, ox.Triple) else decode(found)


def _results(check: Check, solutions: ox.QuerySolutions, focus: Term | None) -> Iterator[Result]:
    columns = {variable.value: number for number, variable in enumerate(solutions.variables)}
    messages = check.messages or (default_message(check),)
    for solution in solutions:
        row = _Row(columns, solution)
        if check.select.failure and row.get("failure") == ox.Literal(True):
            raise ShapeError(f"{check.shape.node}: the query says that it failed (?failure)")
        node, path, value = row.get("this") or focus, row.get("path"), row.get("value")
        if node is None:
            raise ShapeError(f"{check.shape.node}: a query gives back no $this")
        yield Result(
            focus_node=node,
            path=Path(path.value) if isinstance(path, ox.NamedNode) else check.path,
            value=node if value is None and check.value_is_focus else value,
            component=check.component,
            severity=check.shape.severity,
            shape=check.shape.node,
            messages=_filled(messages, row),
        )


def _filled(messages: tuple[Literal, ...], row: _Row) -> tuple[Literal, ...]:
    """What to say: the query's own `?message`, or the shape's with values in place of variables."""
    own = row.get("message")
    if isinstance(own, ox.Literal):
        return (Literal(own.value, lang=own.language),)
    return tuple(
        Literal(_PLACEHOLDER.sub(lambda match: _shown(row, match), message), lang=message.language)
        if "{" in message
        else message
        for message in messages
    )


def _shown(row: _Row, match: re.Match[str]) -> str:
    value = row.get(match[1])
    return match[0] if value is None else value.value
