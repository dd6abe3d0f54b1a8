"""A catalog's store and a graph of shapes in, a report of findings in the catalog's own words out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from math import inf
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, Graph, Namespace, URIRef
from rdflib.term import Node

from rolegraph.errors import Problems, ShapeError
from rolegraph.iris import Iris
from rolegraph.model.findings import SEVERITIES, Finding, Report, Severity, ShapeInfo
from rolegraph.positions import NOWHERE, Positions
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import Engine, validate
from rolegraph.shacl.files import read_graph
from rolegraph.shacl.results import Result, Term
from rolegraph.terms import PREFIXES, RG, prefixed_forms

CHECKED: Final = ("ontology", "catalog", "levels", "mappings", "soc", "derived")
"""The named graphs that the reference engine is given as a whole; O*NET is reference data."""

_RG: Final = Namespace(RG)
_SSSOM: Final = Namespace(PREFIXES["sssom"])
_SEVERITIES: Final[dict[str, Severity]] = {str(SH[severity]): severity for severity in SEVERITIES}
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
    problems = Problems()
    files = [
        file for place in places for file in (sorted(place.glob("*.ttl")) if place.is_dir() else [place])
    ]
    shapes = read_graph(files, problems)
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


def validate_catalog(data: Data, shapes: Graph, engine: Engine = "compiled", base_iri: str = "") -> Report:
    """Check a catalog that a store holds as a whole.

    Args:
        data: a build, as `catalog_data` gives it.
        shapes: what must hold, as `load_shapes` gives it.
        engine: what checks it; "pyshacl" takes about a second for each role.
        base_iri: of the catalog, whose IRIs are told without it; "" for other data.
    Returns:
        all findings, most severe first, then by shape, role and focus node; no scores.
    Raises:
        ShapeError: a shape is malformed, or uses something that neither engine knows.
    """
    outcome, translator = validate(data, shapes, engine), Translator(data.store, base_iri)
    return Report(
        findings=in_order(map(translator.finding, outcome.results)),
        roles=len(translator.role_codes),
        shapes=shape_infos(shapes),
        by_reference=tuple(map(compact, outcome.by_reference)),
        base_iri=base_iri,
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, most severe first, then by shape, focus node and the rest."""
    return tuple(sorted(set(findings), key=lambda finding: (SEVERITIES.index(finding.severity), finding)))


def shape_infos(shapes: Graph) -> dict[str, ShapeInfo]:
    """What people are told of each shape that can find something, by its short name."""
    nodes = set(shapes.subjects(SH.severity, None)) | set(shapes.subjects(SH.message, None))
    nodes -= set(shapes.objects(None, SH.sparql))
    return {
        compact(str(node)): ShapeInfo(
            label=str(shapes.value(node, RDFS.label) or compact(str(node))),
            see_also=str(shapes.value(node, RDFS.seeAlso) or ""),
            weight=_weight(shapes.value(node, _RG.weight), node),
            severity=_severity(str(shapes.value(node, SH.severity) or SH.Violation)),
        )
        for node in nodes
        if isinstance(node, URIRef)
    }


def _weight(value: Node | None, shape: Node) -> float:
    try:
        weight = float(str(value or 0))
    except ValueError:
        weight = -1.0
    if not 0 <= weight < inf:
        raise ShapeError(f"the rg:weight of <{shape}> is {value}; write a number from 0 up")
    return weight


