"""Crosswalks in, quads of the graph `mappings` out: sets, their mappings, occupations of O*NET-SOC 2010."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from rolegraph.graph.mappings import write_slots
from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, date, decimal, lang_text, link_or_text, node, text
from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import CROSSWALK_CONFIDENCE, Crosswalk, Crosswalks
from rolegraph.model.mapping_set import MappingSet
from rolegraph.model.sssom import DATES, MULTIVALUED, NUMBERS
from rolegraph.terms import PREFIXES, term

_SSSOM: Final = PREFIXES["sssom"]
_BAR: Final = re.compile(r"(?<!\\)\|")


def build_crosswalks(crosswalks: Crosswalks, writer: QuadWriter, iris: Iris) -> None:
    """Write each crosswalk as a mapping set with its mappings, none of which the shapes judge.

    A row is stated as a plain SKOS triple as well where people have validated it (`is_asserted`) or its
    file says that it is accepted, and where no other row states another relation of the same two.
    """
    claims: dict[frozenset[str], set[str]] = defaultdict(set)
    for file in crosswalks.files:
        for mapping in _asserted(file):
            claims[_ends(mapping)].add(mapping.predicate)
    for file in crosswalks.files:
        mapping_set = node(file.mapping_set.iri)
        _build_set(mapping_set, file.mapping_set, writer)
        for mapping in file.mappings:
            _build_row(mapping_set, file.mapping_set.iri, mapping, writer, iris)
        for mapping in _asserted(file):
            if len(claims[_ends(mapping)]) == 1:
                writer.add(node(mapping.subject), node(mapping.predicate), node(mapping.object))
    _build_retired(crosswalks, writer, iris)


def _asserted(crosswalk: Crosswalk) -> Iterator[Mapping]:
    for mapping in crosswalk.mappings:
        if not mapping.modifier and (crosswalk.is_asserted or mapping.review_status == "accepted"):
            yield mapping


def _ends(mapping: Mapping) -> frozenset[str]:
    """The two that are mapped: relations of both directions can contradict (SKOS S46)."""
    return frozenset((mapping.subject, mapping.object))


def _build_set(subject: str, mapping_set: MappingSet, writer: QuadWriter) -> None:
    """Describe a set by the properties that SSSOM gives its slots."""
    writer.add(subject, RDF_TYPE, term("sssom:MappingSet"))
    writer.add(subject, term("dcterms:license"), link_or_text(mapping_set.licence))
    if mapping_set.title is not None:
        writer.add(subject, term("dcterms:title"), text(mapping_set.title))
    if mapping_set.version is not None:
        writer.add(subject, term("owl:versionInfo"), text(mapping_set.version))
    for slot, values in mapping_set.details:
        for value in values:
            if slot == "mapping_set_source":
                writer.add(subject, term("prov:wasDerivedFrom"), link_or_text(value))
            elif slot == "mapping_set_description":
                writer.add(subject, term("dcterms:description"), text(value))
            elif re.fullmatch(r"[A-Za-z]\w*", slot):
                writer.add(subject, node(_SSSOM + slot), text(value))


def _build_row(mapping_set: str, set_iri: str, mapping: Mapping, writer: QuadWriter, iris: Iris) -> None:
    subject = node(iris.crosswalk_row(set_iri, mapping.key))
    writer.add(mapping_set, term("sssom:mappings"), subject)
    writer.add(subject, RDF_TYPE, term("rg:CrosswalkMapping"))
    write_slots(subject, mapping, writer)
    for prop, value in mapping.extra:
        for token in _tokens(prop, value):
            writer.add(subject, node(prop), token)


def _tokens(prop: str, written: str) -> Iterator[str]:
    """The values of a cell by the type that their slot has."""
    slot = prop.removeprefix(_SSSOM) if prop.startswith(_SSSOM) else ""
    if slot in NUMBERS or prop == CROSSWALK_CONFIDENCE:
        yield decimal(written)
    elif slot in DATES:
        yield date(written)
    elif slot in MULTIVALUED:
        yield from (text(part.strip().replace(r"\|", "|")) for part in _BAR.split(written) if part.strip())
    else:
        yield text(written)


def _build_retired(crosswalks: Crosswalks, writer: QuadWriter, iris: Iris) -> None:
    """Write the occupations of O*NET-SOC 2010 that rows still name."""
    if not crosswalks.retired:
        return
    scheme = node(iris.scheme("onetsoc2010"))
    writer.add(scheme, RDF_TYPE, term("skos:ConceptScheme"))
    writer.add(scheme, term("skos:prefLabel"), lang_text("O*NET-SOC 2010 occupations", "en"))
    for code, title in sorted(crosswalks.retired.items()):
        subject = node(iris.onet_2010(code))
        writer.add(subject, RDF_TYPE, term("skos:Concept"))
        if code in crosswalks.unresolved:
            writer.add(subject, RDF_TYPE, term("rg:UnresolvedOccupation"))
        writer.add(subject, term("skos:inScheme"), scheme)
        writer.add(subject, term("skos:notation"), text(code))
        if title:
            writer.add(subject, term("skos:prefLabel"), lang_text(title, "en"))
