"""The formats of query results: media types, extensions, and the choice between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from rolegraph.errors import NotAcceptable
from rolegraph.protocol import negotiate

Kind = Literal["solutions", "boolean", "graph"]


@dataclass(frozen=True, slots=True)
class ResultFormat:
    """One way to write results.

    `aliases` are other media types that clients ask for it by, `names` what they write in `?format=`.
    """

    extension: str
    media_type: str
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header; text needs its charset said (RFC 7111, RFC 6657)."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


SOLUTIONS: Final = (
    ResultFormat("json", "application/sparql-results+json", ("application/json",)),
    ResultFormat("xml", "application/sparql-results+xml", ("application/xml", "text/xml")),
    ResultFormat("csv", "text/csv"),
    ResultFormat("tsv", "text/tab-separated-values"),
)
GRAPHS: Final = (
    # The names beside the extensions are those that SPARQLWrapper sends of its own accord.
    ResultFormat("ttl", "text/turtle", ("application/x-turtle",), ("turtle", "n3")),
    ResultFormat("nt", "application/n-triples", ("text/plain",)),
    ResultFormat("jsonld", "application/ld+json", ("application/json",), ("json-ld", "json")),
    ResultFormat("rdf", "application/rdf+xml", ("application/xml", "text/xml"), ("rdf+xml", "xml")),
    ResultFormat("trig", "application/trig", ("application/x-trig",)),
    ResultFormat("nq", "application/n-quads", ("text/x-nquads", "text/nquads")),
)

_OF_QUADS: Final = {"trig", "nq"}
TRIPLES: Final = tuple(fmt for fmt in GRAPHS if fmt.extension not in _OF_QUADS)
"""The formats that one graph may come in."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The format for either kind of result; None where the client accepts none of that kind.

    Both are chosen before the query runs, since only the engine knows which kind it gives.
    """

    solutions: ResultFormat | None
    graph: ResultFormat | None


@lru_cache(256)
def choose(accept: str | None, wished: str = "", *, only_graphs: bool = False) -> Choice:
    """Choose formats by a wish, such as `csv` or `text/csv`, or else by an Accept header.

    Args:
        accept: the header's value.
        wished: a name that goes before the header, "" for none.
        only_graphs: whether the answer is a graph for certain.

    Raises:
        NotAcceptable: no format of either kind fits.
    """
    if wished:
        choice = Choice(_named(wished, SOLUTIONS), _named(wished, GRAPHS))
        asked = f"format {wished!r}"
    else:
        choice = Choice(_negotiated(accept, SOLUTIONS), _negotiated(accept, GRAPHS))
        asked = f"'Accept: {accept}'"
    if choice.graph is None and (only_graphs or choice.solutions is None):
        offered = GRAPHS if only_graphs else SOLUTIONS + GRAPHS
        raise not_acceptable(f"nothing fits {asked}", offered)
    return choice


def not_acceptable(reason: str, formats: tuple[ResultFormat, ...]) -> NotAcceptable:
    """The error that lists what is offered instead."""
    offered = tuple(fmt.media_type for fmt in formats)
    return NotAcceptable(f"{reason}; ask for one of {', '.join(offered)}", offered)


def _named(name: str, formats: tuple[ResultFormat, ...]) -> ResultFormat | None:
    wanted = name.lower()
    return next((f for f in formats if wanted in {f.extension, f.media_type, *f.aliases, *f.names}), None)


def _negotiated(accept: str | None, formats: tuple[ResultFormat, ...]) -> ResultFormat | None:
    by_type = {f.media_type: f for f in formats}
    # An alias counts only when it is named: `*/*` must not bring back a type that has q=0.
    named = (accept or "").lower()
    by_type |= {alias: f for f in formats for alias in f.aliases if alias in named}
    chosen = negotiate(accept, list(by_type))
    return by_type[chosen] if chosen else None
