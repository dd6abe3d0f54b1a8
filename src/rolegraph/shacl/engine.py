"""Data in a store and a graph of shapes in, everything that does not conform out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Final, Literal

import pyoxigraph as ox
from rdflib import RDFS, SH, Graph
from rdflib.term import Node

from rolegraph.shacl import prebinding
from rolegraph.shacl.compile import Check, compile_shape
from rolegraph.shacl.conform import conform
from rolegraph.shacl.context import Context, Unsupported
from rolegraph.shacl.data import Data
from rolegraph.shacl.focus import Focus, focus_of
from rolegraph.shacl.lexical import encode, has_encoded
from rolegraph.shacl.results import Outcome, Result, from_rdflib, quad_of
from rolegraph.shacl.run import run_check
from rolegraph.shacl.shapes import Shape, Shapes

Engine = Literal["compiled", "pyshacl"]
ENGINES: Final[tuple[Engine, ...]] = ("compiled", "pyshacl")
_SHAPES_GRAPH: Final = "urn:x-rolegraph:shapes"
_SUBCLASS: Final = ox.NamedNode(str(RDFS.subClassOf))
_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """Shapes, compiled for one store.

    Attributes:
        checks: what to run.
        focus: shape -> where it looks; a property shape may stand in several node shapes.
        by_reference: shape -> what of it the compiler does not know; for the reference engine.
    """

    checks: tuple[Check, ...]
    focus: dict[Node, list[Focus]] = field(default_factory=dict)
    by_reference: dict[Node, str] = field(default_factory=dict)


def validate(data: ox.Store | Data, shapes: Graph, engine: Engine = "compiled") -> Outcome:
    """Check data against shapes.

    Args:
        data: a store, of which the default graph is checked, or data with more to say. Where a query
            asks for `$shapesGraph` and the data names none, the shapes are added to the store.
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
    data = _with_shapes(data, shapes)
    return run_plan(data, shapes, compile_shapes(data, shapes))


def run_plan(data: Data, shapes: Graph, plan: Plan) -> Outcome:
    """Run what `compile_shapes` made of the shapes, and the reference engine for the rest."""
    results = list(run(data, plan))
    if plan.by_reference:
        results += run_reference(data.graph(), shapes, set(plan.by_reference))
    return Outcome(tuple(results), tuple(sorted(str(node) for node in plan.by_reference)))


def run_reference(data: Graph, shapes: Graph, only: Collection[Node] | None) -> list[Result]:
    """Check data with pyshacl; see `rolegraph.shacl.reference`."""
    # Imported when it is first needed, which is seldom: that takes longer than many a validation.
    reference = import_module("rolegraph.shacl.reference")
    results: list[Result] = reference.run_reference(data, shapes, only)
    return results


def _with_shapes(data: Data, shapes: Graph) -> Data:
    """Put the shapes into a graph of the store where a query asks for `$shapesGraph` (SHACL 5.3.1)."""
    if data.is_union or data.shapes_graph:
        return data
    texts = [text for predicate in (SH.select, SH.ask) for text in shapes.objects(None, predicate)]
    if not any(prebinding.mentions(str(text), "shapesGraph") for text in texts):
        return data
    graph = ox.NamedNode(_SHAPES_GRAPH)
    for quad in (quad_of(triple, graph) for triple in shapes):
        value = quad.object if isinstance(quad.object, ox.Triple) else encode(quad.object)
        data.store.add(ox.Quad(quad.subject, quad.predicate, value, graph))
    return replace(data, shapes_graph=_SHAPES_GRAPH)


def compile_shapes(data: Data, shapes: Graph) -> Plan:
    """Write the queries of every shape that has a target.

    Raises:
        ShapeError: a shape is ill-formed.
    """
    records = Shapes(shapes)
    context = Context(
        shapes=records,
        superclasses=_subclasses(data.store),
        is_as_written=not data.is_union,
        is_encoded=not data.is_union and has_encoded(data.store),
        conform=conform,
        shapes_graph=data.shapes_graph,
    )
    checks: list[Check] = []
    focus: dict[Node, list[Focus]] = defaultdict(list)
    left: dict[Node, str] = {}
    for shape in records.targeted():
        start = focus_of(context, shape)
        context.has_absent_target = any(
            kind == SH.targetNode and not _holds(data.store, value) for kind, value in shape.targets
        )
        try:
            checks += list(compile_shape(context, shape, start))
        except Unsupported as error:
            left[shape.node] = str(error)
            continue
        for node, place in _places(records, shape, start):
            focus[node].append(place)
    return Plan(tuple(checks), dict(focus), left)


def _places(shapes: Shapes, shape: Shape, focus: Focus) -> Iterator[tuple[Node, Focus]]:
    yield shape.node, focus
    for constraint in shape.constraints:
        if constraint.component == str(SH.PropertyConstraintComponent):
            yield from _places(shapes, shapes.shape(constraint.value), focus.step(shape.path))


def _holds(store: ox.Store, node: Node) -> bool:
    """Whether a node is the subject or object of a triple."""
    term = from_rdflib(node)
    if isinstance(term, ox.Literal):
        term = encode(term)
    elif next(store.quads_for_pattern(term, None, None, None), None) is not None:
        return True
    return next(store.quads_for_pattern(None, None, term, None), None) is not None


def _subclasses(store: ox.Store) -> dict[str, set[str]]:
    """Class -> it and all classes below it (SHACL 1.1, "SHACL subclass")."""
    direct: dict[str, set[str]] = defaultdict(set)
    for quad in store.quads_for_pattern(None, _SUBCLASS, None, None):
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


def run(data: Data, plan: Plan) -> Iterator[Result]:
    """Run the queries of a plan, several at once; the results come in the order of the checks."""
    groups: dict[str | int, list[Check]] = defaultdict(list)
    for number, check in enumerate(plan.checks):
        groups[check.guard or number].append(check)
    with ThreadPoolExecutor(_THREADS) as pool:
        for results in pool.map(lambda checks: list(_run_guarded(data, checks)), groups.values()):
            yield from results


def _run_guarded(data: Data, checks: list[Check]) -> Iterator[Result]:
    """Run checks with one guard, or one check; mostly nothing is amiss, and the guard says so."""
    if len(checks) > 1 and not list(data.query(checks[0].guard)):
        return
    for check in checks:
        yield from run_check(data, check)
