"""Requests become operations, or the error that the protocol prescribes."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from rolegraph.errors import MethodNotAllowed, NotAcceptable, QueryError, UnsupportedMediaType
from rolegraph.protocol import Operation, UpdateOperation, negotiate, parse_request
from rolegraph.results import choose

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
DATASET = [
    ("default-graph-uri", "http://a/"),
    ("default-graph-uri", "http://b/"),
    ("named-graph-uri", "http://c/"),
]
USING = "using-graph-uri=http://a/&using-named-graph-uri=http://b/"
ENCODED = urlencode([("query", "ASK {}"), *DATASET])
EXPECTED = Operation("ASK {}", ("http://a/", "http://b/"), ("http://c/",))


def test_get_takes_query_and_dataset_from_the_url() -> None:
    assert parse_request("GET", ENCODED, "", b"") == EXPECTED


def test_form_post_takes_them_from_the_body() -> None:
    assert parse_request("POST", "", f"{FORM}; charset=UTF-8", ENCODED.encode()) == EXPECTED


def test_direct_post_takes_the_dataset_from_the_url() -> None:
    assert parse_request("POST", urlencode(DATASET), f"{DIRECT};charset=utf-8", b"ASK {}") == EXPECTED


def test_unknown_parameters_are_ignored() -> None:
    assert parse_request("GET", "query=ASK%7B%7D&infer=true", "", b"").query == "ASK{}"


def test_plus_and_unicode_are_decoded() -> None:
    text = "SELECT * { ?s ?p 'é+𝔘' }"
    assert parse_request("GET", urlencode({"query": text}), "", b"").query == text


@pytest.mark.parametrize(
    ("method", "url", "content_type", "body", "error"),
    [
        ("GET", "", "", b"", QueryError),
        ("GET", "query=a&query=b", "", b"", QueryError),
        ("GET", "query=%FF", "", b"", QueryError),
        ("POST", "", FORM, b"", QueryError),
        ("POST", "", FORM, b"query=%C3", QueryError),
        ("POST", "", DIRECT, b"\xff", QueryError),
        ("POST", "query=a", DIRECT, b"ASK{}", QueryError),
        ("POST", "", DIRECT + "; charset=latin-1", b"ASK{}", UnsupportedMediaType),
        ("POST", "", "text/plain", b"ASK{}", UnsupportedMediaType),
        ("POST", "", "", b"ASK{}", UnsupportedMediaType),
        ("GET", "update=CLEAR+ALL", "", b"", MethodNotAllowed),
        ("POST", "query=ASK{}", FORM, b"update=CLEAR+ALL", QueryError),
        ("PUT", "query=ASK{}", "", b"", MethodNotAllowed),
        ("DELETE", "", "", b"", MethodNotAllowed),
    ],
)
def test_bad_requests_have_their_own_errors(
    method: str, url: str, content_type: str, body: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        parse_request(method, url, content_type, body)


@pytest.mark.parametrize(
    ("url", "content_type", "body"),
    [
        (USING, "application/sparql-update", "CLEAR ALL"),
        ("", FORM, f"update=CLEAR+ALL&{USING}"),
    ],
)
def test_an_update_comes_with_its_dataset(url: str, content_type: str, body: str) -> None:
    operation = parse_request("POST", url, content_type, body.encode())
    assert operation == UpdateOperation("CLEAR ALL", ("http://a/",), ("http://b/",))


def test_a_wrong_method_lists_the_allowed_ones() -> None:
    with pytest.raises(MethodNotAllowed) as raised:
        parse_request("PATCH", "", "", b"")
    assert raised.value.allowed == ("GET", "HEAD", "POST")


OFFERED = ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, OFFERED[0]),
        ("", OFFERED[0]),
        ("*/*", OFFERED[0]),
        ("text/*", "text/csv"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("application/*;q=0.5, text/csv;q=0.4", OFFERED[0]),
        ("application/*;q=0.4, text/csv;q=0.5", "text/csv"),
        ("application/sparql-results+json;q=0, */*", OFFERED[1]),
        ("*/*;q=0.1, application/*;q=0, text/*;q=0.05", "text/csv"),
        ("text/csv;q=0", None),
        ("*/*;q=0", None),
        ("image/png", None),
        ("text/csv;charset=utf-8", "text/csv"),
        ('text/csv;charset="UTF-8"', "text/csv"),
        ("text/csv;charset=iso-8859-1", None),
        ("text/csv;charset=iso-8859-1, application/*;q=0.2", OFFERED[0]),
        ("text/csv;q=high, application/*;q=0.2", OFFERED[0]),
        ("nonsense", None),
        ("text/html,application/xhtml+xml,*/*;q=0.8", OFFERED[0]),
    ],
)
def test_accept_goes_by_quality_then_closeness_then_offer(accept: str | None, expected: str | None) -> None:
    assert negotiate(accept, OFFERED) == expected


def test_a_browser_gets_a_format_of_each_kind() -> None:
    choice = choose("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert choice.solutions is not None
    assert choice.solutions.extension == "xml"
    assert choice.graph is not None
    assert choice.graph.extension == "rdf"


def test_an_excluded_type_does_not_come_back_by_another_name() -> None:
    choice = choose("application/sparql-results+json;q=0, */*;q=0.1")
    assert choice.solutions is not None
    assert choice.solutions.extension == "xml"


def test_a_type_of_one_kind_leaves_the_other_without() -> None:
    choice = choose("text/turtle")
    assert choice.solutions is None
    assert choice.graph is not None


@pytest.mark.parametrize("wished", ["csv", "text/csv"])
def test_a_wished_format_wins_over_accept(wished: str) -> None:
    choice = choose("text/turtle", wished)
    assert choice.solutions is not None
    assert choice.solutions.content_type == "text/csv; charset=utf-8"
    assert choice.graph is None


@pytest.mark.parametrize(("accept", "wished"), [("image/png", ""), ("*/*", "png")])
def test_what_nothing_fits_lists_the_offer(accept: str, wished: str) -> None:
    with pytest.raises(NotAcceptable, match="text/csv") as raised:
        choose(accept, wished)
    assert "text/turtle" in raised.value.offered
