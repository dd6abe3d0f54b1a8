"""One query at another store: its reply is read, converted and checked in a thread, piece by piece.

Every answer goes through a parser, even one that has the wished format already. Oxigraph's server ends
an answer that it cannot complete with a line of text and a whole body, and Virtuoso 7 writes JSON of its
own kind (`typed-literal`, and rows for ASK): only who reads it can tell. It costs 3 µs a row.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import IO, Any, Final, cast
from urllib.parse import urlencode

import pyoxigraph as ox

from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.channel import Channel, Closed
from rolegraph.endpoint.page import TRIPLE, page_of_boolean, page_of_rows
from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.endpoint.store_http import Exchange
from rolegraph.endpoint.upstream_reply import body_error, check_headers, reply_error
from rolegraph.endpoint.virtuoso import SERVER
from rolegraph.errors import Cancelled, QueryTimeout, RolegraphError, UnknownGraph, UpstreamFailure
from rolegraph.results import Kind

logger = logging.getLogger(__name__)

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_ACCEPT: Final[dict[Kind, str]] = {
    "solutions": "application/sparql-results+json, application/sparql-results+xml;q=0.9",
    "boolean": "application/sparql-results+json, application/sparql-results+xml;q=0.9",
    # N-Triples first: each line is whole or an error.
    "graph": "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5",
}
_ASK_VARIABLE: Final = "__ASK_RETVAL"
_TAIL_BYTES: Final = 200
_ERROR_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent, and what comes of it.

    Attributes:
        fields: the form (SPARQL 1.1 Protocol 2.1.2).
        kind: the kind of result.
        request: the formats that are wished.
        check_graph: called for a graph of Virtuoso; raises when it may be cut.
        release: called once when nothing runs any more.
    """

    fields: tuple[tuple[str, str], ...]
    kind: Kind
    request: RunRequest
    timeout_s: float
    deadline: float
    check_graph: Callable[[], None]
    release: Callable[[], None]


