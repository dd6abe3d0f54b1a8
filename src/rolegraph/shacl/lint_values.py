"""Parameters of shapes in, faults for values that SHACL does not allow them out (SHACL 2 and 4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import SH, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from rolegraph.errors import ShapeError
from rolegraph.shacl.lint_reading import Reading
from rolegraph.shacl.paths import members
from rolegraph.shacl.results import from_rdflib
from rolegraph.shacl.vocabulary import NAMESPACE, nearest

_WHOLE: Final = re.compile(r"[+]?[0-9]+")
_PREFIX: Final = re.compile(r"([A-Za-z\u00c0-\uffff]([\w.\-]*[\w\-])?)?")
_NODE_KINDS: Final = frozenset(
    [SH.IRI, SH.BlankNode, SH.Literal, SH.BlankNodeOrIRI, SH.BlankNodeOrLiteral, SH.IRIOrLiteral]
)
_TIMES: Final = frozenset(
    XSD[name]
    for name in (
        *("date", "dateTime", "time", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
        *("duration", "dayTimeDuration", "yearMonthDuration"),
    )
)
_SEVERITIES: Final = frozenset([SH.Violation, SH.Warning, SH.Info])


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a value must be: how it is called, how to tell, and what to write."""

    name: str
    fits: Callable[[Node], bool]
    instead: str


@dataclass(frozen=True, slots=True)
class _Parameter:
    """What SHACL says of a parameter: its values, or the members of its list, and how many."""

    kind: _Kind
    is_single: bool = False
    is_list: bool = False
    needs_path: bool = False


def _is_whole(node: Node) -> bool:
    return isinstance(node, Literal) and node.datatype == XSD.integer and bool(_WHOLE.fullmatch(str(node)))


def _is_boolean(node: Node) -> bool:
    return isinstance(node, Literal) and node.datatype == XSD.boolean and str(node) in {"true", "false"}


def _is_string(node: Node) -> bool:
    return isinstance(node, Literal) and node.language is None and node.datatype in {None, XSD.string}


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and (node.language is not None or _is_string(node))


def _is_number(node: Node) -> bool:
    return isinstance(node, Literal) and node.datatype in {XSD.integer, XSD.decimal} and is_comparable(node)


def is_comparable(node: Node) -> bool:
    """Whether a literal can be compared with others of its datatype: it has a value and an order."""
    if not isinstance(node, Literal):
        return False
    if _is_string(node):
        return True
    # The engine calls a term equal to itself even where it has no value, so it is read anew.
    reads = f"<{node.datatype}>(STR({from_rdflib(node)}))" if node.datatype in _TIMES else "?nothing"
    known = f"isNumeric({from_rdflib(node)}) || BOUND(?known)"
    return bool(ox.Store().query(f"ASK {{ BIND({reads} AS ?known) FILTER({known}) }}"))


def compare(one: Literal, operator: str, other: Literal) -> bool:
    """Whether a comparison of SPARQL holds; false where it is an error."""
    text = f"ASK {{ FILTER({from_rdflib(one)} {operator} {from_rdflib(other)}) }}"
    return bool(ox.Store().query(text))


_IRI: Final = _Kind("an IRI", lambda node: isinstance(node, URIRef), "write a name such as ex:Thing")
_WHOLE_NUMBER: Final = _Kind(
    "a whole number from 0 up", _is_whole, "write a number without quotes, such as 1"
)
_NUMBER: Final = _Kind("a number", _is_number, "write one such as 1 or 2.5")
_BOOLEAN: Final = _Kind("true or false", _is_boolean, "write true or false without quotes")
_STRING: Final = _Kind("a plain string", _is_string, "write a text in quotes without a language")
_TEXT: Final = _Kind("a text", _is_text, "write a text in quotes")
_LITERAL: Final = _Kind("a literal", lambda n: isinstance(n, Literal), "write a number, a date or a text")
_NODE: Final = _Kind("a shape", lambda n: not isinstance(n, Literal), "write the name of a shape, or [ … ]")
_TARGET: Final = _Kind(
    "an IRI or a literal", lambda n: isinstance(n, URIRef | Literal), "write a name such as ex:Thing"
)
_ANYTHING: Final = _Kind("a term", lambda _: True, "")
_NODE_KIND: Final = _Kind(
    "one of the six kinds of nodes",
    lambda node: node in _NODE_KINDS,
    "write sh:IRI, sh:BlankNode, sh:Literal, sh:BlankNodeOrIRI, sh:BlankNodeOrLiteral or sh:IRIOrLiteral",
)
_DATATYPE: Final = _Kind(
    "the IRI of a datatype", lambda node: isinstance(node, URIRef), "write one such as xsd:string"
)

