"""Every term that the project writes exists: borrowed ones in their vocabulary, own ones in the ontology."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SH, SKOS, XSD, Graph, Literal, URIRef
from rdflib.namespace import VANN, DefinedNamespace

from rolegraph.terms import CONCEPT, FIXED, PREFIXES, RG

ROOT = Path(__file__).resolve().parent.parent
ONTOLOGY = sorted((ROOT / "ontology").glob("*.ttl"))
SHAPES = sorted((ROOT / "shapes").glob("*.ttl"))
QUERIES = sorted((ROOT / "queries").rglob("*.rq"))
PYTHON = sorted((ROOT / "src").rglob("*.py"))

KNOWN: tuple[type[DefinedNamespace], ...] = (SH, SKOS, OWL, PROV, RDF, RDFS, XSD, DCTERMS, FOAF, ORG, VANN)
# SKOS-XL has no list in rdflib; SKOS Reference, appendix B, names all of its terms.
SKOSXL = "http://www.w3.org/2008/05/skos-xl#"
SKOSXL_TERMS = {"Label", "literalForm", "prefLabel", "altLabel", "hiddenLabel", "labelRelation"}
# Beside an ordinary term, an ontology IRI or a pattern such as "rg:" may stand in a string.
CURIE = re.compile(r"([a-z][a-z-]*):([A-Za-z_][\w-]*)\Z")
PREFIXED_NAME = re.compile(r"(?<![\w:?$<.-])([a-z][a-z0-9-]*):([A-Za-z_](?:[\w-]|\.(?=\w))*)")
NOT_CODE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>|#[^\n]*"
)


def _terms_in_sparql(text: str, prefixes: dict[str, str]) -> Iterator[URIRef]:
    declared = prefixes | dict(re.findall(r"(?i)\bPREFIX\s+([\w-]*):\s*<([^>]*)>", text))
    body = re.sub(r"(?i)\bPREFIX\s+[\w-]*:\s*<[^>]*>", "", text)
    yield from map(URIRef, re.findall(r"<([A-Za-z][^<>\s]*:[^<>\s]*)>", re.sub(r"(?m)^\s*#.*$", "", body)))
    for prefix, local in PREFIXED_NAME.findall(NOT_CODE.sub(" ", body)):
        yield URIRef(declared[prefix] + local)


def _terms_in_turtle(path: Path) -> Iterator[URIRef]:
    for triple in Graph().parse(path):
        for term in triple:
            if isinstance(term, URIRef):
                yield term
        if triple[1] in {SH.select, SH.ask, SH.construct} and isinstance(triple[2], Literal):
            yield from _terms_in_sparql(str(triple[2]), PREFIXES)


def _terms_in_python(path: Path) -> Iterator[URIRef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = CURIE.match(node.value)
            if match and match[1] in PREFIXES:
                yield URIRef(PREFIXES[match[1]] + match[2])
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "concept":
            values = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if len(values) == len(node.args) == 2:
                yield URIRef(f"{CONCEPT}{values[0]}-{str(values[1]).replace('_', '-')}")


def _terms_of(path: Path) -> set[URIRef]:
    if path.suffix == ".ttl":
        return set(_terms_in_turtle(path))
    if path.suffix == ".rq":
        return set(_terms_in_sparql(path.read_text(encoding="utf-8"), {}))
    return set(_terms_in_python(path))


def _own(terms: set[URIRef]) -> set[str]:
    ours = {str(term) for term in terms if str(term).startswith(FIXED)}
    return {term for term in ours if "#" not in term.removeprefix(RG)}


@pytest.fixture(scope="module")
def used() -> dict[Path, set[URIRef]]:
    return {path: _terms_of(path) for path in (*ONTOLOGY, *SHAPES, *QUERIES, *PYTHON)}


@pytest.fixture(scope="module")
def defined() -> set[str]:
    graph = Graph()
    for path in ONTOLOGY:
        graph.parse(path)
    return {str(subject) for subject in graph.subjects(RDF.type) if str(subject).startswith(FIXED)}


def test_terms_are_read_from_every_kind_of_file(used: dict[Path, set[URIRef]]) -> None:
    for files, least in ((ONTOLOGY, 5), (SHAPES, 8), (QUERIES, 25), (PYTHON, 20)):
        assert len(files) >= least
    # These count or copy whatever there is, without naming it.
    queries = [path for path in QUERIES if path.parent.name not in {"statistics", "upstream"}]
    silent = {path.name for path in (*ONTOLOGY, *SHAPES, *queries) if not used[path]}
    assert not silent


@pytest.mark.parametrize("namespace", KNOWN, ids=lambda namespace: namespace.__name__)
def test_borrowed_terms_exist_in_their_vocabulary(
    used: dict[Path, set[URIRef]], namespace: type[DefinedNamespace]
) -> None:
    prefix = str(namespace)
    # The vocabulary's own IRI is no term of it, nor is the address of one of its documents.
    wrong = [
        (path.name, str(term))
        for path, terms in used.items()
        for term in terms
        if str(term).startswith(prefix) and term not in {URIRef(prefix), URIRef(prefix.rstrip("#/"))}
        if term not in namespace
    ]
    assert not wrong


def test_terms_of_skos_xl_exist(used: dict[Path, set[URIRef]]) -> None:
    every = {str(term) for terms in used.values() for term in terms}
    found = {term.removeprefix(SKOSXL) for term in every if term.startswith(SKOSXL)}
    assert {"Label", "literalForm"} <= found <= SKOSXL_TERMS


def test_own_terms_are_defined(used: dict[Path, set[URIRef]], defined: set[str]) -> None:
    namespaces = {RG, FIXED, CONCEPT, *(PREFIXES[name] for name in ("rgs", "level", "track", "dimension"))}
    headers = re.compile(re.escape(FIXED) + r"ns(/[\w.]+)*\Z")
    undefined = [
        (path.name, term)
        for path, terms in used.items()
        for term in sorted(_own(terms) - defined - namespaces)
        if not headers.match(term)
    ]
    assert not undefined


def test_defined_terms_are_used(used: dict[Path, set[URIRef]], defined: set[str]) -> None:
    """The ontology's declarations do not count as use; what its lists and levels are made of does."""
    declarations = {"rolegraph.ttl", "onet.ttl", "esco.ttl", "quality.ttl", "release.ttl", "alignments.ttl"}
    elsewhere = {str(term) for path, terms in used.items() if path.name not in declarations for term in terms}
    assert not sorted(term for term in defined if term.startswith(RG) and term not in elsewhere)


def test_the_graph_uses_no_borrowed_term_without_declaring_it(used: dict[Path, set[URIRef]]) -> None:
    """A term of another vocabulary needs a type of class or property, or the data is no OWL 2 DL."""
    graph = Graph()
    for path in ONTOLOGY:
        graph.parse(path)
    names = ("adms", "dcat", "dcterms", "dqv", "esco", "foaf", "iso-thes", "onet", "pav", "prov", "skos")
    names += ("skosxl", "sssom")
    namespaces = tuple(PREFIXES[name] for name in names)
    folders = {"graph", "model", "snapshot"}
    writers = [path for path in PYTHON if folders & set(path.parts) or path.stem == "derive"]
    written = {term for path in writers for term in used[path] if str(term).startswith(namespaces)}
    assert len(written) >= 30
    assert not sorted(term for term in written if (term, RDF.type, None) not in graph)


def test_a_misspelt_term_would_be_seen() -> None:
    text = "PREFIX rg: <https://w3id.org/rolegraph/ns#> SELECT * { ?s rg:rnak 'rg:text' } # rg:comment"
    assert set(_terms_in_sparql(text, {})) == {URIRef(RG + "rnak")}
    assert SH.minCount in SH
    assert URIRef(str(SH) + "minCont") not in SH
