"""The catalog's records: roles, taxonomy, components, mappings, levels. Values only, no behaviour.

`RoleFile` and its parts are the form of a role on disk (YAML or one NDJSON line); its JSON Schema is
published. The other records are what the rest of rolegraph works with.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from rolegraph.documents import LANGUAGE_PATTERN
from rolegraph.model.attribution import Credit
from rolegraph.model.mapping_set import MappingSet

Kind = Literal["responsibility", "task", "skill", "knowledge", "competency", "qualification", "core_output"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ScopeTag = Literal["common", "level"]
Approval = Literal["pending", "approved", "rejected"]
Importance = Literal["essential", "optional"]
Status = Literal["draft", "in_review", "published", "deprecated"]
ReviewStatus = Literal["needs_review", "in_review", "accepted", "rejected", "superseded"]
Dimension = Literal[
    "scope", "autonomy", "complexity", "impact", "decision_rights", "leadership", "typical_experience"
]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)

CODE_PATTERN: Final = r"^[A-Z][A-Z0-9]{1,15}\.[A-Z0-9]{2,20}\.[A-Z]{1,4}[0-9]{1,2}$"
"""Function.Focus.Level; whether the level exists is checked against the catalog's level scheme."""

DATE_PATTERN: Final = r"^\d{4}-\d{2}-\d{2}$"

NonEmpty = Annotated[str, Meta(min_length=1)]
# Patterns are published, and checked by `sources.roles`; msgspec's own pattern check would crash the
# interpreter at exit once a fault was met (msgspec issue 717, seen with 0.19 to 0.22).
LanguageTag = Annotated[str, Meta(extra_json_schema={"pattern": LANGUAGE_PATTERN})]
Date = Annotated[str, Meta(extra_json_schema={"pattern": DATE_PATTERN})]
Text = NonEmpty | dict[LanguageTag, NonEmpty]
"""A text in the catalog's language, or one text per language tag."""
Labels = dict[str, str]
"""Language tag -> text; never empty."""
Score = Annotated[float, Meta(ge=0, le=1)]

OPEN_LISTS: Final[dict[str, frozenset[str]]] = {
    "alias-type": frozenset([
        "common", "seniority_variant", "abbreviation", "industry", "internal", "former", "level_token",
        "misspelling",
    ]),
    "mapping-source": frozenset(
        ["manual_curation", "inferred_from_superfunction", "title_match", "text_similarity", "crosswalk"]
    ),
    "applicability": frozenset(["global", "regional", "local"]),
}
"""What ontology/vocabulary.ttl lists; a value outside becomes a concept of the catalog, and a warning."""


