"""The query page: a form, examples, and the first rows of the result, without any script needed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, current_app, render_template, request

from rolegraph.endpoint.cancellation import Cancellation
from rolegraph.endpoint.run import RunRequest
from rolegraph.errors import RolegraphError
from rolegraph.query import NamedQuery, list_queries
from rolegraph.results import GRAPHS, SOLUTIONS, ResultFormat
from rolegraph.service.exchange import Request
from rolegraph.service.service import Service
from rolegraph.terms import prefixed_forms

blueprint = Blueprint("pages", __name__)

SERVICE: Final = "rolegraph"
"""Where the application keeps its service."""
REQUEST: Final = "rolegraph.request"
"""Where an environ keeps the request that it was made of."""
MAX_ROWS: Final = 1000
_FIRST_EXAMPLE: Final = "roles-sharing-skills-within-level"


@dataclass(frozen=True, slots=True)
class Cell:
    """A term as the page shows it; `iri` is set when it can be followed."""

    text: str
    iri: str = ""
    language: str = ""
    datatype: str = ""


@dataclass(frozen=True, slots=True)
class PageResult:
    """The part of a result that the page shows."""

    variables: list[str]
    rows: list[list[Cell]]
    has_more: bool
    boolean: bool | None
    formats: tuple[ResultFormat, ...]
    milliseconds: float

    @property
    def count_text(self) -> str:
        """The number of rows, in words."""
        if self.has_more:
            return f"first {len(self.rows):,} rows"
        return "1 row" if len(self.rows) == 1 else f"{len(self.rows):,} rows"


def service() -> Service:
    """The service of the application that answers the current request."""
    found = current_app.extensions[SERVICE]
    assert isinstance(found, Service)  # noqa: S101, only `create_app` writes it
    return found


@blueprint.get("/")
def query_page() -> tuple[str, int]:
    """Show the form; with a query, also its result or what was wrong with it."""
    examples = list_queries(service().options.query_folders)
    query = request.args.get("query", "")
    context: dict[str, Any] = {
        "site": service().facts,
        "rights": service().rights(),
        "generation": service().backend.generation,
        "examples": examples,
        "max_rows": MAX_ROWS,
    }
    if not query.strip():
        example = _example(examples, request.args.get("example", _FIRST_EXAMPLE))
        context |= {"query": example.text if example else "", "current": example}
        return render_template("query.html", **context), 200
    context |= {"query": query, "current": None}
    try:
        context["result"] = run_for_page(query)
    except RolegraphError as error:
        # The service counts and logs it as it does any failure; the page says it in its own way.
        status = service().failure(Request(method="GET", path="/"), error).status
        return render_template("query.html", **context, error=str(error), status=status), status
    return render_template("query.html", **context), 200


def _example(examples: tuple[NamedQuery, ...], name: str) -> NamedQuery | None:
    return next((example for example in examples if example.name == name), examples[0] if examples else None)


def run_for_page(query: str) -> PageResult:
    """Run a query for its first rows."""
    started = time.perf_counter()
    incoming = request.environ.get(REQUEST)
    cancellation = incoming.cancellation if incoming is not None else Cancellation()
    answer = service().backend.run(RunRequest(query=query, max_rows=MAX_ROWS), cancellation)
    try:
        page = json.loads(b"".join(answer))
    finally:
        answer.close()
    return PageResult(
        variables=page.get("variables", []),
        rows=[[_cell(term) for term in row] for row in page.get("rows", [])],
        has_more=page.get("more", False),
        boolean=page.get("boolean"),
        formats=GRAPHS if answer.kind == "graph" else SOLUTIONS,
        milliseconds=1000 * (time.perf_counter() - started),
    )


def _cell(term: dict[str, str] | None) -> Cell:
    if term is None:
        return Cell("")
    if term["type"] == "uri":
        return Cell(shorten(term["value"], service().facts.base_iri), iri=term["value"])
    if term["type"] == "literal":
        return Cell(term["value"], language=term["language"], datatype=shorten(term["datatype"]))
    return Cell(term["value"])


def shorten(iri: str, base: str = "") -> str:
    """An IRI relative to the base, or as a prefixed name where a prefix of rolegraph's fits, or as it is.

    >>> shorten("https://w3id.org/rolegraph/level/P5"), shorten("http://e/role/A.B.P1", "http://e/")
    ('level:P5', 'role/A.B.P1')
    """
    if base and iri.startswith(base):
        return iri.removeprefix(base) or iri
    for prefix, local in prefixed_forms(iri):
        if "/" not in local and "#" not in local:
            return f"{prefix}:{local}"
    return iri
