"""Who gets the next free worker: two short queues, first come first served."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.process import Death, Worker
from rolegraph.errors import Busy, Cancelled

MAX_WAITING: Final = 32
"""Requests that may wait at a time, in each of the two queues."""


class SlotOwner(Protocol):
    """Who supplies a slot with workers."""

    @property
    def is_retired(self) -> bool:
        """Whether its workers serve data that is no longer current."""

    @property
    def generation(self) -> str:
        """The identity of the data that its workers serve."""

    def bury(self, slot: Slot, worker: Worker) -> Death | None:
        """Collect a worker that ends."""


@dataclass(eq=False, slots=True)
class Slot:
    """A place for one worker; `is_reserved` keeps it for queries that end at once.

    `worker` is None while a new one is being made. Only the thread that took the slot uses it.
    """

    owner: SlotOwner
    is_reserved: bool
    worker: Worker | None = None


@dataclass(eq=False, slots=True)
class _Waiter:
    may_use_reserved: bool
    ready: threading.Event = field(default_factory=threading.Event)
    slot: Slot | None = None


class Lanes:
    """The free slots and the requests that wait for one.

    A request that may use the reserved slot waits for whichever comes first. The two kinds are
    counted apart, so that long queries cannot fill the queue of the short ones.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Slot] = []
        self._waiting: deque[_Waiter] = deque()
        self._is_closed = False

    def acquire(self, *, may_use_reserved: bool, wait_s: float, cancellation: Cancellation) -> Slot:
        """Take a free slot, a general one where there is one.

        Raises:
            Busy: the queue is full, or nothing came free in `wait_s` seconds.
            Cancelled: the request was cancelled while it waited.
        """
        with self._lock:
            slot = self._take_idle(may_use_reserved=may_use_reserved)
            if slot is not None:
                return slot
            waiter = self._join(may_use_reserved)
        # A client that has left already does not wait, but leaves the queue or gives a slot back like others.
        with suppress(Cancelled), cancellation.calls(waiter.ready.set):
            waiter.ready.wait(wait_s)
        with self._lock:
            if waiter.slot is None:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)
                if cancellation.is_cancelled:
                    raise Cancelled("the client left while its query waited")
                raise Busy(f"all workers are busy, and none came free in {wait_s:.3g} s; try again")
            return waiter.slot

    def acquire_now(self) -> Slot | None:
        """Take a free general slot if there is one and nobody waits. Never waits."""
        with self._lock:
            return None if self._waiting else self._take_idle(may_use_reserved=False)

    def _take_idle(self, *, may_use_reserved: bool) -> Slot | None:
        usable = [slot for slot in self._idle if may_use_reserved or not slot.is_reserved]
        if self._is_closed or not usable:
            return None
        # The one that came last is the quickest: its memory is still in the processor's caches.
        slot = min(reversed(usable), key=lambda slot: slot.is_reserved)
        self._idle.remove(slot)
        return slot

    def _join(self, may_use_reserved: bool) -> _Waiter:
        if self._is_closed:
            raise Busy("the server is shutting down")
        if sum(1 for waiter in self._waiting if waiter.may_use_reserved == may_use_reserved) >= MAX_WAITING:
            raise Busy("all workers are busy and the queue is full; try again")
        waiter = _Waiter(may_use_reserved)
        self._waiting.append(waiter)
        return waiter

    def release(self, slot: Slot) -> None:
        """Give a slot with a live worker to the first that waits for its kind, or keep it free."""
        with self._lock:
            if self._is_closed or slot.owner.is_retired:
                _dismiss(slot)
                return
            for waiter in self._waiting:
                if waiter.may_use_reserved or not slot.is_reserved:
                    self._waiting.remove(waiter)
                    waiter.slot = slot
                    waiter.ready.set()
                    return
            self._idle.append(slot)

    def take_dead(self, owner: SlotOwner) -> list[Slot]:
        """Take out an owner's free slots whose worker ended by itself."""
        with self._lock:
            dead = [s for s in self._idle if s.owner is owner and not (s.worker and s.worker.is_alive())]
            for slot in dead:
                self._idle.remove(slot)
        return dead

    def dismiss_retired(self) -> None:
        """Send the free workers of retired owners away; those at work follow when they are done."""
        with self._lock:
            for slot in [slot for slot in self._idle if slot.owner.is_retired]:
                self._idle.remove(slot)
                _dismiss(slot)

    @property
    def idle(self) -> int:
        """How many slots are free."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    def close(self) -> None:
        """Send everyone away who waits or comes, and dismiss each worker as soon as it is free."""
        with self._lock:
            self._is_closed = True
            for slot in self._idle:
                _dismiss(slot)
            self._idle.clear()
            waiters = list(self._waiting)
            self._waiting.clear()
        for waiter in waiters:
            waiter.ready.set()


def _dismiss(slot: Slot) -> None:
    if slot.worker is not None:
        slot.worker.close()
        slot.worker = None
