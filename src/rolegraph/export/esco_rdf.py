"""Roles in, N-Triples in ESCO's own vocabulary out.

Standard: the ESCO ontology, http://data.europa.eu/esco/model, as the published RDF of ESCO 1.2 uses it:
`esco:relatedEssentialSkill` and `esco:relatedOptionalSkill` with their inverses, SKOS-XL labels, and texts
as `esco:NodeLiteral`. Roles are occupations, and skills, knowledge and competencies are skills; the same
things have no place as in the CSV bundle (`esco_csv`). Every language is written.
"""

from __future__ import annotations

from typing import IO, Final

from rolegraph.export.esco_csv import ISCO, SKILL_TYPES, broader_matches, reuse_level, status
from rolegraph.export.extract import Extract
from rolegraph.export.labels import alternative_labels, hidden_labels
from rolegraph.export.triples import TripleWriter, describe
from rolegraph.graph.nquads import RDF_TYPE, date, lang_text, node, text
from rolegraph.iris import short_hash
from rolegraph.model.catalog import Labels, Mapping, Role
from rolegraph.model.records import ComponentEntry
from rolegraph.terms import term

_ESCO: Final = "http://data.europa.eu/esco/"
_RELATIONS: Final = {
    "essential": (term("esco:relatedEssentialSkill"), term("esco:isEssentialSkillFor")),
    "optional": (term("esco:relatedOptionalSkill"), term("esco:isOptionalSkillFor")),
}
_STATUS: Final = "<http://purl.org/iso25964/skos-thes#status>"
_LANGUAGE: Final = term("xsd:language")


def write(extract: Extract, stream: IO[str]) -> None:
    """Write all roles, and then all skills."""
    out = TripleWriter(stream)
    describe(extract, out)
    for name in ("roles", "components"):
        out.add(node(extract.iris.scheme(name)), RDF_TYPE, term("skos:ConceptScheme"))
    for role, mappings in extract.mapped_roles():
        _occupation(extract, out, role, mappings)
    for entry in extract.components(SKILL_TYPES):
        _skill(extract, out, entry)


def _concept(out: TripleWriter, iri: str, kind: str, scheme: str, titles: Labels) -> str:
    subject = node(iri)
    for name in (kind, term("esco:MemberConcept"), term("skos:Concept")):
        out.add(subject, RDF_TYPE, name)
    out.add(subject, term("skos:inScheme"), node(scheme))
    out.labels(subject, term("skos:prefLabel"), titles)
    for language, label in titles.items():
        _label(out, iri, "prefLabel", label, language)
    return subject


def _label(out: TripleWriter, iri: str, name: str, label: str, language: str) -> None:
    """Write a label as a resource."""
    resource = node(f"{iri}#label-{short_hash(f'{label}|{language}')}")
    out.add(node(iri), term("skosxl:prefLabel").replace("prefLabel", name), resource)
    out.add(resource, RDF_TYPE, term("skosxl:Label"))
    out.add(resource, term("skosxl:literalForm"), lang_text(label, language))


def _text(out: TripleWriter, iri: str, texts: Labels | None) -> None:
    """Write a description as ESCO does, as a resource for each language."""
    for language, value in (texts or {}).items():
        resource = node(f"{iri}#description-{language}")
        out.add(node(iri), term("dcterms:description"), resource)
        out.add(resource, RDF_TYPE, term("esco:NodeLiteral"))
        out.add(resource, term("esco:nodeLiteral"), lang_text(value, language))
        out.add(resource, term("esco:language"), f'"{language}"^^{_LANGUAGE}')


def _occupation(extract: Extract, out: TripleWriter, role: Role, mappings: tuple[Mapping, ...]) -> None:
    iri = extract.iris.role(role.code)
    subject = _concept(out, iri, term("esco:Occupation"), extract.iris.scheme("roles"), role.title)
    out.add(subject, term("skos:notation"), text(role.code))
    for name, forms in (("altLabel", alternative_labels(role)), ("hiddenLabel", hidden_labels(role))):
        for label, language in forms:
            out.add(subject, term("skos:prefLabel").replace("prefLabel", name), lang_text(label, language))
            _label(out, iri, name, label, language)
    _text(out, iri, role.summary)
    if role.status is not None:
        out.add(subject, _STATUS, text(status(role.status)))
    if role.modified is not None:
        out.add(subject, term("dcterms:modified"), date(role.modified))
    for mapping in broader_matches(mappings):
        in_isco = mapping.object.startswith(ISCO)
        predicate = term("esco:memberOfISCOGroup") if in_isco else term("skos:broadMatch")
        out.add(subject, predicate, node(mapping.object))
    for use in role.uses:
        if use.kind in SKILL_TYPES:
            skill = node(extract.component_iri(use))
            relation, inverse = _RELATIONS[use.importance or "optional"]
            out.add(subject, relation, skill)
            out.add(skill, inverse, subject)


def _skill(extract: Extract, out: TripleWriter, entry: ComponentEntry) -> None:
    subject = _concept(out, entry.iri, term("esco:Skill"), extract.iris.scheme("components"), entry.label)
    for labels in entry.alternative_labels:
        for language, label in labels.items():
            out.add(subject, term("skos:altLabel"), lang_text(label, language))
            _label(out, entry.iri, "altLabel", label, language)
    _text(out, entry.iri, entry.definition)
    kind = "knowledge" if SKILL_TYPES[entry.kind] == "knowledge" else "skill"
    out.add(subject, term("esco:skillType"), node(f"{_ESCO}skill-type/{kind}"))
    out.add(subject, term("esco:skillReuseLevel"), node(f"{_ESCO}skill-reuse-level/{reuse_level(entry)}"))
    out.add(subject, _STATUS, text("deprecated" if entry.deprecated else "released"))
    for iri in entry.exact_matches:
        out.add(subject, term("skos:exactMatch"), node(iri))
