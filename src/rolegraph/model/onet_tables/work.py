"""Files about the tasks of an occupation, and the software and tools it uses."""

from __future__ import annotations

from typing import Final

from rolegraph.model.onet import Column, Layout, TableSpec
from rolegraph.model.onet_tables.columns import (
    CATEGORY,
    CODE,
    DATE,
    DOMAIN_SOURCE,
    SCALE,
    STATISTICS,
    TASK_ID,
    element,
    label,
    name,
    text,
)

STATEMENTS: Final = TableSpec(
    file="Task Statements.txt",
    row_class="rg:OnetTask",
    link="onet:hasTask",
    key=("Task ID",),
    columns=(
        CODE,
        Column(header="Task ID", kind="identifier", predicates=("rg:taskId",), required=True, null=False),
        text("Task", "onet:task"),
        Column(
            header="Task Type", kind="string", predicates=("rg:taskType",), allowed=("Core", "Supplemental")
        ),
        Column(header="Incumbents Responding", kind="integer", predicates=("rg:incumbentsResponding",)),
        DATE,
        DOMAIN_SOURCE,
    ),
)


def _task_activities(dwa: str, *more: Column, layout: Layout) -> TableSpec:
    return TableSpec(
        file="Tasks to DWAs.txt",
        row_class="rg:OnetTaskActivity",
        link="rg:taskActivity",
        link_from="Task ID",
        key=("Task ID", dwa),
        layout=layout,
        columns=(
            CODE,
            TASK_ID,
            label("Task"),
            element(dwa, predicates=("onet:refersTo",), element_class="rg:OnetDetailedActivity"),
            *more,
            DATE,
            DOMAIN_SOURCE,
        ),
    )


TASKS: Final = (
    STATEMENTS,
    TableSpec(
        file="Task Ratings.txt",
        row_class="rg:OnetTaskRating",
        link="onet:hasRating",
        link_from="Task ID",
        key=("Task ID", "Scale ID", "Category"),
        columns=(CODE, TASK_ID, label("Task"), SCALE, CATEGORY, *STATISTICS),
    ),
    _task_activities("DWA ID", layout="up to 30.2"),
    _task_activities("DWA Element ID", name("DWA Element Name"), layout="from 30.3"),
    TableSpec(
        file="Emerging Tasks.txt",
        row_class="rg:OnetEmergingTask",
        link="rg:hasEmergingTask",
        key=("Task",),
        columns=(
            CODE,
            text("Task", "onet:task"),
            Column(header="Category", kind="string", predicates=("rg:emergingCategory",)),
            Column(header="Original Task ID", kind="task", predicates=("rg:revisionOf",)),
            label("Original Task", "rg:originalTask"),
            DATE,
            DOMAIN_SOURCE,
        ),
    ),
)
_COMMODITY: Final = (
    Column(
        header="Commodity Code", kind="commodity", predicates=("onet:refersTo",), required=True, null=False
    ),
    name("Commodity Title"),
)


def _software(
    file: str, example: str, group: tuple[Column, Column], layout: Layout | None = None
) -> TableSpec:
    return TableSpec(
        file=file,
        row_class="rg:OnetTechnologySkill",
        link="onet:hasSoftware",
        key=(example, group[0].header),
        layout=layout,
        family="technology-skills",
        columns=(
            CODE,
            text(example, "onet:workplaceExample"),
            *group,
            Column(header="Hot Technology", kind="flag", predicates=("rg:hotTechnology",)),
            Column(header="In Demand", kind="flag", predicates=("rg:inDemand",)),
        ),
    )


TECHNOLOGY: Final = (
    _software("Technology Skills.txt", "Example", _COMMODITY, "up to 30.2"),
    _software(
        "Software Skills.txt",
        "Workplace Example",
        (element(predicates=("onet:refersTo",), element_class="rg:OnetSoftwareGroup"), name()),
        "from 30.3",
    ),
    TableSpec(
        file="Tools Used.txt",
        row_class="rg:OnetTool",
        link="rg:hasTool",
        key=("Example", "Commodity Code"),
        columns=(CODE, text("Example", "onet:workplaceExample"), *_COMMODITY),
    ),
)
