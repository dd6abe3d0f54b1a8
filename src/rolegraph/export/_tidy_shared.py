"""Roles in, the rows of the tidy tables about what roles share out: components, taxonomy, levels."""

from __future__ import annotations

from collections.abc import Iterator

from rolegraph.export.extract import Extract
from rolegraph.export.labels import label_in
from rolegraph.model.catalog import Labels

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
