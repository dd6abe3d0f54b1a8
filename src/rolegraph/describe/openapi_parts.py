"""The parts that operations of the OpenAPI document share: schemas, headers, responses.

Specification: https://spec.openapis.org/oas/v3.1.0, whose schemas are JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rolegraph.results import GRAPHS, SOLUTIONS, ResultFormat

Json = dict[str, Any]

PROBLEM: Final = "application/problem+json"
IRI_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9/._~!$&'()*+,;=@-]+$"
"""Plain absolute IRIs; others are accepted as RFC 3987 has them."""

IRI: Final[Json] = {"type": "string", "format": "iri", "pattern": IRI_PATTERN}
QUERY: Final[Json] = {"$ref": "#/components/schemas/Query"}
UPDATE: Final[Json] = {"$ref": "#/components/schemas/Update"}

_FAILURES: Final[dict[str, str]] = {
    "400": "The request cannot be read: a fault of the query (with its position), a wrong parameter.",
    "401": "It needs a token, and has none or an unknown one.",
    "403": "What it asks for is not allowed here, such as an update on a read-only server or SERVICE.",
    "404": "There is no such query or graph.",
    "405": "The address does not have this method; `Allow` lists those that it has.",
    "406": "No format that the client accepts fits; the detail lists those that do.",
    "413": "The body is longer than the server takes.",
    "415": "The body is of a media type that the operation does not take.",
    "502": "What runs behind this server (a worker, the writer, another store) failed; the detail says how.",
    "503": "All workers are busy and the queue is full.",
    "504": "It ran past the deadline and was stopped.",
    "507": "It needed more memory, or gave a longer answer, than one request may.",
}
_OWN_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "401": ("WWW-Authenticate",),
    "405": ("Allow",),
    "503": ("Retry-After",),
}


def ref(kind: str, name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def headers(*names: str) -> Json:
    """References to headers; every response has the request's id."""
    return {name: ref("headers", name) for name in ("X-Request-Id", *names)}


def failures(*statuses: str) -> Json:
    """References to the responses of failures."""
    return {status: ref("responses", status) for status in sorted(statuses)}


def content(formats: Iterable[ResultFormat]) -> Json:
    """The media types of an answer; only JSON results have a schema that can say more than "text"."""
    found: Json = {}
    for fmt in formats:
        is_json = fmt.media_type == "application/sparql-results+json"
        found[fmt.media_type] = {"schema": ref("schemas", "Results") if is_json else _text_schema(fmt)}
    return found


def _text_schema(fmt: ResultFormat) -> Json:
    return {} if fmt.media_type.endswith("+json") else {"type": "string"}


def answer(formats: Iterable[ResultFormat], description: str) -> Json:
    """The response that holds an answer."""
    names = ("ETag", "Vary", "Server-Timing", "Rolegraph-Max-Rows", "Rolegraph-Max-Bytes")
    return {"description": description, "headers": headers(*names), "content": content(formats)}


def not_modified() -> Json:
    """The response to a client that has the answer already."""
    return ref("responses", "304")


def format_parameter(formats: Iterable[ResultFormat]) -> Json:
    """The parameter that asks for a format where a client cannot set `Accept`."""
    return {
        "name": "format",
        "in": "query",
        "description": (
            "The wished format, which goes before the header Accept; empty is no wish. "
            "Media types are taken too."
        ),
        "schema": {"type": "string", "enum": [*(fmt.extension for fmt in formats), ""]},
    }


def without_body(operation: Mapping[str, Any]) -> Json:
    """HEAD in the place of GET (RFC 9110 section 9.3.2): the same headers, and nothing after them."""
    responses: Json = {}
    for status, response in operation["responses"].items():
        if "$ref" in response:
            target = response["$ref"].removeprefix("#/components/responses/")
            response = _responses()[target]  # noqa: PLW2901, the reference stands for it
        responses[status] = {key: value for key, value in response.items() if key != "content"}
    return {
        **operation,
        "operationId": f"{operation['operationId']}-head",
        "summary": f"{operation['summary']}: the headers alone",
        "responses": responses,
    }


