"""A shapes graph in, its shapes as records out: targets, paths and constraints (SHACL 2 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from rolegraph.errors import ShapeError
from rolegraph.shacl.paths import Path, members, parse_path

_SYNTAX: Final = "https://www.w3.org/TR/shacl/#shapes"

# Parameter -> component, one constraint for each value (SHACL 4).
_EACH_VALUE: Final = {
    SH["class"]: SH.ClassConstraintComponent,
    SH.equals: SH.EqualsConstraintComponent,
    SH.disjoint: SH.DisjointConstraintComponent,
    SH.lessThan: SH.LessThanConstraintComponent,
    SH.lessThanOrEquals: SH.LessThanOrEqualsConstraintComponent,
    SH.hasValue: SH.HasValueConstraintComponent,
    SH["not"]: SH.NotConstraintComponent,
    SH["and"]: SH.AndConstraintComponent,
    SH["or"]: SH.OrConstraintComponent,
    SH.xone: SH.XoneConstraintComponent,
    SH.node: SH.NodeConstraintComponent,
    SH.property: SH.PropertyConstraintComponent,
    SH.pattern: SH.PatternConstraintComponent,
    SH.qualifiedMinCount: SH.QualifiedMinCountConstraintComponent,
    SH.qualifiedMaxCount: SH.QualifiedMaxCountConstraintComponent,
    SH.sparql: SH.SPARQLConstraintComponent,
}
# Of these a shape has one value at most.
_ONE_VALUE: Final = {
    SH.datatype: SH.DatatypeConstraintComponent,
    SH.nodeKind: SH.NodeKindConstraintComponent,
    SH.minCount: SH.MinCountConstraintComponent,
    SH.maxCount: SH.MaxCountConstraintComponent,
    SH.minExclusive: SH.MinExclusiveConstraintComponent,
    SH.minInclusive: SH.MinInclusiveConstraintComponent,
    SH.maxExclusive: SH.MaxExclusiveConstraintComponent,
    SH.maxInclusive: SH.MaxInclusiveConstraintComponent,
    SH.minLength: SH.MinLengthConstraintComponent,
    SH.maxLength: SH.MaxLengthConstraintComponent,
    SH.languageIn: SH.LanguageInConstraintComponent,
    SH.uniqueLang: SH.UniqueLangConstraintComponent,
    SH.closed: SH.ClosedConstraintComponent,
    SH["in"]: SH.InConstraintComponent,
}
_ONLY_ON_PATHS: Final = {
    SH.minCount, SH.maxCount, SH.uniqueLang, SH.lessThan, SH.lessThanOrEquals,
    SH.qualifiedMinCount, SH.qualifiedMaxCount,
}  # fmt: skip
_QUALIFIED: Final = (SH.qualifiedMinCount, SH.qualifiedMaxCount)
_TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_ADVANCED: Final = (SH.target, SH.expression, SH.js, SH.rule)
"""Parameters of SHACL Advanced Features and SHACL-JS: for the reference engine."""

TRUE: Final = (Literal(True), Literal("1", datatype=Literal(True).datatype))


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a shape: a component's IRI and the value of its parameter."""

    component: str
    value: Node
    parameters: dict[str, Node] = field(default_factory=dict)
    """Local name -> value of each parameter, for components that a shapes graph declares itself."""
    declaration: Node | None = None
    """The declaration of such a component."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A node shape (without `path`) or a property shape."""

    node: Node
    path: Path | None
    targets: tuple[tuple[URIRef, Node], ...]
    constraints: tuple[Constraint, ...]
    severity: str
    messages: tuple[Literal, ...]
    is_deactivated: bool
    advanced: tuple[str, ...] = ()
    """What only the reference engine knows."""