PARAMETERS: Final[dict[URIRef, _Parameter]] = {
    SH.targetClass: _Parameter(_IRI),
    SH.targetNode: _Parameter(_TARGET),
    SH.targetSubjectsOf: _Parameter(_IRI),
    SH.targetObjectsOf: _Parameter(_IRI),
    SH.severity: _Parameter(_IRI, is_single=True),
    SH.message: _Parameter(_TEXT),
    SH.deactivated: _Parameter(_BOOLEAN, is_single=True),
    SH["class"]: _Parameter(_IRI),
    SH.datatype: _Parameter(_DATATYPE, is_single=True),
    SH.nodeKind: _Parameter(_NODE_KIND, is_single=True),
    SH.minCount: _Parameter(_WHOLE_NUMBER, is_single=True, needs_path=True),
    SH.maxCount: _Parameter(_WHOLE_NUMBER, is_single=True, needs_path=True),
    SH.minExclusive: _Parameter(_LITERAL, is_single=True),
    SH.minInclusive: _Parameter(_LITERAL, is_single=True),
    SH.maxExclusive: _Parameter(_LITERAL, is_single=True),
    SH.maxInclusive: _Parameter(_LITERAL, is_single=True),
    SH.minLength: _Parameter(_WHOLE_NUMBER, is_single=True),
    SH.maxLength: _Parameter(_WHOLE_NUMBER, is_single=True),
    SH.pattern: _Parameter(_STRING, is_single=True),
    SH.flags: _Parameter(_STRING, is_single=True),
    SH.languageIn: _Parameter(_STRING, is_single=True, is_list=True),
    SH.uniqueLang: _Parameter(_BOOLEAN, is_single=True, needs_path=True),
    SH.equals: _Parameter(_IRI),
    SH.disjoint: _Parameter(_IRI),
    SH.lessThan: _Parameter(_IRI, needs_path=True),
    SH.lessThanOrEquals: _Parameter(_IRI, needs_path=True),
    SH["not"]: _Parameter(_NODE),
    SH["and"]: _Parameter(_NODE, is_list=True),
    SH["or"]: _Parameter(_NODE, is_list=True),
    SH.xone: _Parameter(_NODE, is_list=True),
    SH.node: _Parameter(_NODE),
    SH.property: _Parameter(_NODE),
    SH.qualifiedValueShape: _Parameter(_NODE, is_single=True, needs_path=True),
    SH.qualifiedMinCount: _Parameter(_WHOLE_NUMBER, is_single=True, needs_path=True),
    SH.qualifiedMaxCount: _Parameter(_WHOLE_NUMBER, is_single=True, needs_path=True),
    SH.qualifiedValueShapesDisjoint: _Parameter(_BOOLEAN, is_single=True, needs_path=True),
    SH.closed: _Parameter(_BOOLEAN, is_single=True),
    SH.ignoredProperties: _Parameter(_IRI, is_single=True, is_list=True),
    SH.hasValue: _Parameter(_ANYTHING),
    SH["in"]: _Parameter(_ANYTHING, is_single=True, is_list=True),
    SH.sparql: _Parameter(
        _Kind("a query", lambda node: not isinstance(node, Literal), "write [ sh:select … ]")
    ),
    SH.name: _Parameter(_TEXT),
    SH.description: _Parameter(_TEXT),
    SH.order: _Parameter(_NUMBER, is_single=True),
    SH.group: _Parameter(_Kind("a group", lambda n: not isinstance(n, Literal), "name an sh:PropertyGroup")),
    SH.defaultValue: _Parameter(_ANYTHING, is_single=True),
}
"""What SHACL says of each parameter of a shape."""

