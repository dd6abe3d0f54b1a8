"""What `-o` names in, a stream to write to out; a file appears there only when it is whole."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from rolegraph.export.files import is_stream, staged_file


@contextmanager
def open_target(output: Path | None) -> Iterator[IO[bytes]]:
    """A stream of bytes; None and `-` are standard output.

    Raises:
        StoreError: the file cannot be written.
    """
    if is_stdout(output):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    assert output is not None  # noqa: S101, `is_stdout` says so
    with staged_file(output) as stream:
        yield stream


@contextmanager
def open_text_target(output: Path | None) -> Iterator[TextIO]:
    """A stream of text in UTF-8, with line ends as they are written."""
    sys.stdout.flush()
    with open_target(output) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        try:
            yield text
            text.flush()
        finally:
            text.detach()


def is_file(output: Path | None) -> bool:
    """Whether a file is meant, of which people are told that it is there."""
    return output is not None and not is_stdout(output) and not is_stream(output)


def is_stdout(output: Path | None) -> bool:
    """Whether standard output is meant."""
    return output is None or output == Path("-")
