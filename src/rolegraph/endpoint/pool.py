"""Query in, answer out: runs each query in a worker process under a deadline and a memory cap."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from rolegraph.endpoint.keeper import Keeper
from rolegraph.endpoint.lanes import Lanes, Slot
from rolegraph.endpoint.run import Answer, Run, RunRequest
from rolegraph.endpoint.wire import RequestUnread
from rolegraph.errors import QueryTimeout

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """Limits of a pool.

    `workers` counts the general ones; one more is reserved for short queries, which get
    `short_timeout_s` there and may answer with `short_answer_bytes`.
    """

    workers: int = field(default_factory=lambda: max(2, os.cpu_count() or 1))
    timeout_s: float = 30.0
    memory_mb: int = 1024
    memory_budget_mb: int = 4096
    queue_wait_s: float = 5.0
    short_timeout_s: float = 0.25
    short_answer_bytes: int = 4 * MIB

    def fits_memory(self, quads: int) -> bool:
        """Whether snapshot and workers fit the memory budget.

        Shared pages become private as they are read, so each worker counts with a whole copy.
        """
        workers = self.workers + 1
        needed = (1 + workers) * BYTES_PER_QUAD * quads + workers * self.memory_mb * MIB
        return needed <= self.memory_budget_mb * MIB


class Pool:
    """Worker processes over one snapshot."""

    def __init__(self, snapshot: SnapshotLike, options: PoolOptions | None = None) -> None:
        """Start the processes.

        Raises:
            StoreError: the snapshot cannot be loaded.
        """
        self.snapshot = snapshot
        self.options = options or PoolOptions()
        self.is_in_memory = self.options.fits_memory(snapshot.quads)
        self._lanes = Lanes()
        general = [Slot(number, is_reserved=False) for number in range(self.options.workers)]
        self._slots = [*general, Slot(len(general), is_reserved=True)]
        started = time.monotonic()
        self._keeper = Keeper(
            [
                "memory" if self.is_in_memory else "disk",
                str(snapshot.dump_path),
                str(snapshot.store_path),
                str(self.options.memory_mb * MIB),
            ],
            self._lanes,
            self._slots,
        )
        where = "in memory" if self.is_in_memory else "on disk"
        logger.info("snapshot %s %s, %.1f s", snapshot.id[:12], where, time.monotonic() - started)

    def run(self, request: RunRequest) -> Answer:
        """Run a query; returns once the first 64 KiB or the end of its result is here.

        Raises:
            QueryError: the engine does not accept it.
            Forbidden: it has a SERVICE clause.
            NotAcceptable: its kind of result has no acceptable format.
            Busy: no worker came free in time.
            QueryTimeout, QueryMemory, WorkerFailure: it was stopped before the first bytes.
        """
        while True:
            try:
                return self._run_once(request)
            except RequestUnread:  # the worker had died idle, which is not this query's fault
                continue

    def _run_once(self, request: RunRequest) -> Answer:
        options = self.options
        wait_s = min(options.queue_wait_s, options.timeout_s)
        slot = self._take(may_use_reserved=True, wait_s=wait_s)
        if slot.is_reserved:
            answer = self._try_short(slot, request)
            if answer is not None:
                return answer
            slot = self._take(may_use_reserved=False, wait_s=wait_s)
        return Run(self._lanes, self._keeper, slot, request, options.timeout_s).start()

    def _take(self, *, may_use_reserved: bool, wait_s: float) -> Slot:
        deadline = time.monotonic() + wait_s
        while True:
            left = max(0.0, deadline - time.monotonic())
            slot = self._lanes.acquire(may_use_reserved=may_use_reserved, wait_s=left)
            worker = slot.worker
            if worker is not None and worker.is_alive():
                return slot
            if worker is not None:
                self._keeper.bury(slot, worker)

    def _try_short(self, slot: Slot, request: RunRequest) -> Answer | None:
        """Run in the reserved worker; None when the query is not short."""
        options = self.options
        run = Run(self._lanes, self._keeper, slot, request, min(options.short_timeout_s, options.timeout_s))
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
        return Answer(answer.kind, answer.content_type, chunks, None)

    def status(self) -> dict[str, Any]:
        """Counts for a health check."""
        alive = sum(1 for slot in self._slots if slot.worker is not None)
        return {
            "snapshot": self.snapshot.id,
            "in_memory": self.is_in_memory,
            "workers": len(self._slots),
            "workers_alive": alive if self._keeper.is_loader_alive() else 0,
            "workers_idle": self._lanes.idle,
            "waiting": self._lanes.waiting,
        }

    def processes(self) -> list[int]:
        """The process ids of the loader and its workers."""
        workers = [slot.worker for slot in self._slots]
        return [self._keeper.loader_pid, *(worker.pid for worker in workers if worker is not None)]

    def close(self) -> None:
        """Stop all queries and end all processes."""
        self._lanes.close()
        self._keeper.close()
