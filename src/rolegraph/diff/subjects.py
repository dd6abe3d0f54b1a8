"""Two sorted dumps in, the subjects whose lines differ out; what is equal is skipped by the block.

A dump's lines are sorted by byte and its subjects are IRIs in angle brackets, so all lines of a subject
stand together and subjects come in the order of their bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import zstandard

from rolegraph.errors import StoreError
from rolegraph.snapshot.dump import open_compressed

_BLOCK_BYTES: Final = 1 << 20
_FIRST_PROBE: Final = 256


class ChangedSubject(NamedTuple):
    """A subject that the dumps do not say the same of: all its lines in each, none where it is absent."""

    subject: bytes
    before: list[bytes]
    after: list[bytes]


def read_blocks(path: Path, lines: int) -> Iterator[bytes]:
    """Read a compressed dump in blocks that end where a subject ends.

    Args:
        path: the dump.
        lines: the number of lines that it has when it is whole.
    Raises:
        StoreError: it is missing or damaged, which is known for certain only at its end.
    """
    rest, found = b"", 0
    try:
        with open_compressed(path) as stream:
            while chunk := stream.read(_BLOCK_BYTES):
                found += chunk.count(b"\n")
                rest += chunk
                cut = _last_subject(rest)
                if cut:
                    yield rest[:cut]
                    rest = rest[cut:]
    except zstandard.ZstdError as error:
        raise StoreError(f"{path}: the dump is damaged ({error}); build again") from error
    # A compressed file that was cut reads as a shorter one.
    if found != lines or (rest and not rest.endswith(b"\n")):
        raise StoreError(f"{path}: the dump is damaged ({found:,} of {lines:,} lines); build again")
    if rest:
        yield rest


def _last_subject(block: bytes) -> int:
    """Where the first line of the last subject begins, among the whole lines."""
    start = stop = block.rfind(b"\n") + 1
    subject = b""
    while stop:
        begin = block.rfind(b"\n", 0, stop - 1) + 1
        known = block[begin : block.find(b" ", begin) + 1]
        if subject and known != subject:
            break
        subject, start, stop = known, begin, begin
    return start


class _Cursor:
    """A place in the blocks of one dump."""

    __slots__ = ("_blocks", "block", "place")

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self.block = b""
        self.place = 0

    def fill(self) -> bool:
        """Whether there is more, after the next block was fetched if need be."""
        while self.place == len(self.block):
            block = next(self._blocks, None)
            if block is None:
                return False
            self.block, self.place = block, 0
        return True

    def subject(self) -> bytes:
        return self.block[self.place : self.block.index(b" ", self.place)]

    def take(self, subject: bytes) -> bytes:
        """The lines of the subject that begins here; moves behind them."""
        start = self.place
        self.place = _end(self.block, subject + b" ", start)
        return self.block[start : self.place]


def changed_subjects(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[ChangedSubject]:
    """Find the subjects whose lines differ, in the order of the dumps.

    Args:
        before: blocks of whole subjects, as `read_blocks` gives them.
        after: the same of the other dump.
    """
    old, new = _Cursor(before), _Cursor(after)
    while True:
        has_old, has_new = old.fill(), new.fill()
        if has_old and has_new:
            if _skip_equal(old, new):
                continue
            first, second = old.subject(), new.subject()
            subject = min(first, second)
            lines_before = old.take(subject) if first == subject else b""
            lines_after = new.take(subject) if second == subject else b""
            if lines_before != lines_after:
                yield _changed(subject, lines_before, lines_after)
        elif has_old:
            subject = old.subject()
            yield _changed(subject, old.take(subject), b"")
        elif has_new:
            subject = new.subject()
            yield _changed(subject, b"", new.take(subject))
        else:
            return


def _changed(subject: bytes, before: bytes, after: bytes) -> ChangedSubject:
    return ChangedSubject(subject, before.splitlines(keepends=True), after.splitlines(keepends=True))


def _skip_equal(old: _Cursor, new: _Cursor) -> bool:
    """Move both behind the whole subjects that they share from here; whether there were any."""
    length = _common(old, new)
    if length == len(old.block) - old.place == len(new.block) - new.place:
        old.place, new.place = len(old.block), len(new.block)
        return True
    # The last subject may go on in one of them, so it is compared line by line.
    shared = _last_subject(old.block[old.place : old.place + length])
    old.place += shared
    new.place += shared
    return shared > 0


def _common(old: _Cursor, new: _Cursor) -> int:
    """The number of bytes that are equal from here: by doubling, then by halving."""
    limit = min(len(old.block) - old.place, len(new.block) - new.place)
    known, step = 0, _FIRST_PROBE
    while known < limit and _same(old, new, known, min(known + step, limit)):
        known = min(known + step, limit)
        step *= 2
    upper = min(known + step, limit)
    while known < upper:
        middle = (known + upper + 1) // 2
        if _same(old, new, known, middle):
            known = middle
        else:
            upper = middle - 1
    return known


def _same(old: _Cursor, new: _Cursor, start: int, stop: int) -> bool:
    return old.block[old.place + start : old.place + stop] == new.block[new.place + start : new.place + stop]


def read_subjects(blocks: Iterable[bytes], subjects: Iterable[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
    """Look up subjects in a dump.

    Args:
        blocks: the dump's blocks.
        subjects: IRIs in angle brackets, in the order of their bytes.
    Yields:
        each subject that the dump has, with its lines.
    """
    wanted = iter(subjects)
    subject = next(wanted, None)
    for block in blocks:
        last = block[_last_subject(block) :].partition(b" ")[0]
        place = 0
        while subject is not None and subject <= last:
            start = _find(block, subject + b" ", place)
            if start >= 0:
                place = _end(block, subject + b" ", start)
                yield subject, block[start:place].splitlines(keepends=True)
            subject = next(wanted, None)
        if subject is None:
            return


def _find(block: bytes, key: bytes, place: int) -> int:
    """Where a line that starts with the key begins, from the beginning of a line on; -1 for nowhere.

    Lines are sorted, so that this halves the block; a search for what is not there would read all of it.
    """
    low, high = place, len(block)
    while low < high:
        line = block.rfind(b"\n", low, (low + high) // 2) + 1 or low
        if block[line : line + len(key)] < key:
            low = block.index(b"\n", line) + 1
        else:
            high = line
    return low if block.startswith(key, low) else -1


def _end(block: bytes, key: bytes, place: int) -> int:
    """Where the lines that start with the key end, from the first of them on."""
    while block.startswith(key, place):
        place = block.index(b"\n", place) + 1
    return place
