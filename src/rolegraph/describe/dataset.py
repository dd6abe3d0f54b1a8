"""Facts and numbers in, a VoID description of the data out.

Specification: https://www.w3.org/TR/void/ (W3C Interest Group Note, 3 March 2011).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from rolegraph.describe.description import Description, date, fragment_of, named, namespace_of
from rolegraph.describe.examples import add_examples
from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.media import format_iris
from rolegraph.describe.statistics import Part, Statistics
from rolegraph.query import NamedQuery
from rolegraph.results import GRAPHS


def describe_dataset(
    facts: ServiceFacts, statistics: Statistics, queries: Iterable[NamedQuery]
) -> list[ox.Triple]:
    """Describe the data as VoID, for `/.well-known/void` (section 7.2 of the note).

    Returns:
        triples in which every node has an IRI, in an order that the same input repeats.
    """
    out = Description(facts.language)
    out.add(facts.void, "rdf:type", named("void:DatasetDescription"))
    out.say(facts.void, "dcterms:title", f"Description of {facts.title}")
    out.link(facts.void, "foaf:primaryTopic", facts.part("dataset"))
    add_dataset(out, facts, statistics)
    add_examples(out, facts, queries)
    return out.triples


def graph_fragment(facts: ServiceFacts, graph: str) -> str:
    """The fragment of a named graph: its own name in the catalog's namespace, or made from its IRI."""
    own = graph.removeprefix(f"{facts.base_iri}graph/")
    is_own = bool(facts.base_iri) and own != graph and own.isascii() and own.replace("-", "").isalnum()
    return f"graph-{own if is_own else fragment_of(graph)}"


def add_dataset(out: Description, facts: ServiceFacts, statistics: Statistics) -> None:
    """Describe the data as a whole, and each named graph as a part of it."""
    dataset = facts.part("dataset")
    out.add(dataset, "rdf:type", named("void:Dataset"), named("sd:Dataset"), named("dcat:Dataset"))
    _add_origin(out, facts, dataset)
    _add_access(out, facts, dataset)
    out.link(dataset, "void:vocabulary", *_vocabularies(statistics))
    _add_size(out, dataset, statistics.total)
    subsets = {graph: facts.part(graph_fragment(facts, graph)) for graph in statistics.graphs}
    out.link(dataset, "void:subset", *subsets.values())
    _add_partitions(out, dataset, facts.part("all"), statistics.total)
    for graph, part in statistics.graphs.items():
        subset = subsets[graph]
        out.add(subset, "rdf:type", named("sd:Graph"), named("void:Dataset"))
        out.add(subset, "dcterms:title", ox.Literal(graph))
        _add_size(out, subset, part)
        _add_partitions(out, subset, subset, part)
    _add_releases(out, facts, dataset)


def _add_releases(out: Description, facts: ServiceFacts, dataset: str) -> None:
    """Describe each release as a version of the data, and no subset of it: only who names it sees it."""
    out.link(dataset, "dcat:hasVersion", *(release.iri for release in facts.releases))
    for release in facts.releases:
        out.add(release.iri, "rdf:type", named("dcat:Dataset"), named("void:Dataset"), named("sd:Graph"))
        out.add(release.iri, "dcat:version", ox.Literal(release.version))
        out.add(release.iri, "dcterms:issued", date(release.issued))
        out.add(release.iri, "void:triples", ox.Literal(release.triples))


def _add_origin(out: Description, facts: ServiceFacts, dataset: str) -> None:
    """Whose the data is, and what may be done with it (sections 2.2 and 2.3 of the note)."""
    out.say(dataset, "dcterms:title", facts.title)
    if facts.version:
        out.add(dataset, "dcat:version", ox.Literal(facts.version))
    for predicate, day in (("dcterms:issued", facts.issued), ("dcterms:modified", facts.modified)):
        if day:
            out.add(dataset, predicate, date(day))
    out.add(dataset, "dcterms:rights", *map(ox.Literal, facts.rights))
    out.agent(
        dataset, "dcterms:publisher", facts.publisher, facts.part("publisher"), "foaf:Agent", "foaf:name"
    )
    out.agent(
        dataset,
        "dcterms:license",
        facts.licence,
        facts.part("licence"),
        "dcterms:LicenseDocument",
        "rdfs:label",
    )


def _add_access(out: Description, facts: ServiceFacts, dataset: str) -> None:
    """Where the data is to be had (section 3 of the note)."""
    out.link(dataset, "foaf:page", facts.at("."))
    out.link(dataset, "void:sparqlEndpoint", facts.endpoint)
    out.add(dataset, "void:feature", *format_iris(GRAPHS))
    if facts.data_dump:
        out.link(dataset, "void:dataDump", facts.at(facts.data_dump))
    if facts.base_iri:
        out.add(dataset, "void:uriSpace", ox.Literal(facts.base_iri))
    out.link(dataset, "void:exampleResource", *facts.example_resources)


def _vocabularies(statistics: Statistics) -> list[str]:
    """The namespaces of the properties and classes that occur (section 4.3 of the note)."""
    terms = [*statistics.total.properties, *statistics.total.classes]
    return sorted(
        {space for term in terms if (space := namespace_of(term)).startswith(("http://", "https://"))}
    )


def _add_size(out: Description, subject: str, part: Part) -> None:
    for predicate, number in (
        ("void:triples", part.triples),
        ("void:entities", part.entities),
        ("void:distinctSubjects", part.distinct_subjects),
        ("void:distinctObjects", part.distinct_objects),
        ("void:properties", len(part.properties)),
        ("void:classes", len(part.classes)),
    ):
        out.add(subject, predicate, ox.Literal(number))


def _add_partitions(out: Description, subject: str, stem: str, part: Part) -> None:
    """The triples of each property and the entities of each class (section 4.5 of the note)."""
    properties = _nodes(f"{stem}-property", part.properties)
    classes = _nodes(f"{stem}-class", part.classes)
    out.link(subject, "void:classPartition", *classes.values())
    out.link(subject, "void:propertyPartition", *properties.values())
    for iri, node in classes.items():
        out.link(node, "void:class", iri)
        out.add(node, "void:entities", ox.Literal(part.classes[iri]))
    for iri, node in properties.items():
        out.link(node, "void:property", iri)
        out.add(node, "void:triples", ox.Literal(part.properties[iri]))


def _nodes(stem: str, counts: Mapping[str, int]) -> dict[str, str]:
    """An IRI for the partition of each term. A blank node that a store calls a class has none."""
    return {iri: f"{stem}-{fragment_of(iri)}" for iri in counts if ":" in iri}
