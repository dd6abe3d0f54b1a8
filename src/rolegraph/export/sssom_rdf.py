"""Mapping records in, SSSOM's RDF out as N-Triples: one owl:Axiom a mapping (SSSOM 1.1, RDF/OWL form).

The axioms have the IRIs that the graph gives the mappings, so there are no blank nodes. A slot is written
by the property that the SSSOM schema gives it; the mapping itself is not stated as a plain triple.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Final

from rolegraph.documents import is_iri
from rolegraph.export.extract import Extract
from rolegraph.export.sssom import cells, extension_names
from rolegraph.export.sssom_sets import chosen_set
from rolegraph.graph.catalog import open_concept
from rolegraph.graph.nquads import RDF_TYPE, date, decimal, node, text
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import CROSSWALK_CONFIDENCE
from rolegraph.model.mapping_set import MappingSet
from rolegraph.model.sssom import DATES, MAPPING_SOURCE, MULTIVALUED, NUMBERS, REFERENCES, REVIEW_STATUS
from rolegraph.terms import PREFIXES, concept, term

_PROPERTIES: Final = {
    "subject_id": term("owl:annotatedSource"),
    "predicate_id": term("owl:annotatedProperty"),
    "object_id": term("owl:annotatedTarget"),
    "mapping_set_version": term("owl:versionInfo"),
    "mapping_set_title": term("dcterms:title"),
    "mapping_set_description": term("dcterms:description"),
    "mapping_set_source": term("prov:wasDerivedFrom"),
    "creator_id": term("dcterms:creator"),
    "author_id": term("pav:authoredBy"),
    "license": term("dcterms:license"),
    "mapping_date": term("dcterms:created"),
    "publication_date": term("dcterms:issued"),
    "see_also": term("rdfs:seeAlso"),
    "comment": term("rdfs:comment"),
}
"""Slots that the schema gives a property of another vocabulary; the others are in SSSOM's own namespace."""
_IRI_SLOTS: Final = REFERENCES | {"license", "mapping_provider", "see_also", "mapping_set_source"}
_SLOT_NAME: Final = re.compile(r"[A-Za-z]\w*")
_BAR: Final = re.compile(r"(?<!\\)\|")


def write(extract: Extract, stream: IO[str]) -> None:
    """Write the mappings of an extract, or the crosswalk that it names."""
    write_sssom_rdf(*chosen_set(extract), stream)


def write_sssom_rdf(
    mapping_set: MappingSet, mappings: Iterable[Mapping], mint: Callable[[Mapping], str], stream: IO[str]
) -> None:
    """Write a mapping set.

    Args:
        mapping_set: becomes the sssom:MappingSet.
        mappings: its members; gone through twice.
        mint: gives the IRI of a mapping.
        stream: receives one triple a line.
    """
    subject = node(mapping_set.iri)
    stream.write(f"{subject} {RDF_TYPE} {term('sssom:MappingSet')} .\n")
    for slot, value in _set_slots(mapping_set):
        stream.writelines(f"{subject} {_property(slot)} {token} .\n" for token in _tokens(slot, value))
    properties = {name: prop for prop, name in extension_names(mapping_set, mappings).items()}
    names = {prop: name for name, prop in properties.items()}
    for mapping in mappings:
        axiom = node(mint(mapping))
        stream.write(f"{subject} {term('sssom:mappings')} {axiom} .\n")
        stream.write(f"{axiom} {RDF_TYPE} {term('owl:Axiom')} .\n")
        for slot, value in cells(mapping, mapping_set, names):
            if slot in properties:
                prop, tokens = node(properties[slot]), iter([_extension(properties[slot], value)])
            else:
                prop, tokens = _property(slot), _tokens(slot, value)
            stream.writelines(f"{axiom} {prop} {token} .\n" for token in tokens)


def _set_slots(mapping_set: MappingSet) -> Iterator[tuple[str, str]]:
    yield "license", mapping_set.licence
    if mapping_set.title is not None:
        yield "mapping_set_title", mapping_set.title
    if mapping_set.version is not None:
        yield "mapping_set_version", mapping_set.version
    for slot, values in mapping_set.details:
        if _SLOT_NAME.fullmatch(slot):
            is_list = slot in MULTIVALUED
            yield from ((slot, value.replace("|", r"\|") if is_list else value) for value in values)


def _property(slot: str) -> str:
    return _PROPERTIES.get(slot) or node(PREFIXES["sssom"] + slot)


def _tokens(slot: str, written: str) -> Iterator[str]:
    """The values of a cell as objects of triples."""
    if slot == "predicate_modifier":
        yield term("sssom:NegatedPredicate")
    elif slot in NUMBERS:
        # The schema's type; the graph itself holds decimals.
        yield f"{text(written)}^^{term('xsd:double')}"
    elif slot in DATES:
        yield date(written)
    else:
        parts = _BAR.split(written) if slot in MULTIVALUED else [written]
        for part in parts:
            value = part.strip().replace(r"\|", "|") if slot in MULTIVALUED else part
            yield node(value) if slot in _IRI_SLOTS and is_iri(value) else text(value)


def _extension(prop: str, value: str) -> str:
    """The value of a slot that SSSOM does not have, as the graph writes it."""
    if prop == REVIEW_STATUS:
        return concept("review", value)
    if prop == MAPPING_SOURCE:
        return open_concept("mapping-source", value)
    return decimal(value) if prop == CROSSWALK_CONFIDENCE else text(value)
