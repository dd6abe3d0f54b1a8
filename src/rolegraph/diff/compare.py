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
from rolegraph.diff.classify import ChosenChange, Classifier, RawChange
from rolegraph.diff.findings import ReportChange, compare_reports
from rolegraph.diff.names import Names, find_names
from rolegraph.diff.sides import Side
from rolegraph.diff.spool import Count, Spool
from rolegraph.diff.subjects import changed_subjects
from rolegraph.snapshot.opening import Snapshot
from rolegraph.snapshot.own import own_lines

Listener = Callable[[str], object]

OWN_GRAPHS: Final = ("catalog", "mappings", "levels")
"""The graphs that say what the catalog's own files say; `snapshot.own` tells what of them does."""
Graphs = tuple[str, ...] | None
"""Short names of the named graphs to compare, each as a whole; None for what the catalog's own files say."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of N-Quads, newline included, that only one of the dumps has."""

    is_added: bool
    line: bytes


def line_changes(before: Side, after: Side, graphs: Graphs) -> Iterator[LineChange]:
    """The lines that the dumps do not share, by subject; those that go come first.

    Raises:
        StoreError: a dump is damaged.
    """
    for changed in _changed(before, after, graphs):
        yield from (LineChange(False, line) for line in changed.gone)
        yield from (LineChange(True, line) for line in changed.come)


def _changed(before: Side, after: Side, graphs: Graphs) -> Iterator[ChosenChange]:
    """Subjects of which what counts differs."""
    choose_old, choose_new = _chooser(before.snapshot, graphs), _chooser(after.snapshot, graphs)
    for changed in changed_subjects(before.blocks(), after.blocks()):
        chosen = ChosenChange(changed, choose_old(changed.before), choose_new(changed.after))
        if chosen.before != chosen.after:
            yield chosen


def _chooser(snapshot: Snapshot, graphs: Graphs) -> Callable[[list[bytes]], list[bytes]]:
    """What picks, of all lines of a subject, those that count."""
    if graphs is None:
        return own_lines(snapshot, OWN_GRAPHS).of
    ends = tuple(f" <{snapshot.base_iri}graph/{name}> .\n".encode() for name in graphs)
    return lambda lines: [line for line in lines if line.endswith(ends)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two snapshots.

    `graphs` are those that were compared; with `is_own` the catalog's own lines of them, else all. `added`
    and `removed` count lines, `counts` counts changes by kind, kind of component and change. `report` is None
    where a snapshot holds no report, and `unreported` names those snapshots.
    """

    before: Side
    after: Side
    graphs: tuple[str, ...]
    is_own: bool
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


def first_changes(after: Side) -> Iterator[RawChange]:
    """What the catalog's own files say, as changes of a catalog that says nothing.

    Raises:
        StoreError: the dump is damaged.
    """
    classifier, choose = Classifier(after.snapshot.base_iri), _chooser(after.snapshot, None)
    for changed in changed_subjects((), after.blocks()):
        chosen = ChosenChange(changed, [], choose(changed.after))
        yield from (record for record in classifier.classify(chosen) if isinstance(record, RawChange))


@contextmanager
def compare(
    before: Side, after: Side, graphs: Graphs, listener: Listener = lambda _stage: None
) -> Iterator[Comparison]:
    """Compare two snapshots; what was found lies in a temporary file until the end of the block.

    Args:
        before: the earlier one.
        after: the later one.
        graphs: what to compare.
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
            graphs=OWN_GRAPHS if graphs is None else graphs,
            is_own=graphs is None,
            added=added,
            removed=removed,
            counts=spool.counts,
            report=report,
            unreported=tuple(side.name for side, path in zip(sides, paths, strict=True) if path is None),
            names=Names(spool, base),
        )


def _collect(before: Side, after: Side, graphs: Graphs, spool: Spool) -> tuple[int, int]:
    """Fill the spool; the number of lines that came and went."""
    classifier = Classifier(after.snapshot.base_iri)
    added = removed = 0
    for changed in _changed(before, after, graphs):
        added += len(changed.come)
        removed += len(changed.gone)
        for record in classifier.classify(changed):
            spool.add(record)
    return added, removed
