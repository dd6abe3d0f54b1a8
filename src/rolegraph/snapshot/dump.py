"""Unsorted N-Quads in, the sorted and disjoint dump of a snapshot out, with its hash and counts."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import zstandard

from rolegraph.errors import StoreError
from rolegraph.iris import GRAPHS, Iris

_SORT_MEMORY = "384M"
_READ_BYTES = 1 << 18


@contextmanager
def open_compressed(path: Path) -> Iterator[zstandard.ZstdDecompressionReader]:
    """The content of a file that is compressed by zstd.

    Raises:
        OSError, zstandard.ZstdError: it cannot be read; a cut one may just end early.
    """
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as stream:
        yield stream


def read_dump(path: Path) -> Iterator[bytes]:
    """The lines of a compressed dump.

    Raises:
        OSError, zstandard.ZstdError: it cannot be read; a cut one may just end early.
    """
    with open_compressed(path) as stream:
        yield from io.BufferedReader(stream, _READ_BYTES)


def compare_dumps(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    """The lines that two dumps do not share, in their order.

    Args:
        old: sorted lines, each once.
        new: the same.
    Yields:
        whether the line came, or else went, and the line.

    >>> list(compare_dumps([b"a", b"b"], [b"b", b"c"]))
    [(False, b'a'), (True, b'c')]
    """
    before, after = iter(old), iter(new)
    gone, come = next(before, None), next(after, None)
    while gone is not None or come is not None:
        if gone == come:
            gone, come = next(before, None), next(after, None)
        elif come is None or (gone is not None and gone < come):
            yield False, gone or b""
            gone = next(before, None)
        else:
            yield True, come
            come = next(after, None)


def start_sort(source: Path, target: Path) -> subprocess.Popen[bytes]:
    """Sort lines by byte, without duplicates, in a process of its own (POSIX sort)."""
    command = ["sort", "-u", "-S", _SORT_MEMORY, "-T", str(target.parent), "-o", str(target), str(source)]
    return subprocess.Popen(command, env={**os.environ, "LC_ALL": "C"})


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for a sort.

    Raises:
        StoreError: it failed (a full disk, mostly).
    """
    if process.wait() != 0:
        raise StoreError(f"sorting the dump failed with exit status {process.returncode}; is the disk full?")


@dataclass(slots=True)
class Dump:
    """What one pass over the sorted lines found."""

    sha256: str = ""
    graphs: Counter[str] = field(default_factory=Counter)
    repeated: list[bytes] = field(default_factory=list)
    """Lines left out because an earlier graph holds the same triple."""


def write_dump(parts: list[Path], target: Path, iris: Iris) -> Dump:
    """Merge sorted parts into the compressed dump.

    A triple that two graphs hold stays in the first of them in the order of `GRAPHS`, so that the
    graphs are disjoint and the union of all graphs counts each triple once.
    """
    command = ["sort", "-m", "-u", *map(str, parts)]
    environment = {**os.environ, "LC_ALL": "C"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as merge:
        if merge.stdout is None:
            raise StoreError("the merge has no output")
        dump = _write(merge.stdout, target, iris)
    finish(merge)
    return dump


def _write(lines: IO[bytes], target: Path, iris: Iris) -> Dump:
    dump, digest = Dump(), hashlib.sha256()
    order = {f"<{iris.graph(name)}>".encode(): number for number, name in enumerate(GRAPHS)}
    counts: Counter[bytes] = Counter()
    with target.open("wb") as raw:
        with zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False) as out:
            batch: list[bytes] = []
            held, held_triple, held_graph = b"", b"", b""
            for line in lines:
                triple, _, graph = line[:-3].rpartition(b" ")
                if triple == held_triple:
                    if order[graph] < order[held_graph]:
                        dump.repeated.append(held)
                        held, held_graph = line, graph
                    else:
                        dump.repeated.append(line)
                    continue
                batch.append(held)
                counts[held_graph] += 1
                held, held_triple, held_graph = line, triple, graph
                if len(batch) >= 8192:
                    _flush(batch, digest, out)
            batch.append(held)
            counts[held_graph] += 1
            _flush(batch, digest, out)
        raw.flush()
        os.fsync(raw.fileno())
    dump.sha256 = digest.hexdigest()
    dump.graphs = Counter({name: counts[f"<{iris.graph(name)}>".encode()] for name in GRAPHS})
    return dump


def _flush(batch: list[bytes], digest: hashlib._Hash, out: zstandard.ZstdCompressionWriter) -> None:
    block = b"".join(batch)
    batch.clear()
    digest.update(block)
    out.write(block)
