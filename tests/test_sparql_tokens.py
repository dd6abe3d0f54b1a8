"""The lexer agrees with the grammar, and nothing hides a SERVICE clause from it."""

from __future__ import annotations

from contextlib import suppress

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.errors import Forbidden, QueryError
from rolegraph.sparql_safety import refuse_remote
from rolegraph.sparql_tokens import decode_codepoints, has_dataset_clause, tokens

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


def kinds(query: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(query)]


@pytest.mark.parametrize("query", SERVICE_CALLS)
def test_every_spelling_of_a_service_clause_is_refused(query: str) -> None:
    with pytest.raises(Forbidden, match="SERVICE is not allowed"):
        refuse_remote(query)


@pytest.mark.parametrize("query", HARMLESS)
def test_the_word_service_elsewhere_is_no_call(query: str) -> None:
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


def test_tokens_have_the_kinds_of_the_grammar() -> None:
    assert kinds("SELECT ?x { a:b\\-c.d <http://x#y> 'it''s'@en-GB, 1.5e3 . }") == [
        ("word", "SELECT"),
        ("variable", "?x"),
        ("punctuation", "{"),
        ("name", "a:b\\-c.d"),
        ("iri", "<http://x#y>"),
        ("string", "'it'"),
        ("string", "'s'"),
        ("language", "@en-GB"),
        ("punctuation", ","),
        ("number", "1.5e3"),
        ("punctuation", "."),
        ("punctuation", "}"),
    ]


def test_a_dot_after_a_name_ends_the_statement() -> None:
    assert kinds("true.FILTER a:b.") == [
        ("word", "true"),
        ("punctuation", "."),
        ("word", "FILTER"),
        ("name", "a:b"),
        ("punctuation", "."),
    ]


@given(st.text(alphabet="aS:?<>'\"#\\\n {}.-1u0041é𐀀@_", max_size=60))
def test_tokens_are_slices_of_any_text_in_order(query: str) -> None:
    end = 0
    for token in tokens(query):
        assert token.start >= end
        assert query[token.start : token.end] == token.text
        end = token.end


def test_codepoint_escapes_are_decoded_anywhere() -> None:
    assert decode_codepoints(r"\u0041\U00000042 \UFFFFFFFF") == r"AB \UFFFFFFFF"


@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM <http://g> {}", "select * from named <http://g> {}", "SELECT (1 AS ?x)FROM<http://g>{}"],
)
def test_a_dataset_clause_is_seen(query: str) -> None:
    assert has_dataset_clause(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?from { ?from a:from 'FROM' } # FROM <http://g>",
        "PREFIX from: <http://x/> SELECT * { from:a ?p <http://FROM> }",
    ],
)
def test_the_word_from_elsewhere_is_no_dataset_clause(query: str) -> None:
    assert not has_dataset_clause(query)


HOSTILE = ["a.", "a-", "'", "<'#", "<#>", "'''", '"\\', "a:b.", "<'x> ", '"""\\', "é"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    """Quadratic work on a text of this size would take longer than anyone waits for a test."""
    text = piece * (250_000 // len(piece)) + " SERVICE"
    assert sum(1 for _ in tokens(text)) > 0
    with suppress(Forbidden, QueryError):
        refuse_remote(text)
