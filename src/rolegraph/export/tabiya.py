"""Roles in, the CSV files of the Tabiya Open Taxonomy platform out.

Standard: `Import_Export_CSV_format.md` of tabiya-tech/taxonomy-model-application: nine files and LICENSE.
Roles are local occupations below local groups, one for each specialisation and family;
skills, knowledge and competencies are skills. Identifiers are UUIDs made from the IRIs, and the history
holds this one alone. Lists are lines, so a line break within a value becomes a space. One language.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from rolegraph.export import attribution
from rolegraph.export.esco_csv import GROUPS, SKILL_TYPES, group_iri, reuse_level
from rolegraph.export.extract import Extract
from rolegraph.export.files import Row, TableFile, write_table
from rolegraph.export.labels import accepted_aliases, in_one_line, label_in

_DATES: Final = ("CREATEDAT", "UPDATEDAT")
_NODE: Final = ("ORIGINURI", "ID", "UUIDHISTORY")
_LABELS: Final = ("PREFERREDLABEL", "ALTLABELS", "DESCRIPTION")
_BELOW: Final = ("PARENTOBJECTTYPE", "PARENTID", "CHILDID", "CHILDOBJECTTYPE")
HEADERS: Final[dict[str, Row]] = {
    "model_info": (
        "UUIDHISTORY", "NAME", "LOCALE", "DESCRIPTION", "VERSION", "RELEASED", "RELEASENOTES", *_DATES,
    ),
    "skill_groups": (*_NODE, "CODE", *_LABELS, "SCOPENOTE", *_DATES),
    "skills": (
        *_NODE, "SKILLTYPE", "REUSELEVEL", *_LABELS, "DEFINITION", "SCOPENOTE", "ISLOCALIZED", *_DATES,
    ),
    "skill_hierarchy": (*_BELOW, *_DATES),
    "skill_to_skill_relations": ("REQUIRINGID", "RELATIONTYPE", "REQUIREDID", *_DATES),
    "occupation_groups": (*_NODE, "CODE", "GROUPTYPE", *_LABELS, *_DATES),
    "occupations": (
        *_NODE, "OCCUPATIONGROUPCODE", "CODE", *_LABELS, "DEFINITION", "SCOPENOTE", "REGULATEDPROFESSIONNOTE",
        "OCCUPATIONTYPE", "ISLOCALIZED", *_DATES,
    ),
    "occupation_hierarchy": (*_BELOW, *_DATES),
    "occupation_to_skill_relations": (
        "OCCUPATIONTYPE", "OCCUPATIONID", "RELATIONTYPE", "SIGNALLINGVALUELABEL", "SIGNALLINGVALUE",
        "SKILLID", *_DATES,
    ),
}  # fmt: skip
"""File -> its columns, as the format names them."""
MAX_LABELS: Final = 100
MAX_LABEL: Final = 256


def write(extract: Extract, folder: Path) -> None:
    """Write the nine files; LICENSE, which the format has too, goes with every export."""
    bundle = _Bundle(extract)
    rows: dict[str, Iterable[Row]] = {
        "model_info": bundle.model(),
        "skill_groups": bundle.skill_groups(),
        "skills": bundle.skills(),
        "skill_hierarchy": bundle.skill_hierarchy(),
        "skill_to_skill_relations": (),
        "occupation_groups": bundle.groups(),
        "occupations": bundle.occupations(),
        "occupation_hierarchy": bundle.occupation_hierarchy(),
        "occupation_to_skill_relations": bundle.relations(),
    }
    for name, header in HEADERS.items():
        extract.part = name
        write_table(folder, TableFile(f"{name}.csv", header, rows[name]), "csv")


def identifier(iri: str) -> str:
    """The UUID of a thing, made from its IRI (RFC 4122, version 5)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, iri))


def _list(labels: Iterable[str]) -> str:
    """Labels as lines, as many and as long as the format allows."""
    lines = [line for label in labels if len(line := in_one_line(label)) <= MAX_LABEL]
    return "\n".join(lines[:MAX_LABELS])


