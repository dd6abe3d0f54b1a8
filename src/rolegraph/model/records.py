"""What a snapshot keeps of the records it was built from, beside its graph. Values only, no behaviour."""

from __future__ import annotations

from msgspec import Struct

from rolegraph.model.attribution import Credit
from rolegraph.model.catalog import Component, Labels, Level, SocGroup, Taxonomy
from rolegraph.model.mapping_set import MappingSet


class CatalogFacts(Struct, frozen=True, kw_only=True):
    """What a catalog has once: configuration, taxonomy, levels, headers of SSSOM files, SOC titles, credits.

    `modified` is the newest day on which any of its entries changed, or None where no entry says.
    """

    name: str
    base_iri: str
    language: str
    publisher: str | None = None
    licence: str | None = None
    version: str | None = None
    modified: str | None = None
    taxonomy: Taxonomy
    levels: dict[str, Level]
    mapping_sets: tuple[MappingSet, ...] = ()
    soc: tuple[SocGroup, ...] = ()
    credits: tuple[Credit, ...] = ()

    def family_label(self, code: str) -> Labels:
        """The labels of a family; its code where the taxonomy does not list it."""
        known = self.taxonomy.families.get(code)
        return known.label if known else {self.language: code}

    def specialisation_label(self, code: str) -> Labels:
        """The labels of a specialisation; its focus where the taxonomy does not list it."""
        known = self.taxonomy.specialisations.get(code)
        return known.label if known else {self.language: code.partition(".")[2]}


class ComponentEntry(Component, frozen=True, kw_only=True):
    """A component that a role uses or that has an entry of its own, as the graph has it.

    `roles` and `families` count who uses it, in the whole catalog; `curated` says whether it has an
    entry under components/.
    """

    iri: str
    roles: int = 0
    families: int = 0
    curated: bool = False
