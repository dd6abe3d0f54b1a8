"""What a catalog says, as facts of a few kinds: the common ground on which files of any format are compared.

A fact is a tuple; its kind says what its places mean. A format that cannot hold all facts of a kind has
losses: functions of facts, which any two formats can be brought to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from rolegraph.iris import Iris, fold
from rolegraph.model.catalog import Catalog, Labels, Mapping, Role, Story, key_label
from rolegraph.snapshot.records import list_components

Fact = tuple[Any, ...]
Facts = dict[str, set[Fact]]
"""Kind -> facts."""
Loss = Callable[[set[Fact]], set[Fact]]

KINDS = {
    "about": "what is said of the catalog, its value",
    "role": "code",
    "title": "code, language, text",
    "summary": "code, language, text",
    "note": "code, language, text of what became of the role",
    "text": "code, field, place in its list, language, text: of story and level",
    "once": "code, name, value that a role has once",
    "place": "code, family, specialisation",
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
        named = {fact for fact in found["named"] if fact[1] in {"responsibility", "task"}}
        found["duty"] = {(fact[0], fact[-1]) for fact in one_language(named)}
        for mapping in (*role.mappings, *catalog.mappings):
            places = (iris.role(role.code), iris.family(role.family), iris.specialisation(role.specialisation))
            is_of_occupations = "skill/" not in mapping.object and mapping.subject in places
            if is_of_occupations and mapping.review_status == "accepted" and not mapping.modifier:
                found["classified"].add((role.code, mapping.object))
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
        if (value := getattr(role, name)) is not None:
            found["once"].add((code, name, value))
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
        if use.proficiency is not None:
            found["proficiency"].add((code, component, use.proficiency))
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
    found["slot"].update((*key, slot, value) for slot, value in slots.items() if value is not None)


# Losses


def in_a_language(facts: set[Fact]) -> set[Fact]:
    """Of texts in several languages, the English one, or else the first."""
    several: dict[Fact, dict[str, str]] = defaultdict(dict)
    for *key, language, text in facts:
        several[tuple(key) if language else (*key, text)][language] = text
    kept = ((key, "" if "" in by else "en" if "en" in by else min(by), by) for key, by in several.items())
    return {(*(key if tag else key[:-1]), tag, by[tag]) for key, tag, by in kept}


def one_language(facts: set[Fact]) -> set[Fact]:
    """The same, where the file does not say which language it is."""
    return {(*fact[:-2], "", fact[-1]) for fact in in_a_language(facts)}


def english(facts: set[Fact]) -> set[Fact]:
    """English texts alone: a format of one language has no others of these."""
    return {fact for fact in facts if fact[-2] == "en"}


def in_one_line(facts: set[Fact]) -> set[Fact]:
    """White space as single spaces."""
    return {(*fact[:-1], " ".join(fact[-1].split())) for fact in facts}


def unbroken(facts: set[Fact]) -> set[Fact]:
    """Texts with a space for line breaks."""
    return {
        (*fact[:-1], re.sub(r"\s*[\r\n]+\s*", " ", fact[-1]).strip() if isinstance(fact[-1], str) else fact[-1])
        for fact in facts
    }


def visible(facts: set[Fact]) -> set[Fact]:
    """Texts with plain spaces for those that do not break, and without characters of no width."""
    return {
        (*fact[:-1], re.sub("[\u00a0\u2007\u202f]", " ", re.sub("[\u200b\u2060\ufeff]", "", fact[-1])).strip())
        for fact in facts
    }


def split_at(separator: str) -> Loss:
    """Texts that hold what parts the texts of a list are read as several."""

    def split(facts: set[Fact]) -> set[Fact]:
        return {
            (*fact[:-1], part.strip())
            for fact in facts
            for part in re.split(separator, fact[-1])
            if part.strip()
        }

    return split


def kind_of(component: str) -> str:
    """The kind of a component, which its IRI tells."""
    return component.partition("/component/")[2].partition("/")[0].replace("-", "_")


def of_kinds(*kinds: str) -> Loss:
    """Facts about components of some kinds alone."""

    def those(facts: set[Fact]) -> set[Fact]:
        return {
            fact
            for fact in facts
            if all(kind_of(part) in kinds for part in fact[:3] if "/component/" in str(part))
            and not (len(fact) == 5 and fact[1] not in kinds)
        }

    return those


def only(*names: str) -> Loss:
    """Facts of some names alone."""
    return lambda facts: {fact for fact in facts if fact[1] in names}


def without_components(facts: set[Fact]) -> set[Fact]:
    """Labels of uses, not of which component."""
    return {(*fact[:2], "", *fact[3:]) for fact in facts}


def accepted(facts: set[Fact]) -> set[Fact]:
    """Mappings that somebody accepted."""
    return {fact for fact in facts if fact[3:] == ("", "accepted")}


def to_esco(*predicates: str) -> Loss:
    """Mappings to ESCO by some predicates."""
    return lambda facts: {
        fact for fact in facts if fact[1] in predicates and fact[2].startswith("http://data.europa.eu/esco/")
    }


def of_roles(facts: set[Fact]) -> set[Fact]:
    """Mappings of roles."""
    return {fact for fact in facts if "/role/" in fact[0]}


def in_role_files(facts: set[Fact]) -> set[Fact]:
    """Mappings that stand on roles: those of SSSOM files lead to ISCO, in the catalogs of these tests."""
    return {fact for fact in of_roles(facts) if "/isco/" not in fact[2]}
