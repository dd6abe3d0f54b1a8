"""A JSON or NDJSON file in, the objects that a map calls its rows out.

The columns of a row are the paths of its values (`levels.*.title`), those of the objects around it
(`role`), and, for each `*` on the way, the key or number of the member taken (`levels.*`). A list of texts
is one cell of several values; so is each path within a list of objects (`skills.*.name`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rolegraph.documents import Path as Place
from rolegraph.documents import nearest_line
from rolegraph.errors import Problems
from rolegraph.model.table_map import TableRules
from rolegraph.sources.tables.rows import Cell, Row, Table
from rolegraph.text import read_text

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:\n]')
Found = tuple[Place, dict[str, Cell]]


class _Shape(Exception):
    """A place in the document that is not what the path of the rows asks for."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def read_json(path: Path, rules: TableRules, problems: Problems) -> Table | None:
    """Read a document, or one a line (`.ndjson`, `.jsonl`).

    Args:
        path: the file.
        rules: the path of its rows; by default, the members of an array, or the document itself.
        problems: receives what is wrong with the file.
    Returns:
        the rows, or None when the file cannot be read.
    """
    text = read_text(path, str(path), problems)
    if text is None:
        return None
    if not text.strip():
        problems.error(path, 0, "the file is empty", "give a JSON document")
        return None
    by_line = path.suffix.lower() in {".ndjson", ".jsonl"}
    documents = list(enumerate(text.split("\n"), start=1)) if by_line else [(1, text)]
    before = len(problems.errors)
    rows: list[Row] = []
    for line, source in documents:
        if source.strip():
            rows += _document(path, source, line, rules.rows, problems)
    columns = dict.fromkeys(name for row in rows for name in row.cells)
    return Table(tuple(columns), rows) if len(problems.errors) == before else None


def _document(path: Path, source: str, line: int, steps: str, problems: Problems) -> list[Row]:
    """The rows of one document that begins on a line; its faults are in the problems."""
    doubled: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled.extend(key for key in found if [k for k, _ in pairs].count(key) > 1)
        return found

    try:
        # Numbers stay as they are written.
        document = json.loads(source, object_pairs_hook=members, parse_int=str, parse_float=str)
    except RecursionError:
        problems.error(path, line, "the document is nested too deeply", "write it flat")
        return []
    except json.JSONDecodeError as error:
        problems.error(path, line + error.lineno - 1, f"this is no JSON: {error.msg}", "correct the line")
        return []
    for key in doubled:
        problems.error(path, line, f"the key {key!r} is there twice in one object", "keep one of them")
    lines = _lines(source, line)
    parts = steps.split(".") if steps else ["*"] if isinstance(document, list) else []
    try:
        found = list(_walk(document, parts, (), {}))
    except _Shape as error:
        wanted = f"`rows` is {steps!r}: correct it, or the document"
        problems.error(path, nearest_line(lines, error.place), str(error), wanted)
        return []
    return [Row(str(path), nearest_line(lines, place), cells) for place, cells in found]


def _walk(
    value: Any, parts: list[str], place: Place, around: dict[str, Cell], name: str = ""
) -> Iterator[Found]:
    """Every row below a value, with the cells of what lies around it."""
    if not parts:
        if not isinstance(value, dict):
            raise _Shape(place, f"{_shown(name)} is no object")
        yield place, around | dict(_leaves(value, name))
        return
    step, rest = parts[0], parts[1:]
    if step == "*":
        if not isinstance(value, dict | list):
            raise _Shape(place, f"{_shown(name)} is neither an object nor an array")
        inner = f"{name}.*".lstrip(".")
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, member in members:
            shown = key if isinstance(key, str) else str(key + 1)
            yield from _walk(member, rest, (*place, key), {**around, inner: shown}, inner)
        return
    if not isinstance(value, dict) or step not in value:
        raise _Shape(place, f"{_shown(name)} has no {step!r}")
    others = {key: member for key, member in value.items() if key != step}
    around = around | dict(_leaves(others, name))
    yield from _walk(value[step], rest, (*place, step), around, f"{name}.{step}".lstrip("."))


def _leaves(value: dict[str, Any], name: str) -> Iterator[tuple[str, Cell]]:
    """The cells of an object by their paths."""
    for key, member in value.items():
        path = f"{name}.{key}".lstrip(".")
        if isinstance(member, dict):
            yield from _leaves(member, path)
        elif isinstance(member, list) and any(isinstance(item, dict) for item in member):
            yield from _parallel(member, f"{path}.*")
        elif isinstance(member, list):
            yield path, tuple(_scalar(item) for item in member)
        else:
            yield path, _scalar(member)


def _parallel(members: list[Any], name: str) -> Iterator[tuple[str, Cell]]:
    """The cells of a list of objects: for each path, what every one of them has there."""
    each = [dict(_leaves(member, name)) if isinstance(member, dict) else {} for member in members]
    for path in dict.fromkeys(path for cells in each for path in cells):
        values = [cells.get(path, "") for cells in each]
        yield path, tuple(value if isinstance(value, str) else "\n".join(value) for value in values)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(name: str) -> str:
    return repr(name) if name else "the document"


def _lines(source: str, first: int) -> dict[Place, int]:
    """The line of every object and array, and of every member that is one; Python's reader tells none."""
    lines: dict[Place, int] = {}
    stack: list[str | int] = []
    line, key = first, ""
    kinds: list[str] = []
    for match in _TOKEN.finditer(source):
        mark = match[0]
        if mark == "\n":
            line += 1
        elif mark in "{[":
            lines[tuple(stack)] = line
            kinds.append(mark)
            stack.append("" if mark == "{" else 0)
        elif mark in "}]" and kinds:
            kinds.pop()
            stack.pop()
        elif mark == "," and kinds and kinds[-1] == "[":
            stack[-1] = int(stack[-1]) + 1
        elif mark == ":" and kinds and kinds[-1] == "{":
            stack[-1] = json.loads(key, strict=False)
        elif mark.startswith('"'):
            key = mark
    return lines
