"""The column names of a reference table in, whether all that are needed are there; what is wrong is told."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection
from typing import Final

from rolegraph.errors import Problems

_SHOWN: Final = 300
"""Characters of a header that a message shows: a file of another kind may have a header of megabytes."""


def check_header(
    file: str,
    header: list[str],
    required: Collection[str],
    known: Collection[str],
    problems: Problems,
    unread: str = "it is not read",
) -> bool:
    """Look for what a header lacks, and for what it has too much.

    Args:
        file: how messages call the file.
        header: its column names.
        required: those that it must have.
        known: those that it may have.
        problems: receives an error for each column that is missing or there twice, and a warning for each
            that is not known.
        unread: what becomes of a column that is not known.
    Returns:
        whether the rows can be read.
    """
    there = Counter(header)
    missing = [name for name in required if name not in there]
    twice = sorted(name for name, count in there.items() if count > 1)
    unknown = [name for name in header if name not in known]
    for name in missing:
        problems.error(file, 1, f"column {name!r} is missing", _instead(name, header, unknown))
    for name in twice:
        problems.error(file, 1, f"column {_cut(name)!r} occurs twice", "keep one of the two")
    if missing or twice:
        return False
    for name in unknown:
        problems.warn(file, 1, f"column {_cut(name)!r} is not known", unread)
    return True


def other_separator(line: str, own: str) -> str:
    """What separates a header line that does not have `own`; "" where it does, or has no other either."""
    return "" if own in line else next((mark for mark in ",;\t|" if mark in line), "")


def _instead(name: str, header: list[str], unknown: list[str]) -> str:
    near = difflib.get_close_matches(name, [other for other in unknown[:_SHOWN] if len(other) < _SHOWN], n=1)
    return f"rename {near[0]!r}, or add it" if near else f"add it to {_cut(', '.join(header))}"


def _cut(text: str) -> str:
    shown = text if text.isprintable() else repr(text[:_SHOWN])
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
