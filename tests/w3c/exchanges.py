"""HTTP tests of a manifest as plain values: the requests to send, and what each must be answered with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from .manifest import File, ManifestGraph, Node, open_manifests, reference_data

_HT: Final = "http://www.w3.org/2011/http#"
_CNT: Final = "http://www.w3.org/2011/content#"
_MF: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_STATUS: Final = "http://www.w3.org/2011/http-statusCodes#"
_NAMED_STATUSES: Final = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a response must be; what a test does not speak of is empty or None.

    `statuses` are ranges of status codes, `format` is `boolean`, `tabular` or `RDF`, `location` a name
    that stands for the response's Location in the requests that follow.
    """

    statuses: tuple[range, ...]
    format: str = ""
    boolean: bool | None = None
    content_type: str = ""
    body: str | None = None
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request, as a client sends it, and the response that it must get."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    expected: Expected


@dataclass(frozen=True, slots=True)
class HttpTest:
    """The exchanges of one test, in order, over a store that holds these graphs."""

    iri: str
    graphs: tuple[tuple[str, File], ...]
    exchanges: tuple[Exchange, ...]

    @property
    def name(self) -> str:
        """The last part of the test's IRI."""
        return self.iri.partition("#")[2]


def read_http_tests(name: str, kind: str) -> list[HttpTest]:
    """Read all tests of a class from a manifest and those it includes; none without reference data.

    A test that is described and not listed in `mf:entries` is read too.
    """
    if not (reference_data() / "w3c" / name).exists():
        return []
    return [
        _read_test(graph, ox.NamedNode(iri))
        for graph in open_manifests(name)
        for iri in graph.instances(kind)
    ]


def read_listed(name: str) -> set[str]:
    """IRIs of the tests that a manifest and those it includes list."""
    return {node.value for graph in open_manifests(name) for node in graph.entries()}


def _read_test(graph: ManifestGraph, test: ox.NamedNode) -> HttpTest:
    connection = graph.value(test, f"{_MF}action")
    assert connection is not None, test
    requests = graph.items(graph.value(connection, f"{_HT}requests"))
    exchanges = tuple(_read_exchange(graph, request) for request in requests)
    return HttpTest(test.value, graph.graph_data(test), exchanges)


def _read_exchange(graph: ManifestGraph, request: Node) -> Exchange:
    response = graph.value(request, f"{_HT}resp")
    assert response is not None, request
    text, encoding = _body(graph, request)
    return Exchange(
        method=_text(graph.value(request, f"{_HT}methodName")),
        path=_text(graph.value(request, f"{_HT}absolutePath")),
        headers=_headers(graph, request),
        body=None if text is None else text.encode(encoding),
        expected=_read_expected(graph, response),
    )


def _read_expected(graph: ManifestGraph, response: Node) -> Expected:
    statuses = [_text(node).removeprefix(_STATUS) for node in graph.values(response, f"{_MF}expectedStatus")]
    boolean = graph.value(response, f"{_MF}expectedBoolean")
    return Expected(
        statuses=tuple(_status_range(name) for name in statuses),
        format=_text(graph.value(response, f"{_MF}expectedFormat")),
        boolean=None if boolean is None else _text(boolean) == "true",
        content_type=_headers(graph, response).get("content-type", ""),
        body=_body(graph, response)[0],
        location=_text(graph.value(response, f"{_MF}expectedLocation")),
    )


def _status_range(name: str) -> range:
    """The codes that a status stands for, `StatusCode4xx` being a class of them."""
    if name in _NAMED_STATUSES:
        return range(_NAMED_STATUSES[name], _NAMED_STATUSES[name] + 1)
    assert name.startswith("StatusCode"), name
    first = int(name[len("StatusCode")]) * 100
    return range(first, first + 100)


def _headers(graph: ManifestGraph, message: Node) -> dict[str, str]:
    return {
        _text(graph.value(header, f"{_HT}fieldName")): _text(graph.value(header, f"{_HT}fieldValue"))
        for header in graph.items(graph.value(message, f"{_HT}headers"))
    }


def _body(graph: ManifestGraph, message: Node) -> tuple[str | None, str]:
    body = graph.value(message, f"{_HT}body")
    if body is None:
        return None, ""
    return (
        _text(graph.value(body, f"{_CNT}chars")),
        _text(graph.value(body, f"{_CNT}characterEncoding")),
    )


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, ox.NamedNode | ox.Literal) else ""
