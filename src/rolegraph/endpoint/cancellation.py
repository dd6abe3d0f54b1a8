"""Lets one thread stop what another does for a request, wherever that has got to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rolegraph.errors import Cancelled


class Cancellation:
    """A request's switch. The thread that carries the request out says what to call to stop it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop: Callable[[], object] | None = None
        self.is_cancelled = False

    def cancel(self) -> None:
        """Stop the request now, or as soon as it tries to go on."""
        with self._lock:
            self.is_cancelled = True
            if self._stop is not None:
                self._stop()

    def attach(self, stop: Callable[[], object]) -> None:
        """Say what stops the request from now on.

        Raises:
            Cancelled: it is cancelled already.
        """
        with self._lock:
            if self.is_cancelled:
                raise Cancelled("the client left")
            self._stop = stop

    def detach(self) -> None:
        """Nothing is to be stopped any more; after this call `stop` is not called."""
        with self._lock:
            self._stop = None

    @contextmanager
    def calls(self, stop: Callable[[], object]) -> Iterator[None]:
        """Attach for the time of a `with` block."""
        self.attach(stop)
        try:
            yield
        finally:
            self.detach()
