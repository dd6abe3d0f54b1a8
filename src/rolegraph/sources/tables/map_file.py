"""A MAP.toml in, a checked map out, or every fault it has; no table is opened for that."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, get_args

from rolegraph import documents, resources
from rolegraph.documents import Path as Place
from rolegraph.documents import suggestion
from rolegraph.errors import Problems
from rolegraph.model import catalog
from rolegraph.model.table_map import Rule, Source, TableMap, TableRules
from rolegraph.sources.tables.columns import PLACEHOLDER, rules_of, sources_of_table
from rolegraph.toml import TomlDocument, read_toml

_LISTS: Final = frozenset(
    ["components", "aliases", "codes", "tags", "alternative_labels", "same_as", "none_recorded", "plan"]
)
"""Keys below which a source may give several values."""
_CLOSED: Final[dict[str, tuple[str, ...]]] = {
    "importance": get_args(catalog.Importance),
    "tags": get_args(catalog.ScopeTag),
    "approval": get_args(catalog.Approval),
    "status": get_args(catalog.Status),
    "none_recorded": catalog.KINDS,
    "proficiency": ("1", "2", "3", "4", "5"),
}
"""Keys whose values come from a closed list."""


def shipped_maps() -> dict[str, Path]:
    """The maps that come with rolegraph, by name."""
    return {path.stem: path for path in sorted(resources.folder("maps").glob("*.toml"))}


def map_schema() -> dict[str, Any]:
    """The published JSON Schema of a map."""
    schema = documents.json_schema(TableMap)
    return {
        "$schema": schema.pop("$schema"),
        "$id": "https://w3id.org/rolegraph/schema/table-map.schema.json",
        "title": "A map from tables to the roles of a rolegraph catalog",
        **schema,
    }


def find_map(name: str, problems: Problems) -> Path | None:
    """The file of a map: a path, or the name of a shipped one; what is neither is reported."""
    if Path(name).is_file():
        return Path(name)
    shipped = shipped_maps()
    if name not in shipped:
        instead = f"name a file, or one of the shipped maps: {', '.join(shipped)}"
        problems.error(name, 0, "there is no such map", instead)
    return shipped.get(name)


def read_map(path: Path, levels: Collection[str], problems: Problems) -> TableMap | None:
    """Read and check a map.

    Args:
        path: the file.
        levels: the level notations of the catalog.
        problems: receives every fault with its line.
    Returns:
        the map, or None when it has a fault.
    """
    document = read_toml(path, str(path), problems)
    if document is None:
        return None
    before = len(problems.errors)
    mapping = documents.convert(document.data, TableMap, str(path), document.line_of, problems)
    if mapping is not None:
        _Check(str(path), document, levels, problems).run(mapping)
    return mapping if len(problems.errors) == before else None


class _Check:
    """Looks for faults that the form of a map alone does not say."""

    def __init__(
        self, name: str, document: TomlDocument, levels: Collection[str], problems: Problems
    ) -> None:
        self._name = name
        self._line_of = document.line_of
        self._closed = {**_CLOSED, "level": tuple(sorted(levels))}
        self._problems = problems

    def _error(self, place: Place, found: str, instead: str) -> None:
        self._problems.error(self._name, self._line_of(place), found, instead)

    def run(self, mapping: TableMap) -> None:
        self._tag(mapping.language, ("language",))
        self._roles(mapping)
        for index, rules in enumerate(mapping.table):
            place: Place = ("table", index)
            self._tag(rules.language, (*place, "language"))
            if rules.language is not None and rules.language_column is not None:
                found = "the table has both language and language_column"
                self._error((*place, "language_column"), found, "keep one of the two")
            self._table(rules, place)
            for inner, source in sources_of_table(rules):
                self._source(source, (*place, *inner))

    def _tag(self, tag: str | None, place: Place) -> None:
        if tag is not None and not re.fullmatch(documents.LANGUAGE_PATTERN, tag):
            self._error(place, f"{tag!r} is no language tag", "write a BCP 47 tag such as en or pt-BR")

    def _table(self, rules: TableRules, place: Place) -> None:
        if rules.role is None and not rules.components:
            self._error(place, "the table gives neither roles nor components", "add [table.role] below it")
        try:
            codecs.lookup(rules.encoding)
        except LookupError:
            found = f"{rules.encoding!r} is no encoding"
            self._error((*place, "encoding"), found, "write one such as utf-8, utf-16 or cp1252")

    def _roles(self, mapping: TableMap) -> None:
        """Roles need keys of one length and, from any of the tables, a title and what a code is made of."""
        tables = [
            (("table", index, "role"), rules.role)
            for index, rules in enumerate(mapping.table)
            if rules.role is not None
        ]
        if not tables:
            return
        place, first = tables[0]
        for other_place, other in tables:
            if len(other.key) != len(first.key):
                found = f"the key has {len(other.key)} columns and that of the first table {len(first.key)}"
                self._error((*other_place, "key"), found, "name the same columns in each")
        has_code = any(role.code is not None for _, role in tables)
        for name in ("title",) if has_code else ("title", "family", "specialisation", "level"):
            if all(getattr(role, name) is None for _, role in tables):
                instead = f"add `{name}`" if name == "title" else f"add `{name}`, or `code`"
                self._error(place, f"no table gives the {name} of a role", instead)

    def _source(self, source: Source, place: Place) -> None:
        for spot, rule in rules_of(source, place):
            self._rule(rule, spot)
            self._patterns(rule, spot)
            self._known(rule, spot)
            if rule.split is not None and not _LISTS & set(spot):
                self._error((*spot, "split"), "only one value has a place here", "leave `split` out")
            for tag in rule.languages or {}:
                self._tag(tag, (*spot, "languages"))

    def _rule(self, rule: Rule, place: Place) -> None:
        origins = ("column", "constant", "template", "languages")
        given = [name for name in origins if getattr(rule, name) is not None]
        if len(given) != 1:
            found = f"{_key(place)} has {' and '.join(given) or 'no origin'}"
            self._error(place, found, f"write exactly one of {', '.join(origins)}")
        if rule.template is not None and not PLACEHOLDER.search(rule.template):
            self._error(place, "the template has no {column}", "add one, or write `constant`")
        if rule.languages is not None and (rule.split or rule.values or any(_patterns(rule))):
            self._error(place, "something stands beside languages", "write it in the rule of each language")
        if rule.keep_others and rule.values is None and not rule.matches:
            self._error(place, "keep_others has nothing beside it", "add `values`, or leave it out")

    def _patterns(self, rule: Rule, place: Place) -> None:
        for pattern in _patterns(rule):
            try:
                if re.compile(pattern).groups > 1 and pattern == rule.pattern:
                    self._error(place, f"{pattern!r} has several groups", "keep one, or write (?:…)")
            except re.error as error:
                found = f"{pattern!r} is no regular expression: {error}"
                self._error(place, found, "correct it; in '…' a backslash stays as it is")

    def _known(self, rule: Rule, place: Place) -> None:
        """Report values outside a closed list; those that stand in cells are looked at later."""
        known = self._closed.get(_key(place))
        for value in _results(rule) if known else ():
            if known and value not in known:
                self._error(place, f"{value!r} is no {_key(place)}", suggestion(value, known))


def _key(place: Place) -> str:
    """The key of a map that a place is the value of."""
    return next((str(part) for part in reversed(place) if isinstance(part, str)), "")


def _patterns(rule: Rule) -> Iterator[str]:
    if rule.pattern is not None:
        yield rule.pattern
    yield from (pattern for pattern, _ in rule.matches)


def _results(rule: Rule) -> Iterable[str]:
    """The values that a rule itself names."""
    mapped = [*(rule.values or {}).values(), *(value for _, value in rule.matches)]
    if mapped:
        return map(str, mapped)
    return (rule.constant,) if rule.constant is not None else ()
