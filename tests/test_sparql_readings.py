"""Every way in which an engine might cut a text is followed."""

from __future__ import annotations

import pytest

from rolegraph.errors import QueryError
from rolegraph.sparql_readings import readings


def words(text: str) -> list[str]:
    """The words of all readings, in the order in which they are met."""
    return [place.token.text for place in readings(text) if place.token.kind == "word"]


def test_a_text_without_doubt_is_read_once() -> None:
    assert words("ASK { ?s a <http://x/'#> FILTER(?s < <#a>) } # b") == ["ASK", "a", "FILTER"]


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(?a<'x> ') HIDDEN #'\n}",
        "ASK { FILTER(?a<b#> '\n) HIDDEN #'\n}",
        "ASK { <<?s?p'x> '>> HIDDEN #'\n}",
        "ASK { FILTER(1)<<?s?p'x> '>> HIDDEN #'\n}",
        "ASK { ?s ?p '''a' HIDDEN",
        'ASK { ?s ?p """a" HIDDEN',
    ],
)
def test_a_word_that_one_reading_takes_for_a_string_is_found_by_another(text: str) -> None:
    assert "HIDDEN" in words(text)


@pytest.mark.parametrize(
    "text", ["SELECT * { <#a> ?p 'HIDDEN' , <#b> , 'x' }", "ASK { FILTER(?a = <'x> && 'HIDDEN') }"]
)
def test_an_iri_where_no_operator_can_stand_is_an_iri(text: str) -> None:
    assert "HIDDEN" not in words(text)


def test_brackets_are_open_after_their_sign_and_closed_after_its_partner() -> None:
    depths = [place.brackets.depth for place in readings("ASK { << ?s ?p ( 1 ) >> }")]
    assert depths == [0, 1, 1, 2, 2, 2, 3, 3, 2, 2, 1, 0]


def test_a_bracket_of_another_kind_closes_nothing() -> None:
    *_, last = readings("ASK { ( } ] }")
    assert last.brackets.depth == 2


def test_a_text_with_too_many_readings_is_refused() -> None:
    with pytest.raises(QueryError, match="too many ways"):
        words("ASK {" + " FILTER(1<#> || (1\n" * 60)
