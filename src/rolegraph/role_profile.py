"""Rows of the queries in `queries/role/` in, one role as a plain record out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec

from rolegraph.model import catalog as model
from rolegraph.model.catalog import Dimension, Kind, Labels

Rows = Iterable[Mapping[str, Any]]
Ask = Callable[[str], Rows]
"""Answers one query of `queries/role/`, by its name, for the role in question."""

_LABELS: Final = ("title", "family_label", "specialisation_label", "level_label")
_TEXTS: Final = (
    "summary", "history_note", "level_title", "level_summary", "super_function_label", "level_definition",
)  # fmt: skip
_STORY: Final = (
    "character", "external_problem", "internal_problem", "philosophical_problem", "stakes", "success",
)  # fmt: skip


class RoleUse(model.ComponentUse, frozen=True, kw_only=True):
    """A role's use of a component, with the component's IRI.

    `label` holds the component's own labels, which another spelling in the role's file does not change.
    """

    iri: str


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A role nearby, as the build computed it: `distance` is 0..1, `position` counts from the nearest."""

    position: int
    code: str
    title: Labels
    distance: float
    taxonomy_distance: float
    level_distance: float
    move: str
    band: str
    reason: str | None = None
    edition: str


class RoleProfile(model.Role, frozen=True, kw_only=True):
    """One role: what its file says (the fields of `Role`), and what the graph knows beside that.

    Texts are dicts by language tag, the catalog's own language first. `descriptors` is what the role
    itself says of its level, `level_descriptors` what the level scheme says. `track` is the track's
    letter, `rank` the level's place on the scale that all tracks share, experience is in years.
    `mappings` are the role's own; the query `inherited-mappings` adds those of its family.
    """

    iri: str
    family_label: Labels
    specialisation_label: Labels
    super_function: str | None = None
    super_function_label: Labels | None = None
    level_iri: str
    level_label: Labels
    level_definition: Labels | None = None
    level_descriptors: dict[Dimension, Labels] = msgspec.field(default_factory=dict)
    track: str
    rank: float
    experience_min_years: float | None = None
    experience_max_years: float | None = None
    uses: tuple[RoleUse, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()

    def components(self, kind: Kind) -> tuple[RoleUse, ...]:
        """The components of one kind, in the order of the role's list."""
        return tuple(use for use in self.uses if use.kind == kind)


def read_profile(ask: Ask, language: str) -> RoleProfile | None:
    """Read one role.

    Args:
        ask: answers the queries of `queries/role/` for that role.
        language: the language that comes first in every set of texts.
    Returns:
        the role; None when the graph holds no role of that code.
    """
    facts = next(iter(ask("facts")), None)
    if facts is None:
        return None
    rows = list(ask("uses"))
    texts = _Texts(ask("texts"), language)
    values: dict[str, Any] = {_field(name): value for name, value in facts.items() if value is not None}
    values |= {name: texts.labels(name) for name in _LABELS}
    values |= {name: texts.optional(name) for name in _TEXTS}
    return RoleProfile(
        **values,
        focus=values["code"].split(".")[1],
        story=_story(texts),
        descriptors=texts.by_dimension("descriptors"),
        level_descriptors=texts.by_dimension("level_descriptors"),
        uses=_uses(rows, language),
        none_recorded=_kinds(row["kind"] for row in rows if row["component"] is None),
        aliases=tuple(model.TitleAlias(**row) for row in ask("aliases")),
        mappings=tuple(_mapping(row) for row in ask("mappings")),
        neighbours=_neighbours(ask("neighbours"), language),
    )


def titles(rows: Rows, language: str) -> dict[str, str]:
    """Code -> title in the given language, or in the first that there is."""
    return {
        code: next(iter(_labels(group, "title", language).values()))
        for code, group in groupby(rows, key=lambda row: row["code"])
    }


class _Texts:
    """The rows of `texts.rq` by field."""

    def __init__(self, rows: Rows, language: str) -> None:
        self._fields = {
            field: list(group) for field, group in groupby(rows, key=lambda row: str(row["field"]))
        }
        self._language = language

    def labels(self, field: str) -> Labels:
        return _labels(self._fields.get(field, ()), "text", self._language)

    def optional(self, field: str) -> Labels | None:
        return self.labels(field) or None

    def steps(self, field: str) -> tuple[Labels, ...]:
        groups = groupby(self._fields.get(field, ()), key=lambda row: row["position"])
        return tuple(_labels(group, "text", self._language) for _, group in groups)

    def by_dimension(self, field: str) -> dict[Dimension, Labels]:
        found = {dimension: self.labels(f"{field} {dimension}") for dimension in model.DIMENSIONS}
        return {dimension: labels for dimension, labels in found.items() if labels}


def _field(variable: str) -> str:
    """The field of a variable: `?levelIri` is `level_iri`."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in variable)


def _labels(rows: Rows, variable: str, language: str) -> Labels:
    found = {row["language"]: row[variable] for row in rows}
    return {tag: found[tag] for tag in sorted(found, key=lambda tag: (tag != language, tag))}


def _kinds(found: Iterable[str]) -> tuple[Kind, ...]:
    present = set(found)
    return tuple(kind for kind in model.KINDS if kind in present)


def _story(texts: _Texts) -> model.Story | None:
    fields = {name: texts.optional(name) for name in _STORY}
    plan = texts.steps("plan")
    return model.Story(**fields, plan=plan) if plan or any(fields.values()) else None


def _uses(rows: Sequence[Mapping[str, Any]], language: str) -> tuple[RoleUse, ...]:
    groups = groupby(
        (row for row in rows if row["component"] is not None),
        key=lambda row: (row["kind"], row["position"], row["component"]),
    )
    uses = [_use(list(group), language) for _, group in groups]
    return tuple(sorted(uses, key=lambda use: (model.KINDS.index(use.kind), use.position, use.iri)))


def _use(rows: Sequence[Mapping[str, Any]], language: str) -> RoleUse:
    first = rows[0]
    return RoleUse(
        iri=first["component"],
        kind=first["kind"],
        label=_labels(rows, "label", language),
        position=first["position"],
        tags=tuple(dict.fromkeys(row["tag"] for row in rows if row["tag"] is not None)),
        importance=first["importance"],
        proficiency=first["proficiency"],
    )


def _mapping(row: Mapping[str, Any]) -> model.Mapping:
    return model.Mapping(**{_field(name): value for name, value in row.items() if value is not None})


def _neighbours(rows: Rows, language: str) -> tuple[Neighbour, ...]:
    found = []
    for _, group in groupby(rows, key=lambda row: row["neighbour"]):
        same = list(group)
        values = {_field(name): value for name, value in same[0].items()}
        code = values.pop("neighbour")
        del values["language"]
        found.append(Neighbour(**values | {"code": code, "title": _labels(same, "title", language)}))
    return tuple(found)
