"""The server's side of the writer process: starts it, asks it for one write at a time, and ends it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from rolegraph.endpoint.process import end_process
from rolegraph.endpoint.wire import Frame, FrameReader, PeerGone, RequestUnread, pack, pack_json, send
from rolegraph.endpoint.worker import EXIT_MEMORY
from rolegraph.endpoint.writer_process import FAILURE, REFUSALS
from rolegraph.errors import QueryMemory, RolegraphError, StoreError, WorkerFailure

COMMAND: Final = (sys.executable, "-P", "-m", "rolegraph.endpoint.writer_process")
"""How the process is started; -P: a module in the current folder is none of ours."""
_START_TIMEOUT_S: Final = 120.0
_STOP_TIMEOUT_S: Final = 5.0
_STDERR_TAIL: Final = 4096
# What Rust and C++ say as they abort because no memory is left.
_NO_MEMORY: Final = ("memory allocation of", "bad_alloc", "MemoryError")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What the process may use: memory beyond where it starts, bytes of one file (0: no bound), network.

    `network` is "none" where the process is to have none if the kernel permits.
    """

    memory_bytes: int
    file_bytes: int
    network: Literal["none", "open"]


class WriterProcess:
    """A running writer process. One thread at a time may use it, the one that started it.

    The kernel ends the process when that thread ends, so it must last as long as the server.
    """

    def __init__(self, lock: int, live: Path, generation: Path, caps: Caps) -> None:
        """Start it on a working copy of a generation, which it makes at `live`.

        It holds the descriptor `lock` open as well.

        Raises:
            StoreError: the copy cannot be made or opened.
        """
        self._connection, theirs = socket.socketpair()
        self._reader = FrameReader(self._connection)
        self._stderr = os.memfd_create("writer-stderr")
        numbers = [theirs.fileno(), lock, os.getpid()]
        arguments = [*numbers, live, generation, caps.memory_bytes, caps.file_bytes, caps.network]
        with theirs:
            self._process = subprocess.Popen(
                [*COMMAND, *map(str, arguments)],
                pass_fds=[theirs.fileno(), lock],
                env={**os.environ, "RUST_BACKTRACE": "0"},
                stdin=subprocess.DEVNULL,
                stderr=self._stderr,
            )
        try:
            hello = self._read(time.monotonic() + _START_TIMEOUT_S)
            self.has_network: bool = hello["has_network"]
        except (StoreError, TimeoutError, PeerGone, WorkerFailure, QueryMemory) as error:
            self.close()
            raise StoreError(f"{live}: the working copy cannot be opened ({error})") from error

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def write(self, request: dict[str, Any], body: bytes | None, deadline: float | None) -> bool:
        """Have one write made; returns whether it made a new graph.

        Raises:
            QueryError, Forbidden, UnknownGraph, UnsupportedMediaType: it is refused, and nothing changed.
            RequestUnread: the process ended before it had read the request, so before it began.
            TimeoutError: the deadline passed; the process still works on it.
            QueryMemory, WorkerFailure: the process has ended.
            StoreError: the disk failed; the process ends.
        """
        message = pack_json(Frame.REQUEST, {**request, "has_body": body is not None})
        if body is not None:
            message += pack(Frame.DATA, body)
        send(self._connection, message, deadline)
        return bool(self._read(deadline)["is_new"])

    def _read(self, deadline: float | None) -> dict[str, Any]:
        try:
            kind, payload = self._reader.read(deadline)
        except RequestUnread:
            raise
        except PeerGone as error:
            raise self.death() from error
        fields: dict[str, Any] = json.loads(payload)
        if kind is not Frame.ERROR:
            return fields
        if fields["kind"] == FAILURE:
            raise StoreError(" ".join(fields["message"].split()))
        raise REFUSALS[fields["kind"]](fields["message"])

    def death(self) -> RolegraphError:
        """What the end of the process means for the write that it was given."""
        try:
            exit_code = self._process.wait(_STOP_TIMEOUT_S)  # its socket is closed, so it is ending
        except subprocess.TimeoutExpired:
            self._process.kill()
            exit_code = self._process.wait()
        if exit_code == EXIT_MEMORY or any(words in self._last_words() for words in _NO_MEMORY):
            return QueryMemory("the write needed more memory than one may have, and was not made")
        cause = signal.Signals(-exit_code).name if exit_code < 0 else f"exit status {exit_code}"
        return WorkerFailure(f"the writer process ended before the write was made: {cause}")

    def _last_words(self) -> str:
        size = os.fstat(self._stderr).st_size
        return os.pread(self._stderr, _STDERR_TAIL, max(0, size - _STDERR_TAIL)).decode(errors="replace")

    def kill(self) -> str:
        """End the process at once, whatever it does; returns the last it wrote to stderr."""
        self._process.kill()  # not collected before, so the pid is its own
        self._process.wait()
        words = self._last_words()
        self.close()
        return words

    def close(self) -> None:
        """End the process and wait until it is gone."""
        end_process(self._process, self._connection)
        os.close(self._stderr)
