"""HTTP/1.1 as uvicorn speaks it, with bounds on what a client may send before it says what it wants."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rolegraph.service.problem import MEDIA_TYPE

MAX_URL_BYTES: Final = 64 * 1024
MAX_HEADER_BYTES: Final = 64 * 1024
HEAD_TIMEOUT_S: Final = 30.0
"""A connection that has sent no whole head for so long is closed."""
_DISCARD_S: Final = 5.0
"""So long a refused client may go on sending: one that still sends does not look for the reply."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """A connection. A head that is too long is answered by 414 or 431, and the connection closed."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, or throw away what a refused client sends."""
        if not self._is_refused:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Count a new head's bytes from 0."""
        super().on_message_begin()
        self._head_bytes = 0
        if self._head_timer is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        if not self._is_refused:
            super().on_url(url)
            if len(self.url) > MAX_URL_BYTES:
                limit = f"the address has more than {MAX_URL_BYTES:,} bytes; send a long query by POST"
                self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, limit)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEADER_BYTES:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"the headers have more than {MAX_HEADER_BYTES:,} bytes; send less",
            )
        elif not self._is_refused:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Pass a whole head on."""
        if not self._is_refused:
            self._stop_waiting()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        if not self._is_refused:
            super().on_message_complete()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
        body = json.dumps(problem).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self._stop_waiting()
        self._head_timer = self.loop.call_later(_DISCARD_S, self.transport.close)
