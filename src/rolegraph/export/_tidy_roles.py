"""Roles in, the rows of the tidy tables about roles out."""

from __future__ import annotations

from collections.abc import Iterator

from rolegraph.export.extract import Extract
from rolegraph.export.labels import label_in, text_in
from rolegraph.model.catalog import DIMENSIONS, Labels, Mapping, Role, Story

Cells = tuple[str | int | float | bool | None, ...]


def role_rows(extract: Extract) -> Iterator[Cells]:
    """One row a role."""
    families = extract.facts.taxonomy.families
    for role in extract.roles():
        family = families.get(role.family)
        yield (
            role.code,
            extract.iris.role(role.code),
            role.family,
            role.specialisation,
            family.super_function if family else None,
            role.level,
            label_in(role.title, extract.language),
            label_in(role.summary, extract.language) or None,
            role.status,
            role.applicability,
            role.version,
            role.modified,
            role.deprecated,
            role.replaced_by,
            role.confidence,
        )


def text_rows(extract: Extract) -> Iterator[Cells]:
    """One row a text and language."""
    for role in extract.roles():
        for field, position, labels in _texts(role):
            for language, text in labels.items():
                yield role.code, field, position, language, text
        for use in role.uses:
            if set(use.label) != {extract.language}:
                for language, text in use.label.items():
                    yield role.code, f"components.{use.kind}", use.position, language, text


def _texts(role: Role) -> Iterator[tuple[str, int, Labels]]:
    named: dict[str, Labels | None] = {
        "title": role.title,
        "summary": role.summary,
        "history_note": role.history_note,
        "level_text.title": role.level_title,
        "level_text.summary": role.level_summary,
    }
    named |= {f"level_text.{dimension}": role.descriptors.get(dimension) for dimension in DIMENSIONS}
    if role.story is not None:
        fields = [name for name in Story.__struct_fields__ if name != "plan"]
        named |= {f"story.{name}": getattr(role.story, name) for name in fields}
    for field, labels in named.items():
        if labels is not None:
            yield field, 0, labels
    for position, labels in enumerate(role.story.plan if role.story else (), start=1):
        yield "story.plan", position, labels


def use_rows(extract: Extract) -> Iterator[Cells]:
    """One row a use."""
    for role in extract.roles():
        for use in role.uses:
            yield (
                role.code,
                use.kind,
                use.position,
                extract.component_iri(use),
                *text_in(use.label, extract.language),
                "common" in use.tags,
                "level" in use.tags,
                use.importance,
                use.proficiency,
            )


def none_rows(extract: Extract) -> Iterator[Cells]:
    """One row for each kind that a role says it has none of."""
    for role in extract.roles():
        for kind in role.none_recorded:
            yield role.code, kind


def alias_rows(extract: Extract) -> Iterator[Cells]:
    """One row an alias, rejected ones too."""
    for role in extract.roles():
        for position, alias in enumerate(role.aliases, start=1):
            yield (
                role.code,
                position,
                alias.label,
                alias.language,
                alias.type,
                alias.confidence,
                alias.approval,
            )


def mapping_rows(extract: Extract) -> Iterator[Cells]:
    """One row a mapping: those of role files, and then those of SSSOM files."""
    for role in extract.roles():
        for mapping in role.mappings:
            yield _mapping(role.code, mapping)
    for mapping in extract.file_mappings():
        yield _mapping(None, mapping)


def _mapping(role: str | None, mapping: Mapping) -> Cells:
    return (
        mapping.subject,
        role,
        mapping.predicate,
        mapping.modifier or None,
        mapping.object,
        mapping.object_label,
        mapping.justification,
        mapping.confidence,
        mapping.review_status,
        mapping.source,
        mapping.reviewer,
        mapping.review_date,
        mapping.comment,
    )
