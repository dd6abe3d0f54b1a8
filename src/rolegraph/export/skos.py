"""Roles in, SKOS in Turtle out, with or without labels as resources (SKOS-XL).

Standards: SKOS Reference (W3C Recommendation of 18 August 2009) and its appendix B, SKOS-XL. Roles,
specialisations, families and super-functions are one concept scheme with `skos:broader`, components are
another. SKOS has no relation for "a role has a component", so that stands as `rg:hasComponent`, which
tools that know only SKOS pass over. Every language is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Final

from rolegraph.export.dump import read_related
from rolegraph.export.extract import Extract
from rolegraph.export.labels import alternative_labels, hidden_labels
from rolegraph.export.triples import TripleWriter, TurtleWriter, describe, prefixes_for
from rolegraph.graph.nquads import RDF_TYPE, lang_text, node, text
from rolegraph.iris import short_hash
from rolegraph.model.catalog import Kept, Labels, Role
from rolegraph.model.records import ComponentEntry
from rolegraph.terms import PREFIXES, term

_EXACT: Final = term("skos:exactMatch")
_BROADER: Final = term("skos:broader")


def write_skos(extract: Extract, stream: IO[str]) -> None:
    """Write labels as texts."""
    _Skos(extract, stream, is_xl=False).write()


def write_skos_xl(extract: Extract, stream: IO[str]) -> None:
    """Write labels as texts, and also as resources of class skosxl:Label."""
    _Skos(extract, stream, is_xl=True).write()


class _Skos:
    def __init__(self, extract: Extract, stream: IO[str], *, is_xl: bool) -> None:
        self._extract = extract
        self._is_xl = is_xl
        names = ("dcat", "dcterms", "owl", "rdf", "rg", "skos", "xsd", *(("skosxl",) if is_xl else ()))
        self._out: TripleWriter = TurtleWriter(stream, prefixes_for(extract, *names))

    def write(self) -> None:
        describe(self._extract, self._out)
        self._schemes()
        self._taxonomy()
        for role in self._extract.roles():
            self._role(role)
        for iri, related in read_related(self._extract):
            self._out.add(node(iri), term("skos:related"), node(related))
        for entry in self._extract.components():
            self._component(entry)
        for mapping in self._extract.mappings():
            if mapping.review_status == "accepted" and not mapping.modifier:
                self._out.add(node(mapping.subject), node(mapping.predicate), node(mapping.object))
        self._out.close()

    def _schemes(self) -> None:
        for name, label in (("roles", "Roles and their taxonomy"), ("components", "Components of roles")):
            scheme = node(self._extract.iris.scheme(name))
            self._out.add(scheme, RDF_TYPE, term("skos:ConceptScheme"))
            self._out.add(scheme, term("skos:prefLabel"), lang_text(label, "en"))

    def _concept(self, iri: str, labels: Labels, scheme: str, definition: Labels | None) -> str:
        subject = node(iri)
        self._out.add(subject, RDF_TYPE, term("skos:Concept"))
        self._out.add(subject, term("skos:inScheme"), node(self._extract.iris.scheme(scheme)))
        self._out.labels(subject, term("skos:prefLabel"), labels)
        self._out.labels(subject, term("skos:definition"), definition)
        return subject

    def _top(self, subject: str, scheme: str = "roles") -> None:
        self._out.add(subject, term("skos:topConceptOf"), node(self._extract.iris.scheme(scheme)))

    def _taxonomy(self) -> None:
        extract, taxonomy, iris = self._extract, self._extract.facts.taxonomy, self._extract.iris
        for code in sorted(extract.places.super_functions):
            entry = taxonomy.super_functions[code]
            self._top(self._place(iris.super_function, code, entry.label, entry))
        for code in sorted(extract.places.families):
            family = taxonomy.families.get(code)
            subject = self._place(iris.family, code, extract.facts.family_label(code), family)
            if family is not None and family.super_function is not None:
                self._out.add(subject, _BROADER, node(iris.super_function(family.super_function)))
            else:
                self._top(subject)
        for code in sorted(extract.places.specialisations):
            labels, known = extract.facts.specialisation_label(code), taxonomy.specialisations.get(code)
            subject = self._place(iris.specialisation, code, labels, known)
            self._out.add(subject, _BROADER, node(iris.family(code.partition(".")[0])))

    def _place(self, mint: Callable[[str], str], code: str, labels: Labels, entry: Kept | None) -> str:
        definition = getattr(entry, "definition", None)
        subject = self._concept(mint(code), labels, "roles", definition)
        self._out.add(subject, term("skos:notation"), text(code))
        if entry is not None:
            self._out.lasting(subject, entry, entry.replaced_by and mint(entry.replaced_by))
        self._xl(mint(code), "pref", labels)
        return subject

    def _role(self, role: Role) -> None:
        extract, out = self._extract, self._out
        iri = extract.iris.role(role.code)
        subject = self._concept(iri, role.title, "roles", role.summary)
        out.add(subject, term("skos:notation"), text(role.code))
        out.add(subject, _BROADER, node(extract.iris.specialisation(role.specialisation)))
        others, hidden = alternative_labels(role), hidden_labels(role)
        for label, language in others:
            out.add(subject, term("skos:altLabel"), lang_text(label, language))
        for label, language in hidden:
            out.add(subject, term("skos:hiddenLabel"), lang_text(label, language))
        out.lasting(subject, role, role.replaced_by and extract.iris.role(role.replaced_by))
        for use in role.uses:
            out.add(subject, term("rg:hasComponent"), node(extract.component_iri(use)))
        self._xl(iri, "pref", role.title)
        if self._is_xl:
            self._xl_labels(subject, "alt", [(extract.iris.alias(role.code, *form), form) for form in others])
            self._xl_labels(
                subject, "hidden", [(extract.iris.alias(role.code, *form), form) for form in hidden]
            )

    def _component(self, entry: ComponentEntry) -> None:
        extract, out = self._extract, self._out
        subject = self._concept(entry.iri, entry.label, "components", entry.definition)
        self._top(subject, "components")
        for labels in entry.alternative_labels:
            out.labels(subject, term("skos:altLabel"), labels)
        for iri in entry.exact_matches:
            out.add(subject, _EXACT, node(iri))
        replacement = entry.replaced_by and extract.iris.component(entry.kind, entry.replaced_by)
        out.lasting(subject, entry, replacement)
        self._xl(entry.iri, "pref", entry.label)
        for labels in entry.alternative_labels:
            self._xl(entry.iri, "alt", labels)

    def _xl(self, iri: str, role: str, labels: Labels) -> None:
        """Write labels as resources, whose IRIs come from the text alone."""
        if self._is_xl:
            named = [
                (f"{iri}#label-{short_hash(f'{label}|{tag}')}", (label, tag)) for tag, label in labels.items()
            ]
            self._xl_labels(node(iri), role, named)

    def _xl_labels(self, subject: str, role: str, labels: list[tuple[str, tuple[str, str]]]) -> None:
        for iri, _ in labels:
            self._out.add(subject, f"<{PREFIXES['skosxl']}{role}Label>", node(iri))
        for iri, (label, tag) in labels:
            self._out.add(node(iri), RDF_TYPE, term("skosxl:Label"))
            self._out.add(node(iri), term("skosxl:literalForm"), lang_text(label, tag))
