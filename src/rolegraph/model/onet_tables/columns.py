"""Columns that several files of the O*NET database have."""

from __future__ import annotations

from typing import Final

from rolegraph.model.onet import CODE_COLUMN, Column

DATE: Final = Column(header="Date", kind="month", predicates=("rg:date",))
DOMAIN_SOURCE: Final = Column(header="Domain Source", kind="string", predicates=("rg:domainSource",))
SAMPLE_SIZE: Final = Column(header="N", kind="integer", predicates=("rg:sampleSize",))
CATEGORY: Final = Column(header="Category", kind="integer", predicates=("rg:category",))
CODE: Final = Column(header=CODE_COLUMN, kind="occupation", required=True, null=False)
SCALE: Final = Column(header="Scale ID", kind="scale", predicates=("rg:scale",), required=True, null=False)
TASK_ID: Final = Column(header="Task ID", kind="task", required=True, null=False)
STATISTICS: Final = (
    Column(header="Data Value", kind="decimal", predicates=("onet:dataValue",), required=True),
    SAMPLE_SIZE,
    Column(header="Standard Error", kind="decimal", predicates=("rg:standardError",)),
    Column(header="Lower CI Bound", kind="decimal", predicates=("rg:lowerBound",)),
    Column(header="Upper CI Bound", kind="decimal", predicates=("rg:upperBound",)),
    Column(header="Recommend Suppress", kind="flag", predicates=("rg:recommendSuppress",)),
    Column(header="Not Relevant", kind="flag", predicates=("rg:notRelevant",)),
    DATE,
    DOMAIN_SOURCE,
)
"""A rating; the files without samples have the value, the date and the source only."""


def element(
    header: str = "Element ID", *, predicates: tuple[str, ...] = (), element_class: str = ""
) -> Column:
    """A column of element IDs."""
    return Column(
        header=header,
        kind="element",
        predicates=predicates,
        required=True,
        null=False,
        element_class=element_class,
    )


def name(header: str = "Element Name") -> Column:
    """The name of what the column before has the ID of."""
    return Column(header=header, kind="name")


def label(header: str, *predicates: str) -> Column:
    """Text that may be missing."""
    return Column(header=header, kind="label", predicates=predicates)


def text(header: str, *predicates: str) -> Column:
    """Text that every row must have."""
    return Column(header=header, kind="label", predicates=predicates, required=True, null=False)
