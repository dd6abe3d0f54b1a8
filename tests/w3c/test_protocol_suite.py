"""A running server answers the requests of the SPARQL 1.1 Protocol suite as its manifest says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .exchanges import HttpTest, read_http_tests, read_listed
from .http_client import Endpoint, load, play

MANIFEST = "sparql11/protocol/manifest.ttl"
TESTS = read_http_tests(MANIFEST, "ProtocolTest")


def test_the_protocol_suite_has_34_tests(shared: Callable[[str], Path]) -> None:
    shared(f"w3c/{MANIFEST}")
    assert {test.iri for test in TESTS} == read_listed(MANIFEST)
    assert len(TESTS) == 34


@pytest.mark.parametrize("test", [pytest.param(test, id=test.name) for test in TESTS])
def test_protocol(endpoint: Endpoint, test: HttpTest) -> None:
    load(endpoint, test)
    play(endpoint, test)
