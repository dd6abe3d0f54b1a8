"""Updates of the official suites leave the expected graphs, through the one function that runs updates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.errors import Forbidden, QueryError
from rolegraph.store import update

from .failures import FAILS_TO_RUN, REFUSED
from .manifest import Case, Data, read_cases
from .solutions import is_isomorphic
from .suites import parameters, short_name
from .worker_path import load

ENGINE_ERRORS = (SyntaxError, ValueError, RuntimeError, QueryError)


def load_store(data: Data) -> ox.Store:
    """A store whose graphs are those of the test; an update sees the store's own default graph."""
    store = ox.Store()
    for file in data.default:
        load(store, file, ox.DefaultGraph())
    for iri, file in data.named:
        load(store, file, ox.NamedNode(iri))
    return store


@pytest.mark.parametrize("case", parameters("update evaluation"))
def test_update_evaluation(case: Case) -> None:
    store = load_store(case.data)
    update(store, case.text)
    # An empty graph may be kept or forgotten (SPARQL 1.1 Update 3.1.3): only triples are compared.
    assert is_isomorphic(store, load_store(case.after)), str(store)


@pytest.mark.parametrize("case", parameters("update syntax"))
def test_update_syntax(case: Case) -> None:
    store = ox.Store()
    if case.iri in FAILS_TO_RUN:
        with pytest.raises(ENGINE_ERRORS, match=FAILS_TO_RUN[case.iri]):
            update(store, case.text)
    elif case.kind.startswith("Positive"):
        update(store, case.text)
    else:
        assert case.kind.startswith("Negative")
        # LOAD is refused before the engine finds the fault in the rest of the text.
        with pytest.raises((*ENGINE_ERRORS, Forbidden)):
            update(store, case.text)


def test_updates_that_load_from_other_servers_are_refused(shared: Callable[[str], Path]) -> None:
    shared("w3c/sparql11/manifest-sparql11-update.ttl")
    cases = read_cases("sparql11/manifest-sparql11-update.ttl")
    refused = [case for case in cases if case.iri in REFUSED]
    assert len(refused) == 7
    for case in refused:
        store = load_store(case.data)
        with pytest.raises(Forbidden, match="LOAD"):
            update(store, case.text)
        assert is_isomorphic(store, load_store(case.data)), short_name(case)
