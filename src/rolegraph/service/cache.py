"""Whole replies in memory, under names that never change their meaning; the least used go first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from rolegraph.service.exchange import Stream

_MAX_ALIASES: Final = 20_000
_SHARE: Final = 4
"""One body may take this part of the cache, so that a few big ones do not push everything out."""


@dataclass(slots=True)
class Stored:
    """A kept reply: everything that does not depend on the one request.

    `encoded` holds all headers of a reply to a plain request (no condition, from no page), ready to
    send but for the request's id; it is made when the first such request comes.
    """

    etag: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    encoded: tuple[tuple[bytes, bytes], ...] = ()


class ResultCache:
    """Replies by strong entity tag, and a shorter way to them: a request's own bytes as an alias."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, Stored] = OrderedDict()
        self._aliases: OrderedDict[tuple[object, ...], str] = OrderedDict()
        self.size_bytes = 0

    @property
    def max_entry_bytes(self) -> int:
        """The size of the biggest body that is kept."""
        return self._max_bytes // _SHARE

    def get(self, etag: str) -> Stored | None:
        """The reply of this tag."""
        with self._lock:
            found = self._entries.get(etag)
            if found is not None:
                self._entries.move_to_end(etag)
            return found

    def get_alias(self, alias: tuple[object, ...]) -> Stored | None:
        """The reply that an equal request had."""
        etag = self._aliases.get(alias)
        return None if etag is None else self.get(etag)

    def put(self, stored: Stored) -> None:
        """Keep a reply, at the cost of those that were not asked for the longest."""
        size = len(stored.body)
        if size > self.max_entry_bytes:
            return
        with self._lock:
            old = self._entries.pop(stored.etag, None)
            self.size_bytes += size - (len(old.body) if old else 0)
            self._entries[stored.etag] = stored
            while self.size_bytes > self._max_bytes:
                _, dropped = self._entries.popitem(last=False)
                self.size_bytes -= len(dropped.body)

    def put_alias(self, alias: tuple[object, ...], etag: str) -> None:
        """Remember what a request led to."""
        with self._lock:
            self._aliases[alias] = etag
            if len(self._aliases) > _MAX_ALIASES:
                self._aliases.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)


class _Keep(Protocol):
    def __call__(self, body: bytes, /) -> None: ...


class RecordedStream(Iterator[bytes]):
    """A stream that hands its whole to `keep` when it ended well and was not too long."""

    def __init__(self, source: Stream, max_bytes: int, keep: _Keep) -> None:
        self._source = source
        self._max_bytes = max_bytes
        self._keep = keep
        self._pieces: list[bytes] | None = []
        self._size = 0

    def __next__(self) -> bytes:
        try:
            piece = next(self._source)
        except StopIteration:
            if self._pieces is not None:
                self._keep(b"".join(self._pieces))
                self._pieces = None
            raise
        if self._pieces is not None:
            self._size += len(piece)
            self._pieces.append(piece)
            if self._size > self._max_bytes:
                self._pieces = None
        return piece

    def close(self) -> None:
        """Give up the rest; nothing is kept."""
        self._pieces = None
        self._source.close()
