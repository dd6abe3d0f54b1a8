"""A snapshot in, its named graphs in another store: sent chunk by chunk, in one pass over the dump."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Final, Literal, Protocol
from urllib.parse import urlencode

import zstandard

from rolegraph import resources
from rolegraph.endpoint.run import RunRequest
from rolegraph.endpoint.store_http import StoreClient
from rolegraph.endpoint.upstream import Upstream
from rolegraph.endpoint.upstream_reply import reply_error
from rolegraph.endpoint.upstream_run import FORM
from rolegraph.errors import Busy, QueryError, RolegraphError, StoreError, UpstreamFailure
from rolegraph.iris import GRAPHS
from rolegraph.query import bind, load_query
from rolegraph.snapshot.dump import read_dump
from rolegraph.snapshot.opening import Snapshot

logger = logging.getLogger(__name__)

Method = Literal["put", "post"]
_FOLDER: Final = "upstream"
_NAME: Final = b"<graph:name>"
_TRIPLES: Final = b"<graph:triples> <graph:triples> <graph:triples> .\n"
_N_TRIPLES: Final = "application/n-triples"
_REPLY_BYTES: Final = 64 * 1024
_MAX_TRIES: Final = 6
_MAX_PAUSE_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOptions:
    """How a push goes about it.

    Attributes:
        graphs: names of graphs, such as `catalog`; none means all.
        method: `put` replaces what the store has of a graph, `post` adds to it.
        chunk_bytes: about how much goes into one request.
        chunk_triples: how many triples at most.
        timeout_s: how long one request may take.
        pause: waits for some seconds when the store is busy.
    """

    graphs: Sequence[str] = ()
    method: Method = "put"
    chunk_bytes: int = 4 << 20
    chunk_triples: int = 50_000
    timeout_s: float = 300.0
    pause: Callable[[float], object] = time.sleep


class Target(Protocol):
    """Where triples go."""

    def write(self, graph: str, triples: bytes, deadline: float, *, replaces: bool) -> None:
        """Send some triples of a graph, in place of all that it holds or beside that."""

    def remove(self, graph: str, deadline: float) -> None:
        """Take a graph away; it need not be there."""


class GraphStoreTarget:
    """A store by the SPARQL 1.1 Graph Store Protocol."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    def write(self, graph: str, triples: bytes, deadline: float, *, replaces: bool) -> None:
        """PUT or POST (SPARQL 1.1 Graph Store Protocol 5.3, 5.5)."""
        method = "PUT" if replaces else "POST"
        _send(self._client, method, triples, {"Content-Type": _N_TRIPLES}, deadline, graph=graph)

    def remove(self, graph: str, deadline: float) -> None:
        """DELETE (5.4)."""
        _send(self._client, "DELETE", b"", {}, deadline, graph=graph, may_lack=True)


