"""The Flask application: views, security headers, and errors as one kind of body."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, jsonify, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from rolegraph.errors import Busy, MethodNotAllowed, NotAcceptable, RolegraphError
from rolegraph.web import api, pages, sparql
from rolegraph.web.responses import Site, prefers_html, set_site, status_of

logger = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 1 << 20
_POLICY: Final = ("default-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'")
_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(site: Site) -> Flask:
    """Make the application over a running pool, which the caller closes."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    set_site(app.extensions, site)
    for module in (pages, sparql, api):
        app.register_blueprint(module.blueprint)
    app.register_error_handler(RolegraphError, _on_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.after_request(_add_headers)
    return app


def _on_error(error: RolegraphError) -> AnyResponse:
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("%d: %s", status, error)
    response = _error_response(status, str(error))
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, NotAcceptable):
        response.vary.add("Accept")
    return response


def _on_http_error(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    response = _error_response(status, error.description or "")
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _error_response(status: int, detail: str) -> Response:
    """The one shape of an error: RFC 9457 for programs, a page for people."""
    title = HTTPStatus(status).phrase
    if prefers_html():
        response = Response(render_template("error.html", title=title, status=status, detail=detail), status)
    else:
        body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        response = jsonify(body)
        response.status_code = status
        response.content_type = "application/problem+json"
    return response


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
