"""Bytes from the thread that makes an answer, in pieces, to the thread that sends it on."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Final, NamedTuple

from rolegraph.endpoint.wire import FRAME_BYTES
from rolegraph.errors import RolegraphError

_MAX_PIECES: Final = 4


class Closed(Exception):
    """The channel was closed by the other side."""


class Piece(NamedTuple):
    """Some bytes, and whether they are the last."""

    data: bytes
    is_last: bool


class Channel:
    """Holds a few pieces; the writer waits while it is full.

    The writing side is a binary file for the engine, which writes a few kilobytes at a time.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pieces: deque[Piece] = deque()
        self._error: RolegraphError | None = None
        self._is_closed = False
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:
        """Take bytes, and pass each full piece on.

        Raises:
            Closed: nobody reads any more.
        """
        self._buffer += data
        while len(self._buffer) > FRAME_BYTES:
            self._put(Piece(bytes(self._buffer[:FRAME_BYTES]), is_last=False))
            del self._buffer[:FRAME_BYTES]
        return len(data)

    def flush(self) -> None:
        """Do nothing: pieces are passed on when they are full, and at the end."""

    def finish(self) -> None:
        """Pass on what is left, as the last piece.

        Raises:
            Closed: nobody reads any more.
        """
        self._put(Piece(bytes(self._buffer), is_last=True))

    def fail(self, error: RolegraphError) -> None:
        """End with an error; what was passed on before is still read first."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def get(self, deadline: float) -> Piece:
        """The next piece.

        Raises:
            TimeoutError: the deadline on the monotonic clock passed first.
            Closed: the channel was closed.
            RolegraphError: what the writer failed with.
        """
        with self._changed:
            while not self._pieces:
                if self._is_closed:
                    raise Closed
                if self._error is not None:
                    raise self._error
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError("the deadline has passed")
            piece = self._pieces.popleft()
            self._changed.notify_all()
            return piece

    def close(self) -> None:
        """End both sides."""
        with self._changed:
            self._is_closed = True
            self._pieces.clear()
            self._changed.notify_all()

    def _put(self, piece: Piece) -> None:
        with self._changed:
            while len(self._pieces) >= _MAX_PIECES and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                raise Closed
            self._pieces.append(piece)
            self._changed.notify_all()
