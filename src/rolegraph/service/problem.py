"""Errors as replies: the one place that turns an error into a status, and the one shape of its body."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any, Final

from rolegraph.errors import (
    AnswerTooLarge,
    Busy,
    Cancelled,
    Forbidden,
    IriError,
    MethodNotAllowed,
    NotAcceptable,
    PayloadTooLarge,
    QueryError,
    QueryMemory,
    QueryTimeout,
    RolegraphError,
    StoreError,
    Unauthorized,
    UnknownGraph,
    UnknownPage,
    UnknownQuery,
    UnsupportedMediaType,
    UpstreamFailure,
    WorkerFailure,
)
from rolegraph.protocol import negotiate
from rolegraph.service.exchange import Reply, Request

STATUS: Final[dict[type[RolegraphError], int]] = {
    UnknownQuery: 404,
    UnknownGraph: 404,
    UnknownPage: 404,
    QueryError: 400,
    IriError: 400,
    Unauthorized: 401,
    Forbidden: 403,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    PayloadTooLarge: 413,
    UnsupportedMediaType: 415,
    # nginx's number for a client that left: nobody receives it, the log and the metrics show it.
    Cancelled: 499,
    # A worker, the writer or an upstream is a server behind this one: without an answer of theirs this
    # one is a bad gateway.
    WorkerFailure: 502,
    UpstreamFailure: 502,
    StoreError: 502,
    Busy: 503,
    QueryTimeout: 504,
    QueryMemory: 507,
    AnswerTooLarge: 507,
}
MEDIA_TYPE: Final = "application/problem+json"
_HTML: Final = "text/html"
_POSITION = re.compile(r"\bat (\d+):(\d+)\b")


def status_of(error: RolegraphError) -> int:
    """The status of an error, by its closest listed class; 500 for what no request should meet."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 500)


def title_of(status: int) -> str:
    """The phrase of a status."""
    return "Client Closed Request" if status == STATUS[Cancelled] else HTTPStatus(status).phrase


def prefers_html(request: Request) -> bool:
    """Whether the client is a person's browser rather than a program."""
    offered = (MEDIA_TYPE, "application/json", _HTML)
    return negotiate(request.header("accept"), offered) == _HTML


def error_reply(error: RolegraphError) -> Reply:
    """The body of an error for programs (RFC 9457), with the place in the query where there is one."""
    reply = problem_reply(status_of(error), str(error))
    if isinstance(error, Busy):
        reply.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, MethodNotAllowed):
        reply.headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, NotAcceptable):
        reply.vary("Accept")
    if isinstance(error, Unauthorized):
        reply.headers["WWW-Authenticate"] = 'Bearer realm="rolegraph"'
    if isinstance(error, PayloadTooLarge):
        reply.headers["Connection"] = "close"
    return reply


def problem_reply(status: int, detail: str) -> Reply:
    """A reply that says what went wrong."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "detail": detail,
    }
    position = _POSITION.search(detail) if status == STATUS[QueryError] else None
    if position:
        body["position"] = {"line": int(position[1]), "column": int(position[2])}
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
    return Reply(status=status, headers=headers, body=json.dumps(body).encode())
