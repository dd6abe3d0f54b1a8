"""A part of a map in, the sources within it and the columns that these read out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from rolegraph.documents import Path as Place
from rolegraph.model.table_map import Rule, Source, TableRules

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def as_rules(source: Source) -> tuple[Rule, ...]:
    """The alternatives of a source; a bare name is a column."""
    items = source if isinstance(source, tuple) else (source,)
    return tuple(_column(item) if isinstance(item, str) else item for item in items)


@cache
def _column(name: str) -> Rule:
    return Rule(column=name)


def rules_of(source: Source, place: Place = ()) -> Iterator[tuple[Place, Rule]]:
    """Every rule of a source with its place, those of its languages too."""
    is_list = isinstance(source, tuple)
    for index, rule in enumerate(as_rules(source)):
        here = (*place, index) if is_list else place
        yield here, rule
        for language, inner in (rule.languages or {}).items():
            yield from rules_of(inner, (*here, "languages", language))


def sources_of(part: Struct, place: Place = ()) -> Iterator[tuple[Place, Source]]:
    """Every source of a part of a map, with its place; the columns of a role's key count as one."""
    for name in part.__struct_fields__:
        value, here = getattr(part, name), (*place, name)
        if name == "kind":
            continue
        if isinstance(value, str | Rule) or _is_list_of_sources(value):
            yield here, value
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from sources_of(item, (*here, index))
        elif isinstance(value, Struct):
            yield from sources_of(value, here)


def _is_list_of_sources(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(item, str | Rule) for item in value)


def sources_of_table(rules: TableRules) -> Iterator[tuple[Place, Source]]:
    """Every source of a table, with its place in the table."""
    if rules.role is not None:
        yield from sources_of(rules.role, ("role",))
    for index, component in enumerate(rules.components):
        yield from sources_of(component, ("components", index))


def columns_of(rules: TableRules) -> set[str]:
    """The columns that a table of a map reads."""
    every = [rule for _, source in sources_of_table(rules) for _, rule in rules_of(source)]
    columns = {rule.column for rule in every if rule.column is not None}
    columns |= {rules.language_column} if rules.language_column is not None else set()
    return columns | {name for rule in every for name in PLACEHOLDER.findall(rule.template or "")}
