"""One query in one worker: from the request to the last byte, and to the worker's release or burial."""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, cast

from rolegraph.endpoint.keeper import Keeper
from rolegraph.endpoint.lanes import Lanes, Slot
from rolegraph.endpoint.process import Death, Worker
from rolegraph.endpoint.wire import Frame, PeerGone, RequestUnread, pack_json, send
from rolegraph.endpoint.worker import EXIT_MEMORY
from rolegraph.errors import Forbidden, QueryError, QueryMemory, QueryTimeout, RolegraphError, WorkerFailure
from rolegraph.results import GRAPHS, SOLUTIONS, Kind, ResultFormat, not_acceptable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A query to run, and the format for either kind of result (None: not acceptable).

    With `max_rows` the answer is instead one JSON object for a page: `variables`, that many `rows`
    of terms, and `more`; or `boolean`.
    """

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions: ResultFormat | None = SOLUTIONS[0]
    graph: ResultFormat | None = GRAPHS[0]
    max_rows: int | None = None

    def to_frame(self) -> bytes:
        """The request as a worker reads it."""
        return pack_json(
            Frame.REQUEST,
            {
                "query": self.query,
                "default_graphs": self.default_graphs,
                "named_graphs": self.named_graphs,
                "solutions": self.solutions and self.solutions.media_type,
                "graph": self.graph and self.graph.media_type,
                "max_rows": self.max_rows,
            },
        )


class Answer(Iterator[bytes]):
    """The bytes of a result. `is_whole` says that all of them are here and the worker is free.

    Iterating may raise QueryTimeout, QueryMemory or WorkerFailure: what came before is then a part
    of the result. `close` must be called unless the iteration ended.
    """

    def __init__(self, kind: Kind, content_type: str, chunks: list[bytes], run: Run | None) -> None:
        self.kind = kind
        self.content_type = content_type
        self.is_whole = run is None
        self._chunks = chunks
        self._run = run

    def __next__(self) -> bytes:
        if self._chunks:
            return self._chunks.pop(0)
        if self._run is None:
            raise StopIteration
        run, self._run = self._run, None  # a run that fails has given up its worker already
        chunk = run.next_chunk()
        if chunk is None:
            raise StopIteration
        self._run = run
        return chunk

    def close(self) -> None:
        """Stop the query if it still runs."""
        if self._run is not None:
            self._run.stop()
            self._run = None


class Run:
    """One query in one worker, from the request to the free or replaced worker."""

    def __init__(
        self, lanes: Lanes, keeper: Keeper, slot: Slot, request: RunRequest, timeout_s: float
    ) -> None:
        self._lanes = lanes
        self._keeper = keeper
        self._slot = slot
        self._worker = cast("Worker", slot.worker)
        self._request = request
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s

    def start(self) -> Answer:
        """Send the query, and wait for the first bytes or the end of its result.

        Raises:
            RequestUnread: the worker had died idle, so that another should have the query.
        """
        try:
            send(self._worker.connection, self._request.to_frame(), self._deadline)
            kind, payload = self._worker.reader.read(self._deadline)
        except RequestUnread:
            self._keeper.bury(self._slot, self._worker)
            raise
        except (TimeoutError, PeerGone) as error:
            self._fail(error)
        if kind is Frame.ERROR:
            self._lanes.release(self._slot)
            raise self._refusal(json.loads(payload))
        head = json.loads(payload)
        first = self.next_chunk() or b""
        is_whole = head["whole"] and self.next_chunk() is None
        return Answer(head["kind"], self._content_type(head["kind"]), [first], None if is_whole else self)

    def _content_type(self, kind: Kind) -> str:
        if self._request.max_rows is not None:
            return "application/json"
        chosen = self._request.graph if kind == "graph" else self._request.solutions
        return chosen.content_type if chosen else ""

    def _refusal(self, error: dict[str, str]) -> RolegraphError:
        if error["kind"] == "forbidden":
            return Forbidden(error["message"])
        if error["kind"] == "format":
            formats = GRAPHS if error["message"] == "graph" else SOLUTIONS
            return not_acceptable("the result of this query has other formats", formats)
        return QueryError(error["message"])

    def next_chunk(self) -> bytes | None:
        """The next frame's bytes; None after the last, when the worker is free again."""
        kind, payload = self._read()
        if kind is Frame.DATA:
            return payload
        self._lanes.release(self._slot)
        if kind is Frame.ERROR:
            raise self._refusal(json.loads(payload))
        return None

    def stop(self) -> None:
        """End the worker, which is in the middle of a query that nobody waits for."""
        self._worker.kill()
        self._keeper.bury(self._slot, self._worker)

    def _read(self) -> tuple[Frame, bytes]:
        try:
            return self._worker.reader.read(self._deadline)
        except (TimeoutError, PeerGone) as error:
            self._fail(error)

    def _fail(self, error: TimeoutError | PeerGone) -> NoReturn:
        """Replace the worker, and say what happened to the query."""
        if isinstance(error, TimeoutError):
            self.stop()
            raise QueryTimeout(f"the query ran longer than {self._timeout_s:g} s and was stopped") from error
        death = self._keeper.bury(self._slot, self._worker)
        logger.warning("worker %d ended in a query: %s", self._worker.pid, death)
        if death is not None and _ran_out_of_memory(death):
            raise QueryMemory("the query needed more memory than one query may have") from error
        cause = "its loader ended" if death is None else _describe(death.exit)
        raise WorkerFailure(f"the query's worker ended before its answer was complete: {cause}") from error


def _ran_out_of_memory(death: Death) -> bool:
    # Rust aborts when an allocation fails, and says so.
    is_abort = death.exit == -signal.SIGABRT and "memory allocation of" in death.stderr
    return is_abort or death.exit == EXIT_MEMORY or "MemoryError" in death.stderr


def _describe(exit_code: int) -> str:
    return signal.Signals(-exit_code).name if exit_code < 0 else f"exit status {exit_code}"
