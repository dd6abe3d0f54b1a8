"""Queries of the official suites get the expected answer through the worker's path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest

from .failures import ENTAILMENT, EQUAL_BY_VALUE, FAILS_TO_RUN, FAILURES, REFUSED
from .manifest import Case, read_cases
from .solutions import (
    MEDIA_TYPES,
    READERS,
    Solutions,
    by_value,
    is_isomorphic,
    is_result_set,
    is_same_result,
    read_rdf,
)
from .suites import SUITES, count_by_sort, is_ordered, parameters, short_name, sort_of
from .worker_path import Dataset, Refusal, Reply, ask, load_dataset, parse

Shared = Callable[[str], Path]


@pytest.mark.parametrize("manifest", SUITES)
def test_a_suite_has_as_many_tests_as_its_manifest_lists(shared: Shared, manifest: str) -> None:
    shared(f"w3c/{manifest}")
    assert count_by_sort(manifest) == SUITES[manifest]


def test_the_tables_name_only_tests_that_exist(shared: Shared) -> None:
    for manifest in SUITES:
        shared(f"w3c/{manifest}")
    known = {case.iri for manifest in SUITES for case in read_cases(manifest)}
    tables: list[Iterable[str]] = [FAILURES, EQUAL_BY_VALUE, REFUSED, FAILS_TO_RUN]
    named = [iri for table in tables for iri in table]
    assert set(named) <= known
    assert len(named) == len(set(named)), "a test is in one table"


def test_at_least_213_of_225_query_evaluation_tests_are_passed(shared: Shared) -> None:
    manifest = "sparql11/manifest-sparql11-query.ttl"
    shared(f"w3c/{manifest}")
    cases = [case for case in read_cases(manifest) if sort_of(case) == "query evaluation"]
    assert len([case for case in cases if case.iri not in FAILURES]) >= 213


@pytest.mark.parametrize("case", parameters("query evaluation"))
def test_query_evaluation(case: Case) -> None:
    dataset = load_dataset(case.data)
    assert case.result is not None
    extension = case.result.path.suffix.removeprefix(".")
    if extension in READERS:
        check_solutions(
            case, answer(dataset, case, extension), READERS[extension](case.result.path.read_bytes())
        )
        return
    quads = parse(case.result)
    if is_result_set(quads):
        check_solutions(case, answer(dataset, case, "srj"), read_rdf(quads))
        return
    reply = ask(dataset, case.text, MEDIA_TYPES["srj"])
    assert isinstance(reply, Reply), reply
    assert reply.kind == "graph"
    found = list(ox.parse(reply.body, format=ox.RdfFormat.TURTLE))
    assert is_isomorphic(found, quads), found


def answer(dataset: Dataset, case: Case, extension: str) -> Solutions | bool:
    """Ask in the format of the extension, and read the answer."""
    reply = ask(dataset, case.text, MEDIA_TYPES[extension])
    assert isinstance(reply, Reply), reply
    found = READERS[extension](reply.body)
    assert reply.kind == ("boolean" if isinstance(found, bool) else "solutions")
    return found


def check_solutions(case: Case, found: Solutions | bool, expected: Solutions | bool) -> None:
    ordered = is_ordered(case.text)
    is_equal = is_same_result(found, expected, is_ordered=ordered)
    if case.iri in EQUAL_BY_VALUE:
        assert not is_equal, "it is equal term by term: take it out of EQUAL_BY_VALUE"
        is_equal = is_same_result(by_value(found), by_value(expected), is_ordered=ordered)
    assert is_equal, f"{found}\nis not\n{expected}"


@pytest.mark.parametrize("case", parameters("query syntax"))
def test_query_syntax(case: Case) -> None:
    reply = ask(Dataset(ox.Store(), (), ()), case.text, MEDIA_TYPES["srj"])
    if case.iri in FAILS_TO_RUN:
        assert isinstance(reply, Refusal)
        assert FAILS_TO_RUN[case.iri] in reply.message
    elif case.kind.startswith("Positive"):
        assert isinstance(reply, Reply), reply
    else:
        assert case.kind.startswith("Negative")
        assert isinstance(reply, Refusal), "it was accepted"
        assert reply.kind == "query"


def test_queries_for_other_servers_are_refused(shared: Shared) -> None:
    shared("w3c/sparql11/manifest-sparql11-fed.ttl")
    cases = read_cases("sparql11/manifest-sparql11-fed.ttl")
    assert {case.iri for case in cases} <= REFUSED
    for case in cases:
        reply = ask(load_dataset(case.data), case.text, MEDIA_TYPES["srx"])
        assert isinstance(reply, Refusal), short_name(case)
        assert reply.kind == "forbidden"


def test_without_entailment_answers_lack_rows_and_have_none_that_are_wrong(shared: Shared) -> None:
    shared("w3c/sparql11/entailment/manifest.ttl")
    for case in read_cases("sparql11/entailment/manifest.ttl"):
        if case.iri not in ENTAILMENT:
            continue
        assert case.result is not None
        found = answer(load_dataset(case.data), case, "srx")
        expected = READERS["srx"](case.result.path.read_bytes())
        if isinstance(found, bool) or isinstance(expected, bool):
            assert (found, expected) == (False, True), case.iri
        else:
            assert [row for row in found.rows if row not in expected.rows] == [], case.iri
            assert len(found.rows) < len(expected.rows)
