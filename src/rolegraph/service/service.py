"""The server as a function: a request in, its reply out, whatever carries them."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.statistics import Statistics
from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.errors import (
    AnswerTooLarge,
    Cancelled,
    Forbidden,
    MethodNotAllowed,
    PayloadTooLarge,
    QueryError,
    QueryMemory,
    QueryTimeout,
    RolegraphError,
    UnknownPage,
    WorkerFailure,
)
from rolegraph.iris import Iris
from rolegraph.model.release import HISTORY_GRAPH, ReleaseGraph
from rolegraph.service.access_log import AccessLog
from rolegraph.service.answers import Answering, Limits, matches, not_modified, stored_reply
from rolegraph.service.backend import Backend, GraphWriter
from rolegraph.service.cache import ResultCache
from rolegraph.service.exchange import Blocking, Outcome, Pending, Reply, Request, View
from rolegraph.service.graphs import PATH as GRAPHS_PATH
from rolegraph.service.graphs import READING, WRITING, GraphViews
from rolegraph.service.guard import SECURITY_HEADERS, CrossOrigin, refuse_foreign_write
from rolegraph.service.meta import MetaViews
from rolegraph.service.metrics import Metrics
from rolegraph.service.problem import error_reply, prefers_html, status_of, title_of
from rolegraph.service.sparql import QUERY_PREFIX, READ_ONLY, SparqlViews
from rolegraph.service.tokens import Gate

logger = logging.getLogger(__name__)

MIB: Final = 1 << 20
_QUICK_BYTES: Final = 16 * 1024
"""A longer query takes some milliseconds to look at."""
_REQUEST_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_ORIGIN = re.compile(r"https?://([\w.~%-]+|\[[\da-f:.]+\])(:\d*)?", re.ASCII | re.IGNORECASE)
"""Scheme and host as RFC 9110 section 4.2.3 has them, but for signs that no host's name has."""
_Alias = tuple[tuple[str, ...], *tuple[object, ...]]
_CAUSES: Final[dict[type[RolegraphError], str]] = {
    QueryTimeout: "timeout",
    QueryMemory: "memory",
    WorkerFailure: "crash",
    Cancelled: "client_left",
    AnswerTooLarge: "too_large",
}
_OPEN_PATHS: Final = frozenset({"/healthz", "/openapi.json"})
"""What a server that guards reads still shows to everyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """What can be chosen about a server.

    `max_body_bytes` bounds queries and updates, `max_upload_bytes` graphs that are written.
    """

    cache_mb: int = 64
    limits: Limits = field(default_factory=Limits)
    cross_origin: CrossOrigin = field(default_factory=CrossOrigin)
    gate: Gate = field(default_factory=Gate)
    max_body_bytes: int = MIB
    max_upload_bytes: int = 256 * MIB
    query_folders: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class _Route:
    """An address. `is_quick` says that its view never waits: what would is Pending or Blocking."""

    name: str
    view: View
    methods: tuple[str, ...]
    is_quick: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A request whose query is still to run; `complete` takes what waits for the answer."""

    run: RunRequest
    complete: Callable[[Callable[[], Answer]], Reply]


