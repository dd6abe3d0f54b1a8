"""The service answers as HTTP asks: tags, codings, CORS, tokens, limits, counts. No process is needed."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

import pytest
import zstandard
from werkzeug.datastructures import Headers

from rolegraph.describe.facts import ServiceFacts
from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.errors import AnswerTooLarge, Busy, QueryError, QueryTimeout
from rolegraph.service.access_log import AccessLog
from rolegraph.service.answers import Limits
from rolegraph.service.exchange import Reply, Request
from rolegraph.service.guard import CrossOrigin
from rolegraph.service.service import Service, ServiceOptions
from rolegraph.service.tokens import Gate, Token, new_token
from rolegraph.web.app import create_app

ROWS = b'{"head":{"vars":["n"]},"results":{"bindings":[]}}' * 100
QUERY = Request(method="GET", path="/sparql", query_string="query=SELECT%20*%20%7B%7D")
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Pieces:
    """The rest of an answer, one piece after the other."""

    def __init__(self, pieces: list[bytes], failure: Exception | None = None) -> None:
        self.pieces = list(pieces)
        self.failure = failure
        self.was_stopped = False

    def next_chunk(self) -> bytes | None:
        if self.pieces:
            return self.pieces.pop(0)
        if self.failure is not None:
            raise self.failure
        return None

    def stop(self) -> None:
        self.was_stopped = True


@dataclass
class FakeBackend:
    """Answers every query alike, and notes what it was asked."""

    generation: str = "g1"
    chunks: list[bytes] = field(default_factory=lambda: [ROWS])
    rest: Pieces | None = None
    error: Exception | None = None
    asked: list[RunRequest] = field(default_factory=list)

    @property
    def generations(self) -> tuple[str, ...]:
        return (self.generation,)

    def generation_of(self, _request: RunRequest) -> str:
        return self.generation

    def run(self, request: RunRequest, cancellation: Cancellation | None = None) -> Answer:  # noqa: ARG002
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        content_type = request.content_type("solutions")
        return Answer("solutions", content_type, list(self.chunks), self.rest, self.generation)

    def begin(self, *_arguments: object) -> None:
        return None

    def status(self) -> dict[str, Any]:
        return {"workers_alive": 1, "workers": 3}

    def close(self) -> None:
        pass


@dataclass
class FakeWriter:
    updates: list[str] = field(default_factory=list)

    def update(self, text: str, *_graphs: object) -> object:
        self.updates.append(text)
        return None

    def put_graph(self, *_arguments: object) -> tuple[object, bool]:
        return None, True

    post_graph = put_graph

    def delete_graph(self, _graph: str | None) -> object:
        return None


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


def make(backend: FakeBackend, writer: FakeWriter | None = None, **options: Any) -> Service:
    return Service(backend, ServiceFacts(endpoint=""), ServiceOptions(**options), writer=writer)


def ask(service: Service, request: Request = QUERY, **headers: str) -> Reply:
    """As the server does: from memory, or else by the backend."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    incoming = replace(request, headers={**request.headers, **named})
    reply = service.answer_at_once(incoming) or service.answer(incoming)
    # The names of headers that are encoded already are in small letters.
    reply.headers = Headers((n.decode(), v.decode()) for n, v in reply.encode_headers())  # type: ignore[assignment]
    return reply


def body(reply: Reply) -> bytes:
    return reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)


def test_the_same_question_runs_once(backend: FakeBackend) -> None:
    service = make(backend)
    first, second = ask(service), ask(service)
    assert len(backend.asked) == 1
    assert (first.headers["ETag"], body(first)) == (second.headers["ETag"], body(second))
    assert not first.headers["ETag"].startswith("W/")
    assert (first.is_from_cache, second.is_from_cache) == (False, True)


def test_a_question_put_otherwise_finds_the_same_answer(backend: FakeBackend) -> None:
    service = make(backend)
    post = Request(method="POST", path="/sparql", headers=FORM, body=b"query=SELECT+*+%7B%7D")
    assert ask(service).headers["ETag"] == ask(service, post).headers["ETag"]
    assert len(backend.asked) == 1