class UpstreamRun:
    """One query from the request to the last byte."""

    def __init__(self, exchange: Exchange, question: Question, cancellation: Cancellation) -> None:
        self._exchange = exchange
        self._question = question
        self._cancellation = cancellation
        self._deadline = question.deadline
        self._channel = Channel()
        self._tail = b""
        self._is_over = False

    def start(self) -> Answer:
        """Send the query; returns once the first 64 KiB or the end of its result is here."""
        thread = threading.Thread(target=self._read, name="rolegraph-upstream", daemon=True)
        try:
            self._cancellation.attach(self._abort)
        except Cancelled:
            self._question.release()
            raise
        thread.start()
        first, is_whole = self._next()
        kind, request = self._question.kind, self._question.request
        return Answer(kind, request.content_type(kind), [first], None if is_whole else self)

    def next_chunk(self) -> bytes | None:
        """The next bytes; None after the last."""
        if self._is_over:
            return None
        return self._next()[0]

    def stop(self) -> None:
        """Break off."""
        self._cancellation.detach()
        self._abort()

    def _next(self) -> tuple[bytes, bool]:
        try:
            piece = self._channel.get(self._deadline)
        except RolegraphError as error:  # before TimeoutError, which QueryTimeout is too
            self._cancellation.detach()
            logger.info("%s: %s", type(error).__name__, error)
            raise
        except Closed as error:
            self._cancellation.detach()
            raise Cancelled("the client left") from error
        except TimeoutError as error:
            self.stop()
            limit_s = self._question.timeout_s
            raise QueryTimeout(f"the query ran longer than {limit_s:g} s and was given up") from error
        if piece.is_last:
            self._is_over = True
            self._cancellation.detach()
        return piece

    def _abort(self) -> None:
        self._channel.close()
        self._exchange.abort()

    def _read(self) -> None:
        """Run in the thread: whatever happens, the other side hears of it."""
        try:
            self._convert()
        except Closed:
            self._exchange.abort()
        except RolegraphError as error:
            self._channel.fail(error)
        finally:
            self._channel.fail(UpstreamFailure(f"{self._exchange.shown}: the answer could not be converted"))
            self._exchange.finish()
            self._question.release()

    def _convert(self) -> None:
        question = self._question
        media_type = self._ask()
        try:
            if question.kind == "graph":
                self._convert_graph(media_type)
            else:
                self._convert_solutions(media_type)
        except (SyntaxError, ValueError) as error:
            raise body_error(self._exchange.shown, media_type, self._tail, error) from error
        self._channel.finish()

    def _ask(self) -> str:
        """Send the query, and look at the head of the reply; returns its media type."""
        question, shown = self._question, self._exchange.shown
        headers = {**FORM, "Accept": _ACCEPT[question.kind]}
        response = self._exchange.send("POST", urlencode(question.fields).encode(), headers)
        if response.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            body = self._exchange.read_all(_ERROR_BYTES)
            raise reply_error(shown, response.status, response.reason, response.headers, body)
        check_headers(shown, response.status, response.headers)
        if question.kind == "graph" and response.headers.get("Server", "").startswith(SERVER):
            question.check_graph()
        return response.headers.get_content_type()

    def read(self, size: int = -1) -> bytes:
        """Give the parser some of the body; it asks for nothing else."""
        data = self._exchange.read(size)
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        return data

    def _convert_solutions(self, media_type: str) -> None:
        fmt = ox.QueryResultsFormat.from_media_type(media_type)
        if fmt is None:
            raise UpstreamFailure(
                f"{self._exchange.shown} answered in {media_type}, which holds no solutions"
            )
        results = ox.parse_query_results(cast("IO[bytes]", self), format=fmt)
        if self._question.kind == "boolean":
            self._write_boolean(value=_truth(results))
            return
        if isinstance(results, ox.QueryBoolean):
            raise ValueError("it holds true or false, and not rows")
        request = self._question.request
        if request.max_rows is not None:
            names = [variable.value for variable in results.variables]
            self._write_page(page_of_rows(names, results, request.max_rows))
        elif request.solutions is not None:
            results.serialize(
                cast("IO[bytes]", self._channel),
                ox.QueryResultsFormat.from_media_type(request.solutions.media_type),
            )

    def _write_boolean(self, *, value: bool) -> None:
        request = self._question.request
        if request.max_rows is not None:
            self._write_page(page_of_boolean(value=value))
        elif request.solutions is not None:
            text = json.dumps({"head": {}, "boolean": value}).encode()
            result = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
            fmt = ox.QueryResultsFormat.from_media_type(request.solutions.media_type)
            result.serialize(cast("IO[bytes]", self._channel), fmt)

    def _convert_graph(self, media_type: str) -> None:
        fmt = ox.RdfFormat.from_media_type(media_type)
        if fmt is None:
            raise UpstreamFailure(f"{self._exchange.shown} answered in {media_type}, which holds no graph")
        triples: Iterator[ox.Triple] = (
            quad.triple for quad in ox.parse(cast("IO[bytes]", self), format=fmt, base_iri=None)
        )
        request = self._question.request
        if request.whole_graph:
            triples = self._known(triples)
        if request.max_rows is not None:
            self._write_page(page_of_rows(TRIPLE, triples, request.max_rows))
        elif request.graph is not None:
            wished = ox.RdfFormat.from_media_type(request.graph.media_type)
            ox.serialize(triples, cast("IO[bytes]", self._channel), format=wished)

    def _known(self, triples: Iterator[ox.Triple]) -> Iterator[ox.Triple]:
        """The triples of a graph, of which a store that has none is said not to know it."""
        first = next(triples, None)
        if first is None:
            raise UnknownGraph(f"there is no graph <{self._question.request.whole_graph}>")
        yield first
        yield from triples

    def _write_page(self, page: dict[str, Any]) -> None:
        self._channel.write(json.dumps(page).encode())
        if page.get("more"):
            self._exchange.abort()  # the rest is not needed


def _truth(results: ox.QuerySolutions | ox.QueryBoolean) -> bool:
    """The answer to ASK; Virtuoso 7 gives it as a table with one row or none.

    Raises:
        ValueError: it is another table.
    """
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    if [variable.value for variable in results.variables] != [_ASK_VARIABLE]:
        raise ValueError("it holds rows, and not true or false")
    rows = [row[0] for row in islice(results, 2)]
    return any(isinstance(term, ox.Literal) and term.value not in {"0", "false"} for term in rows)
