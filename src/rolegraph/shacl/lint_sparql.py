"""Queries of shapes in, faults of their text out: syntax, prefixes, pre-binding (SHACL 5 and 6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import pyoxigraph as ox
from rdflib import OWL, RDF, RDFS, SH, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from rolegraph.shacl.lint_reading import Reading
from rolegraph.shacl.prebinding import fill, find_fault
from rolegraph.sparql_tokens import tokens

_PLACE: Final = re.compile(r"error at (\d+):(\d+)")
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")
_VARIABLE: Final = re.compile(r"[A-Za-z_]\w*")
_BOUND: Final = frozenset(["this", "shapesGraph", "currentShape"])
_ALWAYS_KNOWN: Final = frozenset(["this", "value", "path", "PATH"])
_TAKEN: Final = frozenset(["this", "shapesGraph", "currentShape", "path", "PATH", "value"])
_VALIDATORS: Final = (SH.validator, SH.nodeValidator, SH.propertyValidator)
_NAMESPACE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]*")
_UNKNOWN: Final = "urn:x-rolegraph:unknown:"
_ANY_PATH: Final = "<urn:x-rolegraph:path>"


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a shapes graph: the node that has it, its form, and what is bound before it runs."""

    node: Node
    form: URIRef
    text: Literal
    parameters: tuple[str, ...] = ()
    messages: tuple[tuple[Node, Literal], ...] = ()


def check_queries(reading: Reading) -> None:
    """Look at every sh:sparql constraint, every declared component and their queries."""
    for query in queries(reading):
        _check_text(reading, query)
        _check_prefixes(reading, query.node)


def queries(reading: Reading) -> Iterator[Query]:
    """Every query that a constraint or a validator has; what lacks one is a fault."""
    graph = reading.graph
    for node in sorted(set(graph.objects(None, SH.sparql)), key=str):
        if isinstance(node, Literal):
            continue  # reported with the shape
        shapes = list(graph.subjects(SH.sparql, node))
        messages = [(n, m) for n in (node, *shapes) for m in graph.objects(n, SH.message)]
        yield from _query(reading, node, SH.select, (), messages)
    for component in components(graph):
        yield from _component_queries(reading, component)


def components(graph: Graph) -> list[Node]:
    """The constraint components that a shapes graph declares itself."""
    classes = list(graph.transitive_subjects(RDFS.subClassOf, SH.ConstraintComponent))
    found = {node for kind in classes for node in graph.subjects(RDF.type, kind)}
    return sorted((node for node in found if not str(node).startswith(str(SH))), key=str)


def _component_queries(reading: Reading, component: Node) -> Iterator[Query]:
    graph = reading.graph
    parameters = tuple(_parameters(reading, component))
    validators = [(p, v) for p in _VALIDATORS for v in sorted(graph.objects(component, p), key=str)]
    if not validators:
        reading.error(component, None, "a component has no validator", "add sh:validator [ sh:ask … ]")
    for predicate, validator in validators:
        has_ask = (validator, SH.ask, None) in graph
        if predicate == SH.validator and not has_ask and (validator, SH.select, None) in graph:
            reading.error(
                component,
                predicate,
                "its query is a SELECT",
                "write sh:ask, or use sh:nodeValidator or sh:propertyValidator",
            )
        messages = [(n, m) for n in (validator, component) for m in graph.objects(n, SH.message)]
        yield from _query(reading, validator, SH.ask if has_ask else SH.select, parameters, messages)


def _parameters(reading: Reading, component: Node) -> Iterator[str]:
    """The names of the parameters of a component as variables (SHACL 6.2.1)."""
    graph = reading.graph
    optional = 0
    nodes = sorted(graph.objects(component, SH.parameter), key=str)
    for node in nodes:
        path = graph.value(node, SH.path)
        name = re.split(r"[#/]", str(path))[-1] if isinstance(path, URIRef) else ""
        if not _VARIABLE.fullmatch(name) or name in _TAKEN:
            found = (
                f"{reading.shown(path)} gives no name for a variable"
                if path is not None
                else "it has no sh:path"
            )
            reading.error(
                node,
                SH.path,
                f"a parameter of {reading.shown(component)}: {found}",
                "write an IRI that ends in a name such as ex:limit",
                value=path,
            )
        else:
            yield name
        optional += graph.value(node, SH.optional) == Literal(True)
    if optional == len(nodes):
        reading.error(
            component,
            SH.parameter,
            "a component has no parameter that must be given",
            "declare one without sh:optional",
        )


def _query(
    reading: Reading,
    node: Node,
    form: URIRef,
    parameters: tuple[str, ...],
    messages: list[tuple[Node, Node]],
) -> Iterator[Query]:
    texts = sorted(reading.graph.objects(node, form), key=str)
    name = reading.shown(form)
    if len(texts) != 1:
        reading.error(node, form, f"there are {len(texts)} queries", f"write one {name}")
        return
    [text] = texts
    if not isinstance(text, Literal) or text.language is not None or text.datatype not in {None, XSD.string}:
        reading.error(node, form, "the query is no plain string", 'write it in """ … """', value=text)
        return
    known = tuple((n, m) for n, m in messages if isinstance(m, Literal))
    yield Query(node, form, text, parameters, known)


