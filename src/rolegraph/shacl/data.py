"""What is checked: a store, and which of its triples count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyoxigraph as ox
from rdflib import Graph

from rolegraph.shacl.lexical import decode
from rolegraph.shacl.results import Term, to_rdflib, unheard

Given = dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] | None


@dataclass(frozen=True, slots=True)
class Data:
    """What is checked.

    Attributes:
        store: holds it.
        is_union: whether all graphs of the store are seen as one; else its default graph alone.
        shapes_graph: the graph of the store that holds the shapes, for `$shapesGraph`; "" for none.
        as_graph: gives the triples to the reference engine, which is slow, where it is to see fewer.
    """

    store: ox.Store
    is_union: bool = False
    shapes_graph: str = ""
    as_graph: Callable[[], Graph] | None = None

    def query(self, text: str, this: Term | None = None) -> ox.QuerySolutions:
        """The solutions of a SELECT; `$this` may be given beforehand."""
        given: Given = None if this is None else {ox.Variable("this"): this}
        found = self.store.query(text, use_default_graph_as_union=self.is_union, substitutions=given)
        if not isinstance(found, ox.QuerySolutions):
            raise TypeError("a check is no SELECT")
        return found

    @unheard()
    def graph(self) -> Graph:
        """The triples for the reference engine, their literals as they were written."""
        if self.as_graph is not None:
            return self.as_graph()
        graph = Graph()
        where = None if self.is_union else ox.DefaultGraph()
        for quad in self.store.quads_for_pattern(None, None, None, where):
            value = quad.object if isinstance(quad.object, ox.Triple) else decode(quad.object)
            graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(value)))
        return graph
