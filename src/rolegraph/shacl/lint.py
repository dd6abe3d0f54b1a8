"""Files of shapes in, what is wrong with the shapes themselves out, with file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

from rolegraph.errors import Problems
from rolegraph.shacl.files import read_graph
from rolegraph.shacl.lint_ontology import check_ontology
from rolegraph.shacl.lint_reading import LintFault, Reading, read
from rolegraph.shacl.lint_sparql import check_queries
from rolegraph.shacl.lint_structure import check_structure
from rolegraph.shacl.lint_values import check_values
from rolegraph.shacl.vocabulary import ADVANCED, NAMESPACE, TERMS, nearest

__all__ = ["LintFault", "lint", "report_faults"]

_LEVELS: Final = ("error", "warning")


def lint(files: Mapping[str, Graph] | Sequence[Path], ontology: Graph | None = None) -> list[LintFault]:
    """Look for faults in shapes; the data that they are for is not needed.

    Args:
        files: RDF files, or the graphs that were read from them by the files' names; lines are known
            of Turtle and N-Triples files that still exist.
        ontology: defines the classes and properties of the data; None when there is none.
    Returns:
        all faults of all files, by file and line. Shapes without a fault of level "error" can be run.
    """
    unread: list[LintFault] = []
    if not isinstance(files, Mapping):
        files = _read_files(files, unread)
    reading = read(files)
    _check_terms(reading)
    check_values(reading)
    check_structure(reading)
    check_queries(reading)
    if ontology is not None:
        check_ontology(reading, ontology)
    found = [*unread, *reading.faults]
    return sorted(found, key=lambda fault: (fault.file, fault.line, _LEVELS.index(fault.level), fault))


def report_faults(faults: Sequence[LintFault], problems: Problems) -> None:
    """Hand faults over to the problems of a run: errors end it, warnings are told."""
    for fault in faults:
        tell = problems.error if fault.level == "error" else problems.warn
        tell(fault.file, fault.line, f"{fault.subject}{fault.found}", fault.instead)


def _read_files(files: Sequence[Path], unread: list[LintFault]) -> dict[str, Graph]:
    """Each file's graph; a file that cannot be read is a fault, and holds what stands before it."""
    problems, graphs = Problems(), {}
    for file in files:
        graphs[str(file)] = read_graph([file], problems)
    for problem in problems.errors:
        found, _, instead = problem.message.rpartition("; ")
        unread.append(LintFault(problem.file, problem.line, "", "", found, instead))
    return graphs


def _check_terms(reading: Reading) -> None:
    """Every term of SHACL's namespace is known, and stands where such a term can stand."""
    for subject, predicate, value in reading.graph:
        if str(predicate).startswith(NAMESPACE):
            _check_property(reading, subject, predicate)
        if isinstance(value, URIRef) and str(value).startswith(NAMESPACE):
            _check_value(reading, subject, predicate, value)


def _check_property(reading: Reading, subject: Node, predicate: Node) -> None:
    name = str(predicate).removeprefix(NAMESPACE)
    kind = TERMS.get(name)
    if kind is None or kind != "property":
        near = nearest(name, "property")
        found = "SHACL has no such term" if kind is None else f"this is a {kind} of SHACL and no property"
        # A term that nothing else of SHACL stands beside may be of the data, and changes nothing.
        is_shacl = (
            any(_is_known(p) for p in reading.graph.predicates(subject)) or subject in reading.shape_set
        )
        (reading.error if is_shacl else reading.warn)(subject, predicate, found, _meant(near))
    elif name in ADVANCED:
        reading.warn(
            subject,
            predicate,
            "this is of SHACL Advanced Features or SHACL-JS, which nothing here runs",
            "leave it out, or write a sh:sparql constraint",
        )


def _is_known(predicate: Node) -> bool:
    return str(predicate).startswith(NAMESPACE) and str(predicate).removeprefix(NAMESPACE) in TERMS


def _check_value(reading: Reading, subject: Node, predicate: Node, value: URIRef) -> None:
    name = str(value).removeprefix(NAMESPACE)
    kind = TERMS.get(name)
    is_type = predicate == RDF.type
    if kind is None and predicate != SH.nodeKind:  # which says itself what it takes
        near = nearest(name, "class" if is_type else "individual")
        reading.error(
            subject, predicate, f"SHACL has no term {reading.shown(value)}", _meant(near), value=value
        )
    elif is_type and kind != "class":
        reading.error(
            subject,
            predicate,
            f"{reading.shown(value)} is no class",
            "write sh:NodeShape or sh:PropertyShape",
            value=value,
        )
    elif is_type and name in ADVANCED:
        reading.warn(
            subject,
            predicate,
            f"{reading.shown(value)} is of SHACL Advanced Features or SHACL-JS, which nothing here runs",
            "leave it out",
            value=value,
        )


def _meant(near: str) -> str:
    return f"do you mean sh:{near}?" if near else "correct the name or leave it out"
