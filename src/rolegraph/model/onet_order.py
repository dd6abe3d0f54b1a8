"""The order in which O*NET sorts the rows of a file: text without case, IDs and numbers by value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rolegraph.model.onet import ColumnKind, TableSpec, column_names

_SEGMENT: Final = re.compile(r"[0-9]+|[^0-9.]+")
_NUMBERS: Final[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "zone"})
_DIGITS: Final = 18
"""As many as an identifier or a number has at most."""


class _Keys(dict[str, str]):
    """Cell -> the text by which it is sorted, made when a spelling is first met."""

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, cell: str) -> str:
        # The cell itself comes last, so that no two different cells are equal.
        key = self[cell] = f"{_sort_text(cell, self._kind)}\0{cell}"
        return key


def _sort_text(cell: str, kind: ColumnKind) -> str:
    """The text by which a cell is sorted; negative numbers, which O*NET has none of, are as text."""
    if kind in _NUMBERS:
        whole, point, fraction = cell.partition(".")
        return f"{whole.zfill(_DIGITS)}{point}{fraction}" if whole.isdigit() else ""
    if kind == "element":
        # 2.C.9 before 2.C.10, and 1.B.3.z before 1.B.3.aa
        return ".".join([f"{len(part):02}{part}" for part in _SEGMENT.findall(cell)])
    return cell.lower()


def row_key(spec: TableSpec, header: str) -> Callable[[list[str]], tuple[str, ...]]:
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
