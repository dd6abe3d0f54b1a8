"""A running server describes itself as the SPARQL 1.1 Service Description suite wants it.

The manifest only names its three tests, so they are written out here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from .exchanges import read_listed
from .http_client import Endpoint, read_graph
from .service_description import NAMESPACE, faults

MANIFEST = "sparql11/service-description/manifest.ttl"


def test_the_suite_has_the_three_tests_of_this_file(shared: Callable[[str], Path]) -> None:
    shared(f"w3c/{MANIFEST}")
    names = {iri.partition("#")[2] for iri in read_listed(MANIFEST)}
    assert names == {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}


def describe(endpoint: Endpoint) -> list[ox.Quad]:
    """What a GET of the endpoint without a query returns."""
    response = endpoint.send("GET", endpoint.path("/sparql/"), {"Accept": "text/turtle"}, None)
    assert (response.status, response.media_type) == (200, "text/turtle"), response.body
    return read_graph(response)


def test_returns_rdf(endpoint: Endpoint) -> None:
    assert describe(endpoint)


def test_has_endpoint_triple(endpoint: Endpoint) -> None:
    found = [quad.object for quad in describe(endpoint) if quad.predicate.value == f"{NAMESPACE}endpoint"]
    assert found == [ox.NamedNode(endpoint.url("/sparql/"))]


def test_conforms_to_schema(endpoint: Endpoint) -> None:
    assert faults(describe(endpoint)) == []
