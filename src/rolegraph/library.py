"""A catalog directory in, a graph to ask from Python out."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

import pyoxigraph as ox
from oxrdflib import OxigraphStore
from rdflib import Dataset

from rolegraph import resources
from rolegraph.config import read_config
from rolegraph.errors import MissingPackage, Problems, QueryError, StoreError, UnknownRole
from rolegraph.iris import Iris
from rolegraph.model.release import HISTORY_GRAPH
from rolegraph.query import HISTORY_PARAMETER, NamedQuery, bind, load_query, parse_query
from rolegraph.role_profile import RoleProfile, read_profile, titles
from rolegraph.snapshot import Snapshot, open_snapshot, open_store
from rolegraph.snapshot.history import History, find_history
from rolegraph.sparql_errors import explain
from rolegraph.store import Results, evaluate, evaluate_history

if TYPE_CHECKING:
    from pandas import DataFrame

Value = str | int | float | bool | None
Row = dict[str, Value]

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS: Final = frozenset(
    f"{_XSD}{name}"
    for name in (
        "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort",
        "unsignedByte",
    )
)  # fmt: skip
_FLOATS: Final = frozenset(f"{_XSD}{name}" for name in ("decimal", "double", "float"))
_BOOLEAN: Final = _XSD + "boolean"


class Rows(Iterator[Row]):
    """The rows of a SELECT query, read once: each is computed when it is asked for.

    >>> rows = graph.query("ladder", family="SRES")
    >>> rows.variables[:3]
    ('family', 'track', 'level')
    >>> next(rows)["role"]
    'SRES.GEN.P2'
    >>> [row["role"] for row in rows if row["track"] == "M"]
    ['SRES.GEN.M2']
    """

    def __init__(self, solutions: ox.QuerySolutions) -> None:
        self.variables: tuple[str, ...] = tuple(variable.value for variable in solutions.variables)
        self._solutions = solutions

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Row:
        return dict(zip(self.variables, map(_value, next(self._solutions)), strict=True))

    def to_pandas(self) -> DataFrame:
        """The rows that are left, as a pandas DataFrame with one column for each variable.

        Columns of whole numbers, numbers, booleans and texts have pandas' own types of those, in
        which an unbound variable is `<NA>`; a column that mixes them holds Python values.

        Raises:
            MissingPackage: pandas is not installed.

        >>> frame = graph.query("ladder", family="SRES").to_pandas()
        >>> float(frame["rank"].max())
        6.0
        """
        try:
            import pandas as pd  # noqa: PLC0415  # optional, and slower to load than all of rolegraph
        except ModuleNotFoundError as error:
            raise MissingPackage(
                "to_pandas needs pandas, which is not installed; run `pip install 'rolegraph[pandas]'`"
            ) from error
        columns: list[list[Value]] = [[] for _ in self.variables]
        for row in self:
            for column, value in zip(columns, row.values(), strict=True):
                column.append(value)
        named = zip(self.variables, columns, strict=True)
        return pd.DataFrame({name: pd.array(column) for name, column in named})


class RoleGraph:
    """The current snapshot of a catalog, read-only; build again and reopen to see changes.

    Args:
        snapshot: what to ask.
        language: the catalog's own; texts in it come first.
        folders: where the catalog keeps queries of its own.
        history: the store for queries that name a release.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        language: str = "en",
        folders: tuple[Path, ...] = (),
        history: History | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.history = history
        self.language = language
        self._folders = folders

    @cached_property
    def store(self) -> ox.Store:
        """The store itself, for what this class does not offer."""
        return open_store(self.snapshot)

    @cached_property
    def history_store(self) -> ox.Store:
        """The store that holds the releases beside the current graphs, where there are any.

        Raises:
            StoreError: nothing is released.
        """
        if self.history is None:
            raise StoreError("nothing is released yet; `rolegraph release` does that")
        return self.history.open_store()

    @cached_property
    def dataset(self) -> Dataset:
        """An rdflib Dataset over the store; its default graph is the union of all graphs.

        >>> roles = "SELECT ?role { ?role a <https://w3id.org/rolegraph/ns#Role> }"
        >>> len(graph.dataset.query(roles)) == len(graph.roles())
        True
        """
        return Dataset(store=OxigraphStore(store=self.store), default_union=True)

    def query(self, query: str, **parameters: object) -> Rows | bool | Iterator[ox.Triple]:
        """Answer a query by its name, or SPARQL.

        A query that names the graph of a release (`{base}graph/release/{version}`) or of history sees it;
        others see the current graphs alone.

        Args:
            query: a name such as `ladder` (of a file in the catalog's `queries` folder, or one that
                ships), or the text of a query.
            parameters: the query's parameters, `_` for `-`; a list gives several values. A `language`
                that is not given is the catalog's.
        Returns:
            for SELECT the rows as dicts (numbers and booleans as Python values, all else as text, None
            for unbound), for ASK a bool, for CONSTRUCT and DESCRIBE the triples.
        Raises:
            QueryError: the query or a parameter is wrong; UnknownQuery: there is no query of that name.
            Forbidden: the query calls SERVICE.

        >>> for row in graph.query("nearest-roles", role="SRES.GEN.P5", max_position=2):
        ...     print(row["neighbour"], row["distance"], row["band"])
        SRES.GEN.P4 0.1 confident
        SRES.GEN.P6 0.1 confident
        >>> graph.query("ASK { ?role a <https://w3id.org/rolegraph/ns#Role> }")
        True
        """
        is_text = any(char in query for char in "{\n")
        named = parse_query(query, "query") if is_text else load_query(query, self._folders)
        values = {name.replace("_", "-"): _texts(value) for name, value in parameters.items()}
        own = {parameter.name for parameter in named.params}
        defaults = {"language": self.language, HISTORY_PARAMETER: self._history_graph}
        for name in own & defaults.keys():
            values.setdefault(name, [defaults[name]])
        results = self._evaluate(named, values)
        if isinstance(results, ox.QuerySolutions):
            return Rows(results)
        return bool(results) if isinstance(results, ox.QueryBoolean) else iter(results)

    @property
    def _history_graph(self) -> str:
        return Iris(self.snapshot.base_iri).graph(HISTORY_GRAPH)

    def roles(self) -> dict[str, str]:
        """The title of every role by its code, in the catalog's language where there is one in it.

        >>> graph.roles()["SRES.GEN.P3"]
        'Site Reliability Engineer'
        """
        return titles(self._ask_part("roles"), self.language)

    def role(self, code: str) -> RoleProfile:
        """Everything that the graph holds of one role, as a plain record.

        `msgspec.to_builtins` and `msgspec.json.encode` turn the record into dicts and JSON.

        Args:
            code: such as `SRES.GEN.P5`.
        Raises:
            UnknownRole: the graph holds no role of this code; the message names the nearest.

        >>> role = graph.role("SRES.GEN.P5")
        >>> role.title["en"], role.family_label["en"], role.rank
        ('Staff Site Reliability Engineer', 'Site reliability engineering', 5.0)
        >>> [use.label["en"] for use in role.components("skill")][:2]
        ['System design', 'Observability']
        >>> role.neighbours[0].code, role.neighbours[0].move
        ('SRES.GEN.P4', 'step_back')
        >>> graph.role("SRES.GEN.P9")
        Traceback (most recent call last):
        rolegraph.errors.UnknownRole: there is no role 'SRES.GEN.P9'; did you mean 'SRES.GEN.P6'?
        """
        profile = read_profile(lambda part: self._ask_part(part, code), self.language) if code else None
        if profile is None:
            close = difflib.get_close_matches(code, self.roles(), n=1, cutoff=0.5)
            advice = f"did you mean {close[0]!r}?" if close else "`roles()` lists all codes"
            raise UnknownRole(f"there is no role {code!r}; {advice}")
        return profile

    def _ask_part(self, part: str, code: str | None = None) -> Rows:
        query = load_query(resources.folder("queries") / "role" / f"{part}.rq")
        results = self._evaluate(query, {} if code is None else {"code": [code]})
        return Rows(cast("ox.QuerySolutions", results))  # all of these files are SELECT queries

    def _evaluate(self, query: NamedQuery, values: dict[str, list[str]]) -> Results:
        text = bind(query, values)
        try:
            if self.history is not None and self.history.graphs.are_named(text):
                return evaluate_history(self.history_store, self.history.graphs, text)
            return evaluate(self.store, text)
        except SyntaxError as error:
            raise QueryError(f"the query is no SPARQL: {explain(text, error)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for name in ("dataset", "store", "history_store"):
            self.__dict__.pop(name, None)


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _value(term: Any) -> Value:
    if not isinstance(term, ox.Literal):
        return None if term is None else str(getattr(term, "value", term))
    datatype = term.datatype.value
    if datatype == _BOOLEAN:
        return term.value == "true"
    try:
        if datatype in _INTEGERS:
            return int(term.value)
        return float(term.value) if datatype in _FLOATS else term.value
    except ValueError:  # a lexical form outside its datatype is still what the graph holds
        return term.value


def open_catalog(directory: str | Path) -> RoleGraph:
    """Open the current snapshot of a catalog.

    Args:
        directory: the catalog's root, where `rolegraph.toml` lies.
    Raises:
        StoreError: nothing was built yet; ConfigError: `rolegraph.toml` is missing.
    """
    root = Path(directory)
    snapshot = open_snapshot(root)
    config = read_config(root, Problems())
    language = config.catalog.language if config is not None else "en"
    return RoleGraph(snapshot, language, (root / "queries",), find_history(root, snapshot))
