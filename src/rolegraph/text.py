"""A text file in, its text out, or the one fault that it cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rolegraph.errors import Problems

_OTHERS: Final = {
    b"\xff\xfe": ("the file is UTF-16", "save it as UTF-8"),
    b"\xfe\xff": ("the file is UTF-16", "save it as UTF-8"),
    b"PK\x03\x04": ("the file is a zip archive or a workbook", "name a text file, saved as UTF-8"),
    b"\xd0\xcf\x11\xe0": ("the file is a workbook or document", "name a text file, saved as UTF-8"),
}
"""What a file is that begins so, and what to do."""


def read_text(path: Path, name: str, problems: Problems) -> str | None:
    """Read a UTF-8 file, with or without a byte order mark; line ends stay as they are.

    Args:
        path: the file.
        name: how messages call it.
        problems: receives what keeps it from being read.
    Returns:
        the text, or None when there was a fault.
    """
    try:
        return decode_text(path.read_bytes(), name, problems)
    except OSError as error:
        problems.error(name, 0, f"cannot be read ({error.strerror})", "put a readable file there")
    return None


def decode_text(data: bytes, name: str, problems: Problems) -> str | None:
    """The text of a UTF-8 file without its byte order mark.

    Args:
        data: the file.
        name: how messages call it.
        problems: receives one fault where it is not UTF-8: the first line, and how many there are like it.
    Returns:
        the text, or None when there was a fault.
    """
    for mark, (found, instead) in _OTHERS.items():
        if data.startswith(mark):
            problems.error(name, 1, found, instead)
            return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        lines = [*enumerate(data.split(b"\n"), start=1)]
    faults = [(number, place) for number, line in lines if (place := _first_fault(line)) is not None]
    number, place = faults[0]
    more = f" and {len(faults) - 1:,} more like it" if len(faults) > 1 else ""
    found = f"byte 0x{lines[number - 1][1][place]:02X} at column {place + 1} is not UTF-8{more}"
    problems.error(name, number, found, "save the file as UTF-8")
    return None


def _first_fault(line: bytes) -> int | None:
    """Where a line is not UTF-8; None where it is."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None
