"""A shape with targets in, one SELECT per constraint out; each row it gives is a violation (SHACL 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from rdflib import SH, Literal

from rolegraph.errors import ShapeError
from rolegraph.shacl import sparql
from rolegraph.shacl.conform import meets, outside, qualified_condition
from rolegraph.shacl.context import Context
from rolegraph.shacl.focus import Focus
from rolegraph.shacl.paths import Path
from rolegraph.shacl.shapes import TRUE, Constraint, Shape, name
from rolegraph.shacl.sparql import Select
from rolegraph.shacl.values import CONDITIONS

_PROPERTY: Final = "https://www.w3.org/TR/shacl/#PropertyConstraintComponent"


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint of a shape as a query.

    Attributes:
        shape: the shape that states the constraint.
        component: the IRI of its component.
        select: the query; `?this` is the focus node, `?value` the value, `?path` a path of its own.
        path: the result path where the query gives none.
        value_is_focus: whether a result without `?value` is about the focus node itself.
        messages: what to say, with `{?variable}` for a variable of the query.
        guard: a query that has a row where this check or another one with the same guard has one, and
            is quicker than they are together; "" for none.
    """

    shape: Shape
    component: str
    select: Select
    path: Path | None
    value_is_focus: bool
    messages: tuple[Literal, ...]
    guard: str = ""


def compile_shape(context: Context, shape: Shape, focus: Focus) -> Iterator[Check]:
    """Write the queries of a shape and of the property shapes inside it.

    Args:
        context: the run.
        shape: what must hold.
        focus: where it must.
    Raises:
        ShapeError: the shape, or one that it refers to, is ill-formed or recursive.
        Unsupported: it uses something that has no SPARQL here.
    """
    if shape.is_deactivated:
        return
    with context.entered(shape):
        guard = _guard(context, shape, focus)
        for constraint in shape.constraints:
            if constraint.component == str(SH.PropertyConstraintComponent):
                child = context.shapes.shape(constraint.value)
                if child.path is None:
                    raise ShapeError(
                        f"{name(shape.node)}: the value of sh:property has no sh:path", _PROPERTY
                    )
                yield from compile_shape(context, child, focus.step(shape.path))
            else:
                for check in _compile(context, shape, constraint, focus):
                    yield replace(check, guard=guard) if constraint.component in _GUARDED else check


def _guard(context: Context, shape: Shape, focus: Focus) -> str:
    """A query for one focus node that fails any of the constraints on the values of a path."""
    guarded = [constraint for constraint in shape.constraints if constraint.component in _GUARDED]
    if shape.path is None or len(guarded) < 2:
        return ""
    condition = meets(context, shape, guarded, "?this")
    return focus.select("", f"FILTER(!({condition}))") + " LIMIT 1"


