"""A query in, the worker's answer out: the conversation of a server and its worker over a socket pair.

`serve_requests` itself runs, over a store of the test's own. It ends its process when the server closes
the connection, so the exit is caught here. A request and its answer fit into the sockets' buffers, so that
one thread can play both sides, one after the other.

What the suites call the default graph is given as a client of this server gives it: a query that names no
dataset sees the union of all graphs, so each data file is a graph under its own IRI, and the request names
the files of the default graph as `default-graph-uri` and the named graphs as `named-graph-uri`. A query with
FROM names its dataset itself, so its request names none. All tests are run in this one way.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from unittest import mock

import pyoxigraph as ox
import pytest

from rolegraph.endpoint.run import RunRequest
from rolegraph.endpoint.wire import Frame, FrameReader
from rolegraph.endpoint.worker import serve_requests
from rolegraph.results import ResultFormat
from rolegraph.sparql_tokens import has_dataset_clause

from .manifest import Data, File


class _WorkerEnd(BaseException):
    """The worker's process would end here."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A store, and the parts of it that a request names."""

    store: ox.Store
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a worker says instead of an answer; `kind` is `query` (400) or `forbidden` (403)."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole answer; `kind` is `boolean`, `solutions` or `graph`."""

    kind: str
    body: bytes


def load_dataset(data: Data) -> Dataset:
    """Load the files of a query test; one that is in both parts of the dataset is loaded once."""
    store = ox.Store()
    for file in data.default:
        load(store, file, ox.NamedNode(file.iri))
    default = tuple(file.iri for file in data.default)
    # A TriG file brings named graphs of its own.
    named = [graph.value for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)]
    named = [iri for iri in named if iri not in default]
    for iri, file in data.named:
        if iri not in default:
            load(store, file, ox.NamedNode(iri))
        named.append(iri)
    return Dataset(store, default, tuple(named))


def load(store: ox.Store, file: File, graph: ox.NamedNode | ox.DefaultGraph) -> None:
    """Load a file; its default graph becomes `graph`, which exists even when the file is empty."""
    if isinstance(graph, ox.NamedNode):
        store.add_graph(graph)
    for quad in parse(file):
        name = graph if quad.graph_name == ox.DefaultGraph() else quad.graph_name
        store.add(ox.Quad(quad.subject, quad.predicate, quad.object, name))


def parse(file: File) -> list[ox.Quad]:
    """Read an RDF file of a suite, with blank nodes of its own."""
    form = ox.RdfFormat.from_extension(file.path.suffix.removeprefix("."))
    assert form is not None, file.path
    return list(ox.parse(path=str(file.path), format=form, base_iri=file.iri, rename_blank_nodes=True))


def ask(dataset: Dataset, query: str, solutions: str, graph: str = "text/turtle") -> Reply | Refusal:
    """Have a query answered in a media type, that of `solutions` or of `graph` by its kind."""
    names_dataset = has_dataset_clause(query)
    request = RunRequest(
        query=query,
        default_graphs=() if names_dataset else dataset.default_graphs,
        named_graphs=() if names_dataset else dataset.named_graphs,
        solutions=ResultFormat("", solutions),
        graph=ResultFormat("", graph),
    )
    server, other = socket.socketpair()
    with server, other:
        server.sendall(request.to_frame(""))
        server.shutdown(socket.SHUT_WR)  # so that the worker ends after this request
        with pytest.raises(_WorkerEnd), mock.patch("os._exit", side_effect=_WorkerEnd):
            serve_requests(dataset.store, other)
        other.shutdown(socket.SHUT_WR)  # so that an answer without end is noticed
        return _read_reply(FrameReader(server))


def _read_reply(reader: FrameReader) -> Reply | Refusal:
    kind, payload = reader.read()
    if kind is Frame.ERROR:
        return Refusal(**json.loads(payload))
    assert kind is Frame.HEAD
    head = json.loads(payload)
    body = b""
    while True:
        kind, payload = reader.read()
        if kind is Frame.END:
            return Reply(head["kind"], body)
        assert kind is Frame.DATA, payload
        body += payload
