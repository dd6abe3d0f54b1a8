"""What the server needs of whatever answers queries: worker processes here, or another store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.run import Answer, Run, RunRequest


class Backend(Protocol):
    """Something that answers queries."""

    @property
    def generation(self) -> str:
        """The identity of the data, which never changes under one name; "" when nobody can tell."""

    @property
    def generations(self) -> tuple[str, ...]:
        """The identities of all the data that requests may be about now."""

    def generation_of(self, request: RunRequest) -> str:
        """The identity of the data that this request is about, which may be other than the current."""

    def run(self, request: RunRequest, cancellation: Cancellation | None = None) -> Answer:
        """Run a query; returns once the first bytes or the end of the answer is here."""

    def begin(self, request: RunRequest, cancellation: Cancellation) -> Run | None:
        """Start a query without waiting for anything; None when that cannot be done now."""

    def status(self) -> dict[str, Any]:
        """What the health check shows; `workers_alive` of 0 says that nothing can be answered."""

    def close(self) -> None:
        """Stop all queries and give back everything."""


class GraphWriter(Protocol):
    """Something that carries out updates; each returns once later queries see what it did."""

    def update(
        self,
        text: str,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base_iri: str | None = None,
    ) -> object:
        """Carry out a SPARQL update."""

    def put_graph(
        self, graph: str | None, data: bytes, media_type: str, base_iri: str
    ) -> tuple[object, bool]:
        """Replace a graph, None being the default graph; says whether it is new."""

    def post_graph(
        self, graph: str | None, data: bytes, media_type: str, base_iri: str
    ) -> tuple[object, bool]:
        """Add to a graph; says whether it is new."""

    def delete_graph(self, graph: str | None) -> object:
        """Remove a graph."""
