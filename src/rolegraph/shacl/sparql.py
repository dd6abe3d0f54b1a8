"""SPARQL-based constraints and components in, queries over all focus nodes at once out (SHACL 5 and 6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import OWL, SH, Graph, Literal
from rdflib.term import Node

from rolegraph.errors import ShapeError
from rolegraph.shacl import prebinding
from rolegraph.shacl.context import Context, Unsupported
from rolegraph.shacl.focus import Focus
from rolegraph.shacl.shapes import Constraint, Shape, messages, name

_CLAUSE: Final = "https://www.w3.org/TR/shacl/#sparql-constraints"
_COMPONENTS: Final = "https://www.w3.org/TR/shacl/#sparql-constraint-components"


@dataclass(frozen=True, slots=True)
class Select:
    """A query that finds violations.

    Attributes:
        text: the query; where `focus` is given, `$this` stands for one focus node in it.
        focus: the query that gives those focus nodes as `?this`, "" when `text` finds all at once.
        failure: whether a true `?failure` in a row means that the constraint cannot be checked.
    """

    text: str
    focus: str = ""
    failure: bool = False


def select_constraint(
    context: Context, shape: Shape, constraint: Constraint, focus: Focus
) -> tuple[Select, tuple[Literal, ...]]:
    """The query and the messages of a sh:sparql constraint.

    Raises:
        ShapeError: it has no query, or one that pre-binding does not allow.
        Unsupported: it asks for the shapes graph where the store has none.
    """
    text = _query(context.shapes.graph, constraint.value, SH.select, shape)
    text = _filled(context, shape, text, {})
    own = messages(context.shapes.graph, constraint.value)
    return _over_all(text, focus), own or shape.messages


def declared_constraint(
    context: Context, shape: Shape, constraint: Constraint, focus: Focus
) -> tuple[Select, tuple[Literal, ...]]:
    """The query and the messages of a constraint whose component the shapes graph declares."""
    validator, is_ask = _validator(context.shapes.graph, shape, constraint)
    graph = context.shapes.graph
    own = messages(graph, validator) or messages(graph, constraint.declaration or validator)
    texts = shape.messages or tuple(_with_parameters(message, constraint.parameters) for message in own)
    if not is_ask:
        text = _filled(
            context,
            shape,
            _query(graph, validator, SH.select, shape, constraint.parameters),
            constraint.parameters,
        )
        return _over_all(text, focus), texts
    value = "?this" if shape.path is None else "?value"
    prologue, body = _ask_body(context, shape, validator, constraint, value, "?this")
    values = f"?this {shape.path} ?value ." if shape.path else ""
    columns = f"{focus.around}?this" + (" ?value" if shape.path else "")
    select = (
        f"{prologue} SELECT DISTINCT {columns} WHERE {{ {focus.pattern('?this')} {values} "
        f"FILTER NOT EXISTS {body} }}"
    )
    return Select(_checked(select, shape)), texts


def conforms_to_declared(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
    """Whether a nested shape's declared constraint holds for a focus node; for ASK validators alone."""
    validator, is_ask = _validator(context.shapes.graph, shape, constraint)
    if not is_ask:
        raise Unsupported(f"a query inside the nested shape {name(shape.node)}")
    value = focus if shape.path is None else context.variable()
    prologue, body = _ask_body(context, shape, validator, constraint, value, focus)
    if prologue.strip():
        body = prebinding.expand(prologue, body)
    if shape.path is None:
        return f"EXISTS {body}"
    return f"NOT EXISTS {{ {focus} {shape.path} {value} . FILTER NOT EXISTS {body} }}"


def _over_all(text: str, focus: Focus) -> Select:
    """One query for all focus nodes, where that means the same as one for each."""
    has_failure = "failure" in text and re.search(r"[?$]failure\b", text) is not None
    together = prebinding.join_targets(text, focus.nodes("?this"))
    if together is not None:
        return Select(_checked(together, None), failure=has_failure)
    return Select(text, focus=focus.query(), failure=has_failure)


