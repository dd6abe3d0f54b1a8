"""What somebody wants of a catalog in, the codes of those roles out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import pyoxigraph as ox

from rolegraph.errors import QueryError, SelectionError
from rolegraph.export.extract import Extract
from rolegraph.model.catalog import Role, Status
from rolegraph.query import bind, load_query
from rolegraph.snapshot.opening import Snapshot
from rolegraph.snapshot.records import read_roles
from rolegraph.sparql_errors import explain
from rolegraph.store import evaluate

_MAX_KEPT: Final = 1000
"""Of so many selected roles the records stay in memory: of 50 components each, about 10 MiB."""
STATUSES: Final[tuple[str, ...]] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which roles to export: those that fit every field; a field that is empty fits all.

    `families` are codes, `levels` notations (`P5`) or the letters of a track (`P`), `statuses` those of
    role files, and `where` is the file of a SELECT query that gives roles.
    """

    families: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    where: Path | None = None

    @property
    def is_all(self) -> bool:
        """Whether it leaves nothing out."""
        return not (self.families or self.levels or self.statuses or self.where)

    def __str__(self) -> str:
        """The selection in words."""
        parts = [
            f"{name} {' or '.join(values)}"
            for name, values in (
                ("family", self.families),
                ("level", self.levels),
                ("status", self.statuses),
                ("in the answer of", (str(self.where),) if self.where else ()),
            )
            if values
        ]
        return ", ".join(parts) or "all roles"


def select(snapshot: Snapshot, selection: Selection, language: str = "") -> Extract:
    """Find the roles.

    Args:
        snapshot: what to export from.
        selection: which roles.
        language: of formats that hold one; that of the catalog when empty.
    Returns:
        the extract; `codes` is empty where no role fits.
    Raises:
        SelectionError: names a family, level, status or language that the catalog does not have, each
            with the nearest; all of them.
        QueryError: the query of `where` is no SELECT query, or gives something that is no role.
    """
    extract = Extract(snapshot, None, language)
    if selection.is_all and not language:
        return extract
    wanted = None if selection.where is None else _where(selection.where, extract)
    seen = _Seen()
    codes: set[str] = set()
    kept: list[Role] = []
    for role in seen.watch(read_roles(snapshot)):
        if _fits(role, selection, extract) and (wanted is None or role.code in wanted):
            codes.add(role.code)
            if len(kept) <= _MAX_KEPT:
                kept.append(role)
    _check(selection, extract, seen, language)
    if wanted is not None and wanted - seen.codes:
        found = min(wanted - seen.codes)
        raise QueryError(
            f"{selection.where}: {found!r} is no role of this snapshot; let the variable ?role, or the"
            " first one, give the IRIs or the codes of roles"
        )
    if not selection.is_all:
        extract.codes = frozenset(codes)
        extract.kept = tuple(kept) if len(kept) <= _MAX_KEPT else None
    return extract


class _Seen:
    """What the roles have, while they are read."""

    def __init__(self) -> None:
        self.codes: set[str] = set()
        self.families: set[str] = set()
        self.languages: set[str] = set()

    def watch(self, roles: Iterable[Role]) -> Iterator[Role]:
        for role in roles:
            self.codes.add(role.code)
            self.families.add(role.family)
            self.languages.update(role.title)
            yield role


def _fits(role: Role, selection: Selection, extract: Extract) -> bool:
    if selection.families and role.family not in selection.families:
        return False
    if selection.statuses and role.status not in selection.statuses:
        return False
    return not selection.levels or not {role.level, _track(extract, role.level)}.isdisjoint(selection.levels)


def _track(extract: Extract, level: str) -> str:
    """The track of a level as people write it: the last part of its IRI, such as P."""
    return extract.facts.levels[level].track.rstrip("/").rpartition("/")[2].rpartition("#")[2]


def _check(selection: Selection, extract: Extract, seen: _Seen, language: str) -> None:
    levels = set(extract.facts.levels)
    known = (
        ("family", selection.families, seen.families | set(extract.facts.taxonomy.families)),
        ("level or track", selection.levels, levels | {_track(extract, level) for level in levels}),
        ("status", selection.statuses, set(STATUSES)),
        ("title in language", (language.lower(),) if language else (), seen.languages),
    )
    unknown = [
        _unknown(what, name, names) for what, wanted, names in known for name in wanted if name not in names
    ]
    if unknown:
        raise SelectionError("\n".join(unknown))


def _unknown(what: str, name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name.upper(), [word.upper() for word in known], n=1, cutoff=0.5)
    meant = next((word for word in sorted(known) if near and word.upper() == near[0]), None)
    advice = f"did you mean {meant!r}?" if meant else f"there is {', '.join(sorted(known)[:12])}"
    return f"there is no {what} {name!r}; {advice}"


def _where(path: Path, extract: Extract) -> set[str]:
    """The codes that a query gives."""
    query = bind(load_query(path), {})
    try:
        results = evaluate(extract.store, query)
    except SyntaxError as error:
        raise QueryError(f"{path}: this is no SPARQL query: {explain(query, error)}") from error
    if not isinstance(results, ox.QuerySolutions) or not results.variables:
        raise QueryError(f"{path}: this gives no solutions; write a SELECT query that gives roles")
    names = [variable.value for variable in results.variables]
    column = names.index("role") if "role" in names else 0
    prefix = extract.iris.role("")
    values = (row[column] for row in results)
    return {str(getattr(value, "value", value)).removeprefix(prefix) for value in values if value is not None}
