"""The bytes between the server and its workers: frames of a kind, a length and a payload."""

from __future__ import annotations

import socket
import struct
import time
from enum import Enum
from typing import Any, Final

import msgspec

FRAME_BYTES: Final = 64 * 1024
_HEADER: Final = struct.Struct("!cI")


class Frame(Enum):
    """What a frame holds."""

    REQUEST = b"R"
    HEAD = b"H"
    DATA = b"D"
    END = b"E"
    ERROR = b"X"


class PeerGone(ConnectionError):
    """The other side closed its socket in the middle of a conversation."""


def pack(kind: Frame, payload: bytes = b"") -> bytes:
    """A frame, ready to send."""
    return _HEADER.pack(kind.value, len(payload)) + payload


def pack_json(kind: Frame, value: dict[str, Any]) -> bytes:
    """A frame that holds a JSON object."""
    return pack(kind, msgspec.json.encode(value))


class RequestUnread(PeerGone):
    """The other side ended before it read what was sent to it (Linux says so by a reset)."""


class FrameReader:
    """Reads frames from a stream socket, and keeps what arrived of the next one."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def read(self, deadline: float | None = None) -> tuple[Frame, bytes]:
        """Read the next frame.

        Args:
            deadline: on the monotonic clock, or None to wait for as long as it takes.
        Raises:
            TimeoutError: the deadline passed first.
            PeerGone: the other side ended.
        """
        while (frame := self._take()) is None:
            self._connection.settimeout(remaining(deadline))
            self._receive()
        return frame

    def read_now(self) -> tuple[Frame, bytes] | None:
        """The next frame, if all of it has arrived.

        Raises:
            PeerGone: the other side ended.
        """
        while (frame := self._take()) is None:
            self._connection.settimeout(0)
            try:
                self._receive()
            except BlockingIOError:
                return None
        return frame

    def _take(self) -> tuple[Frame, bytes] | None:
        if len(self._buffer) < _HEADER.size:
            return None
        kind, size = _HEADER.unpack_from(self._buffer)
        end = _HEADER.size + size
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_HEADER.size : end])
        del self._buffer[:end]
        return Frame(kind), payload

    def _receive(self) -> None:
        try:
            received = self._connection.recv(FRAME_BYTES + _HEADER.size)
        except ConnectionError as error:
            raise RequestUnread("the connection was reset") from error
        if not received:
            raise PeerGone("the connection was closed")
        self._buffer += received


def send(connection: socket.socket, data: bytes, deadline: float | None = None) -> None:
    """Send all of `data`.

    Raises:
        TimeoutError: the deadline passed first.
        PeerGone: the other side ended.
    """
    connection.settimeout(remaining(deadline))
    try:
        connection.sendall(data)
    except ConnectionError as error:
        raise RequestUnread("the connection was closed") from error


def remaining(deadline: float | None) -> float | None:
    """Seconds until a deadline on the monotonic clock, as a socket's timeout.

    Raises:
        TimeoutError: it has passed.
    """
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left
