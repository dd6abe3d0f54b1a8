"""A role in, the catalog file that says it out: as a value, and as YAML text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from rolegraph.iris import Iris
from rolegraph.model.catalog import (
    KINDS,
    AliasFile,
    CodeFile,
    ComponentsFile,
    ComponentUse,
    Labels,
    LevelTextFile,
    Mapping,
    Role,
    RoleFile,
    Story,
    StoryFile,
    Text,
    TitleAlias,
    UseFile,
)
from rolegraph.terms import PREFIXES

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


def to_role_file(role: Role, iris: Iris, language: str) -> RoleFile:
    """The file of a role: `RoleReader.convert` makes an equal record of it.

    Args:
        role: a record; the mappings on it are those that its own file can say.
        iris: those of the catalog, from which codes are told.
        language: the catalog's own, whose texts are written without a tag.
    """

    def text(labels: Labels) -> Text:
        return labels[language] if set(labels) == {language} else dict(labels)

    def maybe(labels: Labels | None) -> Text | None:
        return None if labels is None else text(labels)

    level_texts: dict[str, Text] = {str(name): text(labels) for name, labels in role.descriptors.items()}
    level_texts |= {
        key: text(labels)
        for key, labels in (("title", role.level_title), ("summary", role.level_summary))
        if labels is not None
    }
    return RoleFile(
        code=role.code,
        title=text(role.title),
        summary=maybe(role.summary),
        status=None if role.deprecated else role.status,
        applicability=role.applicability,
        version=role.version,
        modified=role.modified,
        deprecated=role.deprecated,
        replaced_by=role.replaced_by,
        history_note=maybe(role.history_note),
        confidence=role.confidence,
        story=_story(role.story, text),
        level_text=LevelTextFile(**level_texts) if level_texts else None,
        components=ComponentsFile(
            **{kind: tuple(_use(use, text) for use in role.uses if use.kind == kind) for kind in KINDS}
        ),
        none_recorded=role.none_recorded,
        aliases=tuple(_alias(alias, language) for alias in role.aliases),
        codes=tuple(_code(mapping, iris) for mapping in role.mappings),
    )


def _story(story: Story | None, text: Callable[[Labels], Text]) -> StoryFile | None:
    if story is None:
        return None
    fields = {name: getattr(story, name) for name in StoryFile.__struct_fields__ if name != "plan"}
    texts = {name: text(labels) for name, labels in fields.items() if labels is not None}
    return StoryFile(**texts, plan=tuple(map(text, story.plan)))


def _use(use: ComponentUse, text: Callable[[Labels], Text]) -> str | UseFile:
    label = text(use.label)
    if isinstance(label, str) and not use.tags and use.importance is None and use.proficiency is None:
        return label
    return UseFile(label=label, tags=use.tags, importance=use.importance, proficiency=use.proficiency)


def _alias(alias: TitleAlias, language: str) -> AliasFile:
    return AliasFile(
        label=alias.label,
        type=alias.type,
        confidence=alias.confidence,
        approval=alias.approval,
        language=None if alias.language == language else alias.language,
    )


def _code(mapping: Mapping, iris: Iris) -> CodeFile:
    """The code that a mapping of a role file stands for: that of SOC or O*NET, else the IRI of ESCO."""
    prefixes = (iris.soc(""), iris.onet(""))
    code = next((mapping.object.removeprefix(p) for p in prefixes if mapping.object.startswith(p)), None)
    return CodeFile(
        code=code or mapping.object,
        title=mapping.object_label,
        source=mapping.source,
        review_status=mapping.review_status or "needs_review",
        predicate=mapping.predicate.removeprefix(PREFIXES["skos"]),  # type: ignore[arg-type]  # read from one
        confidence=mapping.confidence,
        reviewer=mapping.reviewer,
        review_date=mapping.review_date,
    )
