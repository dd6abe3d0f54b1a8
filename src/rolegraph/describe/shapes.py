"""The shapes and the ontology in, the page that explains every check out (docs/shapes.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rdflib import RDFS, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from rolegraph.terms import FIXED, PREFIXES, RG, prefixed_forms

PAGE: Final = f"{FIXED}docs/shapes#"
"""What rdfs:seeAlso of a shape begins with; the name of the shape follows, which is its anchor."""

_SHAPES: Final = PREFIXES["rgs"]
_WEIGHT: Final = Namespace(RG).weight
_TARGETS: Final = (
    (SH.targetClass, "each {}"),
    (SH.targetSubjectsOf, "everything with the property {}"),
    (SH.targetObjectsOf, "everything that the property {} leads to"),
)
_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")
_INTRODUCTION: Final = """# Checks

Every check of `rolegraph validate`: what it finds, and what to do about it. A **Violation** is broken, a
**Warning** needs a person to look, an **Info** is something that could be added. The checks are plain SHACL
in `shapes/`, each with the link to its section here in `rdfs:seeAlso`; a catalog adds its own under
`[validate] shapes`. This page is made from the shapes.

A check with a **weight** counts in the completeness score. The score of a role is the sum of the weights of
the checks that apply to it and find nothing, divided by the sum of the weights of those that apply to it;
families, levels and the catalog have the mean of their roles. A catalog's own shapes of roles may carry an
`rg:weight` too.
"""


def describe_shapes(files: Mapping[str, Graph], titles: Mapping[str, str], ontology: Graph) -> str:
    """The catalog of checks as Markdown, made from the shapes alone.

    Args:
        files: the name of each shapes file, and its graph.
        titles: the name of each shapes file, and what it is about, as a sentence.
        ontology: names the classes and properties that shapes look at.
    """
    everything = Graph()
    for graph in files.values():
        everything += graph
    lines = [_INTRODUCTION, *_summary(everything)]
    for name, graph in files.items():
        shapes = [shape for shape in _in_order(graph) if isinstance(shape, URIRef)]
        if shapes:
            lines += ["", f"## {name}", "", titles[name]]
        for shape in shapes:
            lines += ["", *_section(shape, name, everything, ontology)]
    return "\n".join(lines) + "\n"


def _in_order(graph: Graph) -> Iterator[Node]:
    return iter(sorted(set(graph.subjects(SH.severity, None)), key=str))


def _summary(shapes: Graph) -> Iterator[str]:
    yield "| weight | check |"
    yield "|---|---|"
    weighted = sorted((-float(str(weight)), str(shape)) for shape, weight in shapes.subject_objects(_WEIGHT))
    for weight, shape in weighted:
        name = shape.removeprefix(_SHAPES)
        yield f"| {-weight:g} | [{_label(URIRef(shape), shapes)}](#{name}) |"


def _section(shape: URIRef, file: str, shapes: Graph, ontology: Graph) -> Iterator[str]:
    name = str(shape).removeprefix(_SHAPES)
    severity = str(shapes.value(shape, SH.severity)).removeprefix(str(SH))
    weight = shapes.value(shape, _WEIGHT)
    yield f'<a id="{name}"></a>'
    yield f"### {_label(shape, shapes)}"
    yield ""
    weighed = f" · weight {float(str(weight)):g}" if weight is not None else ""
    yield f"**{severity}** · `{name}` · [{file}](../shapes/{file}){weighed}"
    yield ""
    yield f"> {_message(shape, shapes)}"
    yield ""
    yield f"Looks at {_place(shape, shapes, ontology)}."
    example = shapes.value(shape, SKOS.example)
    if example is not None:
        yield from ("", "```yaml", str(example).replace("\t", "  "), "```")


def _label(node: Node, graph: Graph) -> str:
    return str(graph.value(node, RDFS.label) or _short(node))


def _short(node: Node) -> str:
    return next((f"{prefix}:{local}" for prefix, local in prefixed_forms(str(node))), str(node))


def _message(shape: URIRef, shapes: Graph) -> str:
    """The message of a shape, of its query, or of the component that it takes a parameter of."""
    query = shapes.value(shape, SH.sparql)
    holders = [shape, *([query] if query is not None else []), *_validators(shape, shapes)]
    found = (shapes.value(holder, SH.message) for holder in holders)
    return _PLACEHOLDER.sub(r"‹\1›", str(next(text for text in found if isinstance(text, Literal))))


def _validators(shape: URIRef, shapes: Graph) -> Iterator[Node]:
    for predicate in shapes.predicates(shape):
        for parameter in shapes.subjects(SH.path, predicate):
            for component in shapes.subjects(SH.parameter, parameter):
                yield from shapes.objects(component, SH.nodeValidator)


def _place(shape: URIRef, shapes: Graph, ontology: Graph) -> str:
    """The targets of a shape, or of those that it is a property of, and its path, in words."""
    holders = [shape, *sorted(shapes.subjects(SH.property, shape), key=str)]
    targets = [
        words.format(_called(target, ontology))
        for holder in holders
        for predicate, words in _TARGETS
        for target in sorted(shapes.objects(holder, predicate), key=str)
    ]
    path = shapes.value(shape, SH.path)
    place = " and ".join(dict.fromkeys(targets))
    return f"{place}: its {_called(path, ontology)}" if path is not None else place


def _called(node: Node, ontology: Graph) -> str:
    label = ontology.value(node, RDFS.label)
    short = f"`{_short(node)}`"
    return f"{str(label).lower()} ({short})" if label is not None else short
