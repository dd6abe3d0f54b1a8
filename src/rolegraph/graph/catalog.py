"""Catalog records in, quads of the graphs `catalog` and `provenance` out (domain model, table 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, date, decimal, integer, lang_text, node, text
from rolegraph.iris import Iris, fold, slug
from rolegraph.model.catalog import (
    OPEN_LISTS,
    Catalog,
    Component,
    ComponentUse,
    Family,
    Kept,
    Kind,
    Labels,
    Level,
    ProficiencyText,
    Role,
    Specialisation,
    Story,
    SuperFunction,
    TitleAlias,
    key_label,
)
from rolegraph.terms import CONCEPT as CONCEPT_BASE
from rolegraph.terms import DIMENSION, concept, term

CLASS_OF_KIND: Final[dict[Kind, str]] = {
    "responsibility": term("rg:Responsibility"),
    "task": term("rg:Task"),
    "skill": term("rg:Skill"),
    "knowledge": term("rg:Knowledge"),
    "competency": term("rg:Competency"),
    "qualification": term("rg:Qualification"),
    "core_output": term("rg:CoreOutput"),
}
_STORY_TEXTS: Final = {
    "character": term("rg:character"),
    "external_problem": term("rg:externalProblem"),
    "internal_problem": term("rg:internalProblem"),
    "philosophical_problem": term("rg:philosophicalProblem"),
    "stakes": term("rg:stakes"),
    "success": term("rg:success"),
}
_LEVEL_TOKEN = re.compile(r"[A-Z]{1,4}\d{1,2}(?:\s*[-–—]\s*[A-Z]{1,4}\d{1,2})?\Z")
_TRUE: Final = f'"true"^^{term("xsd:boolean")}'

CONCEPT: Final = term("skos:Concept")
PREF_LABEL: Final = term("skos:prefLabel")
ALT_LABEL: Final = term("skos:altLabel")
NOTATION: Final = term("skos:notation")
DEFINITION: Final = term("skos:definition")
IN_SCHEME: Final = term("skos:inScheme")
BROADER: Final = term("skos:broader")


def confidence_band(score: float) -> str:
    """The band of a score: high from 0.80, medium from 0.50, else low (domain model, table 3)."""
    return "high" if score >= 0.80 else "medium" if score >= 0.50 else "low"


def is_level_token(label: str) -> bool:
    """Whether an alias is a bare level or range of levels (`P5`, `P5–P6`) rather than a title."""
    return _LEVEL_TOKEN.match(label) is not None


def open_concept(list_name: str, value: str) -> str:
    """The concept of a value of an open list: the shipped one, or one of the catalog's own."""
    return concept(list_name, value if value in OPEN_LISTS[list_name] else slug(value))


