"""A catalog directory in, a graph to ask from Python out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pyoxigraph as ox
from oxrdflib import OxigraphStore
from rdflib import Dataset

from rolegraph.errors import QueryError
from rolegraph.query import bind, load_query, parse_query
from rolegraph.snapshot import Snapshot, open_snapshot, open_store
from rolegraph.store import evaluate

Row = dict[str, str | int | float | bool | None]

_NUMBER_TYPES: dict[str, type[int] | type[float]] = {
    "integer": int, "int": int, "long": int, "decimal": float, "double": float, "float": float,
}  # fmt: skip
_XSD = "http://www.w3.org/2001/XMLSchema#"


class RoleGraph:
    """The current snapshot of a catalog, read-only; build again and reopen to see changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def store(self) -> ox.Store:
        """The store itself, for what this class does not offer."""
        return open_store(self.snapshot)

    @cached_property
    def dataset(self) -> Dataset:
        """An rdflib Dataset over the store; its default graph is the union of all graphs."""
        return Dataset(store=OxigraphStore(store=self.store), default_union=True)

    def query(self, query: str, **parameters: object) -> Iterator[Row] | bool | Iterator[ox.Triple]:
        """Answer a shipped query by name, or SPARQL.

        Args:
            query: a name such as `ladder`, the path of an `.rq` file, or the text of a query.
            parameters: the query's parameters, `_` for `-`; a list gives several values.
        Returns:
            rows as dicts for SELECT (numbers and booleans as Python values, all else as text, None for
            unbound), a bool for ASK, triples for CONSTRUCT and DESCRIBE.
        Raises:
            QueryError: the query or a parameter is wrong; UnknownQuery: there is no query of that name.
            Forbidden: the query calls SERVICE.

        >>> # rolegraph.open("data").query("ladder", family="SRES")
        """
        is_text = any(char in query for char in "{\n")
        named = parse_query(query, "query") if is_text else load_query(query)
        values = {name.replace("_", "-"): _texts(value) for name, value in parameters.items()}
        text = bind(named, values)
        try:
            results = evaluate(self.store, text)
        except SyntaxError as error:
            raise QueryError(f"the query is no SPARQL: {error}") from error
        if isinstance(results, ox.QuerySolutions):
            return _rows(results)
        return bool(results) if isinstance(results, ox.QueryBoolean) else iter(results)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for name in ("dataset", "store"):
            self.__dict__.pop(name, None)


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _rows(solutions: ox.QuerySolutions) -> Iterator[Row]:
    names = [variable.value for variable in solutions.variables]
    for solution in solutions:
        yield {name: _python(value) for name, value in zip(names, solution, strict=True)}


def _python(term: Any) -> str | int | float | bool | None:
    if not isinstance(term, ox.Literal):
        return None if term is None else str(getattr(term, "value", term))
    kind = term.datatype.value.removeprefix(_XSD)
    if kind == "boolean":
        return term.value == "true"
    number = _NUMBER_TYPES.get(kind)
    try:
        return number(term.value) if number is not None else term.value
    except ValueError:  # a lexical form outside its datatype is still what the graph holds
        return term.value


def open_catalog(directory: str | Path) -> RoleGraph:
    """Open the current snapshot of a catalog.

    Args:
        directory: the catalog's root, where `rolegraph.toml` lies.
    Raises:
        StoreError: nothing was built yet.
    """
    return RoleGraph(open_snapshot(Path(directory)))
