"""A lean HTTP client over one kept connection: reads each body to its end, and measures while it does."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

BLOCK = 1 << 18
TIMEOUT_S = 60.0


class Failure(Exception):
    """A request that was not answered whole and with status 200; the message says what was seen."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answered request: seconds until the first byte of the body and until its end."""

    first_byte_s: float
    total_s: float
    size_bytes: int
    body: bytes


def build_request(port: int, path: str, query: str, media_type: str) -> bytes:
    """A query by GET, ready to send."""
    return (
        f"GET {path}?query={quote(query, safe='')} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\nAccept: {media_type}\r\n\r\n"
    ).encode()


class Client:
    """A connection that is opened when it is needed, and again after the server closed it."""

    def __init__(self, port: int, timeout_s: float = TIMEOUT_S) -> None:
        self._port = port
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._data = b""
        self._at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._data, self._at = None, b"", 0

    def send(self, request: bytes, *, keep: bool = False) -> Exchange:
        """Send a request and read its answer to the end.

        Args:
            request: from `build_request`.
            keep: whether the body is wanted; it is counted and dropped otherwise.
        Raises:
            Failure: the status is not 200, or the answer did not come whole and in time.
        """
        try:
            return self._send(request, keep)
        except TimeoutError as error:
            self.close()
            raise Failure(f"no whole answer in {self._timeout_s:g} s") from error
        except (OSError, ValueError) as error:
            self.close()
            raise Failure(f"the connection failed: {error}") from error
        except Failure:
            self.close()
            raise

    def _send(self, request: bytes, keep: bool) -> Exchange:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), self._timeout_s)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        started = time.perf_counter()
        self._socket.sendall(request)
        status, headers = self._head()
        kept: list[bytes] | None = [] if keep else None
        if b"chunked" in headers.get(b"transfer-encoding", b""):
            size, first = self._read_chunks(kept)
        else:
            size = int(headers.get(b"content-length", b"0"))
            first = self._first() if size else time.perf_counter()
            self._read(size, kept)
        total = time.perf_counter()
        if headers.get(b"connection", b"").lower() == b"close":
            self.close()
        if status != 200:
            raise Failure(f"status {status}")
        return Exchange(first - started, total - started, size, b"".join(kept or ()))

    def _head(self) -> tuple[int, dict[bytes, bytes]]:
        _version, _, rest = self._line().partition(b" ")
        status = int(rest[:3])
        headers: dict[bytes, bytes] = {}
        while line := self._line():
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return status, headers

    def _first(self) -> float:
        """When the first byte of the body was there."""
        if self._at == len(self._data):
            self._receive()
        return time.perf_counter()

    def _read_chunks(self, kept: list[bytes] | None) -> tuple[int, float]:
        """Read a chunked body (RFC 9112, 7.1)."""
        first = 0.0
        total = 0
        while size := int(self._line().partition(b";")[0], 16):
            first = first or self._first()
            self._read(size, kept)
            total += size
            if self._line():
                raise Failure("a chunk is longer than it says")
        while self._line():
            pass  # trailers
        return total, first or time.perf_counter()

    def _line(self) -> bytes:
        while (end := self._data.find(b"\r\n", self._at)) < 0:
            self._data = self._data[self._at :] + self._block()
            self._at = 0
        line = self._data[self._at : end]
        self._at = end + 2
        return line

    def _read(self, size: int, kept: list[bytes] | None) -> None:
        left = size
        while left:
            if self._at == len(self._data):
                self._receive()
            count = min(left, len(self._data) - self._at)
            if kept is not None:
                kept.append(self._data[self._at : self._at + count])
            self._at += count
            left -= count

    def _receive(self) -> None:
        self._data, self._at = self._block(), 0

    def _block(self) -> bytes:
        block = self._socket.recv(BLOCK) if self._socket is not None else b""
        if not block:
            raise Failure("the answer broke off")
        return block
