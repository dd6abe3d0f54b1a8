"""A format's name, media type or file name in, the name of the format out."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from rolegraph.diff.writers import WRITERS
from rolegraph.errors import NotAcceptable

PATCH: Final = "patch"
"""An RDF Patch, which is written from the lines themselves."""


class _Known(NamedTuple):
    media_type: str
    endings: tuple[str, ...]


_KNOWN: Final = {
    "text": _Known("text/plain", (".txt",)),
    "table": _Known("", ()),
    "csv": _Known("text/csv", (".csv",)),
    "md": _Known("text/markdown", (".md", ".markdown")),
    "json": _Known("application/json", (".json",)),
    PATCH: _Known("application/rdf-patch", (".rdfp", ".patch")),
}
FORMATS: Final = (*WRITERS, PATCH)


def choose_format(wished: str, output: Path | None) -> str:
    """Choose by a name, media type or ending, else by the end of the output file's name, else text.

    Args:
        wished: such as `csv`, `text/csv` or `.csv`; "" for none.
        output: the file that is to be written, None for stdout.
    Raises:
        NotAcceptable: no format is called so; the error names all of them.
    """
    name = wished.strip().lower()
    ending = f".{name.removeprefix('.')}" if name else output.suffix.lower() if output is not None else ".txt"
    for format_name in FORMATS:
        known = _KNOWN[format_name]
        if name in {format_name, known.media_type} - {""} or ending in known.endings:
            return format_name
    found = f"there is no format {wished!r}"
    if not name and output is not None:
        found = f"the name {output.name!r} does not say which format the changes have"
    raise NotAcceptable(f"{found}; use --format with one of {', '.join(FORMATS)}", FORMATS)