def _compile(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> Iterator[Check]:
    component = constraint.component
    if component in CONDITIONS:
        yield _core(shape, component, _by_value(context, shape, constraint, focus), shape.path is None)
    elif component in _QUERIES:
        text = _QUERIES[component](context, shape, constraint, focus)
        if text is not None:
            yield _core(shape, component, text, False)
    elif component == str(SH.SPARQLConstraintComponent):
        if context.shapes.graph.value(constraint.value, SH.deactivated) not in TRUE:
            select, messages = sparql.select_constraint(context, shape, constraint, focus)
            yield Check(shape, component, select, shape.path, shape.path is None, messages)
    else:
        select, messages = sparql.declared_constraint(context, shape, constraint, focus)
        yield Check(shape, component, select, shape.path, shape.path is None, messages)


def _core(shape: Shape, component: str, text: str, value_is_focus: bool) -> Check:
    return Check(shape, component, Select(text), shape.path, value_is_focus, shape.messages)


def _by_value(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str:
    value = "?this" if shape.path is None else "?value"
    condition = CONDITIONS[constraint.component](context, shape, constraint, value, "?this")
    columns = "" if shape.path is None else " ?value"
    return focus.select(columns, f"{_values(shape)} FILTER(!({condition}))")


def _values(shape: Shape) -> str:
    return "" if shape.path is None else f"?this {shape.path} ?value ."


def _min_count(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str | None:
    number = context.count(constraint)
    if number == 0:
        return None
    if number == 1:
        return focus.select("", f"FILTER NOT EXISTS {{ ?this {shape.path} ?value }}")
    return focus.counted(f"OPTIONAL {{ ?this {shape.path} ?value }}", f"< {number}")


def _max_count(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str:
    number = context.count(constraint)
    if number == 0:
        return focus.select("", f"FILTER EXISTS {{ ?this {shape.path} ?value }}")
    if number == 1:  # the second value ends the search, where a group would keep all of them
        pair = f"?this {shape.path} ?one . ?this {shape.path} ?two . FILTER(!sameTerm(?one, ?two))"
        return focus.select("", f"FILTER EXISTS {{ {pair} }}")
    return focus.counted(f"?this {shape.path} ?value", f"> {number}")


def _unique_languages(_context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str | None:
    if constraint.value not in TRUE:
        return None
    language = 'BIND(LANG(?value) AS ?language) FILTER(?language != "")'
    # The language stays among the columns: each one that is used twice is a result (SHACL 4.4.5).
    return focus.counted(f"{_values(shape)} {language}", "> 1", " ?language")


def _has_value(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str:
    value = context.term(constraint.value)
    lacks = f"NOT EXISTS {{ ?this {shape.path} {value} }}" if shape.path else f"(!sameTerm(?this, {value}))"
    return focus.select("", f"FILTER {lacks}")


def _equals(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str:
    property_ = context.iri(constraint.value)
    if shape.path is None:
        lacks = f"FILTER NOT EXISTS {{ ?this {property_} ?this }} BIND(?this AS ?value)"
        other = f"?this {property_} ?value . FILTER(!sameTerm(?value, ?this))"
    else:
        lacks = f"{_values(shape)} FILTER NOT EXISTS {{ ?this {property_} ?value }}"
        other = f"?this {property_} ?value . FILTER NOT EXISTS {{ ?this {shape.path} ?value }}"
    sides = " UNION ".join(f"{{ {focus.pattern('?this')} {side} }}" for side in (lacks, other))
    return f"SELECT DISTINCT {focus.around}?this ?value WHERE {{ {sides} }}"


def _less(operator: str) -> Callable[[Context, Shape, Constraint, Focus], str]:
    def query(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str:
        fits = f"COALESCE({context.decoded('?value')} {operator} {context.decoded('?other')}, false)"
        pairs = f"{_values(shape)} ?this {context.iri(constraint.value)} ?other ."
        # Every pair is a result (SHACL 4.5.3), hence the column that no report shows.
        return focus.select(" ?value ?other", f"{pairs} FILTER(!{fits})")

    return query


def _closed(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str | None:
    if constraint.value not in TRUE:
        return None
    node = "?this" if shape.path is None else "?node"
    start = "" if shape.path is None else f"?this {shape.path} ?node ."
    columns = " ?path ?value" if shape.path is None else " ?node ?path ?value"
    return focus.select(columns, f"{start} {node} ?path ?value . FILTER({outside(context, shape, '?path')})")


def _qualified(operator: str) -> Callable[[Context, Shape, Constraint, Focus], str]:
    def query(context: Context, shape: Shape, constraint: Constraint, focus: Focus) -> str:
        counts = f"?this {shape.path} ?value . FILTER({qualified_condition(context, shape, '?value')})"
        return focus.counted(f"OPTIONAL {{ {counts} }}", f"{operator} {context.count(constraint)}")

    return query


_QUERIES: Final = {
    str(SH[f"{component}ConstraintComponent"]): query
    for component, query in {
        "MinCount": _min_count,
        "MaxCount": _max_count,
        "UniqueLang": _unique_languages,
        "HasValue": _has_value,
        "Equals": _equals,
        "LessThan": _less("<"),
        "LessThanOrEquals": _less("<="),
        "Closed": _closed,
        "QualifiedMinCount": _qualified("<"),
        "QualifiedMaxCount": _qualified(">"),
    }.items()
}
"""Component -> what writes its query; the other Core components are conditions on a value."""
_GUARDED: Final = {*CONDITIONS, str(SH.MinCountConstraintComponent), str(SH.MaxCountConstraintComponent)}
