"""What each file of the O*NET database holds, in both layouts of its text edition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rolegraph.model.onet import Layout, TableSpec
from rolegraph.model.onet_tables.links import LINKS
from rolegraph.model.onet_tables.occupations import OCCUPATIONS, PLACES, TITLES
from rolegraph.model.onet_tables.ratings import RATINGS
from rolegraph.model.onet_tables.references import CONTENT_MODEL, DETAILS, SCALES, UNSPSC, ZONES
from rolegraph.model.onet_tables.work import STATEMENTS, TASKS, TECHNOLOGY

OCCUPATION_DATA: Final = OCCUPATIONS.slug
"""The one file that every database must have."""
TASK_SLUG: Final = STATEMENTS.slug
"""The file that other files refer to by the numbers of its tasks."""
TABLES: Final[tuple[TableSpec, ...]] = (
    OCCUPATIONS,
    CONTENT_MODEL,
    SCALES,
    ZONES,
    UNSPSC,
    *LINKS,
    *DETAILS,
    *TITLES,
    *TASKS,
    *RATINGS,
    *TECHNOLOGY,
    *PLACES,
)
"""Reference files come before the files that use them, so that their names win."""


def forms_of(file: str) -> list[TableSpec]:
    """The forms that a file has in the layouts; none when no layout has it."""
    return [spec for spec in TABLES if spec.file == file]


def form_with(forms: Iterable[TableSpec], names: Iterable[str]) -> TableSpec | None:
    """The form of a file whose required columns a header has, or None."""
    found = set(names)
    for spec in forms:
        if all(column.header in found for column in spec.columns if column.required):
            return spec
    return None


def files_of(layout: Layout) -> list[str]:
    """The names of the files that a layout has."""
    specs = [spec for spec in TABLES if spec.layout in {None, layout}]
    return list(dict.fromkeys(spec.file for spec in specs))
