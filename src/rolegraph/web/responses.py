"""What every view shares: the application's parts, answers as responses, and the fields of a URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Response, current_app, request

from rolegraph.endpoint.pool import Pool
from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.errors import (
    Busy,
    Forbidden,
    MethodNotAllowed,
    NotAcceptable,
    QueryError,
    QueryMemory,
    QueryTimeout,
    RolegraphError,
    UnknownQuery,
    UnsupportedMediaType,
    WorkerFailure,
)
from rolegraph.protocol import Operation, negotiate
from rolegraph.results import choose

STATUS: Final[dict[type[RolegraphError], int]] = {
    UnknownQuery: 404,
    QueryError: 400,
    Forbidden: 403,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    UnsupportedMediaType: 415,
    # A worker is a server behind this one; one that ends without an answer is a bad gateway's.
    WorkerFailure: 502,
    Busy: 503,
    QueryTimeout: 504,
    QueryMemory: 507,
}
"""The one place that turns errors into HTTP status codes."""
_KEY: Final = "rolegraph"
_HTML: Final = "text/html"


@dataclass(frozen=True, slots=True)
class Site:
    """What the views work with.

    `base_iri` is left out where the page shows an IRI below it; `query_folders` hold queries beside
    the shipped ones.
    """

    pool: Pool
    name: str = "rolegraph"
    base_iri: str = ""
    query_folders: Sequence[Path] = ()


def set_site(extensions: dict[str, object], site: Site) -> None:
    """Keep the site with its application."""
    extensions[_KEY] = site


def site() -> Site:
    """The site of the application that answers the current request."""
    found = current_app.extensions[_KEY]
    assert isinstance(found, Site)  # noqa: S101, only `set_site` writes it
    return found


def status_of(error: RolegraphError) -> int:
    """The status of an error, by its closest listed class; 500 for what no query should meet."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 500)


def prefers_html() -> bool:
    """Whether the client is a person's browser rather than a program."""
    accept = request.headers.get("Accept")
    return negotiate(accept, ("application/problem+json", "application/json", _HTML)) == _HTML


def answer_query(operation: Operation) -> Response:
    """Run a query and send its result in the format that the request asks for."""
    choice = choose(request.headers.get("Accept"), operation.format)
    answer = site().pool.run(
        RunRequest(
            query=operation.query,
            default_graphs=operation.default_graphs,
            named_graphs=operation.named_graphs,
            solutions=choice.solutions,
            graph=choice.graph,
        )
    )
    return _respond(answer)


def _respond(answer: Answer) -> Response:
    if answer.is_whole:  # gets a Content-Length, and its worker is already free
        response = Response(b"".join(answer), content_type=answer.content_type)
    else:
        response = Response(answer, content_type=answer.content_type, direct_passthrough=True)
        response.call_on_close(answer.close)
    response.vary.add("Accept")
    return response
