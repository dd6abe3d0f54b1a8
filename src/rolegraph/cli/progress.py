"""What a long command says of itself while it runs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console


@contextmanager
def progress() -> Iterator[tuple[Callable[[str], None], Callable[[], None]]]:
    """A line on stderr that says what is going on, where somebody looks at it; and how to end it."""
    with Console(stderr=True).status("Starting …") as status:
        yield lambda stage: status.update(f"{stage[:1].upper()}{stage[1:]} …"), status.stop


@contextmanager
def ends_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, so that what is half written is removed first."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
