"""Crosswalks between classifications as records: somebody else's mappings, in sets."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from rolegraph.model.catalog import Mapping
from rolegraph.model.mapping_set import MappingSet
from rolegraph.terms import term

CROSSWALK_CODE: Final = term("rg:crosswalkCode")[1:-1]
CROSSWALK_CONFIDENCE: Final = term("rg:crosswalkConfidence")[1:-1]
"""Slots that SSSOM does not have: the code that a table itself gives, and its confidence on its own scale."""


class Crosswalk(Struct, frozen=True, kw_only=True, gc=False):
    """One file of mappings.

    `retired_titles` holds the title of each occupation of O*NET-SOC 2010 that the file names, by code,
    `source_rows` the rows of a table as they were read, by line.
    `is_asserted` says whether people have validated each row, so that it holds as a plain SKOS triple.
    """

    mapping_set: MappingSet
    mappings: tuple[Mapping, ...]
    retired_titles: dict[str, str] = field(default_factory=dict)
    source_rows: dict[int, tuple[str, ...]] = field(default_factory=dict)
    is_asserted: bool = False

    def __str__(self) -> str:
        """How much there is, for people."""
        return f"{self.mapping_set.title or self.mapping_set.file}: {len(self.mappings):,} mappings"

    def source_row(self, mapping: Mapping) -> tuple[str, ...]:
        """The cells that a mapping was read from; of SSSOM, what it says."""
        said = (mapping.subject, mapping.predicate, mapping.modifier, mapping.object)
        return self.source_rows.get(mapping.line, said)


class Crosswalks(Struct, frozen=True, kw_only=True, gc=False):
    """All crosswalks of a catalog.

    `retired` holds the title of each occupation of O*NET-SOC 2010 that mappings still name, by code, and
    `unresolved` those of them that no occupation of the loaded O*NET database stands for.
    """

    files: tuple[Crosswalk, ...] = ()
    retired: dict[str, str] = field(default_factory=dict)
    unresolved: frozenset[str] = frozenset()
