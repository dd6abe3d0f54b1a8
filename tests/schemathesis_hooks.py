"""What schemathesis needs to know of this server's languages; it loads this module itself.

JSON Schema cannot say what a query is: the document names a `format`, and here are texts that have it.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

TEXTS = {
    "sparql-query": ["ASK {}", "SELECT * {}", "CONSTRUCT WHERE { ?s a ?o } LIMIT 3", "DESCRIBE <urn:x:a>"],
    "sparql-update": ["CLEAR ALL", "INSERT DATA { <urn:x:a> <urn:x:b> 1 }", "DELETE WHERE { ?s a ?o }"],
    "turtle": ["<urn:x:a> <urn:x:b> 1 .", ""],
    "n-triples": ["<urn:x:a> <urn:x:b> <urn:x:c> .", ""],
    "rdf-xml": [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="urn:x:a"/></rdf:RDF>'
    ],
}
# For RDF/XML schemathesis looks up XML, which it would write from JSON values.
RAW = ("application/sparql-query", "application/sparql-update", "application/n-triples", "application/xml")


def as_bytes(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """A body as it is; what is no text at all (schemathesis tries that too) as Python writes it."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


for name, texts in TEXTS.items():
    schemathesis.openapi.format(name, st.sampled_from(texts))
for media_type in RAW:
    schemathesis.serializer(media_type)(as_bytes)
