"""Data in a store and a graph of shapes in, everything that does not conform out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import pyoxigraph as ox
from rdflib import RDFS, SH, Graph
from rdflib import Literal as RdfLiteral
from rdflib.term import Node

from rolegraph.errors import ShapeError
from rolegraph.shacl import prebinding
from rolegraph.shacl.compile import Check, compile_shape, predicate_path
from rolegraph.shacl.conform import conform
from rolegraph.shacl.context import Context, Unsupported
from rolegraph.shacl.defaults import default_message
from rolegraph.shacl.focus import Focus, focus_of
from rolegraph.shacl.lexical import decode, encode, has_encoded
from rolegraph.shacl.reference import run_reference
from rolegraph.shacl.results import Outcome, Result, Term, from_rdflib, to_rdflib
from rolegraph.shacl.shapes import Shape, Shapes

Engine = Literal["compiled", "pyshacl"]
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")
_SHAPES_GRAPH: Final = "urn:x-rolegraph:shapes"
_SUBCLASS: Final = ox.NamedNode(str(RDFS.subClassOf))


@dataclass(frozen=True, slots=True)
class Data:
    """What is checked.

    Attributes:
        store: holds it.
        is_union: whether all graphs of the store are seen as one; else its default graph alone.
        shapes_graph: the graph of the store that holds the shapes, for `$shapesGraph`; "" for none.
        as_graph: gives the same triples to the reference engine.
    """

    store: ox.Store
    is_union: bool = False
    shapes_graph: str = ""
    as_graph: Callable[[], Graph] | None = None

    def query(self, text: str) -> ox.QuerySolutions:
        """The solutions of a SELECT."""
        found = self.store.query(text, use_default_graph_as_union=self.is_union)
        if not isinstance(found, ox.QuerySolutions):
            raise TypeError("a check is no SELECT")
        return found

    def graph(self) -> Graph:
        """The triples for the reference engine, their literals as they were written."""
        if self.as_graph is not None:
            return self.as_graph()
        graph = Graph()
        where = None if self.is_union else ox.DefaultGraph()
        for quad in self.store.quads_for_pattern(None, None, None, where):
            graph.add((_node(quad.subject), _node(quad.predicate), _node(quad.object)))
        return graph


def _node(term: Term) -> Node:
    return to_rdflib(decode(term))


@dataclass(frozen=True, slots=True)
class Plan:
    """Shapes, compiled for one store: what to run, and what is left to the reference engine."""

    checks: tuple[Check, ...]
    focus: dict[Node, list[Focus]] = field(default_factory=dict)
    """Shape -> where it looks; a property shape may stand in several node shapes."""
    by_reference: dict[Node, str] = field(default_factory=dict)
    """Shape -> what of it the compiler does not know."""


def validate(data: ox.Store | Data, shapes: Graph, engine: Engine = "compiled") -> Outcome:
    """Check data against shapes.

    Args:
        data: a store, of which the default graph is checked, or data with more to say.
        shapes: the shapes graph.
        engine: "compiled" runs SPARQL in the store, and pyshacl where a shape uses what the compiler
            does not know; "pyshacl" is the reference alone.
    Returns:
        all results; by shape in the order of their names.
    Raises:
        ShapeError: a shape is ill-formed.
    """
    data = data if isinstance(data, Data) else Data(data)
    if engine == "pyshacl":
        return Outcome(tuple(run_reference(data.graph(), shapes, None)))
    if not data.is_union and not data.shapes_graph:
        data = _with_shapes(data, shapes)
    plan = compile_shapes(data, shapes)
    results = list(run(data, plan))
    if plan.by_reference:
        results += run_reference(data.graph(), shapes, set(plan.by_reference))
    return Outcome(tuple(results), tuple(sorted(str(node) for node in plan.by_reference)))


def _with_shapes(data: Data, shapes: Graph) -> Data:
    """Put the shapes into a graph of the store where a query asks for `$shapesGraph` (SHACL 5.3.1)."""
    texts = [text for predicate in (SH.select, SH.ask) for text in shapes.objects(None, predicate)]
    if not any(prebinding.mentions(str(text), "shapesGraph") for text in texts):
        return data
    graph = ox.NamedNode(_SHAPES_GRAPH)
    data.store.extend(
        ox.Quad(from_rdflib(subject), from_rdflib(predicate), encode(from_rdflib(value)), graph)
        for subject, predicate, value in shapes
    )
    return replace(data, shapes_graph=_SHAPES_GRAPH)


def compile_shapes(data: Data, shapes: Graph) -> Plan:
    """Write the queries of every shape that has a target.

    Raises:
        ShapeError: a shape is ill-formed.
    """
    records = Shapes(shapes)
    context = Context(
        records, _subclasses(data), has_encoded(data.store) if not data.is_union else False, conform, data.shapes_graph
    )
    checks: list[Check] = []
    focus: dict[Node, list[Focus]] = defaultdict(list)
    left: dict[Node, str] = {}
    for shape in records.targeted():
        try:
            written = list(compile_shape(context, shape, focus_of(context, shape)))
        except Unsupported as error:
            left[shape.node] = str(error)
            continue
        checks += written
        for node, place in _places(records, shape, focus_of(context, shape)):
            focus[node].append(place)
    return Plan(tuple(checks), dict(focus), left)


def _places(shapes: Shapes, shape: Shape, focus: Focus) -> Iterator[tuple[Node, Focus]]:
    yield shape.node, focus
    for constraint in shape.constraints:
        if constraint.component == str(SH.PropertyConstraintComponent):
            yield from _places(shapes, shapes.shape(constraint.value), focus.step(shape.path))


def _subclasses(data: Data) -> dict[str, set[str]]:
    """Class -> it and all classes below it (SHACL 1.1, "SHACL subclass")."""
    direct: dict[str, set[str]] = defaultdict(set)
    for quad in data.store.quads_for_pattern(None, _SUBCLASS, None, None):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            direct[quad.object.value].add(quad.subject.value)
    closed: dict[str, set[str]] = {}
    for start in direct:
        found, waiting = {start}, [start]
        while waiting:
            new = direct.get(waiting.pop(), set()) - found
            found |= new
            waiting.extend(new)
        closed[start] = found
    return closed


def run(data: Data, plan: Plan, workers: int = 2) -> Iterator[Result]:
    """Run the queries of a plan, several at once; the results come in the order of the checks."""
    with ThreadPoolExecutor(workers) as pool:
        for results in pool.map(lambda check: list(run_check(data, check)), plan.checks):
            yield from results


def run_check(data: Data, check: Check) -> Iterator[Result]:
    """The results of one check.

    Raises:
        ShapeError: its query says that it cannot be answered (`?failure`, SHACL 5.3.2).
    """
    select = check.select
    if not select.focus:
        yield from _results(check, data.query(select.text), None)
        return
    for row in data.query(select.focus):
        focus = row["this"]
        if isinstance(focus, ox.BlankNode):
            found = data.store.query(
                select.text,
                use_default_graph_as_union=data.is_union,
                substitutions={ox.Variable("this"): focus},
            )
        else:
            found = data.query(prebinding.bind_this(select.text, str(focus)))
        yield from _results(check, found, focus)


def _results(check: Check, rows: ox.QuerySolutions, focus: Term | None) -> Iterator[Result]:
    columns = {variable.value: number for number, variable in enumerate(rows.variables)}
    this, value_at, path_at = columns.get("this"), columns.get("value"), columns.get("path")
    messages = check.messages or (default_message(check),)
    for row in rows:
        if check.select.failure and "failure" in columns and str(row[columns["failure"]]).startswith('"true"'):
            raise ShapeError(f"{check.shape.node}: the query says that it failed (?failure)")
        node = focus if this is None or row[this] is None else decode(row[this])
        value = row[value_at] if value_at is not None else None
        path = row[path_at] if path_at is not None else None
        if value is None and check.value_is_focus:
            value = node
        yield Result(
            node,
            predicate_path(path.value) if isinstance(path, ox.NamedNode) else check.path,
            decode(value) if value is not None else None,
            check.component,
            check.shape.severity,
            check.shape.node,
            _filled(messages, columns, row),
        )


def _filled(
    messages: tuple[RdfLiteral, ...], columns: dict[str, int], row: ox.QuerySolution
) -> tuple[RdfLiteral, ...]:
    if "message" in columns and isinstance(row[columns["message"]], ox.Literal):
        own = row[columns["message"]]
        return (RdfLiteral(own.value, lang=own.language),)
    return tuple(
        RdfLiteral(_PLACEHOLDER.sub(lambda m: _shown(columns, row, m), message), lang=message.language)
        if "{" in message
        else message
        for message in messages
    )


def _shown(columns: dict[str, int], row: ox.QuerySolution, match: re.Match[str]) -> str:
    number = columns.get(match[1])
    value = row[number] if number is not None else None
    return match[0] if value is None else decode(value).value


def focus_nodes(data: Data, focus: Focus) -> Iterator[Term]:
    """Each node that a shape looks at, once."""
    for row in data.query(f"SELECT DISTINCT ?this WHERE {{ {focus.pattern('?this')} }}"):
        yield decode(row["this"])


