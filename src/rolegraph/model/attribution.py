"""Whose data a catalog took over: an entry of `attribution.yaml`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

NonEmpty = Annotated[str, Meta(min_length=1)]


class Credit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of `attribution.yaml`: somebody whose data the catalog took over, and what they want said.

    `licence` and `source` (where the data is from) are IRIs or plain text.
    """

    title: NonEmpty | None = None
    attribution: NonEmpty | None = None
    licence: NonEmpty | None = None
    source: NonEmpty | None = None

    @property
    def statement(self) -> str:
        """All of it on one line, the publisher's own words unchanged.

        >>> Credit(title="Sea data", attribution="By A.", licence="CC0").statement
        'Sea data. By A. Licence: CC0.'
        """
        licence = f"Licence: {self.licence}" if self.licence else None
        source = f"Source: {self.source}" if self.source else None
        parts = (" ".join(part.split()) for part in (self.title, self.attribution, licence, source) if part)
        return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part)
