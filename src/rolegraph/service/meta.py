"""What the server says about itself: health, counts, and descriptions for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rolegraph.service.backend import Backend
from rolegraph.service.exchange import Reply, Request
from rolegraph.service.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What is known of the catalog that is served."""

    name: str = "rolegraph"
    base_iri: str = ""


class MetaViews:
    """The views about the server."""

    def __init__(
        self,
        backend: Backend,
        facts: SiteFacts,
        metrics: Metrics,
        query_folders: Sequence[Path],
        is_writable: bool,
    ) -> None:
        self._backend = backend
        self._facts = facts
        self._metrics = metrics
        self._query_folders = query_folders
        self._is_writable = is_writable

    def health(self, _request: Request) -> Reply:
        """Say which data is served and whether anything is there to serve it."""
        status = self._backend.status()
        is_well = status["workers_alive"] > 0
        body = {"status": "ok" if is_well else "no workers", **status}
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return Reply(status=200 if is_well else 503, headers=headers, body=json.dumps(body).encode())

    def metrics(self, _request: Request) -> Reply:
        """Give the counts."""
        headers = {"Content-Type": self._metrics.content_type, "Cache-Control": "no-store"}
        return Reply(headers=headers, body=self._metrics.text())

    def describe(self, request: Request) -> Reply:
        """Describe the service (SPARQL 1.1 Service Description)."""
        raise NotImplementedError

    def void(self, request: Request) -> Reply:
        """Describe the data (VoID)."""
        raise NotImplementedError

    def openapi(self, request: Request) -> Reply:
        """Describe the HTTP interface."""
        raise NotImplementedError
