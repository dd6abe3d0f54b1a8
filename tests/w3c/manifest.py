"""A folder of W3C tests in, case records out: reads the manifests, with their lists and inclusions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

SITE: Final = "https://w3c.github.io/rdf-tests/sparql/"
"""Where the W3C publishes the suites: the base of every file, so that no IRI depends on the machine."""

_MF: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_QT: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
_UT: Final = "http://www.w3.org/2009/sparql/tests/test-update#"
_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"
_ROOT: Final = Path(__file__).resolve().parents[2]

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True, slots=True)
class File:
    """A file of a suite: the IRI that it is published under, and the path where it lies."""

    iri: str
    path: Path


@dataclass(frozen=True, slots=True)
class Data:
    """The files of a dataset: those of its default graph, and (graph IRI, file) for the named ones."""

    default: tuple[File, ...] = ()
    named: tuple[tuple[str, File], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test of a manifest.

    `kind` is the local name of its class, `request` the query or update; `result` is the expected
    file of a query test, `after` the expected dataset of an update test.
    """

    iri: str
    name: str
    kind: str
    request: File | None = None
    data: Data = Data()
    result: File | None = None
    after: Data = Data()

    @property
    def folder(self) -> str:
        """The suite's folder, such as `sparql11/bind`."""
        assert self.request is not None
        return "/".join(self.request.iri.removeprefix(SITE).split("/")[:2])

    @property
    def text(self) -> str:
        """The query or update, with its file's IRI as base.

        A client that sends relative IRIs says what they are relative to.
        """
        assert self.request is not None
        return f"BASE <{self.request.iri}>\n{self.request.path.read_text(encoding='utf-8')}"


class ManifestGraph:
    """The triples of one manifest file."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._store = ox.Store()
        self._store.load(path=str(file.path), format=ox.RdfFormat.TURTLE, base_iri=file.iri)

    def values(self, subject: Node, predicate: str) -> list[Node]:
        """The objects of a property."""
        assert isinstance(subject, ox.NamedNode | ox.BlankNode)
        quads = self._store.quads_for_pattern(subject, ox.NamedNode(predicate), None)
        return [quad.object for quad in quads]

    def value(self, subject: Node, predicate: str) -> Node | None:
        """The one object of a property, or None."""
        found = self.values(subject, predicate)
        assert len(found) <= 1, (subject, predicate, found)
        return found[0] if found else None

    def items(self, head: Node | None) -> Iterator[Node]:
        """The members of an RDF list."""
        while head is not None and head != ox.NamedNode(f"{_RDF}nil"):
            first = self.value(head, f"{_RDF}first")
            assert first is not None, head
            yield first
            head = self.value(head, f"{_RDF}rest")

    def entries(self) -> list[ox.NamedNode]:
        """The tests that the manifest lists, in its order."""
        quads = self._store.quads_for_pattern(None, ox.NamedNode(f"{_MF}entries"), None)
        return [node for quad in quads for node in self.items(quad.object) if isinstance(node, ox.NamedNode)]

    def instances(self, kind: str) -> list[str]:
        """IRIs of the tests of a class, listed or not."""
        quads = self._store.quads_for_pattern(None, ox.NamedNode(f"{_RDF}type"), ox.NamedNode(f"{_MF}{kind}"))
        return sorted(quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))

    def kind(self, test: Node) -> str:
        """The local name of a test's class."""
        return str(_text(self.value(test, f"{_RDF}type"))).removeprefix(_MF)

    def graph_data(self, node: Node) -> tuple[tuple[str, File], ...]:
        """Named graphs in the way of the update tests: a file, labelled with the graph's IRI."""
        named = []
        for item in self.values(node, f"{_UT}graphData"):
            file = self.value(item, f"{_UT}graph")
            assert file is not None, node
            named.append((_text(self.value(item, _LABEL)), _file(file)))
        return tuple(named)

    def included(self) -> list[File]:
        """The manifests that this one includes."""
        quads = self._store.quads_for_pattern(None, ox.NamedNode(f"{_MF}include"), None)
        return [_file(node) for quad in quads for node in self.items(quad.object)]


def reference_data() -> Path:
    """The folder of reference data, whether it is there or not: tests are collected before fixtures run."""
    return Path(os.environ.get("ROLEGRAPH_SHARED", _ROOT.parent / "shared"))


def open_manifests(name: str) -> Iterator[ManifestGraph]:
    """Open a manifest, such as `sparql11/manifest.ttl`, and all that it includes."""
    graph = ManifestGraph(_file(ox.NamedNode(SITE + name)))
    yield graph
    for file in graph.included():
        yield from open_manifests(file.iri.removeprefix(SITE))


@cache
def read_cases(name: str) -> tuple[Case, ...]:
    """Read the tests of a manifest and of those it includes; none when the reference data is absent."""
    if not (reference_data() / "w3c" / name).exists():
        return ()
    return tuple(_case(graph, test) for graph in open_manifests(name) for test in graph.entries())


def _case(graph: ManifestGraph, test: ox.NamedNode) -> Case:
    action = graph.value(test, f"{_MF}action")
    kind = graph.kind(test)
    name = _text(graph.value(test, f"{_MF}name"))
    if isinstance(action, ox.NamedNode):  # a syntax test: the action is the text
        return Case(iri=test.value, name=name, kind=kind, request=_file(action))
    result = graph.value(test, f"{_MF}result")
    if action is None:
        return Case(iri=test.value, name=name, kind=kind)
    request = graph.value(action, f"{_QT}query") or graph.value(action, f"{_UT}request")
    is_update = result is not None and kind == "UpdateEvaluationTest"
    return Case(
        iri=test.value,
        name=name,
        kind=kind,
        request=_file(request) if request else None,
        data=_data(graph, action),
        result=_file(result) if isinstance(result, ox.NamedNode) else None,
        after=_data(graph, result) if is_update and result is not None else Data(),
    )


def _data(graph: ManifestGraph, node: Node) -> Data:
    default = [_file(n) for p in (f"{_QT}data", f"{_UT}data") for n in graph.values(node, p)]
    named = [(_text(n), _file(n)) for n in graph.values(node, f"{_QT}graphData")]
    return Data(tuple(default), (*named, *graph.graph_data(node)))


def _file(node: Node) -> File:
    iri = _text(node)
    assert iri.startswith(SITE), iri
    return File(iri, reference_data() / "w3c" / iri.removeprefix(SITE))


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, ox.NamedNode | ox.Literal) else ""