def test_what_a_client_has_is_not_sent_again(backend: FakeBackend) -> None:
    service = make(backend)
    etag = ask(service).headers["ETag"]
    for known in (etag, f'"x", W/{etag}', "*"):
        reply = ask(service, if_none_match=known)
        assert (reply.status, body(reply), reply.headers["ETag"]) == (304, b"", etag)
        assert "Content-Length" not in reply.headers
    assert ask(service, if_none_match='"x"').status == 200


def test_a_304_needs_no_run_even_when_the_answer_is_not_kept(backend: FakeBackend) -> None:
    etag = ask(make(backend)).headers["ETag"]
    assert ask(make(backend), if_none_match=etag).status == 304
    assert len(backend.asked) == 1


def test_new_data_has_new_tags(backend: FakeBackend) -> None:
    service = make(backend)
    etag = ask(service).headers["ETag"]
    backend.generation = "g2"
    reply = ask(service, if_none_match=etag)
    assert (reply.status, len(backend.asked)) == (200, 2)
    assert reply.headers["ETag"] != etag


def test_data_that_changes_while_a_query_runs_is_kept_under_its_own_name(backend: FakeBackend) -> None:
    class Changing(FakeBackend):
        def run(self, request: RunRequest, cancellation: Cancellation | None = None) -> Answer:
            self.generation = "g2"
            return super().run(request, cancellation)

    changing = Changing()
    service = make(changing)
    assert ask(service).headers["ETag"].startswith('"g2-')
    changing.generation = "g1"
    assert not ask(service).is_from_cache


def test_formats_and_codings_and_hosts_have_their_own_tags(backend: FakeBackend) -> None:
    service = make(backend)
    replies = [
        ask(service),
        ask(service, accept="text/csv"),
        ask(service, accept_encoding="gzip"),
        ask(service, accept_encoding="zstd"),
        ask(service, replace(QUERY, origin="http://other")),  # relative IRIs mean something else there
    ]
    assert len({reply.headers["ETag"] for reply in replies}) == 5
    assert all(reply.headers["Vary"] == "Accept, Accept-Encoding" for reply in replies)


@pytest.mark.parametrize("function", ["NOW()", "rand()", "UUID()", "StrUUID()", "BNODE()", r"N\u004FW()"])
def test_what_differs_each_time_is_never_kept(backend: FakeBackend, function: str) -> None:
    service = make(backend)
    request = replace(QUERY, query_string=f"query=SELECT ({function} AS ?x) {{}}")
    for _ in range(2):
        reply = ask(service, request)
        assert "ETag" not in reply.headers
        assert reply.headers["Cache-Control"] == "no-store"
    assert len(backend.asked) == 2


def test_a_word_in_a_string_does_not_keep_an_answer_from_being_kept(backend: FakeBackend) -> None:
    assert (
        "ETag"
        in ask(make(backend), replace(QUERY, query_string="query=ASK { ?s ?p 'NOW() is fine' }")).headers
    )


def test_failures_are_never_kept(backend: FakeBackend) -> None:
    service = make(backend)
    backend.error = QueryTimeout("too long")
    assert ask(service).status == 504
    backend.error = None
    assert ask(service).status == 200


def test_a_busy_server_says_when_to_come_back(backend: FakeBackend) -> None:
    backend.error = Busy("full", retry_after_s=7)
    reply = ask(make(backend))
    assert (reply.status, reply.headers["Retry-After"]) == (503, "7")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("is_streamed", [False, True])
def test_bodies_are_compressed_whole_or_as_they_come(
    backend: FakeBackend, coding: str, is_streamed: bool
) -> None:
    backend.rest = Pieces([b"a" * 5000, b"b" * 5000]) if is_streamed else None
    reply = ask(make(backend), accept_encoding=coding)
    assert reply.headers["Content-Encoding"] == coding
    packed = body(reply)
    plain = ROWS + (b"a" * 5000 + b"b" * 5000 if is_streamed else b"")
    unpack = gzip.decompress if coding == "gzip" else zstandard.ZstdDecompressor().decompressobj().decompress
    assert unpack(packed) == plain
    assert len(packed) < len(plain)


