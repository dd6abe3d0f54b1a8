"""One request to a store over HTTP in, its reply out, with a way to break it off from another thread.

The standard library's client is used because it shows the socket: urllib3 hides it until the reply's
headers are here, and a query that is given up before that must end too.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from rolegraph.endpoint.authorization import Authorization
from rolegraph.errors import ConfigError, QueryTimeout, UpstreamFailure

_MAX_IDLE: Final = 32
_READ_BYTES: Final = 64 * 1024
_UNAUTHORIZED: Final = 401
_SMALL_BODY_BYTES: Final = 16 * 1024
_SCHEMES: Final = ("http", "https")


class StoreAddress:
    """A store's URL, taken apart.

    Attributes:
        shown: what messages call it: no query string, which may hold a key.
    Raises:
        ConfigError: it is none, or holds a password.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"{url!r} is no URL: {error}") from error
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ConfigError(f"{url!r} is no address of a store; write http://… or https://…")
        if parts.username is not None:
            raise ConfigError("the address of a store holds a user name; give it apart, with a password file")
        if parts.fragment:
            raise ConfigError(f"{url!r} has a fragment, which is never sent; leave it out")
        self.is_tls = parts.scheme == "https"
        self.host = parts.hostname
        self.port = port or (443 if self.is_tls else 80)
        self._path, self._query = parts.path or "/", parts.query
        self.shown = f"{parts.scheme}://{parts.netloc}{parts.path}"

    def target(self, parameters: str = "") -> str:
        """The request's target, with parameters beside those that the URL has."""
        query = "&".join(part for part in (self._query, parameters) if part)
        return f"{self._path}?{query}" if query else self._path