class _Bundle:
    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._language = extract.language
        self._numbers = {level: str(n) for n, level in enumerate(extract.facts.levels, start=1)}

    def _dates(self, modified: str | None) -> Row:
        day = modified or self._extract.facts.modified
        stamp = f"{day}T00:00:00.000Z" if day else ""
        return stamp, stamp

    def model(self) -> Iterator[Row]:
        facts = self._extract.facts
        text = " ".join(attribution.lines(self._extract))
        iri = identifier(self._extract.iris.catalog)
        version, dates = facts.version or "", self._dates(facts.modified)
        yield iri, facts.name, self._language, text, version, "false", "", *dates

    def skill_groups(self) -> Iterator[Row]:
        for number, (kind, (_, label)) in enumerate(GROUPS.items(), start=1):
            iri = group_iri(kind)
            yield (iri, identifier(iri), identifier(iri), f"S{number}", label, "", "", "", *self._dates(None))

    def skills(self) -> Iterator[Row]:
        for entry in self._extract.components(SKILL_TYPES):
            definition = label_in(entry.definition, self._language)
            others = (labels.get(self._language, "") for labels in entry.alternative_labels)
            yield (
                entry.iri,
                identifier(entry.iri),
                identifier(entry.iri),
                SKILL_TYPES[entry.kind],
                reuse_level(entry),
                label_in(entry.label, self._language),
                _list(filter(None, others)),
                definition,
                definition,
                "",
                "false",
                *self._dates(entry.modified),
            )

    def skill_hierarchy(self) -> Iterator[Row]:
        for entry in self._extract.components(SKILL_TYPES):
            parent = identifier(group_iri(entry.kind))
            yield "skillgroup", parent, identifier(entry.iri), "skill", *self._dates(None)

    def _groups(self) -> Iterator[tuple[str, str, str, str, str | None]]:
        """IRI, code, label, definition and IRI of the parent of every group, parents first."""
        extract, facts, iris = self._extract, self._extract.facts, self._extract.iris
        taxonomy = facts.taxonomy
        for code in sorted(extract.places.families):
            family = taxonomy.families.get(code)
            definition = label_in(family.definition if family else None, self._language)
            yield (
                iris.family(code),
                code,
                label_in(facts.family_label(code), self._language),
                definition,
                None,
            )
        for code in sorted(extract.places.specialisations):
            known = taxonomy.specialisations.get(code)
            definition = label_in(known.definition if known else None, self._language)
            label = label_in(facts.specialisation_label(code), self._language)
            yield (
                iris.specialisation(code),
                _group(code),
                label,
                definition,
                iris.family(code.partition(".")[0]),
            )

    def groups(self) -> Iterator[Row]:
        for iri, code, label, definition, _ in self._groups():
            uid = identifier(iri)
            yield iri, uid, uid, code, "localgroup", label, "", definition, *self._dates(None)

    def occupations(self) -> Iterator[Row]:
        for role in self._extract.roles():
            iri = self._extract.iris.role(role.code)
            group = _group(role.specialisation)
            summary = label_in(role.summary, self._language)
            yield (
                iri,
                identifier(iri),
                identifier(iri),
                group,
                f"{group}_{self._numbers[role.level]}",
                label_in(role.title, self._language),
                _list(accepted_aliases(role, self._language)),
                summary,
                summary,
                f"Level {role.level}: {self._extract.facts.levels[role.level].label}",
                "",
                "localoccupation",
                "false",
                *self._dates(role.modified),
            )

    def occupation_hierarchy(self) -> Iterator[Row]:
        for iri, _, _, _, parent in self._groups():
            if parent is not None:
                yield self._below(parent, iri, "occupationgroup")
        for role in self._extract.roles():
            parent = self._extract.iris.specialisation(role.specialisation)
            yield self._below(parent, self._extract.iris.role(role.code), "localoccupation")

    def _below(self, parent: str, child: str, kind: str) -> Row:
        return "occupationgroup", identifier(parent), identifier(child), kind, *self._dates(None)

    def relations(self) -> Iterator[Row]:
        """One row a use; where nobody said how important it is, the relation has no type."""
        for role in self._extract.roles():
            occupation = identifier(self._extract.iris.role(role.code))
            for use in role.uses:
                if use.kind in SKILL_TYPES:
                    skill = identifier(self._extract.component_iri(use))
                    yield (
                        "localoccupation", occupation, use.importance or "", "", "", skill,
                        *self._dates(role.modified),
                    )  # fmt: skip


def _group(specialisation: str) -> str:
    """The code of a group below a family: the family's code, and more of letters and numbers."""
    return specialisation.replace(".", "")