class Shapes:
    """The shapes of a graph, each read when it is asked for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._read: dict[Node, Shape] = {}

    def shape(self, node: Node) -> Shape:
        """The shape that a node is.

        Raises:
            ShapeError: it is ill-formed.
        """
        if node not in self._read:
            self._read[node] = self._parse(node)
        return self._read[node]

    def targeted(self) -> Iterator[Shape]:
        """Every shape with a target, by name; deactivated ones too."""
        nodes = {
            node for predicate in (*_TARGETS, SH.target) for node in self.graph.subjects(predicate, None)
        }
        nodes |= self._implicit_classes
        yield from (self.shape(node) for node in sorted(nodes, key=str))

    @cached_property
    def _implicit_classes(self) -> set[Node]:
        """Shapes that are classes, and so their own target (SHACL 2.1.3.3)."""
        classes = set(self.graph.transitive_subjects(RDFS.subClassOf, RDFS.Class))
        shapes = {SH.NodeShape, SH.PropertyShape}
        return {
            node
            for node in self.graph.subjects(RDF.type, None)
            if isinstance(node, URIRef)
            and (types := set(self.graph.objects(node, RDF.type))) & shapes
            and types & classes
        }

    def _parse(self, node: Node) -> Shape:
        paths = list(self.graph.objects(node, SH.path))
        if len(paths) > 1:
            raise ShapeError(f"{name(node)} has {len(paths)} paths; write one sh:path", _SYNTAX)
        severity = self.graph.value(node, SH.severity) or SH.Violation
        if (node, RDF.type, SH.PropertyShape) in self.graph and not paths:
            raise ShapeError(f"{name(node)} is a property shape without a path; write its sh:path", _SYNTAX)
        targets = [(kind, value) for kind in _TARGETS for value in self.graph.objects(node, kind)]
        if node in self._implicit_classes:
            targets.append((SH.targetClass, node))
        return Shape(
            node=node,
            path=parse_path(self.graph, paths[0]) if paths else None,
            targets=tuple(sorted(targets, key=str)),
            constraints=tuple(self._constraints(node, bool(paths))),
            severity=str(severity),
            messages=messages(self.graph, node),
            is_deactivated=self.graph.value(node, SH.deactivated) in TRUE,
            advanced=tuple(str(term) for term in _ADVANCED if (node, term, None) in self.graph),
        )

    def _constraints(self, node: Node, has_path: bool) -> Iterator[Constraint]:
        for parameter, component in _ONE_VALUE.items():
            values = list(self.graph.objects(node, parameter))
            if len(values) > 1:
                raise ShapeError(
                    f"{name(node)} has {len(values)} values of {name(parameter)}; write one", _SYNTAX
                )
            if parameter in _ONLY_ON_PATHS and values and not has_path:
                raise ShapeError(
                    f"{name(node)} has {name(parameter)} but no sh:path; write it on a property", _SYNTAX
                )
            yield from (Constraint(str(component), value) for value in values)
        for parameter, component in _EACH_VALUE.items():
            if parameter in _QUALIFIED and (node, SH.qualifiedValueShape, None) not in self.graph:
                continue  # a component counts when all its mandatory parameters have values (SHACL 2.1.2)
            for value in sorted(self.graph.objects(node, parameter), key=str):
                if parameter in _ONLY_ON_PATHS and not has_path:
                    raise ShapeError(f"{name(node)} has {name(parameter)} but no sh:path", _SYNTAX)
                yield Constraint(str(component), value)
        yield from self._declared(node)

    def _declared(self, node: Node) -> Iterator[Constraint]:
        """Constraints of the components that the shapes graph declares (SHACL 6)."""
        for declaration, mandatory, optional in self._declarations:
            values = {p: list(self.graph.objects(node, p)) for p in (*mandatory, *optional)}
            if not mandatory or not all(values[parameter] for parameter in mandatory):
                continue
            if len(values) == 1:
                [(parameter, found)] = values.items()
                for value in sorted(found, key=str):
                    yield Constraint(str(declaration), value, {_local(parameter): value}, declaration)
                continue
            if any(len(found) > 1 for found in values.values()):
                raise ShapeError(
                    f"{name(node)} has several values of a parameter of {name(declaration)}", _SYNTAX
                )
            given = {_local(parameter): found[0] for parameter, found in values.items() if found}
            yield Constraint(str(declaration), values[mandatory[0]][0], given, declaration)

    @cached_property
    def _declarations(self) -> list[tuple[Node, list[URIRef], list[URIRef]]]:
        """Component, its mandatory and its optional parameters."""
        classes = self.graph.transitive_subjects(RDFS.subClassOf, SH.ConstraintComponent)
        found = []
        for declaration in sorted({n for c in classes for n in self.graph.subjects(RDF.type, c)}, key=str):
            if str(declaration).startswith(str(SH)):
                continue
            mandatory: list[URIRef] = []
            optional: list[URIRef] = []
            for parameter in self.graph.objects(declaration, SH.parameter):
                path = self.graph.value(parameter, SH.path)
                if not isinstance(path, URIRef):
                    raise ShapeError(f"a parameter of {name(declaration)} has no IRI as sh:path", _SYNTAX)
                is_optional = self.graph.value(parameter, SH.optional) in TRUE
                (optional if is_optional else mandatory).append(path)
            found.append((declaration, sorted(mandatory), sorted(optional)))
        return found

    def list_of(self, head: Node) -> list[Node]:
        """The members of a list of the shapes graph."""
        return list(members(self.graph, head))

    def parents(self, node: Node) -> list[Node]:
        """The shapes that have a property shape."""
        return sorted(self.graph.subjects(SH.property, node), key=str)


def messages(graph: Graph, node: Node) -> tuple[Literal, ...]:
    """The values of sh:message."""
    return tuple(sorted(m for m in graph.objects(node, SH.message) if isinstance(m, Literal)))


def name(node: Node) -> str:
    """What to call a node in a sentence."""
    return "a shape without a name" if isinstance(node, BNode) else f"<{node}>"


def _local(iri: URIRef) -> str:
    """The name of a parameter as a variable: what follows the last # or / (SHACL 6.2.1)."""
    return str(iri).rpartition("#")[2].rpartition("/")[2]
