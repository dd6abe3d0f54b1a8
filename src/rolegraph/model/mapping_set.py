"""A set of mappings as its file describes it: where it comes from, under which licence, in whose prefixes."""

from __future__ import annotations

from msgspec import Struct, field


class ExtensionSlot(Struct, frozen=True, gc=False):
    """A column that SSSOM does not know: its name, the IRI of its meaning, and its type as written."""

    name: str
    property: str
    type_hint: str | None = None


class MappingSet(Struct, frozen=True, kw_only=True, gc=False):
    """What the header of an SSSOM file says (SSSOM 1.1, class MappingSet).

    `prefixes` is its curie_map, `extensions` what it declares beside the standard, `details` its further
    slots in their order, each with its values as written. `file` is "" where no file says it.
    """

    iri: str
    licence: str
    title: str | None = None
    version: str | None = None
    prefixes: dict[str, str] = field(default_factory=dict)
    extensions: tuple[ExtensionSlot, ...] = ()
    details: tuple[tuple[str, tuple[str, ...]], ...] = ()
    file: str = ""