def test_a_short_body_stays_as_it_is(backend: FakeBackend) -> None:
    backend.chunks = [b"{}"]
    reply = ask(make(backend), accept_encoding="gzip")
    assert "Content-Encoding" not in reply.headers
    assert body(reply) == b"{}"


def test_a_streamed_answer_has_a_weak_tag_until_it_is_kept_whole(backend: FakeBackend) -> None:
    backend.rest = Pieces([b"more"])
    service = make(backend)
    first = ask(service)
    assert first.headers["ETag"].startswith("W/")
    assert "Content-Length" not in first.headers
    whole = body(first)
    second = ask(service)
    assert (second.is_from_cache, body(second)) == (True, whole)
    assert f"W/{second.headers['ETag']}" == first.headers["ETag"]


def test_a_streamed_answer_that_breaks_off_is_not_kept(backend: FakeBackend) -> None:
    backend.rest = Pieces([b"more"], QueryTimeout("too long"))
    service = make(backend)
    with pytest.raises(QueryTimeout):
        body(ask(service))
    backend.rest = None
    assert not ask(service).is_from_cache


def test_an_answer_may_not_pass_the_limit_of_bytes(backend: FakeBackend) -> None:
    backend.rest = rest = Pieces([b"x" * 4000, b"y" * 4000])
    reply = ask(make(backend, limits=Limits(max_bytes=len(ROWS) + 5000)))
    assert reply.headers["Rolegraph-Max-Bytes"] == str(len(ROWS) + 5000)
    with pytest.raises(AnswerTooLarge, match="LIMIT"):
        body(reply)
    assert rest.was_stopped


@pytest.mark.parametrize(
    ("query", "sent", "is_announced"),
    [
        ("SELECT * {}", "SELECT * {} LIMIT 10 ", True),
        ("SELECT * {} LIMIT 3", "SELECT * {} LIMIT 3", False),
        ("SELECT * {} LIMIT 30", "SELECT * {} LIMIT 10", True),
        ("SELECT * { { SELECT * {} LIMIT 30 } }", "SELECT * { { SELECT * {} LIMIT 30 } } LIMIT 10 ", True),
        ("SELECT * {} ORDER BY ?x # LIMIT 3", "SELECT * {} ORDER BY ?x LIMIT 10  # LIMIT 3", True),
        ("ASK {}", "ASK {}", False),
        ("CONSTRUCT WHERE {}", "CONSTRUCT WHERE {}", False),
    ],
)
def test_a_limit_of_rows_is_put_in_and_said(
    backend: FakeBackend, query: str, sent: str, is_announced: bool
) -> None:
    request = replace(
        QUERY, method="POST", headers={"content-type": "application/sparql-query"}, body=query.encode()
    )
    reply = ask(make(backend, limits=Limits(max_rows=10)), replace(request, query_string=""))
    assert backend.asked[0].query == sent
    assert reply.headers.get("Rolegraph-Max-Rows") == ("10" if is_announced else None)


def test_a_limit_is_said_of_answers_from_memory_too(backend: FakeBackend) -> None:
    service = make(backend, limits=Limits(max_rows=10, max_bytes=10**6))
    first, second = ask(service), ask(service)
    assert second.is_from_cache
    for name in ("Rolegraph-Max-Rows", "Rolegraph-Max-Bytes"):
        assert first.headers[name] == second.headers[name]


def test_the_cache_stays_within_its_size(backend: FakeBackend) -> None:
    service = make(backend, cache_mb=1)
    backend.chunks = [b"x" * 200_000]
    for number in range(20):
        ask(service, replace(QUERY, query_string=f"query=ASK{{}}&default-graph-uri=http://e/{number}"))
    assert service.metrics.text().count(b"rolegraph_cache_entries 5.0") == 1
    assert not ask(
        service, replace(QUERY, query_string="query=ASK{}&default-graph-uri=http://e/0")
    ).is_from_cache


