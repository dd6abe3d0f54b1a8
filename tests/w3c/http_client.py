"""Exchanges in, checked responses out: plays a test of HTTP against a running server."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from email.message import Message
from typing import Final
from urllib.parse import quote, urljoin

import pyoxigraph as ox

from .exchanges import Exchange, Expected, HttpTest
from .solutions import MEDIA_TYPES, READERS, is_isomorphic

_TABULAR: Final = {media_type: extension for extension, media_type in MEDIA_TYPES.items()}
_BOOLEAN: Final = {MEDIA_TYPES["srj"], MEDIA_TYPES["srx"]}
_RDF: Final = {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"}


@dataclass(frozen=True, slots=True)
class Response:
    """A response, read to its end."""

    status: int
    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        """The type without parameters, "" when there is no body to have one."""
        return self.headers.get_content_type() if "Content-Type" in self.headers else ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server on loopback; `paths` are pairs of the suites' path and the server's own."""

    port: int
    headers: dict[str, str]
    paths: tuple[tuple[str, str], ...] = (("/sparql/", "/sparql"), ("/gsp", "/graphs"))

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Response:
        """Send one request on a connection of its own; no header is added but Host and Content-Length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {**headers, **self.headers})
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read())
        finally:
            connection.close()

    def path(self, path: str) -> str:
        """The server's path for one of the suites'."""
        for theirs, ours in self.paths:
            if path.startswith(theirs):
                return ours + path.removeprefix(theirs)
        raise AssertionError(path)

    def url(self, path: str) -> str:
        """The whole URL of one of the suites' paths."""
        return f"http://127.0.0.1:{self.port}{self.path(path)}"


def load(endpoint: Endpoint, test: HttpTest) -> None:
    """Give the server the graphs of a test, and no other."""
    form = {"Content-Type": "application/sparql-update"}
    cleared = endpoint.send("POST", endpoint.path("/sparql/"), form, b"DROP ALL")
    assert cleared.status in range(200, 300), cleared.body
    for iri, file in test.graphs:
        path = f"{endpoint.path('/gsp')}?graph={quote(iri, safe='')}"
        stored = endpoint.send("PUT", path, {"Content-Type": "application/n-triples"}, file.path.read_bytes())
        assert stored.status in range(200, 300), stored.body


def play(endpoint: Endpoint, test: HttpTest) -> None:
    """Send the requests of a test in their order, and check each response."""
    locations: dict[str, str] = {}
    for exchange in test.exchanges:
        path, body = exchange.path, exchange.body
        for name, value in locations.items():
            path = path.replace(name, value)
            body = body and body.replace(name.encode(), value.encode())
        response = endpoint.send(exchange.method, endpoint.path(path), exchange.headers, body)
        shown = f"{exchange.method} {path}: {response.status} {response.body[:300]!r}"
        check(exchange, response, shown)
        if exchange.expected.location:
            assert response.headers["Location"], shown
            locations[exchange.expected.location] = urljoin(endpoint.url(path), response.headers["Location"])


def check(exchange: Exchange, response: Response, shown: str) -> None:
    """Check one response against all that the test says of it."""
    expected = exchange.expected
    assert any(response.status in statuses for statuses in expected.statuses), shown
    if expected.format:
        check_format(expected, response, shown)
    if expected.content_type:
        # Parameters of media types are compared without regard to case and spaces (RFC 9110 8.3.1).
        found = response.headers.get("Content-Type", "").replace(" ", "").lower()
        assert found == expected.content_type.replace(" ", "").lower(), shown
    if exchange.method == "HEAD":
        assert response.body == b"", shown
    if expected.body is not None:
        assert is_isomorphic(read_graph(response), parse_turtle(expected.body)), shown


def check_format(expected: Expected, response: Response, shown: str) -> None:
    """Check that the body is of the kind that the test names, and readable as what it says it is."""
    if expected.format == "RDF":
        assert response.media_type in _RDF, shown
        read_graph(response)
        return
    wanted = _BOOLEAN if expected.format == "boolean" else set(_TABULAR)
    assert response.media_type in wanted, shown
    found = READERS[_TABULAR[response.media_type]](response.body)
    assert isinstance(found, bool) == (expected.format == "boolean"), shown
    if expected.boolean is not None:
        assert found is expected.boolean, shown


def read_graph(response: Response) -> list[ox.Quad]:
    """The triples of a response."""
    form = ox.RdfFormat.from_media_type(response.media_type)
    assert form is not None, response.media_type
    return list(ox.parse(response.body, format=form))


def parse_turtle(text: str) -> list[ox.Quad]:
    """The triples of a text that a manifest holds."""
    return list(ox.parse(text, format=ox.RdfFormat.TURTLE))
