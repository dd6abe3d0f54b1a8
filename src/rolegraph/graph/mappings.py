"""Mapping records in, quads of the graph `mappings` out (SSSOM 1.1 in RDF)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rolegraph.graph.catalog import open_concept
from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, date, decimal, node, text
from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping
from rolegraph.terms import concept, term

_TEXTS: Final = {
    term("sssom:object_label"): "object_label",
    term("sssom:subject_label"): "subject_label",
    term("sssom:reviewer_id"): "reviewer",
    term("sssom:comment"): "comment",
}


def build_mappings(mappings: Iterable[Mapping], writer: QuadWriter, iris: Iris) -> None:
    """Write mappings as SSSOM-shaped nodes; an accepted one also as its plain SKOS triple."""
    for mapping in mappings:
        subject = node(iris.mapping(mapping.subject, mapping.predicate, mapping.modifier, mapping.object))
        writer.add(node(mapping.subject), term("rg:mapping"), subject)
        writer.add(subject, RDF_TYPE, term("rg:ClassificationMapping"))
        write_slots(subject, mapping, writer)
        for prop, value in mapping.extra:
            writer.add(subject, node(prop), text(value))
        if mapping.review_status == "accepted" and not mapping.modifier:
            writer.add(node(mapping.subject), node(mapping.predicate), node(mapping.object))


def write_slots(subject: str, mapping: Mapping, writer: QuadWriter) -> None:
    """Write the slots that every mapping may have, at the token of its node."""
    writer.add(subject, RDF_TYPE, term("sssom:Mapping"))
    writer.add(subject, term("sssom:subject_id"), node(mapping.subject))
    writer.add(subject, term("sssom:predicate_id"), node(mapping.predicate))
    writer.add(subject, term("sssom:object_id"), node(mapping.object))
    writer.add(subject, term("sssom:mapping_justification"), node(mapping.justification))
    if mapping.review_status is not None:
        writer.add(subject, term("rg:reviewStatus"), concept("review", mapping.review_status))
    if mapping.modifier:
        writer.add(subject, term("sssom:predicate_modifier"), text(mapping.modifier))
    if mapping.confidence is not None:
        writer.add(subject, term("sssom:confidence"), decimal(mapping.confidence))
    if mapping.source is not None:
        writer.add(subject, term("rg:mappingSource"), open_concept("mapping-source", mapping.source))
    if mapping.review_date is not None:
        writer.add(subject, term("sssom:review_date"), date(mapping.review_date))
    for predicate, name in _TEXTS.items():
        value = getattr(mapping, name)
        if value is not None:
            writer.add(subject, predicate, text(value))
