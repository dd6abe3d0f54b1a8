"""A catalog's graph and a graph of SHACL shapes in, a report of findings out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pyshacl
from pyparsing import ParseException
from pyshacl.errors import ReportableRuntimeError, ShapeLoadError, ValidationFailure
from pyshacl.pytypes import GraphLike
from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Identifier, Node

from rolegraph.errors import Problems, ShapeError
from rolegraph.iris import Iris
from rolegraph.model.findings import SEVERITIES, Finding, Report, ShapeInfo
from rolegraph.terms import PREFIXES, RG, prefixed_forms

CHECKED: Final = ("ontology", "catalog", "levels", "mappings", "soc", "derived")
"""The named graphs that shapes are checked on as a whole; O*NET is reference data."""

_RG: Final = Namespace(RG)
_SSSOM: Final = Namespace(PREFIXES["sssom"])
_SELECT_CLAUSE: Final = "https://www.w3.org/TR/shacl/#sparql-constraints"
_DATA_IRI: Final = re.compile(
    r"^.*/((?:role|family|specialisation|superfunction|component|mapping|metric|soc2018|onetsoc2019|scheme)/.*)$"
)


def load_shapes(places: Iterable[Path]) -> Graph:
    """Read shapes from Turtle files, or from every Turtle file of a folder.

    Args:
        places: files and folders; a folder is read by file name, without its subfolders.
    Returns:
        one graph that holds them all.
    Raises:
        SourceError: a place does not exist, or a file is no Turtle; all of them are named.
    """
    shapes, problems = Graph(), Problems()
    for place in places:
        files = sorted(place.glob("*.ttl")) if place.is_dir() else [place]
        for file in files:
            try:
                shapes.parse(file, format="turtle")
            except OSError as error:
                problems.error(file, 0, str(error.strerror), "name shapes that exist")
            except BadSyntax as error:
                problems.error(file, error.lines + 1, error.message, "write valid Turtle")
            except (ParserError, UnicodeDecodeError) as error:
                problems.error(file, 0, str(error), "write valid Turtle")
    problems.raise_errors()
    return shapes


def catalog_graph(store: ox.Store, iris: Iris) -> Graph:
    """Take from a store what the shapes look at.

    Args:
        store: the named graphs of one build, rules applied.
        iris: the IRIs of the catalog.
    Returns:
        the graphs in `CHECKED`, the codes of O*NET, and the titles of those that a mapping names.
    """
    graph = Graph()
    for name in CHECKED:
        triples = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(iris.graph(name)))
        graph.parse(data=triples or b"", format="nt")
    onet = ox.NamedNode(iris.graph("onet"))
    scheme, in_scheme = ox.NamedNode(iris.scheme("onetsoc2019")), ox.NamedNode(str(SKOS.inScheme))
    codes = list(store.quads_for_pattern(None, in_scheme, scheme, onet))
    mapped = {str(target) for target in graph.objects(None, _SSSOM.object_id)}
    titles = (
        quad
        for code in codes
        if isinstance(code.subject, ox.NamedNode) and code.subject.value in mapped
        for quad in store.quads_for_pattern(code.subject, ox.NamedNode(str(SKOS.prefLabel)), None, onet)
    )
    found = (ox.Triple(quad.subject, quad.predicate, quad.object) for quad in chain(codes, titles))
    graph.parse(data=ox.serialize(found, format=ox.RdfFormat.N_TRIPLES) or b"", format="nt")
    return graph


def validate_graph(data: Graph, shapes: Graph) -> Report:
    """Check a catalog against shapes with pyshacl.

    Args:
        data: the catalog part of a build, ontology and levels included; it is not changed.
        shapes: what must hold, as `load_shapes` gives it.
    Returns:
        all findings, most severe first, then by shape, role and focus node.
    Raises:
        ShapeError: a shape is malformed, or uses something that pyshacl does not know.
    """
    results = run_pyshacl(data, shapes)
    known = {
        compact(str(shape)): ShapeInfo(
            label=str(shapes.value(shape, RDFS.label) or compact(str(shape))),
            see_also=str(shapes.value(shape, RDFS.seeAlso) or ""),
        )
        for shape in set(results.objects(None, SH.sourceShape))
    }
    findings = [_finding(results, node, data) for node in results.objects(None, SH.result)]
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding))
    roles = len(set(data.subjects(RDF.type, _RG.Role)))
    return Report(findings=tuple(findings), roles=roles, shapes=known)


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
    if not isinstance(report, Graph):
        raise ShapeError(report.message if isinstance(report, ValidationFailure) else text, None)
    return report


class _PreparedGraph(Graph):
    """A view of the data that parses each constraint once, not once for every focus node.

    pyshacl pastes the variables of a solution into messages as regular-expression templates, so
    backslashes are doubled on their way out of a query, and halved again in the finding.
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
    ) -> Result:
        """Run a query, parsed or not; the parsed form of a text is kept."""
        if isinstance(query_object, str):
            query_object = self._prepare(query_object)
        answer = super().query(
            query_object, processor, result, initNs, initBindings, use_store_provided, **kwargs
        )
        answer.bindings = [
            {variable: _escaped(value) for variable, value in solution.items()}
            for solution in answer.bindings
        ]
        return answer

    def _prepare(self, text: str) -> Query:
        if text not in self._prepared:
            try:
                self._prepared[text] = prepareQuery(text)
            except ParseException as error:
                raise ShapeError(f"a sh:select is no SPARQL: {error} in\n{text}", _SELECT_CLAUSE) from error
        return self._prepared[text]


def _escaped(value: Identifier) -> Identifier:
    if isinstance(value, Literal) and "\\" in value:
        return Literal(value.replace("\\", "\\\\"), lang=value.language)
    return value


def _finding(results: GraphLike, node: Node, data: Graph) -> Finding:
    def one(predicate: URIRef) -> Node | None:
        value: Node | None = results.value(node, predicate)
        return value

    focus = one(SH.focusNode)
    severity = str(one(SH.resultSeverity)).removeprefix(str(SH))
    component, value = one(SH.sourceConstraintComponent), _text(one(SH.value))
    messages = sorted(str(message) for message in results.objects(node, SH.resultMessage))
    return Finding(
        severity=severity if severity in SEVERITIES else "Violation",
        shape=_text(one(SH.sourceShape)),
        focus=_text(focus),
        path=_text(one(SH.resultPath)),
        value=value.replace("\\\\", "\\") if component == SH.SPARQLConstraintComponent else value,
        component=_text(component),
        message=" ".join(messages),
        role=_role_code(focus, data),
    )


def _role_code(focus: Node | None, data: Graph) -> str:
    """The code of the role that a node is, or is a part of, or is the subject of a mapping."""
    if not isinstance(focus, URIRef):
        return ""
    subject = data.value(focus, _SSSOM.subject_id) or URIRef(focus.partition("#")[0])
    if (subject, RDF.type, _RG.Role) not in data:
        return ""
    return str(data.value(subject, DCTERMS.identifier) or "")


def _text(node: Node | None) -> str:
    if isinstance(node, URIRef):
        return compact(str(node))
    return "" if node is None else str(node)


def compact(iri: str) -> str:
    """The short form of an IRI: a prefixed name, or the part after the data's base.

    >>> compact("https://w3id.org/rolegraph/ns#level"), compact("https://example.org/role/SRES.GEN.P5")
    ('rg:level', 'role/SRES.GEN.P5')
    """
    for prefix, local in prefixed_forms(iri):
        if re.fullmatch(r"[\w.-]+", local):
            return f"{prefix}:{local}"
    data = _DATA_IRI.match(iri)
    return data[1] if data else iri
