"""HTTP/1.1 as uvicorn speaks it, with bounds on what a client may send before it says what it wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, MutableMapping
from http import HTTPStatus
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rolegraph.service.exchange import Reply
from rolegraph.service.problem import MEDIA_TYPE

MAX_URL_BYTES: Final = 64 * 1024
MAX_HEADER_BYTES: Final = 64 * 1024
_BODY_HEADERS: Final = frozenset({b"content-length", b"transfer-encoding"})
_STATUS_LINES: Final = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}
_DISCARD_S: Final = 5.0
"""So long a refused client may go on sending: one that still sends does not look for the reply."""


AnswerAtOnce = Callable[[MutableMapping[str, Any]], Reply | None]


class BoundedHttpProtocol(HttpToolsProtocol):
    """A connection. A head that is too long is answered by 414 or 431, and the connection closed.

    What a client sends comes in pieces of up to 256 KiB; a head is looked at once it is whole, or longer
    than the bounds. `head_timeout_s` is how long a connection may take to send a whole one.
    `answer_at_once` may have the reply to a GET in memory, which is then sent without a task of its own:
    that halves the time.
    """

    head_timeout_s: ClassVar[float] = 30.0
    answer_at_once: ClassVar[AnswerAtOnce | None] = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_bytes = 0
        self._is_in_head = False
        self._timer: asyncio.TimerHandle | None = None
        self._is_refused = False
        self._is_answered = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._close_in(self.head_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, or throw away what a refused client sends."""
        if self._is_refused:
            return
        self._head_bytes += len(data)
        super().data_received(data)
        if not self._is_in_head or self._is_refused:
            return
        if len(self.url) > MAX_URL_BYTES:
            self._refuse_url()
        elif self._head_bytes > MAX_URL_BYTES + MAX_HEADER_BYTES:
            self._refuse_headers()
        elif self._timer is None:
            self._close_in(self.head_timeout_s)

    def on_message_begin(self) -> None:
        """Count a new head's bytes from 0."""
        self._is_in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Pass a whole head on, unless it is too long."""
        self._is_in_head = False
        self._stop_waiting()
        if len(self.url) > MAX_URL_BYTES:
            self._refuse_url()
        elif sum(len(name) + len(value) for name, value in self.headers) > MAX_HEADER_BYTES:
            self._refuse_headers()
        elif not self._try_at_once():
            super().on_headers_complete()

    def _try_at_once(self) -> bool:
        """Send the reply that is in memory, if this is a plain GET and no reply is under way."""
        answer = type(self).answer_at_once
        is_free = self.cycle is None or self.cycle.response_complete
        if answer is None or not is_free or self.pipeline or self.flow.write_paused or self._is_unusual():
            return False
        path, _, query = self.url.partition(b"?")
        scope: dict[str, Any] = {
            **self.scope,
            "method": "GET",
            "path": path.decode("latin-1"),
            "query_string": query,
        }
        reply = answer(scope)
        if reply is None or not isinstance(reply.body, bytes):
            return False
        lines = [_STATUS_LINES[reply.status]]
        for name, value in (*self.server_state.default_headers, *reply.encode_headers()):
            lines += (name, b": ", value, b"\r\n")
        self.transport.write(b"".join((*lines, b"\r\n", reply.body)))
        self._is_answered = True
        reply.report(len(reply.body), None)
        return True

    def _is_unusual(self) -> bool:
        """Whether this is more than a GET on a connection that stays."""
        parser = self.parser
        is_plain = parser.get_method() == b"GET" and parser.get_http_version() == "1.1"
        if not is_plain or not parser.should_keep_alive() or parser.should_upgrade():
            return True
        has_body = any(name in _BODY_HEADERS for name, _ in self.headers)
        return has_body or not self.url.startswith(b"/") or b"%" in self.url.partition(b"?")[0]

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if not self._is_refused and not self._is_answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        if self._is_answered:
            self._is_answered = False
            self.on_response_complete()
        elif not self._is_refused:
            super().on_message_complete()

    def _close_in(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse_url(self) -> None:
        detail = f"the address has more than {MAX_URL_BYTES:,} bytes; send a long query by POST"
        self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, detail)

    def _refuse_headers(self) -> None:
        detail = f"the headers have more than {MAX_HEADER_BYTES:,} bytes; send less"
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        self._is_refused = True
        problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
        body = json.dumps(problem).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self._stop_waiting()
        self._close_in(_DISCARD_S)
