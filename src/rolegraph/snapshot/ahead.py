"""N-Quads lines in; a store with them out where they are few, files of each kind where they are many."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pyoxigraph as ox

from rolegraph.snapshot.partition import Partition

MAX_QUADS: Final = 1_000_000
_CHUNK_LINES: Final = 1 << 14



class LoadAhead:
    """Loads a small graph while it is still being written, and parts a large one.

    Oxigraph parses and loads without Python's lock, so that both take place at once. The lines stay in
    memory until it is known that they are few.
    """

    def __init__(self, partition: Partition, max_quads: int = MAX_QUADS) -> None:
        self._partition = partition
        self._left = max_quads
        self._store: ox.Store | None = ox.Store()
        self._pool = ThreadPoolExecutor(1)
        self._loads: list[Future[None]] = []
        self._chunks: list[list[str]] = []
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Take one N-Quads line, which has no blank node as subject."""
        self._lines.append(line)
        if len(self._lines) >= _CHUNK_LINES:
            self._next_chunk()

    def _next_chunk(self) -> None:
        chunk, self._lines = self._lines, []
        self._chunks.append(chunk)
        self._left -= len(chunk)
        if self._store is not None and self._left >= 0:
            data = "".join(chunk).encode()
            self._loads.append(self._pool.submit(self._store.load, data, ox.RdfFormat.N_QUADS, lenient=True))
            return
        self._store = None
        self._loads.clear()
        for lines in self._chunks:
            self._partition.add_all(lines)
        self._chunks.clear()

    def finish(self) -> ox.Store | None:
        """The store with every line, or None where the partition holds them.

        Raises:
            SyntaxError: a line is no N-Quads.
        """
        self._next_chunk()
        self._pool.shutdown()
        for load in self._loads:
            load.result()
        self._chunks.clear()
        return self._store
