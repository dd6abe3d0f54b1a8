"""Whatever a store does wrong, nobody takes a part of an answer for the whole, and nobody waits for ever."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from rolegraph.endpoint.authorization import Authorization, FixedAuthorization, PasswordAuthorization
from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.run import RunRequest
from rolegraph.endpoint.upstream import Upstream, UpstreamOptions
from rolegraph.errors import (
    Busy,
    Cancelled,
    ConfigError,
    Forbidden,
    NotAcceptable,
    QueryError,
    QueryMemory,
    QueryTimeout,
    RolegraphError,
    UpstreamFailure,
)
from rolegraph.results import GRAPHS, SOLUTIONS
from servers import wait_until
from upstreams import Asked, Reply, ScriptedStore, scripted

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
SELECT = RunRequest(query="SELECT ?n { ?s ?p ?n }")
CONSTRUCT = RunRequest(query="CONSTRUCT { ?s ?p ?n } { ?s ?p ?n }", graph=GRAPHS[1])
LINE = b'<http://e/s> <http://e/p> "x" .\n'


def rows(count: int) -> bytes:
    bindings = [{"n": {"type": "literal", "value": f"value {n}"}} for n in range(count)]
    return json.dumps({"head": {"vars": ["n"]}, "results": {"bindings": bindings}}).encode()


def replies(status: int, body: bytes, content_type: str, **headers: str) -> Callable[[Reply, Asked], None]:
    return lambda reply, _: reply.send(status, body, Content_Type=content_type, **headers)


@contextmanager
def upstream_of(
    store: ScriptedStore, authorization: Authorization | None = None, **options: Any
) -> Iterator[Upstream]:
    limits = UpstreamOptions(**{"timeout_s": 20, **options})
    upstream = Upstream(store.url, authorization=authorization, options=limits)
    try:
        yield upstream
        wait_until(lambda: is_idle(upstream))
    finally:
        upstream.close()


def is_idle(upstream: Upstream) -> bool:
    return upstream.running == 0


def ask(store: ScriptedStore, request: RunRequest = SELECT, **options: Any) -> bytes:
    with upstream_of(store, **options) as upstream:
        return b"".join(upstream.run(request))


@pytest.mark.parametrize(
    ("status", "headers", "content_type", "body", "error", "part"),
    [
        (400, {}, "text/plain", b"error at 1:8: no\nmore", QueryError, "error at 1:8: no"),
        (400, {}, "text/html", b"<html>secret</html>", QueryError, "refuses the query"),
        (401, {}, "text/plain", b"who?", UpstreamFailure, "credentials"),
        (404, {}, "text/plain", b"nothing here", UpstreamFailure, "404"),
        (302, {"Location": "http://127.0.0.1:9/"}, "text/plain", b"", UpstreamFailure, "not followed"),
        (408, {}, "text/plain", b"", QueryTimeout, "time limit"),
        (500, {}, "text/plain", b"Virtuoso 42000 Error x", UpstreamFailure, "Virtuoso 42000 Error x"),
        (500, {}, "text/plain", b"Virtuoso S1TAT Error x", QueryTimeout, "time limit"),
        (502, {}, "text/html", b"<html>10.1.2.3</html>", UpstreamFailure, "502"),
        (504, {}, "text/plain", b"", QueryTimeout, "time limit"),
        (507, {}, "text/plain", b"", QueryMemory, "memory"),
        (200, {"X-SQL-State": "S1TAT"}, JSON, rows(1), QueryTimeout, "part of the answer"),
        (206, {}, JSON, rows(1), QueryTimeout, "part of the answer"),
        (200, {"X-SQL-State": "40001", "X-SQL-Message": "deadlock"}, JSON, rows(1), UpstreamFailure, "40001"),
        (200, {"X-SPARQL-MaxRows": "1"}, JSON, rows(1), UpstreamFailure, "ResultSetMaxRows"),
        (200, {}, "text/html", b"<html>", UpstreamFailure, "text/html"),
        (200, {}, JSON, rows(3)[:-9], UpstreamFailure, "cannot be read"),
        (200, {}, JSON, rows(3) + b"error", UpstreamFailure, "cannot be read"),
        (200, {}, JSON, rows(3)[:-3] + b"The SPARQL operation has been cancelled", QueryTimeout, "within"),
        (200, {}, XML, b"<sparql", UpstreamFailure, "cannot be read"),
        (200, {}, JSON, b'{"head":{},"boolean":true}', UpstreamFailure, "true or false"),
        (200, {}, JSON, b"", UpstreamFailure, "cannot be read"),
    ],
)
def test_reply_that_is_no_whole_answer_is_an_error_of_its_kind(
    status: int,
    headers: dict[str, str],
    content_type: str,
    body: bytes,
    error: type[RolegraphError],
    part: str,
) -> None:
    with scripted(replies(status, body, content_type, **headers)) as store:
        with pytest.raises(error, match=part) as caught:
            ask(store)
        assert "secret" not in str(caught.value)
        assert "10.1.2.3" not in str(caught.value)
        assert len(store.asked) == 1


@pytest.mark.parametrize(("sent", "expected"), [("7", 7), ("0", 1), ("", 1), ("99999", 3600)])
def test_busy_store_is_busy_for_as_long_as_it_says(sent: str, expected: int) -> None:
    for status in (429, 503):
        with scripted(replies(status, b"", "text/plain", Retry_After=sent)) as store:
            with pytest.raises(Busy) as caught:
                ask(store)
            assert caught.value.retry_after_s == expected


def test_graph_that_ends_early_at_the_end_of_a_line_is_a_failure() -> None:
    def cut(reply: Reply, _: Asked) -> None:
        reply.send(200, LINE * 2, Content_Type="application/n-triples", Content_Length=str(3 * len(LINE)))
        reply.close_connection = True

    with scripted(cut) as store, pytest.raises(UpstreamFailure, match="before the end"):
        ask(store, CONSTRUCT)


def test_chunked_answer_that_breaks_off_is_a_failure() -> None:
    def cut(reply: Reply, _: Asked) -> None:
        reply.send_response(200)
        reply.send_header("Content-Type", "application/n-triples")
        reply.send_header("Transfer-Encoding", "chunked")
        reply.end_headers()
        reply.wfile.write(b"%x\r\n%s\r\n" % (len(LINE), LINE))
        reply.close_connection = True

    with scripted(cut) as store, pytest.raises(UpstreamFailure, match="broke off"):
        ask(store, CONSTRUCT)


def test_failure_after_the_first_piece_is_raised_where_the_bytes_end() -> None:
    broken = replies(200, rows(20_000)[:-20], JSON)
    with scripted(broken) as store, upstream_of(store) as upstream:
        answer = upstream.run(SELECT)
        assert not answer.is_whole
        assert next(answer)
        with pytest.raises(UpstreamFailure, match="cannot be read"):
            list(answer)


def test_store_that_hangs_is_given_up_at_the_deadline_and_hears_of_it() -> None:
    left = threading.Event()

    def hang(reply: Reply, _: Asked) -> None:
        reply.wait_for_client()
        left.set()

    with scripted(hang) as store:
        with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
            ask(store, timeout_s=0.2)
        assert left.wait(20)


def test_store_that_hangs_within_the_answer_is_given_up_at_the_deadline() -> None:
    body = rows(20_000)

    def hang(reply: Reply, _: Asked) -> None:
        reply.send(200, body[:-20], Content_Type=JSON, Content_Length=str(len(body)))
        reply.wait_for_client()

    with scripted(hang) as store, upstream_of(store, timeout_s=2) as upstream:
        answer = upstream.run(SELECT)
        with pytest.raises(QueryTimeout):
            list(answer)


def test_client_that_leaves_ends_the_request_to_the_store() -> None:
    asked, left = threading.Event(), threading.Event()
    cancellation = Cancellation()

    def hang(reply: Reply, _: Asked) -> None:
        asked.set()
        reply.wait_for_client()
        left.set()

    def leave() -> None:
        asked.wait(20)
        cancellation.cancel()

    with scripted(hang) as store, upstream_of(store) as upstream:
        thread = threading.Thread(target=leave)
        thread.start()
        with pytest.raises(Cancelled):
            upstream.run(SELECT, cancellation)
        thread.join()
        assert left.wait(20)


def test_client_that_left_while_it_waited_is_never_asked_for() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with scripted(replies(200, rows(1), JSON)) as store, upstream_of(store) as upstream:
        with pytest.raises(Cancelled):
            upstream.run(SELECT, cancellation)
        assert not store.asked


def test_closed_answer_frees_its_place() -> None:
    long = replies(200, rows(200_000), JSON)
    with scripted(long) as store, upstream_of(store, max_requests=1, queue_wait_s=20) as upstream:
        for _ in range(3):
            answer = upstream.run(SELECT)
            assert not answer.is_whole
            answer.close()


def test_more_queries_than_places_are_busy() -> None:
    release = threading.Event()

    def hang(reply: Reply, asked: Asked) -> None:
        release.wait(20)
        reply.send(200, rows(1), Content_Type=JSON)

    with scripted(hang) as store, upstream_of(store, max_requests=1, queue_wait_s=0.05) as upstream:
        thread = threading.Thread(target=lambda: list(upstream.run(SELECT)))
        thread.start()
        wait_until(lambda: bool(store.asked))
        with pytest.raises(Busy):
            upstream.run(SELECT)
        release.set()
        thread.join()
        wait_until(lambda: is_idle(upstream))
        assert b"".join(upstream.run(SELECT))


def test_store_that_is_not_there_is_a_failure_and_not_alive() -> None:
    with scripted(replies(200, b"", JSON)) as store:
        url = store.url
    upstream = Upstream(url)
    with pytest.raises(UpstreamFailure, match="refused"):
        upstream.run(SELECT)
    assert upstream.status()["workers_alive"] == 0


def test_connection_is_used_again_and_a_stale_one_replaced() -> None:
    ports = []

    def answer(reply: Reply, asked: Asked) -> None:
        ports.append(reply.client_address[1])
        reply.send(200, rows(1), Content_Type=JSON)
        reply.close_connection = len(ports) == 2  # without a word of it in the headers

    with scripted(answer) as store, upstream_of(store) as upstream:
        for _ in range(3):
            assert b"value 0" in b"".join(upstream.run(SELECT))
            wait_until(lambda: is_idle(upstream))
    assert ports[0] == ports[1] != ports[2]


@pytest.mark.parametrize("fmt", SOLUTIONS)
def test_answer_of_virtuoso_s_own_kind_becomes_a_boolean(fmt: Any) -> None:
    one = {"type": "typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#integer", "value": "1"}
    for bindings, word in (([{"__ASK_RETVAL": one}], b"true"), ([], b"false")):
        body = {"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": bindings}}
        with scripted(replies(200, json.dumps(body).encode(), JSON)) as store:
            assert word in ask(store, RunRequest(query="ASK { ?s ?p ?o }", solutions=fmt))


def test_xml_becomes_the_wished_format() -> None:
    body = (
        b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="n"/></head>'
        b'<results><result><binding name="n"><uri>http://e/a</uri></binding></result></results></sparql>'
    )
    with scripted(replies(200, body, XML)) as store:
        assert ask(store, RunRequest(query=SELECT.query, solutions=SOLUTIONS[2])) == b"n\r\nhttp://e/a\r\n"


def test_page_takes_its_rows_and_says_that_there_are_more() -> None:
    with scripted(replies(200, rows(50_000), JSON)) as store:
        page = json.loads(ask(store, RunRequest(query=SELECT.query, max_rows=2)))
    assert [row[0]["value"] for row in page["rows"]] == ["value 0", "value 1"]
    assert page["more"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", Forbidden),
        ('PREFIX x: <bif:> SELECT (x:http_get("http://127.0.0.1:9/") AS ?t) {}', Forbidden),
        ('SELECT (bif:http_get("http://127.0.0.1:9/") AS ?t) {}', Forbidden),
        ('SELECT (<\\u0062if:http_get>("http://127.0.0.1:9/") AS ?t) {}', Forbidden),
        ('SELECT (sql:rdf_regex("a") AS ?t) {}', Forbidden),
        ('DEFINE get:soft "replace" SELECT * FROM <http://127.0.0.1:9/> {}', QueryError),
        ("INSERT DATA { <http://e/a> <http://e/b> 1 }", QueryError),
        ("#\\u000AINSERT DATA { <http://e/a> <http://e/b> 1 } #\nSELECT * {}", QueryError),
        ("LOAD <http://127.0.0.1:9/>", Forbidden),
        ("PREFIX ex: <http://e/>", QueryError),
        ("ASK {" * 200 + "}" * 200, QueryError),
    ],
)
def test_what_is_no_query_or_reaches_beyond_the_store_is_never_sent(
    query: str, error: type[RolegraphError]
) -> None:
    with scripted(replies(200, rows(1), JSON)) as store:
        with pytest.raises(error):
            ask(store, RunRequest(query=query))
        assert not store.asked


def test_result_without_an_acceptable_format_is_never_asked_for() -> None:
    with scripted(replies(200, rows(1), JSON)) as store:
        with pytest.raises(NotAcceptable):
            ask(store, RunRequest(query=SELECT.query, solutions=None))
        assert not store.asked


def sent_fields(query: str, **parts: Any) -> dict[str, list[str]]:
    options = parts.pop("options", {})
    with scripted(replies(200, rows(1), JSON)) as store:
        ask(store, RunRequest(query=query, **parts), **options)
        return store.asked[0].fields


def test_dataset_of_the_request_is_sent_and_else_the_configured_graphs() -> None:
    options = {"default_graphs": ("http://e/1", "http://e/2")}
    assert sent_fields(SELECT.query, options=options)["default-graph-uri"] == ["http://e/1", "http://e/2"]
    assert sent_fields(SELECT.query, options=options)["named-graph-uri"] == ["http://e/1", "http://e/2"]
    found = sent_fields(SELECT.query, named_graphs=("http://e/3",), options=options)
    assert found["named-graph-uri"] == ["http://e/3"]
    assert "default-graph-uri" not in found
    assert "default-graph-uri" not in sent_fields("SELECT ?n FROM <http://e/4> { ?s ?p ?n }", options=options)
    assert "default-graph-uri" not in sent_fields(SELECT.query)


@pytest.mark.parametrize(("unit", "expected"), [("ms", ["20000"]), ("s", ["20"]), ("no", None)])
def test_store_is_told_the_time_in_its_unit(unit: str, expected: list[str] | None) -> None:
    assert sent_fields(SELECT.query, options={"timeout_unit": unit}).get("timeout") == expected


@pytest.fixture
def guarded() -> Iterator[tuple[ScriptedStore, list[str]]]:
    """A store that lets nobody in without Basic, Digest or a token, whichever a request has."""
    seen: list[str] = []

    def answer(reply: Reply, asked: Asked) -> None:
        value = asked.headers.get("Authorization", "")
        seen.append(value)
        if value:
            reply.send(200, rows(1), Content_Type=JSON)
        else:
            challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5, opaque="o"'
            reply.send(
                401, WWW_Authenticate=challenge if asked.target.endswith("digest") else 'Basic realm="r"'
            )

    with scripted(answer) as store:
        yield store, seen


def test_password_is_sent_by_basic_only_when_asked_for(guarded: tuple[ScriptedStore, list[str]]) -> None:
    store, seen = guarded
    with upstream_of(store, PasswordAuthorization("me", "pass")) as upstream:
        for _ in range(2):
            list(upstream.run(SELECT))
    assert seen == ["", "Basic bWU6cGFzcw==", "Basic bWU6cGFzcw=="]


def test_store_that_knows_digest_never_sees_the_password(guarded: tuple[ScriptedStore, list[str]]) -> None:
    store, seen = guarded
    store.url += "?digest"
    with upstream_of(store, PasswordAuthorization("me", "pass")) as upstream:
        for _ in range(2):
            list(upstream.run(SELECT))
    assert seen[0] == ""
    assert all(value.startswith("Digest ") and 'uri="/sparql?digest"' in value for value in seen[1:])
    assert "nc=00000001" in seen[1]
    assert "nc=00000002" in seen[2]
    assert not any("pass" in value for value in seen)


def test_digest_is_computed_as_the_standard_s_example() -> None:
    authorization = PasswordAuthorization("Mufasa", "Circle Of Life")  # RFC 2617 section 3.5, without qop
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert authorization.learn([f'Digest realm="testrealm@host.com", nonce="{nonce}", opaque="o"'])
    value = authorization.header("GET", "/dir/index.html")
    assert value is not None
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in value


def test_credentials_are_in_no_message() -> None:
    with scripted(replies(403, b"no", "text/plain")) as store:
        store.url += "?key=hidden"
        with (
            upstream_of(store, FixedAuthorization("Bearer hidden")) as upstream,
            pytest.raises(UpstreamFailure) as caught,
        ):
            upstream.run(SELECT)
        assert store.asked[0].headers["Authorization"] == "Bearer hidden"
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://e/", "e.org/sparql", "http://me:pw@e/", "http://e/#x", "http://e:x/"])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Upstream(url)
    assert "pw" not in str(caught.value)
