"""The records of ESCO in, the rows that a file has on them out; and rows in the form in which they compare.

Both the graph, which keeps the rows that the records do not tell, and the export read files in this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from rolegraph.model.esco import (
    CONCEPT_TYPES,
    ISCO,
    RELATION_TYPES,
    SEPARATOR,
    Column,
    ColumnKind,
    ConceptKind,
    EscoConcept,
    Key,
    TableSpec,
)
from rolegraph.model.esco_tables import HIERARCHY_LEVELS

Row = tuple[str, ...]
"""The cells of a row in the columns of its `Layout`; the values of a list on one line each, sorted."""

_UNORDERED: Final[frozenset[ColumnKind]] = frozenset({"iris", "labels", "codes"})
_WORDS: Final = {kind: word for word, kind in CONCEPT_TYPES.items()}
_NOTHING: Final = EscoConcept()


class Layout:
    """The columns of a file that have a meaning, and the form in which its rows compare."""

    def __init__(self, spec: TableSpec, header: list[str]) -> None:
        """Take what the file is and its header; columns that are not known are left out."""
        known = {column.header: column for column in spec.columns}
        self.spec = spec
        self.columns = [known[name] for name in header if name in known]
        names = [column.header for column in self.columns]
        self.subject = names.index(spec.subject.header)
        self._cells = [index for index, name in enumerate(header) if name in known]
        self._iris = [index for index, column in enumerate(self.columns) if column.kind == "iri"]
        relation = [index for index, name in enumerate(names) if name == "relationType"]
        self._identity = [*self._iris, *relation]
        self._lists = [index for index, column in enumerate(self.columns) if column.kind in _UNORDERED]
        self._named = [
            (names.index(column.of), index)
            for index, column in enumerate(self.columns)
            if column.kind == "names" and column.of in names
        ]

    def row(self, cells: list[str]) -> Row:
        """A row in the form in which it compares."""
        row = [cells[index] for index in self._cells]
        for iris, names in self._named:
            if SEPARATOR in row[iris]:
                pairs = list(zip(row[iris].split(SEPARATOR), row[names].split(SEPARATOR), strict=False))
                if len(pairs) == row[iris].count(SEPARATOR) + 1 == row[names].count(SEPARATOR) + 1:
                    row[names] = SEPARATOR.join([name for _, name in sorted(pairs)])
        for index in self._lists:
            if SEPARATOR in row[index]:
                row[index] = SEPARATOR.join(sorted(row[index].split(SEPARATOR)))
        return tuple(row)

    def about(self, row: Row) -> str:
        """The IRI of what a row is about: of the hierarchy, its last level."""
        if self.spec.kind != "hierarchy":
            return row[self.subject]
        return next((row[index] for index in reversed(self._iris) if row[index]), "")

    def identity(self, row: Row) -> Row:
        """What a row is about in full: its IRIs, and the type of a relation."""
        return tuple([row[index] for index in self._identity])

    def sort_key(self, row: Row) -> tuple[Row, Row]:
        """What rows are sorted by: their IRIs, and then all cells."""
        return tuple([row[index] for index in self._iris]), row


class _Ends(Struct, frozen=True):
    """What a row says of two concepts; rows of main files and collections have no `target`."""

    subject: str
    relation: str = ""
    target: str = ""


class EscoRows:
    """Tells the rows of one file from the records of concepts."""

    def __init__(self, layout: Layout, language: str, concepts: Mapping[str, EscoConcept]) -> None:
        """Take the form of the file, the language of its labels, and all records."""
        self._layout = layout
        self._language = language
        self._concepts = concepts
        self._iris = [column for column in layout.spec.columns if column.kind == "iri"]
        self._relations = _relations(layout.spec)
        self._members = self._top_members()
        self._broader_types = next((one for one in layout.columns if one.header == "broaderType"), None)
        self._is_hierarchy = layout.spec.kind == "hierarchy"
        columns, none = layout.columns, list[Column]()
        self._of_chains = [self._chain_cell(one) for one in (columns if self._is_hierarchy else none)]
        self._of_ends = [self._cell(one) for one in (none if self._is_hierarchy else columns)]

    def about(self, iri: str) -> list[Row]:
        """The rows on one concept, in no order."""
        if self._is_hierarchy:
            return [tuple([cell(chain) for cell in self._of_chains]) for chain in self._chains(iri, ())]
        return [tuple([cell(ends) for cell in self._of_ends]) for ends in self._ends(iri)]

    def _ends(self, iri: str) -> Iterator[_Ends]:
        if not self._relations:
            yield _Ends(iri)
            return
        many = self._concepts[iri].many if iri in self._concepts else {}
        for relation in self._relations:
            for target in many.get((relation, ""), ()):
                if self._is_in_place(target):
                    yield _Ends(iri, relation, target)

    def _is_in_place(self, target: str) -> bool:
        """Whether a file may name a concept as the broader one: skills have broader occupations nowhere."""
        types = self._broader_types
        return types is None or _word(types, target, self._kind(target)) != ""

    def _chains(self, iri: str, below: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The skill groups from the top down to one, by each way that there is."""
        chain = (iri, *below)
        broader = self._concepts.get(iri, _NOTHING).many.get(("skos:broader", ""), ())
        above = [other for other in broader if self._kind(other) == "skill_group"]
        if not above:
            yield chain
        elif len(chain) < HIERARCHY_LEVELS:
            for other in above:
                yield from self._chains(other, chain)

    def _kind(self, iri: str) -> ConceptKind | None:
        return self._concepts.get(iri, _NOTHING).kind

    def _one(self, iri: str, key: Key) -> str:
        concept = self._concepts.get(iri)
        return "" if concept is None else concept.one.get(key, "")

    def _cell(self, column: Column) -> Callable[[_Ends], str]:
        """What makes the cells of a column."""
        label = ("skos:prefLabel", self._language)
        if column.header == "relationType":
            words = {predicate: word for word, predicate in RELATION_TYPES.items()}
            return lambda ends: words[ends.relation]
        if column.kind == "names":
            list_key = (next(other.predicate for other in self._iris_of(column)), "")
            return lambda ends: SEPARATOR.join(
                [self._one(iri, label) for iri in sorted(self._many(ends.subject, list_key))]
            )
        owner = self._owner(column)
        if column.kind == "iri":
            return owner
        if column.kind == "type":
            return lambda ends: _word(column, owner(ends), self._kind(owner(ends)))
        if column.kind == "name":
            return lambda ends: self._one(owner(ends), label)
        value = self._value(column)
        return lambda ends: value(owner(ends))

    def _value(self, column: Column) -> Callable[[str], str]:
        """What makes the cells of a column with a property, from the IRI that has it."""
        key, in_language = (column.predicate, ""), (column.predicate, self._language)
        if column.predicate in self._layout.spec.inverse:
            return lambda iri: SEPARATOR.join(sorted(self._members.get(iri, ())))
        if column.kind in {"iris", "codes", "code", "labels"}:
            own = in_language if column.kind == "labels" else key
            start = ISCO if column.kind == "code" else ""
            return lambda iri: SEPARATOR.join(sorted([v.removeprefix(start) for v in self._many(iri, own)]))
        if column.kind == "choice":
            words = {value: word for word, value in column.choices.items()}
            return lambda iri: words.get(self._one(iri, key), "")
        if column.kind == "note":
            return lambda iri: self._one(iri, key) or self._one(iri, in_language)
        single = in_language if column.kind in {"label", "text"} else key
        return lambda iri: self._one(iri, single)

    def _many(self, iri: str, key: Key) -> dict[str, None]:
        return self._concepts.get(iri, _NOTHING).many.get(key, {})

    def _iris_of(self, column: Column) -> Iterator[Column]:
        return (other for other in self._layout.spec.columns if other.header == column.of)

    def _owner(self, column: Column) -> Callable[[_Ends], str]:
        """Which of a row's two concepts a column is about."""
        columns = self._layout.spec.columns
        if column.kind == "iri":
            iri = column
        elif column.of:
            iri = next(self._iris_of(column))
        elif column.kind == "type":  # it stands before the IRI that it is the type of
            later = columns[columns.index(column) :]
            iri = next(other for other in later if other.kind == "iri")
        else:
            iri = self._layout.spec.subject
        return _subject if iri == self._layout.spec.subject else _target

    def _chain_cell(self, column: Column) -> Callable[[tuple[str, ...]], str]:
        """What makes the cells of a column of the hierarchy, from a chain of skill groups."""
        if not column.of and column.kind != "iri":
            text = self._value(column)
            return lambda chain: text(chain[-1])
        levels = [other.header for other in self._iris]
        level = levels.index(column.of or column.header)
        value = str if column.kind == "iri" else self._value(column)
        return lambda chain: value(chain[level]) if level < len(chain) else ""

    def _top_members(self) -> dict[str, list[str]]:
        """Concept scheme -> its top concepts, for files that name these."""
        members: dict[str, list[str]] = {}
        for predicate in self._layout.spec.inverse:
            for iri, concept in self._concepts.items():
                for scheme in concept.many.get((predicate, ""), ()):
                    members.setdefault(scheme, []).append(iri)
        return members


def _relations(spec: TableSpec) -> list[str]:
    """The properties that rows of a file with two concepts stand for."""
    if spec.kind == "relations":
        return list(RELATION_TYPES.values())
    return [column.predicate for column in spec.columns if column.kind == "iri" and column.predicate]


def _word(column: Column, iri: str, kind: ConceptKind | None) -> str:
    """How a column of types calls a concept, "" where it has no word for it."""
    word = "" if kind is None else _WORDS[kind]
    if kind == "isco_group" and word not in column.choices:
        word = f"ISCO level {len(iri.removeprefix(ISCO))}"
    return word if word in column.choices else ""


def _subject(ends: _Ends) -> str:
    return ends.subject


def _target(ends: _Ends) -> str:
    return ends.target
