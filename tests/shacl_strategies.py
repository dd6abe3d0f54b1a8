"""Random graphs and random shapes over one small vocabulary, for the comparison of engines.

The terms are few, so that shapes find what they look for, and odd: numbers in several forms, dates that are
none, languages in two cases, literals, IRIs and blank nodes in each other's places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph as ox
from hypothesis import strategies as st
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from rolegraph.shacl.results import to_rdflib

EX: Final = Namespace("http://example.org/")
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
NODES: Final = [ox.NamedNode(EX[name]) for name in "ab"] + [ox.BlankNode("one"), ox.BlankNode("two")]
CLASSES: Final = [ox.NamedNode(EX[name]) for name in ("A", "B")]
PROPERTIES: Final = [ox.NamedNode(EX[name]) for name in "pq"]
TYPE: Final = ox.NamedNode(RDF.type)


def typed(name: str, *values: str) -> list[ox.Literal]:
    """Literals of one datatype of XML Schema."""
    return [ox.Literal(value, datatype=ox.NamedNode(XSD + name)) for value in values]


STRINGS: Final = [
    *(ox.Literal(text) for text in ("", "a", "ab", "Ab é\n")),
    *(ox.Literal("a", language=tag) for tag in ("en", "en-gb", "de")),
    *(ox.Literal(text, language="en") for text in ("b", "ab", "")),
]
NUMBERS: Final = [
    *typed("integer", "1", "2", "01", "+2", "-0", "x"),
    *typed("decimal", "1.0", "1.50", "2"),
    *typed("double", "1.0E0", "NaN", "INF"),
    *typed("byte", "5", "500"),
    *typed("nonNegativeInteger", "1", "-1"),
]
TIMES: Final = [
    *typed("date", "2020-01-01", "2020-01-02", "2020-13-01"),
    *typed("dateTime", "2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "soon"),
    *typed("gYear", "2020"),
]
OTHERS: Final = [
    *typed("boolean", "true", "1", "yes"),
    *typed("anyURI", "http://example.org/"),
    ox.Literal("a", datatype=ox.NamedNode(EX.code)),
]
LITERALS: Final = [*STRINGS, *NUMBERS, *TIMES, *OTHERS]
TARGETED: Final = [*NODES[:2], *STRINGS[:4], NUMBERS[2]]
DATATYPES: Final = [
    *(URIRef(XSD + name) for name in ("string", "integer", "decimal", "double", "byte", "date", "dateTime")),
    *(URIRef(XSD + name) for name in ("boolean", "nonNegativeInteger", "gYear", "anyURI")),
    RDF.langString,
    EX.code,
]
ORDERED: Final = (
    [*typed("integer", "1", "2", "03"), *typed("decimal", "1.50", "2.0"), *typed("double", "1.0E0", "2.5E0")],
    typed("date", "2020-01-01", "2020-01-02", "2021-12-31"),
    STRINGS[:4],
)
"""Literals that have an order among each other; pyshacl has one of its own for those of different kinds."""
KINDS: Final = [
    *(SH.IRI, SH.BlankNode, SH.Literal),
    *(SH.BlankNodeOrIRI, SH.BlankNodeOrLiteral, SH.IRIOrLiteral),
]


def triples(values: Sequence[ox.NamedNode | ox.BlankNode | ox.Literal]) -> st.SearchStrategy[ox.Quad]:
    """One statement: a node's class, or a value of a property."""
    node, value = st.sampled_from(NODES), st.sampled_from(values)
    statement = st.builds(ox.Quad, node, st.sampled_from(PROPERTIES), value)
    return st.one_of(st.builds(ox.Quad, node, st.just(TYPE), st.sampled_from(CLASSES)), statement, statement)


def graphs(
    literals: Sequence[ox.Literal] = LITERALS, nodes: Sequence[ox.NamedNode | ox.BlankNode] = ()
) -> st.SearchStrategy[list[ox.Quad]]:
    """Some statements of few values, where ex:B is a class below ex:A or is not.

    All that a target may name is mentioned, for otherwise the store does not find the path of length
    zero from it, and so is a number in an odd form, for otherwise the store takes it for a plain one.
    """
    mentioned = [
        ox.Quad(ox.NamedNode(EX.z), ox.NamedNode(EX.mentions), to) for to in [*TARGETED, *NUMBERS[2:4]]
    ]
    below = ox.Quad(CLASSES[1], ox.NamedNode(RDFS.subClassOf), CLASSES[0])
    groups = (STRINGS, NUMBERS, literals) if literals is LITERALS else (literals,)
    few = st.one_of([st.lists(st.sampled_from(g), min_size=2, max_size=5, unique=True) for g in groups])
    said = few.flatmap(lambda found: st.lists(triples([*nodes, *found]), min_size=6, max_size=18))
    return st.tuples(said, st.sampled_from([[], [below]])).map(lambda parts: parts[0] + parts[1] + mentioned)


