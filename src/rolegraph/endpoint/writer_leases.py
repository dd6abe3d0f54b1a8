"""The generations that readers may hold: which one is the newest, and when an old one can go."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Generation:
    """A state of the data: its identity for ETags, a store that readers open read-only, its number.

    Number 0 is the snapshot as it was built.
    """

    id: str
    store_path: Path
    sequence: int


class Leases:
    """Counts who reads what. A folder goes when nobody reads it and there is a newer generation.

    The snapshot as it was built stays: it is what the writes are compared with when they are carried.
    """

    def __init__(self, newest: Generation) -> None:
        self._lock = threading.Lock()
        self._newest = newest
        self._held: Counter[Generation] = Counter()

    @property
    def newest(self) -> Generation:
        """The generation that a reader gets now."""
        return self._newest

    @contextmanager
    def lease(self) -> Iterator[Generation]:
        """Hold the newest generation; leaving may happen in another thread."""
        with self._lock:
            generation = self._newest
            self._held[generation] += 1
        try:
            yield generation
        finally:
            with self._lock:
                self._held[generation] -= 1
            self._remove(generation)

    def publish(self, generation: Generation) -> Generation:
        """Give readers a newer generation from now on; returns the one before."""
        with self._lock:
            before, self._newest = self._newest, generation
        return before

    def retire(self, generation: Generation) -> None:
        """Remove the folder of a generation, unless somebody needs it."""
        self._remove(generation)

    def _remove(self, generation: Generation) -> None:
        with self._lock:
            if self._held[generation] > 0 or generation == self._newest or generation.sequence == 0:
                return
            del self._held[generation]
        shutil.rmtree(generation.store_path, ignore_errors=True)

    def held(self) -> list[Path]:
        """The stores that somebody reads now."""
        with self._lock:
            return [generation.store_path for generation, count in self._held.items() if count > 0]
