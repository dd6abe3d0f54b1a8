"""A store and a query in, the engine's results out: the one place that says what a query sees."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from rolegraph.sparql_tokens import has_dataset_clause, refuse_service

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
_NamedGraph = ox.NamedNode | ox.BlankNode
_Graph = _NamedGraph | ox.DefaultGraph


def evaluate(
    store: ox.Store, query: str, default_graphs: Iterable[str] = (), named_graphs: Iterable[str] = ()
) -> Results:
    """Start a query that somebody sent.

    A dataset that is given overrides the one in the query (SPARQL 1.1 Protocol 2.1.4). With neither,
    the default graph is the union of all graphs; the engine's switch for that ignores FROM, so it is
    off as soon as the query has one.

    Raises:
        Forbidden: the query calls SERVICE.
        SyntaxError, ValueError, RuntimeError: the engine refuses it.
    """
    refuse_service(query)
    default: list[_Graph] = [ox.NamedNode(iri) for iri in dict.fromkeys(default_graphs)]
    named: list[_NamedGraph] = [ox.NamedNode(iri) for iri in dict.fromkeys(named_graphs)]
    if default or named:
        # No triple counts twice: the graphs of a snapshot are disjoint, and none is listed twice.
        return store.query(query, default_graph=default, named_graphs=named)
    return store.query(query, use_default_graph_as_union=not has_dataset_clause(query))