def _ask_body(
    context: Context, shape: Shape, validator: Node, constraint: Constraint, value: str, focus: str
) -> tuple[str, str]:
    """Prologue and group of an ASK validator, its variables those of the query around it."""
    text = _query(context.shapes.graph, validator, SH.ask, shape, constraint.parameters)
    text = _filled(context, shape, text, constraint.parameters)
    prologue, group = prebinding.ask_group(text)
    return prologue, prebinding.rename(group, {"value": value, "this": focus})


def _validator(graph: Graph, shape: Shape, constraint: Constraint) -> tuple[Node, bool]:
    """The validator of a declared component that fits the shape (SHACL 6.2.3), and whether it is an ASK."""
    declaration = constraint.declaration
    if declaration is None:
        raise Unsupported(constraint.component)
    own = SH.nodeValidator if shape.path is None else SH.propertyValidator
    for validator in (graph.value(declaration, own), graph.value(declaration, SH.validator)):
        if validator is None:
            continue
        if graph.value(validator, SH.ask) is not None:
            return validator, True
        if graph.value(validator, SH.select) is not None:
            return validator, False
        raise Unsupported(f"the validator of {name(declaration)}")
    raise ShapeError(f"{name(declaration)} has no validator for this kind of shape", _COMPONENTS)


def _query(graph: Graph, node: Node, predicate: Node, shape: Shape, parameters: Collection[str] = ()) -> str:
    """A query with its prefixes before it."""
    texts = list(graph.objects(node, predicate))
    if len(texts) != 1 or not isinstance(texts[0], Literal):
        raise ShapeError(
            f"{name(shape.node)}: a SPARQL constraint has {len(texts)} queries; write one string", _CLAUSE
        )
    text = (
        "".join(f"PREFIX {p}: <{iri}>\n" for p, iri in sorted(_prefixes(graph, node, shape).items()))
        + texts[0]
    )
    bound = {"this", "shapesGraph", "currentShape", *parameters} | (
        {"value"} if predicate == SH.ask else set()
    )
    problem = prebinding.find_fault(text, bound)
    if problem:
        raise ShapeError(f"{name(shape.node)}: {problem}", "https://www.w3.org/TR/shacl/#pre-binding")
    return text


def _prefixes(graph: Graph, node: Node, shape: Shape) -> dict[str, str]:
    """What sh:prefixes declares, owl:imports followed (SHACL 5.2.1)."""
    found: dict[str, str] = {}
    ontologies = list(graph.objects(node, SH.prefixes))
    seen: set[Node] = set()
    while ontologies:
        ontology = ontologies.pop()
        if ontology in seen:
            continue
        seen.add(ontology)
        ontologies.extend(graph.objects(ontology, OWL.imports))
        for declaration in graph.objects(ontology, SH.declare):
            prefix, iri = (
                str(graph.value(declaration, SH.prefix)),
                str(graph.value(declaration, SH.namespace)),
            )
            if found.setdefault(prefix, iri) != iri:
                raise ShapeError(f"{name(shape.node)}: the prefix {prefix} has two namespaces", _CLAUSE)
    return found


def _filled(context: Context, shape: Shape, text: str, parameters: Mapping[str, Node]) -> str:
    """The query with constants and the path in place of what SHACL binds before."""
    constants = {parameter: context.term(value) for parameter, value in parameters.items()}
    if prebinding.mentions(text, "currentShape"):
        constants["currentShape"] = context.term(shape.node)
    if prebinding.mentions(text, "shapesGraph"):
        if not context.shapes_graph:
            raise Unsupported("$shapesGraph")
        constants["shapesGraph"] = f"<{context.shapes_graph}>"
    if shape.path is not None:
        constants["PATH"] = str(shape.path) if shape.path.operator is None else f"({shape.path})"
    return prebinding.fill(text, constants)


def _with_parameters(message: Literal, parameters: Mapping[str, Node]) -> Literal:
    text = re.sub(r"\{[?$](\w+)\}", lambda m: str(parameters.get(m[1], m[0])), message)
    return Literal(text, lang=message.language)


def _checked(text: str, shape: Shape | None) -> str:
    try:
        ox.Store().query(text)
    except (SyntaxError, ValueError) as error:
        where = f"{name(shape.node)}: " if shape else ""
        raise ShapeError(f"{where}a query of the shapes is no SPARQL: {error} in\n{text}", _CLAUSE) from error
    return text
