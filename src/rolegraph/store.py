"""A store and a query or update in, the engine's results out: the one place that says what each sees."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from rolegraph.sparql_dataset import read_dataset
from rolegraph.sparql_readings import refuse_deep
from rolegraph.sparql_safety import refuse_remote
from rolegraph.sparql_tokens import has_dataset_clause
from rolegraph.sparql_update import gather_prologues, insert_using

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
_NamedGraph = ox.NamedNode | ox.BlankNode
_Graph = _NamedGraph | ox.DefaultGraph


def evaluate(
    store: ox.Store,
    query: str,
    default_graphs: Iterable[str] = (),
    named_graphs: Iterable[str] = (),
    allowed: Collection[str] = frozenset(),
    base_iri: str | None = None,
) -> Results:
    """Start a query that somebody sent.

    A dataset that is given overrides the one in the query (SPARQL 1.1 Protocol 2.1.4). With neither,
    the default graph is the union of all graphs; the engine's switch for that ignores FROM, so it is
    off as soon as the query has one. No IRI of a dataset is ever fetched.

    Args:
        store: what the query sees.
        query: its text.
        default_graphs: graphs whose merge it sees outside GRAPH (`default-graph-uri`).
        named_graphs: graphs that it sees by GRAPH (`named-graph-uri`).
        allowed: origins that SERVICE may call, as `sparql_safety.parse_origin` gives them.
        base_iri: what relative IRIs are resolved against where the query has no BASE.
    Raises:
        Forbidden: the query calls a server that is not allowed.
        QueryError: it is nested deeper, or wider, than the engine's stack is sure to bear.
        SyntaxError, ValueError, RuntimeError: the engine refuses it.
        OSError: a server that it may call fails.
    """
    refuse_deep(query)
    refuse_remote(query, allowed)
    default: list[_Graph] = [ox.NamedNode(iri) for iri in dict.fromkeys(default_graphs)]
    named: list[_NamedGraph] = [ox.NamedNode(iri) for iri in dict.fromkeys(named_graphs)]
    if default or named:
        # No triple counts twice: the graphs of a snapshot are disjoint, and none is listed twice.
        return store.query(query, base_iri=base_iri, default_graph=default, named_graphs=named)
    is_union = not has_dataset_clause(query)
    return store.query(query, base_iri=base_iri, use_default_graph_as_union=is_union)


@dataclass(frozen=True, slots=True)
class HistoryGraphs:
    """The named graphs of a store that holds releases beside the current graphs, by IRI.

    `current` are disjoint; `historic` are those of the releases and of history, which overlap.
    """

    current: tuple[str, ...]
    historic: frozenset[str]

    def are_named(
        self,
        query: str,
        default_graphs: Collection[str] = (),
        named_graphs: Collection[str] = (),
        base_iri: str | None = None,
    ) -> bool:
        """Whether a query sees a historic graph: its dataset names one or, without dataset, its text does."""
        if default_graphs or named_graphs:
            return not self.historic.isdisjoint((*default_graphs, *named_graphs))
        dataset = read_dataset(query, base_iri)
        names = (*dataset.default, *dataset.named) if dataset.is_given else dataset.mentioned
        return not self.historic.isdisjoint(names)

    def in_place_of_current(
        self, query: str, default: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A dataset with these default graphs; GRAPH sees them, the current ones and what the query names."""
        named = self.historic & {*default, *read_dataset(query).mentioned}
        return default, (*self.current, *sorted(named))


