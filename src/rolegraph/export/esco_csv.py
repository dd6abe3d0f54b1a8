"""Roles in, the CSV bundle of ESCO 1.2.1 out (headers and value lists as published with that version).

Roles are its occupations. Its skills pillar holds skills, knowledge and competencies, each below a group
for its kind; responsibilities, tasks, qualifications and core outputs have no place there, and neither
has the catalog's taxonomy: ESCO's occupations stand below ISCO groups only, and a family is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolegraph.export.extract import Extract
from rolegraph.export.files import Row, TableFile
from rolegraph.export.labels import accepted_aliases, in_one_line, label_in, level_tokens
from rolegraph.model.catalog import Kind, Mapping, Role
from rolegraph.model.records import ComponentEntry
from rolegraph.terms import PREFIXES

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
SKILL_RELATIONS: Final = (
    "originalSkillUri", "originalSkillType", "relationType", "relatedSkillType", "relatedSkillUri",
)  # fmt: skip
SCHEMES: Final = (
    "conceptType", "conceptSchemeUri", "preferredLabel", "title", "status", "description", "hasTopConcept",
)  # fmt: skip
BROADER: Final = (
    "conceptType", "conceptUri", "conceptLabel", "broaderType", "broaderUri", "broaderLabel",
)  # fmt: skip
ISCO_GROUPS: Final = (
    "conceptType", "conceptUri", "code", "preferredLabel", "status", "altLabels", "inScheme", "description",
)  # fmt: skip
SKILL_GROUPS: Final = (
    "conceptType", "conceptUri", "preferredLabel", "altLabels", "hiddenLabels", "status", "modifiedDate",
    "scopeNote", "inScheme", "description", "code",
)  # fmt: skip
HIERARCHY: Final = (
    "Level 0 URI", "Level 0 preferred term", "Level 1 URI", "Level 1 preferred term", "Level 2 URI",
    "Level 2 preferred term", "Level 3 URI", "Level 3 preferred term", "Description", "Scope note",
    "Level 0 code", "Level 1 code", "Level 2 code", "Level 3 code",
)  # fmt: skip
SKILL_TYPES: Final[dict[Kind, str]] = {
    "skill": "skill/competence",
    "knowledge": "knowledge",
    "competency": "skill/competence",
}
"""ESCO's skills pillar holds these kinds."""
GROUPS: Final[dict[Kind, tuple[str, str]]] = {
    "skill": ("Skill", "Skills"),
    "knowledge": ("Knowledge", "Knowledge"),
    "competency": ("Competency", "Competencies"),
}
"""Kind -> the class of the ontology that stands for its group, and the group's label."""
ESCO: Final = "http://data.europa.eu/esco/"
ISCO: Final = ESCO + "isco/C"
_BROAD: Final = PREFIXES["skos"] + "broadMatch"


def tables(extract: Extract) -> Iterator[TableFile]:
    """The files of the bundle.

    A use without importance is written as `optional`: ESCO knows no third value, and nobody said that
    it is essential. A role's status `published` is ESCO's `released`; others are written as they are.
    """
    tag = extract.language
    yield TableFile(f"occupations_{tag}.csv", OCCUPATIONS, _occupations(extract))
    yield TableFile(f"skills_{tag}.csv", SKILLS, _skills(extract))
    yield TableFile(f"occupationSkillRelations_{tag}.csv", RELATIONS, _relations(extract))
    yield TableFile(f"skillSkillRelations_{tag}.csv", SKILL_RELATIONS, ())
    yield TableFile(f"broaderRelationsOccPillar_{tag}.csv", BROADER, _broader_occupations(extract))
    yield TableFile(f"broaderRelationsSkillPillar_{tag}.csv", BROADER, _broader_skills(extract))
    yield TableFile(f"ISCOGroups_{tag}.csv", ISCO_GROUPS, _isco_groups(extract))
    yield TableFile(f"skillGroups_{tag}.csv", SKILL_GROUPS, _skill_groups(extract))
    yield TableFile(f"skillsHierarchy_{tag}.csv", HIERARCHY, _hierarchy())
    yield TableFile(f"conceptSchemes_{tag}.csv", SCHEMES, _schemes(extract))


def group_iri(kind: Kind) -> str:
    """The IRI of the group of a kind of components."""
    return PREFIXES["rg"] + GROUPS[kind][0]


def reuse_level(entry: ComponentEntry) -> str:
    """ESCO's reuse level, by how many families and roles of the whole catalog use the component."""
    if entry.families > 1:
        return "cross-sector"
    return "sector-specific" if entry.roles > 1 else "occupation-specific"


def status(value: str | None) -> str:
    """The status in ESCO's words."""
    return "released" if value == "published" else value or ""


