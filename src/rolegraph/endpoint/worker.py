"""A worker process: takes requests from its socket, runs them, and writes the answer as frames."""

from __future__ import annotations

import os
import socket
from typing import IO, Any, Final, NoReturn, cast

import msgspec
import pyoxigraph as ox

from rolegraph.endpoint.limits import free_memory, limit_memory
from rolegraph.endpoint.page import TRIPLE, page_of_boolean, page_of_rows
from rolegraph.endpoint.wire import FRAME_BYTES, Frame, FrameReader, PeerGone, pack, pack_json
from rolegraph.errors import Forbidden
from rolegraph.sparql_errors import explain
from rolegraph.store import HistoryGraphs, Results, evaluate, evaluate_history

EXIT_MEMORY: Final = 75
"""Exit status of a worker that Python told that no memory is left."""
_NOT_LOADED: Final = "the releases are not loaded beside this snapshot; `rolegraph build` does that"


class FrameWriter:
    """A binary file for the engine: batches its 8 KiB pieces into frames of 64 KiB.

    The head goes out with the first frame, so that it can say whether that frame is all there is.
    """

    def __init__(self, connection: socket.socket, head: dict[str, Any]) -> None:
        self._connection = connection
        self._head: dict[str, Any] | None = head
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:
        """Take bytes, and send each frame that is full."""
        self._buffer += data
        while len(self._buffer) > FRAME_BYTES:
            self._send(FRAME_BYTES)
        return len(data)

    def flush(self) -> None:
        """Do nothing: frames are sent when they are full, and at the end."""

    def finish(self) -> None:
        """Send what is left, and the end."""
        self._send(len(self._buffer), is_last=True)

    def _send(self, size: int, *, is_last: bool = False) -> None:
        frames = b""
        if self._head is not None:
            frames = pack_json(Frame.HEAD, {**self._head, "whole": is_last})
            self._head = None
        frames += pack(Frame.DATA, bytes(self._buffer[:size]))
        self._connection.sendall(frames + (pack(Frame.END) if is_last else b""))
        del self._buffer[:size]


def serve_requests(
    store: ox.Store,
    connection: socket.socket,
    origins: frozenset[str] = frozenset(),
    memory_bytes: int | None = None,
) -> NoReturn:
    """Answer requests until the other side closes the socket, then end the process.

    A request may name the store that it is about, which stays open for the next one that names it.

    Args:
        store: what requests ask that name none.
        connection: where they come from.
        origins: what SERVICE may call.
        memory_bytes: by how much the process may grow in a query; opening another store is no part of one.
    """
    if memory_bytes is not None:
        limit_memory(memory_bytes)
    reader = FrameReader(connection)
    named, opened = store, ""
    try:
        while True:
            _, payload = reader.read()
            request = msgspec.json.decode(payload)
            if request["store"] not in {"", opened}:
                if memory_bytes is not None:
                    free_memory()
                try:
                    named, opened = ox.Store.read_only(request["store"]), request["store"]
                except OSError as error:
                    message = _NOT_LOADED if request["graphs"] else str(error)
                    connection.sendall(pack_json(Frame.ERROR, {"kind": "store", "message": message}))
                    continue
                finally:
                    if memory_bytes is not None:
                        limit_memory(memory_bytes)
            _answer(named if request["store"] else store, connection, request, origins)
    except (PeerGone, BrokenPipeError, ConnectionResetError):
        os._exit(0)
    except MemoryError:
        os._exit(EXIT_MEMORY)


def _answer(
    store: ox.Store, connection: socket.socket, request: dict[str, Any], origins: frozenset[str]
) -> None:
    try:
        if request["whole_graph"] is not None:
            _write_graph(store, connection, request)
            return
        _write(connection, _evaluate(store, request, origins), request)
    except (Forbidden, SyntaxError, ValueError, RuntimeError) as error:
        # The engine's errors: syntax, IRIs that are none, unknown functions.
        kind = "forbidden" if isinstance(error, Forbidden) else "query"
        message = explain(request["query"], error)
        connection.sendall(pack_json(Frame.ERROR, {"kind": kind, "message": message}))
    except OSError as error:
        if not origins or error.errno is not None:  # then it is not the engine that speaks of a server
            raise
        message = f"a server that the query calls failed, or the disk of the store: {error}"
        connection.sendall(pack_json(Frame.ERROR, {"kind": "remote", "message": message}))


def _evaluate(store: ox.Store, request: dict[str, Any], origins: frozenset[str]) -> Results:
    question = request["query"], request["default_graphs"], request["named_graphs"], origins
    if request["graphs"] is None:
        return evaluate(store, *question, request["base_iri"])
    graphs = HistoryGraphs(tuple(request["graphs"]["current"]), frozenset(request["graphs"]["historic"]))
    return evaluate_history(store, graphs, *question, request["base_iri"])


def _write(connection: socket.socket, results: Results, request: dict[str, Any]) -> None:
    kind = _kind(results)
    if request["max_rows"] is not None:
        writer = FrameWriter(connection, {"kind": kind})
        writer.write(msgspec.json.encode(_page(results, request["max_rows"])))
        writer.finish()
        return
    media_type = request["graph"] if kind == "graph" else request["solutions"]
    if media_type is None:
        connection.sendall(pack_json(Frame.ERROR, {"kind": "format", "message": kind}))
        return
    writer = FrameWriter(connection, {"kind": kind})
    file = cast("IO[bytes]", writer)  # the engine calls write and flush, and no more
    if isinstance(results, ox.QueryTriples):
        results.serialize(file, ox.RdfFormat.from_media_type(media_type))
    else:
        results.serialize(file, ox.QueryResultsFormat.from_media_type(media_type))
    writer.finish()


def _write_graph(store: ox.Store, connection: socket.socket, request: dict[str, Any]) -> None:
    """Send one graph as it is (SPARQL 1.1 Graph Store Protocol 5.2)."""
    graph: ox.NamedNode | ox.DefaultGraph = ox.DefaultGraph()
    if request["whole_graph"]:
        graph = ox.NamedNode(request["whole_graph"])
        if not store.contains_named_graph(graph):
            message = f"there is no graph <{graph.value}>"
            connection.sendall(pack_json(Frame.ERROR, {"kind": "unknown graph", "message": message}))
            return
    writer = FrameWriter(connection, {"kind": "graph"})
    media_type = ox.RdfFormat.from_media_type(request["graph"])
    store.dump(cast("IO[bytes]", writer), media_type, from_graph=graph)
    writer.finish()


def _kind(results: Results) -> str:
    if isinstance(results, ox.QueryBoolean):
        return "boolean"
    return "graph" if isinstance(results, ox.QueryTriples) else "solutions"


def _page(results: Results, max_rows: int) -> dict[str, Any]:
    if isinstance(results, ox.QueryBoolean):
        return page_of_boolean(value=bool(results))
    if isinstance(results, ox.QueryTriples):
        return page_of_rows(TRIPLE, results, max_rows)
    return page_of_rows([variable.value for variable in results.variables], results, max_rows)
