"""The lexer agrees with the grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.sparql_tokens import decode_codepoints, has_dataset_clause, outline, tokens


def kinds(query: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(query)]


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


@given(st.text(alphabet="aS:?<>'\"#\n {}().-1é_", max_size=60))
def test_an_outline_has_what_the_tokens_have_outside_strings_iris_and_comments(text: str) -> None:
    found = outline(text)
    if found is None:
        return
    kept = [token for token in tokens(text) if token.kind not in {"iri", "string"}]
    for sign in "{}()#'\"":
        assert found.count(sign) == sum(token.text == sign for token in kept)


@pytest.mark.parametrize("text", ["?a<'x>", "<#a>", "\\x", "'a", '"""a"', "?a <b'c> ?d"])
def test_a_text_that_can_be_cut_in_two_ways_has_no_outline(text: str) -> None:
    assert outline(text) is None


def test_an_outline_hides_what_strings_iris_comments_and_escapes_hold() -> None:
    text = 'a:b\\(c \'(\' """("(""" <http://x/(\'#> # (\n ('
    assert outline(text) == "a:b i c  i   i   i   i \n ("


HOSTILE = ["a.", "a-", "'", "<'#", "<#>", "'''", '"\\', "a:b.", "<'x> ", '"""\\', "é", "#"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    """Quadratic work on a text of this size would take longer than anyone waits for a test."""
    text = piece * (250_000 // len(piece))
    assert sum(1 for _ in tokens(text)) <= len(text)
    outline(text)
    outline(f"<{text}")
