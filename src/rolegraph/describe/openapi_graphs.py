"""The Graph Store Protocol's part of the OpenAPI document."""

from __future__ import annotations

from typing import Final

from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.openapi_parts import (
    IRI,
    Json,
    answer,
    failures,
    format_parameter,
    headers,
    not_modified,
    without_body,
)
from rolegraph.results import GRAPHS, TRIPLES

_EXAMPLES: Final[dict[str, object]] = {
    "text/turtle": "<urn:example:a> <urn:example:b> 1 .",
    "application/n-triples": '<urn:example:a> <urn:example:b> "c" .\n',
    "application/ld+json": {"@id": "urn:example:a", "urn:example:b": 1},
    "application/rdf+xml": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="urn:example:a"/></rdf:RDF>'
    ),
}
_READ: Final = ("400", "403", "404", "405", "406", "502", "503", "504", "507")
_WRITE: Final = ("400", "403", "405", "413", "502", "503", "504", "507")
_PLACE: Final[Json] = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The rest of the graph's IRI, which is this address (Graph Store Protocol 4.1).",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*$"},
}


def graph_paths(facts: ServiceFacts) -> Json:
    """The operations on whole graphs, named by a parameter or by the address itself."""
    return {
        "/graphs": _operations(facts, "graphs", _target(is_required=True), _target(is_required=False)),
        "/graphs/{name}": _operations(facts, "graph", _PLACE, _PLACE),
    }


def _target(*, is_required: bool) -> Json:
    """`?default` or `?graph=<IRI>`, never both (Graph Store Protocol 4.2).

    An exploded object stands in the URL as its members, so that the choice can be told.
    """
    return {
        "name": "target",
        "in": "query",
        "required": is_required,
        "style": "form",
        "explode": True,
        "description": "Which graph: `?graph=<IRI>`, or `?default` for the default graph.",
        "schema": {
            "oneOf": [
                _member("graph", IRI),
                _member(
                    "default",
                    {"type": "string", "description": "Its value does not count.", "examples": [""]},
                ),
            ]
        },
    }


def _member(name: str, schema: Json) -> Json:
    return {
        "type": "object",
        "properties": {name: schema},
        "required": [name],
        "additionalProperties": False,
    }


def _operations(facts: ServiceFacts, name: str, target: Json, target_of_post: Json) -> Json:
    guarded = ("401",) if facts.needs_token_for_reads else ()
    get = {
        "operationId": f"{name}-get",
        "summary": "Read a graph",
        "tags": ["Graph Store Protocol"],
        "parameters": [target, format_parameter(GRAPHS)],
        "responses": {
            "200": answer(GRAPHS, "The triples of the graph."),
            "304": not_modified(),
            **failures(*_READ, *guarded),
        },
    }
    return {
        "get": get,
        "head": without_body(get),
        "put": _write(facts, f"{name}-put", "Replace a graph", target),
        "post": _write(facts, f"{name}-post", "Add to a graph", target_of_post),
        "delete": _write(facts, f"{name}-delete", "Remove a graph", target, has_body=False),
    }


def _write(facts: ServiceFacts, name: str, summary: str, target: Json, *, has_body: bool = True) -> Json:
    """One of the writes; where the server takes none, it says so to each."""
    needs_token = facts.needs_token_for_reads or (facts.is_writable and facts.needs_token_for_writes)
    statuses = {*_WRITE, *(("415",) if has_body else ("404",)), *(("401",) if needs_token else ())}
    operation: Json = {
        "operationId": name,
        "summary": summary,
        "tags": ["Graph Store Protocol"],
        "parameters": [target],
        "responses": failures(*statuses),
    }
    if has_body:
        operation["requestBody"] = {"required": True, "content": _documents()}
    if not facts.is_writable:
        operation["description"] = "This server is read-only, and answers 403."
        return operation
    operation["responses"]["204"] = {"description": "It is done and durable.", "headers": headers()}
    if has_body:
        operation["responses"]["201"] = {
            "description": "The graph is new; it is durable.",
            "headers": headers("Location"),
        }
    if facts.needs_token_for_writes:
        operation["security"] = [{"bearer": []}]
    return operation


def _documents() -> Json:
    """A graph in one of the formats, or several files of a form (Graph Store Protocol 5.5)."""
    found: Json = {}
    for fmt in TRIPLES:
        is_json = fmt.media_type.endswith("+json")
        schema: Json = {} if is_json else _document(fmt.media_type)
        found[fmt.media_type] = {"schema": schema, "example": _EXAMPLES[fmt.media_type]}
    files = {"type": "array", "items": _document("text/turtle"), "minItems": 1}
    found["multipart/form-data"] = {
        "schema": _member("graph", files),
        "encoding": {"graph": {"contentType": "text/turtle"}},
    }
    return found


def _document(media_type: str) -> Json:
    """A text in a language that JSON Schema cannot describe; `format` names it for generators."""
    name = media_type.partition("/")[2].replace("+", "-")
    return {"type": "string", "format": name, "contentMediaType": media_type}
