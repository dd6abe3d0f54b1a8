"""Shapes and an ontology in, faults out where a shape names a term that the ontology does not define."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from rdflib import OWL, RDF, RDFS, SH, VANN, Graph, URIRef
from rdflib.term import Node

from rolegraph.shacl.lint_reading import Reading
from rolegraph.shacl.lint_sparql import declared, queries
from rolegraph.sparql_tokens import tokens

_CLASS_PARAMETERS: Final = (SH.targetClass, SH["class"])
_PROPERTY_PARAMETERS: Final = (
    SH.targetSubjectsOf,
    SH.targetObjectsOf,
    SH.equals,
    SH.disjoint,
    SH.lessThan,
    SH.lessThanOrEquals,
)
_CLASSES: Final = (OWL.Class, RDFS.Class)
_PROPERTIES: Final = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, RDF.Property)


@dataclass(frozen=True, slots=True)
class _Ontology:
    """The terms that an ontology defines in namespaces of its own."""

    namespaces: tuple[str, ...]
    classes: frozenset[str]
    properties: frozenset[str]
    others: frozenset[str]

    def lacks(self, node: Node, known: frozenset[str]) -> bool:
        """Whether a term should be defined here and is not."""
        return (
            isinstance(node, URIRef) and _namespace(str(node)) in self.namespaces and str(node) not in known
        )

    def near(self, node: Node, known: frozenset[str]) -> str:
        """The term of the same namespace that a misspelt one most likely means; "" when none is near."""
        space = _namespace(str(node))
        names = [iri.removeprefix(space) for iri in known if _namespace(iri) == space]
        found = get_close_matches(str(node).removeprefix(space), sorted(names), n=1, cutoff=0.75)
        return space + found[0] if found else ""


def check_ontology(reading: Reading, ontology: Graph) -> None:
    """Look at the classes and properties that shapes name, in their queries too."""
    terms = _terms(ontology, reading.graph)
    for shape in reading.shapes:
        for parameter in _CLASS_PARAMETERS:
            for node in reading.graph.objects(shape, parameter):
                _check(reading, terms, (shape, parameter, node), "class", terms.classes)
        for name, property_ in _properties(reading, shape):
            _check(reading, terms, (shape, name, property_), "property", terms.properties)
    _check_queries(reading, terms)


def _check(
    reading: Reading, terms: _Ontology, place: tuple[Node, Node, Node], kind: str, known: frozenset[str]
) -> None:
    shape, parameter, node = place
    if terms.lacks(node, known):
        near = terms.near(node, known)
        instead = (
            f"do you mean {reading.shown(URIRef(near))}?" if near else f"define it, or name another {kind}"
        )
        reading.warn(
            shape, parameter, f"the ontology defines no {kind} {reading.shown(node)}", instead, value=node
        )


def _properties(reading: Reading, shape: Node) -> Iterator[tuple[Node, Node]]:
    """(parameter, property) of every property that a shape names."""
    graph = reading.graph
    for parameter in _PROPERTY_PARAMETERS:
        for node in graph.objects(shape, parameter):
            yield parameter, node
    for head in graph.objects(shape, SH.ignoredProperties):
        for node in reading.members(head):
            yield SH.ignoredProperties, node
    waiting: list[Node] = list(graph.objects(shape, SH.path))
    seen: set[Node] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, URIRef):
            yield SH.path, node
        elif node not in seen:
            seen.add(node)
            waiting += [value for predicate, value in graph.predicate_objects(node) if predicate != RDF.type]


def _check_queries(reading: Reading, terms: _Ontology) -> None:
    known = terms.classes | terms.properties | terms.others
    for query in queries(reading):
        prefixes = declared(reading.graph, query.node)
        text = str(query.text)
        told = set()
        for token in tokens(text):
            iri = _iri(token.text, prefixes) if token.kind == "name" else token.text[1:-1]
            if token.kind not in {"name", "iri"} or iri in told or not terms.lacks(URIRef(iri), known):
                continue
            told.add(iri)
            near = terms.near(URIRef(iri), known)
            instead = f"do you mean {reading.shown(URIRef(near))}?" if near else "define it, or name another"
            reading.warn(
                query.node,
                query.form,
                f"the ontology does not define {reading.shown(URIRef(iri))}",
                instead,
                value=query.text,
                row=text.count("\n", 0, token.start) + 1,
            )


def _iri(name: str, prefixes: dict[str, str]) -> str:
    prefix, _, local = name.partition(":")
    return prefixes.get(prefix, "") + local.replace("\\", "")


def _terms(ontology: Graph, shapes: Graph) -> _Ontology:
    """What is defined, in the namespaces that the ontology calls its own, or in all when it names none."""
    classes = {
        str(node)
        for kind in _CLASSES
        for graph in (ontology, shapes)
        for node in graph.subjects(RDF.type, kind)
    }
    properties = {str(node) for kind in _PROPERTIES for node in ontology.subjects(RDF.type, kind)}
    stated = {str(node) for node in ontology.objects(None, VANN.preferredNamespaceUri)}
    names = {str(node).rstrip("#/") for node in ontology.subjects(RDF.type, OWL.Ontology)}
    used = {_namespace(iri) for iri in classes | properties}
    own = stated | {space for space in used if space.rstrip("#/") in names}
    others = frozenset(str(node) for node in ontology.subjects() if isinstance(node, URIRef))
    return _Ontology(tuple(sorted(own or used)), frozenset(classes), frozenset(properties), others)


def _namespace(iri: str) -> str:
    """The part of an IRI before its last # or /, that sign included."""
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]
