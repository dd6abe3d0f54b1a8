"""The writer process: owns the working copy, makes one write after the other, and says what became of each.

It decides nothing: a generation that it made counts only when the server has put it in the log. After
an error that leaves the working copy in doubt it says so and ends; another one starts from the last
generation, as after a crash.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

from rolegraph.endpoint.limits import die_with_parent, limit_file_size, limit_memory, require_stack
from rolegraph.endpoint.network import leave_network
from rolegraph.endpoint.wire import Frame, FrameReader, PeerGone, pack_json
from rolegraph.endpoint.worker import EXIT_MEMORY
from rolegraph.endpoint.writer_store import WriteStore
from rolegraph.errors import Forbidden, QueryError, RolegraphError, UnknownGraph, UnsupportedMediaType

REFUSALS: Final[dict[str, type[RolegraphError]]] = {
    "forbidden": Forbidden,
    "graph": UnknownGraph,
    "media": UnsupportedMediaType,
    "query": QueryError,
}
"""What a write may be refused for with the working copy unchanged, by its name in a frame."""
FAILURE: Final = "failure"
"""The name of every other error; the process ends after it."""


def serve_writes(store: WriteStore, connection: socket.socket) -> NoReturn:
    """Carry out writes until the server closes the socket, then end the process."""
    reader = FrameReader(connection)
    try:
        while True:
            _, payload = reader.read()
            request = json.loads(payload)
            body = reader.read()[1] if request.pop("has_body", False) else None
            connection.sendall(_reply(store, request, body))
    except (PeerGone, BrokenPipeError, ConnectionResetError):
        os._exit(0)
    except MemoryError:
        os._exit(EXIT_MEMORY)
    except (OSError, RuntimeError) as error:
        connection.sendall(pack_json(Frame.ERROR, {"kind": FAILURE, "message": str(error)}))
        os._exit(1)


def _reply(store: WriteStore, request: dict[str, Any], body: bytes | None) -> bytes:
    target = Path(request.pop("target"))
    try:
        is_new = write(store, request.pop("do"), request, body)
    except tuple(REFUSALS.values()) as error:
        kind = next(name for name, refusal in REFUSALS.items() if isinstance(error, refusal))
        return pack_json(Frame.ERROR, {"kind": kind, "message": str(error)})
    store.publish(target)
    return pack_json(Frame.END, {"is_new": is_new})


def write(store: WriteStore, kind: str, fields: dict[str, Any], body: bytes | None) -> bool:
    """Make one write in the working copy; returns whether it made a new graph."""
    if kind == "update":
        store.update(**fields)
        return False
    if kind == "delete":
        store.delete(**fields)
        return False
    if kind == "carry":
        store.carry(Path(fields["before"]), Path(fields["after"]))
        return False
    path = fields.pop("path")
    data = Path(path) if path is not None else body or b""
    return store.put(data=data, **fields) if kind == "put" else store.post(data=data, **fields)


def main(arguments: list[str]) -> None:
    """Run it.

    Args:
        arguments: descriptors of socket and lock, the server's pid, the folders of the working copy and
            of the generation to copy, the caps of memory and of a file, and whether updates may reach
            other servers. The lock is only held: the folder is free when server and writer have ended.
    """
    descriptor, _lock, server_pid, live, generation, memory_bytes, file_bytes, network = arguments
    connection = socket.socket(fileno=int(descriptor))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's to answer
    has_no_network = network == "none" and leave_network()
    die_with_parent(int(server_pid))  # after it, as that would undo this
    require_stack()
    if int(file_bytes):
        limit_file_size(int(file_bytes))
    try:
        store = WriteStore(Path(live), Path(generation))
    except (OSError, RuntimeError, ValueError) as error:
        connection.sendall(pack_json(Frame.ERROR, {"kind": FAILURE, "message": str(error)}))
        return
    limit_memory(int(memory_bytes))
    connection.sendall(pack_json(Frame.HEAD, {"has_network": not has_no_network}))
    serve_writes(store, connection)


if __name__ == "__main__":
    main(sys.argv[1:])
