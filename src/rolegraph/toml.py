"""A TOML file in, plain data and the line of every key out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from rolegraph.documents import Path as Place
from rolegraph.documents import nearest_line
from rolegraph.errors import Problems
from rolegraph.text import read_text

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


class TomlDocument:
    """Plain data of one file."""

    def __init__(self, data: dict[str, object], lines: dict[Place, int]) -> None:
        self.data = data
        self._lines = lines

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest one above it."""
        return nearest_line(self._lines, place)


def read_toml(path: Path, name: str, problems: Problems) -> TomlDocument | None:
    """Read one TOML document.

    Args:
        path: the file.
        name: how messages call it.
        problems: receives what keeps it from being read.
    Returns:
        the document, or None when there was a fault.
    """
    source = read_text(path, name, problems)
    if source is None:
        return None
    try:
        return TomlDocument(tomllib.loads(source), _lines(source))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problems.error(name, int(line[1]) if line else 0, f"this is no TOML: {error}", "correct the line")
    return None


def _lines(source: str) -> dict[Place, int]:
    """The lines of keys and headers; Python's reader does not tell, and messages need only the nearest."""
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    here: Place = ()
    for number, line in enumerate(source.split("\n"), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            here = _place(header[2], counts)
            if header[1] == "[[":
                counts[here] = counts.get(here, -1) + 1
                here = (*here, counts[here])
            lines.setdefault(here, number)
        elif key:
            lines.setdefault((*here, *_parts(key[1])), number)
    return lines


def _place(header: str, counts: dict[Place, int]) -> Place:
    """The place of a header; a name of an array of tables stands for its latest item."""
    place: Place = ()
    *parents, last = _parts(header)
    for name in parents:
        place = (*place, name)
        if place in counts:
            place = (*place, counts[place])
    return (*place, last)


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
