"""What the server says about itself: health, counts, and descriptions for programs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from rolegraph.describe.dataset import describe_dataset
from rolegraph.describe.description import serialize
from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.openapi import build_openapi
from rolegraph.describe.service import describe_service
from rolegraph.describe.statistics import Statistics, compute_statistics
from rolegraph.endpoint.run import RunRequest
from rolegraph.model.release import ReleaseGraph
from rolegraph.query import NamedQuery, list_queries
from rolegraph.results import SOLUTIONS, choose
from rolegraph.service.backend import Backend
from rolegraph.service.exchange import Reply, Request
from rolegraph.service.metrics import Metrics

Describe = Callable[[ServiceFacts, Statistics, Iterable[NamedQuery]], list[ox.Triple]]


class MetaViews:
    """The views about the server.

    `stored` gives the statistics that were counted when this generation was built, or None; others are
    counted once, when somebody asks. `releases` gives those that can be queried now, `rights` the statements
    of those whose data is served now.
    """

    def __init__(
        self,
        backend: Backend,
        facts: ServiceFacts,
        metrics: Metrics,
        query_folders: Sequence[Path],
        stored: Callable[[str], Statistics | None],
        releases: Callable[[], tuple[ReleaseGraph, ...]] = tuple,
        rights: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._backend = backend
        self._facts = facts
        self._metrics = metrics
        self._query_folders = query_folders
        self._stored = stored
        self._releases = releases
        self._rights = rights
        self._lock = threading.Lock()
        self._counted: tuple[str, Statistics] | None = None

    def health(self, _request: Request) -> Reply:
        """Say which data is served and whether anything is there to serve it."""
        status = self._backend.status()
        is_well = status["workers_alive"] > 0
        body = {"status": "ok" if is_well else "no workers", **status}
        return _json_reply(body, 200 if is_well else 503)

    def metrics(self, _request: Request) -> Reply:
        """Give the counts."""
        headers = {"Content-Type": self._metrics.content_type, "Cache-Control": "no-store"}
        return Reply(headers=headers, body=self._metrics.text())

    def describe(self, request: Request) -> Reply:
        """Describe the service (SPARQL 1.1 Service Description)."""
        return self._description(request, describe_service)

    def void(self, request: Request) -> Reply:
        """Describe the data (VoID)."""
        return self._description(request, describe_dataset)

    def openapi(self, request: Request) -> Reply:
        """Describe the HTTP interface."""
        queries = list_queries(self._query_folders)
        return _json_reply(build_openapi(self._facts_for(request), queries), 200)

    def _description(self, request: Request, describe: Describe) -> Reply:
        choice = choose(request.header("accept"), request.field("format"), only_graphs=True)
        assert choice.graph is not None  # noqa: S101, `choose` raises where it is not
        triples = describe(self._facts_for(request), self._statistics(), list_queries(self._query_folders))
        headers = {"Content-Type": choice.graph.content_type, "Cache-Control": "no-cache", "Vary": "Accept"}
        return Reply(headers=headers, body=serialize(triples, choice.graph))

    def _facts_for(self, request: Request) -> ServiceFacts:
        return replace(
            self._facts,
            endpoint=request.origin + "/sparql",
            releases=self._releases(),
            rights=self._rights(),
        )

    def _statistics(self) -> Statistics:
        """The sizes of what is served now; whoever asks first counts, and the others wait."""
        with self._lock:
            generation = self._backend.generation
            if self._counted is None or self._counted[0] != generation or not generation:
                statistics = self._stored(generation) or compute_statistics(self._rows)
                self._counted = generation, statistics
            return self._counted[1]

    def _rows(self, query: str) -> list[dict[str, str]]:
        answer = self._backend.run(RunRequest(query=query, solutions=SOLUTIONS[0]))
        try:
            bindings = json.loads(b"".join(answer))["results"]["bindings"]
        finally:
            answer.close()
        return [{name: term["value"] for name, term in row.items()} for row in bindings]


def _json_reply(body: object, status: int) -> Reply:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Reply(status=status, headers=headers, body=json.dumps(body).encode())
