"""A request of the Graph Store Protocol is about the very graph that it names; a garbled one is refused."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

import pytest

from rolegraph.errors import IriError, QueryError
from rolegraph.service.exchange import Request
from rolegraph.service.graphs import GraphViews


class Recorder:
    """A writer that remembers which graph it should delete."""

    graph: str | None = "none asked for"

    def delete_graph(self, graph: str | None) -> None:
        self.graph = graph


def named(query_string: str, path: str = "/graphs") -> str | None:
    writer = Recorder()
    views = GraphViews(cast(Any, None), cast(Any, writer), allow_write=lambda _: None)
    views.graphs(Request(method="DELETE", path=path, query_string=query_string, origin="http://h"))
    return writer.graph


@pytest.mark.parametrize(
    "iri", ["http://e/ns#", "http://e/g?", "http://e/a/../b", "urn:x:a", "HTTP://E/g", "http://e/é"]
)
def test_an_absolute_iri_is_taken_as_it_is(iri: str) -> None:
    assert named("graph=" + quote(iri, safe="")) == iri


def test_a_relative_reference_is_resolved_against_the_address() -> None:
    assert named("graph=a") == "http://h/a"
    assert named("graph=/b/c") == "http://h/b/c"


@pytest.mark.parametrize(
    "text", ["\x0e", "http://e/a\nb", "http://e/a\tb", " http://e/g", "a\rb", "http://e/<g>", "http://e/a b"]
)
def test_what_is_no_iri_names_no_graph(text: str) -> None:
    with pytest.raises(IriError):
        named("graph=" + quote(text, safe=""))


@pytest.mark.parametrize("query_string", ["", "graph=", "graph=a&default", "graph=a&graph=b"])
def test_a_request_names_one_graph(query_string: str) -> None:
    with pytest.raises(QueryError):
        named(query_string)


def test_an_address_below_names_itself_and_default_the_default_graph() -> None:
    assert named("", "/graphs/a") == "http://h/graphs/a"
    assert named("default") is None


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("boundary=b", b"--b\r\nno header\rat all--b--\r\n"),
        ("boundary=b", b"--b\r\nA: b\r\n\r\nx\r\n--b--\r\n"),
        ("boundary=b", b"--b\r\nContent-Disposition: form-data; name=graph"),
        ("boundary=b", b"\xff\xfe"),
        ("boundary=b", b""),
        ("boundary=\xe9", b"--\xe9\r\n"),
        ("boundary=", b"--b\r\n"),
        ("", b"--b\r\n"),
        ("boundary=b", b"--b\r\n\xff: \xff\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\r\n--b--"),
    ],
)
def test_a_form_that_is_not_well_formed_is_refused(content_type: str, body: bytes) -> None:
    headers = {"content-type": f"multipart/form-data; {content_type}"}
    views = GraphViews(cast(Any, None), cast(Any, Recorder()), allow_write=lambda _: None)
    with pytest.raises(QueryError):
        views.graphs(
            Request(method="PUT", path="/graphs", query_string="default", headers=headers, body=body)
        )
