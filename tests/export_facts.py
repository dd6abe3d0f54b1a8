"""What a catalog says, as facts of a few kinds: the common ground on which files of any format are compared.

A fact is a tuple; its kind says what its places mean.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from rolegraph.iris import Iris, fold
from rolegraph.model.catalog import Catalog, Labels, Mapping, Role, Story, key_label
from rolegraph.snapshot.records import list_components

Fact = tuple[Any, ...]
Facts = dict[str, set[Fact]]
"""Kind -> facts."""

KINDS = {
    "about": "what is said of the catalog, its value",
    "role": "code",
    "title": "code, language, text",
    "summary": "code, language, text",
    "note": "code, language, text of what became of the role",
    "text": "code, field, place in its list, language, text: of story and level",
    "once": "code, name, value that a role has once",
    "place": "code, family, specialisation",
    "taxon": "entry of the taxonomy, language, label",
    "level": "code, level",
    "none": "code, kind of which the role has none",
    "alias": "code, language, text, type, confidence, approval",
    "other title": "code, language, text of an alias that names the role",
    "hidden title": "code, language, text of an alias that is a bare level",
    "use": "code, component",
    "order": "code, kind, place in its list, component",
    "named": "code, kind, component, language, label that the role gives it",
    "duty": "code, label of a responsibility or task in one language",
    "importance": "code, component, importance or None",
    "proficiency": "code, component, step",
    "tag": "code, component, tag",
    "component": "component, kind",
    "label": "component, language, text",
    "spelling": "component, language, text of another label",
    "definition": "component, language, text",
    "same": "component, IRI of what is the same",
    "mapping": "subject, predicate, object, modifier, review status",
    "slot": "subject, predicate, object, slot, value",
    "classified": "code, IRI of a class that is accepted for the role or for where it belongs",
    "neighbour": "code, code, place among the neighbours",
    "related": "code, code",
}


def facts_of(catalog: Catalog, iris: Iris, section: Any) -> Facts:
    """All that the records of a catalog say; neighbours are not in records."""
    found: Facts = defaultdict(set)
    said = {"name": section.name, "publisher": section.publisher, "licence": section.licence}
    found["about"] = set(said.items())
    for role in catalog.roles:
        add_role(found, role, iris)
        add_titles(found, role)
        for use in role.uses:
            if use.kind in {"responsibility", "task"}:
                found["duty"].add((role.code, use.label.get("en") or use.label[min(use.label)]))
        for mapping in (*role.mappings, *catalog.mappings):
            above = iris.family(role.family), iris.specialisation(role.specialisation)
            places = (iris.role(role.code), *above)
            is_of_occupations = "skill/" not in mapping.object and mapping.subject in places
            if is_of_occupations and mapping.review_status == "accepted" and not mapping.modifier:
                found["classified"].add((role.code, mapping.object))
    add_taxonomy(found, catalog, iris)
    for mapping in catalog.mappings:
        add_mapping(found, mapping)
    for entry in list_components(catalog, iris):
        found["component"].add((entry.iri, entry.kind))
        add_texts(found, "label", (entry.iri,), entry.label)
        add_texts(found, "definition", (entry.iri,), entry.definition)
        for labels in entry.alternative_labels:
            add_texts(found, "spelling", (entry.iri,), labels)
        same = (*entry.same_as, *([entry.esco] if entry.esco else []))
        found["same"].update((entry.iri, iri) for iri in same)
    return found


def add_taxonomy(found: Facts, catalog: Catalog, iris: Iris) -> None:
    """Add the entries of the taxonomy, and those that only roles name, whose label is their code."""
    listed = catalog.taxonomy
    for role in catalog.roles:
        if role.family not in listed.families:
            found["taxon"].add((iris.family(role.family), "en", role.family))
        if role.specialisation not in listed.specialisations:
            found["taxon"].add((iris.specialisation(role.specialisation), "en", role.focus))
    for mint, entries in (
        (iris.super_function, listed.super_functions),
        (iris.family, listed.families),
        (iris.specialisation, listed.specialisations),
    ):
        for code, entry in entries.items():
            add_texts(found, "taxon", (mint(code),), entry.label)


def add_role(found: Facts, role: Role, iris: Iris) -> None:
    """Add what a role's own file says."""
    code = role.code
    found["role"].add((code,))
    found["place"].add((code, role.family, role.specialisation))
    found["level"].add((code, role.level))
    for kind, labels in (("title", role.title), ("summary", role.summary), ("note", role.history_note)):
        add_texts(found, kind, (code,), labels)
    for field, place, labels in _texts(role):
        add_texts(found, "text", (code, field, place), labels)
    for name in ("status", "applicability", "version", "modified", "replaced_by", "confidence"):
        say(found, "once", code, name, getattr(role, name))
    found["none"].update((code, kind) for kind in role.none_recorded)
    for alias in role.aliases:
        found["alias"].add(
            (code, alias.language.lower(), alias.label, alias.type, alias.confidence, alias.approval)
        )
    for use in role.uses:
        component = iris.component(use.kind, key_label(use.label))
        found["use"].add((code, component))
        found["order"].add((code, use.kind, use.position, component))
        found["importance"].add((code, component, use.importance))
        add_texts(found, "named", (code, use.kind, component), use.label)
        found["tag"].update((code, component, tag) for tag in use.tags)
        say(found, "proficiency", code, component, use.proficiency)
    for mapping in role.mappings:
        add_mapping(found, mapping)


