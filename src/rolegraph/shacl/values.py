"""A constraint on one value in, the SPARQL condition under which a value meets it out (SHACL 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyoxigraph as ox
from rdflib import SH, Literal, URIRef
from rdflib.term import Node

from rolegraph.errors import ShapeError
from rolegraph.shacl.context import Context
from rolegraph.shacl.lexical import INTEGERS, MARK
from rolegraph.shacl.shapes import Constraint, Shape, name

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_RDF_LANG: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_CORE: Final = "https://www.w3.org/TR/shacl/#core-components"

# Lexical spaces (XML Schema 1.1 part 2); a number that the engine reads needs no look at its form.
_PATTERNS: Final = {
    "decimal": r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$",
    "double": r"^([+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN)$",
    "float": r"^([+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN)$",
    "boolean": r"^(true|false|0|1)$",
    "hexBinary": r"^([0-9a-fA-F]{2})*$",
}
_READ: Final = {
    name: name.removesuffix("Stamp")
    for name in (
        *("date", "dateTime", "time", "dateTimeStamp", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
        *("duration", "dayTimeDuration", "yearMonthDuration"),
    )
}
"""Datatype -> the function that reads its literals."""

_KINDS: Final = {
    SH.IRI: ("isIRI",),
    SH.BlankNode: ("isBlank",),
    SH.Literal: ("isLiteral",),
    SH.BlankNodeOrIRI: ("isBlank", "isIRI"),
    SH.BlankNodeOrLiteral: ("isBlank", "isLiteral"),
    SH.IRIOrLiteral: ("isIRI", "isLiteral"),
}

Condition = Callable[[Context, Shape, Constraint, str, str], str]
"""(context, shape, constraint, variable of the value, variable of the focus node) -> a SPARQL condition."""


def _class(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    classes = context.subclasses(constraint.value)
    if len(classes) == 1:
        return f"EXISTS {{ {value} a {classes[0]} }}"
    kind = context.variable()
    return f"EXISTS {{ {value} a {kind} . FILTER({kind} IN ({', '.join(classes)})) }}"


def _datatype(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    if not isinstance(constraint.value, URIRef):
        raise ShapeError(f"sh:datatype {constraint.value} is no IRI; write one such as xsd:string", _CORE)
    iri = str(constraint.value)
    plain = f"DATATYPE({value}) = <{iri}>"
    is_of = f"({plain} || DATATYPE({value}) = <{MARK}{iri}>)" if context.is_encoded else plain
    form = _has_form(value, iri.removeprefix(_XSD)) if iri.startswith(_XSD) else ""
    return f"COALESCE(isLiteral({value}) && {is_of}{' && ' + form if form else ''}, false)"


def _has_form(value: str, local: str) -> str:
    """Whether the lexical form of a literal belongs to an XML Schema datatype; "" where every form does."""
    if local in INTEGERS:
        low, high = INTEGERS[local]
        parts = [f'REGEX(STR({value}), "^[+-]?[0-9]+$")']
        # 40 digits are beyond any of the ranges, and decimals of the engine hold 20.
        number = f"<{_XSD}decimal>(STR({value}))"
        if low is not None:
            parts.append(f"{number} >= {low}")
        if high is not None:
            parts.append(f"{number} <= {high}")
        checked = " && ".join(parts)
        return f"(isNumeric({value}) || {checked})" if local == "integer" else f"({checked})"
    if local in _PATTERNS:
        pattern = _PATTERNS[local].replace("\\", "\\\\")
        form = f'REGEX(STR({value}), "{pattern}")'
        return f"(isNumeric({value}) || {form})" if local in {"decimal", "double", "float"} else form
    if local not in _READ:
        return ""
    # The engine calls a term equal to itself even where it has no value, so it is read anew.
    read = f"<{_XSD}{_READ[local]}>(STR({value}))"
    zone = f' && REGEX(STR({value}), "(Z|[+-][0-9]{{2}}:[0-9]{{2}})$")' if local == "dateTimeStamp" else ""
    return f"({read} = {read}{zone})"


def _node_kind(_context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    tests = _KINDS.get(URIRef(str(constraint.value)))
    if tests is None:
        raise ShapeError(f"sh:nodeKind {constraint.value} is not one of the six kinds, such as sh:IRI", _CORE)
    return "(" + " || ".join(f"{test}({value})" for test in tests) + ")"


def _compared(operator: str) -> Condition:
    def condition(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
        bound = context.literal(constraint.value)
        return f"COALESCE({context.decoded(value)} {operator} {bound}, false)"

    return condition


def _length(operator: str) -> Condition:
    def condition(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
        count = context.count(constraint)
        return f"COALESCE(!isBlank({value}) && STRLEN(STR({value})) {operator} {count}, false)"

    return condition


def _pattern(context: Context, shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    if not isinstance(constraint.value, Literal):
        raise ShapeError(f"sh:pattern {constraint.value} is no string", _CORE)
    flags = context.shapes.graph.value(shape.node, SH.flags)
    pattern = ox.Literal(str(constraint.value))
    arguments = ", ".join([str(pattern)] + ([str(ox.Literal(str(flags)))] if flags else []))
    # A bad expression makes REGEX an error, which leaves the variable unbound.
    if not ox.Store().query(f'ASK {{ BIND(REGEX("", {arguments}) AS ?known) FILTER(BOUND(?known)) }}'):
        raise ShapeError(f"{name(shape.node)}: sh:pattern {pattern} is no regular expression of XPath", _CORE)
    return f"COALESCE(!isBlank({value}) && REGEX(STR({value}), {arguments}), false)"


def _language_in(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    tags = [ox.Literal(str(tag)) for tag in context.shapes.list_of(constraint.value)]
    tests = " || ".join(f"LANGMATCHES(LANG({value}), {tag})" for tag in tags) or "false"
    return f"COALESCE(isLiteral({value}) && ({tests}), false)"


def _in(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    members = context.shapes.list_of(constraint.value)
    if not members:
        return "false"
    if all(isinstance(member, URIRef) for member in members):
        return f"COALESCE({value} IN ({', '.join(context.term(member) for member in members)}), false)"
    return "(" + " || ".join(f"sameTerm({value}, {context.term(member)})" for member in members) + ")"


def _disjoint(context: Context, _shape: Shape, constraint: Constraint, value: str, focus: str) -> str:
    return f"NOT EXISTS {{ {focus} {context.iri(constraint.value)} {value} }}"


def _node(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    return context.conforms(constraint.value, value)


def _not(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    return f"!({context.conforms(constraint.value, value)})"


def _and(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    return _joined(context, constraint.value, value, " && ")


def _or(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    return _joined(context, constraint.value, value, " || ")


def _joined(context: Context, head: Node, value: str, operator: str) -> str:
    parts = [context.conforms(member, value) for member in context.shapes.list_of(head)]
    return "(" + operator.join(f"({part})" for part in parts) + ")" if parts else "true"


def _xone(context: Context, _shape: Shape, constraint: Constraint, value: str, _focus: str) -> str:
    parts = [context.conforms(member, value) for member in context.shapes.list_of(constraint.value)]
    return "(" + " + ".join(f"IF({part}, 1, 0)" for part in parts) + " = 1)"


CONDITIONS: Final[dict[str, Condition]] = {
    str(SH[f"{component}ConstraintComponent"]): condition
    for component, condition in {
        "Class": _class,
        "Datatype": _datatype,
        "NodeKind": _node_kind,
        "MinExclusive": _compared(">"),
        "MinInclusive": _compared(">="),
        "MaxExclusive": _compared("<"),
        "MaxInclusive": _compared("<="),
        "MinLength": _length(">="),
        "MaxLength": _length("<="),
        "Pattern": _pattern,
        "LanguageIn": _language_in,
        "In": _in,
        "Disjoint": _disjoint,
        "Node": _node,
        "Not": _not,
        "And": _and,
        "Or": _or,
        "Xone": _xone,
    }.items()
}
"""Component -> what writes its condition."""