class StoreClient:
    """Sends requests to one address; connections are kept and used again."""

    def __init__(
        self,
        url: str,
        *,
        authorization: Authorization | None = None,
        connect_timeout_s: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: the address.
            authorization: who sends the requests.
            connect_timeout_s: how long a connection may take to come about.
            tls: what certificates are trusted; None verifies them as the system does.
        Raises:
            ConfigError: the address is none.
        """
        self.address = StoreAddress(url)
        self.authorization = authorization
        self.connect_timeout_s = connect_timeout_s
        self._tls = tls or (ssl.create_default_context() if self.address.is_tls else None)
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._is_closed = False

    def exchange(self, deadline: float) -> Exchange:
        """A request that is still to be sent; `deadline` is on the monotonic clock."""
        return Exchange(self, deadline)

    def take(self) -> tuple[http.client.HTTPConnection, bool]:
        """A connection, and whether it was used before."""
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        return self._new(), False

    def give_back(self, connection: http.client.HTTPConnection) -> None:
        """Keep a connection whose last reply was read to its end."""
        with self._lock:
            if connection.sock is not None and not self._is_closed and len(self._idle) < _MAX_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the connections that nobody uses, and from now on each when it is no longer used."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _new(self) -> http.client.HTTPConnection:
        address, timeout = self.address, self.connect_timeout_s
        if self._tls is not None and address.is_tls:
            return http.client.HTTPSConnection(address.host, address.port, timeout=timeout, context=self._tls)
        return http.client.HTTPConnection(address.host, address.port, timeout=timeout)


class Exchange:
    """One request and its reply. `abort` may be called by any thread, at any time."""

    def __init__(self, client: StoreClient, deadline: float) -> None:
        self._client = client
        self._deadline = deadline
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._response: http.client.HTTPResponse | None = None
        self._socket: socket.socket | None = None  # the connection lets go of it before the body is read
        self.is_aborted = False

    @property
    def shown(self) -> str:
        """The store's address, for messages."""
        return self._client.address.shown

    def send(
        self, method: str, body: bytes, headers: Mapping[str, str], parameters: str = ""
    ) -> http.client.HTTPResponse:
        """Send the request; returns once the reply's headers are here.

        A redirect is not followed: it could lead anywhere. A 401 is answered once.

        Raises:
            QueryTimeout: the deadline passed first.
            UpstreamFailure: the store cannot be reached, or breaks off.
        """
        target = self._client.address.target(parameters)
        authorization = self._client.authorization
        if len(body) > _SMALL_BODY_BYTES and authorization is not None and not authorization.is_ready:
            self._ask_for_challenge(authorization, target)
        response = self._send(method, target, body, headers)
        if response.status == _UNAUTHORIZED and authorization is not None:
            challenges = response.headers.get_all("WWW-Authenticate") or []
            if authorization.learn(challenges):
                self.read_all(1 << 20)
                self.finish()
                response = self._send(method, target, body, headers)
        return response

    def _ask_for_challenge(self, authorization: Authorization, target: str) -> None:
        """Learn it without a body: a store that refuses a request need not read what comes with it."""
        response = self._send("HEAD", target, b"", {})
        if response.status == _UNAUTHORIZED:
            authorization.learn(response.headers.get_all("WWW-Authenticate") or [])
        self.read()
        self.finish()

    def read(self, size: int = -1) -> bytes:
        """Some bytes of the reply's body; none at its end.

        Raises:
            QueryTimeout: the deadline passed first.
            UpstreamFailure: the store broke off.
        """
        response = self._response
        if response is None:
            return b""
        try:
            self._limit_wait()
            data = response.read1(size if 0 < size <= _READ_BYTES else _READ_BYTES)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failure(error) from error
        # `read1` takes an early end for the end.
        if not data and response.length:
            raise UpstreamFailure(f"{self.shown} broke off its answer {response.length} bytes before the end")
        return data

    def read_all(self, max_bytes: int) -> bytes:
        """The rest of the body, at most so many bytes of it."""
        found = bytearray()
        while len(found) < max_bytes and (data := self.read()):
            found += data
        return bytes(found[:max_bytes])

    def finish(self) -> None:
        """Let go of the connection: it is kept when the reply was read to its end."""
        with self._lock:
            connection, self._connection = self._connection, None
            response, self._response = self._response, None
            self._socket = None
        if connection is None:
            return
        # `read1` closes a reply of a given length only when it is asked for more than that.
        is_read = response is not None and (response.isclosed() or response.length == 0)
        if response is not None and is_read and not self.is_aborted:
            response.close()
            self._client.give_back(connection)
        else:
            connection.close()

    def abort(self) -> None:
        """Break off: whoever waits for the store wakes up."""
        with self._lock:
            self.is_aborted = True
            if self._socket is not None:
                with suppress(OSError):  # it may be closed already
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _send(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        sent = dict(headers)
        authorization = self._client.authorization
        value = authorization.header(method, target) if authorization else None
        if value is not None:
            sent["Authorization"] = value
        while True:
            connection, was_used = self._client.take()
            try:
                return self._send_on(connection, method, target, body, sent)
            except (ConnectionError, http.client.RemoteDisconnected) as error:
                self.finish()
                # The store may close a kept connection at any time; it has not seen this request then.
                if not was_used or self.is_aborted:
                    raise self._failure(error) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.finish()
                raise self._failure(error) from error

    def _send_on(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        with self._lock:
            if self.is_aborted:
                connection.close()
                raise TimeoutError("the request was given up")
            self._connection = connection
        if connection.sock is None:
            connection.timeout = min(self._client.connect_timeout_s, self._left())
            connection.connect()
        with self._lock:
            self._socket = connection.sock
        self._limit_wait()
        connection.request(method, target, body, dict(headers))
        self._limit_wait()
        response = connection.getresponse()
        with self._lock:
            self._response = response
        return response

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def _limit_wait(self) -> None:
        if self.is_aborted:
            raise TimeoutError("the request was given up")
        if self._socket is not None:
            self._socket.settimeout(self._left())

    def _failure(self, error: Exception) -> QueryTimeout | UpstreamFailure:
        if self.is_aborted or time.monotonic() >= self._deadline:
            return QueryTimeout(f"{self.shown} did not answer in time, and was given up")
        if isinstance(error, TimeoutError):
            limit_s = self._client.connect_timeout_s
            return UpstreamFailure(f"{self.shown} cannot be reached: no connection within {limit_s:g} s")
        if isinstance(error, ssl.SSLCertVerificationError):
            return UpstreamFailure(f"{self.shown} cannot be trusted: {error.verify_message}")
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        what = "cannot be reached" if self._response is None else "broke off its answer"
        return UpstreamFailure(f"{self.shown} {what}: {reason}")
