"""A role in the form of a catalog file in, its YAML text out."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from rolegraph.model.catalog import RoleFile

SCHEMA_COMMENT = "# yaml-language-server: $schema=../role.schema.json\n"
"""Lets an editor check and complete the file as it is written."""


class _Flow(list[str]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Indents the items of a list below their key, and keeps tags on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Never put a list at the indentation of its key."""
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(
    _Flow, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """A text of several lines keeps its lines."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def role_data(role: RoleFile) -> dict[str, Any]:
    """A role as plain data, keys in the order of the format, without what it does not say."""
    data: dict[str, Any] = msgspec.to_builtins(role)
    return {key: value for key, value in data.items() if key != "components" or value}


def dump_role(role: RoleFile) -> str:
    """The YAML of a role; reading it gives an equal role.

    Keys come in the order of the format; a component without tags is its bare label.
    """
    data = role_data(role)
    for kind, items in data.get("components", {}).items():
        data["components"][kind] = [_component(item) for item in items]
    return SCHEMA_COMMENT + dump_yaml(data)


def dump_yaml(data: object) -> str:
    """Plain data as the YAML of a catalog file, keys in the order given."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _component(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    if set(item) == {"label"} and isinstance(item["label"], str):
        return item["label"]
    return {key: _Flow(value) if key == "tags" else value for key, value in item.items()}
