"""The SPARQL 1.1 Graph Store HTTP Protocol at `/graphs`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import pyoxigraph as ox
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from rolegraph.documents import is_iri
from rolegraph.endpoint.run import RunRequest
from rolegraph.errors import Forbidden, IriError, QueryError, UnsupportedMediaType
from rolegraph.iris import check_iri
from rolegraph.protocol import parse_fields, parse_media_type
from rolegraph.results import TRIPLES, choose
from rolegraph.service.answers import Answering
from rolegraph.service.backend import GraphWriter
from rolegraph.service.exchange import Pending, Reply, Request
from rolegraph.service.sparql import READ_ONLY

PATH: Final = "/graphs"
READING: Final = ("GET", "HEAD")
WRITING: Final = ("PUT", "POST", "DELETE")
_MULTIPART: Final = "multipart/form-data"
_NOT_IN_IRIS: Final = re.compile(r"[\x00-\x20\x7f]")
_BY_TYPE: Final = {name: fmt for fmt in TRIPLES for name in (fmt.media_type, *fmt.aliases)}


class GraphViews:
    """Reads, replaces, extends and removes whole graphs.

    A graph is named by `?graph=<IRI>`, `?default`, or by the request's own address below `/graphs/`
    (section 4).
    """

    def __init__(
        self, answering: Answering, writer: GraphWriter | None, *, allow_write: Callable[[Request], None]
    ) -> None:
        self._answering = answering
        self._writer = writer
        self._allow_write = allow_write

    def graphs(self, request: Request) -> Reply | Pending:
        """Carry out one operation on one graph."""
        if request.method in READING:
            return self._read(request)
        if self._writer is None:
            raise Forbidden(READ_ONLY)
        self._allow_write(request)
        if request.method == "DELETE":
            self._writer.delete_graph(_target(request))
            return Reply(status=204)
        return self._write(request, self._writer)

    def _read(self, request: Request) -> Reply | Pending:
        choice = choose(request.header("accept"), request.field("format"), only_graphs=True)
        run = RunRequest(whole_graph=_target(request) or "", graph=choice.graph)
        return self._answering.reply(request, run, is_repeatable=True)

    def _write(self, request: Request, writer: GraphWriter) -> Reply:
        is_new_resource = request.method == "POST" and request.path == PATH and not request.query_string
        if is_new_resource:  # section 5.5: the server names the graph
            graph: str | None = request.absolute(f"{PATH}/{uuid.uuid4()}")
        else:
            graph = _target(request)
        base_iri = graph or request.absolute("")
        media_type, data = _one_document(list(_parts(request)), base_iri)
        write = writer.put_graph if request.method == "PUT" else writer.post_graph
        _, is_created = write(graph, data, media_type, base_iri)
        reply = Reply(status=201 if is_created else 204)
        if is_new_resource and graph:
            reply.headers["Location"] = graph
        return reply


def _target(request: Request) -> str | None:
    """The graph that a request is about; None is the default graph."""
    fields = [(n, v) for n, v in parse_fields(request.query_string) if n in {"graph", "default"}]
    if len(fields) > 1:
        raise QueryError("the request names several graphs; send one `graph` or `default`")
    if fields:
        name, value = fields[0]
        if name == "default":
            return None
        return _named(request, value)
    if request.path == PATH:
        raise QueryError("the request names no graph; send `?graph=<IRI>` or `?default`")
    return check_iri(request.origin + request.path)


def _named(request: Request, value: str) -> str:
    """The IRI in `?graph=`, which may be relative to the request's address (section 4.2).

    An absolute one stays as it is: resolving it would lose an empty fragment, as in `http://e/ns#`, and
    characters that no IRI has.
    """
    if not value:
        raise QueryError("the parameter `graph` is empty; send the graph's IRI")
    if is_iri(value):
        return value
    if _NOT_IN_IRIS.search(value):
        raise IriError(f"{value!r} is no IRI")
    return check_iri(request.absolute(value))


def _parts(request: Request) -> Iterator[tuple[str, bytes]]:
    """Media type and bytes of each document in the body."""
    content_type = request.header("content-type")
    if not content_type:
        raise UnsupportedMediaType(f"a body without Content-Type; send one of {_offered()}")
    media_type = parse_media_type(content_type)
    if media_type != _MULTIPART:
        yield _triples_type(media_type), request.body
        return
    found = False
    for file in _files(content_type, request.body):
        found = True
        yield _triples_type(parse_media_type(file.content_type or "")), file.stream.read()
    if not found:
        raise QueryError("the multipart body holds no file")


def _files(content_type: str, body: bytes) -> list[FileStorage]:
    """The files of a form (section 5.5)."""
    options = dict(_parameters(content_type))
    if not options.get("boundary"):
        raise QueryError("multipart/form-data without its boundary; send `boundary=…` in Content-Type")
    try:
        _, _, files = FormDataParser(silent=False).parse(BytesIO(body), _MULTIPART, len(body), options)
    except (ValueError, HTTPException) as error:  # what the parser raises, by what is wrong
        raise QueryError("the multipart body is not well formed (RFC 7578)") from error
    return [file for name in files for file in files.getlist(name)]


def _one_document(parts: list[tuple[str, bytes]], base_iri: str) -> tuple[str, bytes]:
    """One document for all parts, so that a write of several is still one write.

    Raises:
        QueryError: a part is not well formed.
    """
    if len(parts) == 1:
        return parts[0]
    triples: list[ox.Quad] = []
    for number, (media_type, data) in enumerate(parts, start=1):
        fmt = ox.RdfFormat.from_media_type(media_type)
        try:
            triples += ox.parse(
                data, fmt, base_iri=base_iri, without_named_graphs=True, rename_blank_nodes=True
            )
        except SyntaxError as error:
            raise QueryError(f"part {number} of the body: {error}") from error
    merged = ox.serialize((quad.triple for quad in triples), format=ox.RdfFormat.N_TRIPLES)
    return ox.RdfFormat.N_TRIPLES.media_type, merged or b""


def _parameters(content_type: str) -> Iterator[tuple[str, str]]:
    for item in content_type.split(";")[1:]:
        name, _, value = item.strip().partition("=")
        yield name.lower(), value.strip('"')


def _triples_type(media_type: str) -> str:
    """The standard name of a media type of triples."""
    fmt = _BY_TYPE.get(media_type)
    if fmt is None:
        found = f"{media_type!r} is" if media_type else "a part without Content-Type is"
        raise UnsupportedMediaType(f"{found} no format for one graph; send one of {_offered()}")
    return fmt.media_type


def _offered() -> str:
    return ", ".join(fmt.media_type for fmt in TRIPLES)
