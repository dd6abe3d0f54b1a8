"""Statements in, an RDF document with readable prefixes out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

import pyoxigraph as ox

from rolegraph.documents import is_iri
from rolegraph.iris import short_hash
from rolegraph.results import ResultFormat
from rolegraph.terms import PREFIXES

FORMATS: Final = "http://www.w3.org/ns/formats/"
"""Where the W3C names media types as resources."""
_XSD_DATE: Final = ox.NamedNode(PREFIXES["xsd"] + "date")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@cache
def named(curie: str) -> ox.NamedNode:
    """The node of a prefixed name."""
    prefix, _, local = curie.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def date(value: str) -> ox.Literal:
    """An xsd:date."""
    return ox.Literal(value, datatype=_XSD_DATE)


def namespace_of(iri: str) -> str:
    """The part of a term's IRI that it shares with its vocabulary.

    >>> namespace_of("http://xmlns.com/foaf/0.1/name")
    'http://xmlns.com/foaf/0.1/'
    """
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def fragment_of(iri: str) -> str:
    """A readable fragment that no other IRI has.

    >>> fragment_of("https://w3id.org/rolegraph/ns#rank")
    'rank-d0c5b8d8'
    """
    local = _UNSAFE.sub("-", iri.removeprefix(namespace_of(iri)))
    return f"{local}-{short_hash(iri)}"


class Description:
    """Collects triples; those of one subject should come in a row, so that Turtle can group them."""

    def __init__(self, language: str) -> None:
        self._language = language
        self.triples: list[ox.Triple] = []

    def add(self, subject: str, predicate: str, *objects: ox.NamedNode | ox.Literal) -> None:
        """State something; the predicate is a prefixed name."""
        node, property_ = ox.NamedNode(subject), named(predicate)
        self.triples += [ox.Triple(node, property_, value) for value in objects]

    def link(self, subject: str, predicate: str, *iris: str) -> None:
        """State relations to resources."""
        self.add(subject, predicate, *map(ox.NamedNode, iris))

    def say(self, subject: str, predicate: str, text: str | None) -> None:
        """State a text in the language of the description, if there is one."""
        if text:
            self.add(subject, predicate, ox.Literal(text, language=self._language))

    def agent(self, subject: str, predicate: str, text: str | None, node: str, kind: str, name: str) -> None:
        """Relate to a resource that is known by its IRI or, under an IRI of ours, by its name alone."""
        if not text:
            return
        is_known = text.startswith(("http://", "https://")) and is_iri(text)
        self.link(subject, predicate, text if is_known else node)
        if not is_known:
            self.add(node, "rdf:type", named(kind))
            self.add(node, name, ox.Literal(text))


def serialize(triples: Iterable[ox.Triple], fmt: ResultFormat) -> bytes:
    """Write a description in any of the graph formats, with those prefixes that it uses."""
    listed = list(triples)
    used: set[str] = {FORMATS}
    for triple in listed:
        nodes = [triple.predicate, triple.object]
        nodes += [triple.object.datatype] if isinstance(triple.object, ox.Literal) else []
        used |= {namespace_of(node.value) for node in nodes if isinstance(node, ox.NamedNode)}
    prefixes = {prefix: namespace for prefix, namespace in PREFIXES.items() if namespace in used}
    prefixes["formats"] = FORMATS
    return ox.serialize(listed, format=ox.RdfFormat.from_media_type(fmt.media_type), prefixes=prefixes) or b""
