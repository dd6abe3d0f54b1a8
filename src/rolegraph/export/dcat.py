"""A snapshot in, its description in DCAT 3 and VoID as Turtle out.

Standards: DCAT 3 (W3C Recommendation of 22 August 2024), VoID. The catalog is a dcat:Dataset with a
distribution for each format that `rolegraph export` writes (media type and standard; where the files will be
had is for whoever publishes them to add) and with the number of triples of each named graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Final, NamedTuple

from rolegraph.export.extract import Extract
from rolegraph.export.triples import TripleWriter, TurtleWriter, describe, prefixes_for
from rolegraph.graph.nquads import RDF_TYPE, integer, lang_text, node, text
from rolegraph.terms import term

_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"


class Distribution(NamedTuple):
    """A form in which the dataset is to be had."""

    summary: str
    media_type: str
    standard: str


def write(extract: Extract, stream: IO[str], distributions: Mapping[str, Distribution]) -> None:
    """Write the description.

    Args:
        extract: what is described.
        stream: receives the text.
        distributions: by the name of the format.
    """
    out = TurtleWriter(stream, prefixes_for(extract, "dcat", "dcterms", "rdf", "void", "xsd"))
    describe(extract, out, with_references=True)
    dataset = node(extract.iris.catalog)
    out.add(dataset, RDF_TYPE, term("void:Dataset"))
    out.add(dataset, term("dcterms:identifier"), text(extract.snapshot.id))
    out.add(dataset, term("dcterms:language"), text(extract.facts.language))
    out.add(dataset, term("void:uriSpace"), text(extract.facts.base_iri))
    out.add(dataset, term("void:triples"), integer(extract.snapshot.quads))
    graphs: dict[str, int] = extract.snapshot.manifest["graphs"]
    parts = {name: node(f"{extract.iris.catalog}#graph-{name}") for name in graphs}
    files = {name: node(f"{extract.iris.catalog}#distribution-{name}") for name in distributions}
    for part in parts.values():
        out.add(dataset, term("void:subset"), part)
    for file in files.values():
        out.add(dataset, term("dcat:distribution"), file)
    for name, part in parts.items():
        out.add(part, RDF_TYPE, term("void:Dataset"))
        out.add(part, term("dcterms:title"), text(extract.iris.graph(name)))
        out.add(part, term("void:triples"), integer(graphs[name]))
    for name, file in files.items():
        _distribution(extract, out, file, distributions[name])
    out.close()


def _distribution(extract: Extract, out: TripleWriter, file: str, form: Distribution) -> None:
    out.add(file, RDF_TYPE, term("dcat:Distribution"))
    out.add(file, term("dcterms:title"), lang_text(form.summary, "en"))
    out.add(file, term("dcat:mediaType"), node(_MEDIA_TYPES + form.media_type))
    if form.standard:
        out.add(file, term("dcterms:conformsTo"), node(form.standard))
    licence = extract.facts.licence
    if licence is not None:
        is_iri = licence.startswith(("http://", "https://"))
        out.add(file, term("dcterms:license"), node(licence) if is_iri else text(licence))
