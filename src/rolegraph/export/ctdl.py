"""Roles in, CTDL and CTDL-ASN in JSON-LD out (Credential Engine's vocabularies, as of August 2026).

A role is a ceterms:Job, a task a ceterms:Task; skills, knowledge and competencies are
ceasn:Competency of one ceasn:CompetencyFramework, which carries the licence. The context is inside, so that
no reader needs the network. Every language is written.

A CTID is asked to be a UUID of version 4. Ours are made from the IRI, so that they never change, and carry
the bits of version 4. Publishing them in a registry is another step, which assigns its own addresses.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from typing import IO, Any, Final

from rolegraph.export import attribution
from rolegraph.export.codes import SCHEME_IRIS, SCHEME_NAMES, Code, Codes
from rolegraph.export.extract import Extract
from rolegraph.export.json_document import without_empty, write_document
from rolegraph.export.labels import alternative_labels
from rolegraph.model.catalog import Kind, Labels, Mapping, Role
from rolegraph.model.records import ComponentEntry

_MAP: Final = {"@container": "@language"}
_LINK: Final = {"@type": "@id"}
CONTEXT: Final = {
    "ceterms": "https://purl.org/ctdl/terms/",
    "ceasn": "https://purl.org/ctdlasn/terms/",
    **dict.fromkeys(
        (
            "ceterms:name", "ceterms:description", "ceterms:alternateName", "ceterms:frameworkName",
            "ceterms:targetNodeName", "ceasn:name", "ceasn:description", "ceasn:publisherName",
            "ceasn:rights", "ceasn:competencyText", "ceasn:competencyLabel", "ceasn:competencyCategory",
        ),
        _MAP,
    ),
    **dict.fromkeys(
        (
            "ceterms:hasTask", "ceterms:targetNode", "ceterms:framework", "ceasn:license", "ceasn:isPartOf",
            "ceasn:skillEmbodied", "ceasn:knowledgeEmbodied", "ceasn:abilityEmbodied",
        ),
        _LINK,
    ),
}  # fmt: skip
EMBODIED: Final[dict[Kind, str]] = {
    "skill": "ceasn:skillEmbodied",
    "knowledge": "ceasn:knowledgeEmbodied",
    "competency": "ceasn:abilityEmbodied",
}
"""Kind -> the property by which a role has it."""


def write(extract: Extract, stream: IO[str]) -> None:
    """Write the framework, its competencies, the tasks and the roles."""
    write_document(stream, {"@context": CONTEXT}, [("@graph", _nodes(extract))])


def ctid(iri: str) -> str:
    """The CTID of a thing, made from its IRI.

    >>> ctid("https://example.org/role/A")
    'ce-91f30aad-cc45-4a2b-a46b-d62242a8dd7f'
    """
    digest = hashlib.sha1(iri.encode(), usedforsecurity=False).digest()
    return f"ce-{uuid.UUID(bytes=digest[:16], version=4)}"


def _nodes(extract: Extract) -> Iterator[dict[str, Any]]:
    framework = f"{extract.iris.catalog}#competencies"
    yield _framework(extract, framework)
    for entry in extract.components(EMBODIED):
        yield _competency(entry, framework)
    for entry in extract.components(["task"]):
        yield _node(entry.iri, "ceterms:Task", {
            "ceterms:name": entry.label, "ceterms:description": entry.definition or entry.label,
        })  # fmt: skip
    codes = Codes(extract)
    for role, mappings in extract.mapped_roles():
        yield _role(extract, codes, role, mappings)


def _node(iri: str, kind: str, members: dict[str, Any]) -> dict[str, Any]:
    return without_empty({"@id": iri, "@type": kind, "ceterms:ctid": ctid(iri), **members})


def _framework(extract: Extract, iri: str) -> dict[str, Any]:
    facts = extract.facts
    tag = facts.language
    is_iri = (facts.licence or "").startswith(("http://", "https://"))
    return _node(iri, "ceasn:CompetencyFramework", {
        "ceasn:name": {tag: attribution.title(extract)},
        "ceasn:description": {tag: f"Skills, knowledge and competencies of {facts.name}"},
        "ceasn:publisherName": {tag: facts.publisher} if facts.publisher else None,
        "ceasn:license": facts.licence if is_iri else None,
        "ceasn:rights": {"en": " ".join(attribution.lines(extract))},
        "ceasn:inLanguage": [tag],
    })  # fmt: skip


def _competency(entry: ComponentEntry, framework: str) -> dict[str, Any]:
    return _node(entry.iri, "ceasn:Competency", {
        "ceasn:competencyLabel": entry.label,
        "ceasn:competencyText": entry.definition or entry.label,
        "ceasn:competencyCategory": {"en": entry.kind},
        "ceasn:isPartOf": framework,
    })  # fmt: skip


def _role(extract: Extract, codes: Codes, role: Role, mappings: tuple[Mapping, ...]) -> dict[str, Any]:
    def parts(kind: Kind) -> list[str]:
        return [extract.component_iri(use) for use in role.uses if use.kind == kind]

    return _node(extract.iris.role(role.code), "ceterms:Job", {
        "ceterms:name": role.title,
        "ceterms:codedNotation": role.code,
        "ceterms:description": role.summary or {},
        "ceterms:alternateName": _by_language(alternative_labels(role)),
        "ceterms:occupationType": [_alignment(code) for code in codes.of(role, mappings)],
        "ceterms:hasTask": parts("task"),
        **{name: parts(kind) for kind, name in EMBODIED.items()},
        "ceterms:versionCode": role.version,
    })  # fmt: skip


def _by_language(labels: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, language in labels:
        found.setdefault(language, []).append(label)
    return found


def _alignment(code: Code) -> dict[str, Any]:
    names: Labels = {"en": code.title} if code.title else {}
    return without_empty(
        {
            "@type": "ceterms:CredentialAlignmentObject",
            "ceterms:codedNotation": code.value,
            "ceterms:targetNode": code.iri,
            "ceterms:targetNodeName": names,
            "ceterms:framework": SCHEME_IRIS[code.scheme],
            "ceterms:frameworkName": {"en": SCHEME_NAMES[code.scheme]},
        }
    )
