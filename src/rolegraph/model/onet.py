"""The O*NET database as records, and the one table of what each of its files holds.

A file's description serves both the reader (which columns, which spellings) and the graph (which
terms), so the two cannot disagree. The rows stay the lines that were read: nothing is lost, and a
file can be written back as it was.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, field

ColumnKind = Literal[
    "label",  # English text
    "string",  # a plain string
    "identifier",  # a plain string of letters, digits and dots
    "code",  # an O*NET-SOC code where it is defined
    "codes",  # plain strings, separated by commas
    "integer",
    "decimal",
    "flag",  # Y or N
    "month",  # MM/YYYY
    "occupation",  # an O*NET-SOC code of Occupation Data
    "element",  # an element of the content model
    "scale",
    "commodity",  # a UNSPSC code
    "zone",  # the number of a job zone
    "name",  # the name of the element or commodity in the column before it
]
NodeKind = Literal["row", "occupation", "element", "scale", "zone"]

CODE_COLUMN: Final = "O*NET-SOC Code"
NULLS: Final = frozenset({"", "n/a"})
"""Cells that say nothing. O*NET writes `n/a`, and leaves a few cells empty."""


class Column(Struct, frozen=True, kw_only=True):
    """One column: its header, what its cells are, and the properties that carry them (CURIEs).

    `required` columns must be in the header; `null` says whether a cell may be `n/a` or empty.
    """

    header: str
    kind: ColumnKind
    predicates: tuple[str, ...] = ()
    required: bool = False
    null: bool = True
    allowed: tuple[str, ...] = ()


class TableSpec(Struct, frozen=True, kw_only=True):
    """One file: its columns, its key, the node that a row becomes and the property that leads to it."""

    file: str
    row_class: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    node: NodeKind = "row"
    link: str = ""
    joint_key: bool = False
    """Whether the key columns are hashed as one, because two free texts could join ambiguously."""

    @property
    def slug(self) -> str:
        """The file's name as a part of IRIs: `alternate-titles`."""
        return self.file.removesuffix(".txt").lower().replace(" ", "-")


class OnetTable(Struct, frozen=True, kw_only=True):
    """The rows of one file as they were read, without line ends; all of them fit `spec`."""

    spec: TableSpec
    header: str
    rows: list[str]

    def column(self, header: str) -> int | None:
        """The position of a column, or None when the file does not have it."""
        names = column_names(self.header)
        return names.index(header) if header in names else None


class OnetDatabase(Struct, frozen=True, kw_only=True):
    """The files that were read, by slug and in the order of `TABLES`."""

    version: str | None
    tables: dict[str, OnetTable] = field(default_factory=dict)

    def titles(self) -> dict[str, str]:
        """Code -> title of every occupation."""
        return self.pairs("occupation-data", CODE_COLUMN, "Title")

    def pairs(self, slug: str, first: str, second: str) -> dict[str, str]:
        """One column of a file by another; empty when the file or a column is missing."""
        table = self.tables.get(slug)
        if table is None:
            return {}
        positions = table.column(first), table.column(second)
        if positions[0] is None or positions[1] is None:
            return {}
        split = (row.split("\t") for row in table.rows)
        return {cells[positions[0]]: cells[positions[1]] for cells in split}


def column_names(header: str) -> list[str]:
    """The names in a header line; spaces around a name do not matter."""
    return [name.strip() for name in header.split("\t")]


def _code() -> Column:
    return Column(header=CODE_COLUMN, kind="occupation", required=True, null=False)


_DATE: Final = Column(header="Date", kind="month", predicates=("rg:date",))
_DOMAIN_SOURCE: Final = Column(header="Domain Source", kind="string", predicates=("rg:domainSource",))


def _ratings(file: str, row_class: str) -> TableSpec:
    """Skills and Knowledge have one form, as have Abilities and Work Activities."""
    return TableSpec(
        file=file,
        row_class=row_class,
        link="onet:hasRating",
        key=("Element ID", "Scale ID"),
        columns=(
            _code(),
            Column(
                header="Element ID", kind="element", predicates=("onet:refersTo",), required=True, null=False
            ),
            Column(header="Element Name", kind="name"),
            Column(header="Scale ID", kind="scale", predicates=("rg:scale",), required=True, null=False),
            Column(header="Data Value", kind="decimal", predicates=("onet:dataValue",), required=True),
            Column(header="N", kind="integer", predicates=("rg:sampleSize",)),
            Column(header="Standard Error", kind="decimal", predicates=("rg:standardError",)),
            Column(header="Lower CI Bound", kind="decimal", predicates=("rg:lowerBound",)),
            Column(header="Upper CI Bound", kind="decimal", predicates=("rg:upperBound",)),
            Column(header="Recommend Suppress", kind="flag", predicates=("rg:recommendSuppress",)),
            Column(header="Not Relevant", kind="flag", predicates=("rg:notRelevant",)),
            _DATE,
            _DOMAIN_SOURCE,
        ),
    )


