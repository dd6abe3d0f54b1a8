"""Roles in, files of the layout of the O*NET text database out (headers of release 29.0).

The code column holds the catalog's own role codes: O*NET-SOC codes are never invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolegraph.errors import IriError
from rolegraph.export.extract import Extract
from rolegraph.export.files import Row, TableFile
from rolegraph.export.labels import accepted_aliases, label_in
from rolegraph.iris import short_hash, slug
from rolegraph.model.catalog import ComponentUse, Kind, Role, key_label

OCCUPATION_DATA: Final = ("O*NET-SOC Code", "Title", "Description")
ALTERNATE_TITLES: Final = ("O*NET-SOC Code", "Alternate Title", "Short Title", "Source(s)")
TASK_STATEMENTS: Final = (
    "O*NET-SOC Code", "Task ID", "Task", "Task Type", "Incumbents Responding", "Date", "Domain Source",
)  # fmt: skip
RATINGS: Final = (
    "O*NET-SOC Code", "Element ID", "Element Name", "Scale ID", "Data Value", "N", "Standard Error",
    "Lower CI Bound", "Upper CI Bound", "Recommend Suppress", "Not Relevant", "Date", "Domain Source",
)  # fmt: skip
SCALES: Final = ("Scale ID", "Scale Name", "Minimum", "Maximum")
MISSING: Final = "n/a"
SOURCE: Final = "Catalog"
PROFICIENCY_SCALE: Final = "PR"
"""rolegraph's own scale of proficiency, 1 to 5: it is not O*NET's LV scale, so it does not take its name."""


def tables(extract: Extract) -> Iterator[TableFile]:
    """The files of the export.

    Raises:
        IriError: two tasks get the same Task ID (one chance in 60,000 for 100,000 tasks).
    """
    yield TableFile("Occupation Data.txt", OCCUPATION_DATA, _occupations(extract))
    yield TableFile("Alternate Titles.txt", ALTERNATE_TITLES, _titles(extract))
    yield TableFile("Task Statements.txt", TASK_STATEMENTS, _tasks(extract))
    yield TableFile("Skills.txt", RATINGS, _ratings(extract, "skill"))
    yield TableFile("Knowledge.txt", RATINGS, _ratings(extract, "knowledge"))
    yield TableFile("Scales Reference.txt", SCALES, [(PROFICIENCY_SCALE, "Proficiency", "1", "5")])


def task_id(iri: str) -> str:
    """The number of a task: O*NET's are whole numbers, so it is made from the IRI."""
    return str(int(short_hash(iri, 12), 16))


def _uses(extract: Extract, kind: Kind) -> Iterator[tuple[Role, ComponentUse]]:
    for role in extract.roles():
        for use in role.uses:
            if use.kind == kind:
                yield role, use


def _occupations(extract: Extract) -> Iterator[Row]:
    for role in extract.roles():
        summary = label_in(role.summary, extract.language)
        yield role.code, label_in(role.title, extract.language), summary or MISSING


def _titles(extract: Extract) -> Iterator[Row]:
    for role in extract.roles():
        for label in accepted_aliases(role, extract.language):
            yield role.code, label, MISSING, MISSING


def _tasks(extract: Extract) -> Iterator[Row]:
    _check_task_ids(extract)
    for role, use in _uses(extract, "task"):
        number = task_id(extract.component_iri(use))
        task_type = {"essential": "Core", "optional": "Supplemental"}.get(use.importance or "", MISSING)
        label = label_in(use.label, extract.language)
        yield role.code, number, label, task_type, MISSING, MISSING, SOURCE


def _check_task_ids(extract: Extract) -> None:
    seen: set[int] = set()
    for entry in extract.components(["task"]):
        number = int(task_id(entry.iri))
        if number in seen:
            others = (other.iri for other in extract.components(["task"]))
            first = next(iri for iri in others if int(task_id(iri)) == number)
            raise IriError(f"tasks <{entry.iri}> and <{first}> get the same Task ID; reword one of them")
        seen.add(number)


def _ratings(extract: Extract, kind: Kind) -> Iterator[Row]:
    for role, use in _uses(extract, kind):
        value = MISSING if use.proficiency is None else str(use.proficiency)
        name = label_in(use.label, extract.language)
        head = (role.code, f"{kind}/{slug(key_label(use.label))}", name, PROFICIENCY_SCALE, value)
        yield (*head, *[MISSING] * (len(RATINGS) - len(head) - 1), SOURCE)
