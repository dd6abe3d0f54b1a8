"""A catalog's records in, the file and line that a finding's focus node was read from out.

Validation frees the records before it loads the graph, so positions hold no record: one sorted table of
hashed IRIs for whole entries (16 bytes each), and for a role that spreads over several lines a table of
its parts (8 bytes each). 100,000 roles with 6 million parts take about 70 MB as YAML, 7 MB as NDJSON.
"""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rolegraph.iris import Iris, short_hash, slug
from rolegraph.model.catalog import KINDS, Catalog, Role, key_label

Place = tuple[str, int]
"""A file relative to the catalog and a line counted from 1; ("", 0) where no file says it."""

NOWHERE: Final[Place] = ("", 0)
_KEY_OF_PATH: Final = {
    "prefLabel": "title",
    "definition": "summary",
    "status": "status",
    "applicability": "applicability",
    "version": "version",
    "confidence": "confidence",
    "story": "story",
    "levelTitle": "level_text.title",
    "levelSummary": "level_text.summary",
    "descriptor": "level_text",
    "componentUse": "components",
    "hasComponent": "components",
    "noneRecorded": "none_recorded",
    "titleAlias": "aliases",
    "altLabel": "aliases",
    "hiddenLabel": "aliases",
    "mapping": "codes",
    "deprecated": "deprecated",
    "isReplacedBy": "replaced_by",
    "historyNote": "history_note",
    "modified": "modified",
}
"""Last part of a property's name -> the key of a role file that holds its values."""
_CODE: Final = re.compile(r"[0-9]{2}-[0-9]{4}(\.[0-9]{2})?\Z")
_LAST_PART: Final = re.compile(r"[^/#:]*\Z")
"""Of an IRI or prefixed name: what stands after its namespace."""


class Positions:
    """Finds where a catalog says something, by the IRI of the node that a finding is about."""

    __slots__ = ("_entries", "_files", "_iris", "_languages", "_parts", "_places")

    def __init__(self, iris: Iris) -> None:
        """Start without any place; `of` is what fills it."""
        self._iris = iris
        self._files: list[str] = []
        self._languages: tuple[str, ...] = ()
        self._entries = array("Q")
        self._places = array("Q")
        self._parts: dict[str, array[int]] = {}

    @classmethod
    def of(cls, catalog: Catalog, iris: Iris) -> Positions:
        """Take the places of everything in a catalog; the records are not kept."""
        positions = cls(iris)
        files: dict[str, int] = {}
        entries: dict[int, int] = {}
        for name, (file, line) in _entries(catalog, iris):
            if file:
                place = files.setdefault(file, len(files)) << 32 | line
                entries.setdefault(_wide_hash(name.removeprefix(iris.base)), place)
        positions._files = list(files)
        positions._entries = array("Q", sorted(entries))
        positions._places = array("Q", (entries[key] for key in positions._entries))
        positions._languages = tuple(sorted({a.language for role in catalog.roles for a in role.aliases}))
        for role in catalog.roles:
            if role.lines:
                positions._parts[role.code] = _table(_parts_of_role(role, iris))
        return positions

    def locate(self, focus_iri: str, value: str = "", path: str = "") -> Place:
        """Where a finding's focus node was read from, as exactly as the sources tell.

        Args:
            focus_iri: the focus node, as an IRI or without the catalog's base.
            value: the value, which leads to the line of an alias or component of a role, or to the
                mapping of the focus node to that code, wherever it is written.
            path: the path, which leads to the line of a key of the role's file.
        Returns:
            the place of the node itself; of the entry that it is a part of; of the first role that
            names it, where it has no entry of its own; or ("", 0).
        """
        whole, _, fragment = self._short(focus_iri).partition("#")
        key_of_path = _KEY_OF_PATH.get(_LAST_PART.findall(path.rstrip(">"))[0], "")
        place = self._entry(whole)
        if place == NOWHERE:
            return self._above(whole)
        if value and not fragment and key_of_path == "codes":
            mapping = self._mapping(whole, self._short(value))
            if mapping != NOWHERE:
                return mapping
        parts = self._parts.get(whole.removeprefix("role/")) if whole.startswith("role/") else None
        if parts is not None:
            for key in self._keys(fragment, value, key_of_path):
                line = _line(parts, key)
                if line:
                    return place[0], line
        return place

    def _mapping(self, subject: str, value: str) -> Place:
        """The place of a mapping of a subject, by its object's IRI, code or label."""
        names = [value]
        if _CODE.match(value):
            names.append(f"{'onetsoc2019' if '.' in value else 'soc2018'}/{value}")
        places = (self._entry(f"{subject}|{name}") for name in names)
        return next((place for place in places if place != NOWHERE), NOWHERE)

    def _short(self, iri: str) -> str:
        return iri.removeprefix(self._iris.base)

    def _entry(self, name: str) -> Place:
        key = _wide_hash(name)
        index = bisect_left(self._entries, key)
        if index == len(self._entries) or self._entries[index] != key:
            return NOWHERE
        return self._files[self._places[index] >> 32], self._places[index] & 0xFFFFFFFF

    def _above(self, name: str) -> Place:
        """The place of what a node's IRI continues, such as the level of `level/P5/scope`."""
        parent, slash, _ = name.rpartition("/")
        return self._entry(parent) if slash else NOWHERE

    def _keys(self, fragment: str, value: str, key_of_path: str) -> Iterator[str]:
        """Under which keys the part of a role may stand that a finding is about, the surest first."""
        if fragment:
            yield fragment
        if value:
            yield from self._keys_of_value(self._short(value))
        if key_of_path:
            yield key_of_path

    def _keys_of_value(self, value: str) -> Iterator[str]:
        if value.startswith("component/"):
            kind, _, name = value.removeprefix("component/").partition("/")
            yield f"use-{kind}-{name}"
            return
        if "#" in value and value.startswith("role/"):
            yield value.partition("#")[2]
        for language in self._languages:
            yield f"alias-{short_hash(f'{value}|{language}')}"
        name = slug(value)
        for kind in KINDS:
            yield f"use-{kind.replace('_', '-')}-{name}"
        yield f"title-{value}"


