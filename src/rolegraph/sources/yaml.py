"""A YAML file in, plain data and the line of every value out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rolegraph.documents import Path as Place
from rolegraph.documents import nearest_line
from rolegraph.errors import Problems
from rolegraph.text import read_text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = SafeConstructor()
_MAX_DEPTH = 40


class YamlDocument:
    """Plain data of one file; dates stay text, so that nothing is re-spelled."""

    def __init__(self, data: object, lines: dict[Place, int]) -> None:
        self.data = data
        self._lines = lines

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest one above it."""
        return nearest_line(self._lines, place)


def read_yaml(path: Path, name: str, problems: Problems) -> YamlDocument | None:
    """Read one YAML document.

    Args:
        path: the file.
        name: how messages call it.
        problems: receives syntax faults, doubled keys, anchors and wrong encodings.
    Returns:
        the document, or None when it could not be read.
    """
    source = read_text(path, name, problems)
    if source is None:
        return None
    before = len(problems.errors)
    try:
        root = yaml.compose(source, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 0
        problems.error(name, line, f"this is no YAML: {error.problem}", "correct the line")
        return None
    except yaml.YAMLError as error:
        first = str(error).splitlines()[0]
        problems.error(name, 0, f"this is no YAML: {first}", "write plain text without control characters")
        return None
    builder = _Builder(name, problems)
    data = builder.build(root, ()) if root is not None else None
    return YamlDocument(data, builder.lines) if len(problems.errors) == before else None


class _Builder:
    def __init__(self, name: str, problems: Problems) -> None:
        self.lines: dict[Place, int] = {}
        self._name = name
        self._problems = problems
        self._seen: set[int] = set()

    def build(self, node: Node, place: Place) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if len(place) > _MAX_DEPTH:
            self._problems.error(self._name, line, "the document is nested too deeply", "write it flat")
            return None
        if not isinstance(node, ScalarNode) and id(node) in self._seen:
            found = "a YAML alias repeats an earlier value"
            self._problems.error(self._name, line, found, "write the value out")
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, place)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*place, index)) for index, item in enumerate(node.value)]
        try:
            return _scalar(node) if isinstance(node, ScalarNode) else None
        except (ValueError, KeyError):
            found = f"{node.value[:40]!r} is not of the type {node.tag.rpartition(':')[2]}"
            self._problems.error(self._name, line, found, "correct the value, or put it in quotes")
            return None

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in result:
                self._problems.error(self._name, line, f"the key {key!r} is there twice", "keep one of them")
            self.lines[*place, key] = line
            result[key] = self.build(value_node, (*place, key))
        return result


def _scalar(node: ScalarNode) -> object:
    kind = node.tag.rpartition(":")[2]
    if kind == "int":
        return _NUMBERS.construct_yaml_int(node)
    if kind == "float":
        return _NUMBERS.construct_yaml_float(node)
    if kind == "bool":
        return _NUMBERS.construct_yaml_bool(node)
    return None if kind == "null" else node.value
