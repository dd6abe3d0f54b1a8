"""Roles in, a CFPackage of 1EdTech CASE 1.1 as JSON out.

Standard: Competencies and Academic Standards Exchange 1.1 (1EdTech, CFPackage of the REST binding). The
taxonomy, the roles and the components are CFItems; `isChildOf` is the taxonomy, `isPartOf` the use of a
component by a role, `precedes` the ladder of a specialisation. What the level scheme says of its levels
are CFRubrics: one for each track, a criterion for each dimension and a level for each text. Identifiers
are UUIDs of version 5 made from the IRIs. One language.

Dates: `lastChangeDateTime` must be there. It is the day on which the thing last changed, at midnight
UTC; where it does not say, the newest day in the catalog; where there is none, 1970-01-01.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import IO, Any, Final

from rolegraph.export import attribution
from rolegraph.export._case_rubrics import Node, rubrics
from rolegraph.export.extract import Extract
from rolegraph.export.json_document import without_empty, write_document
from rolegraph.export.labels import accepted_aliases, label_in, text_in
from rolegraph.model.catalog import KINDS, Kept, Kind, Labels, Role
from rolegraph.model.records import ComponentEntry
from rolegraph.terms import PREFIXES

NO_DATE: Final = "1970-01-01"
KIND_ITEMS: Final[dict[Kind, tuple[str, str]]] = {
    "responsibility": ("Responsibility", "Responsibilities"),
    "task": ("Task", "Tasks"),
    "skill": ("Skill", "Skills"),
    "knowledge": ("Knowledge", "Knowledge"),
    "competency": ("Competency", "Competencies"),
    "qualification": ("Qualification", "Qualifications"),
    "core_output": ("CoreOutput", "Core outputs"),
}
"""Kind -> the class of the ontology that stands for it, and its heading."""


def write(extract: Extract, stream: IO[str]) -> None:
    """Write the package."""
    package = _Package(extract)
    if extract.facts.modified is None:
        extract.notes.append(f"nothing in the catalog has a date, so lastChangeDateTime is {NO_DATE}")
    lists = [
        ("CFItems", package.items()),
        ("CFAssociations", package.associations()),
        ("CFRubrics", rubrics(extract, package.node)),
    ]
    write_document(stream, {"CFDocument": package.document(), "CFDefinitions": package.definitions()}, lists)


def identifier(iri: str) -> str:
    """The UUID of a thing, made from its IRI (RFC 4122, version 5)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, iri))


