"""Results of queries as plain values: reads the four formats, and says when two results are equal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import Element, fromstring

import pyoxigraph as ox

MEDIA_TYPES: Final = {
    "srj": "application/sparql-results+json",
    "srx": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_SR: Final = "{http://www.w3.org/2005/sparql-results#}"
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ITS_DIR: Final = "{http://www.w3.org/2005/11/its}dir"
_RESULT_SET: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_PARTS: Final = ("subject", "predicate", "object")
_ROW: Final = "urn:row:"
_VALUES: Final[dict[str, Callable[[str], object]]] = {
    "integer": int,
    "decimal": lambda text: Decimal(text).normalize(),
    "float": float,
    "double": float,
    "boolean": {"0": False, "1": True, "false": False, "true": True}.__getitem__,
}

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = dict[str, Term]


@dataclass(frozen=True, slots=True)
class Solutions:
    """The variables of a result in their order, and its rows; a variable without value is absent."""

    variables: list[str]
    rows: list[Row]


def read_json(text: bytes) -> Solutions | bool:
    """Read SPARQL 1.1 Query Results JSON, with the triple terms and directions of 1.2."""
    document = json.loads(text)
    if "boolean" in document:
        return bool(document["boolean"])
    rows = [
        {name: _json_term(value) for name, value in row.items()} for row in document["results"]["bindings"]
    ]
    return Solutions(document["head"]["vars"], rows)


def _json_term(value: dict[str, Any]) -> Term:
    if value["type"] == "uri":
        return ox.NamedNode(value["value"])
    if value["type"] == "bnode":
        return ox.BlankNode(value["value"])
    if value["type"] == "triple":
        parts = value["value"]
        return _triple([_json_term(parts[name]) for name in _PARTS])
    assert value["type"] in {"literal", "typed-literal"}, value
    return _literal(
        value["value"], value.get("datatype", ""), value.get("xml:lang", ""), value.get("its:dir", "")
    )


def _triple(parts: list[Term]) -> ox.Triple:
    subject, predicate, term = parts
    assert not isinstance(subject, ox.Literal)
    assert isinstance(predicate, ox.NamedNode)
    return ox.Triple(subject, predicate, term)


def _literal(value: str, datatype: str, language: str, direction: str) -> ox.Literal:
    if language:
        base = ox.BaseDirection(direction) if direction else None
        return ox.Literal(value, language=language, direction=base)
    return ox.Literal(value, datatype=ox.NamedNode(datatype)) if datatype else ox.Literal(value)


def read_xml(text: bytes) -> Solutions | bool:
    """Read the SPARQL Query Results XML Format, with the triple terms and directions of 1.2."""
    root = fromstring(text)
    boolean = root.find(f"{_SR}boolean")
    if boolean is not None:
        return (boolean.text or "").strip() == "true"
    variables = [item.attrib["name"] for item in root.iterfind(f"{_SR}head/{_SR}variable")]
    rows = [
        {binding.attrib["name"]: _xml_term(binding[0]) for binding in result}
        for result in root.iterfind(f"{_SR}results/{_SR}result")
    ]
    return Solutions(variables, rows)


def _xml_term(element: Element) -> Term:
    text = element.text or ""
    name = element.tag.removeprefix(_SR)
    if name == "uri":
        return ox.NamedNode(text)
    if name == "bnode":
        return ox.BlankNode(text.strip())
    if name == "triple":
        parts = (element.find(f"{_SR}{part}") for part in _PARTS)
        return _triple([_xml_term(part[0]) for part in parts if part is not None])
    assert name == "literal", element.tag
    attributes = element.attrib
    return _literal(
        text, attributes.get("datatype", ""), attributes.get(_XML_LANG, ""), attributes.get(_ITS_DIR, "")
    )


def read_tsv(text: bytes) -> Solutions:
    """Read SPARQL 1.1 Query Results TSV; its terms are Turtle's, so the engine's parser reads them."""
    parsed = ox.parse_query_results(text, format=ox.QueryResultsFormat.TSV)
    assert isinstance(parsed, ox.QuerySolutions)
    names = [variable.value for variable in parsed.variables]
    rows = [{n: t for n, t in zip(names, row, strict=True) if t is not None} for row in parsed]
    return Solutions(names, rows)


def read_csv(text: bytes) -> Solutions:
    """Read SPARQL 1.1 Query Results CSV, which has values but no kinds of terms.

    Blank nodes keep their form, so that they can be matched; an empty field stays unbound.
    """
    header, *lines = csv.reader(io.StringIO(text.decode(), newline=""), strict=True)
    rows: list[Row] = []
    for line in lines:
        pairs = zip(header, line, strict=True)
        rows.append({name: _csv_term(value) for name, value in pairs if value})
    return Solutions(header, rows)


def _csv_term(value: str) -> Term:
    return ox.BlankNode(value.removeprefix("_:")) if value.startswith("_:") else ox.Literal(value)


READERS: Final = {"srj": read_json, "srx": read_xml, "tsv": read_tsv, "csv": read_csv}


def read_rdf(quads: Iterable[ox.Quad]) -> Solutions:
    """Read a result that is written as a graph, in the vocabulary of the first test suites."""
    triples = list(quads)

    def values(subject: Term, name: str) -> list[Term]:
        return [
            q.object for q in triples if q.subject == subject and q.predicate.value == f"{_RESULT_SET}{name}"
        ]

    def text(node: Term) -> str:
        assert isinstance(node, ox.Literal), node
        return node.value

    root = next(quad.subject for quad in triples if quad.object == ox.NamedNode(f"{_RESULT_SET}ResultSet"))
    rows = [
        {text(values(pair, "variable")[0]): values(pair, "value")[0] for pair in values(solution, "binding")}
        for solution in values(root, "solution")
    ]
    return Solutions([text(node) for node in values(root, "resultVariable")], rows)


def is_result_set(quads: Iterable[ox.Quad]) -> bool:
    """Whether a graph stands for the rows of a result."""
    return any(quad.object == ox.NamedNode(f"{_RESULT_SET}ResultSet") for quad in quads)


def by_value(solutions: Solutions | bool) -> Solutions | bool:
    """The rows with one lexical form for each number and truth value: `2.0` and `2` are one decimal."""
    if isinstance(solutions, bool):
        return solutions
    rows = [{name: term_by_value(term) for name, term in row.items()} for row in solutions.rows]
    return Solutions(solutions.variables, rows)


def term_by_value(term: Any) -> Any:
    """The term with one lexical form for each number or truth value that it is or holds."""
    if isinstance(term, ox.Triple):
        return ox.Triple(term.subject, term.predicate, term_by_value(term.object))
    if not isinstance(term, ox.Literal):
        return term
    read = _VALUES.get(term.datatype.value.removeprefix(_XSD))
    try:
        return ox.Literal(repr(read(term.value)), datatype=term.datatype) if read else term
    except (ValueError, ArithmeticError, KeyError):  # ill-typed, such as "a"^^xsd:integer
        return term


def is_same_result(found: Solutions | bool, expected: Solutions | bool, *, is_ordered: bool) -> bool:
    """Whether results are equal as multisets (or sequences) of rows, up to the names of blank nodes."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    same_header = set(found.variables) == set(expected.variables)
    return same_header and is_isomorphic(_quads(found, is_ordered), _quads(expected, is_ordered))


def is_isomorphic(left: Iterable[ox.Quad], right: Iterable[ox.Quad]) -> bool:
    """Whether two datasets are equal up to the names of blank nodes."""
    datasets = [ox.Dataset(left), ox.Dataset(right)]
    for dataset in datasets:
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return datasets[0] == datasets[1]


def _quads(solutions: Solutions, is_ordered: bool) -> list[ox.Quad]:
    """A dataset that stands for the rows: a blank node for each, so that equal rows stay several."""
    quads = []
    for number, row in enumerate(solutions.rows):
        node = ox.BlankNode()
        index = ox.Literal(number if is_ordered else 0)
        quads.append(ox.Quad(node, ox.NamedNode(f"{_ROW}index"), index))
        quads += [ox.Quad(node, ox.NamedNode(f"{_ROW}value:{name}"), term) for name, term in row.items()]
    return quads
