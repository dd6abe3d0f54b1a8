"""Looks for a new snapshot of a catalog and for new releases, and has the pool move to them."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final, Protocol

from rolegraph.snapshot.history import History, find_history
from rolegraph.snapshot.opening import POINTER, Snapshot, open_snapshot, snapshots_folder

logger = logging.getLogger(__name__)

_INTERVAL_S: Final = 1.0


class Swappable(Protocol):
    """What the watcher needs to know of a pool."""

    def swap(self, snapshot: Snapshot, history: History | None) -> None:
        """Answer from another snapshot and its releases from now on."""

    def follow(self, history: History | None) -> None:
        """Answer queries that name a release from another store from now on."""


class Watcher:
    """A thread that looks once a second.

    A snapshot that cannot be loaded is said once and left alone, until a build points to it again.
    """

    def __init__(
        self, directory: Path, current: str, pool: Swappable, history: History | None = None
    ) -> None:
        """Start to look.

        Args:
            directory: the catalog's root.
            current: the id of the snapshot that is served now.
            pool: what is to move.
            history: the releases that are served now.
        """
        self._directory = directory
        self._current = current
        self._history = history
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
        if snapshot.id == self._current:
            history = find_history(self._directory, snapshot)
            if history != self._history:
                self._pool.follow(history)
                self._history, self._said = history, ""
            return
        if (snapshot.id, pointed) == self._tried:
            return
        self._tried = snapshot.id, pointed
        history = find_history(self._directory, snapshot)
        self._pool.swap(snapshot, history)
        self._current, self._history, self._said = snapshot.id, history, ""

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()