def _wide_hash(name: str) -> int:
    """64 bits, of this process alone: two of ten million names share one with a chance of 3 in a million."""
    return hash(name) & 0xFFFFFFFFFFFFFFFF


def _table(lines: Iterable[tuple[str, int]]) -> array[int]:
    """Sorted hashes of the keys, followed by their lines in the same order."""
    by_hash: dict[int, int] = {}
    for key, line in lines:
        by_hash.setdefault(zlib.crc32(key.encode()), line)
    hashes = sorted(by_hash)
    return array("I", [*hashes, *(by_hash[key] for key in hashes)])


def _line(table: array[int], key: str) -> int:
    """The line of a key, or 0 where the table does not have it."""
    count, wanted = len(table) // 2, zlib.crc32(key.encode())
    index = bisect_left(table, wanted, 0, count)
    return table[count + index] if index < count and table[index] == wanted else 0


def _entries(catalog: Catalog, iris: Iris) -> Iterator[tuple[str, Place]]:
    """Everything that has a place of its own, by its IRI; of two places for one IRI the first counts."""
    for role in catalog.roles:
        yield iris.role(role.code), (role.file, role.line)
    yield from _taxonomy(catalog, iris)
    for component in catalog.components:
        yield iris.component(component.kind, key_label(component.label)), (component.file, component.line)
    for mapping in (*catalog.mappings, *(mapping for role in catalog.roles for mapping in role.mappings)):
        iri = iris.mapping(mapping.subject, mapping.predicate, mapping.modifier, mapping.object)
        place = (mapping.file, mapping.line)
        yield iri, place
        yield f"{mapping.subject}|{mapping.object.removeprefix(iris.base)}", place
        if mapping.object_label is not None:
            yield f"{mapping.subject}|{mapping.object_label}", place
    for level in catalog.levels.values():
        yield level.iri, (level.file, level.line)
    for group in catalog.soc:
        yield iris.soc(group.code), (group.file, group.line)
    for (kind, label), place in _first_uses(catalog.roles).items():
        yield iris.component(kind, label), place


def _taxonomy(catalog: Catalog, iris: Iris) -> Iterator[tuple[str, Place]]:
    """The listed entries, then the first role of each family and specialisation."""
    taxonomy = catalog.taxonomy
    for super_function in taxonomy.super_functions.values():
        yield iris.super_function(super_function.code), (super_function.file, super_function.line)
    for family in taxonomy.families.values():
        yield iris.family(family.code), (family.file, family.line)
    for specialisation in taxonomy.specialisations.values():
        yield iris.specialisation(specialisation.code), (specialisation.file, specialisation.line)
    for role in catalog.roles:
        yield iris.family(role.family), (role.file, role.line)
        yield iris.specialisation(role.specialisation), (role.file, role.line)


def _first_uses(roles: Iterable[Role]) -> Mapping[tuple[str, str], Place]:
    """Where each spelling of a component is used first.

    By label rather than by slug, which takes longer to make than to look up 5 million times.
    """
    first: dict[tuple[str, str], Place] = {}
    for role in roles:
        for use in role.uses:
            key = (use.kind, key_label(use.label))
            if key not in first:
                first[key] = (role.file, use.line)
    return first


def _parts_of_role(role: Role, iris: Iris) -> Iterator[tuple[str, int]]:
    """The parts of a role by the fragment of their IRI, and its texts and lists by key."""
    base = iris.role(role.code) + "#"
    for use in role.uses:
        yield iris.use(role.code, use.kind, key_label(use.label)).removeprefix(base), use.line
    for alias in role.aliases:
        yield iris.alias(role.code, alias.label, alias.language).removeprefix(base), alias.line
    for key, line in role.lines.items():
        yield key, line
        if key.startswith("level_text."):
            yield f"descriptor-{key.removeprefix('level_text.').replace('_', '-')}", line
        elif key.startswith("story.plan."):
            yield f"plan-{int(key.removeprefix('story.plan.')) + 1}", line
    for title in role.title.values():
        yield f"title-{title}", role.lines.get("title", role.line)
