"""A catalog's store and a graph of shapes in, a report of findings in the catalog's own words out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, Graph, Namespace, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.findings import SEVERITIES, Finding, Report, Severity, ShapeInfo
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import Engine, validate
from rolegraph.shacl.results import Outcome, Result, Term
from rolegraph.terms import PREFIXES, RG, prefixed_forms

CHECKED: Final = ("ontology", "catalog", "levels", "mappings", "soc", "derived")
"""The named graphs that the reference engine is given as a whole; O*NET is reference data."""

_RG: Final = Namespace(RG)
_SSSOM: Final = Namespace(PREFIXES["sssom"])
_DATA_IRI: Final = re.compile(
    r"^.*/((?:role|family|specialisation|superfunction|component|mapping|metric|soc2018|onetsoc2019|scheme)/.*)$"
)
_LOCAL_NAME: Final = re.compile(r"[\w.-]+")


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


def catalog_data(store: ox.Store, iris: Iris) -> Data:
    """What the shapes of a catalog see: all graphs of a build as one.

    The reference engine, which is slow, gets what `catalog_graph` takes from them.
    """
    return Data(
        store, is_union=True, shapes_graph=iris.graph("shapes"), as_graph=lambda: catalog_graph(store, iris)
    )


def catalog_graph(store: ox.Store, iris: Iris) -> Graph:
    """Take from a store what the shipped shapes look at.

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


def validate_catalog(data: Data, shapes: Graph, engine: Engine = "compiled", catalog: str = "") -> Report:
    """Check a catalog against shapes.

    Args:
        data: a build, as `catalog_data` gives it.
        shapes: what must hold, as `load_shapes` gives it.
        engine: what checks it; "pyshacl" takes about a second for each role.
        catalog: what the catalog is called.
    Returns:
        all findings, most severe first, then by shape, role and focus node.
    Raises:
        ShapeError: a shape is malformed, or uses something that neither engine knows.
    """
    return report_of(validate(data, shapes, engine), data, shapes, catalog)


def report_of(outcome: Outcome, data: Data, shapes: Graph, catalog: str = "") -> Report:
    """Tell of results in short names and role codes."""
    codes = _role_codes(data.store)
    subjects = _mapping_subjects(data.store)
    findings = {_finding(result, codes, subjects) for result in outcome.results}
    return Report(
        findings=tuple(sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding))),
        roles=len(codes),
        shapes=shape_infos(shapes),
        by_reference=tuple(compact(shape) for shape in outcome.by_reference),
        catalog=catalog,
    )


def shape_infos(shapes: Graph) -> dict[str, ShapeInfo]:
    """What people are told of each shape that can find something, by its short name."""
    nodes = set(shapes.subjects(SH.severity, None)) | set(shapes.subjects(SH.message, None))
    nodes -= set(shapes.objects(None, SH.sparql))
    return {
        compact(str(node)): ShapeInfo(
            label=str(shapes.value(node, RDFS.label) or compact(str(node))),
            see_also=str(shapes.value(node, RDFS.seeAlso) or ""),
            weight=float(str(shapes.value(node, _RG.weight) or 0)),
        )
        for node in nodes
        if isinstance(node, URIRef)
    }


def _role_codes(store: ox.Store) -> dict[str, str]:
    """IRI -> code of every role."""
    identifier = ox.NamedNode(str(DCTERMS.identifier))
    codes = {}
    for quad in store.quads_for_pattern(None, ox.NamedNode(str(RDF.type)), ox.NamedNode(str(_RG.Role))):
        if isinstance(quad.subject, ox.NamedNode):
            known = next(iter(store.quads_for_pattern(quad.subject, identifier, None)), None)
            code = None if known is None else known.object
            codes[quad.subject.value] = code.value if isinstance(code, ox.Literal) else ""
    return codes


def _mapping_subjects(store: ox.Store) -> dict[str, str]:
    """Mapping -> what it is a mapping of."""
    slot = ox.NamedNode(str(_SSSOM.subject_id))
    return {
        quad.subject.value: quad.object.value
        for quad in store.quads_for_pattern(None, slot, None)
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    }


def _finding(result: Result, codes: Mapping[str, str], subjects: Mapping[str, str]) -> Finding:
    """A result in short names, with the code of the role that it is of, or a part of, or mapped from."""
    focus = result.focus_node.value if isinstance(result.focus_node, ox.NamedNode) else ""
    subject = subjects.get(focus) or focus.partition("#")[0]
    return Finding(
        severity=_severity(result.severity),
        shape=_text(result.shape),
        focus=_term(result.focus_node),
        path="" if result.path is None else _path(str(result.path)),
        value="" if result.value is None else _term(result.value),
        component=compact(result.component),
        message=" ".join(sorted(str(message) for message in result.messages)),
        role=codes.get(subject, ""),
    )


def _severity(iri: str) -> Severity:
    """A severity of SHACL's own; another one counts as the most severe."""
    return next((known for known in SEVERITIES if iri == str(SH[known])), "Violation")


@lru_cache(maxsize=10_000)
def _path(text: str) -> str:
    """A path with short names."""
    return re.sub(r"<([^<>]*)>", lambda match: compact(match[1]), text)


def _term(term: Term) -> str:
    return compact(term.value) if isinstance(term, ox.NamedNode) else term.value


def _text(node: Node) -> str:
    return compact(str(node)) if isinstance(node, URIRef) else str(node)


@lru_cache(maxsize=50_000)
def compact(iri: str) -> str:
    """The short form of an IRI: a prefixed name, or the part after the data's base.

    >>> compact("https://w3id.org/rolegraph/ns#level"), compact("https://example.org/role/SRES.GEN.P5")
    ('rg:level', 'role/SRES.GEN.P5')
    """
    for prefix, local in prefixed_forms(iri):
        if _LOCAL_NAME.fullmatch(local):
            return f"{prefix}:{local}"
    data = _DATA_IRI.match(iri)
    return data[1] if data else iri
