"""What changed between two releases in, the history of concepts out: a quad for each event of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from rolegraph.diff.classify import RawChange
from rolegraph.snapshot.dump import finish, start_sort
from rolegraph.terms import term

_INTRODUCED: Final = term("rg:introducedIn")
_CHANGED: Final = term("rg:changedIn")
_DEPRECATED: Final = term("rg:deprecatedIn")
_REPLACED: Final = term("rg:replacedIn")
_REMOVED: Final = term("rg:removedIn")
_CONCEPTS: Final = ("role", "superfunction", "family", "specialisation", "component")
"""What concepts with a history have in their IRIs behind the base."""


def write_events(
    changes: Iterable[RawChange], tail: str, base_iri: str, deprecated: Collection[str], target: Path
) -> None:
    """Write the quads, sorted and each once; memory does not grow with the number of changes.

    Args:
        changes: from the release before to this one.
        tail: release and graph, as every line ends.
        base_iri: the base of the catalog.
        deprecated: the concepts, as tokens, that an earlier release says are deprecated.
        target: the file, to which the lines are added.
    """
    prefixes = tuple(f"<{base_iri}{kind}/" for kind in _CONCEPTS)
    lines, sorted_lines = target.with_suffix(".events"), target.with_suffix(".sorted")
    with lines.open("w", encoding="utf-8", newline="\n") as stream:
        for change in changes:
            if change.owner.startswith(prefixes):
                stream.writelines(f"{change.owner} {event}\n" for event in _events(change, deprecated))
    finish(start_sort(lines, sorted_lines))
    with (
        sorted_lines.open(encoding="utf-8", newline="\n") as found,
        target.open("a", encoding="utf-8", newline="\n") as out,
    ):
        for concept, events in _by_concept(found):
            out.writelines(f"{concept} {event}{tail}" for event in events)
    lines.unlink()
    sorted_lines.unlink()


def _events(change: RawChange, deprecated: Collection[str]) -> Iterator[str]:
    if change.iri != change.owner or change.change == "changed":
        yield _CHANGED
    elif change.change == "added":
        yield _INTRODUCED
    elif change.change == "removed":
        yield _REMOVED
    else:
        if change.change == "replaced":
            yield _REPLACED
        if change.change == "deprecated" or change.owner not in deprecated:
            yield _DEPRECATED


def _by_concept(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """The events of each concept; what came or went as a whole did not change beside that."""
    for concept, group in groupby((line.rstrip("\n").split(" ") for line in lines), key=lambda row: row[0]):
        events = [event for _, event in group]
        if _INTRODUCED in events or _REMOVED in events:
            events = [event for event in events if event != _CHANGED]
        yield concept, events


def deprecated_concepts(history: Iterable[bytes]) -> set[str]:
    """The concepts, as tokens, that some lines of history say are deprecated."""
    mark = f" {_DEPRECATED} ".encode()
    return {line.partition(b" ")[0].decode() for line in history if mark in line}