def evaluate_history(
    store: ox.Store,
    graphs: HistoryGraphs,
    query: str,
    default_graphs: Iterable[str] = (),
    named_graphs: Iterable[str] = (),
    allowed: Collection[str] = frozenset(),
    base_iri: str | None = None,
) -> Results:
    """Start a query on a store that holds releases: as `evaluate`, with a dataset that it always has.

    Without one of its own, the default graph is that of the current graphs, and GRAPH sees these and the
    historic graphs whose IRIs stand in the query. Where several default graphs may overlap, their merge
    is loaded into memory, so that no triple counts twice; that takes the time and memory of the query.

    Args:
        store: what the query sees.
        graphs: which of its graphs are what.
        query: its text.
        default_graphs: as for `evaluate`.
        named_graphs: as for `evaluate`.
        allowed: as for `evaluate`.
        base_iri: as for `evaluate`.
    Raises:
        Forbidden, QueryError, SyntaxError, ValueError, RuntimeError, OSError: as `evaluate`.
    """
    refuse_deep(query)
    refuse_remote(query, allowed)
    dataset = read_dataset(query, base_iri)
    default, named = tuple(dict.fromkeys(default_graphs)), tuple(dict.fromkeys(named_graphs))
    if not default and not named:
        if dataset.is_given:
            default, named = dataset.default, dataset.named
        else:
            default, named = graphs.current, (*graphs.current, *sorted(graphs.historic & dataset.mentioned))
    named_nodes: list[_NamedGraph] = [ox.NamedNode(iri) for iri in named]
    default_nodes: list[_Graph] = [ox.NamedNode(iri) for iri in default]
    if len(default) > 1 and not graphs.historic.isdisjoint(default):
        store = _merge(store, default_nodes, named_nodes if dataset.has_graph else [])
        default_nodes = [ox.DefaultGraph()]
    return store.query(query, base_iri=base_iri, default_graph=default_nodes, named_graphs=named_nodes)


def _merge(store: ox.Store, default: Iterable[_Graph], named: Iterable[_NamedGraph]) -> ox.Store:
    """A store in memory whose default graph is the merge of some graphs, beside named ones as they are."""
    merged = ox.Store()
    for graph in default:
        quads = store.quads_for_pattern(None, None, None, graph)
        merged.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for graph in named:
        merged.bulk_extend(store.quads_for_pattern(None, None, None, graph))
    return merged


def update(
    store: ox.Store,
    update: str,
    default_graphs: Iterable[str] = (),
    named_graphs: Iterable[str] = (),
    allowed: Collection[str] = frozenset(),
    base_iri: str | None = None,
) -> None:
    """Carry out an update that somebody sent: all of its operations, or none.

    Its WHERE clauses see the dataset that is given, in place of the store's (SPARQL 1.1 Protocol
    2.2.3), and else what USING or WITH names. With neither, patterns outside GRAPH see the unnamed
    default graph of the store, and not the union of all graphs that a query sees: the engine has no
    such switch for updates, and a template without GRAPH writes to that same graph. A catalog's
    triples are in named graphs, so an update of them says GRAPH, WITH or USING. Templates, DATA and
    the operations on whole graphs act on the graphs that they name, whatever the dataset.

    Args:
        store: what the update changes.
        update: its text.
        default_graphs: graphs whose merge WHERE sees outside GRAPH (`using-graph-uri`).
        named_graphs: graphs that WHERE sees by GRAPH (`using-named-graph-uri`).
        allowed: origins that SERVICE and LOAD may call, as `sparql_safety.parse_origin` gives them.
        base_iri: what relative IRIs are resolved against where the update has no BASE.
    Raises:
        Forbidden: the update calls a server that is not allowed.
        QueryError: a dataset is given and the update has one of its own (USING, USING NAMED or
            WITH), or it is nested deeper, or wider, than the engine's stack is sure to bear.
        SyntaxError, ValueError, RuntimeError: the engine refuses it.
        OSError: a server that it may call fails, or the store's own files.
    """
    text = gather_prologues(update)
    refuse_deep(text)
    refuse_remote(text, allowed)
    default = [str(ox.NamedNode(iri)) for iri in dict.fromkeys(default_graphs)]
    named = [str(ox.NamedNode(iri)) for iri in dict.fromkeys(named_graphs)]
    text = insert_using(text, default, named) if default or named else text
    store.update(text, base_iri=base_iri)
