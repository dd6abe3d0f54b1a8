"""A small snapshot, writes to it, and looks at what a generation holds, for the tests of the writer."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from rolegraph.endpoint.writer import Generation
from rolegraph.snapshot import Snapshot

ROWS = 300
G, H = "http://e/graph/a", "http://e/graph/b"


def make_snapshot(folder: Path, name: str = "0123456789abcdef", first: int = 0) -> Snapshot:
    """A snapshot of ROWS quads, half of them in each of two graphs; `first` numbers them."""
    folder.mkdir(parents=True)
    lines = [
        f'<http://e/s{n}> <http://e/p> "value {n}" <{(G, H)[n % 2]}> .\n' for n in range(first, first + ROWS)
    ]
    store = ox.Store(str(folder / "store"))
    store.bulk_load("".join(lines).encode(), ox.RdfFormat.N_QUADS)
    store.flush()
    del store
    return Snapshot(name, folder, {"graphs": {"a": ROWS}})


def insert(subject: str, *graphs: str) -> str:
    """An update that adds one triple to each graph."""
    triple = f"<http://e/{subject}> <http://e/p> <http://e/o>"
    return "INSERT DATA { " + " ".join(f"GRAPH <{graph}> {{ {triple} }}" for graph in graphs or [G]) + " }"


def has(generation: Generation, subject: str, graph: str | None = G) -> bool:
    """Whether a graph has a triple of that subject."""
    name = ox.DefaultGraph() if graph is None else ox.NamedNode(graph)
    store = ox.Store.read_only(str(generation.store_path))
    return any(store.quads_for_pattern(ox.NamedNode(f"http://e/{subject}"), None, None, name))


def count(generation: Generation, graph: str | None = None) -> int:
    """How many quads a graph has, or the whole store."""
    name = None if graph is None else ox.NamedNode(graph)
    store = ox.Store.read_only(str(generation.store_path))
    return sum(1 for _ in store.quads_for_pattern(None, None, None, name))
