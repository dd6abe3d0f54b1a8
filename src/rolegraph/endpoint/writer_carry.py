"""The net effect of all writes on one snapshot in, the same change made to another store out.

The effect is a set of quads added, a set of quads removed, and graphs made and dropped: what the last
generation differs in from the snapshot it began with. It says the same whenever it is applied, where
the texts of the writes would not: NOW, UUID, RAND, BNODE and LOAD give something else each time, and
a WHERE clause finds something else in other data. A quad that a write removed and the new snapshot
still has is removed; one that it added is added, whatever the new snapshot says beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal

import pyoxigraph as ox

Change = tuple[Literal["added", "removed"], ox.Quad]
_BATCH: Final = 10_000


def differences(before: ox.Store, after: ox.Store) -> Iterator[Change]:
    """The quads that only one of two stores has.

    Both are walked side by side. Two stores of one engine list their quads in one order, so that nearly
    every quad meets itself; a quad that does not is looked up, so that no order is relied on.
    """
    old_quads, new_quads = iter(before), iter(after)
    old, new = next(old_quads, None), next(new_quads, None)
    while old is not None or new is not None:
        if old != new:
            if old is not None and old not in after:
                yield "removed", old
                old = next(old_quads, None)
                continue
            if new is not None and new not in before:
                yield "added", new
                new = next(new_quads, None)
                continue
        old, new = next(old_quads, None), next(new_quads, None)


def carry(before: ox.Store, after: ox.Store, target: ox.Store) -> None:
    """Make the change between two stores in a third one."""
    for batch in _batches(differences(before, after)):
        target.extend([quad for kind, quad in batch if kind == "added"])
        for kind, quad in batch:
            if kind == "removed":
                target.remove(quad)
    old_graphs, new_graphs = set(before.named_graphs()), set(after.named_graphs())
    for graph in new_graphs - old_graphs:
        target.add_graph(graph)
    for graph in old_graphs - new_graphs:
        if next(target.quads_for_pattern(None, None, None, graph), None) is None:
            target.remove_graph(graph)


def _batches(changes: Iterator[Change]) -> Iterator[list[Change]]:
    while batch := list(islice(changes, _BATCH)):
        yield batch
