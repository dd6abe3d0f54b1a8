"""Query in, answer out: runs each query in a worker process under a deadline and a memory cap."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.keeper import Keeper
from rolegraph.endpoint.lanes import Lanes, Slot
from rolegraph.endpoint.run import Answer, Data, Run, RunRequest
from rolegraph.endpoint.wire import RequestUnread
from rolegraph.errors import QueryTimeout
from rolegraph.store import HistoryGraphs

logger = logging.getLogger(__name__)

BYTES_PER_QUAD: Final = 340
"""Memory of a quad in Oxigraph's in-memory store, measured on 3.3 million."""
MIB: Final = 1 << 20


class SnapshotLike(Protocol):
    """What the pool needs to know of a snapshot."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def dump_path(self) -> Path: ...  # noqa: D102
    @property
    def store_path(self) -> Path: ...  # noqa: D102
    @property
    def quads(self) -> int: ...  # noqa: D102


class HistoryLike(Protocol):
    """What the pool needs to know of a store that holds releases beside a snapshot's graphs."""

    @property
    def generation(self) -> str: ...  # noqa: D102
    @property
    def store_path(self) -> Path: ...  # noqa: D102
    @property
    def graphs(self) -> HistoryGraphs: ...  # noqa: D102


class GenerationLike(Protocol):
    """A state of a writer's data that does not change any more."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def store_path(self) -> Path: ...  # noqa: D102


class GenerationSource(Protocol):
    """What the pool needs to know of a writer."""

    @property
    def generation(self) -> GenerationLike: ...  # noqa: D102
    def lease(self) -> AbstractContextManager[GenerationLike]: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """Limits of a pool.

    `workers` counts the general ones; one more is reserved for short queries, which get
    `short_timeout_s` there and may answer with `short_answer_bytes`. Queries may call servers of
    `allowed_origins` by SERVICE; without any, workers have no network where the kernel permits.
    """

    workers: int = field(default_factory=lambda: max(2, os.cpu_count() or 1))
    timeout_s: float = 30.0
    memory_mb: int = 1024
    memory_budget_mb: int = 4096
    queue_wait_s: float = 5.0
    short_timeout_s: float = 0.25
    short_answer_bytes: int = 4 * MIB
    allowed_origins: frozenset[str] = frozenset()

    def fits_memory(self, quads: int) -> bool:
        """Whether snapshot and workers fit the memory budget.

        Shared pages become private as they are read, so each worker counts with a whole copy.
        """
        workers = self.workers + 1
        needed = (1 + workers) * BYTES_PER_QUAD * quads + workers * self.memory_mb * MIB
        return needed <= self.memory_budget_mb * MIB


class Pool:
    """Worker processes over one snapshot at a time, or over the generations of a writer."""

    def __init__(
        self,
        snapshot: SnapshotLike,
        options: PoolOptions | None = None,
        writer: GenerationSource | None = None,
        history: HistoryLike | None = None,
    ) -> None:
        """Start the processes.

        Args:
            snapshot: what the queries are about.
            options: limits.
            writer: whose newest generation each query reads; it works on the disk, and so do the workers.
                The caller closes it after the pool.
            history: the store for queries that name a release; workers open it when one comes.

        Raises:
            StoreError: the snapshot cannot be loaded.
        """
        self.options = options or PoolOptions()
        self.writer = writer
        self.history = history
        self._lanes = Lanes()
        self._lock = threading.Lock()
        self._keepers: list[Keeper] = []
        self.snapshot = snapshot
        self.is_in_memory = False
        self._keeper = self._load(snapshot)

    def _load(self, snapshot: SnapshotLike) -> Keeper:
        started = time.monotonic()
        is_in_memory = self.writer is None and self.options.fits_memory(snapshot.quads)
        keeper = Keeper(
            [
                "memory" if is_in_memory else "disk",
                str(snapshot.dump_path),
                str(snapshot.store_path),
                str(self.options.memory_mb * MIB),
                json.dumps(sorted(self.options.allowed_origins)),
            ],
            self._lanes,
            self.options.workers,
            snapshot.id,
        )
        where = "in memory" if is_in_memory else "on disk"
        logger.info("snapshot %s %s, %.1f s", snapshot.id[:12], where, time.monotonic() - started)
        self.snapshot, self.is_in_memory = snapshot, is_in_memory
        self._keepers.append(keeper)
        return keeper

    def follow(self, history: HistoryLike | None) -> None:
        """Answer queries that name a release from another store from now on."""
        self.history = history

    def swap(self, snapshot: SnapshotLike, history: HistoryLike | None = None) -> None:
        """Answer from another snapshot and its releases from now on; queries that run end on the old one.

        In memory mode both are in memory for that time.

        Raises:
            StoreError: it cannot be loaded; the old one stays.
        """
        with self._lock:
            self._keepers = [keeper for keeper in self._keepers if not keeper.has_ended]
            old, self._keeper = self._keeper, self._load(snapshot)
            self.history = history
            old.retire()

    @property
    def generation(self) -> str:
        """The identity of the data that a query meets now."""
        return self.writer.generation.id if self.writer else self._keeper.generation

    @property
    def generations(self) -> tuple[str, ...]:
        """The identities of all the data that queries may meet now: the current, and that with releases."""
        history = self.history
        return (self.generation, history.generation) if history else (self.generation,)

    def generation_of(self, request: RunRequest) -> str:
        """The identity of the data that this query meets now, which has releases in it where it names one."""
        history = self._history_for(request)
        return history.generation if history else self.generation

    def _history_for(self, request: RunRequest) -> HistoryLike | None:
        history = self.history
        if history is None:
            return None
        if request.whole_graph is not None:
            return history if request.whole_graph in history.graphs.historic else None
        datasets = request.default_graphs, request.named_graphs
        return history if history.graphs.are_named(request.query, *datasets, request.base_iri) else None

    def run(self, request: RunRequest, cancellation: Cancellation | None = None) -> Answer:
        """Run a query; returns once the first 64 KiB or the end of its result is here.

        Raises:
            QueryError: the engine does not accept it.
            Forbidden: it calls a server that is not allowed.
            NotAcceptable: its kind of result has no acceptable format.
            Busy: no worker came free in time.
            Cancelled: the request was cancelled.
            QueryTimeout, QueryMemory, WorkerFailure: it was stopped before the first bytes.
        """
        switch = cancellation or Cancellation()
        while True:
            try:
                return self._run_once(request, switch)
            except RequestUnread:  # the worker had died idle, which is not this query's fault
                continue

    def begin(self, request: RunRequest, cancellation: Cancellation) -> Run | None:
        """Send a query to a worker that is free, without waiting for anything.

        Returns:
            the run, whose answer the caller must receive or stop; None when no worker is free.
        """
        slot = self._lanes.acquire_now()
        if slot is None:
            return None
        # A worker that died idle shows by the query that it does not read.
        run = self._run_in(slot, request, self.options.timeout_s, cancellation)
        try:
            run.send()
        except RequestUnread:
            return None
        return run

    def _run_once(self, request: RunRequest, cancellation: Cancellation) -> Answer:
        options = self.options
        wait_s = min(options.queue_wait_s, options.timeout_s)
        slot = self._take(may_use_reserved=True, wait_s=wait_s, cancellation=cancellation)
        if slot.is_reserved:
            answer = self._try_short(slot, request, cancellation)
            if answer is not None:
                return answer
            slot = self._take(may_use_reserved=False, wait_s=wait_s, cancellation=cancellation)
        return self._run_in(slot, request, options.timeout_s, cancellation).start()

    def _run_in(self, slot: Slot, request: RunRequest, timeout_s: float, cancellation: Cancellation) -> Run:
        return Run(self._lanes, slot, request, self._lend(slot, request), timeout_s, cancellation)

    def _lend(self, slot: Slot, request: RunRequest) -> Data:
        """What a run in this slot reads; a writer keeps a generation for as long as it is lent."""
        history = self._history_for(request)
        if history is not None:
            return Data(history.generation, str(history.store_path), lambda: None, history.graphs)
        if self.writer is None:
            return Data(slot.owner.generation, "", lambda: None)
        stack = ExitStack()
        generation = stack.enter_context(self.writer.lease())
        return Data(generation.id, str(generation.store_path), stack.close)

    def _take(self, *, may_use_reserved: bool, wait_s: float, cancellation: Cancellation) -> Slot:
        deadline = time.monotonic() + wait_s
        while True:
            left = max(0.0, deadline - time.monotonic())
            slot = self._lanes.acquire(
                may_use_reserved=may_use_reserved, wait_s=left, cancellation=cancellation
            )
            worker = slot.worker
            if worker is not None and worker.is_alive():
                return slot
            if worker is not None:
                slot.owner.bury(slot, worker)

    def _try_short(self, slot: Slot, request: RunRequest, cancellation: Cancellation) -> Answer | None:
        """Run in the reserved worker; None when the query is not short."""
        options = self.options
        run = self._run_in(slot, request, min(options.short_timeout_s, options.timeout_s), cancellation)
        try:
            answer = run.start()
            chunks, size = [], 0
            for chunk in answer:
                chunks.append(chunk)
                size += len(chunk)
                if size > options.short_answer_bytes:
                    answer.close()
                    return None
        except QueryTimeout:
            return None
        return Answer(answer.kind, answer.content_type, chunks, None, answer.generation)

    def status(self) -> dict[str, Any]:
        """Counts for a health check."""
        alive = sum(1 for slot in self._keeper.slots if slot.worker is not None)
        return {
            "snapshot": self.snapshot.id,
            "generation": self.generation,
            "in_memory": self.is_in_memory,
            "has_network": not self._keeper.loader.has_no_network,
            "workers": len(self._keeper.slots),
            "workers_alive": alive if self._keeper.is_loader_alive() else 0,
            "workers_idle": self._lanes.idle,
            "waiting": self._lanes.waiting,
        }

    def processes(self) -> list[int]:
        """The process ids of the loaders and their workers."""
        found = []
        for keeper in self._keepers:
            workers = [slot.worker for slot in keeper.slots]
            found += [keeper.loader_pid, *(worker.pid for worker in workers if worker is not None)]
        return found

    def close(self) -> None:
        """Stop all queries and end all processes."""
        self._lanes.close()
        for keeper in self._keepers:
            keeper.close()
