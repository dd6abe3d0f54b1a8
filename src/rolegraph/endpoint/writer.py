r"""Updates and graph writes in, durable generations out: the server's side of writable mode.

**What is durable.** A write is not kept as text to be run again: NOW, UUID, RAND, BNODE and LOAD would
give something else the second time. The store itself is kept. Each write makes a *generation*, a whole
store whose tables are hard links, and the log names the generations that count. A write is made so:

1. The writer process changes its working copy (`live-…`). Nothing is synced, nothing refers to it.
2. It makes `generations/<n>-<t>/`: links to the engine's tables, and copies of its manifest and of its
   log of changes. Then every file and folder that the generation before did not have is synced, so
   that the new one is whole after a power loss, whatever the engine syncs.
3. The server appends a line to the log and syncs it. *This is the moment at which the write counts.*
4. Readers get the new generation, and then the client its answer.

**What a kill or a power loss leaves.** Before the line of step 3 is whole on the disk: a working copy
and perhaps a folder that no line names, which the next start removes; a line without its end, which
it cuts off. The write was not acknowledged and is not there at all. From then on: a whole line that
names a whole store; the write is there, whether or not the client heard of it. A working copy is never
trusted again: a writer process starts from hard links of the last generation in the log. So all
failures are one case - deadline, memory, full disk, killed process, killed server - and since the
server alone appends to the log, a write that it reports as failed never shows up later. (Two
exceptions, of which neither loses anything acknowledged: the server ends between steps 3 and 4, so
that the client hears nothing; or the sync of the log fails and so does taking the line back, after
which the log takes no more writes, and the next start finds out.)

**Another snapshot.** Writes belong to the snapshot they were made on. When that is another one than the
catalog has now, `WriterOptions.writes` says what to do: `refuse` to start, `carry` their net effect over
(see `writer_carry`: the quads that they added and removed, not their text), or `discard` them. Neither
deletes anything: the old folder gets a dated name.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeVar

from rolegraph.endpoint.wire import RequestUnread
from rolegraph.endpoint.writer_folder import open_or_create, others, set_aside, take_lock
from rolegraph.endpoint.writer_leases import Generation, Leases
from rolegraph.endpoint.writer_link import Caps, WriterProcess
from rolegraph.endpoint.writer_log import Kind, Record, now
from rolegraph.errors import Busy, Forbidden, QueryMemory, QueryTimeout, StoreError, WorkerFailure

logger = logging.getLogger(__name__)

__all__ = ["Generation", "Writer", "WriterOptions"]

_MIB: Final = 1 << 20
_Result = TypeVar("_Result")


class SnapshotLike(Protocol):
    """What the writer needs to know of a snapshot."""

    @property
    def id(self) -> str: ...
    @property
    def store_path(self) -> Path: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterOptions:
    """Limits of a writer.

    `timeout_s` bounds one write, its generation included; `queue_wait_s` the time before it begins, and
    `max_waiting` how many may wait. `allowed` holds the origins that LOAD and SERVICE may reach.
    `max_file_mb` bounds each file that the writer process writes (0: no bound).
    """

    timeout_s: float = 30.0
    memory_mb: int = 1024
    queue_wait_s: float = 5.0
    max_waiting: int = 16
    allowed: frozenset[str] = frozenset()
    writes: Literal["refuse", "carry", "discard"] = "refuse"
    max_file_mb: int = 0


class Writer:
    """The one that writes to a catalog's data. Any thread may call it; writes are made one by one."""

    def __init__(self, folder: Path, snapshot: SnapshotLike, options: WriterOptions | None = None) -> None:
        """Recover what is in the folder, and start the writer process.

        Args:
            folder: `<catalog>/.rolegraph/writable`; the writes on each snapshot get a folder in it.
            snapshot: what is written to; its own files are never touched.
            options: limits, and what to do with writes on another snapshot.
        Raises:
            StoreError: another server writes here, the folder is damaged, or it holds writes on another
                snapshot and the options do not say what to do with them.
        """
        self.options = options or WriterOptions()
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._waiting = 0
        self._writes_made = 0
        self._starts = 0
        self._is_closed = False
        self._process: WriterProcess | None = None
        self._folder_lock = take_lock(folder)
        # One permanent thread: it makes the writes, and the kernel ties the process's life to it.
        self._thread = ThreadPoolExecutor(1, "rolegraph-writer")
        try:
            self._writes = open_or_create(folder, snapshot.id, snapshot.store_path)
            self._leases = Leases(self._generation(self._writes.log.last))
            self._thread.submit(self._start).result()
            self._settle_others(folder)
        except BaseException:
            self.close()
            raise

    @property
    def generation(self) -> Generation:
        """The newest generation that is published."""
        return self._leases.newest

    def lease(self) -> AbstractContextManager[Generation]:
        """Hold the newest generation, whose folder stays for that long."""
        return self._leases.lease()

    def update(
        self,
        text: str,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base_iri: str | None = None,
    ) -> Generation:
        """Run a SPARQL update.

        Args:
            text: the update.
            default_graphs: `using-graph-uri` (SPARQL 1.1 Protocol 2.2.3).
            named_graphs: `using-named-graph-uri`.
            base_iri: what relative IRIs are resolved against where the update has no BASE.
        Raises:
            QueryError, Forbidden: it cannot be run, or asks for what this server does not do.
            Busy: other writes took too long.
            QueryTimeout, QueryMemory, WorkerFailure: it was stopped, and nothing of it is kept.
            StoreError: the disk failed, and nothing of it is kept.
        """
        fields = {
            "text": text,
            "default_graphs": list(default_graphs),
            "named_graphs": list(named_graphs),
            "allowed": sorted(self.options.allowed),
            "base_iri": base_iri,
        }
        return self._write("update", fields)[0]

    def put_graph(
        self, graph: str | None, data: Path | bytes, media_type: str, base_iri: str
    ) -> tuple[Generation, bool]:
        """Replace a graph (None: the default graph); says also whether it is new.

        Raises:
            UnsupportedMediaType, QueryError: the data cannot be read; the message says the line.
            Others: as `update` does.
        """
        return self._write_graph("put", graph, data, media_type, base_iri)

    def post_graph(
        self, graph: str | None, data: Path | bytes, media_type: str, base_iri: str
    ) -> tuple[Generation, bool]:
        """Merge triples into a graph, blank nodes apart from all others; raises what `put_graph` does."""
        return self._write_graph("post", graph, data, media_type, base_iri)

    def _write_graph(
        self, kind: Kind, graph: str | None, data: Path | bytes, media_type: str, base_iri: str
    ) -> tuple[Generation, bool]:
        fields = {"graph": graph, "media_type": media_type, "base_iri": base_iri, "path": None}
        if isinstance(data, Path):
            return self._write(kind, {**fields, "path": str(data)})
        return self._write(kind, fields, data)

    def delete_graph(self, graph: str | None) -> Generation:
        """Remove a graph; the default graph (None) always exists and is emptied.

        Raises:
            UnknownGraph: there is none of that name.
            Others: as `update` does.
        """
        return self._write("delete", {"graph": graph})[0]

    def _write(
        self, kind: Kind, fields: dict[str, Any], body: bytes | None = None
    ) -> tuple[Generation, bool]:
        return self._in_turn(lambda: self._make(kind, fields, body, self.options.timeout_s))

    def _in_turn(self, job: Callable[[], _Result]) -> _Result:
        """Run a job when those before it are done."""
        with self._lock:
            if self._is_closed:
                raise Busy("the server is shutting down")
            if self._waiting > self.options.max_waiting:
                raise Busy("another write is being made and the queue is full; try again")
            self._waiting += 1
            future = self._thread.submit(job)
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        try:
            if not done.wait(self.options.queue_wait_s) and future.cancel():
                waited = f"for {self.options.queue_wait_s:.3g} s now"
                raise Busy(f"another write is being made, {waited}; try again")
            return future.result()
        except CancelledError as error:
            raise Busy("the server is shutting down") from error
        finally:
            with self._lock:
                self._waiting -= 1

    def _make(
        self,
        kind: Kind,
        fields: dict[str, Any],
        body: bytes | None = None,
        timeout_s: float | None = None,
        source: str = "",
    ) -> tuple[Generation, bool]:
        """Make one write, in the writer's thread: process, log, readers."""
        sequence = self._writes.log.last.sequence + 1
        target = self._writes.new_generation(sequence)
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            is_new = self._ask({"do": kind, "target": str(target), **fields}, body, deadline)
            graph = fields.get("graph")
            record = Record(sequence, target.name, kind, at=now(), graph=graph, source=source)
            self._writes.log.append(record)
        except (QueryMemory, WorkerFailure):
            self._give_up()
            raise
        except Forbidden:  # an OSError to Python
            raise
        except TimeoutError as error:
            self._give_up()
            raise QueryTimeout(f"the write took longer than {timeout_s:g} s and was stopped") from error
        except OSError as error:
            self._give_up()
            reason = f"the write was not made and nothing of it is kept ({error})"
            raise StoreError(f"{reason}; see to the disk, and send it again") from error
        before = self._leases.publish(self._generation(record))
        self._writes_made += 1
        with suppress(RuntimeError):  # closing; the next start removes it
            self._thread.submit(self._leases.retire, before)  # after the answer
        return self._leases.newest, is_new

    def _ask(self, request: dict[str, Any], body: bytes | None, deadline: float | None) -> bool:
        """Have the process make a write; returns whether it made a new graph."""
        try:
            return self._start().write(request, body, deadline)
        except RequestUnread:
            self._give_up()  # it ended before it had read all of it, so it cannot have begun
        process = self._start()
        try:
            return process.write(request, body, deadline)
        except RequestUnread as error:
            raise process.death() from error

    def _start(self) -> WriterProcess:
        """The process; a new one, on the last generation, where it has ended."""
        if self._process is not None and self._process.is_alive():
            return self._process
        self._give_up()
        self._writes.remove_left_overs(self._leases.held())
        options = self.options
        caps = Caps(
            memory_bytes=options.memory_mb * _MIB,
            file_bytes=options.max_file_mb * _MIB,
            network="open" if options.allowed else "none",
        )
        live, generation = self._writes.new_live(), self._leases.newest.store_path
        self._process = WriterProcess(self._folder_lock, live, generation, caps)
        self._starts += 1
        return self._process

    def _give_up(self) -> None:
        """End the process, and free the disk of what it left: its copy holds what was not published."""
        process, self._process = self._process, None
        if process is None:
            return
        words = process.kill()
        if words:
            logger.warning("the writer process (%d) ended; its last words: %s", process.pid, words)
        self._writes.remove_left_overs(self._leases.held())

    def _generation(self, record: Record) -> Generation:
        name = record.generation if record.sequence else "0"
        return Generation(f"{self._snapshot.id}-w{name}", self._writes.generation(record), record.sequence)

    def _settle_others(self, folder: Path) -> None:
        """Do what the options say with writes on other snapshots."""
        for other in others(folder, self._snapshot.id):
            source = other.token
            is_carried = any(record.source == source for record in self._writes.log.records())
            if not is_carried and self.options.writes == "refuse":
                found = f"{folder} holds {other.log.last.sequence} writes on snapshot {other.path.name}"
                other.log.close()
                raise StoreError(
                    f"{found}, and this is {self._snapshot.id}; start with --writes carry to make their "
                    "changes here as well, or with --writes discard to set them aside"
                )
            if not is_carried and self.options.writes == "carry":
                stores = {"before": other.base(), "after": other.generation(other.log.last)}
                fields = {name: str(path) for name, path in stores.items()}
                self._thread.submit(self._make, "carry", fields, source=source).result()
                is_carried = True
            kept = set_aside(other, "carried" if is_carried else "discarded")
            logger.warning("the writes on snapshot %s are kept in %s", source.partition("/")[0], kept)

    def status(self) -> dict[str, Any]:
        """Counts for a health check."""
        process = self._process
        return {
            "generation": self.generation.id,
            "sequence": self.generation.sequence,
            "writer_alive": process is not None and process.is_alive(),
            "writer_has_network": process is None or process.has_network,
            "writer_starts": self._starts,
            "writes_made": self._writes_made,
            "writes_waiting": self._waiting,
            "generations_held": len(self._leases.held()),
            "log_broken": self._writes.log.is_broken,
        }

    def processes(self) -> list[int]:
        """The process id of the writer process."""
        process = self._process
        return [] if process is None else [process.pid]

    def close(self) -> None:
        """Let the write that is being made end, send those away that wait, and end the process."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self._thread.shutdown(cancel_futures=True)
        if self._process is not None:
            self._process.close()
            self._process = None
        if hasattr(self, "_writes"):
            self._writes.log.close()
        os.close(self._folder_lock)
