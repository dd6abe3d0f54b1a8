"""Occupations themselves, their titles, their relatives, their job zones and how they were surveyed."""

from __future__ import annotations

from typing import Final

from rolegraph.model.onet import CODE_COLUMN, Column, Layout, TableSpec
from rolegraph.model.onet_tables.columns import CODE, DATE, DOMAIN_SOURCE, SAMPLE_SIZE, label, text

OCCUPATIONS: Final = TableSpec(
    file="Occupation Data.txt",
    row_class="onet:Occupation",
    node="occupation",
    key=(CODE_COLUMN,),
    columns=(
        Column(
            header=CODE_COLUMN,
            kind="code",
            predicates=("skos:notation", "onet:onetSOCCode"),
            required=True,
            null=False,
        ),
        text("Title", "skos:prefLabel", "onet:title"),
        label("Description", "skos:definition", "onet:description"),
    ),
)


def _titles(file: str, header: str, layout: Layout) -> TableSpec:
    return TableSpec(
        file=file,
        row_class="rg:OnetAlternateTitle",
        link="onet:hasJobTitle",
        key=(header, "Short Title"),
        joint_key=True,
        layout=layout,
        family="alternate-titles",
        columns=(
            CODE,
            text(header, "onet:jobTitle"),
            label("Short Title", "rg:shortTitle"),
            Column(header="Source(s)", kind="codes", predicates=("rg:sourceCode",)),
        ),
    )


TITLES: Final = (
    _titles("Alternate Titles.txt", "Alternate Title", "up to 30.2"),
    _titles("Job Titles.txt", "Job Title", "from 30.3"),
    TableSpec(
        file="Sample of Reported Titles.txt",
        row_class="rg:OnetReportedTitle",
        link="onet:hasReportedTitle",
        key=("Reported Job Title",),
        columns=(
            CODE,
            text("Reported Job Title", "onet:reportedJobTitle"),
            Column(header="Shown in My Next Move", kind="flag", predicates=("rg:shownInMyNextMove",)),
        ),
    ),
)
PLACES: Final = (
    TableSpec(
        file="Related Occupations.txt",
        row_class="rg:OnetRelatedOccupation",
        link="onet:hasRelatedOccupation",
        key=("Related O*NET-SOC Code",),
        order=("Index",),
        columns=(
            CODE,
            Column(
                header="Related O*NET-SOC Code",
                kind="occupation",
                predicates=("onet:refersTo",),
                required=True,
                null=False,
            ),
            Column(
                header="Relatedness Tier",
                kind="string",
                predicates=("rg:relatednessTier",),
                allowed=("Primary-Short", "Primary-Long", "Supplemental"),
            ),
            Column(header="Index", kind="integer", predicates=("onet:relatedIndex",), required=True),
        ),
    ),
    TableSpec(
        file="Job Zones.txt",
        row_class="rg:OnetJobZoneRating",
        link="rg:jobZoneRating",
        key=(),
        columns=(
            CODE,
            Column(header="Job Zone", kind="zone", predicates=("onet:refersTo",), required=True, null=False),
            Column(header="Job Zone", kind="integer", predicates=("rg:jobZone",)),
            DATE,
            DOMAIN_SOURCE,
        ),
    ),
    TableSpec(
        file="Occupation Level Metadata.txt",
        row_class="rg:OnetSurveyResponse",
        link="rg:surveyResponse",
        key=("Item", "Response"),
        joint_key=True,
        columns=(
            CODE,
            text("Item", "rg:surveyQuestion"),
            label("Response", "rg:surveyAnswer"),
            SAMPLE_SIZE,
            Column(header="Percent", kind="decimal", predicates=("rg:percent",)),
            DATE,
        ),
    ),
)
