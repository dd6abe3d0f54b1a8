"""The O*NET database as records: what a file holds, and the rows that were read from it.

A file's description (`rolegraph.model.onet_tables`) serves both the reader (which columns, which
spellings) and the graph (which terms), so the two cannot disagree. The rows stay the lines that
were read: nothing is lost, and a file can be written back as it was.
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
    "commodity_group",  # the code of a class, family or segment of UNSPSC
    "zone",  # the number of a job zone
    "task",  # the number of a task of the row's occupation
    "name",  # the name of the element or commodity in the column before it
]
NodeKind = Literal["row", "occupation", "element", "scale", "zone", "commodity"]
Layout = Literal["up to 30.2", "from 30.3"]

CODE_COLUMN: Final = "O*NET-SOC Code"
NULLS: Final = frozenset({"", "n/a"})
"""Cells that say nothing. O*NET writes `n/a`, and leaves a few cells empty."""


class Column(Struct, frozen=True, kw_only=True):
    """One column: its header, what its cells are, and the properties that carry them (CURIEs).

    `required` columns must be in the header; `null` says whether a cell may be `n/a` or empty;
    `element_class` is what the elements of the column are beside elements.
    """

    header: str
    kind: ColumnKind
    predicates: tuple[str, ...] = ()
    required: bool = False
    null: bool = True
    allowed: tuple[str, ...] = ()
    element_class: str = ""


class TableSpec(Struct, frozen=True, kw_only=True):
    """One file: its columns, its key, the node that a row becomes and the property that leads to it.

    A row that is a node of its own (`node="row"`) belongs to the node of the first column.
    """

    file: str
    row_class: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    node: NodeKind = "row"
    link: str = ""
    link_from: str = ""
    """The column whose node `link` starts from; "" for the first one."""
    joint_key: bool = False
    """Whether the key columns are hashed as one, because two free texts could join ambiguously."""
    layout: Layout | None = None
    """The only layout that has this form of the file; None for both."""
    family: str = ""
    """What IRIs of rows call the file; "" for its slug.

    Files that hold the same rows in different layouts share it, so a row keeps its IRI.
    """
    order: tuple[str, ...] = ()
    """The columns by which the rows of an occupation (or of the file) are sorted; () for the key."""

    @property
    def slug(self) -> str:
        """The file's name as a part of IRIs: `alternate-titles`."""
        return self.file.removesuffix(".txt").lower().replace(",", "").replace(" ", "-")

    @property
    def row_slug(self) -> str:
        """What IRIs of rows call the file."""
        return self.family or self.slug

    @property
    def by_occupation(self) -> bool:
        """Whether rows belong to occupations, whose codes then order the file."""
        return self.columns[0].kind in {"code", "occupation"}


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
    """The files that were read, by slug, references first."""

    version: str | None
    tables: dict[str, OnetTable] = field(default_factory=dict)

    def __str__(self) -> str:
        """How much there is, for people."""
        rows = sum(len(table.rows) for table in self.tables.values())
        count = f"{len(self.titles()):,} occupations, {rows:,} rows of {len(self.tables)} files"
        return f"O*NET {self.version or 'of an unknown release'}: {count}"

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
