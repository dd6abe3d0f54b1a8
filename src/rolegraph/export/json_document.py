"""Members and long lists in, one JSON document out, written item by item."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any


def write_document(stream: IO[str], head: dict[str, Any], lists: Iterable[tuple[str, Iterable[Any]]]) -> None:
    """Write an object: short members whole, and then lists with one item a line.

    Args:
        stream: receives the text.
        head: the short members.
        lists: names and items of the long members; items are written as they come.
    """
    stream.write("{\n")
    stream.write(",\n".join(f"{_dump(name)}: {_dump(value)}" for name, value in head.items()))
    between = ",\n" if head else ""
    for name, items in lists:
        stream.write(f"{between}{_dump(name)}: [")
        between, separator = ",\n", "\n"
        for item in items:
            stream.write(f"{separator}  {_dump(item)}")
            separator = ",\n"
        stream.write("\n]")
    stream.write("\n}\n")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def without_empty(value: dict[str, Any]) -> dict[str, Any]:
    """The members that say something."""
    return {name: item for name, item in value.items() if item not in (None, "", [], {})}
