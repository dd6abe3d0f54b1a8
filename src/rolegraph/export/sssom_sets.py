"""A catalog's records in, the one mapping set that they make out."""

from __future__ import annotations

import re
from collections import defaultdict

import msgspec

from rolegraph.config import CatalogSection
from rolegraph.export.curies import expanded
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Mapping
from rolegraph.model.crosswalk import Crosswalk
from rolegraph.model.mapping_set import ExtensionSlot, MappingSet
from rolegraph.model.sssom import MULTIVALUED, REFERENCES
from rolegraph.terms import PREFIXES

UNSPECIFIED_LICENCE = "https://w3id.org/sssom/license/unspecified"
_SSSOM = PREFIXES["sssom"]
_BAR = re.compile(r"(?<!\\)\|")


def catalog_set(
    catalog: Catalog, section: CatalogSection, iris: Iris
) -> tuple[MappingSet, tuple[Mapping, ...]]:
    """All mappings of a catalog: those of its SSSOM files and the codes written on roles.

    A row of a file under another licence than the catalog's carries that licence itself.

    Returns:
        the set, and its rows in the order of subject, predicate and object.
    """
    licence = section.licence if section.licence and "://" in section.licence else UNSPECIFIED_LICENCE
    sets = {found.file: found for found in catalog.mapping_sets}
    rows = [mapping for role in catalog.roles for mapping in role.mappings]
    rows += [_at_home(mapping, sets[mapping.file], licence) for mapping in catalog.mappings]
    details: list[tuple[str, tuple[str, ...]]] = []
    if section.publisher:
        details.append(("creator_label", (section.publisher,)))
    sources = tuple(sorted({found.iri for found in sets.values() if found.iri}))
    if sources:
        details.append(("mapping_set_source", sources))
    mapping_set = MappingSet(
        iri=iris.mapping_set("catalog"),
        licence=licence,
        title=f"Mappings of {section.name}",
        version=section.version,
        prefixes=_prefixes(catalog.mapping_sets),
        extensions=_extensions(catalog.mapping_sets),
        details=tuple(details),
    )
    return mapping_set, tuple(sorted(rows, key=lambda mapping: mapping.key))


def crosswalk_names(crosswalks: tuple[Crosswalk, ...], iris: Iris) -> dict[str, Crosswalk]:
    """Crosswalks by what people call their sets: the name that rolegraph gave one, or its IRI."""
    return {found.mapping_set.iri.removeprefix(iris.mapping_set("")): found for found in crosswalks}


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
