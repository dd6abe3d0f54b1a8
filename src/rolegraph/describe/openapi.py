"""Facts and named queries in, the OpenAPI 3.1 document of the server out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from rolegraph.describe.examples import query_form
from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.openapi_graphs import graph_paths
from rolegraph.describe.openapi_parts import (
    ALL_FORMATS,
    IRI,
    QUERY,
    UPDATE,
    Json,
    answer,
    components,
    failures,
    format_parameter,
    headers,
    not_modified,
    ref,
    without_body,
)
from rolegraph.protocol import FORM_BODY, QUERY_BODY, UPDATE_BODY
from rolegraph.query import UNDEF, NamedQuery, Parameter
from rolegraph.results import GRAPHS, SOLUTIONS

OPENAPI_VERSION: Final = "3.1.0"
_RUN: Final = ("400", "403", "405", "406", "502", "503", "504", "507")
"""How running something may fail."""

_VALUES: Final[dict[str, Json]] = {
    "code": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
    "string": {"type": "string", "minLength": 1},
    # White space as Python's `\s` has it, which ECMA-262 leaves out in part.
    "text": {"type": "string", "pattern": r"[^\s\x1c-\x1f\x85]"},
    "integer": {"type": "integer"},
    "decimal": {"type": "string", "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"},
    "iri": IRI,
}
"""Parameter type -> schema of one value; a test holds them against `rolegraph.query.bind`."""


def build_openapi(facts: ServiceFacts, queries: Iterable[NamedQuery]) -> dict[str, Any]:
    """Describe every address of the server that programs use.

    Args:
        facts: what is known of this server; a server that takes no writes says so in their place.
        queries: each gets an address of its own, with its real parameters.
    Returns:
        plain values, ready for JSON, in an order that the same input repeats.
    """
    paths: Json = {"/sparql": _sparql(facts)}
    for query in queries:
        paths[f"/query/{query.name}"] = _with_head(_named(facts, query))
    paths |= graph_paths(facts)
    paths |= _about(facts)
    return {
        "openapi": OPENAPI_VERSION,
        "info": _info(facts),
        "servers": [{"url": facts.at(".").rstrip("/")}],
        "security": [{"bearer": []}] if facts.needs_token_for_reads else [],
        "paths": paths,
        "components": components(),
    }


def _info(facts: ServiceFacts) -> Json:
    info: Json = {
        "title": facts.title,
        "summary": "SPARQL 1.1 endpoint of a knowledge graph of job roles",
        "version": facts.software_version or "0",
        "description": (
            "Answers come in the format that the header Accept or the parameter `format` asks for. "
            "Failures are `application/problem+json` (RFC 9457), and an HTML page for browsers. "
            "An answer that breaks off ends without its last chunk: what came is then not the whole."
        ),
    }
    if facts.licence:
        is_iri = facts.licence.startswith(("http://", "https://"))
        info["license"] = {"name": facts.licence, **({"url": facts.licence} if is_iri else {})}
    return info


def _with_head(operation: Json) -> Json:
    return {"get": operation, "head": without_body(operation)}


def _guarded(facts: ServiceFacts) -> tuple[str, ...]:
    return ("401",) if facts.needs_token_for_reads else ()


def _dataset(default: str, named: str) -> Json:
    """The dataset parameters of the protocol (SPARQL 1.1 Protocol 2.1.4 and 2.2.3)."""
    graphs = {"type": "array", "items": IRI}
    return {
        default: {**graphs, "description": "The graphs that together are the default graph."},
        named: {**graphs, "description": "The graphs that GRAPH can reach."},
    }


def _sparql(facts: ServiceFacts) -> Json:
    dataset = _dataset("default-graph-uri", "named-graph-uri")
    parameters = [
        {"name": name, "in": "query", "description": schema["description"], "schema": {**schema}}
        for name, schema in dataset.items()
    ]
    for parameter in parameters:
        del parameter["schema"]["description"]
    parameters.append(format_parameter(ALL_FORMATS))
    query = {
        "name": "query",
        "in": "query",
        "description": "The query; without it the answer is the Service Description.",
        "schema": QUERY,
        "examples": {
            "ask": {"value": "ASK { ?s ?p ?o }"},
            "select": {"value": "SELECT ?graph WHERE { GRAPH ?graph { } }"},
        },
    }
    get = {
        "operationId": "sparql",
        "summary": "Answer a query, or describe the service",
        "tags": ["SPARQL Protocol"],
        "parameters": [query, *parameters],
        "responses": {
            "200": answer(ALL_FORMATS, "The answer; without a query the Service Description."),
            "303": {
                "description": "A browser without a query goes to the query page.",
                "headers": headers("Location"),
            },
            "304": not_modified(),
            **failures(*_RUN, *_guarded(facts)),
        },
    }
    return {**_with_head(get), "post": _sparql_post(facts, dataset, parameters)}


def _sparql_post(facts: ServiceFacts, dataset: Json, parameters: list[Json]) -> Json:
    may_need_token = facts.needs_token_for_reads or (facts.is_writable and facts.needs_token_for_writes)
    statuses = (*_RUN, "413", "415", *(("401",) if may_need_token else ()))
    operation: Json = {
        "operationId": "sparql-post",
        "summary": "Answer a query or carry out an update" if facts.is_writable else "Answer a query",
        "tags": ["SPARQL Protocol"],
        "parameters": parameters,
        "requestBody": {"required": True, "content": _bodies(facts, dataset)},
        "responses": {
            "200": answer(ALL_FORMATS, "The answer to a query."),
            "304": not_modified(),
            **failures(*statuses),
        },
    }
    if facts.is_writable:
        operation["responses"]["204"] = {
            "description": "The update is done and durable.",
            "headers": headers(),
        }
        using = _dataset("using-graph-uri", "using-named-graph-uri")
        operation["parameters"] = [
            *parameters,
            *({"name": name, "in": "query", "schema": {"type": "array", "items": IRI}} for name in using),
        ]
        if facts.needs_token_for_writes and not facts.needs_token_for_reads:
            operation["security"] = [{}, {"bearer": []}]
    return operation


def _bodies(facts: ServiceFacts, dataset: Json) -> Json:
    """The three ways to POST (SPARQL 1.1 Protocol 2.1.2, 2.1.3, 2.2.1 and 2.2.2)."""
    wished = format_parameter(ALL_FORMATS)["schema"]
    query_form_fields = _form("query", QUERY, {**dataset, "format": wished})
    bodies: Json = {
        FORM_BODY: {"schema": query_form_fields, "example": {"query": "ASK { ?s ?p ?o }"}},
        QUERY_BODY: {"schema": QUERY, "example": "ASK { ?s ?p ?o }"},
    }
    if facts.is_writable:
        update_fields = _form("update", UPDATE, _dataset("using-graph-uri", "using-named-graph-uri"))
        bodies[FORM_BODY]["schema"] = {"oneOf": [query_form_fields, update_fields]}
        bodies[UPDATE_BODY] = {
            "schema": UPDATE,
            "example": "INSERT DATA { GRAPH <urn:example:graph> { <urn:example:a> <urn:example:b> 1 } }",
        }
    return bodies


def _form(name: str, schema: Json, others: Json) -> Json:
    """The fields of a form with one operation; the server leaves aside those that it does not know."""
    other = "update" if name == "query" else "query"
    return {
        "type": "object",
        "required": [name],
        "properties": {name: schema, **others},
        "not": {"required": [other]},
    }


def _named(facts: ServiceFacts, query: NamedQuery) -> Json:
    """The operation of one named query."""
    formats = GRAPHS if query_form(query.text) in {"CONSTRUCT", "DESCRIBE"} else SOLUTIONS
    parameters = [_parameter(param) for param in query.params]
    if all(param.name != "format" for param in query.params):
        parameters.append(format_parameter(formats))
    return {
        "operationId": f"query-{query.name}",
        "summary": query.title,
        "description": query.description,
        "tags": ["Named queries"],
        "parameters": parameters,
        "responses": {
            "200": answer(formats, "The answer."),
            "304": not_modified(),
            **failures(*_RUN, "404", *_guarded(facts)),
        },
    }


def _parameter(param: Parameter) -> Json:
    """A parameter as it is in the URL, where it may be repeated: any of its values may hold."""
    schema: Json = {"type": "array", "items": _VALUES[param.type], "minItems": 1}
    if param.default not in {None, UNDEF}:
        schema["default"] = [int(str(param.default)) if param.type == "integer" else param.default]
    return {
        "name": param.name,
        "in": "query",
        "description": param.description,
        "required": param.default is None,
        "style": "form",
        "explode": True,
        "schema": schema,
    }


def _about(facts: ServiceFacts) -> Json:
    """The addresses about the server itself."""
    guarded = failures(*_guarded(facts), "405")
    health = {"application/json": {"schema": ref("schemas", "Health")}}
    void = {
        "200": answer(
            GRAPHS, "The description of the data as VoID, with the named queries as SHACL executables."
        ),
        "304": not_modified(),
        **guarded,
        **failures("400", "406", "502", "503", "504"),
    }
    metrics = {"200": _plain("text/plain", "Counts in the text format of Prometheus."), **guarded}
    state = {
        "200": {"description": "Queries can be answered.", "headers": headers(), "content": health},
        "503": {
            "description": "Nothing is there to answer queries.",
            "headers": headers(),
            "content": health,
        },
        **failures("405"),
    }
    document = {"200": _plain("application/json", "This document.", {"type": "object"}), **failures("405")}
    open_to_all: Json = {"security": []}
    return {
        "/.well-known/void": _with_head(
            _meta("void", "Describe the data", void, parameters=[format_parameter(GRAPHS)])
        ),
        "/healthz": _with_head(_meta("health", "Tell whether queries can be answered", state, **open_to_all)),
        "/metrics": _with_head(_meta("metrics", "Count what the server did", metrics)),
        "/openapi.json": _with_head(_meta("openapi", "Describe the HTTP interface", document, **open_to_all)),
    }


def _meta(name: str, summary: str, responses: Json, **more: Any) -> Json:
    return {"operationId": name, "summary": summary, "tags": ["Server"], "responses": responses, **more}


def _plain(media_type: str, description: str, schema: Json | None = None) -> Json:
    body = {media_type: {"schema": schema or {"type": "string"}}}
    return {"description": description, "headers": headers("ETag"), "content": body}
