"""What might make an engine call another server is refused; the same words elsewhere are not."""

from __future__ import annotations

from contextlib import suppress

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.errors import Forbidden, IriError, QueryError
from rolegraph.sparql_safety import parse_origin, refuse_remote

SERVICE_CALLS = [
    "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * { service SILENT ?x { ?s ?p ?o } }",
    "SELECT * {{}SeRvIcE<http://x/>{}}",
    "ASK{SERVICE#c\n<http://x/>{?s ?p ?o}}",
    "SELECT * { # c\rSERVICE <http://x/> { ?s ?p ?o } }",
    r"SELECT * { SER\u0056ICE <http://x/> { ?s ?p ?o } }",
    r"SELECT * { \U00000053ERVICE <http://x/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE<http://x/>{?s ?p ?o} }",
    "SELECT * { ?s ?p 1SERVICE<http://x/>{?s ?p ?o} }",
    "PREFIX : <http://x/> SELECT * { SERVICE:a {?s ?p ?o} }",
    "PREFIX a: <http://x/> SELECT * { SERVICEa:a {?s ?p ?o} }",
    "PREFIX a: <http://x/> SELECT * { SERVICESILENTa:a {?s ?p ?o} }",
    "SELECT * { BIND(1 AS ?a) FILTER(?a<'x>' || 1=1) SERVICE <http://x/> { ?s ?p 'y' } }",
    "SELECT * { FILTER(1=1|| ?a<?a#>'''\n) SERVICE <http://x/> { ?s ?p ?o } } #'''",
    "SELECT * { FILTER(1=1|| ?a<a:b#>'''\n) SERVICE <http://x/> { ?s ?p ?o } } #'''",
    'ASK{?s ?p """"x"""SERVICE a:b{}}',
    'SELECT * { VALUES ?x { """a" } SERVICE <http://x/> {} }',
    'ASK { ?s ?p "a\\"b" SERVICE a:b {} }',
]
HARMLESS = [
    "SELECT * { ?s ?p 'SERVICE' } # SERVICE <http://x/> {}",
    'SELECT * { ?s ?p """a " SERVICE <http://x/> {} """ }',
    "SELECT * { ?s ?p 'it\\'s SERVICE <http://x/> {}' }",
    "SELECT ?service $SERVICE { ?service <http://x/SERVICE> <http://x/a#SERVICE> }",
    "PREFIX service: <http://x/> SELECT * { service:a service:b service:SERVICE }",
    "PREFIX service: <http://x/> SELECT * { GRAPH service:a { ?s ?p ?o } }",
    "PREFIX a: <http://x/> SELECT * { a:service a:SERVICE\\-x _:service }",
    "BASE <http://x/> SELECT * { <#service> ?p 'a'@service }",
]
LOAD_IS_HARMLESS = [
    "INSERT DATA { <http://x/LOAD> <http://x/load> 'LOAD <http://x/>' } # LOAD <http://x/>",
    "PREFIX load: <http://x/> INSERT DATA { load:a load:b load:LOAD }",
    "PREFIX load: <http://x/> DELETE WHERE { ?s load:b ?o ; load:c ?load . load:d load:e ?x }",
    "PREFIX load: <http://x/> COPY load:a TO load:b ; CLEAR GRAPH load:c ; ADD load:d TO load:e",
    "PREFIX load: <http://x/> WITH load:a DELETE { ?s ?p ?o } USING load:b WHERE { ?s ?p ?o }",
    "PREFIX download: <http://x/> SELECT * FROM download:a { ?s download:b ?o }",
    "PREFIX load: <http://x/> DESCRIBE load:a load:b",
]


@pytest.mark.parametrize("query", SERVICE_CALLS)
def test_every_spelling_of_a_service_clause_is_refused(query: str) -> None:
    with pytest.raises(Forbidden, match="SERVICE is not allowed"):
        refuse_remote(query)


@pytest.mark.parametrize("query", HARMLESS + LOAD_IS_HARMLESS)
def test_the_words_elsewhere_are_no_calls(query: str) -> None:
    refuse_remote(query)


_WORDS = """SERVICE service SILENT GRAPH FILTER EXISTS BIND VALUES OPTIONAL true 1 1. a <#> < > = AS && ||
    <http://127.0.0.1:9/> ' " \''\' \"\"\" 'x>' # \\ ?a ?s ?p ?o a:b a: : :b _:b @en { } ( ) . ; ,"""
_PIECES = st.sampled_from([*_WORDS.split(), "\n", "\r", " "])


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_what_passes_never_makes_the_engine_dial(middle: str) -> None:
    """Port 9 is refused by the engine itself, so a call shows as an OSError and leaves no trace."""
    query = f"PREFIX : <http://127.0.0.1:9/> PREFIX a: <http://127.0.0.1:9/> SELECT * {{ {middle} }}"
    try:
        refuse_remote(query)
    except (Forbidden, QueryError):
        return
    with suppress(SyntaxError):
        list(pyoxigraph.Store().query(query))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://example.org", "http://example.org"),
        ("HTTP://Example.ORG:80", "http://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:80", "https://example.org:80"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:3030", "http://[::1]:3030"),
    ],
)
def test_an_origin_is_normalised(text: str, origin: str) -> None:
    assert parse_origin(text) == origin
    refuse_remote(f"ASK {{ SERVICE <{text}/sparql> {{}} }}", {origin})
    refuse_remote(f"LOAD SILENT <{text}?a> INTO GRAPH <a:b>; CLEAR ALL; LOAD <{text}#a>", {origin})


@pytest.mark.parametrize(
    "text",
    [
        "", "example.org", "ftp://example.org", "http://", "http://a/", "http://a/b", "http://a?b", "http://a#b",
        "http://u@a", "http://u:p@a", "http://a:", "http://a:0", "http://a:65536", "http://a:b", "http://é.org",
        " http://a", "http://a\n", "http://a b", "http:\\\\a", "http:///a", "file:///etc", "*",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(IriError, match="scheme://host"):
        parse_origin(text)


def test_a_refusal_names_the_call_and_the_option() -> None:
    with pytest.raises(Forbidden, match=r"SERVICE to <http://b/> is not allowed: .*--allow-service"):
        refuse_remote("ASK { SERVICE <http://b/> {} }", {"http://a"})
    with pytest.raises(Forbidden, match=r"LOAD is not allowed: .*--allow-service"):
        refuse_remote("LOAD <http://b/>")


@pytest.mark.parametrize("piece", ["<'x> ", "(?a <'x>", "'''", "<<?s?p'x>", "(<#a>)", "?a:load ", "{"])
def test_hostile_text_is_refused_or_read_in_linear_time(piece: str) -> None:
    """Quadratic work on a text of this size would take longer than anyone waits for a test."""
    with suppress(Forbidden, QueryError):
        refuse_remote(piece * (250_000 // len(piece)) + " SERVICE LOAD")
