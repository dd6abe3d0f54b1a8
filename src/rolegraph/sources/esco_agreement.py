"""The merged records of ESCO in, what they do not agree on out: labels, kinds of skills, unknown IRIs.

What files repeat of a concept (its label, its skill type) fills a gap or is compared, and is reported
where it differs. Labels are brought into the form that SKOS asks for (S13, S14).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolegraph.model.esco import ESCO, ISCO, SEPARATOR, Column, EscoConcept, EscoTable, Key
from rolegraph.sources.esco_records import Place, Records

_PREFERRED: Final = "skos:prefLabel"
_LABEL_HEADERS: Final = {"skos:altLabel": "altLabels", "skos:hiddenLabel": "hiddenLabels"}
_SPACES: Final = tuple(
    f"{ESCO}{name}/" for name in ("occupation", "skill", "isco", "isced-f", "concept-scheme")
)
"""What the IRIs of concepts and schemes begin with; others are of ESCO's own small lists."""
_KINDS: Final = frozenset({"iri", "iris", "code"})


def settle(records: Records, tables: list[EscoTable]) -> None:
    """Compare, complete and correct the records of all tables."""
    for table in tables:
        for column in table.spec.columns:
            if column.of and table.column(column.header) is not None:
                _compare(records, table, column)
    for (iri, language), places in records.places.items():
        concept = records.concepts[iri]
        if (_PREFERRED, language) not in concept.one:
            found = "there is no preferred label"
            records.note(places[0], found, f"the concept has none in the language {language!r}", iri)
        _part_labels(records, concept, language, places)
    _report_unknown(records, tables)


def _compare(records: Records, table: EscoTable, column: Column) -> None:
    """Compare what a column repeats of the concepts in another one with what is known of them."""
    if table.spec.kind == "hierarchy":
        return
    key = _repeated(table, column)
    wrong: set[tuple[str, str]] = set()
    filled: set[tuple[str, str]] = set()
    for iri, cell in dict.fromkeys(pair for _, pair in _pairs(table, column)):
        concept, value = records.concepts.get(iri), column.choices.get(cell, cell)
        if concept is None or concept.kind is None or not value:
            continue
        if key not in concept.one:
            concept.one[key] = value
            filled.add((iri, cell))
        elif concept.one[key] != value:
            wrong.add((iri, cell))
    if wrong or filled:
        _report_compared(records, table, column, wrong, filled)
    if column.kind == "names":
        _report_uneven(records, table, column)


def _repeated(table: EscoTable, column: Column) -> Key:
    """The property that a column repeats."""
    is_label = column.kind in {"name", "names"}
    return (_PREFERRED, table.language) if is_label else (column.predicate, "")


def _pairs(table: EscoTable, column: Column) -> Iterator[tuple[int, tuple[str, str]]]:
    """The number of each row, and each IRI in it with what the row says of that."""
    index, of = table.header.index(column.header), table.header.index(column.of)
    if column.kind != "names":
        yield from enumerate((row[of], row[index]) for row in table.rows)
        return
    for number, row in enumerate(table.rows):
        iris, names = row[of].split(SEPARATOR), row[index].split(SEPARATOR)
        if len(iris) == len(names):
            yield from ((number, pair) for pair in zip(iris, names, strict=True))


def _report_compared(
    records: Records,
    table: EscoTable,
    column: Column,
    wrong: set[tuple[str, str]],
    filled: set[tuple[str, str]],
) -> None:
    """Report each row that says something else than what is kept, and the first that fills a gap."""
    key = _repeated(table, column)
    for number, pair in _pairs(table, column):
        if pair in wrong:
            detail = f"{pair[1]!r} here, {records.concepts[pair[0]].one[key]!r} there"
            found = f"{column.header} is not what its own file says"
            records.note(Place(table, number), found, "what its own file says is kept", detail)
        elif pair in filled:
            filled.remove(pair)
            found = f"{column.header} says what its own file does not"
            records.note(Place(table, number), found, "it is taken from here", " ".join(pair))


def _report_uneven(records: Records, table: EscoTable, column: Column) -> None:
    """Report rows whose labels cannot be told apart, because there are more or fewer than IRIs."""
    index, of = table.header.index(column.header), table.header.index(column.of)
    for number, row in enumerate(table.rows):
        names, iris = (row[place].count(SEPARATOR) + 1 for place in (index, of))
        if row[index] and names != iris:
            found = f"{column.header} has not as many labels as {column.of} has IRIs"
            detail = f"{names} and {iris}"
            records.note(Place(table, number), found, "the concepts' own labels are used", detail)


def _part_labels(records: Records, concept: EscoConcept, language: str, places: list[Place]) -> None:
    """Let a label have one kind (SKOS S13): preferred wins over alternative, that over hidden."""
    taken: dict[str, str] = {}
    preferred = concept.one.get((_PREFERRED, language))
    if preferred is not None:
        taken[preferred] = "preferred"
    for predicate, kind in (("skos:altLabel", "alternative"), ("skos:hiddenLabel", "hidden")):
        labels = concept.many.get((predicate, language), {})
        for label in [label for label in labels if label in taken]:
            del labels[label]
            header = _LABEL_HEADERS[predicate]
            for place in places:
                if label in _cell(place, header).split(SEPARATOR):
                    found = f"{header} repeats a label that is {taken[label]}"
                    records.note(place, found, f"it is {taken[label]} only", repr(label))
        taken.update(dict.fromkeys(labels, kind))


def _cell(place: Place, header: str) -> str:
    index = place.table.column(header)
    return "" if index is None else place.cells[index]


def _report_unknown(records: Records, tables: list[EscoTable]) -> None:
    """Report each row that names a concept or scheme which no file defines.

    Where no concept of such IRIs is there at all, a whole file is missing, which is told once elsewhere.
    """
    defined = {iri for iri, concept in records.concepts.items() if concept.kind is not None}
    spaces = {space for iri in defined if (space := _space(iri))}
    for table in tables:
        for column in table.spec.columns:
            index = table.column(column.header)
            if index is None or column.kind not in _KINDS:
                continue
            cells = [row[index] for row in table.rows]
            faults = {cell: _unknown(column, cell, defined, spaces) for cell in set(cells)}
            unknown = {cell: found for cell, found in faults.items() if found}
            for number, cell in enumerate(cells if unknown else ()):
                if cell in unknown:
                    found = f"{column.header} names what no file defines"
                    records.note(Place(table, number), found, "the statement is kept", unknown[cell])


def _unknown(column: Column, cell: str, defined: set[str], spaces: set[str]) -> str:
    """What of a cell nothing defines although its like is there, "" without any."""
    if not cell:
        return ""
    values = [ISCO + cell] if column.kind == "code" else cell.split(SEPARATOR)
    found = [value for value in values if value not in defined and _space(value) in spaces]
    return f"{found[0]}{f' and {len(found) - 1} more' if len(found) > 1 else ''}" if found else ""


def _space(iri: str) -> str:
    return next((space for space in _SPACES if iri.startswith(space)), "")