def _check_text(reading: Reading, query: Query) -> None:
    text, word = str(query.text), "ASK" if query.form == SH.ask else "SELECT"
    prefixes = declared(reading.graph, query.node)
    missing = sorted(_undeclared(text, prefixes))
    for prefix in missing:
        name = f"{prefix}:"
        reading.error(
            query.node,
            query.form,
            f"the prefix {name} is declared nowhere",
            "declare it with sh:declare, and name that with sh:prefixes",
            value=query.text,
            row=_row(text, name),
        )
    if _form(text) not in {word, ""}:
        reading.error(
            query.node,
            query.form,
            f"the query begins with {_form(text)}",
            f"begin it with {word}",
            value=query.text,
        )
        return
    fault = find_fault(text, {*_BOUND, *query.parameters, *(["value"] if query.form == SH.ask else [])})
    if fault:
        words, _, instead = fault.partition("; ")
        reading.error(query.node, query.form, words, instead or "change the query", value=query.text)
    known = dict.fromkeys(missing, _UNKNOWN) | {p: n for p, n in prefixes.items() if _NAMESPACE.fullmatch(n)}
    try:
        found = ox.Store().query(fill(text, {"PATH": _ANY_PATH}), prefixes=known)
    except (SyntaxError, ValueError) as error:
        row, words = _told(text, str(error))
        if "anew" not in fault:  # to bind a variable twice is a fault of syntax too
            reading.error(query.node, query.form, words, "correct the SPARQL", value=query.text, row=row)
        return
    columns = [v.value for v in found.variables] if isinstance(found, ox.QuerySolutions) else []
    _check_placeholders(reading, query, columns)


def _form(text: str) -> str:
    """The word that a query begins with after its prologue, in capitals."""
    words = [token.text.upper() for token in tokens(text) if token.kind == "word"]
    return next((word for word in words if word in {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}), "")


def _told(text: str, error: str) -> tuple[int, str]:
    """The row of a query where the parser stopped, and what stands there; a parser lists all that could."""
    place = _PLACE.search(error)
    if place is None:
        return 1, f"the query is no SPARQL: {error.splitlines()[0]}"
    row, column = int(place[1]), int(place[2])
    lines = text.split("\n")
    rest = lines[row - 1][column - 1 :].partition(" #")[0].strip() if row <= len(lines) else ""
    near = f"near {rest[:30]!r}" if rest else "at the end of a line"
    return row, f"the query is no SPARQL: line {row} cannot be read {near}"


def _row(text: str, part: str) -> int:
    return text[: text.find(part)].count("\n") + 1 if part in text else 1


def _undeclared(text: str, prefixes: Collection[str]) -> set[str]:
    """The prefixes that a query uses and that neither it nor the shapes graph declares."""
    found = list(tokens(text))
    own = {two.text for one, two in pairwise(found) if one.text.upper() == "PREFIX"}
    used = {token.text.partition(":")[0] for token in found if token.kind == "name"}
    return {prefix for prefix in used if prefix not in prefixes and f"{prefix}:" not in own}


def declared(graph: Graph, node: Node) -> dict[str, str]:
    """Prefix -> namespace as sh:prefixes gives them to a query, owl:imports followed (SHACL 5.2.1)."""
    found: dict[str, str] = {}
    waiting: list[Node] = list(graph.objects(node, SH.prefixes))
    seen: set[Node] = set()
    while waiting:
        ontology = waiting.pop()
        if ontology in seen:
            continue
        seen.add(ontology)
        waiting += graph.objects(ontology, OWL.imports)
        for declaration in graph.objects(ontology, SH.declare):
            prefix, namespace = graph.value(declaration, SH.prefix), graph.value(declaration, SH.namespace)
            if prefix is not None and namespace is not None:
                found.setdefault(str(prefix), str(namespace))
    return found


def _check_prefixes(reading: Reading, node: Node) -> None:
    graph = reading.graph
    for ontology in graph.objects(node, SH.prefixes):
        if (ontology, SH.declare, None) not in graph and (ontology, OWL.imports, None) not in graph:
            reading.warn(
                node,
                SH.prefixes,
                f"{reading.shown(ontology)} declares no prefix",
                "write sh:declare for it",
                value=ontology,
            )
    spaces: dict[str, str] = {}
    for ontology in sorted(graph.objects(node, SH.prefixes), key=str):
        for declaration in sorted(graph.objects(ontology, SH.declare), key=str):
            prefix, namespace = (str(graph.value(declaration, p)) for p in (SH.prefix, SH.namespace))
            if spaces.setdefault(prefix, namespace) != namespace:
                reading.error(
                    node, SH.prefixes, f"the prefix {prefix}: has two namespaces", "keep one of them"
                )


def _check_placeholders(reading: Reading, query: Query, columns: list[str]) -> None:
    """A `{?name}` in a message is filled from the columns of the query and the parameters."""
    known = {*columns, *query.parameters, *_ALWAYS_KNOWN}
    for node, message in query.messages:
        for name in sorted(set(_PLACEHOLDER.findall(message)) - known):
            reading.warn(
                node,
                SH.message,
                f"the query does not return ?{name}, and {{?{name}}} stays as it is",
                f"add ?{name} to the SELECT",
                value=message,
            )
