"""The records of a snapshot in, the mapping set to write out: the catalog's own, or a crosswalk."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import msgspec

from rolegraph.errors import SelectionError
from rolegraph.export.attribution import part
from rolegraph.export.curies import expanded
from rolegraph.export.extract import Extract
from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping
from rolegraph.model.mapping_set import ExtensionSlot, MappingSet
from rolegraph.model.sssom import MULTIVALUED, REFERENCES
from rolegraph.snapshot.records import read_crosswalks
from rolegraph.terms import PREFIXES

UNSPECIFIED_LICENCE = "https://w3id.org/sssom/license/unspecified"
_SSSOM = PREFIXES["sssom"]
_BAR = re.compile(r"(?<!\\)\|")


class ChosenSet(NamedTuple):
    """A mapping set to write: what its header says, its rows, and the IRI of each in the graph.

    The rows can be gone through again and again; those of the catalog are read anew each time.
    """

    header: MappingSet
    rows: Iterable[Mapping]
    mint: Callable[[Mapping], str]


def chosen_set(extract: Extract) -> ChosenSet:
    """The crosswalk that an extract names, or else the catalog's own mappings.

    Raises:
        SelectionError: the snapshot has no crosswalk of this name.
    """
    return catalog_set(extract) if extract.mapping_set is None else _crosswalk_set(extract)


def _crosswalk_set(extract: Extract) -> ChosenSet:
    """The crosswalk whose set people call so: by the name that rolegraph gave it, or its IRI."""
    prefix = extract.iris.mapping_set("")
    known: list[str] = []
    for crosswalk in read_crosswalks(extract.snapshot):
        header = crosswalk.mapping_set
        if extract.mapping_set in {header.iri, header.iri.removeprefix(prefix)}:
            if extract.codes is not None:
                extract.notes.append("the crosswalk is whole: a selection of roles leaves nothing out of it")
            return ChosenSet(header, crosswalk.mappings, partial(_crosswalk_row, extract.iris, header.iri))
        known.append(header.iri.removeprefix(prefix))
    has = ", ".join(sorted(known)) or "none; name files in [sources] crosswalks and build"
    raise SelectionError(f"there is no crosswalk {extract.mapping_set!r}; the snapshot has {has}")


def _crosswalk_row(iris: Iris, mapping_set: str, mapping: Mapping) -> str:
    return iris.crosswalk_row(mapping_set, mapping.key)


def catalog_set(extract: Extract) -> ChosenSet:
    """The mappings of the selected roles and of what belongs to them, in SSSOM files or as codes on roles.

    A row of a file under another licence than the catalog's carries that licence itself. Rows are in the
    order of subject, predicate and object.
    """
    facts, iris = extract.facts, extract.iris
    licence = facts.licence if facts.licence and "://" in facts.licence else UNSPECIFIED_LICENCE
    details: list[tuple[str, tuple[str, ...]]] = []
    if facts.publisher:
        details.append(("creator_label", (facts.publisher,)))
    sources = tuple(sorted({found.iri for found in facts.mapping_sets if found.iri}))
    if sources:
        details.append(("mapping_set_source", sources))
    if extract.codes is not None:
        details.append(("comment", (part(extract),)))
    header = MappingSet(
        iri=iris.mapping_set("catalog"),
        licence=licence,
        title=f"Mappings of {facts.name}",
        version=facts.version,
        prefixes=_prefixes(facts.mapping_sets),
        extensions=_extensions(facts.mapping_sets),
        details=tuple(details),
    )
    return ChosenSet(
        header,
        _CatalogRows(extract, licence),
        lambda m: iris.mapping(m.subject, m.predicate, m.modifier, m.object),
    )


class _CatalogRows:
    """The rows of the catalog's set, one at a time."""

    def __init__(self, extract: Extract, licence: str) -> None:
        self._extract = extract
        self._licence = licence
        self._sets = {found.file: found for found in extract.facts.mapping_sets}

    def __iter__(self) -> Iterator[Mapping]:
        on_roles = (
            _of_one_reviewer(m) for role in self._extract.roles() for m in sorted(role.mappings, key=_order)
        )
        in_files = (_at_home(m, self._sets[m.file], self._licence) for m in self._extract.file_mappings())
        return heapq.merge(on_roles, in_files, key=_order)


def _of_one_reviewer(mapping: Mapping) -> Mapping:
    """A code of a role file as a row: the reviewer there is one name, and in SSSOM a bar parts several."""
    reviewer = mapping.reviewer and _BAR.sub(r"\|", mapping.reviewer)
    return msgspec.structs.replace(mapping, reviewer=reviewer)


def _order(mapping: Mapping) -> tuple[str, str, str, str]:
    return mapping.order


def _at_home(mapping: Mapping, mapping_set: MappingSet, licence: str) -> Mapping:
    """A row as it stands outside of its file: references as IRIs, the licence named if it is another."""
    extra = [
        (prop, _expanded(prop.removeprefix(_SSSOM), value, mapping_set)) for prop, value in mapping.extra
    ]
    own = f"{_SSSOM}license"
    if mapping_set.licence not in {"", licence} and own not in dict(extra):
        extra.append((own, mapping_set.licence))
    reviewer = mapping.reviewer and _expanded("reviewer_id", mapping.reviewer, mapping_set)
    return msgspec.structs.replace(mapping, extra=tuple(extra), reviewer=reviewer)


def _expanded(slot: str, value: str, mapping_set: MappingSet) -> str:
    if slot not in REFERENCES:
        return value
    parts = _BAR.split(value) if slot in MULTIVALUED else [value]
    return "|".join(expanded(part.strip(), mapping_set.prefixes) for part in parts)


def _prefixes(sets: tuple[MappingSet, ...]) -> dict[str, str]:
    """The prefixes of all files but those that two of them use for different namespaces."""
    found: dict[str, set[str]] = defaultdict(set)
    for mapping_set in sets:
        for prefix, namespace in mapping_set.prefixes.items():
            found[prefix].add(namespace)
    return {prefix: namespaces.pop() for prefix, namespaces in found.items() if len(namespaces) == 1}


def _extensions(sets: tuple[MappingSet, ...]) -> tuple[ExtensionSlot, ...]:
    """The extension slots of all files; where two call one property differently, the first name stays."""
    found: dict[str, ExtensionSlot] = {}
    names: set[str] = set()
    for mapping_set in sets:
        for slot in mapping_set.extensions:
            if slot.property not in found and slot.name not in names:
                hint = slot.type_hint and expanded(slot.type_hint, mapping_set.prefixes)
                found[slot.property] = ExtensionSlot(slot.name, slot.property, hint)
                names.add(slot.name)
    return tuple(found.values())
