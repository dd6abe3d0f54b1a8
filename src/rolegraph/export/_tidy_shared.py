"""Roles in, the rows of the tidy tables about what roles share out: components, taxonomy, levels."""

from __future__ import annotations

from collections.abc import Iterator

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
        for iri in dict.fromkeys((*entry.same_as, *((entry.esco,) if entry.esco else ()))):
            yield entry.iri, iri


def text_rows(extract: Extract) -> Iterator[Cells]:
    """One row a text and language of what roles share, but for the labels of components."""
    for iri, field, texts in _texts(extract):
        for language, text in (texts or {}).items():
            yield iri, field, language, text


def _texts(extract: Extract) -> Iterator[tuple[str, str, Labels | None]]:
    for iri, label, entry in _places(extract):
        yield iri, "label", label
        if entry is not None:
            yield iri, "definition", entry.definition
            yield iri, "history_note", entry.history_note
    for component in extract.components():
        yield component.iri, "definition", component.definition
        yield component.iri, "history_note", component.history_note
        for step in component.proficiency_texts:
            yield component.iri, f"proficiency.{step.level}.name", step.name
            yield component.iri, f"proficiency.{step.level}.text", step.text


def _places(extract: Extract) -> Iterator[tuple[str, Labels, SuperFunction | Family | Specialisation | None]]:
    """The entries of the taxonomy from the top down; None for one that only roles name."""
    facts, iris, places = extract.facts, extract.iris, extract.places
    taxonomy = facts.taxonomy
    for code in sorted(places.super_functions):
        top = taxonomy.super_functions[code]
        yield iris.super_function(code), top.label, top
    for code in sorted(places.families):
        yield iris.family(code), facts.family_label(code), taxonomy.families.get(code)
    for code in sorted(places.specialisations):
        known = taxonomy.specialisations.get(code)
        yield iris.specialisation(code), facts.specialisation_label(code), known


def taxonomy_rows(extract: Extract) -> Iterator[Cells]:
    """One row an entry, from the top down."""
    facts, iris, places = extract.facts, extract.iris, extract.places
    taxonomy = facts.taxonomy

    def row(
        iri: str, layer: str, code: str, label: Labels, definition: Labels | None, broader: str | None
    ) -> Cells:
        texts = label_in(label, extract.language), label_in(definition, extract.language) or None
        return iri, layer, code, *texts, broader

    for code in sorted(places.super_functions):
        top = taxonomy.super_functions[code]
        yield row(iris.super_function(code), "super_function", code, top.label, top.definition, None)
    for code in sorted(places.families):
        family = taxonomy.families.get(code)
        above = family.super_function if family else None
        broader = iris.super_function(above) if above else None
        definition = family.definition if family else None
        yield row(iris.family(code), "family", code, facts.family_label(code), definition, broader)
    for code in sorted(places.specialisations):
        known = taxonomy.specialisations.get(code)
        label, definition = facts.specialisation_label(code), known.definition if known else None
        broader = iris.family(code.partition(".")[0])
        yield row(iris.specialisation(code), "specialisation", code, label, definition, broader)


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
