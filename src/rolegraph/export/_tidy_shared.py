"""Roles in, the rows of the tidy tables about what roles share out: components, taxonomy, levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rolegraph.export.extract import Extract
from rolegraph.export.labels import label_in
from rolegraph.model.catalog import Family, Labels, Specialisation, SuperFunction

Cells = tuple[str | int | float | bool | None, ...]


def component_rows(extract: Extract) -> Iterator[Cells]:
    """One row a component."""
    for entry in extract.components():
        yield (
            entry.iri,
            entry.kind,
            label_in(entry.label, extract.language),
            label_in(entry.definition, extract.language) or None,
            entry.esco,
            entry.deprecated,
            entry.replaced_by,
            entry.modified,
            entry.curated,
            entry.roles,
            entry.families,
        )


def label_rows(extract: Extract) -> Iterator[Cells]:
    """One row a label and language."""
    for entry in extract.components():
        for labels, is_preferred in (
            (entry.label, True),
            *((other, False) for other in entry.alternative_labels),
        ):
            for language, label in labels.items():
                yield entry.iri, language, label, is_preferred


def same_rows(extract: Extract) -> Iterator[Cells]:
    """One row for each thing that a component's own entry says is the same, the ESCO concept included."""
    for entry in extract.components():
        for iri in dict.fromkeys(entry.exact_matches):
            yield entry.iri, iri


def text_rows(extract: Extract) -> Iterator[Cells]:
    """One row a text and language of what roles share, but for the labels of components."""
    for iri, field, texts in _texts(extract):
        for language, text in (texts or {}).items():
            yield iri, field, language, text


def _texts(extract: Extract) -> Iterator[tuple[str, str, Labels | None]]:
    for place in _places(extract):
        yield place.iri, "label", place.label
        if place.entry is not None:
            yield place.iri, "definition", place.entry.definition
            yield place.iri, "history_note", place.entry.history_note
    for component in extract.components():
        yield component.iri, "definition", component.definition
        yield component.iri, "history_note", component.history_note
        for step in component.proficiency_texts:
            yield component.iri, f"proficiency.{step.level}.name", step.name
            yield component.iri, f"proficiency.{step.level}.text", step.text


class _Place(NamedTuple):
    """A part of the taxonomy; `entry` is None for one that only roles name, `broader` an IRI."""

    iri: str
    layer: str
    code: str
    label: Labels
    entry: SuperFunction | Family | Specialisation | None
    broader: str | None


def _places(extract: Extract) -> Iterator[_Place]:
    """The parts of the taxonomy from the top down."""
    facts, iris, places = extract.facts, extract.iris, extract.places
    taxonomy = facts.taxonomy
    for code in sorted(places.super_functions):
        top = taxonomy.super_functions[code]
        yield _Place(iris.super_function(code), "super_function", code, top.label, top, None)
    for code in sorted(places.families):
        family = taxonomy.families.get(code)
        above = family.super_function if family else None
        broader = iris.super_function(above) if above else None
        yield _Place(iris.family(code), "family", code, facts.family_label(code), family, broader)
    for code in sorted(places.specialisations):
        label, known = facts.specialisation_label(code), taxonomy.specialisations.get(code)
        broader = iris.family(code.partition(".")[0])
        yield _Place(iris.specialisation(code), "specialisation", code, label, known, broader)


def taxonomy_rows(extract: Extract) -> Iterator[Cells]:
    """One row an entry, from the top down."""
    for iri, layer, code, label, entry, broader in _places(extract):
        definition = label_in(entry.definition, extract.language) if entry is not None else ""
        yield iri, layer, code, label_in(label, extract.language), definition or None, broader


def level_rows(extract: Extract) -> Iterator[Cells]:
    """One row a level of the scheme, whether a role is at it or not."""
    for level in extract.facts.levels.values():
        yield (
            level.notation,
            level.iri,
            level.track,
            level.rank,
            level.label,
            level.experience_min_years,
            level.experience_max_years,
        )
