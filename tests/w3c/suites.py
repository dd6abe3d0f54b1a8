"""The suites of the W3C as test parameters: which tests there are, how many, and which must fail."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from rolegraph.sparql_tokens import tokens

from .failures import FAILURES, REFUSED
from .manifest import Case, read_cases

Counts = dict[str, int]

SUITES: Final[dict[str, Counts]] = {
    "sparql11/manifest-sparql11-query.ttl": {"query evaluation": 225, "query syntax": 103},
    "sparql11/manifest-sparql11-results.ttl": {"query evaluation": 10},
    "sparql11/manifest-sparql11-fed.ttl": {"query evaluation": 7, "query syntax": 3},
    "sparql11/entailment/manifest.ttl": {"query evaluation": 70},
    "sparql11/manifest-sparql11-update.ttl": {"update evaluation": 94, "update syntax": 63},
    "sparql12/manifest.ttl": {
        "query evaluation": 63,
        "query syntax": 183,
        "update evaluation": 3,
        "update syntax": 20,
    },
}
"""Each manifest, and how many tests of each sort it lists."""


def sort_of(case: Case) -> str:
    """Whether a test evaluates or only parses, and whether a query or an update."""
    assert case.request is not None, case.iri
    language = "update" if case.request.path.suffix == ".ru" else "query"
    return f"{language} {'syntax' if 'Syntax' in case.kind else 'evaluation'}"


def count_by_sort(manifest: str) -> Counts:
    """How many tests of each sort were found."""
    return dict(Counter(sort_of(case) for case in read_cases(manifest)))


def cases_of(sort: str) -> list[Case]:
    """All tests of a sort, but for those that are refused by design."""
    cases = [case for manifest in SUITES for case in read_cases(manifest)]
    return [case for case in cases if sort_of(case) == sort and case.iri not in REFUSED]


def parameters(sort: str) -> list[Any]:
    """All tests of a sort for pytest; those of the table of failures must fail, and by an assertion."""
    return [pytest.param(case, id=short_name(case), marks=_marks(case)) for case in cases_of(sort)]


def short_name(case: Case) -> str:
    """A name such as `sparql11/bind/bind01`."""
    return f"{case.folder}/{case.iri.partition('#')[2]}"


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    if case.iri not in FAILURES:
        return []
    return [pytest.mark.xfail(strict=True, raises=AssertionError, reason=FAILURES[case.iri])]


def is_ordered(query: str) -> bool:
    """Whether the result is a sequence: ORDER BY outside of all braces."""
    depth = 0
    for token in tokens(query):
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "punctuation" else 0
        if depth == 0 and token.kind == "word" and token.text.upper() == "ORDER":
            return True
    return False
