"""The `#` lines that begin an SSSOM TSV file in, the description of its mapping set out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml

from rolegraph.errors import IriError, Problems
from rolegraph.iris import check_iri
from rolegraph.model.mapping_set import ExtensionSlot, MappingSet
from rolegraph.model.sssom import PROPAGATED, SLOTS
from rolegraph.terms import PREFIXES

_OWN_FIELDS: Final = frozenset(
    [
        "sssom_version", "curie_map", "extension_definitions", "mapping_set_id", "mapping_set_title",
        "mapping_set_version", "license",
    ]
)  # fmt: skip
"""What has a field of its own in a `MappingSet`, or is written anew with every file."""
_KNOWN_PREFIXES: Final = {**PREFIXES, "orcid": "https://orcid.org/"}


class HeaderReader:
    """Reads the header of one file; `mapping_set` is what it says, as far as it is sound."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.mapping_set = MappingSet(iri="", licence="", file=name)
        self.propagated: dict[str, str] = {}
        """What holds for every row that does not say otherwise, as cells."""
        self._name = name
        self._problems = problems

    def read(self, lines: list[str]) -> bool:
        """Take the lines with their `#`; whether the rows below can be read."""
        header = self._parse(lines)
        if header is None:
            return False
        curies = header.get("curie_map") or {}
        if not isinstance(curies, dict):
            self._error(1, "curie_map is no mapping", "write one `#  prefix: IRI` line for each prefix")
            return False
        for key in ("mapping_set_id", "license"):
            if not header.get(key):
                self._error(1, f"the header lacks {key}", f"add `#{key}: …` (SSSOM requires it)")
        prefixes = {str(prefix): str(iri) for prefix, iri in curies.items()}
        self.mapping_set = msgspec.structs.replace(self.mapping_set, prefixes=prefixes)
        extensions = self._extensions(header.get("extension_definitions") or [])
        if extensions is None:
            return False
        details = dict(self._details(header))
        self.propagated = {
            slot: "|".join(details.pop(slot)) for slot in SLOTS if slot in PROPAGATED and slot in details
        }
        self.mapping_set = msgspec.structs.replace(
            self.mapping_set,
            iri=self._set_iri(header.get("mapping_set_id")),
            licence=str(header.get("license") or ""),
            title=header.get("mapping_set_title"),
            version=header.get("mapping_set_version"),
            extensions=tuple(extensions),
            details=tuple(details.items()),
        )
        return True

    def _parse(self, lines: list[str]) -> dict[str, Any] | None:
        try:
            header: Any = yaml.load("\n".join(line[1:] for line in lines), Loader=yaml.BaseLoader) or {}  # noqa: S506
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self._error(mark.line + 1 if mark else 1, "the # header is no YAML", "write `key: value` lines")
            return None
        if not isinstance(header, dict):
            self._error(1, "the # header is no mapping", "write `key: value` lines after #")
            return None
        return header

    def _set_iri(self, written: object) -> str:
        if not written:
            return ""
        try:
            return check_iri(str(written))
        except IriError:
            self._error(1, f"mapping_set_id {written!r} is no IRI", "write an absolute IRI such as https://…")
            return ""

    def _details(self, header: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for slot, value in header.items():
            values = value if isinstance(value, list) else [value]
            if slot in _OWN_FIELDS:
                continue
            if all(isinstance(one, str) for one in values):
                kept = tuple(one for one in values if one)
                if kept:
                    yield str(slot), kept
            else:
                self._problems.warn(self._name, 1, f"{slot} of the header has a structure", "it is not read")

    def _extensions(self, definitions: object) -> list[ExtensionSlot] | None:
        good = isinstance(definitions, list) and all(
            isinstance(entry, dict) and isinstance(entry.get("slot_name"), str) for entry in definitions
        )
        if not isinstance(definitions, list) or not good:
            instead = "write a list of `- slot_name: …` with `property: …`"
            self._error(1, "extension_definitions is no list of slots", instead)
            return None
        found: list[ExtensionSlot] = []
        for entry in definitions:
            prop = str(entry.get("property") or f"{PREFIXES['rg']}{entry['slot_name']}")
            iri = expand(prop, self.mapping_set.prefixes)
            if iri is None:
                self._error(1, f"property {prop!r} of an extension is no IRI", "write a CURIE or an IRI")
                return None
            found.append(ExtensionSlot(entry["slot_name"], iri, entry.get("type_hint")))
        return found

    def _error(self, line: int, found: str, instead: str) -> None:
        self._problems.error(self._name, line, found, instead)


def expand(value: str, prefixes: dict[str, str]) -> str | None:
    """The IRI of a CURIE or an IRI, None where it is neither.

    Args:
        value: as it stands in a file.
        prefixes: the file's curie_map; the prefixes that rolegraph itself knows need not be there.
    """
    prefix, colon, local = value.partition(":")
    if colon and not local.startswith("//"):
        namespace = prefixes.get(prefix) or _KNOWN_PREFIXES.get(prefix)
        value = namespace + local if namespace else ""
    try:
        return check_iri(value)
    except IriError:
        return None
