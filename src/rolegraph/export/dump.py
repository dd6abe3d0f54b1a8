"""An extract in, the lines of its dump out: all of them or an error, and what they say of neighbours."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

import zstandard

from rolegraph.errors import StoreError
from rolegraph.export.extract import Extract
from rolegraph.snapshot.dump import read_dump
from rolegraph.terms import CONCEPT, PREFIXES

_TOLD_LINES: Final = 100_000
_ADJACENCY: Final = b"#adj-"
_RELATED: Final = f"> <{PREFIXES['skos']}related> <".encode()


def read_lines(extract: Extract) -> Iterator[bytes]:
    """All N-Quads lines of the snapshot, sorted, whatever was selected.

    Raises:
        StoreError: the dump is missing, damaged or cut.
    """
    snapshot, count = extract.snapshot, 0
    try:
        for count, line in enumerate(read_dump(snapshot.dump_path), start=1):
            if count % _TOLD_LINES == 0:
                extract.tell(count, snapshot.quads, "statements")
            yield line
    except (OSError, zstandard.ZstdError) as error:
        raise StoreError(f"{snapshot.dump_path}: the dump is damaged ({error}); build again") from error
    if count != snapshot.quads:
        found = f"{snapshot.dump_path}: the dump has {count} lines and not {snapshot.quads}"
        raise StoreError(f"{found}; build again")


class Neighbour(NamedTuple):
    """A role near another, as the build computed it; `position` counts from the nearest."""

    iri: str
    role: str
    neighbour: str
    position: int
    distance: float
    taxonomy_distance: float
    level_distance: float
    band: str
    move: str
    edition: str
    reason: str


def read_neighbours(extract: Extract) -> Iterator[Neighbour]:
    """The neighbours of the selected roles, as far as they are selected too; in the order of the dump."""
    prefix = f"<{extract.iris.role('')}".encode()
    begin = prefix + _common_start(extract)
    lines = (line for line in read_lines(extract) if line.startswith(begin) and _is_adjacency(line))
    for subject, group in groupby(lines, key=lambda line: line[: line.index(b"> ")]):
        values = dict(_pair(line) for line in group)
        if "adjacentRole" not in values:
            continue
        role = subject[len(prefix) : subject.index(_ADJACENCY)].decode()
        other = values["adjacentRole"].removeprefix(extract.iris.role(""))
        if extract.codes is None or (role in extract.codes and other in extract.codes):
            yield _neighbour(subject[1:].decode(), role, other, values)


def _common_start(extract: Extract) -> bytes:
    """What the codes of the selected roles all begin with: a cheap test first, of millions of lines."""
    return os.path.commonprefix(sorted(extract.codes or ())).encode()  # noqa: RUF071  # they are no paths


def _is_adjacency(line: bytes) -> bool:
    return _ADJACENCY in line[: line.index(b"> ")]


def _pair(line: bytes) -> tuple[str, str]:
    """The local name of a line's predicate, and its object as plain text."""
    _, predicate, rest = line.decode().split(" ", 2)
    obj = rest.rpartition(" <")[0]
    plain = obj[1:-1] if obj.startswith("<") else obj[1 : obj.rindex('"')]
    return predicate[1:-1].removeprefix(PREFIXES["rg"]), plain


def _neighbour(iri: str, role: str, other: str, values: dict[str, str]) -> Neighbour:
    return Neighbour(
        iri,
        role,
        other,
        int(values["position"]),
        float(values["distance"]),
        float(values["taxonomyDistance"]),
        float(values["levelDistance"]),
        values["matchBand"].removeprefix(f"{CONCEPT}match-").replace("-", "_"),
        values["moveType"].removeprefix(f"{CONCEPT}move-").replace("-", "_"),
        iri.rpartition("#adj-")[2].removesuffix(f"-{other}").replace("-", "@"),
        values.get("bandReason", ""),
    )


def read_related(extract: Extract) -> Iterator[tuple[str, str]]:
    """Pairs of selected roles that are related concepts, by IRI."""
    prefix = extract.iris.role("")
    begin = f"<{prefix}".encode() + _common_start(extract)
    for line in read_lines(extract):
        if line.startswith(begin) and _RELATED in line:
            subject, _, obj, _ = line.decode().split(" ", 3)
            pair = subject[1:-1], obj[1:-1]
            codes = {iri.removeprefix(prefix) for iri in pair}
            if pair[1].startswith(prefix) and (extract.codes is None or codes <= extract.codes):
                yield pair
