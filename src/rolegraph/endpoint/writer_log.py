"""Records in, a durable file out, one line for each generation that was acknowledged; and back.

A line is the CRC-32 of its JSON text, a blank, that text and a line end. A line without its end, or
the last one with a wrong sum, is one that a crash cut off: nobody was told of its write.
"""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, Self

import msgspec

from rolegraph.errors import StoreError

logger = logging.getLogger(__name__)

Kind = Literal["snapshot", "update", "put", "post", "delete", "carry"]
_TAIL_BYTES: Final = 64 * 1024
_SUM_DIGITS: Final = 8


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One generation that is published.

    `generation` is the name of its folder, `kind` what made it, `graph` the one graph that was written
    (None: the default graph, or any). `source` names the folder that was carried over.
    """

    sequence: int
    generation: str
    kind: Kind
    at: str = ""
    graph: str | None = None
    source: str = ""


def now() -> str:
    """The clock time, for records."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class WriteLog:
    """The log of one writable folder, open for appending; only its tail is ever in memory.

    Raises:
        StoreError: it is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_broken = False
        try:
            self._file = path.open("r+b", buffering=0)
        except OSError as error:
            raise StoreError(f"{path}: the log of writes cannot be opened ({error})") from error
        self._descriptor = self._file.fileno()
        try:
            self._size, self.last = self._recover()
            self.first = next(self.records(), self.last)
        except OSError as error:
            self.close()
            raise StoreError(f"{path}: the log of writes is damaged ({error})") from error

    @classmethod
    def create(cls, path: Path, first: Record) -> Self:
        """A new log, durable itself; that its folder names it is the caller's to make durable."""
        with path.open("xb") as file:
            file.write(_line(first))
            file.flush()
            os.fsync(file.fileno())
        return cls(path)

    def _recover(self) -> tuple[int, Record]:
        """Cut off what a crash left of a line, and read the last whole one."""
        size = os.fstat(self._descriptor).st_size
        start = max(0, size - _TAIL_BYTES)
        tail = os.pread(self._descriptor, size - start, start)
        end = tail.rfind(b"\n") + 1
        while end > 0:
            begin = tail.rfind(b"\n", 0, end - 1) + 1
            record = _record(tail[begin:end])
            if record is not None:
                if start + end < size:
                    logger.warning("%s: a line of a write that was never acknowledged is cut off", self._path)
                self._cut(start + end, size)
                return start + end, record
            if end != len(tail):  # only what was written last can be half there
                break
            end = begin
        raise OSError("its last lines are not what was written; restore it from a backup")

    def _cut(self, size: int, old_size: int) -> None:
        if size < old_size:
            os.ftruncate(self._descriptor, size)
            os.fsync(self._descriptor)

    def append(self, record: Record) -> None:
        """Add a record; when this returns, it survives a power loss.

        Raises:
            OSError: it could not be written. It is taken back, so that no recovery finds it; where even
                that fails, the log takes no more records, and only a restart can tell what is in it.
        """
        if self.is_broken:
            raise OSError(f"{self._path} failed before and cannot be trusted until the server starts again")
        line = _line(record)
        try:
            self._write(line)
            os.fdatasync(self._descriptor)
        except OSError:
            try:
                self._cut(self._size, self._size + len(line))
            except OSError:
                self.is_broken = True
            raise
        self._size += len(line)
        self.last = record

    def _write(self, line: bytes) -> None:
        written = 0
        while written < len(line):
            written += os.pwrite(self._descriptor, line[written:], self._size + written)

    def records(self) -> Iterator[Record]:
        """All records, oldest first."""
        with self._path.open("rb") as file:
            for line in file:
                record = _record(line)
                if record is not None:
                    yield record

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def _line(record: Record) -> bytes:
    text = msgspec.json.encode(record)
    return b"%0*x %s\n" % (_SUM_DIGITS, zlib.crc32(text), text)


def _record(line: bytes) -> Record | None:
    found, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or found != b"%0*x" % (_SUM_DIGITS, zlib.crc32(text)):
        return None
    try:
        return msgspec.json.decode(text, type=Record)
    except msgspec.MsgspecError:
        return None
