"""HTTP/1.1 as uvicorn speaks it, with bounds on what a client may send before it says what it wants."""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from collections.abc import Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from rolegraph.service.exchange import Reply
from rolegraph.service.problem import problem_reply

MAX_URL_BYTES: Final = 64 * 1024
MAX_HEADER_BYTES: Final = 64 * 1024
_MAX_PIPELINED: Final = 16
"""Of so many requests that wait for the one before, a client that leaves is still noticed."""
_BODY_HEADERS: Final = frozenset({b"content-length", b"transfer-encoding"})
_UPGRADE_HEADERS: Final = frozenset({b"upgrade", b"http2-settings"})
_DISCARD_S: Final = 5.0
"""So long a refused client may go on sending: one that still sends does not look for the reply."""


AnswerAtOnce = Callable[[MutableMapping[str, Any]], Reply | None]


class BoundedHttpProtocol(HttpToolsProtocol):
    """A connection. A head that is too long is answered by 414 or 431, and the connection closed.

    What a client sends comes in pieces of up to 256 KiB; a head is looked at once it is whole, or longer
    than the bounds. `head_timeout_s` is how long a connection may take to send a whole one, `stall_s` how
    long a body that comes or a reply that goes may make no progress. Offers to go on by another protocol
    are passed over (RFC 9110 section 7.8). `answer_at_once` may have the reply to a GET in memory, which is
    then sent without a task of its own: that halves the time.
    """

    head_timeout_s: ClassVar[float] = 30.0
    stall_s: ClassVar[float] = 60.0
    answer_at_once: ClassVar[AnswerAtOnce | None] = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_bytes = 0
        self._is_in_head = False
        self._is_in_body = False
        self._timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._cycles: list[RequestResponseCycle] = []
        self._is_refused = False
        self._is_answered = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._close_in(self.head_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting, and tell all requests, of which uvicorn tells the last one only."""
        self._stop_waiting()
        self.resume_writing()
        for cycle in self._cycles:
            cycle.disconnected = cycle.disconnected or not cycle.response_complete
            cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, or throw away what a refused client sends."""
        if self._is_refused:
            return
        self._head_bytes += len(data)
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, "the request is not well-formed (RFC 9112)", linger_s=0)
        if self._is_refused:
            return
        if self._is_in_body:
            self._stop_waiting()
            self._timer = self.loop.call_later(self.stall_s, self._give_body_up)
        if not self._is_in_head:
            return
        if len(self.url) > MAX_URL_BYTES:
            self._refuse_url()
        elif self._head_bytes > MAX_URL_BYTES + MAX_HEADER_BYTES:
            self._refuse_headers()
        elif self._timer is None:
            self._close_in(self.head_timeout_s)

    def _parse(self, data: bytes) -> None:
        """Feed the parser; where it stops at an offer to change protocols, a new one goes on without."""
        rest = memoryview(data)
        while rest and not self._is_refused:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as stopped:
                if self.parser.get_method() == b"CONNECT":
                    raise httptools.HttpParserError("CONNECT is for proxies") from stopped
                rest = rest[stopped.args[0] :]
                head = self._head_without_upgrade()
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
                self.parser.feed_data(head)

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            tokens = [token.strip() for token in value.split(b",")] if name == b"connection" else [value]
            kept = b", ".join(token for token in tokens if token.lower() not in _UPGRADE_HEADERS)
            if kept and name not in _UPGRADE_HEADERS:
                lines.append(b"%s: %s" % (name, kept))
        return b"\r\n".join((*lines, b"", b""))

    def pause_writing(self) -> None:
        """See that the client goes on to read."""
        super().pause_writing()
        self._watch_sending(self._unsent_bytes())

    def resume_writing(self) -> None:
        """Trust the client again."""
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None
        super().resume_writing()

    def _watch_sending(self, unsent: int) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
        self._send_timer = self.loop.call_later(self.stall_s, self._give_up_or_go_on, unsent)

    def _unsent_bytes(self) -> int:
        """What the client has not taken yet; the kernel holds megabytes of it, and takes more in leaps."""
        descriptor = self.transport.get_extra_info("socket").fileno()
        in_kernel = fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4))
        return self.transport.get_write_buffer_size() + int.from_bytes(in_kernel, sys.byteorder)

    def _give_up_or_go_on(self, unsent: int) -> None:
        left = self._unsent_bytes()
        if left < unsent:
            self._watch_sending(left)
        else:
            self.transport.abort()  # `close` would wait for the client to read the rest

    def on_message_begin(self) -> None:
        """Count a new head's bytes from 0."""
        self._is_in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Pass a whole head on, unless it is too long."""
        self._is_in_head = False
        self._stop_waiting()
        if self.parser.should_upgrade():
            return
        if len(self.url) > MAX_URL_BYTES:
            self._refuse_url()
        elif sum(len(name) + len(value) for name, value in self.headers) > MAX_HEADER_BYTES:
            self._refuse_headers()
        elif not self._try_at_once():
            self._is_in_body = True
            self._start_or_queue()

    def _start_or_queue(self) -> None:
        """Have the request answered after those before it, and notice meanwhile when the client leaves."""
        before = [cycle for cycle in self._cycles if not cycle.response_complete]
        super().on_headers_complete()
        self._cycles = [*before, self.cycle]
        if before and len(before) <= _MAX_PIPELINED:
            self.flow.resume_reading()

    def _try_at_once(self) -> bool:
        """Send the reply that is in memory, if this is a plain GET and no reply is under way."""
        answer = type(self).answer_at_once
        is_free = self.cycle is None or self.cycle.response_complete
        if answer is None or not is_free or self.pipeline or self.flow.write_paused or self._is_unusual():
            return False
        path, _, query = self.url.partition(b"?")
        scope = cast("MutableMapping[str, Any]", self.scope)
        scope.update(method="GET", path=path.decode("latin-1"), query_string=query)
        reply = answer(scope)
        if reply is None or not isinstance(reply.body, bytes):
            return False
        self._write_whole(reply.status, reply.encode_headers(), reply.body)
        self._is_answered = True
        reply.report(len(reply.body), None)
        return True

    def _write_whole(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        lines = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            lines += (name, b": ", value, b"\r\n")
        self.transport.write(b"".join((*lines, b"\r\n", body)))

    def _is_unusual(self) -> bool:
        """Whether this is more than a GET on a connection that stays."""
        parser = self.parser
        is_plain = parser.get_method() == b"GET" and parser.get_http_version() == "1.1"
        if not is_plain or not parser.should_keep_alive():
            return True
        has_body = any(name in _BODY_HEADERS for name, _ in self.headers)
        return has_body or not self.url.startswith(b"/") or b"%" in self.url.partition(b"?")[0]

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if not self._is_refused and not self._is_answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        if self.parser.should_upgrade():
            return
        if self._is_in_body:
            self._is_in_body = False
            self._stop_waiting()
        if self._is_answered:
            self._is_answered = False
            self.on_response_complete()
        elif not self._is_refused:
            super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is no longer used."""
        self._close()

    def _close(self) -> None:
        if not self.transport.is_closing():
            if self.transport.get_write_buffer_size():
                self._watch_sending(self._unsent_bytes())
            self.transport.close()

    def _close_in(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._close)

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

    def _give_body_up(self) -> None:
        """Close the connection, unless it is this server that does not read."""
        if self.flow.read_paused:
            self._timer = self.loop.call_later(self.stall_s, self._give_body_up)
        else:
            self._close()

    def _refuse(self, status: HTTPStatus, detail: str, linger_s: float = _DISCARD_S) -> None:
        self._is_refused = True
        if self._is_replying():
            self.transport.abort()  # whatever is sent now would be taken for a part of that reply
            return
        reply = problem_reply(status, detail)
        body = reply.body if isinstance(reply.body, bytes) else b""
        reply.headers |= {"Content-Length": str(len(body)), "Connection": "close"}
        self._write_whole(status, reply.encode_headers(), body)
        self._stop_waiting()
        self._close_in(linger_s)

    def _is_replying(self) -> bool:
        """Whether an earlier request still waits for its reply, or this one's has begun."""
        earlier = self._cycles[:-1] if self._is_in_body else self._cycles
        is_begun = self._is_in_body and self.cycle.response_started
        return is_begun or any(not cycle.response_complete for cycle in earlier)
