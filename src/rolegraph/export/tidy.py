"""Roles in, tidy tables out: one kind of thing a table, one thing a row, with typed columns and keys.

Everything that a role file says is in one of the tables, in the order of the file; `tests/test_export_tables`
makes equal records of them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from rolegraph.export import _tidy_roles as roles
from rolegraph.export import _tidy_shared as shared
from rolegraph.export.dump import read_neighbours
from rolegraph.export.extract import Extract

Type = Literal["string", "integer", "number", "boolean", "date"]
Cell = str | int | float | bool | None


class Column(NamedTuple):
    """A column of a table."""

    name: str
    type: Type
    description: str


class Reference(NamedTuple):
    """A column whose values are keys of another table."""

    column: str
    table: str
    key: str


class Table(NamedTuple):
    """A table: its columns, which of them are its key, and how its rows are made."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    rows: Callable[[Extract], Iterator[tuple[Cell, ...]]]


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from lines of the form `name type description`."""
    lines = (line.split(None, 2) for line in text.strip().splitlines())
    return tuple(Column(name, kind, rest) for name, kind, rest in lines)  # type: ignore[arg-type]  # fixed texts


def _adjacency(extract: Extract) -> Iterator[tuple[Cell, ...]]:
    for near in read_neighbours(extract):
        yield (*near[1:-1], near.reason or None)


_ROLE: Final = Reference("role", "roles", "code")
_COMPONENT: Final = Reference("component", "components", "iri")

TABLES: Final = (
    Table(
        "roles",
        "Roles, with their place and what they have once.",
        _columns("""
            code string family, focus and level, joined by dots
            iri string the role in the graph
            family string code of the family
            specialisation string code of the specialisation
            super_function string code of the super-function of the family
            level string notation of the level
            title string title in the language of the package
            summary string what the holder of the role does, in that language
            status string draft, in_review, published or deprecated
            applicability string where the role exists
            version string version of the role itself
            modified date day of the last change
            deprecated boolean whether the role was withdrawn
            replaced_by string code of the role that stands in its place
            confidence number how sure the source is of the role, 0 to 1
        """),
        ("code",),
        (Reference("level", "levels", "level"),),
        roles.role_rows,
    ),
    Table(
        "texts",
        "Every text of a role in every language, and labels of components not in one language alone.",
        _columns("""
            role string code of the role
            field string what the text is, such as summary, story.plan or components.skill
            position integer place in a list, from 1; 0 for a text that there is one of
            language string language tag
            text string the text
        """),
        ("role", "field", "position", "language"),
        (_ROLE,),
        roles.text_rows,
    ),
    Table(
        "uses",
        "Which role uses which component, in the order of the role.",
        _columns("""
            role string code of the role
            kind string kind of the component
            position integer place in the role's list of that kind, from 1
            component string IRI of the component
            label string the component as the role names it, in the language of the package where it can
            language string language tag of the label
            is_common boolean tagged as shared across the family
            is_level boolean tagged as specific to the level
            importance string essential or optional
            proficiency integer 1 to 5
        """),
        ("role", "kind", "position"),
        (_ROLE, _COMPONENT),
        roles.use_rows,
    ),
    Table(
        "none_recorded",
        "Kinds of which a role says that it has none, which is not the same as saying nothing.",
        _columns("""
            role string code of the role
            kind string kind of component
        """),
        ("role", "kind"),
        (_ROLE,),
        roles.none_rows,
    ),
    Table(
        "aliases",
        "Other titles of roles.",
        _columns("""
            role string code of the role
            position integer place in the role's list, from 1
            label string the title
            language string language tag
            type string kind of alias
            confidence number how sure the source is of it, 0 to 1
            approval string pending, approved or rejected
        """),
        ("role", "position"),
        (_ROLE,),
        roles.alias_rows,
    ),
    Table(
        "mappings",
        "Mappings of roles, of their families and specialisations, and of components.",
        _columns("""
            subject string IRI of what is mapped
            role string code of the role in whose file the mapping stands; empty for one of an SSSOM file
            predicate string IRI of the SKOS relation
            modifier string Not, where the mapping says that it does not hold
            object string IRI of what it is mapped to
            object_label string title of that as the source gives it
            justification string IRI of the SSSOM justification
            confidence number 0 to 1
            review_status string needs_review, in_review, accepted, rejected or superseded
            source string where the mapping comes from
            reviewer string who decided
            review_date date when
            comment string what the source adds
        """),
        (),
        (),
        roles.mapping_rows,
    ),
    Table(
        "adjacency",
        "The nearest roles of each role, as the build computed them.",
        _columns("""
            role string code of the role
            neighbour string code of the role nearby
            position integer rank, from 1 for the nearest
            distance number 0 to 1
            taxonomy_distance number part of the distance that comes from the taxonomy, 0 to 1
            level_distance number part that comes from the level, 0 to 1
            band string confident, needs_review or no_confident_match
            move string kind of move
            edition string edition of the metric
            reason string why the band is not what the distance says
        """),
        ("role", "neighbour", "edition"),
        (_ROLE, Reference("neighbour", "roles", "code")),
        _adjacency,
    ),
    Table(
        "components",
        "Components, with who uses them in the whole catalog.",
        _columns("""
            iri string the component in the graph
            kind string responsibility, task, skill, knowledge, competency, qualification or core_output
            label string label in the language of the package
            definition string definition in that language
            esco string IRI of the ESCO concept that is the same
            deprecated boolean whether it was withdrawn
            replaced_by string label of the component that stands in its place
            modified date day of the last change
            is_curated boolean whether it has an entry of its own
            roles integer number of roles that use it
            families integer number of families of those roles
        """),
        ("iri",),
        (),
        shared.component_rows,
    ),
    Table(
        "component_labels",
        "Every label of a component in every language.",
        _columns("""
            component string IRI of the component
            language string language tag
            label string the label
            is_preferred boolean whether it is the label, and not another spelling
        """),
        ("component", "language", "label"),
        (_COMPONENT,),
        shared.label_rows,
    ),
    Table(
        "same_as",
        "What a component is the same as, elsewhere.",
        _columns("""
            component string IRI of the component
            same_as string IRI of the other thing, such as a concept of ESCO
        """),
        ("component", "same_as"),
        (_COMPONENT,),
        shared.same_rows,
    ),
    Table(
        "entry_texts",
        "Texts of the taxonomy and of components in every language, but for the labels of components.",
        _columns("""
            iri string the entry in the graph
            field string label, definition, history_note, or what a step of proficiency means
            language string language tag
            text string the text
        """),
        ("iri", "field", "language"),
        (),
        shared.text_rows,
    ),
    Table(
        "taxonomy",
        "Super-functions, families and specialisations.",
        _columns("""
            iri string the entry in the graph
            layer string super_function, family or specialisation
            code string code of the entry
            label string label in the language of the package
            definition string definition in that language
            broader string IRI of the entry above
        """),
        ("iri",),
        (),
        shared.taxonomy_rows,
    ),
    Table(
        "levels",
        "The level scheme.",
        _columns("""
            level string notation
            iri string the level in the graph
            track string IRI of the track
            rank number place on the scale that all tracks share
            label string label of the level
            experience_min_years number least usual experience, in years
            experience_max_years number most usual experience, in years
        """),
        ("level",),
        (),
        shared.level_rows,
    ),
)
"""All tables, in the order of a package."""
