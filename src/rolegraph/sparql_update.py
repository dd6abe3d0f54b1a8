"""An update as a client sends it in, an update that the engine understands out.

SPARQL 1.1 Protocol 2.2.3: `using-graph-uri` and `using-named-graph-uri` act as USING and USING NAMED
would. Oxigraph has no option for that, so the clauses are written before each WHERE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rolegraph.errors import QueryError
from rolegraph.sparql_readings import Place, readings
from rolegraph.sparql_tokens import Token, outline

_OWN_DATASET: Final = ("USING", "WITH")
_KEYWORDS: Final = frozenset([
    "BASE", "PREFIX", "VERSION", "LOAD", "SILENT", "INTO", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY",
    "TO", "GRAPH", "DEFAULT", "NAMED", "ALL", "INSERT", "DELETE", "DATA", "WHERE", "USING", "WITH",
])  # fmt: skip


class _Where(NamedTuple):
    """The WHERE of an operation: where it starts, and the group it shares with a DELETE, if it does."""

    start: int
    template: slice | None


def gather_prologues(update: str) -> str:
    """Move the PREFIX declarations between operations into the prologue before the first.

    The grammar has a prologue before each operation of a sequence (SPARQL 1.1 section 19.8, rule 29);
    Oxigraph 0.5.13 takes one before the first only. Line breaks stay where they are.

    Raises:
        QueryError: a later prologue gives a prefix another IRI, or has BASE, which this cannot express.

    >>> gather_prologues("CLEAR ALL; PREFIX a: <a:> CLEAR GRAPH a:g")
    'PREFIX a: <a:> CLEAR ALL;  CLEAR GRAPH a:g'
    """
    after_first = (outline(update) or update).lower().partition(";")[2]
    if "prefix" not in after_first and "base" not in after_first:
        return update
    found = list(_declarations(update))
    first = [declaration for declaration in found if declaration.is_first]
    known = {declaration.name: declaration.iri for declaration in first}
    moved: dict[str, str] = {}
    written, end = [], 0
    for later in found[len(first) :]:
        if (known | moved).setdefault(later.name, later.iri) != later.iri:
            raise QueryError(
                f"prefix {later.name!r} means two IRIs in one update; use two prefixes, or two updates"
            )
        if later.name not in known:
            moved[later.name] = later.iri
        written += [update[end : later.start], "\n" * update.count("\n", later.start, later.end)]
        end = later.end
    gathered = "".join([*written, update[end:]])
    position = first[-1].end if first else 0
    clauses = "".join(f" PREFIX {name} {iri}" for name, iri in moved.items())
    return f"{gathered[:position]}{clauses} {gathered[position:]}".lstrip(" ") if moved else gathered


class _Declaration(NamedTuple):
    """`PREFIX name iri`, or `BASE iri` without a name; `is_first`: it stands before the first operation."""

    name: str
    iri: str
    start: int
    end: int
    is_first: bool


def _declarations(update: str) -> Iterator[_Declaration]:
    is_prologue, is_first, start = True, True, 0
    for place in _one_reading(update):
        token, previous = place.token, place.previous
        word = token.text.upper() if token.kind == "word" else ""
        if word == "BASE" and is_prologue and not is_first:
            raise QueryError("BASE stands before the first operation only; write the IRIs after it in full")
        if word in {"BASE", "PREFIX"} and is_prologue:
            start = token.start
        elif token.kind == "iri" and is_prologue:
            name = previous.text if previous.kind == "name" else ""
            yield _Declaration(name, token.text, start, token.end, is_first)
        elif word not in {"", "VERSION"}:
            is_prologue = is_first = False
        elif token.text == ";" and place.brackets.depth == 0:
            is_prologue = True


def insert_using(update: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """Write a dataset into every operation of an update that has a WHERE.

    `DELETE WHERE {…}` cannot take USING by the grammar. It means `DELETE {…} WHERE {…}` with one
    pattern twice (SPARQL 1.1 Update 3.1.3.3), and becomes that: the dataset decides what is
    found, and what is found is deleted from where the pattern says, as from any template.

    Args:
        update: the text; comments and strings may hold any words.
        default_graphs: IRIs in angle brackets.
        named_graphs: likewise.
    Raises:
        QueryError: an operation names its dataset itself by USING, USING NAMED or WITH, or the text
            does not show for certain where its operations begin.

    >>> insert_using("DELETE WHERE { ?s ?p ?o }", ["<a:g>"], [])
    'DELETE { ?s ?p ?o } USING <a:g> WHERE { ?s ?p ?o }'
    """
    clauses = [f"USING {iri} " for iri in default_graphs] + [f"USING NAMED {iri} " for iri in named_graphs]
    using = "".join(clauses)
    written, end = [], 0
    for where in _wheres(update):
        template = f"{update[where.template]} " if where.template else ""
        written += [update[end : where.start], template, using]
        end = where.start
    return "".join([*written, update[end:]])


def _wheres(update: str) -> Iterator[_Where]:
    """Each WHERE outside all brackets, in order."""
    delete_where: Token | None = None
    opening: Token | None = None
    for place in _one_reading(update):
        token, previous = place.token, place.previous
        if place.brackets.depth == 0 and token.kind in {"word", "name"}:
            _check(token, previous)
            if token.text.upper() == "WHERE":
                delete_where = token if previous.text.upper() == "DELETE" else None
                opening = None
                if delete_where is None:
                    yield _Where(token.start, None)
        elif delete_where is not None and opening is None:
            opening = token
        if (
            delete_where is not None
            and opening is not None
            and place.brackets.depth == 0
            and token.text == "}"
        ):
            yield _Where(delete_where.start, slice(opening.start, token.end))
            delete_where = None


def _one_reading(update: str) -> Iterator[Place]:
    """The tokens of a text that can be cut in one way only."""
    end = 0
    for place in readings(update):
        if place.token.start < end:
            raise QueryError(
                "the update can be read in two ways, so its request cannot name a dataset; "
                "put white space after each '<' that is an operator, and write IRIs in full"
            )
        end = place.token.end
        yield place


def _check(token: Token, previous: Token) -> None:
    """Refuse an operation with a dataset of its own, and a keyword glued to its neighbour.

    Oxigraph takes `USING:g` and `DELETEWHERE`, where the grammar has a name and no keyword.
    """
    text = token.text.upper()
    if token.kind == "word" and text in _OWN_DATASET:
        raise QueryError(
            f"the update has {text}, so its request must not name a dataset too: drop the clause, or the "
            "parameters using-graph-uri and using-named-graph-uri (SPARQL 1.1 Protocol 2.2.3)"
        )
    is_glued = text not in _KEYWORDS if token.kind == "word" else previous.kind != "word"
    if is_glued:
        raise QueryError(f"{token.text!r} begins no operation; put white space between keywords and names")
