"""Named queries in, SHACL executables out, which query editors offer as examples.

Specification: SHACL-SPARQL section 5.1 and SHACL Advanced Features section 5 (`sh:SPARQLExecutable`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import pyoxigraph as ox

from rolegraph.describe.description import Description, named
from rolegraph.describe.facts import ServiceFacts
from rolegraph.query import UNDEF, NamedQuery, Parameter
from rolegraph.sparql_tokens import tokens
from rolegraph.terms import PREFIXES

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

_KINDS: Final[dict[Form, tuple[str, str]]] = {
    "SELECT": ("sh:SPARQLSelectExecutable", "sh:select"),
    "ASK": ("sh:SPARQLAskExecutable", "sh:ask"),
    "CONSTRUCT": ("sh:SPARQLConstructExecutable", "sh:construct"),
}
"""Form -> class and property; SHACL has none for DESCRIBE."""
_DATATYPES: Final = {"integer": "xsd:integer", "decimal": "xsd:decimal", "iri": "xsd:anyURI"}


def query_form(text: str) -> Form:
    """What a query asks for; SELECT when it says nothing of the kind."""
    for token in tokens(text):
        match token.text.upper():
            case "SELECT" | "ASK" | "CONSTRUCT" | "DESCRIBE" as form:
                return form
    return "SELECT"


def add_examples(out: Description, facts: ServiceFacts, queries: Iterable[NamedQuery]) -> None:
    """Describe each query under the address that answers it."""
    for query in queries:
        kind = _KINDS.get(query_form(query.text))
        if kind is not None:
            _add_example(out, facts, query, *kind)
    _add_prefixes(out, facts)


def _add_example(out: Description, facts: ServiceFacts, query: NamedQuery, kind: str, text: str) -> None:
    subject = facts.at(f"query/{query.name}")
    out.add(subject, "rdf:type", named("sh:SPARQLExecutable"), named(kind))
    # The comments of shipped queries are in English, whatever the language of the catalog.
    out.add(subject, "rdfs:label", ox.Literal(query.title, language="en"))
    if query.description:
        out.add(subject, "rdfs:comment", ox.Literal(query.description, language="en"))
    out.add(subject, text, ox.Literal(query.text))
    out.link(subject, "sh:prefixes", facts.part("prefixes"))
    out.link(subject, "schema:target", facts.endpoint)
    out.link(subject, "sh:parameter", *(_parameter_iri(subject, param) for param in query.params))
    for param in query.params:
        _add_parameter(out, subject, param)


def _parameter_iri(query: str, param: Parameter) -> str:
    # SHACL 6.2.1: the local name of a parameter's path is the name of its variable.
    return f"{query}#{param.variable.removeprefix('?')}"


def _add_parameter(out: Description, query: str, param: Parameter) -> None:
    node = _parameter_iri(query, param)
    out.add(node, "rdf:type", named("sh:Parameter"))
    out.link(node, "sh:path", node)
    out.add(node, "sh:name", ox.Literal(param.name))
    out.add(node, "sh:description", ox.Literal(param.description, language="en"))
    datatype = named(_DATATYPES.get(param.type, "xsd:string"))
    out.add(node, "sh:datatype", datatype)
    out.add(node, "sh:optional", ox.Literal(param.default is not None))
    if param.default not in {None, UNDEF}:
        out.add(node, "sh:defaultValue", ox.Literal(str(param.default), datatype=datatype))


def _add_prefixes(out: Description, facts: ServiceFacts) -> None:
    """Declare the prefixes that the examples and the data use (SHACL 5.2.1)."""
    prefixes = {prefix: facts.part(f"prefix-{prefix}") for prefix in PREFIXES}
    out.add(facts.part("prefixes"), "rdf:type", named("owl:Ontology"))
    out.link(facts.part("prefixes"), "sh:declare", *prefixes.values())
    for prefix, node in prefixes.items():
        out.add(node, "rdf:type", named("sh:PrefixDeclaration"))
        out.add(node, "sh:prefix", ox.Literal(prefix))
        out.add(node, "sh:namespace", ox.Literal(PREFIXES[prefix], datatype=named("xsd:anyURI")))