class _Package:
    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._iri = extract.iris.catalog
        self._title = attribution.title(extract)

    def node(self, iri: str, modified: str | None = None) -> Node:
        """What everything in a package begins with."""
        day = modified or self._extract.facts.modified or NO_DATE
        return {"identifier": identifier(iri), "uri": iri, "lastChangeDateTime": f"{day}T00:00:00+00:00"}

    def document(self) -> dict[str, Any]:
        """The CFDocument."""
        facts = self._extract.facts
        return without_empty(
            {
                **self.node(self._iri),
                "creator": facts.publisher or facts.name,
                "title": self._title,
                "publisher": facts.publisher,
                "description": " ".join(attribution.lines(self._extract)),
                "language": self._extract.language,
                "version": facts.version,
                "caseVersion": "1.1",
                "frameworkType": "Job roles",
                "adoptionStatus": "Adopted",
                "licenseURI": self._link(self._licence_iri, "Licence"),
                "CFPackageURI": self._link(self._iri, self._title),
            }
        )

    @property
    def _licence_iri(self) -> str:
        licence = self._extract.facts.licence or ""
        return licence if licence.startswith(("http://", "https://")) else f"{self._iri}#licence"

    def definitions(self) -> dict[str, Any]:
        """The licence and the types of items."""
        licence = attribution.licence(self._extract)
        types = ["Super-function", "Family", "Specialisation", "Role", "Component kind"]
        types += [name for name, _ in KIND_ITEMS.values()]
        return {
            "CFLicenses": [{
                **self.node(self._licence_iri), "title": "Licence", "licenseText": licence,
            }],
            "CFItemTypes": [
                {**self.node(f"{self._iri}#type-{name}"), "title": name, "description": name,
                 "hierarchyCode": str(number)}
                for number, name in enumerate(types, start=1)
            ],
        }  # fmt: skip

    def _link(self, iri: str, title: str) -> dict[str, str]:
        return {"title": title, "identifier": identifier(iri), "uri": iri}

    def _item(self, iri: str, kind: str, labels: Labels, record: Kept | None, **more: Any) -> dict[str, Any]:
        statement, language = text_in(labels, self._extract.language)
        return without_empty(
            {
                **self.node(iri, record.modified if record else None),
                "fullStatement": statement,
                "CFItemType": kind,
                "CFItemTypeURI": self._link(f"{self._iri}#type-{kind}", kind),
                "language": language,
                **more,
            }
        )

    def items(self) -> Iterator[dict[str, Any]]:
        """The taxonomy, the roles, the kinds and the components."""
        extract, facts, iris = self._extract, self._extract.facts, self._extract.iris
        taxonomy, places = facts.taxonomy, extract.places
        for code in sorted(places.super_functions):
            top = taxonomy.super_functions[code]
            yield self._place(iris.super_function(code), "Super-function", code, top.label, top)
        for code in sorted(places.families):
            family = taxonomy.families.get(code)
            yield self._place(iris.family(code), "Family", code, facts.family_label(code), family)
        for code in sorted(places.specialisations):
            labels, known = facts.specialisation_label(code), taxonomy.specialisations.get(code)
            yield self._place(iris.specialisation(code), "Specialisation", code, labels, known)
        for role in extract.roles():
            yield self._role(role)
        for kind in KINDS:
            yield self._item(kind_iri(kind), "Component kind", {extract.language: KIND_ITEMS[kind][1]}, None)
        for entry in extract.components():
            yield self._component(entry)

    def _place(self, iri: str, kind: str, code: str, labels: Labels, record: Kept | None) -> dict[str, Any]:
        notes = label_in(getattr(record, "definition", None), self._extract.language)
        return self._item(iri, kind, labels, record, humanCodingScheme=code, notes=notes)

    def _role(self, role: Role) -> dict[str, Any]:
        language = self._extract.language
        return self._item(
            self._extract.iris.role(role.code),
            "Role",
            role.title,
            role,
            humanCodingScheme=role.code,
            alternativeLabel="; ".join(accepted_aliases(role, language)),
            educationLevel=[role.level],
            notes=label_in(role.summary, language),
        )

    def _component(self, entry: ComponentEntry) -> dict[str, Any]:
        language = self._extract.language
        others = [label for labels in entry.alternative_labels if (label := labels.get(language))]
        notes = label_in(entry.definition, language)
        name = KIND_ITEMS[entry.kind][0]
        return self._item(
            entry.iri, name, entry.label, entry, alternativeLabel="; ".join(others), notes=notes
        )

    def _associate(
        self, kind: str, origin: tuple[str, str], target: tuple[str, str], number: int | None = None
    ) -> dict[str, Any]:
        iri = f"{self._iri}#association-{identifier(f'{kind} {origin[0]} {target[0]}')}"
        return without_empty(
            {
                **self.node(iri),
                "associationType": kind,
                "sequenceNumber": number,
                "originNodeURI": self._link(*origin),
                "destinationNodeURI": self._link(*target),
            }
        )

    def associations(self) -> Iterator[dict[str, Any]]:
        """What is above what, what is part of a role, what comes before what."""
        yield from self._taxonomy()
        for _, group in groupby(self._extract.roles(), key=lambda role: role.specialisation):
            yield from self._specialisation(list(group))
        top = self._iri, self._title
        for kind in KINDS:
            yield self._associate("isChildOf", (kind_iri(kind), KIND_ITEMS[kind][1]), top)
        for entry in self._extract.components():
            named = entry.iri, label_in(entry.label, self._extract.language)
            yield self._associate("isChildOf", named, (kind_iri(entry.kind), KIND_ITEMS[entry.kind][1]))
            for iri in entry.exact_matches:
                yield self._associate("exactMatchOf", named, (iri, named[1]))

    def _taxonomy(self) -> Iterator[dict[str, Any]]:
        facts, iris, places = self._extract.facts, self._extract.iris, self._extract.places
        language, document = self._extract.language, (self._iri, self._title)
        tops = facts.taxonomy.super_functions
        named = {code: (iris.super_function(code), label_in(tops[code].label, language)) for code in tops}
        for code in sorted(places.super_functions):
            yield self._associate("isChildOf", named[code], document)
        for code in sorted(places.families):
            family = facts.taxonomy.families.get(code)
            above = named[family.super_function] if family and family.super_function else document
            yield self._associate("isChildOf", self._family(code), above)
        for code in sorted(places.specialisations):
            label = label_in(facts.specialisation_label(code), language)
            above = self._family(code.partition(".")[0])
            yield self._associate("isChildOf", (iris.specialisation(code), label), above)

    def _family(self, code: str) -> tuple[str, str]:
        label = label_in(self._extract.facts.family_label(code), self._extract.language)
        return self._extract.iris.family(code), label

    def _specialisation(self, roles: list[Role]) -> Iterator[dict[str, Any]]:
        """The roles of one specialisation: at most one a level."""
        iris, facts, language = self._extract.iris, self._extract.facts, self._extract.language
        code = roles[0].specialisation
        above = iris.specialisation(code), label_in(facts.specialisation_label(code), language)
        for role in roles:
            named = self._named(role)
            yield self._associate("isChildOf", named, above)
            for number, use in enumerate(role.uses, start=1):
                part = self._extract.component_iri(use), label_in(use.label, language)
                yield self._associate("isPartOf", part, named, number)
            if role.replaced_by is not None:
                yield self._associate("replacedBy", named, (iris.role(role.replaced_by), role.replaced_by))
        ladder = sorted(roles, key=lambda r: (facts.levels[r.level].track, facts.levels[r.level].rank))
        for lower, upper in pairwise(ladder):
            if facts.levels[lower.level].track == facts.levels[upper.level].track:
                yield self._associate("precedes", self._named(lower), self._named(upper))

    def _named(self, role: Role) -> tuple[str, str]:
        return self._extract.iris.role(role.code), label_in(role.title, self._extract.language)


def kind_iri(kind: Kind) -> str:
    """The IRI of a kind of components."""
    return PREFIXES["rg"] + KIND_ITEMS[kind][0]
