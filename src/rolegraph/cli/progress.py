"""What a long command says of itself while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def progress() -> Iterator[tuple[Callable[[str], None], Callable[[], None]]]:
    """A line on stderr that says what is going on, where somebody looks at it; and how to end it."""
    with Console(stderr=True).status("Starting …") as status:
        yield lambda stage: status.update(f"{stage.capitalize()} …"), status.stop