class UpdateTarget:
    """A store by SPARQL 1.1 Update, for stores without the Graph Store Protocol."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client
        folder = resources.folder("queries") / _FOLDER
        self._insert = (folder / "insert.ru").read_bytes()
        self._clear = (folder / "clear.ru").read_bytes()

    def write(self, graph: str, triples: bytes, deadline: float, *, replaces: bool) -> None:
        """CLEAR where that is asked for, then INSERT DATA."""
        if replaces:
            self.remove(graph, deadline)
        name = f"<{graph}>".encode()
        self._update(self._insert.replace(_NAME, name).replace(_TRIPLES, triples), deadline)

    def remove(self, graph: str, deadline: float) -> None:
        """CLEAR."""
        self._update(self._clear.replace(_NAME, f"<{graph}>".encode()), deadline)

    def _update(self, text: bytes, deadline: float) -> None:
        _send(self._client, "POST", urlencode({"update": text}).encode(), FORM, deadline)


def _send(
    client: StoreClient,
    method: str,
    body: bytes,
    headers: dict[str, str],
    deadline: float,
    *,
    graph: str = "",
    may_lack: bool = False,
) -> None:
    exchange = client.exchange(deadline)
    try:
        parameters = urlencode({"graph": graph}) if graph else ""
        response = exchange.send(method, body, headers, parameters)
        said = exchange.read_all(_REPLY_BYTES)
        is_done = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
        if not is_done and not (may_lack and response.status == HTTPStatus.NOT_FOUND):
            raise reply_error(exchange.shown, response.status, response.reason, response.headers, said)
    finally:
        exchange.finish()


@dataclass(slots=True)
class _Chunk:
    """Triples of one graph that are still to be sent."""

    lines: list[bytes] = field(default_factory=list)
    size_bytes: int = 0
    was_sent: bool = False


def sizes(snapshot: Snapshot, graphs: Sequence[str] = ()) -> dict[str, int]:
    """The graphs that a push sends, with their triples; a graph without any is removed.

    Args:
        snapshot: where they are.
        graphs: names; none means all that a snapshot may have.
    Raises:
        QueryError: there is no graph of such a name.
    """
    held = {
        name.removeprefix(_prefix(snapshot)): count for name, count in snapshot.manifest["graphs"].items()
    }
    known = list(dict.fromkeys([*GRAPHS, *held]))
    for name in graphs:
        if name not in known:
            raise QueryError(f"there is no graph {name!r}; choose from {', '.join(known)}")
    return {name: held.get(name, 0) for name in known if not graphs or name in graphs}


def _prefix(snapshot: Snapshot) -> str:
    return f"{snapshot.base_iri}graph/"


def push(
    snapshot: Snapshot,
    target: Target,
    options: PushOptions,
    progress: Callable[[str, int, int], object] = lambda _name, _sent, _all: None,
) -> dict[str, int]:
    """Send the graphs of a snapshot to a store.

    The dump is sorted by subject, so that its graphs fill their chunks side by side; what is held in
    memory is a chunk of each. It is no transaction: while it runs, and after a failure, the store
    holds a part.

    Args:
        snapshot: what is sent.
        target: where to.
        options: how.
        progress: called after each chunk with a graph's name, its triples sent, and all of them.
    Returns:
        the triples of each graph.
    Raises:
        UpstreamFailure: the store failed, or refused; the message says at which graph.
        StoreError: the dump is damaged.
    """
    wanted = sizes(snapshot, options.graphs)
    chunks = {f"{_prefix(snapshot)}{name}": _Chunk() for name in wanted}
    sent: Counter[str] = Counter()

    def flush(graph: str) -> None:
        chunk, name = chunks[graph], graph.removeprefix(_prefix(snapshot))
        replaces = options.method == "put" and not chunk.was_sent
        _try(name, options, partial(target.write, graph, b"".join(chunk.lines), replaces=replaces))
        sent[name] += len(chunk.lines)
        chunks[graph] = _Chunk(was_sent=True)
        progress(name, sent[name], wanted[name])

    for graph, triple in _quads(snapshot):
        chunk = chunks.get(graph)
        if chunk is None:
            continue
        chunk.lines.append(triple)
        chunk.size_bytes += len(triple)
        if chunk.size_bytes >= options.chunk_bytes or len(chunk.lines) >= options.chunk_triples:
            flush(graph)
    for graph, chunk in list(chunks.items()):
        if chunk.lines:
            flush(graph)
        elif options.method == "put" and not chunk.was_sent:
            _try(graph.removeprefix(_prefix(snapshot)), options, partial(target.remove, graph))
    return {name: sent[name] for name in wanted}


def _quads(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Each graph's IRI and triple, as a line of N-Triples."""
    try:
        for line in read_dump(snapshot.dump_path):
            triple, _, graph = line[:-3].rpartition(b" ")
            if b"_:" in triple and _has_blank_node(triple):
                raise StoreError("the snapshot holds blank nodes, which cannot be sent in parts; build again")
            yield graph[1:-1].decode(), triple + b" .\n"
    except (OSError, zstandard.ZstdError) as error:
        if isinstance(error, RolegraphError):
            raise
        raise StoreError(f"{snapshot.dump_path}: the dump is damaged ({error}); build again") from error


def _has_blank_node(triple: bytes) -> bool:
    subject, _, rest = triple.partition(b" ")
    return subject.startswith(b"_:") or rest.partition(b" ")[2].startswith(b"_:")


def _try(name: str, options: PushOptions, send: Callable[[float], None]) -> None:
    """Send, again after a while as often as the store is busy; a triple twice is a triple once."""
    for attempt in range(1, _MAX_TRIES + 1):
        try:
            send(time.monotonic() + options.timeout_s)
            return
        except Busy as error:
            if attempt == _MAX_TRIES:
                raise _failure(name, error) from error
            logger.info("%s; next try in %d s", error, error.retry_after_s)
            options.pause(min(error.retry_after_s, _MAX_PAUSE_S))
        except RolegraphError as error:
            raise _failure(name, error) from error


def _failure(name: str, error: RolegraphError) -> UpstreamFailure:
    return UpstreamFailure(f"graph {name}: {error}; the store may hold a part of it, so push again")


def verify(snapshot: Snapshot, upstream: Upstream, pushed: dict[str, int], method: Method) -> None:
    """Count what the store holds.

    Args:
        snapshot: what was sent.
        upstream: the store, for queries.
        pushed: the triples of each graph that was sent.
        method: after `post` a graph may hold more.
    Raises:
        UpstreamFailure: a graph holds another number; the message lists each.
    """
    path = resources.folder("queries") / _FOLDER / "graph-sizes.rq"
    iris = {f"{_prefix(snapshot)}{name}": name for name in pushed}
    text = bind(load_query(path), {"graph": list(iris)})
    page = json.loads(b"".join(upstream.run(RunRequest(query=text, max_rows=len(iris)))))
    found = {iris[row[0]["value"]]: int(row[1]["value"]) for row in page["rows"] if row[0]}
    faults = [
        f"{name} has {found.get(name, 0):,} triples and not {count:,}"
        for name, count in pushed.items()
        if found.get(name, 0) < count or (method == "put" and found.get(name, 0) > count)
    ]
    if faults:
        raise UpstreamFailure(f"the store does not hold what was sent: {'; '.join(faults)}")
