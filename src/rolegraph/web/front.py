"""The ASGI application: carries requests to the service and its replies back, and notices who leaves.

What is in memory is answered on the event loop; everything else runs in a thread, which goes on to
read a long answer into a spool, so that a slow reader holds no worker.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, Final, NoReturn

from rolegraph.endpoint.run import Answer, Run
from rolegraph.endpoint.wire import RequestUnread
from rolegraph.errors import AnswerTooLarge, Busy, Cancelled, PayloadTooLarge, RolegraphError
from rolegraph.service.exchange import Reply, Request
from rolegraph.service.service import Service
from rolegraph.web.spool import Spool

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_SEND_BYTES: Final = 1 << 20
_BLINK_MS: Final = 1
_MOMENT_S: Final = 0.01
"""So long a query may take that is not handed to a thread."""
_LOOKED_UP: Final = "rolegraph.request"
"""Where a scope keeps the request that `answer_at_once` found nothing for."""
_MONITORING: Final = frozenset({"/healthz", "/metrics"})
_MONITORING_THREADS: Final = 2
_DISCARD_S: Final = 10.0
"""So long the rest of a body that is too long is still read, so that the client gets to the reply."""


class _ClientLeft(Exception):
    """The connection closed before the request was complete."""


class Front:
    """An ASGI application over a service.

    Args:
        threads: how many requests may be under way at a time; more are told to come back, but for those
            that look how the server is.
    """

    def __init__(self, service: Service, threads: int) -> None:
        self._service = service
        self._threads = threads
        self._under_way = 0
        self._trying = 0
        self._executor = ThreadPoolExecutor(
            threads + _MONITORING_THREADS, thread_name_prefix="rolegraph-request"
        )

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's start and end (ASGI 3)."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            try:
                await self._respond(scope, receive, send)
            except _ClientLeft:
                return

    def answer_at_once(self, scope: MutableMapping[str, Any]) -> Reply | None:
        """The reply to a request without a body that was answered before; None sends it the usual way."""
        request = scope[_LOOKED_UP] = _request(scope)
        return self._service.answer_at_once(request)

    def close(self) -> None:
        """Let the threads end."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _respond(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        looked_up: Request | None = scope.get(_LOOKED_UP)
        request = looked_up or _request(scope)
        if _has_body(request):
            try:
                body = await _read_body(request, receive, self._service.max_body_bytes(request))
            except PayloadTooLarge as error:
                await _send_whole(self._service.refuse_body(request, error), send)
                return
            except asyncio.CancelledError:
                await _send_whole(self._refuse_at_end(request), send)
                return
            request = replace(request, body=body)
        reply = None if looked_up else self._service.answer_at_once(request)
        places = self._threads + (_MONITORING_THREADS if request.path in _MONITORING else 0)
        if reply is None and self._under_way >= places:
            reply = self._service.refuse(request, Busy("too many requests are under way; try again"))
        if reply is None:
            outcome = await self._try_here(request)
            if not isinstance(outcome, Reply):
                is_chunked = scope.get("http_version") != "1.0"
                await self._run(request, outcome, receive, send, is_chunked=is_chunked)
                return
            reply = outcome
        await _send_whole(reply, send)

    async def _try_here(self, request: Request) -> Reply | Callable[[], Reply]:
        """The reply, if a free worker has it in a moment; else what gets it in a thread.

        A query that takes a fraction of a millisecond would take twice that by way of a thread.
        """
        begun = self._service.begin(request)
        if begun is None:
            return lambda: self._service.answer(request)
        if isinstance(begun, Reply):
            return begun
        backend = self._service.backend

        def run_anew() -> Answer:
            return backend.run(begun.run, request.cancellation)

        run = backend.begin(begun.run, request.cancellation)
        self._trying += 1
        try:
            is_alone = self._trying == 1 and not self._under_way
            receive = run_anew if run is None else await _receive_now(run, run_anew, is_alone=is_alone)
        finally:
            self._trying -= 1
        if isinstance(receive, Answer):
            return begun.complete(lambda: receive)
        return lambda: begun.complete(receive)

    async def _run(
        self, request: Request, job: Callable[[], Reply], receive: Receive, send: Send, *, is_chunked: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        spool = Spool(loop)
        self._under_way += 1
        future = loop.run_in_executor(self._executor, _carry_out, job, spool)
        future.add_done_callback(self._count_down)
        watcher = loop.create_task(_cancel_when_left(request, receive))
        try:
            reply = await self._take_reply(request, spool, is_chunked=is_chunked)
            if isinstance(reply.body, bytes):
                await _send_whole(reply, send)
            else:
                await _send_spooled(reply, spool, send)
        finally:
            watcher.cancel()
            request.cancellation.cancel()  # does nothing once the job is done
            spool.close()

    async def _take_reply(self, request: Request, spool: Spool, *, is_chunked: bool) -> Reply:
        try:
            reply = await spool.reply()
            if is_chunked or isinstance(reply.body, bytes):
                return reply
            # RFC 9112 section 6.1 knows no chunks for HTTP/1.0: only a length tells whether all has come.
            reply.headers["Content-Length"] = str(await spool.size_bytes())
        except asyncio.CancelledError:
            return self._refuse_at_end(request)
        if isinstance(spool.error, RolegraphError):
            return self._service.refuse(request, spool.error)
        if spool.error is not None:
            error = AnswerTooLarge(
                f"HTTP/1.0 needs the whole answer first, and there is no room: {spool.error}"
            )
            return self._service.refuse(request, error)
        return reply

    def _refuse_at_end(self, request: Request) -> Reply:
        return self._service.refuse(request, Busy("the server is shutting down; try again"))

    def _count_down(self, future: asyncio.Future[None]) -> None:
        self._under_way -= 1
        if not future.cancelled():
            future.result()


async def _receive_now(
    run: Run, run_anew: Callable[[], Answer], *, is_alone: bool
) -> Answer | Callable[[], Answer]:
    """A run's answer, if all of it is there in a moment; else what waits for it, or fails as the run did.

    When the request is alone, the loop itself waits a little: going around twice would take as long as
    the query does.
    """

    def receive() -> Answer:
        try:
            return run.receive()
        except RequestUnread:  # the worker had died idle, which is not this query's fault
            return run_anew()

    try:
        is_there = is_alone and _is_readable(run.descriptor, _BLINK_MS)
        is_there = is_there or await _becomes_readable(run.descriptor)
        return (run.receive_now() if is_there else None) or receive
    except RequestUnread:
        return run_anew
    except RolegraphError as error:
        return partial(_fail, error)
    except asyncio.CancelledError:
        run.stop()
        raise


def _fail(error: RolegraphError) -> NoReturn:
    raise error


def _is_readable(descriptor: int, wait_ms: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(wait_ms))


async def _becomes_readable(descriptor: int) -> bool:
    """Wait for a moment until something can be read."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def settle(is_readable: bool) -> None:
        if not ready.done():
            ready.set_result(is_readable)

    loop.add_reader(descriptor, settle, True)
    timer = loop.call_later(_MOMENT_S, settle, False)
    try:
        return bool(await ready)
    finally:
        timer.cancel()
        loop.remove_reader(descriptor)


def _carry_out(job: Callable[[], Reply], spool: Spool) -> None:
    """Get a reply, and read all of a streamed body; runs in a thread."""
    try:
        reply = job()
    except BaseException as error:
        spool.fail(error)
        raise
    spool.start(reply)
    if isinstance(reply.body, bytes):
        return
    try:
        for piece in reply.body:
            if not spool.put(piece):
                reply.close()
                return
        spool.end(None)
    except (RolegraphError, OSError) as error:
        reply.close()
        spool.end(error)


def _request(scope: MutableMapping[str, Any]) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    server = scope.get("server") or ("localhost", None)
    host = headers.get("host") or (f"{server[0]}:{server[1]}" if server[1] else server[0])
    client = scope.get("client")
    return Request(
        method=scope["method"],
        path=scope["path"],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        origin=f"{scope.get('scheme', 'http')}://{host}",
        client=client[0] if client else "",
    )


def _has_body(head: Request) -> bool:
    headers = head.headers
    return "transfer-encoding" in headers or bool(headers.get("content-length", "").strip("0"))


async def _read_body(head: Request, receive: Receive, limit: int) -> bytes:
    """All of a request's body.

    Raises:
        PayloadTooLarge: it has more bytes than the limit; they were read for a while and thrown away,
            since a client that still sends does not look for the reply.
    """
    too_large = PayloadTooLarge(f"the body has more than {limit:,} bytes; send less")
    announced = head.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit and "expect" in head.headers:
        raise too_large  # the client waits for leave before it sends
    pieces, size = [], 0
    deadline = asyncio.get_running_loop().time() + _DISCARD_S
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _ClientLeft
        size += len(message.get("body", b""))
        if size <= limit:
            pieces.append(message.get("body", b""))
        else:
            pieces.clear()
        if not message.get("more_body", False):
            break
        if size > limit and asyncio.get_running_loop().time() > deadline:
            break
    if size > limit:
        raise too_large
    return b"".join(pieces)


async def _cancel_when_left(request: Request, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    request.cancellation.cancel()


def _start(reply: Reply) -> Message:
    return {"type": "http.response.start", "status": reply.status, "headers": reply.encode_headers()}


async def _send_whole(reply: Reply, send: Send) -> None:
    body = reply.body if isinstance(reply.body, bytes) else b""
    await send(_start(reply))
    await send({"type": "http.response.body", "body": body})
    reply.report(len(body), None)


async def _send_spooled(reply: Reply, spool: Spool, send: Send) -> None:
    """Send pieces as they come.

    Without the last message the server breaks the connection off, so that no client takes a part for
    the whole.
    """
    size = 0
    failure: BaseException | None = None
    try:
        await send(_start(reply))
        while piece := await spool.get(_SEND_BYTES):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            size += len(piece)
        failure = spool.error
        if failure is None:
            await send({"type": "http.response.body", "body": b""})
    except asyncio.CancelledError:  # the server ends
        failure = Cancelled("the server ended")
    finally:
        reply.report(size, failure)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
