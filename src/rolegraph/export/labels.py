"""A role in, the labels that exports write of it out."""

from __future__ import annotations

from rolegraph.graph.catalog import is_alternative_label, is_level_token
from rolegraph.model.catalog import Labels, Role


def label_in(labels: Labels | None, language: str) -> str:
    """The text in a language, else in the first language there is, else an empty one."""
    return text_in(labels, language)[0] if labels else ""


def text_in(labels: Labels, language: str) -> tuple[str, str]:
    """The text in a language, else in the first language there is, and the language that it is in."""
    tag = language if labels.get(language) else next(iter(labels))
    return labels[tag], tag


def in_one_line(label: str) -> str:
    """A label for a cell that holds several, each on its own line: white space within is single spaces."""
    return " ".join(label.split())


def alternative_labels(role: Role) -> list[tuple[str, str]]:
    """Text and language of the aliases by which the role may be found, in their order.

    The same ones that the graph labels: not rejected, not too doubtful, no bare level.
    """
    return [
        (alias.label, alias.language)
        for alias in role.aliases
        if not is_level_token(alias.label) and is_alternative_label(alias, role.title)
    ]


def hidden_labels(role: Role) -> list[tuple[str, str]]:
    """Text and language of the aliases that are bare levels, unless that is the title."""
    return [
        (alias.label, alias.language)
        for alias in role.aliases
        if is_level_token(alias.label) and alias.label not in role.title.values()
    ]


def accepted_aliases(role: Role, language: str) -> list[str]:
    """The alternative labels in one language."""
    return [label for label, tag in alternative_labels(role) if tag == language]


def level_tokens(role: Role, language: str) -> list[str]:
    """The hidden labels in one language."""
    return [label for label, tag in hidden_labels(role) if tag == language]
