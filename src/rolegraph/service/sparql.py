"""`/sparql` and `/query/<name>`: operations of the SPARQL Protocol, and queries by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rolegraph.endpoint.run import RunRequest
from rolegraph.errors import Forbidden
from rolegraph.protocol import Operation, UpdateOperation, parse_fields, parse_request
from rolegraph.query import HISTORY_PARAMETER, bind, load_query
from rolegraph.results import choose
from rolegraph.service.answers import Answering, Limits
from rolegraph.service.backend import GraphWriter
from rolegraph.service.exchange import Blocking, Outcome, Pending, Reply, Request
from rolegraph.service.problem import prefers_html
from rolegraph.sparql_limits import is_repeatable, limit_rows

READ_ONLY: Final = "this server is read-only; it takes updates when started with --writable"
_FORMAT: Final = "format"
QUERY_PREFIX: Final = "/query/"


class SparqlViews:
    """The views that take a query.

    Args:
        history: the IRI of the graph of history, for queries that have a parameter of that name.
        allow_write: raises unless the request may write.
        describe: answers a request without a query (SPARQL 1.1 Service Description 2).
    """

    def __init__(
        self,
        answering: Answering,
        limits: Limits,
        writer: GraphWriter | None,
        query_folders: Sequence[Path],
        history: str | None,
        *,
        allow_write: Callable[[Request], None],
        describe: Callable[[Request], Reply],
    ) -> None:
        self._answering = answering
        self._limits = limits
        self._writer = writer
        self._query_folders = query_folders
        self._history = history
        self._allow_write = allow_write
        self._describe = describe

    def sparql(self, request: Request) -> Outcome:
        """Answer a query, carry out an update, or describe the service; a browser gets the query page."""
        if request.method in {"GET", "HEAD"} and _is_visit(request.query_string):
            if prefers_html(request):
                return Reply(status=303, headers={"Location": "/", "Vary": "Accept"})
            return Blocking(lambda: self._describe(request))
        method = "GET" if request.method == "HEAD" else request.method
        operation = parse_request(method, request.query_string, request.header("content-type"), request.body)
        if isinstance(operation, UpdateOperation):
            return Blocking(lambda: self._update(request, operation))
        return self.answer(request, operation)

    def named(self, request: Request) -> Reply | Pending:
        """Answer a query from its file; its parameters come from the URL and may be repeated."""
        query = load_query(request.path.removeprefix(QUERY_PREFIX), self._query_folders)
        wished = ""
        values: dict[str, list[str]] = {}
        own_names = {param.name for param in query.params}
        for field, value in parse_fields(request.query_string):
            if field == _FORMAT and _FORMAT not in own_names:
                wished = value
            else:
                values.setdefault(field, []).append(value)
        if self._history is not None and HISTORY_PARAMETER in own_names:
            values.setdefault(HISTORY_PARAMETER, [self._history])
        return self.answer(request, Operation(bind(query, values), format=wished))

    def answer(self, request: Request, operation: Operation) -> Reply | Pending:
        """Run a query and send its result in the format that the request asks for."""
        choice = choose(request.header("accept"), operation.format)
        query = operation.query
        if self._limits.max_rows is not None:
            query = limit_rows(query, self._limits.max_rows)
        run = RunRequest(
            query=query,
            default_graphs=operation.default_graphs,
            named_graphs=operation.named_graphs,
            solutions=choice.solutions,
            graph=choice.graph,
            base_iri=request.absolute(""),
        )
        # Where the limit was put in, an answer of just so many rows may have been cut there.
        announced = {"Rolegraph-Max-Rows": str(self._limits.max_rows)} if query != operation.query else {}
        return self._answering.reply(request, run, is_repeatable=is_repeatable(query), announced=announced)

    def _update(self, request: Request, operation: UpdateOperation) -> Reply:
        if self._writer is None:
            raise Forbidden(READ_ONLY)
        self._allow_write(request)
        graphs = operation.default_graphs, operation.named_graphs
        self._writer.update(operation.update, *graphs, request.absolute(""))
        return Reply(status=204)


def _is_visit(query_string: str) -> bool:
    """Whether a request asks for nothing but a format."""
    if "query=" in query_string:  # as nearly always: no need to take it apart twice
        return False
    return {name for name, _ in parse_fields(query_string)} <= {_FORMAT}
