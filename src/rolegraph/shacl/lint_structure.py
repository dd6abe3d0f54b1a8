"""How shapes hang together: paths, references, and shapes that can find nothing, or nothing but faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rdflib import OWL, RDF, RDFS, SH, XSD, BNode, Literal, URIRef
from rdflib.term import Node

from rolegraph.shacl.lint_reading import LISTS_OF_SHAPES, TARGETS, Reading
from rolegraph.shacl.lint_values import compare, list_members

_OPERATORS: Final = (
    SH.inversePath,
    SH.alternativePath,
    SH.zeroOrMorePath,
    SH.oneOrMorePath,
    SH.zeroOrOnePath,
)
_NO_LITERALS: Final = frozenset([SH.IRI, SH.BlankNode, SH.BlankNodeOrIRI])
_NUMERIC: Final = frozenset([XSD.integer, XSD.decimal, XSD.double, XSD.float])
_LIMITS: Final = (
    (SH.minCount, SH.maxCount, ">"),
    (SH.qualifiedMinCount, SH.qualifiedMaxCount, ">"),
    (SH.minLength, SH.maxLength, ">"),
    (SH.minInclusive, SH.maxInclusive, ">"),
    (SH.minInclusive, SH.maxExclusive, ">="),
    (SH.minExclusive, SH.maxInclusive, ">="),
    (SH.minExclusive, SH.maxExclusive, ">="),
)


def check_structure(reading: Reading) -> None:
    """Look at every shape's path, references and reach."""
    for shape in reading.shapes:
        _check_kind(reading, shape)
        _check_references(reading, shape)
        _check_contradictions(reading, shape)
        _check_companions(reading, shape)
        _check_deactivated(reading, shape)
    _check_reach(reading)
    _check_recursion(reading)


def _check_kind(reading: Reading, shape: Node) -> None:
    """A property shape has one path, a node shape none (SHACL 2.2 and 2.3)."""
    graph = reading.graph
    paths = sorted(graph.objects(shape, SH.path), key=str)
    is_node, is_property = ((shape, RDF.type, kind) in graph for kind in (SH.NodeShape, SH.PropertyShape))
    if len(paths) > 1:
        reading.error(
            shape,
            SH.path,
            f"there are {len(paths)} paths",
            "write one sh:path, and a shape for each",
            value=paths[1],
        )
    if paths and is_node:
        reading.error(shape, SH.path, "a node shape has a path", "call it a sh:PropertyShape", value=paths[0])
    if is_property and not paths:
        reading.error(shape, None, "a property shape has no path", "write its sh:path")
    for path in paths:
        for found, instead in path_faults(reading, path, ()):
            reading.error(shape, SH.path, found, instead, value=path)
        _check_operators(reading, shape, path)


def path_faults(reading: Reading, path: Node, around: tuple[Node, ...]) -> Iterator[tuple[str, str]]:
    """What is wrong with a path expression (SHACL 2.3.1): found, and what to write instead."""
    graph = reading.graph
    if isinstance(path, URIRef):
        if path == RDF.nil:
            yield "a sequence path is empty", "write at least two properties"
        return
    if isinstance(path, Literal):
        yield (
            f"{reading.shown(path)} is no property",
            "write an IRI or a path such as [ sh:inversePath ex:p ]",
        )
        return
    if path in around:
        yield "a path contains itself", "write a path that ends"
        return
    operators = [(operator, value) for operator in _OPERATORS for value in graph.objects(path, operator)]
    is_sequence = (path, RDF.first, None) in graph
    if len(operators) + is_sequence > 1:
        return  # see _check_operators
    if not operators and not is_sequence:
        yield "a blank node describes no path", "write one such as [ sh:inversePath ex:p ]"
        return
    inner = [value for _, value in operators]
    if is_sequence or operators[0][0] == SH.alternativePath:
        inner = list_members(graph, path if is_sequence else inner[0]) or []
        if len(inner) < 2:
            kind = "sequence" if is_sequence else "alternative"
            yield f"the {kind} path is no list of two or more", "write ( ex:p ex:q )"
    for part in inner:
        yield from path_faults(reading, part, (*around, path))


def _check_operators(reading: Reading, shape: Node, path: Node) -> None:
    """A path expression has one operator; of several, engines take one of their own choice."""
    graph = reading.graph
    waiting, seen = [path], set[Node]()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, BNode) or node in seen:
            continue
        seen.add(node)
        values = [value for operator in (*_OPERATORS, RDF.first) for value in graph.objects(node, operator)]
        if len(values) > 1:
            found = f"a blank node as a path has {len(values)} operators"
            reading.warn(shape, SH.path, found, "write one, such as [ sh:inversePath ex:p ]", value=path)
        waiting += [*values, *graph.objects(node, RDF.rest)]


def _check_references(reading: Reading, shape: Node) -> None:
    graph = reading.graph
    for parameter, other in reading.referred(shape):
        if isinstance(other, Literal):
            continue  # an ill-typed value, reported as such
        has_path = (other, SH.path, None) in graph
        if parameter == SH.property and not has_path:
            if (other, RDF.type, SH.PropertyShape) not in graph:  # else reported with that shape
                reading.error(
                    shape,
                    parameter,
                    f"{_named(reading, other)} has no sh:path",
                    "write its sh:path, or use sh:node",
                    value=other,
                )
        elif parameter == SH.node and has_path:
            reading.error(
                shape,
                parameter,
                f"{_named(reading, other)} is a property shape",
                "use sh:property for it",
                value=other,
            )
        elif isinstance(other, URIRef) and (other, None, None) not in graph:
            reading.warn(
                shape,
                parameter,
                f"{reading.shown(other)} is described nowhere, so that everything conforms to it",
                "correct the name",
                value=other,
            )


