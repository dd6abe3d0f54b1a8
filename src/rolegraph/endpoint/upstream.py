"""Query in, answer out: any store that speaks the SPARQL 1.1 Protocol, behind the limits of this server."""

from __future__ import annotations

import logging
import math
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import urlencode

from rolegraph import resources
from rolegraph.endpoint.authorization import Authorization
from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.endpoint.store_http import StoreClient
from rolegraph.endpoint.upstream_query import check_query
from rolegraph.endpoint.upstream_reply import reply_error
from rolegraph.endpoint.upstream_run import FORM, Question, UpstreamRun
from rolegraph.endpoint.virtuoso import refuse_cut_graph
from rolegraph.errors import Busy, ConfigError, QueryTimeout, UpstreamFailure
from rolegraph.results import GRAPHS, SOLUTIONS, Kind, not_acceptable
from rolegraph.sparql_readings import refuse_deep
from rolegraph.sparql_safety import refuse_remote
from rolegraph.sparql_tokens import has_dataset_clause

logger = logging.getLogger(__name__)

_WHOLE_GRAPH: Final = "upstream/whole-graph.rq"
_REPLY_BYTES: Final = 64 * 1024
_PROBE_S: Final = 5.0
_PROBE_TIMEOUT_S: Final = 2.0
_MIN_TIMEOUT_MS: Final = 1000
"""Virtuoso ignores a shorter one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """Limits, and what the store is told.

    Attributes:
        timeout_s: how long a query may take.
        max_requests: how many queries run at a time.
        queue_wait_s: how long one more waits.
        connect_timeout_s: how long a connection may take.
        default_graphs: what a query sees that names no dataset: these graphs, each also by its name.
            Without any it is what the store has for its default graph.
        timeout_unit: in what a parameter `timeout` tells the store the time that is left, if at all.
        allowed: origins that SERVICE may call, as `sparql_safety.parse_origin` gives them.
        tls: what certificates are trusted; None verifies them as the system does.
    """

    timeout_s: float = 30.0
    max_requests: int = 16
    queue_wait_s: float = 5.0
    connect_timeout_s: float = 10.0
    default_graphs: Sequence[str] = ()
    timeout_unit: Literal["ms", "s", "no"] = "ms"
    allowed: frozenset[str] = frozenset()
    tls: ssl.SSLContext | None = None


class Upstream:
    """A store over HTTP."""

    def __init__(
        self,
        query_url: str,
        *,
        update_url: str | None = None,
        authorization: Authorization | None = None,
        options: UpstreamOptions | None = None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            ConfigError: an address is none.
        """
        self.options = options or UpstreamOptions()
        self._client = self._connect(query_url, authorization)
        self._update_client = self._connect(update_url, authorization) if update_url else None
        self._places = threading.BoundedSemaphore(self.options.max_requests)
        self._lock = threading.Lock()
        self._running = 0
        self._waiting = 0
        self._probed = -math.inf
        self._is_reachable = True

    def _connect(self, url: str, authorization: Authorization | None) -> StoreClient:
        options = self.options
        return StoreClient(
            url,
            authorization=authorization,
            connect_timeout_s=options.connect_timeout_s,
            tls=options.tls,
        )

    @property
    def generation(self) -> str:
        """Nobody can tell when the data of another store changes."""
        return ""

    @property
    def generations(self) -> tuple[str, ...]:
        """As `generation`."""
        return (self.generation,)

    def generation_of(self, _request: RunRequest) -> str:
        """As `generation`: what graphs of releases a store has is its own affair."""
        return self.generation

    def run(self, request: RunRequest, cancellation: Cancellation | None = None) -> Answer:
        """Run a query; returns once the first 64 KiB or the end of its result is here.

        Raises:
            QueryError: it is no query, or the store does not accept it.
            Forbidden: it makes the store call a server, or run code of its own.
            NotAcceptable: its kind of result has no acceptable format.
            UnknownGraph: the whole graph that is asked for has no triple.
            Busy: too many queries run here, or there.
            QueryTimeout, QueryMemory: the query was stopped, here or there.
            UpstreamFailure: the store cannot be reached, or its answer makes no sense or is a part.
            Cancelled: the client left.
        """
        if request.whole_graph is not None:
            request = _as_query(request)
        kind = check_query(request.query, self.options.allowed)
        _check_format(request, kind)
        deadline = time.monotonic() + self.options.timeout_s
        self._take_place(deadline)
        question = Question(
            fields=self._fields(request, deadline),
            kind=kind,
            request=request,
            timeout_s=self.options.timeout_s,
            deadline=deadline,
            check_graph=lambda: refuse_cut_graph(self._client, request.query, deadline),
            release=self._release_place,
        )
        exchange = self._client.exchange(deadline)
        return UpstreamRun(exchange, question, cancellation or Cancellation()).start()

    def begin(self, request: RunRequest, cancellation: Cancellation) -> None:
        """Nothing can be had of another store without waiting."""

    def update(self, text: str, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()) -> None:
        """Have the store carry out an update.

        Raises:
            ConfigError: no address for updates was given.
            RolegraphError: as `run`; after a timeout or a failure nobody knows whether it was done.
        """
        if self._update_client is None:
            raise ConfigError("the store has no address for updates; give one")
        refuse_deep(text)
        refuse_remote(text, self.options.allowed)
        fields = [("update", text)]
        fields += [("using-graph-uri", iri) for iri in default_graphs]
        fields += [("using-named-graph-uri", iri) for iri in named_graphs]
        exchange = self._update_client.exchange(time.monotonic() + self.options.timeout_s)
        try:
            response = exchange.send("POST", urlencode(fields).encode(), FORM)
            body = exchange.read_all(_REPLY_BYTES)
            if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                raise reply_error(exchange.shown, response.status, response.reason, response.headers, body)
        finally:
            exchange.finish()

    @property
    def running(self) -> int:
        """How many queries run."""
        return self._running

    def status(self) -> dict[str, Any]:
        """Counts for a health check; a store that takes no connection is not alive."""
        places = self.options.max_requests
        is_alive = self._probe()
        return {
            "upstream": self._client.address.shown,
            "workers": places,
            "workers_alive": places if is_alive else 0,
            "workers_idle": places - self.running if is_alive else 0,
            "waiting": self._waiting,
        }

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._client.close()
        if self._update_client is not None:
            self._update_client.close()

    def _fields(self, request: RunRequest, deadline: float) -> tuple[tuple[str, str], ...]:
        options = self.options
        default, named = request.default_graphs, request.named_graphs
        if not default and not named and options.default_graphs and not has_dataset_clause(request.query):
            default = named = tuple(options.default_graphs)
        fields = [("query", request.query)]
        fields += [("default-graph-uri", iri) for iri in default]
        fields += [("named-graph-uri", iri) for iri in named]
        left_s = max(0.0, deadline - time.monotonic())
        if options.timeout_unit == "ms":
            fields.append(("timeout", str(max(_MIN_TIMEOUT_MS, math.ceil(left_s * 1000)))))
        elif options.timeout_unit == "s":
            fields.append(("timeout", str(max(1, math.ceil(left_s)))))
        return tuple(fields)

    def _take_place(self, deadline: float) -> None:
        wait_s = min(self.options.queue_wait_s, deadline - time.monotonic())
        with self._lock:
            self._waiting += 1
        has_place = self._places.acquire(timeout=max(0.0, wait_s))
        with self._lock:
            self._waiting -= 1
            self._running += has_place
        if not has_place:
            limit = self.options.max_requests
            raise Busy(f"{limit} queries run at {self._client.address.shown}; try again")

    def _release_place(self) -> None:
        with self._lock:
            self._running -= 1
        self._places.release()

    def _probe(self) -> bool:
        """Whether the store takes connections; looked at once in a few seconds."""
        with self._lock:
            now = time.monotonic()
            if now - self._probed < _PROBE_S:
                return self._is_reachable
            self._probed = now
        exchange = self._client.exchange(now + _PROBE_TIMEOUT_S)
        try:
            # Any reply will do: OPTIONS costs a store nothing.
            exchange.send("OPTIONS", b"", {})
            exchange.read_all(_REPLY_BYTES)
            self._is_reachable = True
        except (UpstreamFailure, QueryTimeout) as error:
            logger.warning("%s", error)
            self._is_reachable = False
        finally:
            exchange.finish()
        return self._is_reachable


def _as_query(request: RunRequest) -> RunRequest:
    """The request for a whole graph as a query that sees no other."""
    text = (resources.folder("queries") / _WHOLE_GRAPH).read_text(encoding="utf-8")
    graphs = (request.whole_graph,) if request.whole_graph else ()
    return replace(request, query=text, default_graphs=graphs, solutions=None)


def _check_format(request: RunRequest, kind: Kind) -> None:
    """Refuse before the query runs what no format fits."""
    if request.max_rows is None and (request.graph if kind == "graph" else request.solutions) is None:
        formats = GRAPHS if kind == "graph" else SOLUTIONS
        raise not_acceptable("the result of this query has other formats", formats)
