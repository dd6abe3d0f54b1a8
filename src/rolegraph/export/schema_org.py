"""Roles in, schema.org JSON-LD out.

Standard: schema.org 29, types Occupation, CategoryCode, DefinedTerm and
OccupationalExperienceRequirements. The context is inside, so that no reader needs the network. One
language. Codes carry their code set: a bare code would be read as one of O*NET-SOC.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, Final

from rolegraph.export import attribution
from rolegraph.export.codes import SCHEME_IRIS, SCHEME_NAMES, Code, Codes
from rolegraph.export.extract import Extract
from rolegraph.export.json_document import without_empty, write_document
from rolegraph.export.labels import accepted_aliases, label_in
from rolegraph.model.catalog import Kind, Mapping, Role

CONTEXT: Final = {"@vocab": "https://schema.org/", "url": {"@type": "@id"}, "license": {"@type": "@id"}}
_SKILLS: Final[tuple[Kind, ...]] = ("skill", "knowledge", "competency")
_DUTIES: Final[tuple[Kind, ...]] = ("responsibility", "task")
_MONTHS: Final = 12


def write(extract: Extract, stream: IO[str]) -> None:
    """Write the dataset, the code sets, and every role as an Occupation."""
    write_document(stream, {"@context": CONTEXT}, [("@graph", _nodes(extract))])


def _nodes(extract: Extract) -> Iterator[dict[str, Any]]:
    yield _dataset(extract)
    yield {
        "@id": extract.iris.scheme("components"),
        "@type": "DefinedTermSet",
        "name": "Components of roles",
    }
    for scheme, iri in SCHEME_IRIS.items():
        yield {"@id": iri, "@type": "CategoryCodeSet", "name": SCHEME_NAMES[scheme]}
    codes = Codes(extract)
    for role, mappings in extract.mapped_roles():
        yield _occupation(extract, codes, role, mappings)


def _dataset(extract: Extract) -> dict[str, Any]:
    facts = extract.facts
    publisher = {"@type": "Organization", "name": facts.publisher} if facts.publisher else None
    return without_empty(
        {
            "@id": extract.iris.catalog,
            "@type": "Dataset",
            "name": facts.name,
            "version": facts.version,
            "publisher": publisher,
            "license": facts.licence,
            "dateModified": facts.modified,
            "inLanguage": extract.language,
            "creditText": " ".join(attribution.lines(extract)),
        }
    )


def _occupation(extract: Extract, codes: Codes, role: Role, mappings: tuple[Mapping, ...]) -> dict[str, Any]:
    language = extract.language

    def labels(*kinds: Kind) -> list[str]:
        return [label_in(use.label, language) for use in role.uses if use.kind in kinds]

    return without_empty(
        {
            "@id": extract.iris.role(role.code),
            "@type": "Occupation",
            "identifier": role.code,
            "name": label_in(role.title, language),
            "alternateName": accepted_aliases(role, language),
            "description": label_in(role.summary, language),
            "occupationalCategory": [_category(code) for code in codes.of(role, mappings)],
            "responsibilities": labels(*_DUTIES),
            "skills": [
                {
                    "@type": "DefinedTerm",
                    "@id": extract.component_iri(use),
                    "name": label_in(use.label, language),
                    "inDefinedTermSet": {"@id": extract.iris.scheme("components")},
                }
                for use in role.uses
                if use.kind in _SKILLS
            ],
            "qualifications": labels("qualification"),
            "experienceRequirements": _experience(extract, role),
        }
    )


def _category(code: Code) -> dict[str, Any]:
    return without_empty(
        {
            "@type": "CategoryCode",
            "codeValue": code.value,
            "name": code.title,
            "url": code.iri,
            "inCodeSet": {"@id": SCHEME_IRIS[code.scheme]},
        }
    )


def _experience(extract: Extract, role: Role) -> dict[str, Any]:
    """The least experience that people of the level usually have; in months."""
    years = extract.facts.levels[role.level].experience_min_years
    if years is None:
        return {}
    return {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": round(years * _MONTHS)}
