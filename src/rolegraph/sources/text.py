"""A text file in, its text out, or the one fault that it cannot be read."""

from __future__ import annotations

from pathlib import Path

from rolegraph.errors import Problems


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
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.error(name, 0, f"the file is not UTF-8 at byte {error.start}", "save it as UTF-8")
    except OSError as error:
        problems.error(name, 0, f"cannot be read ({error.strerror})", "put a readable file there")
    return None
