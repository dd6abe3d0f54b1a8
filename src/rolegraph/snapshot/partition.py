"""N-Quads lines in, one file for each kind of triple out, so that a store need hold only what is asked."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO, Final

import pyoxigraph as ox

from rolegraph.shacl.needs import TYPE

_TYPE_TOKEN: Final = f"<{TYPE}>"
_BUFFER_BYTES: Final = 1 << 16

BYTES_PER_QUAD: Final = 385
"""Memory of a quad in a store, with its terms (measured with a catalog of 100,000 roles)."""


class Partition:
    """The quads of a build on disk, by predicate, and for rdf:type by class."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, IO[str]] = {}
        self.counts: dict[str, int] = defaultdict(int)
        """Number of lines of each key; a key is an N-Quads predicate, or it and a class."""

    def add_all(self, lines: Iterable[str]) -> None:
        """Take N-Quads lines, which have no blank node as subject."""
        for line in lines:
            start = line.index(" ") + 1
            end = line.index(" ", start)
            key = line[start:end]
            if key == _TYPE_TOKEN:
                key = line[start : line.index(">", end) + 1]
            self.counts[key] += 1
            file = self._files.get(key)
            if file is None:
                file = self._open(key)
            file.write(line)

    def _open(self, key: str) -> IO[str]:
        path = self._folder / f"{len(self._files)}.nq"
        file = path.open("w", encoding="utf-8", newline="\n", buffering=_BUFFER_BYTES)
        self._files[key] = file
        return file

    def close(self) -> None:
        """End writing for good."""
        for file in self._files.values():
            file.close()

    def keys(self, needs: Collection[str] | None) -> set[str]:
        """The keys that some needs (`shacl.needs`) select; all of them for None."""
        if needs is None:
            return set(self.counts)
        wanted = {" ".join(f"<{iri}>" for iri in need.split(" ")) for need in needs}
        found = {key for key in wanted if key in self.counts}
        if _TYPE_TOKEN in wanted:
            found |= {key for key in self.counts if key.startswith(_TYPE_TOKEN)}
        return found

    def size_bytes(self, keys: Iterable[str]) -> int:
        """About how much memory a store with these keys takes."""
        return sum(self.counts[key] for key in keys) * BYTES_PER_QUAD

    def load(self, keys: Iterable[str]) -> ox.Store:
        """A store in memory with the quads of some keys."""
        store = ox.Store()
        for key in sorted(keys):
            file = self._files[key]
            if not file.closed:
                file.flush()
            # In memory a transaction is quicker than a bulk load, and smaller; the readers have looked at
            # the IRIs, and a build does so again.
            store.load(path=os.fspath(file.name), format=ox.RdfFormat.N_QUADS, lenient=True)
        return store
