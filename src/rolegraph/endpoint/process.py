"""The server's side of the processes: starts the loader, and asks it for workers."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from rolegraph.endpoint.loader import MESSAGE_BYTES
from rolegraph.endpoint.wire import FrameReader
from rolegraph.errors import StoreError

_LOADER: Final = "rolegraph.endpoint.loader"
_REPLY_TIMEOUT_S: Final = 30.0
_STOP_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended: exit code (negative for a signal), and the end of its stderr."""

    exit: int
    stderr: str


class Worker:
    """A connection to one worker process."""

    def __init__(self, loader: LoaderProcess, pid: int, connection: socket.socket) -> None:
        self.loader = loader
        self.pid = pid
        self.connection = connection
        self.reader = FrameReader(connection)
        self._pidfd = os.pidfd_open(pid)

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        poll = select.poll()  # a descriptor of a process becomes readable when that ends
        poll.register(self._pidfd, select.POLLIN)
        return not poll.poll(0)

    def kill(self) -> None:
        """End the process at once; the descriptor never means a process that took over the pid."""
        try:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        except ProcessLookupError:
            return

    def close(self) -> None:
        """Give back the descriptors."""
        self.connection.close()
        os.close(self._pidfd)


class LoaderProcess:
    """A running loader. Any thread may call it; calls are carried out one after the other."""

    def __init__(self, arguments: Sequence[str]) -> None:
        """Start it and wait until the snapshot is loaded.

        Raises:
            StoreError: the snapshot cannot be loaded.
        """
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", "-m", _LOADER, str(theirs.fileno()), *arguments]
        # -P: a module in the current folder, which may be a catalog of anyone's, is none of ours.
        environment = {**os.environ, "RUST_BACKTRACE": "0"}  # a worker's last words are kept: few, please
        with theirs:
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL
            )
        message = self._control.recv(MESSAGE_BYTES)
        hello = json.loads(message) if message else {"error": "its loader ended"}
        self.has_no_network = hello.get("network") == "none"
        reason = hello["error"]
        if reason:
            self.close()
            raise StoreError(f"the snapshot cannot be loaded: {reason}; build it again")
        self._control.settimeout(_REPLY_TIMEOUT_S)

    @property
    def pid(self) -> int:
        """The loader's process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def spawn(self) -> Worker:
        """Fork a worker.

        Raises:
            ConnectionError: the loader has ended.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                reply = self._ask({"do": "spawn"}, theirs.fileno())
            # The loader reaps on request only, so this pid is still the worker's.
            return Worker(self, reply["pid"], ours)
        except OSError as error:
            ours.close()
            raise ConnectionError(str(error)) from error

    def reap(self, worker: Worker) -> Death:
        """Collect a worker that was killed or is ending.

        Raises:
            ConnectionError: the loader has ended, and its workers with it.
        """
        try:
            reply = self._ask({"do": "reap", "pid": worker.pid})
        finally:
            worker.close()
        return Death(reply["exit"], reply["stderr"])

    def _ask(self, request: dict[str, Any], *descriptors: int) -> dict[str, Any]:
        with self._lock:
            socket.send_fds(self._control, [json.dumps(request).encode()], descriptors)
            message = self._control.recv(MESSAGE_BYTES)
        if not message:
            raise ConnectionError("the loader has ended")
        reply: dict[str, Any] = json.loads(message)
        return reply

    def close(self) -> None:
        """End the loader and its workers, and wait until they are gone."""
        end_process(self._process, self._control)


def end_process(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    """End a process that stops when its socket closes, and wait until it is gone."""
    with suppress(OSError):  # it may have gone first
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