def _texts(role: Role) -> Iterable[tuple[str, int, Labels | None]]:
    yield "level.title", 0, role.level_title
    yield "level.summary", 0, role.level_summary
    for dimension, labels in role.descriptors.items():
        yield f"level.{dimension}", 0, labels
    if role.story is not None:
        for name in Story.__struct_fields__:
            if name != "plan":
                yield f"story.{name}", 0, getattr(role.story, name)
        for place, labels in enumerate(role.story.plan, start=1):
            yield "story.plan", place, labels


def add_titles(found: Facts, role: Role) -> None:
    """Add the aliases by which a role is found: approved, or pending and not too doubtful."""
    titles = {fold(title) for title in role.title.values()}
    for alias in role.aliases:
        fact = (role.code, alias.language.lower(), alias.label)
        if re.fullmatch(r"[A-Z]{1,4}\d{1,2}(\s*[-–—]\s*[A-Z]{1,4}\d{1,2})?", alias.label):
            found["hidden title"] |= {fact} if alias.label not in role.title.values() else set()
        elif fold(alias.label) not in titles and (
            alias.approval == "approved"
            or (alias.approval == "pending" and (alias.confidence or 0) >= 0.5)
        ):
            found["other title"].add(fact)


def say(found: Facts, kind: str, *fact: Any) -> None:
    """Add a fact, unless its last place is empty: a file has an empty cell or no member then."""
    if fact[-1] not in (None, ""):
        found[kind].add(fact)


def add_texts(found: Facts, kind: str, key: Fact, labels: Labels | None) -> None:
    """Add a text in each of its languages."""
    found[kind].update((*key, language, text) for language, text in (labels or {}).items())


def add_mapping(found: Facts, mapping: Mapping) -> None:
    """Add a mapping and what its row says besides."""
    predicate = mapping.predicate.rpartition("#")[2]
    key = (mapping.subject, predicate, mapping.object)
    found["mapping"].add((*key, mapping.modifier, mapping.review_status))
    slots = {
        "label": mapping.object_label,
        "justification": mapping.justification.rpartition("/")[2],
        "confidence": mapping.confidence,
        "source": mapping.source,
        "reviewer": mapping.reviewer,
        "review_date": mapping.review_date,
        "comment": mapping.comment,
    }
    for slot, value in slots.items():
        say(found, "slot", *key, slot, value)


def kind_of(component: str) -> str:
    """The kind of a component, which its IRI tells."""
    return component.partition("/component/")[2].partition("/")[0].replace("-", "_")