Targets = tuple[tuple[URIRef, Node], ...]


@dataclass(frozen=True)
class ListOf:
    """Members of an RDF list."""

    members: tuple[Any, ...]


@dataclass(frozen=True)
class Described:
    """A blank node and what is said of it: (property, value), where a value may be described too."""

    statements: tuple[tuple[URIRef, Any], ...]


def straight_paths() -> st.SearchStrategy[Any]:
    """A path that leads to values of properties alone."""
    predicate = st.sampled_from([URIRef(p.value) for p in PROPERTIES])
    two = st.lists(predicate, min_size=2, max_size=2, unique=True)
    return st.one_of(
        predicate, predicate, two.map(lambda found: Described(((SH.alternativePath, ListOf(tuple(found))),)))
    )


def paths() -> st.SearchStrategy[Any]:
    """A property path of SHACL 2.3.1."""
    predicate = st.sampled_from([URIRef(p.value) for p in PROPERTIES] * 2 + [RDF.type])

    def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, min_size=2, max_size=3).map(lambda parts: ListOf(tuple(parts)))
        unary = st.sampled_from([SH.inversePath, SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath])
        return st.one_of(
            st.tuples(unary, inner).map(lambda pair: Described((pair,))),
            several,
            several.map(lambda parts: Described(((SH.alternativePath, parts),))),
        )

    return st.one_of(predicate, predicate, st.recursive(predicate, around, max_leaves=3))


