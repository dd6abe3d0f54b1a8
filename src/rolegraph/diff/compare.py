"""Two snapshots in, what changed between them out: by line for a patch, in records for people."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rolegraph.diff.changes import Change
from rolegraph.diff.classify import Classifier, RawChange
from rolegraph.diff.findings import ReportChange, compare_reports
from rolegraph.diff.names import Names, find_names
from rolegraph.diff.sides import Side
from rolegraph.diff.spool import Count, Spool
from rolegraph.diff.subjects import ChangedSubject, changed_subjects

Listener = Callable[[str], object]

OWN_GRAPHS: Final = ("catalog", "mappings", "levels")
"""The graphs that say what the catalog's own files say."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of N-Quads, newline included, that only one of the dumps has."""

    is_added: bool
    line: bytes


def line_changes(before: Side, after: Side, graphs: tuple[str, ...]) -> Iterator[LineChange]:
    """The lines of some named graphs that the dumps do not share, by subject; those that go come first.

    Raises:
        StoreError: a dump is damaged.
    """
    for _, gone, come in _changed(before, after, graphs):
        yield from (LineChange(False, line) for line in gone)
        yield from (LineChange(True, line) for line in come)


def _changed(
    before: Side, after: Side, graphs: tuple[str, ...]
) -> Iterator[tuple[ChangedSubject, list[bytes], list[bytes]]]:
    """Subjects that differ in the graphs, with the lines of these that went and came, both sorted."""
    ends = tuple(f" <{after.snapshot.base_iri}graph/{name}> .\n".encode() for name in graphs)
    for changed in changed_subjects(before.blocks(), after.blocks()):
        old, new = set(changed.before), set(changed.after)
        gone = [line for line in changed.before if line not in new and line.endswith(ends)]
        come = [line for line in changed.after if line not in old and line.endswith(ends)]
        if gone or come:
            yield changed, gone, come


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two snapshots.

    `added` and `removed` count lines of the graphs that were compared, `counts` counts changes by kind,
    kind of component and change. `report` is None where a snapshot holds no report, and `unreported`
    names those snapshots.
    """

    before: Side
    after: Side
    graphs: tuple[str, ...]
    added: int
    removed: int
    counts: Counter[Count]
    report: ReportChange | None
    unreported: tuple[str, ...]
    names: Names

    @property
    def is_equal(self) -> bool:
        """Whether the graphs hold the same lines, and the reports the same findings and scores."""
        return not self.added and not self.removed and (self.report is None or self.report.is_equal)

    def changes(self) -> Iterator[tuple[str, Change]]:
        """All changes in the order of a report, each with the group that it belongs to."""
        return self.names.changes()

    def records(self) -> Iterator[RawChange]:
        """All changes in that order, by the IRIs of what they happened to."""
        return self.names.records()


def first_changes(after: Side, graphs: tuple[str, ...]) -> Iterator[RawChange]:
    """What a snapshot holds, as changes of a snapshot that holds nothing.

    Raises:
        StoreError: the dump is damaged.
    """
    classifier = Classifier(after.snapshot.base_iri, graphs)
    for changed in changed_subjects((), after.blocks()):
        yield from (record for record in classifier.classify(changed) if isinstance(record, RawChange))


@contextmanager
def compare(
    before: Side, after: Side, graphs: tuple[str, ...], listener: Listener = lambda _stage: None
) -> Iterator[Comparison]:
    """Compare two snapshots; what was found lies in a temporary file until the end of the block.

    Args:
        before: the earlier one.
        after: the later one.
        graphs: short names of the named graphs to compare.
        listener: hears the name of each stage as it begins.
    Raises:
        StoreError: a dump or a report is damaged.
    """
    base = after.snapshot.base_iri
    with (
        tempfile.TemporaryDirectory(prefix="rolegraph-") as folder,
        closing(Spool(Path(folder) / "changes.sqlite", base)) as spool,
    ):
        listener("comparing the graphs")
        added, removed = _collect(before, after, graphs, spool)
        spool.tell_orders()
        listener("looking up names")
        for side in (after, before):
            find_names(spool, side.blocks())
        listener("comparing the findings")
        sides = (before, after)
        paths = [side.report_path for side in sides]
        report = compare_reports(paths[0], paths[1]) if paths[0] and paths[1] else None
        yield Comparison(
            before=before,
            after=after,
            graphs=graphs,
            added=added,
            removed=removed,
            counts=spool.counts,
            report=report,
            unreported=tuple(side.name for side, path in zip(sides, paths, strict=True) if path is None),
            names=Names(spool, base),
        )


def _collect(before: Side, after: Side, graphs: tuple[str, ...], spool: Spool) -> tuple[int, int]:
    """Fill the spool; the number of lines that came and went."""
    classifier = Classifier(after.snapshot.base_iri, graphs)
    added = removed = 0
    for changed, gone, come in _changed(before, after, graphs):
        added += len(come)
        removed += len(gone)
        for record in classifier.classify(changed):
            spool.add(record)
    return added, removed
