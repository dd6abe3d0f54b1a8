"""Facts and numbers in, a SPARQL 1.1 Service Description out.

Specification: https://www.w3.org/TR/sparql11-service-description/.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from rolegraph.describe.dataset import add_dataset, graph_fragment
from rolegraph.describe.description import Description, fragment_of, named
from rolegraph.describe.examples import add_examples
from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.media import format_iris
from rolegraph.describe.statistics import Statistics
from rolegraph.iris import Iris
from rolegraph.model.release import HISTORY_GRAPH
from rolegraph.query import NamedQuery
from rolegraph.results import GRAPHS, SOLUTIONS, TRIPLES
from rolegraph.terms import PREFIXES

_GEOF: Final = "http://www.opengis.net/def/function/geosparql/"
_CASTS: Final = (
    "date", "time", "duration", "dayTimeDuration", "yearMonthDuration",
    "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay",
)  # fmt: skip
_RELATIONS: Final = (
    "sfEquals", "sfDisjoint", "sfIntersects", "sfTouches",
    "sfCrosses", "sfWithin", "sfContains", "sfOverlaps",
)  # fmt: skip
EXTENSION_FUNCTIONS: Final = (
    *(PREFIXES["xsd"] + name for name in _CASTS),
    *(_GEOF + name for name in _RELATIONS),
)
"""Functions of Oxigraph beyond SPARQL 1.1: each of them is tried by a test."""


def describe_service(
    facts: ServiceFacts, statistics: Statistics, queries: Iterable[NamedQuery]
) -> list[ox.Triple]:
    """Describe the endpoint, for `GET /sparql` without a query, and with it the data as VoID does.

    Returns:
        triples in which every node has an IRI, in an order that the same input repeats.
    """
    out = Description(facts.language)
    _add_service(out, facts)
    _add_default_dataset(out, facts, statistics)
    _add_available_graphs(out, facts, statistics)
    add_dataset(out, facts, statistics)
    add_examples(out, facts, queries)
    return out.triples


def _add_service(out: Description, facts: ServiceFacts) -> None:
    service = facts.part("service")
    out.add(service, "rdf:type", named("sd:Service"), named("dcat:DataService"))
    out.say(service, "dcterms:title", facts.title)
    out.link(service, "sd:endpoint", facts.endpoint)
    out.link(service, "dcat:endpointURL", facts.endpoint)
    out.link(service, "dcat:endpointDescription", facts.at("openapi.json"))
    out.link(service, "dcat:servesDataset", facts.part("dataset"))
    # SPARQL 1.2 has no name in this vocabulary yet, and the engine does not pass all of its tests.
    out.add(service, "sd:supportedLanguage", named("sd:SPARQL11Query"))
    if facts.is_writable:
        out.add(service, "sd:supportedLanguage", named("sd:SPARQL11Update"))
    out.add(service, "sd:resultFormat", *format_iris(SOLUTIONS + GRAPHS))
    if facts.is_writable:
        out.add(service, "sd:inputFormat", *format_iris(TRIPLES))
    out.add(service, "sd:feature", *map(named, _features(facts)))
    if not facts.is_upstream:
        out.link(service, "sd:extensionFunction", *EXTENSION_FUNCTIONS)
    out.link(service, "sd:defaultDataset", facts.part("dataset"))
    if not facts.is_upstream:
        for function in EXTENSION_FUNCTIONS:
            out.add(function, "rdf:type", named("sd:Function"))


def _features(facts: ServiceFacts) -> Iterable[str]:
    # sd:DereferencesURIs is not among them: FROM <…> names a graph of the store, and fetches nothing.
    if facts.has_union_default_graph:
        yield "sd:UnionDefaultGraph"
    if facts.allowed_origins:
        yield "sd:BasicFederatedQuery"
    if facts.is_writable and not facts.is_upstream:
        yield "sd:EmptyGraphs"  # CREATE GRAPH makes a graph that stays, and DELETE leaves one behind


def _add_available_graphs(out: Description, facts: ServiceFacts, statistics: Statistics) -> None:
    """The graphs that a dataset may be made of, where there are more than in the default one."""
    if not facts.releases:
        return
    graphs = facts.part("available-graphs")
    out.link(facts.part("service"), "sd:availableGraphs", graphs)
    out.add(graphs, "rdf:type", named("sd:GraphCollection"))
    current = (facts.part(f"named-{graph_fragment(facts, graph)}") for graph in statistics.graphs)
    out.link(graphs, "sd:namedGraph", *current)
    history = Iris(facts.base_iri).graph(HISTORY_GRAPH)
    for name, graph in [(history, None), *((release.graph, release.iri) for release in facts.releases)]:
        node = facts.part(f"named-graph-{fragment_of(name)}")
        out.link(graphs, "sd:namedGraph", node)
        out.add(node, "rdf:type", named("sd:NamedGraph"))
        out.link(node, "sd:name", name)
        if graph is not None:
            out.link(node, "sd:graph", graph)


def _add_default_dataset(out: Description, facts: ServiceFacts, statistics: Statistics) -> None:
    """The graphs that a query without dataset sees (section 3.4.9 onwards)."""
    dataset, default = facts.part("dataset"), facts.part("default-graph")
    out.link(dataset, "sd:defaultGraph", default)
    fragments = {graph: graph_fragment(facts, graph) for graph in statistics.graphs}
    names = {graph: facts.part(f"named-{fragment}") for graph, fragment in fragments.items()}
    out.link(dataset, "sd:namedGraph", *names.values())
    out.add(default, "rdf:type", named("sd:Graph"))
    out.add(default, "void:triples", ox.Literal(statistics.total.triples))
    for graph, node in names.items():
        out.add(node, "rdf:type", named("sd:NamedGraph"))
        out.link(node, "sd:name", graph)
        out.link(node, "sd:graph", facts.part(fragments[graph]))
