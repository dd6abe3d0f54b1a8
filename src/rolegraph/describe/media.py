"""Result formats in, the resources out by which the W3C names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from rolegraph.describe.description import FORMATS
from rolegraph.results import ResultFormat

_NAMES: Final = {
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/ld+json": "JSON-LD",
    "application/rdf+xml": "RDF_XML",
    "application/trig": "TriG",
    "application/n-quads": "N-Quads",
}
"""Media type -> local name; https://www.w3.org/ns/formats/ lists them."""


def format_iris(formats: Iterable[ResultFormat]) -> list[ox.NamedNode]:
    """The resources of those formats that have one."""
    return [ox.NamedNode(FORMATS + _NAMES[fmt.media_type]) for fmt in formats if fmt.media_type in _NAMES]
