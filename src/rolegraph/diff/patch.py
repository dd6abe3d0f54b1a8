"""The lines that two dumps do not share in, an RDF Patch out: applied to one it gives the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from rolegraph.diff.compare import LineChange
from rolegraph.diff.sides import Side


def write_patch(changes: Iterable[LineChange], before: Side, after: Side, out: IO[bytes]) -> int:
    """Write changes as one transaction of an RDF Patch with whole terms and no prefixes.

    Args:
        changes: what `line_changes` gives.
        before: what the patch applies to; the header `prev` names it.
        after: what the patch gives; the header `id` names it.
        out: receives the patch as UTF-8.
    Returns:
        the number of lines that come or go.
    """
    base = after.snapshot.base_iri
    out.write(f"H id <{base}snapshot/{after.snapshot.id}> .\n".encode())
    out.write(f"H prev <{base}snapshot/{before.snapshot.id}> .\nTX .\n".encode())
    number = 0
    for change in changes:
        number += 1
        # A line of N-Quads ends as a row of a patch does: " .\n".
        out.write((b"A " if change.is_added else b"D ") + change.line)
    out.write(b"TC .\n")
    return number