class CatalogGraph:
    """Writes the catalog's records; every call appends to the given writers."""

    def __init__(self, iris: Iris, language: str, catalog: QuadWriter, provenance: QuadWriter) -> None:
        self._iris = iris
        self._language = language
        self._out = catalog
        self._provenance = provenance
        self._components: dict[str, Labels] = {}
        self._alternatives: dict[tuple[str, str], None] = {}
        self._open_values: dict[str, str] = {}

    def build(self, records: Catalog) -> None:
        """Write everything but the mappings: taxonomy, components, roles, schemes, open lists."""
        self._schemes()
        self._taxonomy(records)
        for component in records.components:
            self._curated(component)
        for role in records.roles:
            self.role(role, records.levels[role.level])
        for mapping in (*records.mappings, *(m for role in records.roles for m in role.mappings)):
            if mapping.source is not None:
                self._open_value("mapping-source", mapping.source)
        self._alternative_labels()

    def _alternative_labels(self) -> None:
        """Write the other spellings, at the end: only then are all preferred labels known (SKOS S13)."""
        for subject, form in self._alternatives:
            preferred = self._components[subject]
            if form not in {lang_text(label, language) for language, label in preferred.items()}:
                self._out.add(subject, ALT_LABEL, form)

    def _schemes(self) -> None:
        for name, label in (("roles", "Roles and their taxonomy"), ("components", "Components of roles")):
            scheme = node(self._iris.scheme(name))
            self._out.add(scheme, RDF_TYPE, term("skos:ConceptScheme"))
            self._out.add(scheme, PREF_LABEL, lang_text(label, "en"))

    def _labels(self, subject: str, predicate: str, labels: Labels | None) -> None:
        for language, label in (labels or {}).items():
            self._out.add(subject, predicate, lang_text(label, language))

    def _concept(self, subject: str, kind: str, labels: Labels, scheme: str) -> None:
        self._out.add(subject, RDF_TYPE, kind)
        self._out.add(subject, RDF_TYPE, CONCEPT)
        self._labels(subject, PREF_LABEL, labels)
        self._out.add(subject, IN_SCHEME, node(self._iris.scheme(scheme)))

    def _taxonomy(self, records: Catalog) -> None:
        """Write listed entries, and bare ones for families and specialisations that only roles name."""
        taxonomy = records.taxonomy
        used = {role.specialisation for role in records.roles} | set(taxonomy.specialisations)
        families = {code.partition(".")[0] for code in used} | set(taxonomy.families)
        for super_function in taxonomy.super_functions.values():
            subject = node(self._iris.super_function(super_function.code))
            self._taxon(subject, term("rg:SuperFunction"), super_function, curated=True)
            self._lasting(subject, super_function, self._iris.super_function)
        for code in sorted(families):
            family = taxonomy.families.get(code) or Family(code=code, label={self._language: code})
            subject = node(self._iris.family(code))
            self._taxon(subject, term("rg:RoleFamily"), family, curated=code in taxonomy.families)
            self._lasting(subject, family, self._iris.family)
            if family.super_function is not None:
                self._out.add(subject, BROADER, node(self._iris.super_function(family.super_function)))
        for code in sorted(used):
            known = taxonomy.specialisations.get(code)
            focus = code.partition(".")[2]
            spec = known or Specialisation(code=code, label={self._language: focus})
            subject = node(self._iris.specialisation(code))
            self._taxon(subject, term("rg:Specialisation"), spec, curated=known is not None)
            self._lasting(subject, spec, self._iris.specialisation)
            self._out.add(subject, BROADER, node(self._iris.family(code.partition(".")[0])))

    def _taxon(
        self, subject: str, kind: str, entry: SuperFunction | Family | Specialisation, *, curated: bool
    ) -> None:
        self._concept(subject, kind, entry.label, "roles")
        self._out.add(subject, NOTATION, text(entry.code))
        self._labels(subject, DEFINITION, entry.definition)
        if curated:
            self._out.add(subject, term("rg:curated"), _TRUE)

    def _lasting(self, subject: str, record: Kept, iri_of: Callable[[str], str]) -> None:
        """Write when something last changed, and what became of it (domain model 2.3)."""
        if record.modified is not None:
            self._out.add(subject, term("dcterms:modified"), date(record.modified))
        if record.deprecated:
            self._out.add(subject, term("owl:deprecated"), _TRUE)
            self._out.add(subject, term("adms:status"), concept("status", "deprecated"))
        if record.replaced_by is not None:
            self._out.add(subject, term("dcterms:isReplacedBy"), node(iri_of(record.replaced_by)))
        self._labels(subject, term("skos:historyNote"), record.history_note)

    def _component(self, kind: Kind, labels: Labels) -> str:
        """Write a component the first time it is met; other spellings become alternative labels."""
        subject = node(self._iris.component(kind, key_label(labels)))
        known = self._components.get(subject)
        if known is None:
            self._components[subject] = dict(labels)
            self._concept(subject, CLASS_OF_KIND[kind], labels, "components")
            self._out.add(subject, RDF_TYPE, term("rg:Component"))
        elif known != labels:
            for language, label in labels.items():
                preferred = known.get(language)
                if preferred is None:
                    known[language] = label
                    self._out.add(subject, PREF_LABEL, lang_text(label, language))
                elif preferred != label:
                    self._alternatives[subject, lang_text(label, language)] = None
        return subject

    def _curated(self, component: Component) -> None:
        subject = self._component(component.kind, component.label)
        self._out.add(subject, term("rg:curated"), _TRUE)
        self._labels(subject, DEFINITION, component.definition)
        for labels in component.alternative_labels:
            for language, label in labels.items():
                self._alternatives[subject, lang_text(label, language)] = None
        for iri in component.exact_matches:
            self._out.add(subject, term("skos:exactMatch"), node(iri))
        for step in component.proficiency_texts:
            self._proficiency(component, step)
        self._lasting(subject, component, lambda label: self._iris.component(component.kind, label))

    def _proficiency(self, component: Component, step: ProficiencyText) -> None:
        iri = self._iris.component(component.kind, key_label(component.label))
        subject = node(f"{iri}#proficiency-{step.level}")
        self._out.add(node(iri), term("rg:proficiencyDescriptor"), subject)
        self._out.add(subject, RDF_TYPE, term("rg:ProficiencyDescriptor"))
        self._out.add(subject, term("rg:describedProficiency"), integer(step.level))
        self._labels(subject, term("rdfs:label"), step.name)
        self._labels(subject, term("rg:text"), step.text)

    def _open_value(self, list_name: str, value: str) -> str:
        """The concept of a value; one outside the shipped list is written once as a concept."""
        subject = open_concept(list_name, value)
        if value in OPEN_LISTS[list_name]:
            return subject
        first = self._open_values.setdefault(subject, value)
        if first != value:
            self._out.add(subject, ALT_LABEL, lang_text(value, self._language))
        else:
            self._out.add(subject, RDF_TYPE, CONCEPT)
            self._out.add(subject, NOTATION, text(value))
            self._out.add(subject, PREF_LABEL, lang_text(value.replace("_", " "), self._language))
            self._out.add(subject, IN_SCHEME, node(CONCEPT_BASE + list_name))
        return subject

    def role(self, role: Role, level: Level) -> None:
        """Write one role with all its statement nodes."""
        iri = self._iris.role(role.code)
        subject = node(iri)
        add = self._out.add
        self._concept(subject, term("rg:Role"), role.title, "roles")
        add(subject, term("dcterms:identifier"), text(role.code))
        add(subject, NOTATION, text(role.code))
        specialisation = node(self._iris.specialisation(role.specialisation))
        add(subject, term("rg:inSpecialisation"), specialisation)
        add(subject, BROADER, specialisation)
        add(subject, term("rg:inFamily"), node(self._iris.family(role.family)))
        add(subject, term("rg:level"), node(level.iri))
        self._labels(subject, DEFINITION, role.summary)
        self._lasting(subject, role, self._iris.role)
        if role.status is not None and not role.deprecated:
            add(subject, term("adms:status"), concept("status", role.status))
        if role.applicability is not None:
            add(subject, term("rg:applicability"), self._open_value("applicability", role.applicability))
        if role.version is not None:
            add(subject, term("pav:version"), text(role.version))
        if role.confidence is not None:
            add(subject, term("rg:confidence"), decimal(role.confidence))
        for kind in role.none_recorded:
            add(subject, term("rg:noneRecorded"), CLASS_OF_KIND[kind])
        self._level_text(iri, role, level)
        if role.story is not None:
            self._story(iri, role.story)
        for use in role.uses:
            self._use(role.code, subject, use)
        for alias in role.aliases:
            self._alias(role, subject, alias)
        if role.file:
            self._provenance.add(subject, term("rg:sourceFile"), text(role.file))

    def _level_text(self, iri: str, role: Role, level: Level) -> None:
        subject = node(iri)
        self._labels(subject, term("rg:levelTitle"), role.level_title)
        self._labels(subject, term("rg:levelSummary"), role.level_summary)
        for dimension, labels in role.descriptors.items():
            name = dimension.replace("_", "-")
            descriptor = node(f"{iri}#descriptor-{name}")
            self._out.add(subject, term("rg:descriptor"), descriptor)
            self._out.add(descriptor, RDF_TYPE, term("rg:LevelDescriptor"))
            self._out.add(descriptor, term("rg:dimension"), node(DIMENSION + name))
            self._out.add(descriptor, term("prov:wasDerivedFrom"), node(level.iri))
            self._labels(descriptor, term("rg:text"), labels)

    def _story(self, iri: str, story: Story) -> None:
        subject = node(f"{iri}#story")
        self._out.add(node(iri), term("rg:story"), subject)
        self._out.add(subject, RDF_TYPE, term("rg:RoleStory"))
        for name, predicate in _STORY_TEXTS.items():
            self._labels(subject, predicate, getattr(story, name))
        for position, step in enumerate(story.plan, start=1):
            step_node = node(f"{iri}#plan-{position}")
            self._out.add(subject, term("rg:planStep"), step_node)
            self._out.add(step_node, RDF_TYPE, term("rg:PlanStep"))
            self._out.add(step_node, term("rg:position"), integer(position))
            self._labels(step_node, term("rg:text"), step)

    def _use(self, role_code: str, role: str, use: ComponentUse) -> None:
        add = self._out.add
        component = self._component(use.kind, use.label)
        subject = node(self._iris.use(role_code, use.kind, key_label(use.label)))
        add(role, term("rg:componentUse"), subject)
        add(subject, RDF_TYPE, term("rg:ComponentUse"))
        add(subject, term("rg:component"), component)
        add(subject, term("rg:position"), integer(use.position))
        for tag in use.tags:
            add(subject, term("rg:scopeTag"), concept("scope", tag))
        if use.importance is not None:
            add(subject, term("rg:importance"), concept("importance", use.importance))
        if use.proficiency is not None:
            add(subject, term("rg:proficiency"), integer(use.proficiency))

    def _alias(self, role: Role, role_node: str, alias: TitleAlias) -> None:
        add = self._out.add
        subject = node(self._iris.alias(role.code, alias.label, alias.language))
        form = lang_text(alias.label, alias.language)
        add(role_node, term("rg:titleAlias"), subject)
        add(subject, RDF_TYPE, term("rg:TitleAlias"))
        add(subject, RDF_TYPE, term("skosxl:Label"))
        add(subject, term("skosxl:literalForm"), form)
        add(subject, term("rg:aliasType"), self._open_value("alias-type", alias.type))
        add(subject, term("rg:approval"), concept("approval", alias.approval))
        if alias.confidence is not None:
            add(subject, term("rg:confidence"), decimal(alias.confidence))
            band = confidence_band(alias.confidence)
            add(subject, term("rg:confidenceBand"), concept("band", band))
        if is_level_token(alias.label):
            if alias.label not in role.title.values():
                add(role_node, term("skos:hiddenLabel"), form)
        elif is_alternative_label(alias, role.title):
            add(role_node, term("skosxl:altLabel"), subject)
            add(role_node, ALT_LABEL, form)


def is_alternative_label(alias: TitleAlias, titles: Labels) -> bool:
    """Whether an alias may be found as a label of the role (SKOS S13, S56; domain model, table 3)."""
    if alias.approval == "rejected" or fold(alias.label) in {fold(title) for title in titles.values()}:
        return False
    return alias.approval == "approved" or (alias.confidence or 0) >= 0.50