def broader_matches(mappings: tuple[Mapping, ...]) -> list[Mapping]:
    """The accepted mappings to a broader concept of ESCO."""
    return [
        mapping
        for mapping in mappings
        if mapping.review_status == "accepted"
        and not mapping.modifier
        and mapping.predicate == _BROAD
        and mapping.object.startswith(ESCO)
    ]


def isco_code(mappings: tuple[Mapping, ...]) -> str:
    """The code of the ISCO group of a role, or nothing where none is accepted, or several are."""
    codes = {m.object.removeprefix(ISCO) for m in broader_matches(mappings) if m.object.startswith(ISCO)}
    return codes.pop() if len(codes) == 1 else ""


def _occupations(extract: Extract) -> Iterator[Row]:
    for role, mappings in extract.mapped_roles():
        summary = label_in(role.summary, extract.language)
        yield (
            "Occupation",
            extract.iris.role(role.code),
            isco_code(mappings),
            label_in(role.title, extract.language),
            "\n".join(map(in_one_line, accepted_aliases(role, extract.language))),
            "\n".join(level_tokens(role, extract.language)),
            status(role.status),
            role.modified or "",
            "",
            f"Level {role.level}: {extract.facts.levels[role.level].label}",
            summary,
            extract.iris.scheme("roles"),
            summary,
            role.code,
            "",
        )


def _skills(extract: Extract) -> Iterator[Row]:
    """One row a component of the skills pillar, used or curated."""
    for entry in extract.components(SKILL_TYPES):
        definition = label_in(entry.definition, extract.language)
        others = (labels.get(extract.language) for labels in entry.alternative_labels)
        yield (
            "KnowledgeSkillCompetence",
            entry.iri,
            SKILL_TYPES[entry.kind],
            reuse_level(entry),
            label_in(entry.label, extract.language),
            "\n".join(in_one_line(label) for label in others if label),
            "",
            "deprecated" if entry.deprecated else "released",
            entry.modified or "",
            "",
            definition,
            extract.iris.scheme("components"),
            definition,
        )


def _relations(extract: Extract) -> Iterator[Row]:
    """One row a use; the label is that under which the role lists the component."""
    for role in extract.roles():
        title = label_in(role.title, extract.language)
        for use in role.uses:
            if use.kind in SKILL_TYPES:
                yield (
                    extract.iris.role(role.code),
                    title,
                    use.importance or "optional",
                    SKILL_TYPES[use.kind],
                    extract.component_iri(use),
                    label_in(use.label, extract.language),
                )


def _broader_occupations(extract: Extract) -> Iterator[Row]:
    for role, mapping in _mapped(extract):
        kind = "ISCOGroup" if mapping.object.startswith(ISCO) else "Occupation"
        title = label_in(role.title, extract.language)
        yield (
            "Occupation", extract.iris.role(role.code), title, kind, mapping.object,
            mapping.object_label or "",
        )  # fmt: skip


def _mapped(extract: Extract) -> Iterator[tuple[Role, Mapping]]:
    for role, mappings in extract.mapped_roles():
        for mapping in broader_matches(mappings):
            yield role, mapping


def _broader_skills(extract: Extract) -> Iterator[Row]:
    for entry in extract.components(SKILL_TYPES):
        label = label_in(entry.label, extract.language)
        group = GROUPS[entry.kind][1]
        yield "KnowledgeSkillCompetence", entry.iri, label, "SkillGroup", group_iri(entry.kind), group


def _isco_groups(extract: Extract) -> Iterator[Row]:
    """The ISCO groups that roles are mapped to; there are 619 of them at most."""
    found = {
        mapping.object: mapping.object_label or ""
        for _, mapping in _mapped(extract)
        if mapping.object.startswith(ISCO)
    }
    scheme = ESCO + "concept-scheme/isco"
    for iri, label in sorted(found.items()):
        yield "ISCOGroup", iri, iri.removeprefix(ISCO), label, "released", "", scheme, ""


def _skill_groups(extract: Extract) -> Iterator[Row]:
    scheme = extract.iris.scheme("components")
    for kind, (_, label) in GROUPS.items():
        yield "SkillGroup", group_iri(kind), label, "", "", "released", "", "", scheme, "", ""


def _hierarchy() -> Iterator[Row]:
    for kind, (_, label) in GROUPS.items():
        yield (group_iri(kind), label, *[""] * (len(HIERARCHY) - 2))


def _schemes(extract: Extract) -> Iterator[Row]:
    for name, label in (("roles", "Roles"), ("components", "Components of roles")):
        top = ",\n".join(map(group_iri, GROUPS)) if name == "components" else ""
        yield "ConceptScheme", extract.iris.scheme(name), label, label, "released", "", top
