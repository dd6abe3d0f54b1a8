"""Catalog records in, files of the layout of the O*NET text database out (headers of release 29.0).

The code column holds the catalog's own role codes: O*NET-SOC codes are never invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolegraph.errors import IriError
from rolegraph.export.files import Row, TableFile
from rolegraph.export.labels import accepted_aliases, label_in
from rolegraph.iris import Iris, short_hash, slug
from rolegraph.model.catalog import Catalog, ComponentUse, Kind, Role, key_label

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
PROFICIENCY_SCALE: Final = "PR"
"""rolegraph's own scale of proficiency, 1 to 5: it is not O*NET's LV scale, so it does not take its name."""


def tables(catalog: Catalog, iris: Iris, language: str) -> list[TableFile]:
    """The files of the export.

    Raises:
        IriError: two tasks get the same Task ID (one chance in some millions for 1,000 tasks).
    """
    source = "Catalog"
    return [
        TableFile("Occupation Data.txt", OCCUPATION_DATA, _occupations(catalog, language)),
        TableFile("Alternate Titles.txt", ALTERNATE_TITLES, _titles(catalog, language)),
        TableFile("Task Statements.txt", TASK_STATEMENTS, list(_tasks(catalog, iris, language, source))),
        TableFile("Skills.txt", RATINGS, _ratings(catalog, "skill", language, source)),
        TableFile("Knowledge.txt", RATINGS, _ratings(catalog, "knowledge", language, source)),
        TableFile("Scales Reference.txt", SCALES, [(PROFICIENCY_SCALE, "Proficiency", "1", "5")]),
    ]


def _uses(catalog: Catalog, kind: Kind) -> Iterator[tuple[Role, ComponentUse]]:
    for role in catalog.roles:
        for use in role.uses:
            if use.kind == kind:
                yield role, use


def _occupations(catalog: Catalog, language: str) -> Iterator[Row]:
    for role in catalog.roles:
        yield role.code, label_in(role.title, language), label_in(role.summary, language) or MISSING


def _titles(catalog: Catalog, language: str) -> Iterator[Row]:
    for role in catalog.roles:
        for label in accepted_aliases(role, language):
            yield role.code, label, MISSING, MISSING


def _tasks(catalog: Catalog, iris: Iris, language: str, source: str) -> Iterator[Row]:
    owners: dict[str, str] = {}
    for role, use in _uses(catalog, "task"):
        iri = iris.component("task", key_label(use.label))
        task_id = str(int(short_hash(iri, 8), 16))
        if owners.setdefault(task_id, iri) != iri:
            raise IriError(f"tasks <{iri}> and <{owners[task_id]}> get the same Task ID; reword one of them")
        task_type = {"essential": "Core", "optional": "Supplemental"}.get(use.importance or "", MISSING)
        yield role.code, task_id, label_in(use.label, language), task_type, MISSING, MISSING, source


def _ratings(catalog: Catalog, kind: Kind, language: str, source: str) -> Iterator[Row]:
    for role, use in _uses(catalog, kind):
        label = key_label(use.label)
        value = MISSING if use.proficiency is None else str(use.proficiency)
        name = label_in(use.label, language)
        head = (role.code, f"{kind}/{slug(label)}", name, PROFICIENCY_SCALE, value)
        yield (*head, *[MISSING] * (len(RATINGS) - len(head) - 1), source)
