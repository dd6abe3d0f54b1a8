"""A role in, the labels that exports write of it out."""

from __future__ import annotations

from rolegraph.graph.catalog import is_alternative_label, is_level_token
from rolegraph.model.catalog import Labels, Role, key_label


def label_in(labels: Labels | None, language: str) -> str:
    """The text in a language, else in the first language there is, else an empty one."""
    if not labels:
        return ""
    return labels.get(language) or key_label(labels)


def accepted_aliases(role: Role, language: str) -> list[str]:
    """The aliases by which the role may be found, in their order; the same ones that the graph labels."""
    return [
        alias.label
        for alias in role.aliases
        if alias.language == language
        and not is_level_token(alias.label)
        and is_alternative_label(alias, role.title)
    ]


def level_tokens(role: Role, language: str) -> list[str]:
    """The aliases that are bare levels."""
    return [a.label for a in role.aliases if a.language == language and is_level_token(a.label)]