def _named(reading: Reading, node: Node) -> str:
    return "the shape in brackets" if isinstance(node, BNode) else reading.shown(node)


def _check_contradictions(reading: Reading, shape: Node) -> None:
    graph = reading.graph
    for low, high, operator in _LIMITS:
        least, most = graph.value(shape, low), graph.value(shape, high)
        if isinstance(least, Literal) and isinstance(most, Literal) and compare(least, operator, most):
            reading.warn(
                shape,
                low,
                f"{least} and {reading.shown(high)} {most} leave no room",
                "correct one of them",
                value=least,
            )
    for head in graph.objects(shape, SH["in"]):
        if head == RDF.nil:
            reading.warn(shape, SH["in"], "the list is empty, so that no value is allowed", "list the values")
    for parameter in LISTS_OF_SHAPES:
        if RDF.nil in graph.objects(shape, parameter):
            reading.warn(shape, parameter, "the list is empty", "list the shapes", value=RDF.nil)
    _check_literals(reading, shape)


def _check_literals(reading: Reading, shape: Node) -> None:
    """Constraints that hold for literals alone beside such that hold for none."""
    graph = reading.graph
    kind, datatype = graph.value(shape, SH.nodeKind), graph.value(shape, SH.datatype)
    class_ = graph.value(shape, SH["class"])
    if class_ is not None and kind == SH.Literal:
        reading.warn(
            shape,
            SH.nodeKind,
            "a literal has no class, so that no value conforms to sh:class",
            "write sh:IRI",
            value=kind,
        )
    if datatype is not None and kind in _NO_LITERALS:
        reading.warn(
            shape,
            SH.nodeKind,
            "only a literal has a datatype, so that no value conforms to both",
            "write sh:Literal",
            value=kind,
        )
    if datatype is not None and class_ is not None:
        reading.warn(
            shape,
            SH.datatype,
            "only a literal has a datatype, and it has no class",
            "leave out sh:datatype or sh:class",
            value=datatype,
        )
    if datatype not in {None, RDF.langString} and (shape, SH.languageIn, None) in graph:
        reading.warn(
            shape,
            SH.languageIn,
            "a value of this sh:datatype has no language",
            "write sh:datatype rdf:langString",
        )


def _check_companions(reading: Reading, shape: Node) -> None:
    """Parameters that do nothing alone."""
    graph = reading.graph
    has = {p: (shape, p, None) in graph for p in (SH.qualifiedValueShape, SH.closed)}
    counts = [p for p in (SH.qualifiedMinCount, SH.qualifiedMaxCount) if (shape, p, None) in graph]
    if has[SH.qualifiedValueShape] and not counts:
        reading.warn(
            shape,
            SH.qualifiedValueShape,
            "nothing says how many values must conform",
            "add sh:qualifiedMinCount or sh:qualifiedMaxCount",
        )
    for count in [] if has[SH.qualifiedValueShape] else counts:
        reading.warn(shape, count, "nothing says which values are counted", "add sh:qualifiedValueShape")
    if (shape, SH.ignoredProperties, None) in graph and not has[SH.closed]:
        reading.warn(shape, SH.ignoredProperties, "the shape is not closed", "add sh:closed true")
    for group in graph.objects(shape, SH.group):
        if not isinstance(group, Literal) and (group, RDF.type, SH.PropertyGroup) not in graph:
            reading.warn(
                shape, SH.group, f"{reading.shown(group)} is no sh:PropertyGroup", "describe it", value=group
            )


def _check_deactivated(reading: Reading, shape: Node) -> None:
    value = reading.graph.value(shape, SH.deactivated)
    if isinstance(value, Literal) and str(value) in {"true", "1"}:
        reading.warn(
            shape,
            SH.deactivated,
            "the shape is switched off and finds nothing",
            "leave this out to switch it on",
            value=value,
        )


def _check_reach(reading: Reading) -> None:
    """A shape without a target that no other refers to is never run (SHACL 2.1.3)."""
    graph = reading.graph
    classes = set(graph.transitive_subjects(RDFS.subClassOf, RDFS.Class))
    referred = {other for shape in reading.shapes for _, other in reading.referred(shape)}
    for shape in reading.shapes:
        has_target = any((shape, target, None) in graph for target in TARGETS)
        is_class = bool(classes.intersection(graph.objects(shape, RDF.type)))
        if not has_target and not is_class and shape not in referred:
            reading.warn(
                shape,
                None,
                "it checks nothing: it has no target, and no shape refers to it",
                "call the class an rdfs:Class, which makes it its own target"
                if (shape, RDF.type, OWL.Class) in graph
                else "give it a sh:targetClass, or name it in a sh:property or sh:node",
            )


def _check_recursion(reading: Reading) -> None:
    """A shape that refers to itself, perhaps by way of others, has no defined meaning (SHACL 3.4.3)."""
    finished: set[Node] = set()
    for start in reading.shapes:
        if start in finished:
            continue
        open_: list[Node] = [start]
        waiting = [iter(reading.referred(start))]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                finished.add(open_.pop())
                continue
            parameter, other = step
            if other in open_:
                _report_cycle(reading, open_[-1], parameter, other)
            elif other not in finished:
                open_.append(other)
                waiting.append(iter(reading.referred(other)))


def _report_cycle(reading: Reading, shape: Node, parameter: Node, other: Node) -> None:
    what = (
        "the shape refers to itself"
        if shape == other
        else (f"{_named(reading, other)} refers back to this shape")
    )
    reading.error(
        shape,
        parameter,
        f"{what}; recursive shapes have no defined meaning and are refused",
        "take the reference out",
        value=other,
    )
