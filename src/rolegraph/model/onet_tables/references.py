"""Files that describe what other files refer to: elements, scales, job zones, commodities, categories."""

from __future__ import annotations

from typing import Final

from rolegraph.model.onet import Column, Layout, TableSpec
from rolegraph.model.onet_tables.columns import SCALE, element, label, name, text

CONTENT_MODEL: Final = TableSpec(
    file="Content Model Reference.txt",
    row_class="rg:OnetElement",
    node="element",
    key=("Element ID",),
    columns=(
        element(),
        Column(header="Element Name", kind="name", required=True, null=False),
        label("Description", "skos:definition"),
    ),
)
SCALES: Final = TableSpec(
    file="Scales Reference.txt",
    row_class="rg:OnetScale",
    node="scale",
    key=("Scale ID",),
    columns=(
        Column(header="Scale ID", kind="scale", required=True, null=False),
        text("Scale Name", "skos:prefLabel"),
        Column(header="Minimum", kind="decimal", predicates=("rg:scaleMinimum",)),
        Column(header="Maximum", kind="decimal", predicates=("rg:scaleMaximum",)),
    ),
)
ZONES: Final = TableSpec(
    file="Job Zone Reference.txt",
    row_class="rg:OnetJobZone",
    node="zone",
    key=("Job Zone",),
    columns=(
        Column(header="Job Zone", kind="zone", required=True, null=False),
        text("Name", "skos:prefLabel"),
        label("Experience", "rg:zoneExperience"),
        label("Education", "rg:zoneEducation"),
        label("Job Training", "rg:zoneTraining"),
        label("Examples", "skos:example"),
        Column(header="SVP Range", kind="string", predicates=("rg:vocationalPreparation",)),
    ),
)


def _group(level: str) -> tuple[Column, Column]:
    return Column(header=f"{level} Code", kind="commodity_group"), name(f"{level} Title")


UNSPSC: Final = TableSpec(
    file="UNSPSC Reference.txt",
    row_class="rg:Commodity",
    node="commodity",
    key=("Commodity Code",),
    columns=(
        Column(header="Commodity Code", kind="commodity", required=True, null=False),
        name("Commodity Title"),
        *_group("Class"),
        *_group("Family"),
        *_group("Segment"),
    ),
)
_CATEGORY_COLUMNS: Final = (
    SCALE,
    Column(header="Category", kind="integer", predicates=("rg:category",), required=True, null=False),
    text("Category Description", "onet:categoryDescription"),
)


def _categories(file: str, layout: Layout | None = None, family: str = "") -> TableSpec:
    return TableSpec(
        file=file,
        row_class="rg:OnetCategory",
        link="rg:hasCategory",
        key=("Scale ID", "Category"),
        layout=layout,
        family=family,
        columns=(element(predicates=("onet:refersTo",)), name(), *_CATEGORY_COLUMNS),
    )


_PREPARATION: Final = "education-training-and-experience-categories"
DETAILS: Final = (
    _categories("Education, Training, and Experience Categories.txt", "up to 30.2", _PREPARATION),
    _categories("Education Categories.txt", "from 30.3", _PREPARATION),
    _categories("Training and Experience Categories.txt", "from 30.3", _PREPARATION),
    _categories("Work Context Categories.txt"),
    TableSpec(
        file="Task Categories.txt",
        row_class="rg:OnetCategory",
        link="rg:hasCategory",
        key=("Category",),
        columns=_CATEGORY_COLUMNS,
    ),
    TableSpec(
        file="Level Scale Anchors.txt",
        row_class="rg:OnetScaleAnchor",
        link="rg:scaleAnchor",
        key=("Scale ID", "Anchor Value"),
        columns=(
            element(predicates=("onet:refersTo",)),
            name(),
            SCALE,
            Column(
                header="Anchor Value",
                kind="decimal",
                predicates=("rg:anchorValue",),
                required=True,
                null=False,
            ),
            text("Anchor Description", "rg:anchorText"),
        ),
    ),
    TableSpec(
        file="Survey Booklet Locations.txt",
        row_class="rg:OnetSurveyItem",
        link="rg:surveyItem",
        key=("Survey Item Number", "Scale ID"),
        columns=(
            element(predicates=("onet:refersTo",)),
            name(),
            Column(
                header="Survey Item Number",
                kind="identifier",
                predicates=("rg:surveyItemNumber",),
                required=True,
                null=False,
            ),
            SCALE,
        ),
    ),
)