def test_head_is_get_without_the_body(backend: FakeBackend) -> None:
    service = make(backend)
    reply = ask(service, replace(QUERY, method="HEAD"))
    assert (reply.status, body(reply)) == (200, b"")
    assert reply.headers["Content-Length"] == str(len(ROWS))


def test_head_stops_what_streams(backend: FakeBackend) -> None:
    backend.rest = rest = Pieces([b"x"])
    assert body(ask(make(backend), replace(QUERY, method="HEAD"))) == b""
    assert rest.was_stopped


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/sparql", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/query/ladder", {"GET", "HEAD", "OPTIONS"}),
        ("/graphs", {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"}),
        ("/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_options_names_the_methods_of_an_address(backend: FakeBackend, path: str, methods: set[str]) -> None:
    reply = ask(make(backend), Request(method="OPTIONS", path=path))
    assert reply.status == 204
    assert set(reply.headers["Allow"].split(", ")) == methods


def test_a_preflight_is_answered_for_allowed_pages_only(backend: FakeBackend) -> None:
    service = make(backend, cross_origin=CrossOrigin(frozenset({"https://good.example"})))
    request = Request(method="OPTIONS", path="/sparql")
    good = ask(service, request, origin="https://good.example", access_control_request_method="POST")
    bad = ask(service, request, origin="https://bad.example", access_control_request_method="POST")
    assert good.headers["Access-Control-Allow-Origin"] == "https://good.example"
    assert "POST" in good.headers["Access-Control-Allow-Methods"]
    assert not [name for name, _ in bad.headers.items() if name.startswith("Access-Control")]


def test_pages_of_other_sites_may_read_unless_origins_are_named(backend: FakeBackend) -> None:
    assert ask(make(backend), origin="https://any.example").headers["Access-Control-Allow-Origin"] == "*"
    named = make(backend, cross_origin=CrossOrigin(frozenset({"https://good.example"})))
    for _ in range(2):  # the second comes from memory
        reply = ask(named, origin="https://bad.example")
        assert "Access-Control-Allow-Origin" not in reply.headers
        assert "Origin" in reply.headers["Vary"]


def test_every_reply_has_an_id_and_the_security_headers(backend: FakeBackend) -> None:
    service = make(backend)
    replies = [
        ask(service),
        ask(service),
        ask(service, replace(QUERY, path="/none")),
        ask(service, accept="a/b"),
    ]
    assert len({reply.headers["X-Request-Id"] for reply in replies}) == 4
    for reply in replies:
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert ask(service, x_request_id="mine-1").headers["X-Request-Id"] == "mine-1"
    assert ask(service, x_request_id="bad\r\nid").headers["X-Request-Id"] != "bad\r\nid"


def tokens() -> tuple[Gate, str, str]:
    reader, reads = new_token("ann", "read")
    writer, writes = new_token("bob", "write")
    return Gate([reads, writes], guards_reads=True), reader, writer


def test_a_guarded_server_shows_nothing_without_a_token(backend: FakeBackend) -> None:
    gate, reader, writer = tokens()
    service = make(backend, gate=gate)
    for header in ("", "Bearer wrong", "Basic abc", "Bearer", reader):
        reply = ask(service, authorization=header)
        assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer realm="rolegraph"')
    for token in (reader, writer):
        reply = ask(service, authorization=f"Bearer {token}")
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "private, no-cache")
    assert ask(service).status == 401, "what is kept must not be shown either"
    assert ask(service, Request(method="GET", path="/healthz")).status == 200


def test_only_a_token_for_writing_writes(backend: FakeBackend) -> None:
    gate, reader, writer = tokens()
    kept = FakeWriter()
    service = make(backend, kept, gate=gate)
    request = Request(method="POST", path="/sparql", headers=FORM, body=b"update=CLEAR+ALL")
    statuses = [
        ask(service, request, authorization=header).status
        for header in ("", f"Bearer {reader}", f"Bearer {writer}")
    ]
    assert statuses == [401, 403, 204]
    assert kept.updates == ["CLEAR ALL"]


def test_the_file_of_tokens_does_not_hold_them() -> None:
    text, token = new_token("ann", "write")
    assert text not in token.line()
    assert Token("ann", "write", token.digest) == token


@pytest.mark.parametrize(
    ("origin", "page", "status"),
    [
        ("http://127.0.0.1:8000", "", 204),
        ("http://localhost:8000", "", 204),
        ("http://[::1]:8000", "", 204),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", 204),
        ("http://127.0.0.1:8000", "https://evil.example", 403),
        ("http://127.0.0.1:8000", "null", 403),
        ("http://evil.example:8000", "", 403),
    ],
)
def test_without_tokens_no_page_of_another_site_writes(
    backend: FakeBackend, origin: str, page: str, status: int
) -> None:
    service = make(backend, FakeWriter())
    request = Request(method="POST", path="/sparql", headers=FORM, body=b"update=CLEAR+ALL", origin=origin)
    assert ask(service, request, **({"origin": page} if page else {})).status == status


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_read_only_server_takes_no_graphs(backend: FakeBackend, method: str) -> None:
    request = Request(method=method, path="/graphs", query_string="default", body=b"")
    reply = ask(make(backend), request, content_type="text/turtle")
    assert reply.status == 403
    assert b"--writable" in body(reply)


def test_a_problem_says_where_a_query_is_wrong(backend: FakeBackend) -> None:
    backend.error = QueryError("error at 3:14: expected something")
    assert json.loads(body(ask(make(backend))))["position"] == {"line": 3, "column": 14}


def test_counts_are_those_of_what_happened(backend: FakeBackend) -> None:
    service = make(backend)
    for reply in (ask(service), ask(service), ask(service, accept="a/b")):
        reply.report(len(body(reply)), None)
    backend.error = QueryTimeout("too long")
    ask(service, accept="text/csv").report(0, None)
    text = service.metrics.text().decode()
    for line in (
        'rolegraph_requests_total{route="sparql",status="200"} 2.0',
        'rolegraph_requests_total{route="sparql",status="406"} 1.0',
        'rolegraph_requests_total{route="sparql",status="504"} 1.0',
        'rolegraph_request_seconds_count{route="sparql"} 4.0',
        'rolegraph_cache_total{outcome="hit"} 1.0',
        'rolegraph_cache_total{outcome="miss"} 1.0',
        'rolegraph_queries_stopped_total{cause="timeout"} 1.0',
        "rolegraph_workers_alive 1.0",
    ):
        assert line in text, line


def test_the_access_log_has_a_line_of_json_for_each_request(backend: FakeBackend) -> None:
    file = StringIO()
    service = Service(backend, ServiceFacts(endpoint=""), access_log=AccessLog(file))
    reply = ask(service)
    reply.report(len(body(reply)), None)
    (line,) = file.getvalue().splitlines()
    record = json.loads(line)
    assert (record["status"], record["path"], record["bytes"]) == (200, "/sparql", len(ROWS))
    assert record["request_id"] == reply.headers["X-Request-Id"]
    assert "SELECT" not in line


def test_a_wsgi_server_guards_and_protects_pages_as_the_own_server_does(backend: FakeBackend) -> None:
    gate, reader, _ = tokens()
    client = create_app(make(backend, gate=gate)).test_client()
    for path in ("/", "/?query=ASK{}", "/sparql?query=ASK{}"):
        assert client.get(path).status_code == 401
    for path in ("/", "/sparql?query=ASK{}"):
        reply = client.get(path, headers={"Authorization": f"Bearer {reader}"})
        assert reply.status_code == 200
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert reply.headers["X-Request-Id"]
