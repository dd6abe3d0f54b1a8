"""A node of a shapes graph in, the property path that it describes out (SHACL 2.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from rolegraph.errors import ShapeError

CLAUSE: Final = "https://www.w3.org/TR/shacl/#property-paths"

Operator = Literal["inverse", "sequence", "alternative", "zero-or-more", "one-or-more", "zero-or-one"]
_UNARY: Final[dict[URIRef, Operator]] = {
    SH.inversePath: "inverse",
    SH.zeroOrMorePath: "zero-or-more",
    SH.oneOrMorePath: "one-or-more",
    SH.zeroOrOnePath: "zero-or-one",
}
_SUFFIXES: Final[dict[Operator, str]] = {"zero-or-more": "*", "one-or-more": "+", "zero-or-one": "?"}


@dataclass(frozen=True, slots=True)
class Path:
    """A property path: one predicate, or an operator over other paths.

    >>> str(Path("http://example.org/p"))
    '<http://example.org/p>'
    """

    predicate: str = ""
    operator: Operator | None = None
    parts: tuple[Path, ...] = ()

    def __str__(self) -> str:
        """The path in SPARQL 1.1 syntax, with full IRIs."""
        if self.operator is None:
            return f"<{self.predicate}>"
        inner = [str(part) if part.operator is None else f"({part})" for part in self.parts]
        if self.operator == "inverse":
            return f"^{inner[0]}"
        if self.operator in _SUFFIXES:
            return inner[0] + _SUFFIXES[self.operator]
        return ("/" if self.operator == "sequence" else "|").join(inner)

    @property
    def is_nullable(self) -> bool:
        """Whether the path may have no step, and so lead from a node to itself."""
        if self.operator in {"zero-or-more", "zero-or-one"}:
            return True
        nullable = [part.is_nullable for part in self.parts]
        return any(nullable) if self.operator == "alternative" else bool(nullable) and all(nullable)

    def to_rdf(self, graph: Graph) -> Node:
        """Describe the path in a graph and give back its node."""
        if self.operator is None:
            return URIRef(self.predicate)
        parts: list[Node] = [part.to_rdf(graph) for part in self.parts]
        node = BNode()
        for predicate, operator in _UNARY.items():
            if operator == self.operator:
                graph.add((node, predicate, parts[0]))
                return node
        Collection(graph, node, list(parts))
        if self.operator == "sequence":
            return node
        alternative = BNode()
        graph.add((alternative, SH.alternativePath, node))
        return alternative


def parse_path(shapes: Graph, node: Node) -> Path:
    """Read a property path.

    Args:
        shapes: the shapes graph.
        node: the object of `sh:path`.
    Raises:
        ShapeError: it is no well-formed path.
    """
    return _parse(shapes, node, ())


def _parse(shapes: Graph, node: Node, seen: tuple[Node, ...]) -> Path:
    if isinstance(node, URIRef):
        return Path(str(node))
    if not isinstance(node, BNode) or node in seen:
        raise ShapeError(f"{node} is no property path; write an IRI or a path expression", CLAUSE)
    seen = (*seen, node)
    if (node, RDF.first, None) in shapes:
        return Path(operator="sequence", parts=_parts(shapes, node, seen))
    for predicate, operator in _UNARY.items():
        inner = shapes.value(node, predicate)
        if inner is not None:
            return Path(operator=operator, parts=(_parse(shapes, inner, seen),))
    several = shapes.value(node, SH.alternativePath)
    if several is not None:
        return Path(operator="alternative", parts=_parts(shapes, several, seen))
    raise ShapeError(
        "a blank node of sh:path describes no path; write one such as [ sh:inversePath … ]", CLAUSE
    )


def _parts(shapes: Graph, head: Node, seen: tuple[Node, ...]) -> tuple[Path, ...]:
    parts = tuple(_parse(shapes, member, seen) for member in members(shapes, head))
    if len(parts) < 2:  # SHACL 2.3.1.2 and 2.3.1.3
        raise ShapeError("a path of one part is no sequence or alternative; write its part alone", CLAUSE)
    return parts


def members(shapes: Graph, head: Node) -> Iterator[Node]:
    """The members of an RDF list.

    Raises:
        ShapeError: it is no well-formed list (SHACL, "SHACL list").
    """
    seen = set()
    while head != RDF.nil:
        firsts, rests = list(shapes.objects(head, RDF.first)), list(shapes.objects(head, RDF.rest))
        if head in seen or len(firsts) != 1 or len(rests) != 1:
            raise ShapeError(f"{head} is no well-formed list; write its members as ( … )", CLAUSE)
        seen.add(head)
        yield firsts[0]
        head = rests[0]
