"""Looks for a new snapshot of a catalog, and has the pool move to it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final, Protocol

from rolegraph.errors import StoreError
from rolegraph.snapshot.opening import Snapshot, open_snapshot

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 1.0


class Swappable(Protocol):
    """What the watcher needs to know of a pool."""

    def swap(self, snapshot: Snapshot) -> None:
        """Answer from another snapshot from now on."""


class Watcher:
    """A thread that looks once a second. A snapshot that cannot be loaded is said once and left alone."""

    def __init__(self, directory: Path, current: str, pool: Swappable) -> None:
        """Start to look.

        Args:
            directory: the catalog's root.
            current: the id of the snapshot that is served now.
            pool: what is to move.
        """
        self._directory = directory
        self._seen = current
        self._pool = pool
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rolegraph-watcher", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(_INTERVAL_S):
            try:
                snapshot = open_snapshot(self._directory)
                if snapshot.id == self._seen:
                    continue
                self._seen = snapshot.id
                self._pool.swap(snapshot)
            except StoreError as error:
                logger.error("the new snapshot is not served: %s", error)

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()
