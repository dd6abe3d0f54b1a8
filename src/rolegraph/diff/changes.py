"""The records that a comparison gives, and the words for their kinds."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

ChangeWord = Literal["added", "removed", "changed", "deprecated", "replaced"]
CHANGE_WORDS: Final[tuple[ChangeWord, ...]] = ("added", "removed", "changed", "deprecated", "replaced")

PLURALS: Final[dict[str, str]] = {
    "role": "roles",
    "super-function": "super-functions",
    "family": "families",
    "specialisation": "specialisations",
    "component": "components",
    "component use": "component uses",
    "alias": "aliases",
    "mapping": "mappings",
    "story": "stories",
    "plan step": "plan steps",
    "level": "levels",
    "track": "tracks",
    "level descriptor": "level descriptors",
    "list entry": "list entries",
    "adjacency": "adjacencies",
    "score": "scores",
    "SOC entry": "SOC entries",
    "O*NET entry": "O*NET entries",
    "ESCO entry": "ESCO entries",
    "shape": "shapes",
    "term": "terms",
    "other": "other things",
}
"""Kind of thing -> its plural, in the order in which counts are told."""

_COMPONENT_PLURALS: Final = {
    "responsibility": "responsibilities",
    "knowledge": "knowledge items",
    "competency": "competencies",
}


class Change(Struct, frozen=True, kw_only=True, gc=False):
    """One change between two snapshots, in words.

    `code` and `label` name what it happened to: a role, a family, a component, and so on. Where it
    happened to a part of that (an alias, a use of a component, a mapping), `kind` is the part's and
    `part` names it. `what` is the property that changed, and is empty where the whole was added,
    removed or deprecated; for "replaced", `after` is the replacement. `component_kind` is skill, task
    and so on for components and their uses.
    """

    kind: str
    change: ChangeWord
    code: str = ""
    label: str = ""
    part: str = ""
    component_kind: str = ""
    what: str = ""
    before: str = ""
    after: str = ""
    iri: str


def plural(kind: str, component_kind: str = "") -> str:
    """The plural of a kind; of the kind of component where there is one.

    >>> plural("alias"), plural("component use", "core output")
    ('aliases', 'core outputs')
    """
    if component_kind:
        return _COMPONENT_PLURALS.get(component_kind, f"{component_kind}s")
    return PLURALS.get(kind, f"{kind}s")
