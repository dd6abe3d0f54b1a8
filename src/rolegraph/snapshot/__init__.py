"""Builds, publishes and opens immutable snapshots of a catalog's graph."""

from rolegraph.snapshot.opening import Snapshot, open_snapshot, open_store

__all__ = ["Snapshot", "open_snapshot", "open_store"]
