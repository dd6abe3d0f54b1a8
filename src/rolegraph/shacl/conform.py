"""A nested shape in, the SPARQL condition under which a variable's value conforms to it out (SHACL 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rdflib import SH, URIRef
from rdflib.term import Node

from rolegraph.errors import ShapeError
from rolegraph.shacl import sparql
from rolegraph.shacl.context import Context, Unsupported
from rolegraph.shacl.shapes import TRUE, Constraint, Shape, name
from rolegraph.shacl.values import CONDITIONS


def conform(context: Context, node: Node, variable: str) -> str:
    """The condition under which a variable's value conforms to a shape.

    Raises:
        ShapeError: the shape is ill-formed, or refers to itself.
        Unsupported: it uses something that has no SPARQL here.
    """
    shape = context.shapes.shape(node)
    if shape.is_deactivated:
        return "true"
    with context.entered(shape):
        return meets(context, shape, shape.constraints, variable)


def meets(context: Context, shape: Shape, constraints: Iterable[Constraint], focus: str) -> str:
    """The condition under which a focus node meets some constraints of a shape."""
    on_values = [constraint for constraint in constraints if constraint.component in CONDITIONS]
    parts = [_on_values(context, shape, on_values, focus)] if on_values else []
    parts += [_at_focus(context, shape, other, focus) for other in constraints if other not in on_values]
    return _joined(parts)


def _joined(parts: Iterable[str]) -> str:
    return " && ".join(f"({part})" for part in parts if part != "true") or "true"


def _on_values(context: Context, shape: Shape, constraints: list[Constraint], focus: str) -> str:
    """Whether every value meets all of some constraints: the values are looked up once."""

    def condition(value: str) -> str:
        return _joined(CONDITIONS[one.component](context, shape, one, value, focus) for one in constraints)

    return _every_value(context, shape, focus, condition)


def _at_focus(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
    """Whether a focus node meets a constraint that is not about each value alone."""
    if constraint.component in _AT_FOCUS:
        return _AT_FOCUS[constraint.component](context, shape, constraint, focus)
    if constraint.component == str(SH.SPARQLConstraintComponent):
        raise Unsupported(f"a query inside the nested shape {name(shape.node)}")
    return sparql.conforms_to_declared(context, shape, constraint, focus)


def _every_value(context: Context, shape: Shape, focus: str, condition: Callable[[str], str]) -> str:
    if shape.path is None:
        return condition(focus)
    value = context.variable()
    inner = condition(value)
    if inner == "true":
        return "true"
    return f"NOT EXISTS {{ {focus} {shape.path} {value} . FILTER(!({inner})) }}"


def _count(operator: str) -> Callable[[Context, Shape, Constraint, str], str]:
    def condition(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
        return counted(context, f"{focus} {shape.path}", "", operator, context.count(constraint), focus)

    return condition


def counted(context: Context, start: str, condition: str, operator: str, number: int, focus: str) -> str:
    """Whether so many distinct values stand behind a focus node and a path.

    Args:
        context: the run.
        start: focus node and path; a value follows.
        condition: what a value must meet, with `{value}` for its variable; "" for nothing.
        operator: `>=` or `<=`.
        number: how many.
        focus: the variable of the focus node.
    """
    value = context.variable()
    filtered = f" . FILTER({condition.replace('{value}', value)})" if condition else ""
    pattern = f"{start} {value}{filtered}"
    at_least = number if operator == ">=" else number + 1
    if at_least <= 0:
        return "true"
    if at_least == 1:
        found = f"EXISTS {{ {pattern} }}"
    elif at_least == 2 and not condition:  # the second value ends the search, where a group keeps all
        other = context.variable()
        found = f"EXISTS {{ {pattern} . {start} {other} . FILTER(!sameTerm({value}, {other})) }}"
    else:
        having = f"HAVING(COUNT(DISTINCT {value}) >= {at_least})"
        found = f"EXISTS {{ SELECT {focus} WHERE {{ {pattern} }} GROUP BY {focus} {having} }}"
    return found if operator == ">=" else f"!({found})"


def _unique_languages(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
    if constraint.value not in TRUE:
        return "true"
    one, other = context.variable(), context.variable()
    same = f'LANG({one}) != "" && LANG({one}) = LANG({other}) && !sameTerm({one}, {other})'
    return f"NOT EXISTS {{ {focus} {shape.path} {one} . {focus} {shape.path} {other} . FILTER({same}) }}"


def _has_value(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
    value = context.term(constraint.value)
    return f"EXISTS {{ {focus} {shape.path} {value} }}" if shape.path else f"sameTerm({focus}, {value})"


def _equals(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
    property_, value = context.iri(constraint.value), context.variable()
    if shape.path is None:
        other = f"NOT EXISTS {{ {focus} {property_} {value} . FILTER(!sameTerm({value}, {focus})) }}"
        return f"EXISTS {{ {focus} {property_} {focus} }} && {other}"
    return " && ".join(
        f"NOT EXISTS {{ {focus} {one} {value} . FILTER NOT EXISTS {{ {focus} {other} {value} }} }}"
        for one, other in ((shape.path, property_), (property_, shape.path))
    )


def _less(operator: str) -> Callable[[Context, Shape, Constraint, str], str]:
    def condition(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
        value, other = context.variable(), context.variable()
        fits = f"COALESCE({context.decoded(value)} {operator} {context.decoded(other)}, false)"
        pairs = f"{focus} {shape.path} {value} . {focus} {context.iri(constraint.value)} {other}"
        return f"NOT EXISTS {{ {pairs} . FILTER(!{fits}) }}"

    return condition


def _closed(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
    if constraint.value not in TRUE:
        return "true"
    predicate, value = context.variable(), context.variable()
    node = focus if shape.path is None else context.variable()
    start = "" if shape.path is None else f"{focus} {shape.path} {node} . "
    others = f"{node} {predicate} {value} . FILTER({outside(context, shape, predicate)})"
    return f"NOT EXISTS {{ {start}{others} }}"


def outside(context: Context, shape: Shape, predicate: str) -> str:
    """Whether a closed shape does not name a predicate (SHACL 4.8.1)."""
    graph = context.shapes.graph
    heads = list(graph.objects(shape.node, SH.ignoredProperties))
    allowed = {context.iri(node) for head in heads for node in context.shapes.list_of(head)}
    for child in graph.objects(shape.node, SH.property):
        path = graph.value(child, SH.path)
        if isinstance(path, URIRef):
            allowed.add(context.iri(path))
    return f"{predicate} NOT IN ({', '.join(sorted(allowed))})" if allowed else "true"


def _qualified(operator: str) -> Callable[[Context, Shape, Constraint, str], str]:
    def condition(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
        condition = qualified_condition(context, shape, "{value}")
        return counted(
            context, f"{focus} {shape.path}", condition, operator, context.count(constraint), focus
        )

    return condition


def qualified_condition(context: Context, shape: Shape, value: str) -> str:
    """Whether a value counts for sh:qualifiedValueShape (SHACL 4.7.3), sibling shapes considered."""
    graph = context.shapes.graph
    nested = graph.value(shape.node, SH.qualifiedValueShape)
    if nested is None:
        raise ShapeError(f"{name(shape.node)} counts values but has no sh:qualifiedValueShape",
                         "https://www.w3.org/TR/shacl/#QualifiedValueShapeConstraintComponent")  # fmt: skip
    parts = [f"({context.conforms(nested, value)})"]
    if graph.value(shape.node, SH.qualifiedValueShapesDisjoint) in TRUE:
        siblings = {
            other
            for parent in context.shapes.parents(shape.node)
            for child in graph.objects(parent, SH.property)
            for other in graph.objects(child, SH.qualifiedValueShape)
            if other != nested
        }
        parts += [f"!({context.conforms(sibling, value)})" for sibling in sorted(siblings, key=str)]
    return " && ".join(parts)


def _property(context: Context, shape: Shape, constraint: Constraint, focus: str) -> str:
    return _every_value(context, shape, focus, lambda value: context.conforms(constraint.value, value))


_AT_FOCUS: Final = {
    str(SH[f"{component}ConstraintComponent"]): condition
    for component, condition in {
        "MinCount": _count(">="),
        "MaxCount": _count("<="),
        "UniqueLang": _unique_languages,
        "HasValue": _has_value,
        "Equals": _equals,
        "LessThan": _less("<"),
        "LessThanOrEquals": _less("<="),
        "Closed": _closed,
        "QualifiedMinCount": _qualified(">="),
        "QualifiedMaxCount": _qualified("<="),
        "Property": _property,
    }.items()
}