class Service:
    """Everything between HTTP and the backend.

    `pages` answers what no view here does (a web framework's pages); `error_page` turns status and
    detail into HTML for browsers. Both are set by whoever has them.
    """

    def __init__(  # noqa: PLR0913, the last three tell what only those know who opened the data
        self,
        backend: Backend,
        facts: ServiceFacts,
        options: ServiceOptions | None = None,
        *,
        writer: GraphWriter | None = None,
        access_log: AccessLog | None = None,
        stored_statistics: Callable[[str], Statistics | None] = lambda _generation: None,
        releases: Callable[[], tuple[ReleaseGraph, ...]] = tuple,
        rights: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self.backend = backend
        self.options = options or ServiceOptions()
        gate = self.options.gate
        self.facts = replace(
            facts,
            is_writable=writer is not None,
            needs_token_for_reads=gate.guards_reads,
            needs_token_for_writes=gate.guards_writes,
            max_body_bytes=self.options.max_body_bytes,
            max_upload_bytes=self.options.max_upload_bytes,
        )
        self.rights = rights
        self.pages: View | None = None
        self.error_page: Callable[[int, str, str], bytes] | None = None
        self._cache = ResultCache(self.options.cache_mb * MIB)
        self.metrics = Metrics(backend, self._cache)
        self._log = access_log
        self._id = uuid.uuid4().hex[:12]
        self._numbers = count(1)
        self._gate = self.options.gate
        limits = self.options.limits
        answering = Answering(backend, self._cache, self.metrics, limits, is_private=self._gate.guards_reads)
        self._meta = MetaViews(
            backend, self.facts, self.metrics, self.options.query_folders, stored_statistics, releases, rights
        )
        sparql = SparqlViews(
            answering,
            limits,
            writer,
            self.options.query_folders,
            Iris(self.facts.base_iri).graph(HISTORY_GRAPH) if self.facts.base_iri else None,
            allow_write=self._allow_write,
            describe=self._meta.describe,
        )
        graphs = GraphViews(answering, writer, allow_write=self._allow_write).graphs
        read = ("GET", "HEAD")
        self._graphs = _Route("graphs", graphs, READING + WRITING)
        self._named = _Route("query", sparql.named, read, is_quick=True)
        self._routes = {
            "/sparql": _Route("sparql", sparql.sparql, (*read, "POST"), is_quick=True),
            GRAPHS_PATH: self._graphs,
            "/.well-known/void": _Route("void", self._meta.void, read),
            "/healthz": _Route("health", self._meta.health, read),
            "/metrics": _Route("metrics", self._meta.metrics, read),
            "/openapi.json": _Route("openapi", self._meta.openapi, read),
        }

    def route(self, path: str) -> _Route | None:
        """The view of a path that is answered here; None leaves it to the pages."""
        found = self._routes.get(path)
        if found is not None:
            return found
        if path.startswith(QUERY_PREFIX):
            return self._named
        return self._graphs if path.startswith(GRAPHS_PATH + "/") else None

    def max_body_bytes(self, head: Request) -> int:
        """How long the body of a request may be: graphs may be long, from those who may write them."""
        is_upload = self.route(head.path) is self._graphs and self._why_not_write(head) is None
        return self.options.max_upload_bytes if is_upload else self.options.max_body_bytes

    def answer_at_once(self, request: Request) -> Reply | None:
        """The reply to a request that was answered before, from memory; else None. Never waits."""
        started = time.perf_counter()
        if request.method not in {"GET", "POST"}:
            return None
        stored = self._cache.get_alias(self._alias(request))
        if stored is None:
            return None
        try:
            self._allow_read(request)
        except RolegraphError:
            return None
        if matches(request.header("if-none-match"), stored.etag):
            self.metrics.count_cache("not_modified")
            reply = not_modified(stored.etag, dict(stored.headers)["Cache-Control"])
            return self._finish(request, reply, "sparql", started)
        self.metrics.count_cache("hit")
        is_plain = not request.header("origin")
        if is_plain and stored.encoded:
            reply = Reply(body=stored.body, is_from_cache=True)
            request_id = self._request_id(request)
            reply.encoded_headers = [*stored.encoded, (b"x-request-id", request_id.encode("latin-1"))]
            return self._watch(request, reply, "sparql", request_id, started)
        reply = self._finish(request, stored_reply(stored), "sparql", started)
        if is_plain:
            stored.encoded = tuple(pair for pair in reply.encode_headers() if pair[0] != b"x-request-id")
        return reply

    def begin(self, request: Request) -> Reply | Started | None:
        """The reply, or the query that it needs; None leaves all to `answer`. Never waits."""
        started = time.perf_counter()
        route = self.route(request.path)
        if route is None or not route.is_quick or len(request.body) > _QUICK_BYTES:
            return None
        alias = self._alias(request)
        try:
            outcome = self._dispatch(request, route)
        except RolegraphError as error:
            return self._finish(request, self.failure(request, error), route.name, started)
        if isinstance(outcome, Blocking):
            return None
        if isinstance(outcome, Reply):
            return self._conclude(request, outcome, alias, route.name, started)
        pending = outcome

        def complete(receive: Callable[[], Answer]) -> Reply:
            try:
                reply = pending.reply(receive())
            except RolegraphError as error:
                reply = self.failure(request, error)
            return self._conclude(request, reply, alias, route.name, started)

        return Started(pending.run, complete)

    def answer(self, request: Request) -> Reply:
        """The reply to a request. Its body may stream; every failure is a reply as well."""
        started = time.perf_counter()
        route = self.route(request.path)
        alias = self._alias(request)
        try:
            outcome = self._dispatch(request, route)
            if isinstance(outcome, Pending):
                reply = outcome.reply(self.backend.run(outcome.run, request.cancellation))
            else:
                reply = outcome.reply() if isinstance(outcome, Blocking) else outcome
        except RolegraphError as error:
            reply = self.failure(request, error)
        return self._conclude(request, reply, alias, route.name if route else "page", started)

    def _conclude(
        self, request: Request, reply: Reply, alias: _Alias, route: str, started: float
    ) -> Reply:
        """Remember what a request led to, and finish its reply."""
        etag = reply.headers.get("ETag", "").removeprefix("W/")
        # The data may have changed meanwhile; a tag of other data would then go by the wrong name.
        if reply.status == 200 and etag.startswith(tuple(f'"{generation}-' for generation in alias[0])):
            self._cache.put_alias(alias, etag)
        return self._finish(request, reply, route, started)

    def _dispatch(self, request: Request, route: _Route | None) -> Outcome:
        _check_origin(request)
        if route is None:
            if self.pages is None:
                raise UnknownPage(f"there is nothing at {request.path}")
            self._allow_read(request)
            return self.pages(request)
        methods = (*route.methods, "OPTIONS")
        if request.method == "OPTIONS":
            return self.options.cross_origin.preflight(request, ", ".join(methods))
        if request.method not in methods:
            raise MethodNotAllowed(f"{request.method} is not for this address", methods)
        if request.path not in _OPEN_PATHS:
            self._allow_read(request)
        return route.view(request)

    def failure(self, request: Request, error: RolegraphError) -> Reply:
        """An error as a reply, as a page for people and as JSON for programs."""
        status = status_of(error)
        if status >= 500:
            logger.warning("%d: %s", status, error)
        cause = next((text for cls, text in _CAUSES.items() if isinstance(error, cls)), None)
        if cause:
            self.metrics.count_stopped(cause)
        reply = error_reply(error)
        if self.error_page is not None and prefers_html(request):
            reply.body = self.error_page(status, title_of(status), str(error))
            reply.headers["Content-Type"] = "text/html; charset=utf-8"
        return reply

    def refuse(self, request: Request, error: RolegraphError) -> Reply:
        """The reply to a request that is not carried out."""
        return self._finish(request, self.failure(request, error), "refused", time.perf_counter())

    def refuse_body(self, head: Request, error: PayloadTooLarge) -> Reply:
        """The reply to a request whose body is too long: that, or why it would not be taken at all."""
        is_write = self.route(head.path) is self._graphs and head.method in WRITING
        reply = self.refuse(head, (self._why_not_write(head) if is_write else None) or error)
        reply.headers["Connection"] = "close"  # the rest of the body may still come
        return reply

    def _why_not_write(self, head: Request) -> RolegraphError | None:
        try:
            _check_origin(head)
            if not self.facts.is_writable:
                raise Forbidden(READ_ONLY)
            self._allow_write(head)
        except RolegraphError as error:
            return error
        return None

    def _allow_read(self, request: Request) -> None:
        self._gate.check(request.header("authorization"), "read")

    def _allow_write(self, request: Request) -> None:
        self._gate.check(request.header("authorization"), "write")
        refuse_foreign_write(request, has_tokens=self._gate.guards_writes)

    def _alias(self, request: Request) -> _Alias:
        """What tells requests apart by sight; a new release may change what a query is about."""
        return (
            self.backend.generations,
            request.method,
            request.origin,
            request.path,
            request.query_string,
            request.header("accept"),
            request.header("accept-encoding"),
            request.header("content-type"),
            request.body,
        )

    def _finish(self, request: Request, reply: Reply, route: str, started: float) -> Reply:
        """Put in what every reply has, and count it once it is sent."""
        headers = reply.headers = SECURITY_HEADERS | reply.headers
        self.options.cross_origin.add_headers(request, reply)
        request_id = headers["X-Request-Id"] = self._request_id(request)
        if isinstance(reply.body, bytes) and reply.status not in {204, 304}:
            headers["Content-Length"] = str(len(reply.body))
        if request.method == "HEAD":
            reply.close()
            reply.body = b""
        return self._watch(request, reply, route, request_id, started)

    def _request_id(self, request: Request) -> str:
        sent_id = request.header("x-request-id")
        if sent_id and _REQUEST_ID.fullmatch(sent_id):
            return sent_id
        return f"{self._id}-{next(self._numbers):x}"

    def _watch(self, request: Request, reply: Reply, route: str, request_id: str, started: float) -> Reply:
        """Have a reply counted and logged once it is sent."""
        inner = reply.report

        def report(size_bytes: int, error: BaseException | None) -> None:
            inner(size_bytes, error)
            seconds = time.perf_counter() - started
            self.metrics.count_request(route, reply.status, seconds, size_bytes)
            if isinstance(error, RolegraphError):
                logger.warning("request %s broke off after %d bytes: %s", request_id, size_bytes, error)
                cause = next((text for cls, text in _CAUSES.items() if isinstance(error, cls)), "crash")
                self.metrics.count_stopped(cause)
            if self._log is not None:
                self._log.write(request, reply, request_id, seconds, size_bytes, error)

        reply.report = report
        return reply

    def close(self) -> None:
        """Stop everything."""
        self.backend.close()


def _check_origin(request: Request) -> None:
    """See that the server has an address, since relative IRIs are resolved against it.

    Raises:
        QueryError: the header Host is malformed, or there are several (RFC 9112 section 3.2).
    """
    if not _ORIGIN.fullmatch(request.origin):
        raise QueryError(f"the header Host names no host: {request.header('host')!r}")
