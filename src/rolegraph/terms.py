"""Namespaces and the terms used from Python, as N-Triples tokens (`<iri>`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

RG: Final = "https://w3id.org/rolegraph/ns#"
FIXED: Final = "https://w3id.org/rolegraph/"
CONCEPT: Final = FIXED + "concept/"
LEVEL: Final = FIXED + "level/"
TRACK: Final = FIXED + "track/"
DIMENSION: Final = FIXED + "dimension/"

PREFIXES: Final[dict[str, str]] = {
    "rg": RG,
    "rgc": CONCEPT,
    "rgs": FIXED + "shapes#",
    "level": LEVEL,
    "track": TRACK,
    "dimension": DIMENSION,
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "esco": "http://data.europa.eu/esco/model#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "iso-thes": "http://purl.org/iso25964/skos-thes#",
    "onet": "https://www.onetcenter.org/rdf/schema/onet/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "pav": "http://purl.org/pav/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "sssom": "https://w3id.org/sssom/",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefix -> namespace of everything that rolegraph writes; the SPARQL form offers the same."""


_LONGEST_FIRST: Final = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def prefixed_forms(iri: str) -> Iterator[tuple[str, str]]:
    """Every (prefix, local name) that an IRI splits into, the longest namespace first.

    >>> next(prefixed_forms("https://w3id.org/rolegraph/level/P5"))
    ('level', 'P5')
    """
    for prefix, namespace in _LONGEST_FIRST:
        if iri.startswith(namespace) and iri != namespace:
            yield prefix, iri.removeprefix(namespace)


@cache
def term(curie: str) -> str:
    """The N-Triples token of a prefixed name.

    >>> term("rg:rank")
    '<https://w3id.org/rolegraph/ns#rank>'
    """
    prefix, _, local = curie.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"


@cache
def concept(list_name: str, notation: str) -> str:
    """The token of a member of one of rolegraph's own SKOS lists, by its notation.

    >>> concept("review", "needs_review")
    '<https://w3id.org/rolegraph/concept/review-needs-review>'
    """
    return f"<{CONCEPT}{list_name}-{notation.replace('_', '-')}>"
