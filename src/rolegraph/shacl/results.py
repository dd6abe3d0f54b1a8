"""Results of a validation in RDF's own terms; results in, a sh:ValidationReport out (SHACL 3.6)."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyoxigraph as ox
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from rolegraph.shacl.paths import Path

Term = ox.NamedNode | ox.BlankNode | ox.Literal


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result; component, severity and shape as they are called in the shapes graph."""

    focus_node: Term
    path: Path | None
    value: Term | None
    component: str
    severity: str
    shape: Node
    messages: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a validation found, and the shapes that only the reference engine could check."""

    results: tuple[Result, ...]
    by_reference: tuple[str, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether nothing was found, of whatever severity (SHACL 3.6.1.1)."""
        return not self.results


def to_rdflib(term: Term | ox.Triple) -> Node:
    """The same term for rdflib; the lexical form is kept as it is.

    Raises:
        TypeError: it is a triple term, which SHACL does not know.
    """
    if isinstance(term, ox.Triple):
        raise TypeError(f"{term} is a triple term")
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language is not None:
        return Literal(term.value, lang=term.language)
    is_plain = term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
    return Literal(term.value, datatype=None if is_plain else URIRef(term.datatype.value), normalize=False)


@contextmanager
def unheard() -> Iterator[None]:
    """Keep rdflib from telling of literals without a value, each with a traceback; they are findings here."""
    logger = logging.getLogger("rdflib.term")
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        logger.disabled = was_disabled


def from_rdflib(node: Node) -> Term:
    """The same term for Oxigraph."""
    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if not isinstance(node, Literal):
        raise TypeError(f"{node!r} is no RDF term")
    if node.language is not None:
        return ox.Literal(str(node), language=node.language)
    return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype)) if node.datatype else None)


def quad_of(triple: tuple[Node, Node, Node], graph: ox.NamedNode | None = None) -> ox.Quad:
    """A triple of rdflib as a quad for a store."""
    subject, predicate, value = map(from_rdflib, triple)
    if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode):
        raise TypeError(f"{triple} is no RDF triple")
    return ox.Quad(subject, predicate, value, graph)


@unheard()
def to_graph(results: Iterable[Result]) -> Graph:
    """Write results as one sh:ValidationReport."""
    graph = Graph()
    graph.bind("sh", SH)
    report = BNode()
    graph.add((report, RDF.type, SH.ValidationReport))
    conforms = True
    for result in results:
        conforms = False
        node = BNode()
        graph.add((report, SH.result, node))
        graph.add((node, RDF.type, SH.ValidationResult))
        graph.add((node, SH.focusNode, to_rdflib(result.focus_node)))
        if result.path is not None:
            graph.add((node, SH.resultPath, result.path.to_rdf(graph)))
        if result.value is not None:
            graph.add((node, SH.value, to_rdflib(result.value)))
        graph.add((node, SH.sourceConstraintComponent, URIRef(result.component)))
        graph.add((node, SH.resultSeverity, URIRef(result.severity)))
        graph.add((node, SH.sourceShape, result.shape))
        for message in result.messages:
            graph.add((node, SH.resultMessage, message))
    graph.add((report, SH.conforms, Literal(conforms)))
    return graph
