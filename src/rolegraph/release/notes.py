"""What changed since the release before in, change notes for people and for programs out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from rolegraph.diff.changes import plural
from rolegraph.diff.classify import RawChange
from rolegraph.diff.compare import Comparison
from rolegraph.diff.writers import write_json, write_markdown
from rolegraph.model.release import ReleaseRecord

MARKDOWN_FILE: Final = "changes.md"
JSON_FILE: Final = "changes.json"
_COUNTED: Final = ("role", "super-function", "family", "specialisation", "component", "alias", "mapping")
"""The kinds of things that a first release counts."""
AddedCounts = Counter[tuple[str, str]]
"""Kind and kind of component -> number."""


def write_notes(folder: Path, record: ReleaseRecord, comparison: Comparison) -> None:
    """Write the change notes of a release that has one before it."""
    with (folder / MARKDOWN_FILE).open("w", encoding="utf-8", newline="\n") as out:
        out.write(_head(record))
        write_markdown(comparison, out)
    with (folder / JSON_FILE).open("w", encoding="utf-8", newline="\n") as out:
        write_json(comparison, out)


def count_added(changes: Iterable[RawChange], counts: AddedCounts) -> Iterator[RawChange]:
    """Hand changes on, and count those that are told of a first release."""
    for change in changes:
        if change.change == "added" and change.kind in _COUNTED:
            counts[change.kind, change.component_kind] += 1
        yield change


def write_first_notes(folder: Path, record: ReleaseRecord, counts: AddedCounts) -> None:
    """Write the change notes of the first release: how much of what it brings."""
    ordered = sorted(counts.items(), key=lambda item: (_COUNTED.index(item[0][0]), item[0]))
    rows = [(plural(*key), number) for key, number in ordered]
    with (folder / MARKDOWN_FILE).open("w", encoding="utf-8", newline="\n") as out:
        out.write(f"{_head(record)}This is the first release.\n\n| What | Number |\n|---|---|\n")
        out.writelines(f"| {name} | {number:,} |\n" for name, number in rows)
    listed = [
        {"kind": kind, "component_kind": component_kind, "change": "added", "number": number}
        for (kind, component_kind), number in ordered
    ]
    after = {"name": record.version, "id": record.snapshot}
    notes = {"before": None, "after": after, "is_equal": False, "counts": listed}
    (folder / JSON_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(notes), indent=2) + b"\n")


def _head(record: ReleaseRecord) -> str:
    lines = [f"# {record.title} {record.version}", "", f"Released on {record.issued}.", ""]
    if record.notes is not None:
        lines += [record.notes.strip(), ""]
    return "\n".join(lines) + "\n"
