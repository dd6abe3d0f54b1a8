"""The comparison of results finds what differs, and nothing that does not matter."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from .service_description import NAMESPACE, faults
from .solutions import READERS, Row, Solutions, by_value, is_same_result
from .suites import is_ordered

INTEGER = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")


def rows(*values: Row) -> Solutions:
    return Solutions(["a", "b"], list(values))


def literal(text: str) -> ox.Literal:
    return ox.Literal(text)


def test_equal_rows_count_as_often_as_they_occur() -> None:
    row: Row = {"a": literal("1")}
    assert not is_same_result(rows(row, row), rows(row), is_ordered=False)
    assert is_same_result(rows(row, row), rows(dict(row), dict(row)), is_ordered=False)


def test_order_counts_only_in_sequences() -> None:
    first: Row = {"a": literal("1")}
    second: Row = {"a": literal("2")}
    assert is_same_result(rows(first, second), rows(second, first), is_ordered=False)
    assert not is_same_result(rows(first, second), rows(second, first), is_ordered=True)


def test_a_shared_blank_node_is_not_two_blank_nodes() -> None:
    one, two = ox.BlankNode(), ox.BlankNode()
    shared = rows({"a": one}, {"b": one})
    assert is_same_result(shared, rows({"a": two}, {"b": two}), is_ordered=False)
    assert not is_same_result(shared, rows({"a": one}, {"b": two}), is_ordered=False)


def test_an_unbound_variable_and_a_missing_one_differ() -> None:
    assert not is_same_result(Solutions(["a"], [{}]), rows({}), is_ordered=False)


def test_only_numbers_and_truth_values_are_compared_by_value() -> None:
    def same_by_value(left: ox.Literal, right: ox.Literal) -> bool:
        return is_same_result(by_value(rows({"a": left})), by_value(rows({"a": right})), is_ordered=False)

    assert same_by_value(ox.Literal("01", datatype=INTEGER), ox.Literal("1", datatype=INTEGER))
    assert not same_by_value(ox.Literal("01", datatype=INTEGER), ox.Literal("2", datatype=INTEGER))
    assert not same_by_value(ox.Literal("1"), ox.Literal("1", datatype=INTEGER))
    assert not same_by_value(ox.Literal("01"), ox.Literal("1"))


@pytest.mark.parametrize("extension", ["srj", "srx", "tsv"])
def test_the_readers_give_back_what_the_engine_writes(extension: str) -> None:
    forms = {
        "srj": ox.QueryResultsFormat.JSON,
        "srx": ox.QueryResultsFormat.XML,
        "tsv": ox.QueryResultsFormat.TSV,
    }
    query = 'SELECT * { VALUES (?a ?b) { (<http://e/> "x"@en) (1 UNDEF) ("a\\tb" <<( <a:s> <a:p> "o" )>>) } }'
    expected = rows(
        {"a": ox.NamedNode("http://e/"), "b": ox.Literal("x", language="en")},
        {"a": ox.Literal("1", datatype=INTEGER)},
        {"a": literal("a\tb"), "b": ox.Triple(ox.NamedNode("a:s"), ox.NamedNode("a:p"), literal("o"))},
    )
    results = ox.Store().query(query)
    assert isinstance(results, ox.QuerySolutions)
    body = results.serialize(format=forms[extension])
    assert body is not None
    assert is_same_result(READERS[extension](body), expected, is_ordered=True)


def test_only_the_order_of_the_whole_query_counts() -> None:
    assert is_ordered("SELECT * { ?s ?p ?o } ORDER BY ?s")
    assert not is_ordered("SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY ?s } }  # ORDER BY ?s")


TURTLE = f"""
PREFIX sd: <{NAMESPACE}>
[] a sd:Service ; sd:endpoint <http://e/sparql> ; sd:supportedLanguage sd:SPARQL11Query ;
   sd:defaultDataset [ a sd:Dataset ; sd:namedGraph [ sd:name <http://e/g> ] ] .
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("sd:supportedLanguage", "sd:supportedLanguages"),
        ("sd:SPARQL11Query", "sd:UnionDefaultGraph"),
        ("a sd:Dataset", "a sd:Graph"),
        ("sd:endpoint <http://e/sparql>", 'sd:endpoint "http://e/sparql"'),
        ("sd:endpoint <http://e/sparql> ;", ""),
    ],
)
def test_a_service_description_with_a_fault_is_found_out(right: str, wrong: str) -> None:
    def faults_of(text: str) -> list[str]:
        return faults(ox.parse(text, format=ox.RdfFormat.TURTLE))

    assert faults_of(TURTLE) == []
    assert right in TURTLE
    assert faults_of(TURTLE.replace(right, wrong)) != []
