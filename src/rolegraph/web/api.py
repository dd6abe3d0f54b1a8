"""Named queries at `/query/<name>`, and the health check."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, request

from rolegraph.protocol import Operation, parse_fields
from rolegraph.query import bind, load_query
from rolegraph.web.responses import answer_query, site

blueprint = Blueprint("api", __name__)
FORMAT_FIELD: Final = "format"


@blueprint.get("/query/<name>")
def named_query(name: str) -> Response:
    """Answer a query from its file; its parameters come from the URL and may be repeated."""
    query = load_query(name, site().query_folders)
    wished = ""
    values: dict[str, list[str]] = {}
    own_names = {param.name for param in query.params}
    for field, value in parse_fields(request.query_string.decode("latin-1")):
        if field == FORMAT_FIELD and FORMAT_FIELD not in own_names:
            wished = value
        else:
            values.setdefault(field, []).append(value)
    return answer_query(Operation(bind(query, values), format=wished))


@blueprint.get("/healthz")
def health() -> tuple[dict[str, Any], int]:
    """Say which snapshot is served and whether any worker is there to serve it."""
    status = site().pool.status()
    is_well = status["workers_alive"] > 0
    return {"status": "ok" if is_well else "no workers", **status}, 200 if is_well else 503