_OCCUPATION_DATA: Final = TableSpec(
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
        Column(
            header="Title",
            kind="label",
            predicates=("skos:prefLabel", "onet:title"),
            required=True,
            null=False,
        ),
        Column(header="Description", kind="label", predicates=("skos:definition", "onet:description")),
    ),
)
_CONTENT_MODEL: Final = TableSpec(
    file="Content Model Reference.txt",
    row_class="rg:OnetElement",
    node="element",
    key=("Element ID",),
    columns=(
        Column(header="Element ID", kind="element", required=True, null=False),
        Column(header="Element Name", kind="name", required=True, null=False),
        Column(header="Description", kind="label", predicates=("skos:definition",)),
    ),
)
_SCALES: Final = TableSpec(
    file="Scales Reference.txt",
    row_class="rg:OnetScale",
    node="scale",
    key=("Scale ID",),
    columns=(
        Column(header="Scale ID", kind="scale", required=True, null=False),
        Column(header="Scale Name", kind="label", predicates=("skos:prefLabel",), required=True, null=False),
        Column(header="Minimum", kind="decimal", predicates=("rg:scaleMinimum",)),
        Column(header="Maximum", kind="decimal", predicates=("rg:scaleMaximum",)),
    ),
)
_ZONES: Final = TableSpec(
    file="Job Zone Reference.txt",
    row_class="rg:OnetJobZone",
    node="zone",
    key=("Job Zone",),
    columns=(
        Column(header="Job Zone", kind="zone", required=True, null=False),
        Column(header="Name", kind="label", predicates=("skos:prefLabel",), required=True, null=False),
        Column(header="Experience", kind="label", predicates=("rg:zoneExperience",)),
        Column(header="Education", kind="label", predicates=("rg:zoneEducation",)),
        Column(header="Job Training", kind="label", predicates=("rg:zoneTraining",)),
        Column(header="Examples", kind="label", predicates=("skos:example",)),
        Column(header="SVP Range", kind="string", predicates=("rg:vocationalPreparation",)),
    ),
)
_ALTERNATE_TITLES: Final = TableSpec(
    file="Alternate Titles.txt",
    row_class="rg:OnetAlternateTitle",
    link="onet:hasJobTitle",
    key=("Alternate Title", "Short Title"),
    joint_key=True,
    columns=(
        _code(),
        Column(
            header="Alternate Title", kind="label", predicates=("onet:jobTitle",), required=True, null=False
        ),
        Column(header="Short Title", kind="label", predicates=("rg:shortTitle",)),
        Column(header="Source(s)", kind="codes", predicates=("rg:sourceCode",)),
    ),
)
_REPORTED_TITLES: Final = TableSpec(
    file="Sample of Reported Titles.txt",
    row_class="rg:OnetReportedTitle",
    link="onet:hasReportedTitle",
    key=("Reported Job Title",),
    columns=(
        _code(),
        Column(
            header="Reported Job Title",
            kind="label",
            predicates=("onet:reportedJobTitle",),
            required=True,
            null=False,
        ),
        Column(header="Shown in My Next Move", kind="flag", predicates=("rg:shownInMyNextMove",)),
    ),
)
_TASKS: Final = TableSpec(
    file="Task Statements.txt",
    row_class="rg:OnetTask",
    link="onet:hasTask",
    key=("Task ID",),
    columns=(
        _code(),
        Column(header="Task ID", kind="identifier", predicates=("rg:taskId",), required=True, null=False),
        Column(header="Task", kind="label", predicates=("onet:task",), required=True, null=False),
        Column(
            header="Task Type", kind="string", predicates=("rg:taskType",), allowed=("Core", "Supplemental")
        ),
        Column(header="Incumbents Responding", kind="integer", predicates=("rg:incumbentsResponding",)),
        _DATE,
        _DOMAIN_SOURCE,
    ),
)
_TECHNOLOGY: Final = TableSpec(
    file="Technology Skills.txt",
    row_class="rg:OnetTechnologySkill",
    link="onet:hasSoftware",
    key=("Example", "Commodity Code"),
    columns=(
        _code(),
        Column(
            header="Example", kind="label", predicates=("onet:workplaceExample",), required=True, null=False
        ),
        Column(
            header="Commodity Code",
            kind="commodity",
            predicates=("onet:refersTo",),
            required=True,
            null=False,
        ),
        Column(header="Commodity Title", kind="name"),
        Column(header="Hot Technology", kind="flag", predicates=("rg:hotTechnology",)),
        Column(header="In Demand", kind="flag", predicates=("rg:inDemand",)),
    ),
)
_RELATED: Final = TableSpec(
    file="Related Occupations.txt",
    row_class="rg:OnetRelatedOccupation",
    link="onet:hasRelatedOccupation",
    key=("Related O*NET-SOC Code",),
    columns=(
        _code(),
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
)
_JOB_ZONES: Final = TableSpec(
    file="Job Zones.txt",
    row_class="rg:OnetJobZoneRating",
    link="rg:jobZoneRating",
    key=(),
    columns=(
        _code(),
        Column(header="Job Zone", kind="zone", predicates=("onet:refersTo",), required=True, null=False),
        Column(header="Job Zone", kind="integer", predicates=("rg:jobZone",)),
        _DATE,
        _DOMAIN_SOURCE,
    ),
)

OCCUPATION_DATA: Final = _OCCUPATION_DATA.slug
"""The one file that every database must have."""
TABLES: Final[tuple[TableSpec, ...]] = (
    _OCCUPATION_DATA,
    _CONTENT_MODEL,
    _SCALES,
    _ZONES,
    _ALTERNATE_TITLES,
    _REPORTED_TITLES,
    _TASKS,
    _ratings("Skills.txt", "rg:OnetSkillRating"),
    _ratings("Knowledge.txt", "rg:OnetKnowledgeRating"),
    _TECHNOLOGY,
    _RELATED,
    _JOB_ZONES,
)
"""Reference files come before the files that use them, so that their names win."""
