"""A person reads what is wrong with a query, and not what characters a grammar could go on with."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from rolegraph.sparql_errors import explain


def complaint(text: str) -> str:
    with pytest.raises(SyntaxError) as raised:
        ox.Store().query(text)
    return explain(text, raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * { ?s ?p", "error at 1:17: read to its end, the text is no SPARQL"),
        ("SELECT * { ?s foaf:x ?y }", "error at 1:21: Prefix not found"),
        ("ASK { ?x a <a> }", "error at 1:15: IRI parsing failed"),
    ],
)
def test_a_complaint_is_one_short_sentence(text: str, expected: str) -> None:
    assert complaint(text).startswith(expected)


@pytest.mark.parametrize(
    "text", ["", "SELEC", "SELECT ?x { ?x", "ASK { ?s ?p 'a }", "SELECT (COUNT(*) AS ?n) ?s {?s ?p ?o}", "é{"]
)
def test_no_complaint_lists_characters(text: str) -> None:
    sentence = complaint(text)
    assert sentence.startswith("error at ")
    assert ".." not in sentence
    assert len(sentence) < 200


def test_what_stands_in_the_wrong_place_is_shown_with_the_words_that_could() -> None:
    error = SyntaxError("error at 2:3: expected one of \"$\", BIND, FILTER, ['0' ..= '9' | 'a'], [_]")
    assert (
        explain("ASK {\n  FLTER(1) }", error)
        == "error at 2:3: 'FLTER(1) }' cannot stand here; BIND, FILTER could"
    )


def test_what_is_no_complaint_of_the_parser_stays() -> None:
    assert explain("ASK {}", ValueError("something else")) == "something else"
