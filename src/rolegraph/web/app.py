"""The Flask application: pages for people, and the service's addresses for any WSGI server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response as AnyResponse

from rolegraph.errors import PayloadTooLarge
from rolegraph.service.exchange import Reply, Request
from rolegraph.service.problem import prefers_html, problem_reply
from rolegraph.service.service import Service
from rolegraph.web import pages


def create_app(service: Service) -> Flask:
    """Make the application over a running service, which the caller closes.

    The service answers every request and comes here for pages, whether `web.front` carried the request
    or a WSGI server did.
    """
    app = Flask(__name__)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[pages.SERVICE] = service
    app.register_blueprint(pages.blueprint)
    app.before_request(partial(_by_service, service))
    app.register_error_handler(HTTPException, _on_http_error)

    def error_page(status: int, title: str, detail: str) -> bytes:
        with app.test_request_context():
            return render_template("error.html", title=title, status=status, detail=detail).encode()

    service.error_page = error_page
    service.pages = lambda incoming: _page(app, incoming)
    return app


def _by_service(service: Service) -> Response | None:
    """Give the service what came from a WSGI server; None for what the service sends here: a page."""
    if pages.REQUEST in request.environ:
        return None
    incoming = Request(
        method=request.method,
        path=request.path,
        query_string=request.query_string.decode("latin-1"),
        headers={name.lower(): value for name, value in request.headers.items()},
        origin=request.host_url.rstrip("/"),
        client=request.remote_addr or "",
    )
    limit = service.max_body_bytes(incoming)
    if (request.content_length or 0) > limit:
        error = PayloadTooLarge(f"the body has more than {limit:,} bytes; send less")
        return to_response(service.refuse_body(incoming, error))
    return to_response(service.answer(replace(incoming, body=request.get_data(cache=False))))


def to_response(reply: Reply) -> Response:
    """A reply as Flask's response, which reports once it is sent."""
    if isinstance(reply.body, bytes):
        response = Response(reply.body, reply.status, list(reply.headers.items()))
        size = len(reply.body)
        response.call_on_close(lambda: reply.report(size, None))
        return response
    response = Response(_reported(reply), reply.status, list(reply.headers.items()), direct_passthrough=True)
    response.call_on_close(reply.close)
    return response


def _reported(reply: Reply) -> Iterator[bytes]:
    size, failure = 0, None
    try:
        for piece in reply.body if not isinstance(reply.body, bytes) else ():
            size += len(piece)
            yield piece
    except BaseException as error:
        failure = error
        raise
    finally:
        reply.report(size, failure)


def _page(app: Flask, incoming: Request) -> Reply:
    """Have Flask answer a request that came another way."""
    environ = _environ(incoming)
    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    reply = Reply(status=int(status.split(" ", 1)[0]), body=b"".join(body))
    for name, value in headers.items():
        if name != "Content-Length":
            reply.headers[name] = value
    return reply


def _environ(incoming: Request) -> dict[str, Any]:
    """The request as WSGI has it (PEP 3333)."""
    scheme, _, host = incoming.origin.partition("://")
    name, _, port = host.rpartition(":") if ":" in host.rpartition("]")[2] else (host, "", "80")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": incoming.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": incoming.path.encode().decode("latin-1"),
        "QUERY_STRING": incoming.query_string,
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": incoming.client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(incoming.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        pages.REQUEST: incoming,
    }
    for header, value in incoming.headers.items():
        key = header.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ


def _on_http_error(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    incoming = Request(
        method=request.method, path=request.path, headers={"accept": request.headers.get("Accept", "")}
    )
    if prefers_html(incoming):
        page = render_template("error.html", title=error.name, status=status, detail=error.description)
        response = Response(page, status)
    else:
        response = to_response(problem_reply(status, error.description or ""))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response
