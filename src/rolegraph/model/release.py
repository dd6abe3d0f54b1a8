"""The text of a version in, its place in the order of versions out; and the records of a release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from rolegraph.errors import ReleaseError

OWN_GRAPHS: Final = ("catalog", "mappings", "levels", "derived")
"""The graphs whose merge is a release: what the catalog's own files say, and what follows from them.

Reference data (SOC, O*NET, ESCO, crosswalks) has releases of its publishers' own, is large, and is found by
its IRIs in the current graphs; ontology and shapes have versions of their own. `snapshot.own` tells what of
`mappings` and `derived` is the catalog's own.
"""
HISTORY_GRAPH: Final = "history"

_FORM: Final = re.compile(r"\d{1,9}(?:\.\d{1,9}){1,3}(?:-[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)?", re.ASCII)
_MAX_LENGTH: Final = 40
_Identifier = tuple[int, int, str]
_Key = tuple[tuple[int, ...], int, tuple[_Identifier, ...]]


@dataclass(frozen=True, slots=True)
class Version:
    """A version: two to four numbers with dots between, and at will a preview such as `-rc.1`.

    That covers Semantic Versioning (1.4.0, 2.0.0-rc.1; without its `+build`, which has no place in the
    order) and calendar versions (2026.11, 2026.11.0). There is always a dot, so that no version looks like
    the id of a snapshot, and never a slash, so that it can name a folder and end an IRI.
    """

    text: str

    def __post_init__(self) -> None:
        """Check the form.

        Raises:
            ReleaseError: the text is no version.
        """
        if len(self.text) > _MAX_LENGTH or not _FORM.fullmatch(self.text):
            raise ReleaseError(
                f"{self.text!r} is no version; write two to four numbers with dots between, such as 2026.11.0"
                " or 1.4.0, and for a preview 2.0.0-rc.1"
            )

    @property
    def key(self) -> _Key:
        """Its place in the order of Semantic Versioning 2.0.0, section 11; numbers that lack count as 0.

        >>> texts = ["1.10", "1.2.0", "1.10.0-rc.1", "1.10.0-rc"]
        >>> sorted(texts, key=lambda text: Version(text).key)
        ['1.2.0', '1.10.0-rc', '1.10.0-rc.1', '1.10']
        >>> Version("2026.01").key == Version("2026.1.0").key
        True
        """
        numbers, _, preview = self.text.partition("-")
        places = [int(number) for number in numbers.split(".")]
        padded = tuple(places + [0] * (4 - len(places)))
        identifiers = tuple(_identifier(part) for part in preview.split(".")) if preview else ()
        return padded, 0 if preview else 1, identifiers


def _identifier(part: str) -> _Identifier:
    return (0, int(part), "") if part.isdecimal() else (1, 0, part)


class FrozenFile(Struct, frozen=True, kw_only=True):
    """What a file of a release was when it was released."""

    sha256: str
    size_bytes: int


class ReleaseRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release as `release.json` keeps it.

    `rights` are the statements of those whose data is inside. `snapshot` is the id of the snapshot that it
    froze. Of what is the catalog's own, `graph_sha256` is the hash of the named graph, `triples` its size,
    and `records_sha256` the hash of the records that exports read. `issued` is an ISO 8601 date, `previous`
    the version before it, and `files` the other files of its folder by name.
    """

    version: str
    base_iri: str
    title: str
    language: str
    publisher: str | None
    licence: str | None
    rights: tuple[str, ...]
    snapshot: str
    graph_sha256: str
    records_sha256: str
    triples: int
    issued: str
    previous: str | None
    notes: str | None
    files: dict[str, FrozenFile]


class ReleaseGraph(Struct, frozen=True, kw_only=True):
    """A release as queries see it: its own IRI, the IRI of its named graph, and how much that holds."""

    version: str
    iri: str
    graph: str
    triples: int
    issued: str