_NAMESPACE_EXAMPLE: Final = 'write one such as "http://example.org/"^^xsd:anyURI'
_QUALIFIED: Final = (SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.qualifiedValueShapesDisjoint)
_RANGES: Final = (SH.minExclusive, SH.minInclusive, SH.maxExclusive, SH.maxInclusive)
_TRUE_FORMS: Final = frozenset(["1", "0"])


def check_values(reading: Reading) -> None:
    """Look at every parameter of every shape."""
    graph = reading.graph
    for shape in reading.shapes:
        for name, parameter in PARAMETERS.items():
            values = sorted(graph.objects(shape, name), key=str)
            if len(values) > 1 and parameter.is_single:
                reading.error(
                    shape,
                    name,
                    f"there are {len(values)} values",
                    "write one",
                    value=reading.last(shape, name, values),
                )
            if values and parameter.needs_path and not _has_what_it_needs(reading, shape, name):
                reading.error(
                    shape, name, "the shape has no sh:path", "write this on a property shape", value=values[0]
                )
            for value in values:
                (_check_list if parameter.is_list else _check_one)(
                    reading, shape, name, parameter.kind, value
                )
        _check_ranges(reading, shape)
        _check_pattern(reading, shape)
        _check_texts(reading, shape)
        _check_severity(reading, shape)
    _check_declarations(reading)


def _has_what_it_needs(reading: Reading, shape: Node, name: URIRef) -> bool:
    """Whether a parameter of property shapes stands on one; a count of nothing is reported as such."""
    is_idle = name in _QUALIFIED and (shape, SH.qualifiedValueShape, None) not in reading.graph
    return is_idle or (shape, SH.path, None) in reading.graph


def _check_one(reading: Reading, shape: Node, name: URIRef, kind: _Kind, value: Node) -> None:
    if kind.fits(value):
        return
    if (
        kind is _BOOLEAN
        and isinstance(value, Literal)
        and str(value) in _TRUE_FORMS
        and (value.datatype == XSD.boolean)
    ):
        reading.warn(
            shape,
            name,
            f"{reading.shown(value)} is not the term true or false, and SHACL does not say what it means",
            "write true or false",
            value=value,
        )
        return
    instead = kind.instead
    if kind is _NODE_KIND and str(value).startswith(NAMESPACE):
        near = nearest(str(value).removeprefix(NAMESPACE), "individual")
        instead = f"do you mean sh:{near}?" if near else instead
    reading.error(shape, name, f"{_described(reading, value)} is not {kind.name}", instead, value=value)


def _described(reading: Reading, value: Node) -> str:
    """A value with its datatype or language where that may be what is wrong."""
    if not isinstance(value, Literal):
        return "a blank node" if not isinstance(value, URIRef) else reading.shown(value)
    if value.language is not None:
        return f"{reading.shown(value)}@{value.language}"
    is_plain = value.datatype in {None, XSD.string}
    return reading.shown(value) if is_plain else f"{value} ({reading.shown(value.datatype or XSD.string)})"


def _check_list(reading: Reading, shape: Node, name: URIRef, kind: _Kind, head: Node) -> None:
    found = list_members(reading.graph, head)
    if found is None:
        reading.error(
            shape,
            name,
            f"{_described(reading, head)} is no well-formed list",
            "write its members in parentheses, as in ( ex:a ex:b )",
            value=head,
        )
        return
    for member in found:
        _check_one(reading, shape, name, kind, member)


def list_members(graph: Graph, head: Node) -> list[Node] | None:
    """The members of a list; None when it is not well-formed."""
    try:
        return list(members(graph, head))
    except ShapeError:
        return None