def statement(parameter: URIRef, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One parameter with one value."""
    return values.map(lambda value: ((parameter, value),))


Constraints = dict[str, st.SearchStrategy[Any]]
"""Component, such as MinCount -> one constraint of it, as (parameter, value) pairs."""


def term_constraints() -> Constraints:
    """Of every component that needs neither a path nor another shape."""
    properties = st.sampled_from([URIRef(p.value) for p in PROPERTIES])
    terms = st.sampled_from([t for t in (*NODES, *LITERALS) if not isinstance(t, ox.BlankNode)])
    lists = st.lists(terms.map(to_rdflib), max_size=4, unique=True).map(lambda found: ListOf(tuple(found)))
    length = st.integers(1, 3).map(Literal)
    patterns = [("^a", ""), ("A", "i"), ("", ""), ("^.*b", "s"), ("[0-9]$", ""), ("é", "")]
    tags = st.lists(st.sampled_from(["en", "EN-GB", "de", "fr"]), max_size=2, unique=True)
    closed = st.lists(properties, max_size=2, unique=True).map(lambda found: ListOf(tuple(found)))
    return {
        "Class": statement(SH["class"], st.sampled_from([URIRef(c.value) for c in CLASSES])),
        "Datatype": statement(SH.datatype, st.sampled_from(DATATYPES)),
        "NodeKind": statement(SH.nodeKind, st.sampled_from(KINDS)),
        "MinLength": statement(SH.minLength, length),
        "MaxLength": statement(SH.maxLength, length),
        "Pattern": st.sampled_from(patterns).map(
            lambda pair: (
                (SH.pattern, Literal(pair[0])),
                *([(SH.flags, Literal(pair[1]))] if pair[1] else []),
            )
        ),
        "LanguageIn": statement(SH.languageIn, tags.map(lambda found: ListOf(tuple(map(Literal, found))))),
        "Equals": statement(SH.equals, properties),
        "Disjoint": statement(SH.disjoint, properties),
        "HasValue": statement(SH.hasValue, terms.map(to_rdflib)),
        "In": statement(SH["in"], lists),
        "Closed": closed.map(lambda found: ((SH.closed, Literal(True)), (SH.ignoredProperties, found))),
    }


def path_constraints() -> Constraints:
    """Of every component that needs a path."""
    count = st.integers(0, 3).map(Literal)
    return {
        "MinCount": statement(SH.minCount, count),
        "MaxCount": statement(SH.maxCount, count),
        "UniqueLang": statement(SH.uniqueLang, st.sampled_from([True, True, False]).map(Literal)),
    }


def order_constraints(literals: Sequence[ox.Literal]) -> Constraints:
    """Of every component that compares with a constant."""
    limits = st.sampled_from(literals).map(to_rdflib)
    names = [f"{end}{kind}" for end in ("min", "max") for kind in ("Inclusive", "Exclusive")]
    return {f"{name[0].upper()}{name[1:]}": statement(SH[name], limits) for name in names}


def pair_constraints() -> Constraints:
    """Of every component that compares with another property's values."""
    properties = st.sampled_from([URIRef(p.value) for p in PROPERTIES])
    return {
        "LessThan": statement(SH.lessThan, properties),
        "LessThanOrEquals": statement(SH.lessThanOrEquals, properties),
    }


def shape_constraints(inner: st.SearchStrategy[Any], has_path: bool) -> Constraints:
    """Of every component that refers to other shapes."""
    several = st.lists(inner, min_size=1, max_size=2).map(lambda found: ListOf(tuple(found)))
    nodes = inner.filter(lambda shape: all(p != SH.path for p, _ in shape.statements))
    properties = inner.filter(lambda shape: any(p == SH.path for p, _ in shape.statements))
    counts = {
        "QualifiedMinCount": (SH.qualifiedMinCount, 1, 2),
        "QualifiedMaxCount": (SH.qualifiedMaxCount, 0, 1),
    }
    qualified = {
        name: st.tuples(inner, st.integers(low, high), st.booleans()).map(
            lambda found, parameter=parameter: (
                (SH.qualifiedValueShape, found[0]),
                (parameter, Literal(found[1])),
                (SH.qualifiedValueShapesDisjoint, Literal(found[2])),
            )
        )
        for name, (parameter, low, high) in counts.items()
    }
    return {
        "Not": statement(SH["not"], inner),
        "And": statement(SH["and"], several),
        "Or": statement(SH["or"], several),
        "Xone": statement(SH.xone, several),
        "Node": statement(SH.node, nodes),
        "Property": statement(SH.property, properties),
        **(qualified if has_path else {}),
    }


ON_PATHS: Final = frozenset(
    [
        "MinCount",
        "MaxCount",
        "UniqueLang",
        "LessThan",
        "LessThanOrEquals",
        "QualifiedMinCount",
        "QualifiedMaxCount",
    ]
)
COMPARING: Final = frozenset(
    ["MinInclusive", "MinExclusive", "MaxInclusive", "MaxExclusive", "LessThan", "LessThanOrEquals"]
)
COMPONENTS: Final = frozenset(
    [
        *("Class", "Datatype", "NodeKind", "MinLength", "MaxLength", "Pattern", "LanguageIn", "Equals"),
        *("Disjoint", "HasValue", "In", "Closed", "Not", "And", "Or", "Xone", "Node"),
        *ON_PATHS,
        *COMPARING,
    ]
)
"""Every Core component that has results of its own; those of sh:property are results of what is in it."""


def shape_of(
    constraints: Constraints, path: st.SearchStrategy[Any] | None, component: str = ""
) -> st.SearchStrategy[Described]:
    """A shape of one or two constraints, one of them of a component where it is given."""
    severity = st.sampled_from([(), (), ((SH.severity, SH.Warning),), ((SH.severity, SH.Info),)])
    start = st.just(()) if path is None else path.map(lambda found: ((SH.path, found),))
    names = st.lists(st.sampled_from(sorted(constraints)), min_size=1, max_size=2, unique=True)
    if component:
        names = st.sampled_from([[component], [component], *([component, n] for n in sorted(constraints))])
    # Two counts of qualified values would be one constraint of two shapes, which SHACL does not allow.
    apart = names.map(lambda found: found[:1] if {n[:9] for n in found} == {"Qualified"} else found)
    several = apart.flatmap(lambda found: st.tuples(*(constraints[name] for name in dict.fromkeys(found))))
    return st.tuples(start, several, severity).map(
        lambda parts: Described((*parts[0], *(pair for found in parts[1] for pair in found), *parts[2]))
    )


def shapes(literals: Sequence[ox.Literal] = (), component: str = "") -> st.SearchStrategy[Described]:
    """A node shape or a property shape, with others inside it.

    Args:
        literals: what values are compared with, if they are.
        component: a component that the outermost shape has a constraint of; "" for any.
    """
    leads = straight_paths() if literals else paths()
    terms = {**term_constraints(), **(order_constraints(literals) if literals else {})}
    on_paths = {**terms, **path_constraints(), **(pair_constraints() if literals else {})}
    plain = st.one_of(shape_of(terms, None), shape_of(on_paths, leads))

    def around(inner: st.SearchStrategy[Described], component: str = "") -> st.SearchStrategy[Described]:
        node = {**terms, **shape_constraints(inner, has_path=False)}
        property_ = {**on_paths, **shape_constraints(inner, has_path=True)}
        kinds = [shape_of(property_, leads, component)]
        return st.one_of(kinds if component in ON_PATHS else [shape_of(node, None, component), *kinds])

    return around(plain, component) if component else st.one_of(plain, around(plain), around(around(plain)))


PROLOGUE: Final = "PREFIX ex: <http://example.org/>\n"
QUERIES: Final = [
    "SELECT $this ?value WHERE { $this ex:p ?value FILTER NOT EXISTS { ?value ex:q $this } }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this ex:q ?other } }",
    "SELECT $this WHERE { FILTER(EXISTS { $this a ex:B }) }",
    "SELECT $this ?value WHERE { { $this ex:p ?value } UNION { ?value ex:q $this } }",
    "SELECT $this ?value WHERE { OPTIONAL { $this ex:p ?value } FILTER(!BOUND(?value)) }",
    "SELECT $this ?value WHERE { $this ex:q ?other OPTIONAL { $this ex:p ?value FILTER(?value = ?other) } }",
    "SELECT $this WHERE { $this ex:p ?value } GROUP BY $this HAVING (COUNT(DISTINCT ?value) > 1)",
    "SELECT $this ?value WHERE { { SELECT $this (MAX(STR(?x)) AS ?value) "
    "WHERE { $this ex:p ?x FILTER(!isBlank(?x)) } GROUP BY $this } }",
    "SELECT $this ?path ?value WHERE { $this ?path ?value FILTER(isLiteral(?value)) }",
    "SELECT $this ?value WHERE { ?value a ex:A FILTER($this != ?value && isIRI($this)) }",
    "SELECT $this ?value WHERE { $this ex:p|ex:q ?value BIND(isIRI($this) AS ?is) FILTER(?is) }",
    "SELECT $this ?value WHERE { $this ex:q|ex:p ?value FILTER NOT EXISTS { $this a ?class } }",
    "SELECT DISTINCT $this ?value WHERE { $this ex:p ?x ; ex:q ?value FILTER(isLiteral(?x)) }",
]
"""No path goes through a literal: in rdflib one that is empty or has no value stands for any node."""


def targets(nodes: Sequence[ox.NamedNode | ox.Literal] = ()) -> st.SearchStrategy[Targets]:
    """One or two targets of any kind; `nodes` are those that a target may name."""
    properties = st.sampled_from([URIRef(p.value) for p in PROPERTIES])
    one = st.one_of(
        st.tuples(st.just(SH.targetClass), st.sampled_from([URIRef(c.value) for c in CLASSES])),
        st.tuples(st.just(SH.targetNode), st.sampled_from(nodes or TARGETED).map(to_rdflib)),
        st.tuples(st.sampled_from([SH.targetSubjectsOf, SH.targetObjectsOf]), properties),
    )
    return st.lists(one, min_size=1, max_size=2, unique=True).map(tuple)


@dataclass(frozen=True)
class Example:
    """Data, and a shape with targets."""

    data: list[ox.Quad]
    shape: Described
    targets: Targets

    def shapes(self) -> Graph:
        """The shapes graph."""
        return shapes_graph(self.shape, self.targets)


def examples(component: str = "") -> st.SearchStrategy[Example]:
    """Data and a shape; values are compared where they have an order, and are of all kinds elsewhere.

    Args:
        component: a component that the shape has a constraint of; "" for any.
    """
    if component == "UniqueLang":
        tagged = [text for text in STRINGS if text.language is not None]
        return st.builds(Example, graphs(tagged), shapes(component=component), targets(NODES[:2]))
    mixed = st.builds(Example, graphs(nodes=NODES), shapes(component=component), targets())
    ordered = [
        st.builds(Example, graphs(found), shapes(found, component), targets(NODES[:2])) for found in ORDERED
    ]
    return st.one_of(ordered if component in COMPARING else [mixed, mixed, *ordered])


def queried() -> st.SearchStrategy[Example]:
    """Data and a shape whose constraint is one of a few queries."""
    query = st.sampled_from(QUERIES).map(lambda text: Described(((SH.select, Literal(PROLOGUE + text)),)))
    start = st.one_of(st.just(()), paths().map(lambda path: ((SH.path, path),)))
    shape = st.tuples(start, query).map(lambda parts: Described((*parts[0], (SH.sparql, parts[1]))))
    return st.builds(Example, graphs(nodes=NODES), shape, targets())


def shapes_graph(shape: Described, targets: Targets) -> Graph:
    """The graph of one shape with targets, called ex:shape."""
    graph = Graph()
    for predicate, value in (*targets, *shape.statements):
        graph.add((EX.shape, predicate, _node(graph, value)))
    return graph


def _node(graph: Graph, value: Any) -> Node:
    if isinstance(value, ListOf):
        members = [_node(graph, member) for member in value.members]
        head: Node = BNode() if members else RDF.nil
        if members:
            Collection(graph, head, members)
        return head
    if isinstance(value, Described):
        node = BNode()
        for predicate, inner in value.statements:
            graph.add((node, predicate, _node(graph, inner)))
        return node
    assert isinstance(value, Node)
    return value
