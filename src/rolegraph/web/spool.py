"""A body on its way from a thread to the event loop: a little in memory, the rest in a temporary file."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from typing import IO, Final

from rolegraph.errors import Cancelled
from rolegraph.service.exchange import Reply

MEMORY_BYTES: Final = 4 << 20


class Spool:
    """First the reply's head, then its pieces. One thread writes, the loop reads.

    The writer never waits for the reader, so a query's worker is free as soon as the answer is computed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._head: asyncio.Future[Reply] = loop.create_future()
        self._wake = asyncio.Event()
        self._lock = threading.Lock()
        self._pieces: list[bytes] = []
        self._held = 0
        self._file: IO[bytes] | None = None
        self._read_at = 0
        self._written_to = 0
        self._size = 0
        self._has_ended = False
        self._is_closed = False
        self.error: BaseException | None = None

    def start(self, reply: Reply) -> None:
        """Hand over the reply; its body comes by `put` unless it is there already."""
        self._call(self._set_head, reply)

    def fail(self, error: BaseException) -> None:
        """Say that there will be no reply."""
        self._call(self._set_failure, error)

    def put(self, piece: bytes) -> bool:
        """Take a piece; false when nobody wants any more."""
        with self._lock:
            if self._is_closed:
                return False
            self._size += len(piece)
            if self._file is None and self._held + len(piece) <= MEMORY_BYTES:
                self._pieces.append(piece)
                self._held += len(piece)
            else:
                if self._file is None:
                    self._file = tempfile.TemporaryFile(prefix="rolegraph-")  # noqa: SIM115, lives as long as this
                self._file.seek(self._written_to)
                self._file.write(piece)
                self._written_to += len(piece)
        self._call(self._wake.set)
        return True

    def end(self, error: BaseException | None) -> None:
        """Say that no more comes, and what broke if it should have."""
        with self._lock:
            self._has_ended, self.error = True, error
        self._call(self._wake.set)

    async def reply(self) -> Reply:
        """The reply, once there is one."""
        return await self._head

    async def size_bytes(self) -> int:
        """The size of all pieces, once there are no more (or it broke off: then `error` is set)."""
        while True:
            self._wake.clear()
            with self._lock:
                if self._has_ended:
                    return self._size
            await self._wake.wait()

    async def get(self, max_bytes: int) -> bytes:
        """The next bytes; nothing at the end, or where it broke off (then `error` is set)."""
        while True:
            self._wake.clear()
            with self._lock:
                piece = self._take(max_bytes)
                if piece or self._has_ended:
                    return piece
            await self._wake.wait()

    def _take(self, max_bytes: int) -> bytes:
        if self._pieces:
            taken: list[bytes] = []
            size = 0
            while self._pieces and (not taken or size + len(self._pieces[0]) <= max_bytes):
                taken.append(self._pieces.pop(0))
                size += len(taken[-1])
            self._held -= size
            return b"".join(taken)
        if self._file is None:
            return b""
        self._file.seek(self._read_at)
        piece = self._file.read(min(max_bytes, self._written_to - self._read_at))
        self._read_at += len(piece)
        if self._read_at == self._written_to:  # the reader has caught up: begin anew
            self._file.close()
            self._file, self._read_at, self._written_to = None, 0, 0
        return piece

    def close(self) -> None:
        """Give up what is left; the writer notices at its next piece."""
        with self._lock:
            self._is_closed = True
            self._pieces.clear()
            if self._file is not None:
                self._file.close()
                self._file = None

    def _set_head(self, reply: Reply) -> None:
        if not self._head.done():
            self._head.set_result(reply)

    def _set_failure(self, error: BaseException) -> None:
        if not self._head.done():
            self._head.set_exception(
                Cancelled("the server ended") if isinstance(error, SystemExit) else error
            )

    def _call(self, function: object, *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)  # type: ignore[arg-type]  # typed by its callers
        except RuntimeError:  # the loop has ended, and with it everyone who would read
            self._is_closed = True