def _check_ranges(reading: Reading, shape: Node) -> None:
    for name in _RANGES:
        for value in reading.graph.objects(shape, name):
            if isinstance(value, Literal) and not is_comparable(value):
                reading.warn(
                    shape,
                    name,
                    f"{_described(reading, value)} can be compared with nothing, so that every "
                    "value breaks the rule",
                    "write a number, a date or a string",
                    value=value,
                )


def _check_pattern(reading: Reading, shape: Node) -> None:
    graph = reading.graph
    patterns, flags = list(graph.objects(shape, SH.pattern)), list(graph.objects(shape, SH.flags))
    for flag in flags:
        if not patterns:
            reading.warn(shape, SH.flags, "there is no sh:pattern for these flags", "add one", value=flag)
        elif _is_string(flag) and not _is_expression("a", str(flag)):
            reading.error(
                shape,
                SH.flags,
                f"{reading.shown(flag)} are no flags of a regular expression",
                "use only s, m, i, x and q",
                value=flag,
            )
    for pattern in patterns:
        if _is_string(pattern) and not _is_expression(str(pattern), ""):
            reading.error(
                shape,
                SH.pattern,
                f"{reading.shown(pattern)} is no regular expression of XPath",
                "correct it, and write \\\\ for each backslash in Turtle",
                value=pattern,
            )


def _is_expression(pattern: str, flags: str) -> bool:
    """Whether the engine takes a regular expression: an error would leave the variable unbound."""
    arguments = f"{ox.Literal(pattern)}, {ox.Literal(flags)}"
    return bool(ox.Store().query(f'ASK {{ BIND(REGEX("", {arguments}) AS ?known) FILTER(BOUND(?known)) }}'))


def _check_texts(reading: Reading, shape: Node) -> None:
    """One text in each language: of two, nobody knows which is shown."""
    for name in (SH.message, SH.name, SH.description):
        seen: set[str] = set()
        for value in sorted(reading.graph.objects(shape, name), key=str):
            language = (value.language or "") if isinstance(value, Literal) else ""
            if language in seen:
                where = f'in "{language}"' if language else "without a language"
                reading.warn(shape, name, f"there are two texts {where}", "keep one", value=value)
            seen.add(language)


def _check_severity(reading: Reading, shape: Node) -> None:
    for value in reading.graph.objects(shape, SH.severity):
        if isinstance(value, URIRef) and value not in _SEVERITIES and not str(value).startswith(NAMESPACE):
            reading.warn(
                shape,
                SH.severity,
                f"{reading.shown(value)} is none of SHACL's severities and counts as a violation",
                "use sh:Violation, sh:Warning or sh:Info",
                value=value,
            )


def _check_declarations(reading: Reading) -> None:
    """Prefix and namespace of each sh:declare (SHACL 5.2.1)."""
    graph = reading.graph
    for node in sorted(set(graph.objects(None, SH.declare)), key=str):
        for name, fits, instead in (
            (SH.prefix, _is_prefix, 'write one string such as "ex"'),
            (SH.namespace, _is_namespace, _NAMESPACE_EXAMPLE),
        ):
            values = sorted(graph.objects(node, name), key=str)
            if len(values) != 1:
                reading.error(node, name, f"a declaration has {len(values)} values of this", instead)
            elif not fits(values[0]):
                found = f"{_described(reading, values[0])} is not allowed"
                reading.error(node, name, found, instead, value=values[0])
        for value in graph.objects(node, SH.namespace):
            if _is_string(value):
                found = f"{reading.shown(value)} is a string and no xsd:anyURI"
                reading.warn(node, SH.namespace, found, _NAMESPACE_EXAMPLE, value=value)


def _is_prefix(node: Node) -> bool:
    return _is_string(node) and bool(_PREFIX.fullmatch(str(node)))


def _is_namespace(node: Node) -> bool:
    return _is_string(node) or (isinstance(node, Literal) and node.datatype == XSD.anyURI)
