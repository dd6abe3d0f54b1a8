"""A service description in, its faults out: the vocabulary of SPARQL 1.1 Service Description, section 3."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

NAMESPACE: Final = "http://www.w3.org/ns/sparql-service-description#"
_FORMAT: Final = "http://www.w3.org/ns/formats/Format"
_TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

CLASSES: Final = {
    "Service": "",
    "Feature": "",
    "Language": "",
    "Function": "",
    "Aggregate": "",
    "EntailmentRegime": "",
    "EntailmentProfile": "",
    "GraphCollection": "",
    "Dataset": "GraphCollection",
    "Graph": "",
    "NamedGraph": "",
}
"""Each class, and the one that it is a kind of."""

PROPERTIES: Final = {
    "endpoint": ("Service", "any"),
    "feature": ("Service", "Feature"),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
    "extensionFunction": ("Service", "Function"),
    "extensionAggregate": ("Service", "Aggregate"),
    "languageExtension": ("Service", "Feature"),
    "supportedLanguage": ("Service", "Language"),
    "propertyFeature": ("Service", "Feature"),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", "Format"),
    "inputFormat": ("Service", "Format"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", "any"),
    "graph": ("NamedGraph", "Graph"),
}
"""Each property, with its domain and range."""

INSTANCES: Final = {
    "SPARQL10Query": "Language",
    "SPARQL11Query": "Language",
    "SPARQL11Update": "Language",
    "DereferencesURIs": "Feature",
    "UnionDefaultGraph": "Feature",
    "RequiresDataset": "Feature",
    "EmptyGraphs": "Feature",
    "BasicFederatedQuery": "Feature",
}
"""Each instance that the vocabulary defines, with its class."""


_TERMS: Final = {*CLASSES, *PROPERTIES, *INSTANCES}


def faults(quads: Iterable[ox.Quad]) -> list[str]:
    """What in a description is not as the vocabulary has it.

    A class that is stated must be the one that a property's domain or range asks for, or a kind of it;
    where none is stated, the domain or range states it.
    """
    triples = list(quads)
    types: dict[str, set[str]] = {f"<{NAMESPACE}{name}>": {kind} for name, kind in INSTANCES.items()}
    for quad in triples:
        if quad.predicate == _TYPE:
            types.setdefault(str(quad.subject), set()).add(_local(quad.object))
    found = [fault for quad in triples for fault in _faults_of(quad, types)]
    return found + _service_faults(triples, types)


def _faults_of(quad: ox.Quad, types: dict[str, set[str]]) -> list[str]:
    terms = [term for term in (quad.subject, quad.predicate, quad.object) if _is_of_vocabulary(term)]
    found = [f"{term} is no term of the vocabulary" for term in terms if _local(term) not in _TERMS]
    if _local(quad.predicate) in PROPERTIES:
        domain, extent = PROPERTIES[_local(quad.predicate)]
        if not _may_be(domain, types.get(str(quad.subject), set())):
            found.append(f"{quad.subject} is no sd:{domain}, which {quad.predicate} is of")
        if isinstance(quad.object, ox.Literal) or not _may_be(extent, types.get(str(quad.object), set())):
            found.append(f"{quad.object} is no sd:{extent}, which {quad.predicate} leads to")
    return found


def _service_faults(triples: list[ox.Quad], types: dict[str, set[str]]) -> list[str]:
    """An endpoint identifies one service (sd:endpoint is an inverse functional property)."""
    services = {node for node, kinds in types.items() if "Service" in kinds}
    with_endpoint = {str(quad.subject) for quad in triples if _local(quad.predicate) == "endpoint"}
    if services and services == with_endpoint:
        return []
    return [f"the services {services} are not those with an endpoint, {with_endpoint}"]


def _is_of_vocabulary(term: object) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith(NAMESPACE)


def _may_be(wanted: str, stated: set[str]) -> bool:
    known = {kind for kind in stated if kind in CLASSES or kind == "Format"}
    return wanted == "any" or not known or any(wanted in {kind, CLASSES.get(kind, "")} for kind in known)


def _local(term: object) -> str:
    """The local name of a term of the vocabulary, or of the class of formats."""
    if not isinstance(term, ox.NamedNode):
        return ""
    if term.value == _FORMAT:
        return "Format"
    return term.value.removeprefix(NAMESPACE) if term.value.startswith(NAMESPACE) else ""
