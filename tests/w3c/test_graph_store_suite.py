"""A running server answers the requests of the Graph Store Protocol suite as its manifests say.

The older manifest in `http-rdf-update` describes the same requests in prose, and every test of it is
marked as deprecated in favour of these.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .exchanges import HttpTest, read_http_tests, read_listed
from .http_client import Endpoint, load, play

MANIFEST = "sparql11/graph-store-protocol/manifest.ttl"
TESTS = read_http_tests(MANIFEST, "GraphStoreProtocolTest")


def test_the_graph_store_suite_has_13_tests_and_one_that_is_not_listed(shared: Callable[[str], Path]) -> None:
    shared(f"w3c/{MANIFEST}")
    listed = read_listed(MANIFEST)
    assert len(listed) == 13
    assert listed < {test.iri for test in TESTS}
    assert [test.name for test in TESTS if test.iri not in listed] == ["head_non_existing_direct"]


@pytest.mark.parametrize("test", [pytest.param(test, id=test.name) for test in TESTS])
def test_graph_store(endpoint: Endpoint, test: HttpTest) -> None:
    load(endpoint, test)
    play(endpoint, test)
