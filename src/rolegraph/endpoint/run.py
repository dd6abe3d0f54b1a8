"""One request in one worker: the request's bytes out, the answer's bytes in, and what became of them."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol, cast

import msgspec

from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.lanes import Lanes, Slot
from rolegraph.endpoint.process import Death, Worker
from rolegraph.endpoint.wire import Frame, PeerGone, RequestUnread, pack_json, send
from rolegraph.endpoint.worker import EXIT_MEMORY
from rolegraph.errors import (
    Cancelled,
    Forbidden,
    QueryError,
    QueryMemory,
    QueryTimeout,
    RolegraphError,
    StoreError,
    UnknownGraph,
    UpstreamFailure,
    WorkerFailure,
)
from rolegraph.results import GRAPHS, SOLUTIONS, Kind, ResultFormat, not_acceptable
from rolegraph.store import HistoryGraphs

logger = logging.getLogger(__name__)

_FRAMES_AT_ONCE: Final = 3
"""An answer that is whole in its first frame: its head, its bytes and the end."""
_REFUSALS: Final[dict[str, type[RolegraphError]]] = {
    "forbidden": Forbidden,
    "query": QueryError,
    "remote": UpstreamFailure,
    "store": StoreError,
    "unknown graph": UnknownGraph,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A query to run, and the format for either kind of result (None: not acceptable).

    With `max_rows` the answer is instead one JSON object for a page: `variables`, that many `rows`
    of terms, and `more`; or `boolean`. With `whole_graph` there is no query: the answer is that graph
    in the format `graph`, "" being the default graph. Relative IRIs are resolved against `base_iri`.
    """

    query: str = ""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    solutions: ResultFormat | None = SOLUTIONS[0]
    graph: ResultFormat | None = GRAPHS[0]
    max_rows: int | None = None
    whole_graph: str | None = None
    base_iri: str | None = None

    def to_frame(self, store_path: str, graphs: HistoryGraphs | None = None) -> bytes:
        """The request as a worker reads it.

        Args:
            store_path: the store to open, "" for the one that the worker began with.
            graphs: what is what in a store that holds releases.
        """
        return pack_json(
            Frame.REQUEST,
            {
                "store": store_path,
                "graphs": graphs and {"current": graphs.current, "historic": sorted(graphs.historic)},
                "query": self.query,
                "default_graphs": self.default_graphs,
                "named_graphs": self.named_graphs,
                "solutions": self.solutions and self.solutions.media_type,
                "graph": self.graph and self.graph.media_type,
                "max_rows": self.max_rows,
                "whole_graph": self.whole_graph,
                "base_iri": self.base_iri,
            },
        )

    def content_type(self, kind: Kind) -> str:
        """The media type of an answer of this kind."""
        if self.max_rows is not None:
            return "application/json"
        chosen = self.graph if kind == "graph" else self.solutions
        return chosen.content_type if chosen else ""


class AnswerSource(Protocol):
    """Where the rest of an answer comes from."""

    def next_chunk(self) -> bytes | None:
        """The next bytes; None after the last, when the source has let go of everything."""

    def stop(self) -> None:
        """Give up what has not come yet."""


class Answer(Iterator[bytes]):
    """The bytes of a result. `is_whole` says that all of them are here and nothing runs any more.

    `generation` names the data that the answer is from; "" when nobody knows. Iterating may raise
    any error that running may: what came before is then a part of the result. `close` must be called
    unless the iteration ended.
    """

    def __init__(
        self,
        kind: Kind,
        content_type: str,
        chunks: list[bytes],
        run: AnswerSource | None,
        generation: str = "",
    ) -> None:
        self.kind = kind
        self.content_type = content_type
        self.is_whole = run is None
        self.generation = generation
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


@dataclass(frozen=True, slots=True)
class Data:
    """The data that a run reads: its identity, the store to open ("": the worker's own), its release.

    `graphs` says what is what in a store that holds releases of the catalog.
    """

    generation: str
    store_path: str
    release: Callable[[], None]
    graphs: HistoryGraphs | None = None


