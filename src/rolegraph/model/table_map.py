"""The form of a MAP.toml: how the columns of a table become roles, taxonomy entries and components.

Wherever a map says where something comes from, it writes a source: the name of a column, a `Rule`, or a
list of those, of which the first that says something counts.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from rolegraph.model.catalog import Kind, LanguageTag

_Name = Annotated[str, Meta(min_length=1)]
Proficiency = Annotated[int, Meta(ge=1, le=5)]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts: an unknown key is an error that names the nearest known one."""


class Rule(_Part, frozen=True, kw_only=True):
    """Where a value comes from, and what is done with it: in this order.

    1. Exactly one of `column`, `constant`, `template` (a text with `{column}` in it) or `languages`
       (a source for each language tag).
    2. `split`: one cell holds several values: a separator, `lines`, or `bullets`.
    3. `pattern`: a regular expression; its group, or all of what it matches, is the value. A value in
       which it is not found says nothing.
    4. `values` and then `matches` (pairs of a regular expression and a value, the first found counts);
       a value that neither knows is a fault of its row, unless `keep_others`.
    """

    column: _Name | None = None
    constant: _Name | None = None
    template: _Name | None = None
    languages: dict[LanguageTag, Source] | None = None
    split: _Name | None = None
    pattern: _Name | None = None
    values: dict[str, str | int] | None = None
    matches: tuple[tuple[str, str | int], ...] = ()
    keep_others: bool = False


Source = _Name | Rule | Annotated[tuple[_Name | Rule, ...], Meta(min_length=1)]


class TaxonRules(_Part, frozen=True, kw_only=True):
    """An entry of the taxonomy; a code that no source gives is made from the label."""

    code: Source | None = None
    label: Source | None = None
    definition: Source | None = None


class LevelTextRules(_Part, frozen=True, kw_only=True):
    """What a role says of its level: the keys of `level_text` in a role file."""

    title: Source | None = None
    summary: Source | None = None
    scope: Source | None = None
    autonomy: Source | None = None
    complexity: Source | None = None
    impact: Source | None = None
    decision_rights: Source | None = None
    leadership: Source | None = None
    typical_experience: Source | None = None


class StoryRules(_Part, frozen=True, kw_only=True):
    """The story of a role: the keys of `story` in a role file.

    `plan_key` is what the steps of the plan in several languages have in common; without it, that is
    their order.
    """

    character: Source | None = None
    external_problem: Source | None = None
    internal_problem: Source | None = None
    philosophical_problem: Source | None = None
    plan: Source | None = None
    plan_key: Source | None = None
    stakes: Source | None = None
    success: Source | None = None


class ProficiencyRules(_Part, frozen=True, kw_only=True):
    """What one step of the scale of proficiency means for a component."""

    level: Proficiency
    name: Source | None = None
    text: Source


class ComponentRules(_Part, frozen=True, kw_only=True):
    """A component itself, for `components/<kind>.yaml`.

    `key` is what its rows in several languages have in common; without it, that is the label.
    """

    kind: Kind
    label: Source
    key: Source | None = None
    definition: Source | None = None
    alternative_labels: Source | None = None
    same_as: Source | None = None
    esco: Source | None = None
    proficiency_texts: tuple[ProficiencyRules, ...] = ()


class UseRules(_Part, frozen=True, kw_only=True):
    """Components in the list of a role; where the sources give several values, the n-th belong together.

    `key` is what the items in several languages have in common; without it, that is their order.
    `definition` and `proficiency_text` (what the proficiency means) go to `components/<kind>.yaml`.
    """

    kind: Kind
    label: Source
    key: Source | None = None
    tags: Source | None = None
    importance: Source | None = None
    proficiency: Source | None = None
    definition: Source | None = None
    proficiency_text: Source | None = None


class AliasRules(_Part, frozen=True, kw_only=True):
    """Other titles of a role."""

    label: Source
    type: Source | None = None
    confidence: Source | None = None
    approval: Source | None = None


class CodeRules(_Part, frozen=True, kw_only=True):
    """Codes of a role in a public classification."""

    code: Source
    scheme: Source | None = None
    title: Source | None = None
    source: Source | None = None
    review_status: Source | None = None
    predicate: Source | None = None
    confidence: Source | None = None
    reviewer: Source | None = None
    review_date: Source | None = None


class RoleRules(_Part, frozen=True, kw_only=True):
    """A role. All rows in which the columns of `key` agree are one role, across tables and languages."""

    key: Annotated[tuple[_Name, ...], Meta(min_length=1)]
    code: Source | None = None
    super_function: TaxonRules | None = None
    family: TaxonRules | None = None
    specialisation: TaxonRules | None = None
    level: Source | None = None
    title: Source | None = None
    summary: Source | None = None
    status: Source | None = None
    applicability: Source | None = None
    version: Source | None = None
    modified: Source | None = None
    replaced_by: Source | None = None
    confidence: Source | None = None
    history_note: Source | None = None
    none_recorded: Source | None = None
    level_text: LevelTextRules | None = None
    story: StoryRules | None = None
    components: tuple[UseRules, ...] = ()
    aliases: tuple[AliasRules, ...] = ()
    codes: tuple[CodeRules, ...] = ()


class TableRules(_Part, frozen=True, kw_only=True):
    """One reading of a file; a file may be read by several.

    `file` is a pattern for the end of its path; `rows` the path to the objects of a JSON file that are
    its rows, with `*` for each member of an object or array; `header` the line of the column names.
    `language` is that of all texts of the table; `language_column` says it for each row instead.
    """

    file: _Name = "*"
    rows: str = ""
    sheet: _Name | None = None
    header: Annotated[int, Meta(ge=1)] = 1
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] | None = None
    encoding: _Name = "utf-8"
    language: LanguageTag | None = None
    language_column: _Name | None = None
    ignore: tuple[_Name, ...] = ()
    role: RoleRules | None = None
    components: tuple[ComponentRules, ...] = ()


class TableMap(_Part, frozen=True, kw_only=True):
    """The whole of a MAP.toml.

    `none` lists what publishers write into cells that say nothing; `language` is that of the texts, by
    default the catalog's. `title`, `attribution` (what the publisher wants said), `licence` and `source`
    (where the data is from; both IRIs or plain text) go to the catalog's `attribution.<name>.yaml`.
    """

    title: _Name | None = None
    attribution: _Name | None = None
    licence: _Name | None = None
    source: _Name | None = None
    language: LanguageTag | None = None
    none: tuple[str, ...] = ()
    table: Annotated[tuple[TableRules, ...], Meta(min_length=1)]
