"""The loader process: holds the snapshot in memory and forks a worker whenever the server asks.

It stays single-threaded, so that a fork copies a quiet process, and leaves the network before it
forks, so that its workers have none either. The server talks to it over one
socket of whole messages; when that socket closes, the loader and its workers end.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pyoxigraph as ox
import zstandard

from rolegraph.endpoint.limits import die_with_parent, require_stack
from rolegraph.endpoint.network import leave_network
from rolegraph.endpoint.worker import serve_requests

MESSAGE_BYTES: Final = 64 * 1024
_STDERR_TAIL: Final = 4096


class Loader:
    """Forks and reaps workers over one store.

    Args:
        store_path: the on-disk store, which each worker opens by itself, or None when `memory` is
            the store that workers share by forking.
        origins: what SERVICE may call.
    """

    def __init__(
        self, memory: ox.Store | None, store_path: Path, memory_bytes: int, origins: frozenset[str]
    ) -> None:
        self._memory = memory
        self._store_path = store_path
        self._memory_bytes = memory_bytes
        self._origins = origins
        self._stderr: dict[int, int] = {}

    def obey(self, control: socket.socket) -> None:
        """Carry out requests until the server's end of the socket closes."""
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_BYTES, 1)
            if not message:
                break
            request = json.loads(message)
            if request["do"] == "spawn":
                reply: dict[str, Any] = {"pid": self._spawn(control, descriptors[0])}
            else:
                reply = self._reap(request["pid"])
            control.sendall(json.dumps(reply).encode())
        for pid in list(self._stderr):
            os.kill(pid, signal.SIGKILL)
            self._reap(pid)

    def _spawn(self, control: socket.socket, descriptor: int) -> int:
        stderr = os.memfd_create("worker-stderr")
        loader_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            control.close()
            self._become_worker(descriptor, stderr, loader_pid)
        os.close(descriptor)
        self._stderr[pid] = stderr
        return pid

    def _become_worker(self, descriptor: int, stderr: int, loader_pid: int) -> None:
        die_with_parent(loader_pid)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's to answer
        os.dup2(stderr, 2)
        for other in self._stderr.values():
            os.close(other)
        store = self._memory or ox.Store.read_only(str(self._store_path))
        serve_requests(store, socket.socket(fileno=descriptor), self._origins, self._memory_bytes)

    def _reap(self, pid: int) -> dict[str, Any]:
        _, status = os.waitpid(pid, 0)
        stderr = self._stderr.pop(pid)
        size = os.fstat(stderr).st_size
        text = os.pread(stderr, _STDERR_TAIL, max(0, size - _STDERR_TAIL))
        os.close(stderr)
        return {"exit": os.waitstatus_to_exitcode(status), "stderr": text.decode(errors="replace")}


def load_dump(path: Path) -> ox.Store:
    """Read a compressed N-Quads dump into a new in-memory store."""
    store = ox.Store()
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as quads:
        store.bulk_load(cast("BinaryIO", quads), ox.RdfFormat.N_QUADS)
    return store


def check_store(path: Path) -> None:
    """Open a store once, in a process of its own, so that this one stays without threads.

    Raises:
        OSError: no worker could open it.
    """
    reason = os.memfd_create("store-check")
    pid = os.fork()
    if pid == 0:
        try:
            ox.Store.read_only(str(path))
        except (OSError, ValueError, RuntimeError) as error:
            os.write(reason, str(error).encode())
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    text = os.pread(reason, _STDERR_TAIL, 0).decode(errors="replace")
    os.close(reason)
    if status or text:
        raise OSError(text or "the store on disk cannot be opened")


def main(arguments: list[str]) -> None:
    """Run the loader.

    Args:
        arguments: socket descriptor, mode, dump, store, memory cap, and a JSON list of the origins that
            queries may call.
    """
    descriptor, mode, dump, store, memory_bytes, encoded = arguments
    origins = frozenset[str](json.loads(encoded))
    control = socket.socket(fileno=int(descriptor))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    require_stack()
    has_no_network = not origins and leave_network()
    with suppress(ConnectionError):  # the server may end meanwhile
        try:
            memory = None
            if mode == "memory":
                memory = load_dump(Path(dump))
            else:
                check_store(Path(store))
        except (OSError, SyntaxError, zstandard.ZstdError) as error:
            control.sendall(json.dumps({"error": str(error)}).encode())
            return
        gc.freeze()  # collections in the workers leave the shared pages alone
        hello = {"error": None, "network": "none" if has_no_network else "open"}
        control.sendall(json.dumps(hello).encode())
        Loader(memory, Path(store), int(memory_bytes), origins).obey(control)


if __name__ == "__main__":
    main(sys.argv[1:])
