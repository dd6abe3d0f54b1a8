"""Keeps every slot supplied with a worker, and the loader alive, from one thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from typing import Final

from rolegraph.endpoint.lanes import Lanes, Slot
from rolegraph.endpoint.process import Death, LoaderProcess, Worker
from rolegraph.errors import StoreError

logger = logging.getLogger(__name__)

_SWEEP_S: Final = 1.0
_RESTART_PAUSE_S: Final = 2.0


class Keeper:
    """Owns the loader. Slots that lost their worker come in, and go back to the lanes with a new one."""

    def __init__(self, arguments: Sequence[str], lanes: Lanes, workers: int, generation: str) -> None:
        """Load the snapshot, and fill so many general slots and a reserved one from then on.

        Raises:
            StoreError: the snapshot cannot be loaded.
        """
        self._arguments = arguments
        self._lanes = lanes
        self._inbox: queue.SimpleQueue[Slot | None] = queue.SimpleQueue()
        self._loader = LoaderProcess(arguments)
        self._is_closing = False
        self.is_retired = False
        self.generation = generation
        self.slots = [Slot(self, is_reserved=number == workers) for number in range(workers + 1)]
        for slot in self.slots:
            self._inbox.put(slot)
        self._thread = threading.Thread(target=self._run, name="rolegraph-keeper", daemon=True)
        self._thread.start()

    @property
    def loader_pid(self) -> int:
        """The loader's process id."""
        return self._loader.pid

    @property
    def loader(self) -> LoaderProcess:
        """The loader that makes workers now."""
        return self._loader

    @property
    def has_ended(self) -> bool:
        """Whether it was retired and its last worker is gone."""
        return not self._thread.is_alive()

    def is_loader_alive(self) -> bool:
        """Whether there is a loader that can make workers."""
        return self._loader.is_alive()

    def bury(self, slot: Slot, worker: Worker) -> Death | None:
        """Collect a worker that ends, and order a new one for its slot.

        Returns:
            how it ended; None when the loader ended as well, so that nobody knows.
        """
        slot.worker = None
        try:
            return worker.loader.reap(worker)
        except OSError:
            return None
        finally:
            self._inbox.put(slot)

    def retire(self) -> None:
        """Make no more workers, and end once the last one has given its answer."""
        self.is_retired = True
        self._lanes.dismiss_retired()

    def close(self) -> None:
        """End all processes and the thread."""
        self._is_closing = True
        self._inbox.put(None)
        self._thread.join()
        self._loader.close()

    def _run(self) -> None:
        while not self._is_closing:
            try:
                slot = self._inbox.get(timeout=_SWEEP_S)
            except queue.Empty:
                slot = None
                self._sweep()
            if self.is_retired:
                if all(slot.worker is None for slot in self.slots):
                    self._loader.close()
                    return
                continue
            while slot is not None and not self._is_closing and not self._fill(slot):
                self._restart_loader()

    def _sweep(self) -> None:
        """Replace workers that ended while they had nothing to do."""
        for slot in self._lanes.take_dead(self):
            if slot.worker is not None:
                logger.warning("worker %d ended while idle", slot.worker.pid)
                self.bury(slot, slot.worker)

    def _fill(self, slot: Slot) -> bool:
        try:
            slot.worker = self._loader.spawn()
        except OSError:
            return False
        self._lanes.release(slot)
        return True

    def _restart_loader(self) -> None:
        logger.error("the loader (process %d) ended; starting another", self._loader.pid)
        self._loader.close()
        try:
            self._loader = LoaderProcess(self._arguments)
        except StoreError as error:
            logger.error("%s; next try in %g s", error, _RESTART_PAUSE_S)
            time.sleep(_RESTART_PAUSE_S)
