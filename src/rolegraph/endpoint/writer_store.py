"""A write in, the working copy changed by it and a durable generation out; runs in the writer process."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn
from xml.parsers import expat

import pyoxigraph as ox

from rolegraph.endpoint.writer_carry import carry
from rolegraph.endpoint.writer_folder import link_idle_store, link_store, log_bytes, sync_store
from rolegraph.errors import Forbidden, QueryError, UnknownGraph, UnsupportedMediaType
from rolegraph.sparql_errors import explain
from rolegraph.store import update

_BULK_BYTES: Final = 1 << 20
"""From this size on the engine's bulk loader is faster: it writes tables, a fixed cost of some ms."""
_MAX_LOG_WRITES: Final = 1000
_MAX_LOG_BYTES: Final = 4 << 20
_ENGINE_DISK: Final = "IO error"
_FORMATS: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/x-turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/xml": ox.RdfFormat.RDF_XML,
    "text/xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/json": ox.RdfFormat.JSON_LD,
}


class WriteStore:
    """The working copy of a generation.

    The methods raise QueryError, Forbidden, UnknownGraph or UnsupportedMediaType when nothing was
    changed. After any other error the copy is in doubt, and must be thrown away.
    """

    def __init__(self, live: Path, generation: Path) -> None:
        link_store(generation, live)
        self._live = live
        self._published = generation
        self._since_backup = 0
        self._store = ox.Store(str(live))

    def publish(self, target: Path) -> None:
        """Make what the copy holds now a store of its own, and durable.

        The engine's own log of changes is written, but not synced, when an update ends (seen by strace,
        pyoxigraph 0.5.13). Tables are linked and the log is copied with them; who opens the store reads
        both. From time to time a backup is made instead, which first turns the log into tables. Doing
        that every time makes the engine merge tables all the time: at 2.5 million quads, every 20th
        write then waited 5 to 9 s.
        """
        self._since_backup += 1
        is_small = self._since_backup < _MAX_LOG_WRITES and log_bytes(self._live) < _MAX_LOG_BYTES
        if not (is_small and link_idle_store(self._live, target)):
            self._store.backup(str(target))
            self._since_backup = 0
        sync_store(target, target.parent, self._published)
        self._published = target

    def update(
        self,
        text: str,
        default_graphs: Sequence[str],
        named_graphs: Sequence[str],
        allowed: Sequence[str],
        base_iri: str | None = None,
    ) -> None:
        """Run an update, which is one transaction of the engine."""
        try:
            update(self._store, text, default_graphs, named_graphs, frozenset(allowed), base_iri)
        except (Forbidden, QueryError):
            raise
        except (SyntaxError, ValueError, RuntimeError) as error:
            raise QueryError(explain(text, error)) from error
        except OSError as error:  # LOAD fails with one as well as the disk
            if str(error).startswith(_ENGINE_DISK):
                raise
            raise QueryError(f"what the update loads cannot be had: {error}") from error

    def put(self, graph: str | None, data: Path | bytes, media_type: str, base_iri: str) -> bool:
        """Replace a graph; returns whether it is new."""
        name, body = _graph_name(graph), _Body(data, media_type, base_iri)
        body.check()
        is_new = not self._has(name)
        if not is_new:
            self._store.clear_graph(name)
        self._add(name, body)
        return is_new

    def post(self, graph: str | None, data: Path | bytes, media_type: str, base_iri: str) -> bool:
        """Merge triples into a graph; returns whether it is new."""
        name, body = _graph_name(graph), _Body(data, media_type, base_iri)
        body.check()
        is_new = not self._has(name)
        self._add(name, body)
        return is_new

    def delete(self, graph: str | None) -> None:
        """Remove a graph; the default graph, which always exists, is emptied."""
        name = _graph_name(graph)
        if not self._has(name):
            raise UnknownGraph(f"there is no graph <{graph}>")
        if isinstance(name, ox.NamedNode):
            self._store.remove_graph(name)
        else:
            self._store.clear_graph(name)

    def carry(self, before: Path, after: Path) -> None:
        """Make the change between two other stores here."""
        carry(ox.Store.read_only(str(before)), ox.Store.read_only(str(after)), self._store)

    def _has(self, name: ox.NamedNode | ox.DefaultGraph) -> bool:
        return isinstance(name, ox.DefaultGraph) or self._store.contains_named_graph(name)

    def _add(self, name: ox.NamedNode | ox.DefaultGraph, body: _Body) -> None:
        if isinstance(name, ox.NamedNode):
            self._store.add_graph(name)  # an empty body makes an empty graph
        load = self._store.bulk_load if body.size > _BULK_BYTES else self._store.load
        # Both give the blank nodes of a body names that no other has (RDF 1.1 Semantics, merging).
        load(**body.source(), format=body.format, base_iri=body.base_iri, to_graph=name)


class _Body:
    """The triples of a request."""

    def __init__(self, data: Path | bytes, media_type: str, base_iri: str) -> None:
        essence = media_type.partition(";")[0].strip().lower()
        if essence not in _FORMATS:
            instead = "send text/turtle, application/n-triples, application/rdf+xml or application/ld+json"
            raise UnsupportedMediaType(f"a graph cannot be read from {essence or 'no media type'}; {instead}")
        self.format = _FORMATS[essence]
        self.base_iri = base_iri
        self._data = data
        self.size = data.stat().st_size if isinstance(data, Path) else len(data)

    def source(self) -> dict[str, Any]:
        """The arguments that tell the engine where the triples are."""
        return {"path": self._data} if isinstance(self._data, Path) else {"input": self._data}

    def check(self) -> None:
        """Read all of it and keep nothing, so that no fault shows up in the middle of a change."""
        try:
            ox_quads = ox.parse(
                **self.source(), format=self.format, base_iri=self.base_iri, without_named_graphs=True
            )
            for _ in ox_quads:
                pass
        except SyntaxError as error:
            self._fail(error)
        except ValueError as error:  # the base IRI
            raise QueryError(str(error)) from error

    def _fail(self, error: SyntaxError) -> NoReturn:
        line = error.lineno or (self._xml_line() if self.format == ox.RdfFormat.RDF_XML else None)
        message = " ".join(str(error.msg).split())
        prefix = f"line {line}: " if line and f"line {line}" not in message else ""
        raise QueryError(f"this is no {self.format.name}: {prefix}{message}") from error

    def _xml_line(self) -> int | None:
        """Where text stops being XML; the engine does not say."""
        parser = expat.ParserCreate()
        try:
            with self._data.open("rb") if isinstance(self._data, Path) else io.BytesIO(self._data) as file:
                parser.ParseFile(file)
        except expat.ExpatError as error:
            return error.lineno
        return None


def _graph_name(graph: str | None) -> ox.NamedNode | ox.DefaultGraph:
    if graph is None:
        return ox.DefaultGraph()
    try:
        return ox.NamedNode(graph)
    except ValueError as error:
        raise QueryError(f"a graph's name is an absolute IRI: {error}") from error
