"""The manifests of the SHACL suite in, case records out; files are read as `rolegraph validate` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from rdflib import RDF, SH, BNode, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from rolegraph.errors import Problems
from rolegraph.shacl.files import read_graph

from .manifest import reference_data

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT: Final = Namespace("http://www.w3.org/ns/shacl-test#")

_COMPARED: Final = (
    RDF.type,
    SH.focusNode,
    SH.resultPath,
    SH.resultSeverity,
    SH.sourceConstraintComponent,
    SH.sourceShape,
    SH.value,
)
"""What the suite compares of a result; messages too where the test states them."""
_OPERATORS: Final = (
    SH.inversePath,
    SH.alternativePath,
    SH.zeroOrMorePath,
    SH.oneOrMorePath,
    SH.zeroOrOnePath,
)


@dataclass(frozen=True, slots=True)
class ShaclCase:
    """One test: files of data and shapes, and the report that is expected; None where SHACL cannot answer."""

    name: str
    data: Path
    shapes: Path
    report: Graph | None
    conforms: bool


def suite_folder() -> Path:
    """Where the suite lies, whether it is there or not."""
    return reference_data() / "w3c" / "shacl" / "tests"


@cache
def shacl_cases(part: str) -> tuple[ShaclCase, ...]:
    """The tests of `core` or `sparql` that the manifests list, in their order; none without the suite."""
    manifest = suite_folder() / part / "manifest.ttl"
    return tuple(_cases(manifest)) if manifest.exists() else ()


@cache
def unlisted_cases(part: str) -> tuple[ShaclCase, ...]:
    """The tests that lie in a folder of the suite and that no manifest lists."""
    listed = {case.name for case in shacl_cases(part)}
    files = sorted((suite_folder() / part).rglob("*.ttl"))
    stated = [path for path in files if "mf:entries" in path.read_text(encoding="utf-8")]
    return tuple(case for path in stated for case in _cases(path) if case.name not in listed)


def read_turtle(path: Path) -> Graph:
    """The triples of a file, with the file's own IRI as base."""
    problems = Problems()
    graph = read_graph([path], problems)
    problems.raise_errors()
    return graph


def _cases(manifest: Path) -> Iterator[ShaclCase]:
    graph = read_turtle(manifest)
    for head in graph.objects(None, MF.entries):
        for test in Collection(graph, head):
            yield _case(graph, test)
    for included in sorted(graph.objects(None, MF.include)):
        yield from _cases(_path(included))


def _case(graph: Graph, test: Node) -> ShaclCase:
    action = graph.value(test, MF.action)
    data, shapes = graph.value(action, SHT.dataGraph), graph.value(action, SHT.shapesGraph)
    expected = graph.value(test, MF.result)
    assert (test, RDF.type, SHT.Validate) in graph
    name = _path(test).relative_to(suite_folder().absolute()).as_posix()
    if expected == SHT.Failure:
        return ShaclCase(name, _path(data), _path(shapes), None, conforms=False)
    conforms = graph.value(expected, SH.conforms)
    assert conforms is not None, name
    report = report_part(graph, expected, with_messages=True)
    return ShaclCase(name, _path(data), _path(shapes), report, str(conforms) in {"true", "1"})


def _path(node: Node | None) -> Path:
    return Path(unquote(urlsplit(str(node)).path))


def report_part(graph: Graph, report: Node | None, with_messages: bool) -> Graph:
    """What the suite compares of a report: its results, and the paths that they name.

    Args:
        graph: holds the report.
        report: its node.
        with_messages: whether messages count, which is so where the test states them.
    """
    compared = (*_COMPARED, SH.resultMessage) if with_messages else _COMPARED
    kept = Graph()
    for node in graph.objects(report, SH.result):
        kept.add((report, SH.result, node))
        for predicate, value in graph.predicate_objects(node):
            if predicate in compared:
                kept.add((node, predicate, value))
            if predicate == SH.resultPath:
                kept += _described(graph, value)
    return kept


def _described(graph: Graph, path: Node) -> Graph:
    """The triples of a path expression."""
    found, waiting = Graph(), [path]
    while waiting:
        node = waiting.pop()
        if isinstance(node, BNode):
            for predicate in (*_OPERATORS, RDF.first, RDF.rest):
                for value in graph.objects(node, predicate):
                    found.add((node, predicate, value))
                    waiting.append(value)
    return found