class _File(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of the on-disk forms: an unknown key is an error."""


class StoryFile(_File, kw_only=True):
    """The story of a role: a character with a problem, a plan, what is at stake, what success is."""

    character: Text | None = None
    external_problem: Text | None = None
    internal_problem: Text | None = None
    philosophical_problem: Text | None = None
    plan: tuple[Text, ...] = ()
    stakes: Text | None = None
    success: Text | None = None


class UseFile(_File, kw_only=True):
    """One component in a role's list; a bare label is short for `{label: …}`."""

    label: Text
    tags: tuple[ScopeTag, ...] = ()
    importance: Importance | None = None
    proficiency: Annotated[int, Meta(ge=1, le=5)] | None = None


class AliasFile(_File, kw_only=True):
    """A title by which the role is known elsewhere."""

    label: NonEmpty
    type: NonEmpty = "common"
    confidence: Score | None = None
    approval: Approval = "pending"
    language: LanguageTag | None = None


class CodeFile(_File, kw_only=True):
    """A classification code written on the role itself; SSSOM files hold everything richer."""

    code: NonEmpty
    scheme: Literal["soc2018", "onetsoc2019", "esco"] | None = None
    title: NonEmpty | None = None
    source: NonEmpty | None = None
    review_status: Literal["needs_review", "in_review", "accepted", "approved", "rejected", "superseded"] = (
        "needs_review"
    )
    predicate: Literal["broadMatch", "closeMatch", "exactMatch", "narrowMatch", "relatedMatch"] = "broadMatch"
    confidence: Score | None = None
    reviewer: NonEmpty | None = None
    review_date: Date | None = None


class LevelTextFile(_File, kw_only=True):
    """What this role says of its level where it differs from the level scheme."""

    title: Text | None = None
    summary: Text | None = None
    scope: Text | None = None
    autonomy: Text | None = None
    complexity: Text | None = None
    impact: Text | None = None
    decision_rights: Text | None = None
    leadership: Text | None = None
    typical_experience: Text | None = None


class ComponentsFile(_File, kw_only=True):
    """The seven lists of components."""

    responsibility: tuple[NonEmpty | UseFile, ...] = ()
    task: tuple[NonEmpty | UseFile, ...] = ()
    skill: tuple[NonEmpty | UseFile, ...] = ()
    knowledge: tuple[NonEmpty | UseFile, ...] = ()
    competency: tuple[NonEmpty | UseFile, ...] = ()
    qualification: tuple[NonEmpty | UseFile, ...] = ()
    core_output: tuple[NonEmpty | UseFile, ...] = ()


class RoleFile(_File, kw_only=True):
    """One role, as a YAML file or an NDJSON line."""

    code: Annotated[str, Meta(extra_json_schema={"pattern": CODE_PATTERN})]
    title: Text
    summary: Text | None = None
    status: Status | None = None
    applicability: NonEmpty | None = None
    version: NonEmpty | None = None
    modified: Date | None = None
    deprecated: bool = False
    replaced_by: NonEmpty | None = None
    history_note: Text | None = None
    confidence: Score | None = None
    story: StoryFile | None = None
    level_text: LevelTextFile | None = None
    components: ComponentsFile = msgspec.field(default_factory=ComponentsFile)
    none_recorded: tuple[Kind, ...] = ()
    aliases: tuple[AliasFile, ...] = ()
    codes: tuple[CodeFile, ...] = ()


def key_label(labels: Labels) -> str:
    """The text that IRIs are minted from: the first, which readers make that of the catalog's language."""
    return next(iter(labels.values()))


class _Record(Struct, frozen=True, kw_only=True, gc=False):
    """Base of the records; immutable values.

    `file` is the source of a record relative to the catalog, and `line` its line there, counted from 1;
    "" and 0 where no file says it. Where a record has a `line` alone, the file is that of its owner.
    """


class Kept(_Record, frozen=True, kw_only=True):
    """Base of what keeps its IRI once it is withdrawn.

    `replaced_by` is the code of what stands in its place, of a component the label; `history_note` says
    what happened, and `modified` on which day it last changed.
    """

    deprecated: bool = False
    replaced_by: str | None = None
    history_note: Labels | None = None
    modified: str | None = None


class Story(_Record, frozen=True, kw_only=True):
    """A role's story with its texts by language; `plan` holds the steps in order."""

    character: Labels | None = None
    external_problem: Labels | None = None
    internal_problem: Labels | None = None
    philosophical_problem: Labels | None = None
    plan: tuple[Labels, ...] = ()
    stakes: Labels | None = None
    success: Labels | None = None


class ComponentUse(_Record, frozen=True, kw_only=True):
    """A role's use of a component: `position` is 1-based within the kind."""

    kind: Kind
    label: Labels
    position: int
    tags: tuple[ScopeTag, ...] = ()
    importance: Importance | None = None
    proficiency: int | None = None
    line: int = 0


class TitleAlias(_Record, frozen=True, kw_only=True):
    """A title alias; `confidence` is 0..1, or None where nobody scored it."""

    label: str
    language: str
    type: str
    confidence: float | None
    approval: Approval
    line: int = 0


class Mapping(_Record, frozen=True, kw_only=True):
    """A mapping in SSSOM's terms; subject, predicate, object and justification are IRIs.

    `extra` keeps further slots of the row by the IRI of their property, as written. A mapping of a
    crosswalk has no review status unless its file gives one.
    """

    subject: str
    predicate: str
    object: str
    modifier: str = ""
    justification: str
    object_label: str | None = None
    subject_label: str | None = None
    confidence: float | None = None
    review_status: ReviewStatus | None = "needs_review"
    source: str | None = None
    reviewer: str | None = None
    review_date: str | None = None
    comment: str | None = None
    extra: tuple[tuple[str, str], ...] = ()
    file: str = ""
    line: int = 0

    @property
    def key(self) -> str:
        """What it says, as one text; two mappings with one key state the same."""
        return f"{self.subject}|{self.predicate}|{self.modifier}|{self.object}"

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Sorts mappings by subject, predicate and object."""
        return self.subject, self.predicate, self.object, self.modifier


class Role(Kept, frozen=True, kw_only=True):
    """A role; `code` is family.focus.level and its parts are also given apart.

    `lines` holds the lines of its texts and lists by key (`title`, `story`, `level_text.scope` and so
    on) where the source spreads over several lines.
    """

    code: str
    family: str
    focus: str
    level: str
    title: Labels
    summary: Labels | None = None
    status: Status | None = None
    applicability: str | None = None
    version: str | None = None
    confidence: float | None = None
    story: Story | None = None
    level_title: Labels | None = None
    level_summary: Labels | None = None
    descriptors: dict[Dimension, Labels] = msgspec.field(default_factory=dict)
    uses: tuple[ComponentUse, ...] = ()
    none_recorded: tuple[Kind, ...] = ()
    aliases: tuple[TitleAlias, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    file: str = ""
    line: int = 0
    lines: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def specialisation(self) -> str:
        """Family and focus, the code of the specialisation."""
        return f"{self.family}.{self.focus}"


class SuperFunction(Kept, frozen=True, kw_only=True):
    """The top of the taxonomy."""

    code: str
    label: Labels
    definition: Labels | None = None
    file: str = ""
    line: int = 0


class Family(Kept, frozen=True, kw_only=True):
    """A role family; `super_function` is the code of its parent, or None where nobody said."""

    code: str
    label: Labels
    definition: Labels | None = None
    super_function: str | None = None
    file: str = ""
    line: int = 0


class Specialisation(Kept, frozen=True, kw_only=True):
    """A specialisation, `code` = family.focus."""

    code: str
    label: Labels
    definition: Labels | None = None
    file: str = ""
    line: int = 0


class Taxonomy(_Record, frozen=True, kw_only=True):
    """All three layers, each by code."""

    super_functions: dict[str, SuperFunction] = msgspec.field(default_factory=dict)
    families: dict[str, Family] = msgspec.field(default_factory=dict)
    specialisations: dict[str, Specialisation] = msgspec.field(default_factory=dict)


class ProficiencyText(_Record, frozen=True, kw_only=True):
    """What one step (1..5) of the scale of proficiency means for a component, and its publisher's name."""

    level: int
    name: Labels | None = None
    text: Labels


class Component(Kept, frozen=True, kw_only=True):
    """A component that has its own entry under components/."""

    kind: Kind
    label: Labels
    definition: Labels | None = None
    alternative_labels: tuple[Labels, ...] = ()
    same_as: tuple[str, ...] = ()
    esco: str | None = None
    proficiency_texts: tuple[ProficiencyText, ...] = ()
    file: str = ""
    line: int = 0

    @property
    def exact_matches(self) -> tuple[str, ...]:
        """IRIs of what it is the same as, the concept of ESCO included."""
        return self.same_as if self.esco is None else (*self.same_as, self.esco)


class SocGroup(_Record, frozen=True, kw_only=True):
    """A SOC group or occupation: code and official title."""

    code: str
    title: str
    file: str = ""
    line: int = 0


class Level(_Record, frozen=True, kw_only=True):
    """A level of the scheme in use: notation (`P5`), rank on the shared scale, track IRI, label.

    The shipped scheme is no file of the catalog, so its levels have no place.
    """

    notation: str
    iri: str
    rank: float
    track: str
    label: str
    experience_min_years: float | None = None
    experience_max_years: float | None = None
    file: str = ""
    line: int = 0


class Catalog(_Record, frozen=True, kw_only=True):
    """Everything that the catalog's own files say."""

    roles: tuple[Role, ...]
    taxonomy: Taxonomy
    components: tuple[Component, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    mapping_sets: tuple[MappingSet, ...] = ()
    soc: tuple[SocGroup, ...] = ()
    levels: dict[str, Level] = msgspec.field(default_factory=dict)
    credits: tuple[Credit, ...] = ()
