"""Counts of what the server did, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rolegraph.service.backend import Backend
from rolegraph.service.cache import ResultCache

_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_GAUGES: Final = {
    "workers": "Places for query workers, the reserved one included.",
    "workers_alive": "Query workers that run.",
    "workers_idle": "Query workers that wait for a query.",
    "waiting": "Requests that wait for a worker.",
}


class Metrics:
    """One server's counts."""

    content_type: Final = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, backend: Backend, cache: ResultCache) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "rolegraph_requests",
            "Requests by route and status.",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rolegraph_request_seconds",
            "Seconds from a request to the last byte of its reply.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._bytes = Counter("rolegraph_sent_bytes", "Bytes of bodies sent.", registry=self._registry)
        self._cache = Counter(
            "rolegraph_cache",
            "Queries that the cache answered or not.",
            ("outcome",),
            registry=self._registry,
        )
        self._stopped = Counter(
            "rolegraph_queries_stopped",
            "Queries that were stopped, by cause.",
            ("cause",),
            registry=self._registry,
        )
        for cause in ("timeout", "memory", "crash", "client_left", "too_large"):
            self._stopped.labels(cause)
        self._outcomes = {name: self._cache.labels(name) for name in ("hit", "miss", "not_modified")}
        self._registry.register(_State(backend, cache))

    def count_request(self, route: str, status: int, seconds: float, size_bytes: int) -> None:
        """Count a request whose reply is sent."""
        count, duration = self._of_route(route, status)
        count.inc()
        duration.observe(seconds)
        self._bytes.inc(size_bytes)

    @cache  # noqa: B019, a server has one of these for as long as it lives
    def _of_route(self, route: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, str(status)), self._seconds.labels(route)

    def count_cache(self, outcome: str) -> None:
        """Count a cacheable query: `hit`, `miss` or `not_modified`."""
        self._outcomes[outcome].inc()

    def count_stopped(self, cause: str) -> None:
        """Count a query that was stopped."""
        self._stopped.labels(cause).inc()

    def text(self) -> bytes:
        """All counts."""
        return generate_latest(self._registry)


class _State(Collector):
    """What is looked up when somebody asks."""

    def __init__(self, backend: Backend, cache: ResultCache) -> None:
        self._backend = backend
        self._cache = cache

    def collect(self) -> Iterable[Metric]:
        status = self._backend.status()
        for name, text in _GAUGES.items():
            if name in status:
                yield GaugeMetricFamily(f"rolegraph_{name}", text, status[name])
        yield GaugeMetricFamily(
            "rolegraph_cache_bytes", "Bytes of bodies in the cache.", self._cache.size_bytes
        )
        yield GaugeMetricFamily("rolegraph_cache_entries", "Replies in the cache.", len(self._cache))
