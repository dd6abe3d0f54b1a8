"""What comes in and what goes out: a request with its whole body, and a reply whose body may stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin

from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.errors import IriError
from rolegraph.protocol import parse_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request.

    `path` is percent-decoded, `query_string` is not; the names in `headers` are in small letters, and
    a header that came several times is joined by commas. `origin` is scheme and host of the server as
    the client named them, such as `http://127.0.0.1:8000`.
    """

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://localhost"
    client: str = ""
    cancellation: Cancellation = field(default_factory=Cancellation)

    def header(self, name: str) -> str:
        """A header's value, "" when it was not sent."""
        return self.headers.get(name, "")

    def field(self, name: str) -> str:
        """The first value of a parameter of the address, "" when it was not sent."""
        return next((value for key, value in parse_fields(self.query_string) if key == name), "")

    def absolute(self, reference: str) -> str:
        """An IRI reference against the request's own address.

        Raises:
            IriError: it is none.
        """
        try:
            return urljoin(self.origin + self.path, reference)
        except ValueError as error:
            raise IriError(f"{reference!r} is no IRI reference: {error}") from error


class Stream(Protocol):
    """A body that comes in pieces; an error in the middle means that what came is not the whole."""

    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...
    def close(self) -> None:
        """Give up what has not come yet."""


@dataclass(slots=True, kw_only=True)
class Reply:
    """One HTTP response; whoever sends it calls `report` once with the size and what broke, if anything.

    `encoded_headers` stands for `headers` where they were encoded before.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Stream = b""
    report: Callable[[int, BaseException | None], None] = lambda _size, _error: None
    is_from_cache: bool = False
    encoded_headers: list[tuple[bytes, bytes]] | None = None

    def encode_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as they are sent."""
        if self.encoded_headers is not None:
            return self.encoded_headers
        return [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in self.headers.items()]

    def vary(self, *names: str) -> None:
        """Name request headers that the reply depends on."""
        known = [name for name in self.headers.get("Vary", "").split(", ") if name]
        self.headers["Vary"] = ", ".join(dict.fromkeys([*known, *names]))

    def close(self) -> None:
        """Give up the rest of a body that nobody will read."""
        if not isinstance(self.body, bytes):
            self.body.close()


@dataclass(frozen=True, slots=True)
class Pending:
    """A reply that needs a query's answer: what to run, and what makes a reply of it."""

    run: RunRequest
    reply: Callable[[Answer], Reply]


@dataclass(frozen=True, slots=True)
class Blocking:
    """A reply that takes its time."""

    reply: Callable[[], Reply]


Outcome = Reply | Pending | Blocking
View = Callable[[Request], Outcome]
