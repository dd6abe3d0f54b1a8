"""Query files in, SPARQL with its parameters bound as RDF terms out.

A query file is plain SPARQL that runs as it stands. Comment lines at its top give title,
description and parameters, and each parameter is a variable that one block such as
`VALUES ?minShared { 1 }` binds to its default. Setting a parameter changes what stands between the
braces; a default of UNDEF leaves the query unconstrained.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from rolegraph import resources
from rolegraph.errors import IriError, QueryError, UnknownQuery
from rolegraph.iris import check_iri
from rolegraph.sparql_tokens import tokens

UNDEF: Final = "UNDEF"
HISTORY_PARAMETER: Final = "history"
"""A parameter that is the IRI of the catalog's graph of history unless somebody sets it: a query must name
that graph to see it, and a file that ships does not know the catalog."""
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELD = re.compile(r"#\s*(title|description|param)\s*:?\s+?(.*)")
_PARAMETER = re.compile(r"(?P<name>\S+?)\s*:\s*(?P<type>\w+)\s*(?:=\s*(?P<default>.*?)\s*)?—\s*(?P<text>.+)")

_FORMS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "code": (re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"), "letters, digits, '.', '-' and '_'"),
    "string": (re.compile(r"(?s).+"), "a text"),
    "text": (re.compile(r"(?s).*\S.*"), "a text"),
    "integer": (re.compile(r"[+-]?[0-9]+"), "a whole number"),
    "decimal": (re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"), "a number such as 0.5"),
    "iri": (re.compile(r"\S+"), "an absolute IRI"),
}
"""Parameter type -> the form that a value must have, and how to say so."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query.

    `default` is what the file binds when nobody sets it, UNDEF for "anything", or None for a
    parameter that must be set.
    """

    name: str
    type: str
    default: str | None
    description: str

    @property
    def variable(self) -> str:
        """The variable that the file binds: `min-shared` is `?minShared`."""
        first, *rest = self.name.split("-")
        return "?" + first + "".join(part.capitalize() for part in rest)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query file: what its comments say, and its text."""

    name: str
    title: str
    description: str
    params: tuple[Parameter, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a `VALUES ?variable { … }` block stands: all of it, and what is between its braces."""

    start: int
    inner_start: int
    inner_end: int
    end: int


def list_queries(folders: Sequence[Path] = ()) -> tuple[NamedQuery, ...]:
    """Every query of the given folders and of those that ship, by name.

    Args:
        folders: folders of a catalog's own queries; a name found there hides the shipped one.
    """
    return tuple(_read(path) for _, path in sorted(_files(folders).items()))


def load_query(name_or_path: str | Path, folders: Sequence[Path] = ()) -> NamedQuery:
    """Read one query.

    Args:
        name_or_path: a text is a name, and only ever a name, so that it may come from a URL; a Path
            is a file.
        folders: folders of a catalog's own queries; a name found there hides the shipped one.
    Raises:
        UnknownQuery: no query has this name; the message gives the nearest one.
        QueryError: the file's comments and its VALUES blocks do not agree.
    """
    if isinstance(name_or_path, Path):
        return _read(name_or_path)
    files = _files(folders)
    if name_or_path not in files:
        hint = _nearest(name_or_path, files) or "`rolegraph query --list` shows all names"
        raise UnknownQuery(f"there is no query {name_or_path!r}; {hint}")
    return _read(files[name_or_path])


def parse_query(text: str, name: str) -> NamedQuery:
    """Take a query's text apart.

    Raises:
        QueryError: a `param` line is malformed, or its variable is not bound by exactly one block.
    """
    fields = _fields(text)
    params = tuple(_parameter(value, name) for kind, value in fields if kind == "param")
    _blocks(text, params, name)
    return NamedQuery(
        name=name,
        title=next((value for kind, value in fields if kind == "title"), name),
        description=next((value for kind, value in fields if kind == "description"), ""),
        params=params,
        text=text,
    )


def bind(query: NamedQuery, values: Mapping[str, Sequence[str]]) -> str:
    """Set the parameters of a query.

    Args:
        query: as read from its file.
        values: parameter name -> one value, or several of which any may hold.
    Returns:
        the text with every given value in place as an RDF term. Values are never pasted: what they
        hold cannot become part of the query's syntax.
    Raises:
        QueryError: an unknown or missing parameter, or a value that does not fit its type.
    """
    known = {param.name: param for param in query.params}
    for name in values:
        if name not in known:
            raise QueryError(_unknown_parameter(query.name, name, known))
    edits: list[tuple[int, int, str]] = []
    for param, block in _blocks(query.text, query.params, query.name).items():
        given = values.get(param.name, ())
        if given:
            terms = " ".join(_term(param, value) for value in given)
            edits.append((block.inner_start, block.inner_end, f" {terms} "))
        elif param.default is None:
            raise QueryError(f"query {query.name!r} needs parameter {param.name!r}: {param.description}")
        elif param.default == UNDEF:
            # VALUES with UNDEF is the identity of the join, and Oxigraph takes its time over it.
            edits.append((block.start, block.end, ""))
    text = query.text
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _files(folders: Sequence[Path]) -> dict[str, Path]:
    """Name -> file; earlier folders win, the shipped one comes last."""
    found: dict[str, Path] = {}
    for folder in (*folders, resources.folder("queries")):
        for path in folder.glob("*.rq"):
            if _NAME.fullmatch(path.stem):
                found.setdefault(path.stem, path)
    return found


def _read(path: Path) -> NamedQuery:
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise QueryError(f"{path}: the query cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QueryError(f"{path}: the query is not UTF-8 at byte {error.start}; save it as UTF-8") from error


@lru_cache(maxsize=256)
def _parsed(path: Path, _mtime_ns: int, _size: int) -> NamedQuery:
    """A file's query, taken apart once for each state of the file: the query page lists all of them."""
    return parse_query(path.read_text(encoding="utf-8-sig"), path.stem)


def _fields(text: str) -> list[tuple[str, str]]:
    """The comment fields at the top, with their continuation lines joined."""
    fields: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        match = _FIELD.fullmatch(line)
        if match:
            fields.append((match[1], match[2].strip()))
        elif fields:
            kind, value = fields[-1]
            fields[-1] = kind, f"{value} {line.lstrip('# ').strip()}".strip()
    return fields


def _parameter(value: str, query: str) -> Parameter:
    match = _PARAMETER.fullmatch(value)
    if not match or not _NAME.fullmatch(match["name"]) or match["type"] not in _FORMS:
        raise QueryError(
            f"query {query!r}: parameter line {value!r} cannot be read; write "
            f"'name: type = default — description' with a type of {', '.join(_FORMS)}"
        )
    return Parameter(match["name"], match["type"], match["default"], match["text"])


def _blocks(text: str, params: tuple[Parameter, ...], query: str) -> dict[Parameter, _Block]:
    found: dict[str, list[_Block]] = {}
    for variable, block in _values_blocks(text):
        found.setdefault(variable, []).append(block)
    blocks: dict[Parameter, _Block] = {}
    for param in params:
        candidates = found.get(param.variable, [])
        if len(candidates) != 1:
            raise QueryError(
                f"query {query!r}: {len(candidates)} blocks bind parameter {param.name!r}; "
                f"write exactly one VALUES {param.variable} {{ … }}"
            )
        blocks[param] = candidates[0]
    return blocks


def _values_blocks(text: str) -> Iterable[tuple[str, _Block]]:
    """Each VALUES block over a single variable; the lexer knows strings, IRIs and comments apart."""
    found = list(tokens(text))
    for index, token in enumerate(found[:-3]):
        variable, opening = found[index + 1], found[index + 2]
        if token.text.upper() != "VALUES" or opening.text != "{" or variable.kind != "variable":
            continue
        closing = next((after for after in found[index + 3 :] if after.text == "}"), None)
        if closing is not None:
            block = _Block(token.start, opening.end, closing.start, closing.end)
            yield "?" + variable.text[1:], block


def _term(param: Parameter, value: str) -> str:
    """The value as a SPARQL term.

    Raises:
        QueryError: it does not fit the parameter's type.
    """
    form, expected = _FORMS[param.type]
    try:
        value.encode()
        if not form.fullmatch(value):
            raise QueryError(_misfit(param, value, expected))
        if param.type == "iri":
            return str(NamedNode(check_iri(value)))
        if param.type in {"integer", "decimal"}:
            return str(Literal(value, datatype=NamedNode(_XSD + param.type)))
        return str(Literal(value))
    except (IriError, UnicodeEncodeError) as error:
        raise QueryError(_misfit(param, value, expected)) from error


def _misfit(param: Parameter, value: str, expected: str) -> str:
    article = "an" if param.type[0] in "aeiou" else "a"
    return f"parameter {param.name!r} is {article} {param.type}, not {value!r}; write {expected}"


def _unknown_parameter(query: str, name: str, known: Mapping[str, Parameter]) -> str:
    if not known:
        return f"query {query!r} has no parameters, so {name!r} cannot be set"
    hint = _nearest(name, known)
    tail = f"; {hint}" if hint else ""
    return f"query {query!r} has no parameter {name!r}; it has {', '.join(known)}{tail}"


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else ""


def describe_queries(queries: Iterable[NamedQuery]) -> str:
    """The catalog of queries as Markdown, made from their comments alone."""
    lines = [
        "# Queries",
        "",
        "Every file in `queries/`, with its parameters. Run one with `rolegraph query NAME -p key=value`,",
        "or paste its text into any SPARQL 1.1 tool: it runs as it stands. `-p` may be repeated; several",
        "values of one parameter mean any of them. This page is made from the comments of the files.",
    ]
    for query in queries:
        lines += ["", f"## {query.name}", "", f"**{query.title}.** {query.description}"]
        if query.params:
            lines += ["", "| parameter | type | default | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{param.name}` | {param.type} | {_default_text(param)} | {param.description} |"
            for param in query.params
        ]
    return "\n".join(lines) + "\n"


def _default_text(param: Parameter) -> str:
    if param.default is None:
        return "must be given"
    return "any" if param.default == UNDEF else f"`{param.default}`"