class Translator:
    """Tells of results in short names, with the code of the role and the line that each belongs to."""

    def __init__(self, store: ox.Store, base_iri: str = "", positions: Positions | None = None) -> None:
        """Take what a store says of roles and mappings, for which it need hold `NEEDED` alone.

        IRIs below `base_iri`, that of a catalog, are told without it.
        """
        self._base = base_iri
        self.role_codes = _role_codes(store)
        """IRI -> code of every role."""
        self._subjects = _mapping_subjects(store)
        self._positions = positions

    def role(self, iri: str) -> str:
        """The code of the role that a node is, or is a part of, or is the subject of a mapping; else ""."""
        subject = self._subjects.get(iri) or iri.partition("#")[0]
        return self.role_codes.get(subject, "")

    def finding(self, result: Result) -> Finding:
        """A result in short names."""
        focus = result.focus_node.value if isinstance(result.focus_node, ox.NamedNode) else ""
        path = "" if result.path is None else str(result.path)
        value = "" if result.value is None else result.value.value
        place = NOWHERE
        if self._positions is not None and focus:
            place = self._positions.locate(focus, value, path.strip("<>"))
        return Finding(
            severity=_severity(result.severity),
            shape=_text(result.shape),
            focus=self._term(result.focus_node),
            path=_path(path),
            value="" if result.value is None else self._term(result.value),
            value_type="" if result.value is None else _type(result.value),
            focus_type=_type(result.focus_node),
            component=compact(result.component),
            message=" ".join(sorted(str(message) for message in result.messages)),
            role=self.role(focus),
            file=place[0],
            line=place[1],
        )

    def _term(self, term: Term) -> str:
        if not isinstance(term, ox.NamedNode):
            return term.value
        iri = term.value
        return iri.removeprefix(self._base) if self._base and iri.startswith(self._base) else compact(iri)


NEEDED: Final = (f"{RDF.type} {_RG.Role}", str(DCTERMS.identifier), str(_SSSOM.subject_id))
"""What a translator looks up, as keys of `shacl.needs`."""


def _role_codes(store: ox.Store) -> dict[str, str]:
    identifier = ox.NamedNode(str(DCTERMS.identifier))
    roles = store.quads_for_pattern(None, ox.NamedNode(str(RDF.type)), ox.NamedNode(str(_RG.Role)))
    codes = dict.fromkeys((q.subject.value for q in roles if isinstance(q.subject, ox.NamedNode)), "")
    for quad in store.quads_for_pattern(None, identifier, None):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value in codes:
            codes[quad.subject.value] = quad.object.value if isinstance(quad.object, ox.Literal) else ""
    return codes


def _mapping_subjects(store: ox.Store) -> dict[str, str]:
    """Mapping -> what it is a mapping of."""
    slot = ox.NamedNode(str(_SSSOM.subject_id))
    return {
        quad.subject.value: quad.object.value
        for quad in store.quads_for_pattern(None, slot, None)
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    }


def _severity(iri: str) -> Severity:
    """A severity of SHACL's own; another one counts as the most severe."""
    return _SEVERITIES.get(iri, "Violation")


@lru_cache(maxsize=10_000)
def _path(text: str) -> str:
    """A path with short names; in a longer path, an IRI that has none keeps its brackets."""
    if re.fullmatch(r"<[^<>]*>", text):
        return compact(text[1:-1])
    return re.sub(r"<([^<>]*)>", lambda match: _predicate(match[1]), text)


def _predicate(iri: str) -> str:
    short = compact(iri)
    return f"<{iri}>" if "/" in short else short


def _type(term: Term) -> str:
    """What `Finding.value_type` says of a term."""
    if isinstance(term, ox.NamedNode):
        return "iri"
    if isinstance(term, ox.BlankNode):
        return "blank"
    return f"@{term.language}" if term.language else compact(term.datatype.value)


def _text(node: Node) -> str:
    return compact(str(node)) if isinstance(node, URIRef) else f"_:{node}"


@lru_cache(maxsize=50_000)
def compact(iri: str) -> str:
    """The short form of an IRI: a prefixed name where there is one.

    >>> compact("https://w3id.org/rolegraph/ns#level"), compact("https://example.org/x")
    ('rg:level', 'https://example.org/x')
    """
    for prefix, local in prefixed_forms(iri):
        if _LOCAL_NAME.fullmatch(local):
            return f"{prefix}:{local}"
    return iri
