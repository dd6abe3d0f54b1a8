"""Records in as they are found, records in the order of a report out; they wait on disk and not in memory."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from rolegraph.diff.changes import ChangeWord
from rolegraph.diff.classify import Move, RawChange

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -16000;
CREATE TABLE change (section INT, place TEXT, rank INT, sort TEXT, number INTEGER PRIMARY KEY, record BLOB);
CREATE TABLE move (owner TEXT, component_kind TEXT, before INT, after INT);
CREATE TABLE name (token BLOB PRIMARY KEY, label TEXT, notation TEXT) WITHOUT ROWID;
"""
_UNNAMED: Final = """
SELECT token FROM name WHERE token > ? AND label IS NULL AND notation IS NULL ORDER BY token LIMIT ?
"""
_AT_ONCE: Final = 2000
_RANKS: Final = {"component use": 1, "alias": 2, "mapping": 3}
_SECTIONS: Final = {
    "superfunction": 0, "family": 0, "specialisation": 0, "role": 1, "component": 2,
}  # fmt: skip
_OTHERS: Final = 3

Count = tuple[str, str, ChangeWord]
"""Kind, kind of component, change."""


class Spool:
    """A database in a temporary file that sorts records and remembers the names that they need."""

    def __init__(self, path: Path, base_iri: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_TABLES)
        self._base = f"<{base_iri}"
        self._changes: list[tuple[int, str, int, str, bytes]] = []
        self._moves: list[tuple[str, str, int, int]] = []
        self._wanted: set[bytes] = set()
        self.counts: Counter[Count] = Counter()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def add(self, record: RawChange | Move) -> None:
        """Take a record."""
        if isinstance(record, Move):
            self._moves.append((record.owner, record.component_kind, record.before, record.after))
        else:
            self.counts[record.kind, record.component_kind, record.change] += 1
            self._changes.append((*self._order(record), msgspec.json.encode(record)))
            tokens = (record.owner, *record.part, *record.before, *record.after)
            self._wanted.update(token.encode() for token in tokens if token.startswith("<"))
        if len(self._changes) + len(self._moves) >= _AT_ONCE:
            self.flush()

    def _order(self, record: RawChange) -> tuple[int, str, int, str]:
        """Taxonomy, roles, components, others; a role with its parts; what was added to a list together."""
        first = record.owner.removeprefix(self._base).partition("/")[0]
        section = _SECTIONS.get(first, _OTHERS)
        is_whole = not record.part and record.change in {"added", "removed"}
        place = record.owner
        if is_whole and first != "role":
            place = f" {record.change} {record.kind} {record.component_kind}"
        rank = _RANKS.get(record.kind, 4) if record.part else 0
        return section, place, rank, f"{record.component_kind} {record.kind} {record.change}"

    def flush(self) -> None:
        """Write what was taken so far."""
        database = self._database
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO change (section, place, rank, sort, record) VALUES (?, ?, ?, ?, ?)", self._changes
        )
        database.executemany("INSERT INTO move VALUES (?, ?, ?, ?)", self._moves)
        wanted = [(token,) for token in sorted(self._wanted)]
        database.executemany("INSERT OR IGNORE INTO name (token) VALUES (?)", wanted)
        database.execute("COMMIT")
        self._changes.clear()
        self._moves.clear()
        self._wanted.clear()

    def tell_orders(self) -> None:
        """Add a record for each list whose order changed, other than by what came and went."""
        self.flush()
        rows = self._database.execute("SELECT * FROM move ORDER BY owner, component_kind, before, after")
        for (owner, component_kind), moves in groupby(rows, key=lambda row: (row[0], row[1])):
            if _is_reordered([(before, after) for _, _, before, after in moves]):
                self.add(
                    RawChange(
                        kind="role",
                        change="changed",
                        iri=owner,
                        owner=owner,
                        what=f"order of {component_kind} list",
                    )
                )
        self.flush()

    def unnamed(self) -> Iterator[bytes]:
        """The IRIs whose names are not known yet, in angle brackets and in the order of a dump."""
        last = b""
        while page := self._database.execute(_UNNAMED, (last, _AT_ONCE)).fetchall():
            yield from (token for (token,) in page)
            last = page[-1][0]

    def name_all(self, names: Iterable[tuple[bytes, str | None, str | None]]) -> None:
        """Keep names: IRI in angle brackets, label, code."""
        rows = ((label, notation, token) for token, label, notation in names)
        while batch := [row for row, _ in zip(rows, range(_AT_ONCE), strict=False)]:
            self._database.execute("BEGIN")
            self._database.executemany("UPDATE name SET label = ?, notation = ? WHERE token = ?", batch)
            self._database.execute("COMMIT")

    def name(self, token: str) -> tuple[str | None, str | None]:
        """Label and code of an IRI in angle brackets."""
        found = self._database.execute(
            "SELECT label, notation FROM name WHERE token = ?", (token.encode(),)
        ).fetchone()
        return found or (None, None)

    def records(self) -> Iterator[tuple[str, RawChange]]:
        """All records in the order of a report, each with the group that it belongs to."""
        rows = self._database.execute(
            "SELECT place, record FROM change ORDER BY section, place, rank, sort, number"
        )
        for place, record in rows:
            yield place, msgspec.json.decode(record, type=RawChange)


def _is_reordered(moves: list[tuple[int, int]]) -> bool:
    """Whether a use moved by other than the number of uses that came, less those that went, before it.

    >>> _is_reordered([(0, 1), (1, 2), (2, 3)]), _is_reordered([(1, 2), (2, 1)])
    (False, True)
    """
    come = sorted(after for before, after in moves if not before)
    gone = sorted(before for before, after in moves if not after)
    return any(
        after - before != bisect_left(come, after) - bisect_left(gone, before)
        for before, after in moves
        if before and after
    )
