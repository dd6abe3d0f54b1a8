"""The order in which O*NET sorts the rows of a file: text without case, IDs and numbers by value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from rolegraph.model.onet import ColumnKind, TableSpec, column_names

_SEGMENT: Final = re.compile(r"[0-9]+|[^0-9.]+")
_NUMBERS: Final[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "zone"})


class _Keys(dict[str, tuple[Any, ...]]):
    """Cell -> what it is sorted by, made when a spelling is first met."""

    def __init__(self, kind: ColumnKind | None) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, cell: str) -> tuple[Any, ...]:
        # The cell itself comes last, so that no two different cells are equal.
        key = (_sort_value(cell, self._kind), cell)
        self[cell] = key
        return key


def _sort_value(cell: str, kind: ColumnKind | None) -> Any:
    if kind in _NUMBERS:
        try:
            return float(cell)
        except ValueError:
            return float("-inf")  # n/a
    if kind == "element":
        # 2.C.9 before 2.C.10, and 1.B.3.z before 1.B.3.aa
        parts = _SEGMENT.findall(cell)
        return [(0, int(part), "") if part.isdigit() else (1, len(part), part) for part in parts]
    return cell.lower()


def row_key(spec: TableSpec, header: str) -> Callable[[list[str]], tuple[Any, ...]]:
    """What the rows of a file are sorted by: within their occupation, or else within the file.

    Args:
        spec: the file.
        header: its header line.
    Returns:
        a function that takes the cells of a row; rows with different keys in `spec` differ in it.
    """
    names = column_names(header)
    kinds = {column.header: column.kind for column in reversed(spec.columns)}
    owner = () if spec.by_occupation else (spec.columns[0].header,)
    headers = dict.fromkeys((*owner, *spec.order, *spec.key))
    pairs = [(names.index(name), _Keys(kinds[name])) for name in headers if name in names]
    return lambda cells: tuple([keys[cells[index]] for index, keys in pairs])