class Run:
    """One request in one worker, from the request to the free or replaced worker."""

    def __init__(
        self,
        lanes: Lanes,
        slot: Slot,
        request: RunRequest,
        data: Data,
        timeout_s: float,
        cancellation: Cancellation,
    ) -> None:
        self._lanes = lanes
        self._slot = slot
        self._worker = cast("Worker", slot.worker)
        self._request = request
        self._data = data
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s
        self._cancellation = cancellation
        self._frames: list[tuple[Frame, bytes]] = []  # those that `receive_now` has read already

    def start(self) -> Answer:
        """Send the query, and wait for the first bytes or the end of its result.

        Raises:
            RequestUnread: the worker had died idle, so that another should have the query.
        """
        self.send()
        return self.receive()

    @property
    def descriptor(self) -> int:
        """What becomes readable when something of the answer is there."""
        return self._worker.connection.fileno()

    def send(self) -> None:
        """Send the query.

        Raises:
            RequestUnread: the worker had died idle, so that another should have the query.
        """
        try:
            self._cancellation.attach(self._worker.kill)
        except Cancelled:
            self._free()
            raise
        frame = self._request.to_frame(self._data.store_path, self._data.graphs)
        try:
            send(self._worker.connection, frame, self._deadline)
        except RequestUnread as error:
            self._give_back_unread(error)
        except TimeoutError as error:
            self._fail(error)

    def receive_now(self) -> Answer | None:
        """The answer, if all of it has arrived; None leaves the rest to `receive`. Never waits.

        Raises:
            RequestUnread: as `send`.
        """
        try:
            while not self._frames or self._frames[-1][0] in {Frame.HEAD, Frame.DATA}:
                frame = self._worker.reader.read_now()
                if frame is None:
                    return None
                self._frames.append(frame)
                if len(self._frames) > _FRAMES_AT_ONCE:
                    return None
        except RequestUnread as error:
            self._give_back_unread(error)
        except PeerGone as error:
            self._fail(error)
        return self.receive()

    def receive(self) -> Answer:
        """Wait for the first bytes or the end of the result.

        Raises:
            RequestUnread: as `send`.
        """
        try:
            kind, payload = self._read()
        except RequestUnread as error:
            self._give_back_unread(error)
        except (TimeoutError, PeerGone) as error:
            self._fail(error)
        if kind is Frame.ERROR:
            self._free()
            raise _refusal(msgspec.json.decode(payload))
        head = msgspec.json.decode(payload)
        first = self.next_chunk() or b""
        is_whole = head["whole"] and self.next_chunk() is None
        content_type = self._request.content_type(head["kind"])
        return Answer(head["kind"], content_type, [first], None if is_whole else self, self._data.generation)

    def next_chunk(self) -> bytes | None:
        """The next frame's bytes; None after the last, when the worker is free again."""
        try:
            kind, payload = self._read()
        except (TimeoutError, PeerGone) as error:
            self._fail(error)
        if kind is Frame.DATA:
            return payload
        self._free()
        if kind is Frame.ERROR:
            raise _refusal(msgspec.json.decode(payload))
        return None

    def stop(self) -> None:
        """End the worker, which is in the middle of a query that nobody waits for."""
        self._worker.kill()
        self._bury()

    def _read(self) -> tuple[Frame, bytes]:
        return self._frames.pop(0) if self._frames else self._worker.reader.read(self._deadline)

    def _give_back_unread(self, error: RequestUnread) -> NoReturn:
        self._bury()
        if self._cancellation.is_cancelled:
            raise Cancelled("the client left") from error
        raise error

    def _free(self) -> None:
        self._cancellation.detach()
        self._data.release()
        self._lanes.release(self._slot)

    def _bury(self) -> Death | None:
        self._cancellation.detach()
        self._data.release()
        return self._slot.owner.bury(self._slot, self._worker)

    def _fail(self, error: TimeoutError | PeerGone) -> NoReturn:
        """Replace the worker, and say what happened to the query."""
        if isinstance(error, TimeoutError):
            self.stop()
            raise QueryTimeout(f"the query ran longer than {self._timeout_s:g} s and was stopped") from error
        death = self._bury()
        if self._cancellation.is_cancelled:
            raise Cancelled("the client left") from error
        logger.warning("worker %d ended in a query: %s", self._worker.pid, death)
        if death is not None and _ran_out_of_memory(death):
            raise QueryMemory("the query needed more memory than one query may have") from error
        cause = "its loader ended" if death is None else _describe(death.exit)
        raise WorkerFailure(f"the query's worker ended before its answer was complete: {cause}") from error


def _refusal(error: dict[str, str]) -> RolegraphError:
    kind, message = error["kind"], error["message"]
    if kind == "format":
        formats = GRAPHS if message == "graph" else SOLUTIONS
        return not_acceptable("the result of this query has other formats", formats)
    return _REFUSALS[kind](message)


def _ran_out_of_memory(death: Death) -> bool:
    # Rust aborts when an allocation fails, and says so.
    is_abort = death.exit == -signal.SIGABRT and "memory allocation of" in death.stderr
    return is_abort or death.exit == EXIT_MEMORY or "MemoryError" in death.stderr


def _describe(exit_code: int) -> str:
    return signal.Signals(-exit_code).name if exit_code < 0 else f"exit status {exit_code}"
