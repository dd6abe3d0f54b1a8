"""RDF files of any common syntax in, a store to check or a graph of shapes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from rdflib import Graph

from rolegraph.errors import Problems
from rolegraph.shacl.lexical import encode_quads
from rolegraph.shacl.results import to_rdflib, unheard

FORMATS: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "n3": ox.RdfFormat.N3,
    "rdf": ox.RdfFormat.RDF_XML,
    "owl": ox.RdfFormat.RDF_XML,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "json": ox.RdfFormat.JSON_LD,
}
"""File extension -> syntax."""


def read_store(files: Iterable[Path], problems: Problems) -> ox.Store:
    """Load files into the default graph of a store in memory, whatever graph their triples are in.

    Args:
        files: RDF files; their blank nodes are their own.
        problems: receives every file that cannot be read.
    Returns:
        a store whose literals have the form of `lexical.encode`.
    """
    store = ox.Store()
    several = list(files)
    for file in several:
        triples = (
            ox.Quad(q.subject, q.predicate, q.object) for q in _quads(file, problems, len(several) > 1)
        )
        store.bulk_extend(encode_quads(triples))
    return store


@unheard()
def read_graph(files: Iterable[Path], problems: Problems) -> Graph:
    """Read files into one graph, every literal as it is written.

    Args:
        files: RDF files.
        problems: receives every file that cannot be read.
    """
    graph = Graph()
    several = list(files)
    for file in several:
        for quad in _quads(file, problems, len(several) > 1):
            if not isinstance(quad.subject, ox.Triple) and not isinstance(quad.object, ox.Triple):
                graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
    return graph


def _quads(file: Path, problems: Problems, rename: bool) -> Iterator[ox.Quad]:
    """The quads of a file up to its first fault, which is then a problem."""
    syntax = FORMATS.get(file.suffix.lower().removeprefix("."))
    if syntax is None:
        known = ", ".join(f".{name}" for name in FORMATS)
        problems.error(file, 0, f"{file.suffix or 'no extension'} is no syntax of RDF", f"use one of {known}")
        return
    try:
        yield from ox.parse(
            path=file, format=syntax, base_iri=file.absolute().as_uri(), rename_blank_nodes=rename
        )
    except SyntaxError as error:
        problems.error(file, error.lineno or 0, f"this cannot be read: {error.msg}", "correct the line")
    except OSError as error:
        problems.error(file, 0, str(error.strerror or error), "name a file that exists")
