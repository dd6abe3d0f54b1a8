"""The ESCO classification as records: its files as they were read, and what all of them say of each IRI."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, field

ColumnKind = Literal[
    "iri",  # the concept or scheme that the row is about, or the other end of a relation
    "iris",  # several, separated by line ends, commas or bars
    "type",  # a word that only repeats which kind of concept the IRI is
    "label",  # one label in the language of the file
    "labels",  # several, separated by line ends, or by bars between spaces
    "text",  # text in the language of the file
    "string",  # a plain string
    "code",  # the code of an ISCO group, which stands for its IRI
    "codes",  # IRIs or plain strings, separated like IRIs
    "note",  # an IRI, or else text in the language of the file
    "choice",  # one of the words of `choices`
    "moment",  # a date, or a date with time
    "decimal",
    "name",  # the label of the IRI in the column `of`
    "names",  # the labels of the IRIs in the column `of`, in their order
]
ConceptKind = Literal["occupation", "skill", "skill_group", "isco_group", "scheme"]
TableKind = Literal["concepts", "relations", "hierarchy"]
Key = tuple[str, str]
"""A property (CURIE) and a language, "" for values that have none."""

SINGLE_KINDS: Final[frozenset[ColumnKind]] = frozenset(
    {"label", "text", "string", "choice", "moment", "decimal", "note"}
)
"""Of columns of these kinds a concept has one value, in each language where they have a language."""
SEPARATOR: Final = "\n"
"""Between the values of a clean cell that holds several."""
ESCO: Final = "http://data.europa.eu/esco/"
ISCO: Final = ESCO + "isco/C"
SKILL_TYPES: Final = {
    "knowledge": f"{ESCO}skill-type/knowledge",
    "skill/competence": f"{ESCO}skill-type/skill",
}
REUSE_LEVELS: Final = {
    word: f"{ESCO}skill-reuse-level/{word}"
    for word in ("transversal", "cross-sector", "sector-specific", "occupation-specific")
}
RELATION_TYPES: Final = {"essential": "esco:relatedEssentialSkill", "optional": "esco:relatedOptionalSkill"}
CONCEPT_TYPES: Final[dict[str, ConceptKind]] = {
    "Occupation": "occupation",
    "KnowledgeSkillCompetence": "skill",
    "SkillGroup": "skill_group",
    "ISCOGroup": "isco_group",
    "ConceptScheme": "scheme",
}


def is_reference(value: str) -> bool:
    """Whether a code or note is meant to be an IRI.

    >>> is_reference("http://example.org/x"), is_reference("http://example.org/x, and more")
    (True, False)
    """
    return value.startswith(("http://", "https://")) and len(value.split()) == 1


class Column(Struct, frozen=True, kw_only=True):
    """One column: its header, what its cells are, and the property (CURIE) that carries them."""

    header: str
    kind: ColumnKind
    predicate: str = ""
    required: bool = False
    choices: dict[str, str] = field(default_factory=dict)
    of: str = ""


class TableSpec(Struct, frozen=True, kw_only=True):
    """One file: its name without language, its columns, and what its rows are.

    The first column that is an IRI names what a row is about. A table of `concepts` with `defines`
    makes its rows concepts of that kind; without, it only says more of concepts known from elsewhere.
    """

    stem: str
    kind: TableKind
    columns: tuple[Column, ...]
    defines: ConceptKind | None = None
    scheme: str = ""
    """The concept scheme that all concepts of a collection are in."""
    inverse: tuple[str, ...] = ()
    """Properties that lead from a cell's IRI to the row's, not the other way."""

    @property
    def subject(self) -> Column:
        """The column of what a row is about."""
        return next(column for column in self.columns if column.kind == "iri")


class EscoTable(Struct, frozen=True, kw_only=True):
    """The sound rows of one file, cells normalised, each with the line where it starts."""

    spec: TableSpec
    language: str
    file: str
    name: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    row_count: int
    """How many rows the file has, repeated ones included."""

    def column(self, header: str) -> int | None:
        """The position of a column, or None when the file does not have it."""
        return self.header.index(header) if header in self.header else None


class EscoSource(Struct, frozen=True, kw_only=True):
    """The files of one folder or archive, in the order of `TABLES`, and the release they are of."""

    name: str
    version: str
    tables: list[EscoTable]

    def __str__(self) -> str:
        """What was found, for people."""
        languages = ", ".join(sorted({table.language for table in self.tables}))
        return f"{self.name}: ESCO {self.version} in {languages}, {len(self.tables)} files"


class EscoConcept(Struct, kw_only=True):
    """What all files say of one IRI; `kind` is None where no file defines it."""

    kind: ConceptKind | None = None
    one: dict[Key, str] = field(default_factory=dict)
    many: dict[Key, dict[str, None]] = field(default_factory=dict)


class EscoData(Struct, frozen=True, kw_only=True):
    """All sources merged: one record for each IRI, in the order in which they are first named."""

    sources: list[EscoSource]
    concepts: dict[str, EscoConcept]

    def count(self, kind: ConceptKind) -> int:
        """How many concepts are of a kind."""
        return sum(concept.kind == kind for concept in self.concepts.values())

    def __str__(self) -> str:
        """How much there is, for people."""
        return (
            f"ESCO in all: {self.count('occupation'):,} occupations, {self.count('skill'):,} skills, "
            f"{self.count('skill_group'):,} skill groups, {self.count('isco_group'):,} ISCO groups"
        )