def components() -> Json:
    """Everything that is referred to."""
    return {
        "schemas": _schemas(),
        "headers": _headers(),
        "responses": _responses(),
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that the server's operator gave out (RFC 6750).",
            }
        },
    }


def _responses() -> Json:
    found: Json = {
        "304": {
            "description": "What the client has, by its If-None-Match, is still right.",
            "headers": headers("ETag", "Vary"),
        }
    }
    for status, description in _FAILURES.items():
        found[status] = {
            "description": description,
            "headers": headers(*_OWN_HEADERS.get(status, ())),
            "content": {
                PROBLEM: {"schema": ref("schemas", "Problem")},
                "text/html": {"schema": {"type": "string"}},
            },
        }
    return found


def _headers() -> Json:
    def text(description: str, **more: Any) -> Json:
        return {"description": description, "schema": {"type": "string"}, **more}

    return {
        "X-Request-Id": text(
            "The id of the request in the server's log; one that was sent is kept.", required=True
        ),
        "ETag": text("Names the answer; the same data gives the same answer the same name."),
        "Vary": text("The request headers that the answer depends on."),
        "Server-Timing": text("How long the query ran, or that the answer came from the cache."),
        "Location": text("The IRI of a new graph."),
        "Allow": text("The methods of the address.", required=True),
        "WWW-Authenticate": text("What kind of token is asked for.", required=True),
        "Retry-After": {
            "description": "Seconds to wait before another try.",
            "required": True,
            "schema": {"type": "integer", "minimum": 0},
        },
        "Rolegraph-Max-Rows": text(
            "The limit of rows that was put into the query; just so many may be a part."
        ),
        "Rolegraph-Max-Bytes": text("The number of bytes past which an answer breaks off."),
    }


def _schemas() -> Json:
    return {
        "Problem": _problem(),
        "Query": {
            "type": "string",
            "minLength": 1,
            "format": "sparql-query",
            "contentMediaType": "application/sparql-query",
            "description": "A SPARQL 1.1 query.",
            "examples": [
                "ASK { ?s ?p ?o }",
                "SELECT ?type (COUNT(*) AS ?count) WHERE { ?s a ?type } GROUP BY ?type ORDER BY DESC(?count)",
            ],
        },
        "Update": {
            "type": "string",
            "format": "sparql-update",
            "contentMediaType": "application/sparql-update",
            "description": "A SPARQL 1.1 update; one without operations does nothing.",
            "examples": ["INSERT DATA { GRAPH <urn:example:graph> { <urn:example:a> <urn:example:b> 1 } }"],
        },
        "Results": _results(),
        "Health": {
            "type": "object",
            "required": ["status"],
            "properties": {"status": {"type": "string", "description": "`ok`, or what is wrong."}},
        },
    }


def _problem() -> Json:
    """RFC 9457, with the place of a syntax error as an extension member."""
    place = {"type": "integer", "minimum": 0}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "position": {
                "type": "object",
                "description": "Where in the query the fault is; both count from 1.",
                "required": ["line", "column"],
                "properties": {"line": place, "column": place},
            },
        },
    }


def _results() -> Json:
    """SPARQL 1.1 Query Results JSON Format, sections 3.1 to 3.3."""
    binding = {
        "type": "object",
        "required": ["type", "value"],
        "properties": {
            "type": {"type": "string", "enum": ["uri", "literal", "bnode", "triple"]},
            "value": {"type": ["string", "object"]},
            "xml:lang": {"type": "string"},
            "datatype": {"type": "string"},
        },
    }
    rows = {"type": "array", "items": {"type": "object", "additionalProperties": binding}}
    return {
        "type": "object",
        "required": ["head"],
        "properties": {
            "head": {
                "type": "object",
                "properties": {"vars": {"type": "array", "items": {"type": "string"}}},
            },
            "boolean": {"type": "boolean"},
            "results": {"type": "object", "required": ["bindings"], "properties": {"bindings": rows}},
        },
        "oneOf": [{"required": ["boolean"]}, {"required": ["results"]}],
    }


ALL_FORMATS: Final = SOLUTIONS + GRAPHS
