"""The rows of ESCO's files in, one record for each IRI out; the first row that says something wins."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rolegraph.model.esco import (
    ISCO,
    SEPARATOR,
    SINGLE_KINDS,
    Column,
    EscoConcept,
    EscoTable,
    Key,
    is_reference,
)
from rolegraph.model.esco_tables import HIERARCHY_LEVELS
from rolegraph.sources.import_report import ImportReport, shorten

_IN_A_LANGUAGE: Final = frozenset({"label", "labels", "text"})
_KEPT: Final = "the first is kept"
_MEANING: Final = {
    "occupation": "an occupation",
    "skill": "a skill",
    "skill_group": "a skill group",
    "isco_group": "an ISCO group",
    "scheme": "a concept scheme",
}


class Place(Struct, frozen=True):
    """A row of a table."""

    table: EscoTable
    number: int

    @property
    def cells(self) -> list[str]:
        """The row itself."""
        return self.table.rows[self.number]


class Records:
    """Collects what rows say of IRIs."""

    def __init__(self, report: ImportReport) -> None:
        """Take the report that receives what does not agree."""
        self.concepts: dict[str, EscoConcept] = {}
        self.places: dict[tuple[str, str], list[Place]] = {}
        """IRI and language -> the rows that define the concept in that language."""
        self._report = report

    def get(self, iri: str) -> EscoConcept:
        """The record of an IRI, new when nothing was said of it yet."""
        concept = self.concepts.get(iri)
        if concept is None:
            concept = self.concepts[iri] = EscoConcept()
        return concept

    def note(self, place: Place, found: str, consequence: str, detail: str = "") -> None:
        """Report something of a row."""
        table = place.table
        self._report.add(table.file, table.lines[place.number], found, consequence, place.cells, detail)

    def put(self, iri: str, key: Key, value: str, header: str, place: Place) -> None:
        """Set a property that has one value; another one that came first stays."""
        first = self.get(iri).one.setdefault(key, value)
        if first != value:
            self._differ(header, first, value, place)

    def _differ(self, header: str, first: str, value: str, place: Place) -> None:
        detail = f"{shorten(value)} here, {shorten(first)} before"
        self.note(place, f"{header} differs from what came before", _KEPT, detail)

    def add(self, table: EscoTable) -> None:
        """Take all rows of a table but those of the hierarchy, which come after everything else."""
        if table.spec.kind == "concepts":
            self._add_concepts(table)
        elif table.spec.kind == "relations":
            self._add_relations(table)

    def _add_concepts(self, table: EscoTable) -> None:
        spec, subject = table.spec, _index(table, table.spec.subject)
        iris = [row[subject] for row in table.rows]
        concepts = [self.get(iri) for iri in iris]
        if spec.defines is not None:
            for number, iri in enumerate(iris):
                self._define(iri, concepts[number], Place(table, number))
        for column in spec.columns:
            index = table.column(column.header)
            if index is None or not column.predicate or column.of:
                continue
            cells = [row[index] for row in table.rows]
            if column.kind in SINGLE_KINDS:
                self._add_single(table, column, cells, concepts)
            elif column.predicate in spec.inverse:
                self._add_inverse(column, cells, iris)
            else:
                self._add_several(table, column, cells, concepts)
        if spec.scheme:
            for concept in concepts:
                concept.many.setdefault(("skos:inScheme", ""), {})[spec.scheme] = None

    def _add_single(
        self, table: EscoTable, column: Column, cells: list[str], concepts: list[EscoConcept]
    ) -> None:
        """Take a column of which a concept has one value."""
        choices = column.choices
        key = (column.predicate, table.language if column.kind in _IN_A_LANGUAGE else "")
        as_text = (column.predicate, table.language)
        for number, cell in enumerate(cells):
            if cell:
                value = choices.get(cell, cell)
                own = as_text if column.kind == "note" and not is_reference(cell) else key
                first = concepts[number].one.setdefault(own, value)
                if first != value:
                    self._differ(column.header, first, value, Place(table, number))

    def _add_several(
        self, table: EscoTable, column: Column, cells: list[str], concepts: list[EscoConcept]
    ) -> None:
        """Take a column of which a concept has any number of values."""
        key = (column.predicate, table.language if column.kind in _IN_A_LANGUAGE else "")
        prefix = ISCO if column.kind == "code" else ""
        for number, cell in enumerate(cells):
            if cell:
                values = dict.fromkeys((prefix + cell).split(SEPARATOR))
                concepts[number].many.setdefault(key, {}).update(values)

    def _add_inverse(self, column: Column, cells: list[str], iris: list[str]) -> None:
        """Take a column whose property leads from what a cell names to what the row is about."""
        key = (column.predicate, "")
        for iri, cell in zip(iris, cells, strict=True):
            for value in cell.split(SEPARATOR) if cell else ():
                self.get(value).many.setdefault(key, {})[iri] = None

    def _define(self, iri: str, concept: EscoConcept, place: Place) -> None:
        kind = place.table.spec.defines
        if concept.kind is None:
            concept.kind = kind
        elif kind is not None and concept.kind != kind:
            found = f"the IRI is of {_MEANING[kind]} here and of {_MEANING[concept.kind]} before"
            self.note(place, found, _KEPT, iri)
        self.places.setdefault((iri, place.table.language), []).append(place)

    def _add_relations(self, table: EscoTable) -> None:
        relation = next(column for column in table.spec.columns if column.header == "relationType")
        iris = [_index(table, column) for column in table.spec.columns if column.kind == "iri"]
        subject, target = iris
        kind = _index(table, relation)
        keys = {word: (predicate, "") for word, predicate in relation.choices.items()}
        for row in table.rows:
            self.get(row[subject]).many.setdefault(keys[row[kind]], {})[row[target]] = None

    def add_hierarchy(self, table: EscoTable) -> None:
        """Take the rows of the hierarchy: each names a skill group below those of the levels above it."""
        for number in range(len(table.rows)):
            place, above = Place(table, number), ""
            for level in range(HIERARCHY_LEVELS):
                iri = _cell(place, f"Level {level} URI")
                if iri:
                    self._add_level(iri, level, above, place)
                    above = iri
            for column in table.spec.columns:
                if column.kind == "text" and (text := _cell(place, column.header)):
                    self._add_text(above, (column.predicate, table.language), text, column.header, place)

    def _add_level(self, iri: str, level: int, above: str, place: Place) -> None:
        self._define(iri, self.get(iri), place)
        for header, key in (
            (f"Level {level} preferred term", ("skos:prefLabel", place.table.language)),
            (f"Level {level} code", ("skos:notation", "")),
        ):
            if value := _cell(place, header):
                self.put(iri, key, value, header, place)
        if above:
            self.get(iri).many.setdefault(("skos:broader", ""), {})[above] = None

    def _add_text(self, iri: str, key: Key, text: str, header: str, place: Place) -> None:
        """Take a text of the hierarchy, which repeats the English one where there is no translation."""
        others = {other for (name, language), other in self.get(iri).one.items() if name == key[0]}
        if key not in self.get(iri).one and text in others:
            found = f"{header} is not in the language of the file"
            self.note(place, found, "it is kept in the language of the file that says the same")
            return
        self.put(iri, key, text, header, place)


def _index(table: EscoTable, column: Column) -> int:
    """The position of a column that the table is known to have."""
    return table.header.index(column.header)


def _cell(place: Place, header: str) -> str:
    index = place.table.column(header)
    return "" if index is None else place.cells[index]
