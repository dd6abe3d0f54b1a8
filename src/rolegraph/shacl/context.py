"""What every part of the compiler shares: constants as SPARQL, fresh variables, classes, nested shapes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from rolegraph.errors import RolegraphError, ShapeError
from rolegraph.shacl.lexical import MARK, encode
from rolegraph.shacl.results import from_rdflib
from rolegraph.shacl.shapes import Constraint, Shape, Shapes, name

OWN_VARIABLE: Final = "?rg_"
"""How the names of variables begin that the compiler makes; each stands in one place of a query."""


class Unsupported(RolegraphError, NotImplementedError):
    """Something that the compiler does not know, and the reference engine may."""


@dataclass(slots=True)
class Context:
    """A run of the compiler over some shapes, for one store.

    Attributes:
        shapes: the shapes.
        superclasses: class -> every class below it, itself included, as IRIs.
        is_as_written: whether the store keeps literals as they were written, by `lexical.encode`.
        is_encoded: whether it holds one that it would not keep otherwise.
        shapes_graph: the graph of the store that holds the shapes ($shapesGraph), or "".
        has_absent_target: whether the shape that is being written has a target node that the data may
            not hold.
        open: the shapes that are being written, outermost first.
        conform: writes the condition under which a variable's value conforms to a shape.
    """

    shapes: Shapes
    superclasses: Mapping[str, Collection[str]]
    is_as_written: bool
    is_encoded: bool
    conform: Callable[[Context, Node, str], str]
    shapes_graph: str = ""
    has_absent_target: bool = False
    open: list[Node] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def variable(self) -> str:
        """A variable that nobody else uses."""
        return f"{OWN_VARIABLE}{next(self._numbers)}"

    @contextmanager
    def entered(self, shape: Shape) -> Iterator[None]:
        """Write a shape, which must not come up again before it is written.

        Raises:
            ShapeError: it refers to itself.
            Unsupported: it uses something that only the reference engine knows.
        """
        if shape.advanced:
            raise Unsupported(shape.advanced[0])
        if self.has_absent_target and shape.path is not None and shape.path.is_nullable:
            # SPARQL gives a variable only nodes of the graph here (SPARQL 1.1, 18.4, ZeroLengthPath).
            raise Unsupported("a path of length zero from a target node that the data does not hold")
        if shape.node in self.open:
            raise ShapeError(
                f"{name(shape.node)} refers to itself; recursive shapes have no defined meaning",
                "https://www.w3.org/TR/shacl/#shapes-recursion",
            )
        self.open.append(shape.node)
        try:
            yield
        finally:
            self.open.pop()

    def conforms(self, node: Node, variable: str) -> str:
        """The condition under which a variable's value conforms to a shape."""
        return self.conform(self, node, variable)

    def term(self, node: Node) -> str:
        """A constant.

        Raises:
            Unsupported: it is a blank node, which SPARQL cannot name.
        """
        if isinstance(node, BNode):
            raise Unsupported("a blank node as a value")
        found = from_rdflib(node)
        return str(encode(found) if self.is_as_written else found)

    def iri(self, node: Node) -> str:
        """A property or class.

        Raises:
            ShapeError: it is no IRI.
        """
        if not isinstance(node, URIRef):
            raise ShapeError(
                f"{node} is no IRI; write a property", "https://www.w3.org/TR/shacl/#core-components"
            )
        return f"<{node}>"

    def literal(self, node: Node) -> str:
        """A constant that values are compared with.

        Raises:
            ShapeError: it is no literal.
        """
        if not isinstance(node, Literal):
            raise ShapeError(f"{name(node)} is no literal; write a number or a date",
                             "https://www.w3.org/TR/shacl/#core-components-range")  # fmt: skip
        return str(from_rdflib(node))

    def count(self, constraint: Constraint) -> int:
        """A whole number.

        Raises:
            ShapeError: it is none.
        """
        value = constraint.value
        if isinstance(value, Literal) and str(value).lstrip("+").isdigit():
            return int(str(value))
        raise ShapeError(f"{value} is no whole number from 0 up",
                         "https://www.w3.org/TR/shacl/#core-components-count")  # fmt: skip

    def decoded(self, variable: str) -> str:
        """An expression for a value as it was before it was encoded."""
        if not self.is_encoded:
            return variable
        datatype = f"STR(DATATYPE({variable}))"
        true_form = f'STRDT(STR({variable}), IRI(STRAFTER({datatype}, "{MARK}")))'
        return f'COALESCE(IF(STRSTARTS({datatype}, "{MARK}"), {true_form}, {variable}), {variable})'

    def subclasses(self, node: Node) -> list[str]:
        """A class and all below it (SHACL 1.1, "SHACL type"), as SPARQL IRIs, by name."""
        iri = self.iri(node)[1:-1]
        return [str(ox.NamedNode(known)) for known in sorted(self.superclasses.get(iri, ()) or [iri])]
