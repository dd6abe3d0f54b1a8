"""Catalog records in, ESCO's CSV files out (layout of ESCO 1.2.1, headers as published)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolegraph.export.files import Row, TableFile
from rolegraph.export.labels import accepted_aliases, label_in, level_tokens
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Component, ComponentUse, Kind, Labels, Role, key_label

OCCUPATIONS: Final = (
    "conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "hiddenLabels", "status",
    "modifiedDate", "regulatedProfessionNote", "scopeNote", "definition", "inScheme", "description", "code",
    "naceCode",
)  # fmt: skip
SKILLS: Final = (
    "conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "hiddenLabels",
    "status", "modifiedDate", "scopeNote", "definition", "inScheme", "description",
)  # fmt: skip
RELATIONS: Final = (
    "occupationUri", "occupationLabel", "relationType", "skillType", "skillUri", "skillLabel",
)  # fmt: skip
SCHEMES: Final = (
    "conceptType", "conceptSchemeUri", "preferredLabel", "title", "status", "description", "hasTopConcept",
)  # fmt: skip
_SKILL_TYPES: Final[dict[Kind, str]] = {
    "skill": "skill/competence",
    "competency": "skill/competence",
    "knowledge": "knowledge",
}
"""ESCO's skills pillar holds these kinds; tasks, responsibilities and the rest have no place there."""


def tables(catalog: Catalog, iris: Iris, language: str) -> list[TableFile]:
    """The files of the bundle.

    A use without importance is written as `optional`: ESCO knows no third value, and nobody said that
    it is essential. A role's status `published` is ESCO's `released`; others are written as they are.
    """
    skills = _Skills(catalog, iris, language)
    return [
        TableFile(f"occupations_{language}.csv", OCCUPATIONS, _occupations(catalog, iris, language)),
        TableFile(f"skills_{language}.csv", SKILLS, skills.rows()),
        TableFile(f"occupationSkillRelations_{language}.csv", RELATIONS, skills.relations()),
        TableFile(f"conceptSchemes_{language}.csv", SCHEMES, _schemes(iris)),
    ]


def _occupations(catalog: Catalog, iris: Iris, language: str) -> Iterator[Row]:
    for role in catalog.roles:
        summary = label_in(role.summary, language)
        yield (
            "Occupation",
            iris.role(role.code),
            "",
            label_in(role.title, language),
            "\n".join(accepted_aliases(role, language)),
            "\n".join(level_tokens(role, language)),
            _status(role.status),
            "",
            "",
            f"Level {role.level}: {catalog.levels[role.level].label}",
            summary,
            iris.scheme("roles"),
            summary,
            role.code,
            "",
        )


def _status(status: str | None) -> str:
    return "released" if status == "published" else status or ""


def _schemes(iris: Iris) -> Iterator[Row]:
    for name, label in (("roles", "Roles"), ("components", "Components of roles")):
        yield "ConceptScheme", iris.scheme(name), label, label, "", "", ""


def _alternatives(component: Component | None) -> tuple[Labels, ...]:
    return component.alternative_labels if component is not None else ()


class _Skills:
    def __init__(self, catalog: Catalog, iris: Iris, language: str) -> None:
        self._iris = iris
        self._language = language
        self._roles = catalog.roles
        self._curated = {iris.component(c.kind, key_label(c.label)): c for c in catalog.components}
        self._users: dict[str, list[Role]] = {}
        self._first: dict[str, ComponentUse | Component] = {}
        for role, use in self._uses():
            iri = self._iri(use)
            self._users.setdefault(iri, []).append(role)
            self._first.setdefault(iri, use)
        for iri, component in self._curated.items():
            if component.kind in _SKILL_TYPES:
                self._first[iri] = component

    def rows(self) -> Iterator[Row]:
        """One row a skill or knowledge concept, used or curated."""
        for iri, concept in sorted(self._first.items()):
            curated = self._curated.get(iri)
            definition = label_in(curated.definition if curated else None, self._language)
            yield (
                "KnowledgeSkillCompetence",
                iri,
                _SKILL_TYPES[concept.kind],
                self._reuse_level(iri),
                label_in(concept.label, self._language),
                "\n".join(label_in(labels, self._language) for labels in _alternatives(curated)),
                "",
                "deprecated" if curated and curated.deprecated else "",
                "",
                "",
                definition,
                self._iris.scheme("components"),
                definition,
            )

    def relations(self) -> Iterator[Row]:
        """One row a use."""
        for role, use in self._uses():
            iri = self._iri(use)
            yield (
                self._iris.role(role.code),
                label_in(role.title, self._language),
                use.importance or "optional",
                _SKILL_TYPES[use.kind],
                iri,
                label_in(self._first[iri].label, self._language),
            )

    def _uses(self) -> Iterator[tuple[Role, ComponentUse]]:
        for role in self._roles:
            for use in role.uses:
                if use.kind in _SKILL_TYPES:
                    yield role, use

    def _iri(self, use: ComponentUse) -> str:
        return self._iris.component(use.kind, key_label(use.label))

    def _reuse_level(self, iri: str) -> str:
        """ESCO's reuse level, by how many families and roles of the catalog use the concept."""
        users = self._users.get(iri, [])
        families = {role.family for role in users}
        if len(families) > 1:
            return "cross-sector"
        return "sector-specific" if len(users) > 1 else "occupation-specific"
