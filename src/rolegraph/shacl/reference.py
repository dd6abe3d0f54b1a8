"""Data and shapes in, what pyshacl, the reference engine, finds out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import pyshacl
from pyshacl.errors import ReportableRuntimeError, ShapeLoadError, ValidationFailure
from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result as QueryResult
from rdflib.term import Identifier, Node

from rolegraph.errors import ShapeError
from rolegraph.shacl.paths import Path, parse_path
from rolegraph.shacl.results import Result, from_rdflib, unheard

_SELECT_CLAUSE: Final = "https://www.w3.org/TR/shacl/#sparql-constraints"
_TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.target)


@unheard()
def run_reference(data: Graph, shapes: Graph, only: Collection[Node] | None) -> list[Result]:
    """Check data with pyshacl.

    Args:
        data: is not changed.
        shapes: the shapes graph.
        only: the shapes whose targets count; None for all of them.
    Raises:
        ShapeError: a shape is malformed, or uses something that pyshacl does not know.
    """
    report = run_pyshacl(data, shapes if only is None else _restricted(shapes, only))
    return [_result(report, node) for node in report.objects(None, SH.result)]


def _restricted(shapes: Graph, only: Collection[Node]) -> Graph:
    """The shapes with the targets of a few; all others are only there to be referred to."""
    kept = Graph()
    classes = {RDFS.Class, OWL.Class}
    for subject, predicate, value in shapes:
        is_target = predicate in _TARGETS or (predicate == RDF.type and value in classes)
        if not is_target or subject in only:
            kept.add((subject, predicate, value))
    return kept


def run_pyshacl(data: Graph, shapes: Graph) -> Graph:
    """The sh:ValidationReport of some data, as pyshacl writes it.

    Raises:
        ShapeError: a shape is malformed, or uses something that pyshacl does not know.
    """
    try:
        # Without inference and advanced features pyshacl works on the data as it is, without a copy.
        _, report, text = pyshacl.validate(_PreparedGraph(data), shacl_graph=shapes, inference="none")
    except (ShapeLoadError, ReportableRuntimeError) as error:
        raise ShapeError(str(error), getattr(error, "link", None)) from error
    except NotImplementedError as error:
        raise ShapeError(f"pyshacl does not know a term of the shapes: {error}") from error
    if not isinstance(report, Graph):
        raise ShapeError(report.message if isinstance(report, ValidationFailure) else text, None)
    return report


class _PreparedGraph(Graph):
    """A view of the data that parses each constraint once, not once for every focus node.

    pyshacl pastes the variables of a solution into messages as regular-expression templates, so
    backslashes are doubled on their way out of a query, and halved again in the result.
    """

    def __init__(self, data: Graph) -> None:
        super().__init__(store=data.store, identifier=data.identifier)
        self._prepared: dict[str, Query] = {}

    def query(
        self,
        query_object: str | Query,
        processor: Any = "sparql",
        result: Any = "sparql",
        initNs: Mapping[str, Any] | None = None,  # noqa: N803 - the names of the method it overrides
        initBindings: Mapping[str, Identifier] | None = None,  # noqa: N803
        use_store_provided: bool = True,
        **kwargs: Any,
    ) -> QueryResult:
        """Run a query, parsed or not; the parsed form of a text is kept."""
        if isinstance(query_object, str):
            query_object = self._prepare(query_object)
        answer = super().query(
            query_object, processor, result, initNs, initBindings, use_store_provided, **kwargs
        )
        if answer.type == "SELECT":
            answer.bindings = [
                {variable: _escaped(value) for variable, value in solution.items()}
                for solution in answer.bindings
            ]
        return answer

    def _prepare(self, text: str) -> Query:
        if text not in self._prepared:
            try:
                self._prepared[text] = prepareQuery(text)
            except Exception as error:  # rdflib raises a bare one where a prefix is not declared
                raise ShapeError(f"a sh:select is no SPARQL: {error} in\n{text}", _SELECT_CLAUSE) from error
        return self._prepared[text]


def _escaped(value: Identifier) -> Identifier:
    if isinstance(value, Literal) and "\\" in value:
        return Literal(value.replace("\\", "\\\\"), lang=value.language)
    return value


def _result(report: Graph, node: Node) -> Result:
    def one(predicate: URIRef) -> Node | None:
        value: Node | None = report.value(node, predicate)
        return value

    component, value = one(SH.sourceConstraintComponent), one(SH.value)
    if component == SH.SPARQLConstraintComponent and isinstance(value, Literal) and "\\" in value:
        value = Literal(value.replace("\\\\", "\\"), lang=value.language, datatype=value.datatype)
    path = one(SH.resultPath)
    focus = one(SH.focusNode)
    return Result(
        focus_node=from_rdflib(focus if focus is not None else BNode()),
        path=_path(report, path),
        value=from_rdflib(value) if value is not None else None,
        component=str(component),
        severity=str(one(SH.resultSeverity)),
        shape=one(SH.sourceShape) or BNode(),
        messages=tuple(sorted(m for m in report.objects(node, SH.resultMessage) if isinstance(m, Literal))),
    )


def _path(report: Graph, node: Node | None) -> Path | None:
    return None if node is None else parse_path(report, node)
