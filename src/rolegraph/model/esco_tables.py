"""What each CSV file of ESCO holds: its columns, and the properties that carry them.

It serves both the reader (which columns, which spellings) and the graph (which terms), so the two cannot
disagree. Layouts: ESCO 1.0, 1.1, 1.2.0 and 1.2.1.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rolegraph.model.esco import (
    CONCEPT_TYPES,
    ESCO,
    RELATION_TYPES,
    REUSE_LEVELS,
    SKILL_TYPES,
    Column,
    ConceptKind,
    TableSpec,
)

VERSIONS: Final = ("1.0", "1.1", "1.2.0", "1.2.1")
"""The layouts, oldest first."""


class VersionMark(Struct, frozen=True, kw_only=True):
    """A column that a release introduced.

    `if_present` is False where others often add the column, so that only its absence says something.
    """

    stem: str
    header: str
    since: str
    if_present: bool = True


VERSION_MARKS: Final = (
    VersionMark(stem="occupations", header="code", since="1.1"),
    VersionMark(stem="skillGroups", header="code", since="1.1"),
    VersionMark(stem="occupations", header="naceCode", since="1.2.1"),
    VersionMark(stem="broaderRelationsOccPillar", header="conceptLabel", since="1.2.1"),
    VersionMark(stem="broaderRelationsSkillPillar", header="conceptLabel", since="1.2.1"),
    # Labels are joined into the relations by whoever works with them as a table.
    VersionMark(stem="occupationSkillRelations", header="occupationLabel", since="1.2.1", if_present=False),
)
"""A table of skills without status is no mark: extracts have it, of any release."""


def _type(header: str, *words: str) -> Column:
    return Column(header=header, kind="type", choices=dict.fromkeys(words, ""))


_URI: Final = Column(header="conceptUri", kind="iri", required=True)
_PREFERRED: Final = Column(header="preferredLabel", kind="label", predicate="skos:prefLabel", required=True)
_ALTERNATIVE: Final = Column(header="altLabels", kind="labels", predicate="skos:altLabel")
_HIDDEN: Final = Column(header="hiddenLabels", kind="labels", predicate="skos:hiddenLabel")
_STATUS: Final = Column(header="status", kind="string", predicate="iso-thes:status")
_MODIFIED: Final = Column(header="modifiedDate", kind="moment", predicate="dcterms:modified")
_SCOPE_NOTE: Final = Column(header="scopeNote", kind="text", predicate="skos:scopeNote")
_DEFINITION: Final = Column(header="definition", kind="text", predicate="skos:definition")
_SCHEMES: Final = Column(header="inScheme", kind="iris", predicate="skos:inScheme")
_DESCRIPTION: Final = Column(header="description", kind="text", predicate="dcterms:description")
_CODE: Final = Column(header="code", kind="string", predicate="skos:notation")
_SKILL_TYPE: Final = Column(
    header="skillType", kind="choice", predicate="esco:skillType", choices=SKILL_TYPES
)
_REUSE_LEVEL: Final = Column(
    header="reuseLevel", kind="choice", predicate="esco:skillReuseLevel", choices=REUSE_LEVELS
)
_BROADER: Final = (
    Column(header="broaderConceptUri", kind="iris", predicate="skos:broader"),
    Column(header="broaderConceptPT", kind="names", of="broaderConceptUri"),
)

_OCCUPATIONS: Final = TableSpec(
    stem="occupations",
    kind="concepts",
    defines="occupation",
    columns=(
        _type("conceptType", "Occupation"),
        _URI,
        Column(header="iscoGroup", kind="code", predicate="esco:memberOfISCOGroup"),
        _PREFERRED,
        _ALTERNATIVE,
        _HIDDEN,
        _STATUS,
        _MODIFIED,
        Column(header="regulatedProfessionNote", kind="note", predicate="esco:regulatedProfessionNote"),
        _SCOPE_NOTE,
        _DEFINITION,
        _SCHEMES,
        _DESCRIPTION,
        _CODE,
        Column(header="naceCode", kind="codes", predicate="rg:naceCode"),
    ),
)
_SKILLS: Final = TableSpec(
    stem="skills",
    kind="concepts",
    defines="skill",
    columns=(
        _type("conceptType", "KnowledgeSkillCompetence"),
        _URI,
        _SKILL_TYPE,
        _REUSE_LEVEL,
        _PREFERRED,
        _ALTERNATIVE,
        _HIDDEN,
        _STATUS,
        _MODIFIED,
        _SCOPE_NOTE,
        _DEFINITION,
        _SCHEMES,
        _DESCRIPTION,
    ),
)
_ISCO_GROUPS: Final = TableSpec(
    stem="ISCOGroups",
    kind="concepts",
    defines="isco_group",
    columns=(
        _type("conceptType", "ISCOGroup"),
        _URI,
        _CODE,
        _PREFERRED,
        _STATUS,
        _ALTERNATIVE,
        _SCHEMES,
        _DESCRIPTION,
    ),
)
_SKILL_GROUPS: Final = TableSpec(
    stem="skillGroups",
    kind="concepts",
    defines="skill_group",
    columns=(
        _type("conceptType", "SkillGroup"),
        _URI,
        _PREFERRED,
        _ALTERNATIVE,
        _HIDDEN,
        _STATUS,
        _MODIFIED,
        _SCOPE_NOTE,
        _SCHEMES,
        _DESCRIPTION,
        _CODE,
    ),
)
_CONCEPT_SCHEMES: Final = TableSpec(
    stem="conceptSchemes",
    kind="concepts",
    defines="scheme",
    inverse=("skos:topConceptOf",),
    columns=(
        _type("conceptType", "ConceptScheme"),
        Column(header="conceptSchemeUri", kind="iri", required=True),
        _PREFERRED,
        Column(header="title", kind="text", predicate="dcterms:title"),
        _STATUS,
        _DESCRIPTION,
        Column(header="hasTopConcept", kind="iris", predicate="skos:topConceptOf"),
    ),
)


def _collection(stem: str, defines: ConceptKind, scheme: str) -> TableSpec:
    """A collection repeats concepts of the main files; to be in it is to be in its concept scheme."""
    word = next(word for word, kind in CONCEPT_TYPES.items() if kind == defines)
    of_skills = (_SKILL_TYPE, _REUSE_LEVEL) if defines == "skill" else ()
    return TableSpec(
        stem=stem,
        kind="concepts",
        defines=defines,
        scheme=f"{ESCO}concept-scheme/{scheme}",
        columns=(
            _type("conceptType", word),
            _URI,
            _PREFERRED,
            _STATUS,
            *of_skills,
            _ALTERNATIVE,
            _DESCRIPTION,
            *_BROADER,
        ),
    )


def _broader(stem: str, *words: str) -> TableSpec:
    return TableSpec(
        stem=stem,
        kind="concepts",
        columns=(
            _type("conceptType", *words),
            _URI,
            Column(header="conceptLabel", kind="name", of="conceptUri"),
            _type("broaderType", *words),
            Column(header="broaderUri", kind="iri", predicate="skos:broader", required=True),
            Column(header="broaderLabel", kind="name", of="broaderUri"),
        ),
    )


def _relation_type() -> Column:
    return Column(header="relationType", kind="choice", choices=RELATION_TYPES, required=True)


_OCCUPATION_SKILLS: Final = TableSpec(
    stem="occupationSkillRelations",
    kind="relations",
    columns=(
        Column(header="occupationUri", kind="iri", required=True),
        Column(header="occupationLabel", kind="name", of="occupationUri"),
        _relation_type(),
        Column(
            header="skillType", kind="choice", predicate="esco:skillType", choices=SKILL_TYPES, of="skillUri"
        ),
        Column(header="skillUri", kind="iri", required=True),
        Column(header="skillLabel", kind="name", of="skillUri"),
    ),
)
_SKILL_SKILLS: Final = TableSpec(
    stem="skillSkillRelations",
    kind="relations",
    columns=(
        Column(header="originalSkillUri", kind="iri", required=True),
        Column(
            header="originalSkillType",
            kind="choice",
            predicate="esco:skillType",
            choices=SKILL_TYPES,
            of="originalSkillUri",
        ),
        _relation_type(),
        Column(
            header="relatedSkillType",
            kind="choice",
            predicate="esco:skillType",
            choices=SKILL_TYPES,
            of="relatedSkillUri",
        ),
        Column(header="relatedSkillUri", kind="iri", required=True),
    ),
)
_GREEN_SHARES: Final = TableSpec(
    stem="greenShareOcc",
    kind="concepts",
    columns=(
        _type("conceptType", "Occupation", *(f"ISCO level {level}" for level in range(1, 5))),
        _URI,
        Column(header="code", kind="string", predicate="skos:notation"),
        Column(header="preferredLabel", kind="name", of="conceptUri"),
        Column(header="greenShare", kind="decimal", predicate="rg:greenShare", required=True),
    ),
)
HIERARCHY_LEVELS: Final = 4
_HIERARCHY: Final = TableSpec(
    stem="skillsHierarchy",
    kind="hierarchy",
    defines="skill_group",
    columns=(
        *(
            column
            for level in range(HIERARCHY_LEVELS)
            for column in (
                Column(
                    header=f"Level {level} URI", kind="iri", predicate="skos:broader", required=level == 0
                ),
                Column(
                    header=f"Level {level} preferred term",
                    kind="label",
                    predicate="skos:prefLabel",
                    of=f"Level {level} URI",
                ),
                Column(
                    header=f"Level {level} code",
                    kind="string",
                    predicate="skos:notation",
                    of=f"Level {level} URI",
                ),
            )
        ),
        Column(header="Description", kind="text", predicate="dcterms:description"),
        Column(header="Scope note", kind="text", predicate="skos:scopeNote"),
    ),
)

TABLES: Final = (
    _OCCUPATIONS,
    _SKILLS,
    _ISCO_GROUPS,
    _SKILL_GROUPS,
    _CONCEPT_SCHEMES,
    _collection("digCompSkillsCollection", "skill", "digcomp"),
    _collection("digitalSkillsCollection", "skill", "6c930acd-c104-4ece-acf7-f44fd7333036"),
    _collection("greenSkillsCollection", "skill", "green"),
    _collection("languageSkillsCollection", "skill", "skill-language-groups"),
    _collection("researchSkillsCollection", "skill", "research"),
    _collection("transversalSkillsCollection", "skill", "skill-transversal-groups"),
    _collection("researchOccupationsCollection", "occupation", "8ae4b9f3-507e-4057-a145-2f96f0132613"),
    _broader("broaderRelationsOccPillar", "Occupation", "ISCOGroup"),
    _broader("broaderRelationsSkillPillar", "KnowledgeSkillCompetence", "SkillGroup"),
    _OCCUPATION_SKILLS,
    _SKILL_SKILLS,
    _GREEN_SHARES,
    _HIERARCHY,
)
"""Main files come before those that repeat or only refer to their concepts, so that what they say wins."""
