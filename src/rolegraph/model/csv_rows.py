"""Rows of a CSV file as text, and the order of rows as text; both ways."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence


def row_text(cells: Sequence[str]) -> str:
    r"""The cells of a row as one line of CSV, without its line end.

    >>> row_text(["a", "b, c"])
    'a,"b, c"'
    """
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerow(cells)
    return stream.getvalue().removesuffix("\r\n")


def row_cells(text: str) -> list[str]:
    """The cells of a row, none longer than the csv module's limit (128 KiB unless it was set).

    >>> row_cells('a,"b, c"')
    ['a', 'b, c']
    """
    return next(csv.reader(io.StringIO(text, newline=""), strict=True), [])


def order_text(places: Sequence[int]) -> str:
    """The places of rows in another order, with ranges for those that follow each other.

    Args:
        places: a permutation of the numbers from 1.
    Returns:
        the text, empty when the order is the same.

    >>> order_text([3, 4, 5, 1, 2]), order_text([2, 1, 3]), order_text([1, 2, 3])
    ('3-5 1-2', '2 1 3', '')
    """
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    if len(runs) <= 1:
        return ""
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def order_places(text: str) -> Iterator[int]:
    """The places that `order_text` wrote.

    Raises:
        ValueError: the text is none of its.

    >>> list(order_places("3-5 1-2"))
    [3, 4, 5, 1, 2]
    """
    for run in text.split():
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)
