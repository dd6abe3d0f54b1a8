"""Looks for a new snapshot of a catalog, and has the pool move to it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final, Protocol

from rolegraph.snapshot.opening import POINTER, Snapshot, open_snapshot, snapshots_folder

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 1.0


class Swappable(Protocol):
    """What the watcher needs to know of a pool."""

    def swap(self, snapshot: Snapshot) -> None:
        """Answer from another snapshot from now on."""


class Watcher:
    """A thread that looks once a second.

    A snapshot that cannot be loaded is said once and left alone, until a build points to it again.
    """

    def __init__(self, directory: Path, current: str, pool: Swappable) -> None:
        """Start to look.

        Args:
            directory: the catalog's root.
            current: the id of the snapshot that is served now.
            pool: what is to move.
        """
        self._directory = directory
        self._current = current
        self._tried = ("", 0)
        self._said = ""
        self._pool = pool
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rolegraph-watcher", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(_INTERVAL_S):
            try:
                self._look()
            except OSError as error:  # StoreError is one; so is what a system short of processes says
                if str(error) != self._said:
                    logger.error("the new snapshot is not served: %s", error)
                self._said = str(error)

    def _look(self) -> None:
        snapshot = open_snapshot(self._directory)
        pointed = (snapshots_folder(self._directory) / POINTER).stat().st_mtime_ns
        if snapshot.id == self._current or (snapshot.id, pointed) == self._tried:
            return
        self._tried = snapshot.id, pointed
        self._pool.swap(snapshot)
        self._current, self._said = snapshot.id, ""

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()
