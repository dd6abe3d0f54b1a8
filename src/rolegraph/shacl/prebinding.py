"""Queries with pre-bound variables in, queries that mean the same without them out (SHACL Appendix A).

SHACL runs a query once for each focus node, with `$this` bound before it starts. `join_targets` makes
one query of all these runs: the focus nodes are joined in wherever a group would otherwise look at
`$this` before anything in it has bound it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from rolegraph.sparql_tokens import Token, tokens

_AGGREGATES: Final = frozenset(["COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"])
_CLAUSES: Final = frozenset(["FILTER", "BIND", "OPTIONAL", "GRAPH", "UNION", "MINUS", "VALUES", "SERVICE"])
_REFUSED: Final = frozenset(["MINUS", "SERVICE", "VALUES"])


@dataclass(slots=True)
class _Mention:
    """An occurrence of the pre-bound variable."""

    position: int
    is_direct: bool
    is_filter: bool


@dataclass(slots=True)
class _Group:
    """A `{ … }` of a query, and how the word before it makes it behave."""

    start: int
    kind: str
    parent: _Group | None
    children: list[_Group] = field(default_factory=list)
    mentions: list[_Mention] = field(default_factory=list)
    is_subselect: bool = False

    @property
    def is_correlated(self) -> bool:
        """Whether it is inside EXISTS, where the engine hands the solution in."""
        return self.kind == "EXISTS" or (self.parent is not None and self.parent.is_correlated)

    def is_looked_at(self) -> bool:
        """Whether the variable occurs here or deeper."""
        return bool(self.mentions) or any(child.is_looked_at() for child in self.children)


def mentions(query: str, variable: str) -> bool:
    """Whether a query names a variable."""
    return variable in query and any(_is(token, variable) for token in tokens(query))


def _is(token: Token, variable: str) -> bool:
    return token.kind == "variable" and token.text[1:] == variable


def find_fault(query: str, bound: Collection[str] = ("this",)) -> str:
    """What SHACL does not allow in a query with pre-bound variables, as a sentence; "" for nothing.

    >>> find_fault("SELECT $this WHERE { $this ?p ?o MINUS { $this a ?c } }")
    'a SPARQL constraint has MINUS; write FILTER NOT EXISTS'
    """
    found = list(tokens(query))
    for before, token in pairwise(found):
        if token.kind == "word" and token.text.upper() in _REFUSED:
            instead = "write FILTER NOT EXISTS" if token.text.upper() == "MINUS" else "leave it out"
            return f"a SPARQL constraint has {token.text.upper()}; {instead}"
        if before.text.upper() == "AS" and token.kind == "variable" and token.text[1:] in bound:
            return f"a SPARQL constraint binds {token.text} anew; use another variable"
    for clause in select_clauses(found):
        if not any(_is(token, "this") for token in clause):
            return "a SELECT of a SPARQL constraint does not return $this by name; add it"
    return ""


def select_clauses(found: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens between each SELECT and its WHERE."""
    for number, token in enumerate(found):
        if token.kind == "word" and token.text.upper() == "SELECT":
            clause = []
            for following in found[number + 1 :]:
                if following.text == "{" or following.text.upper() in {"WHERE", "FROM"}:
                    break
                clause.append(following)
            yield clause


def fill(query: str, constants: Mapping[str, str]) -> str:
    """Put constants in the place of variables; BOUND of one is true.

    >>> fill("ASK { FILTER(BOUND($p) && ?x = $p) }", {"p": "5"})
    'ASK { FILTER((true) && ?x = 5) }'
    """
    return _replaced(query, {name: f"{text}" for name, text in constants.items()}, is_constant=True)


def rename(query: str, names: Mapping[str, str]) -> str:
    """Put other variables in the place of variables."""
    return _replaced(query, names, is_constant=False)


def _replaced(query: str, texts: Mapping[str, str], is_constant: bool) -> str:
    found = list(tokens(query))
    parts, end, number = [], 0, 0
    while number < len(found):
        token = found[number]
        if is_constant and _is_bound_call(found, number, texts):
            parts += [query[end : token.start], "(true)"]
            end = found[number + 3].end
            number += 4
            continue
        if token.kind == "variable" and token.text[1:] in texts:
            parts += [query[end : token.start], texts[token.text[1:]]]
            end = token.end
        number += 1
    return "".join([*parts, query[end:]])


def _is_bound_call(found: Sequence[Token], number: int, texts: Mapping[str, str]) -> bool:
    call = found[number : number + 4]
    return (
        len(call) == 4  # BOUND ( ?v )
        and call[0].text.upper() == "BOUND"
        and call[1].text == "("
        and call[2].kind == "variable"
        and call[2].text[1:] in texts
    )


def bind_this(query: str, term: str) -> str:
    """The query for one focus node: its term in place of `$this`, which SELECT still returns."""
    found = list(tokens(query))
    selected = {token.start for clause in select_clauses(found) for token in clause}
    parts, end = [], 0
    for token in found:
        if _is(token, "this") and token.start in selected:
            parts += [query[end : token.start], f"({term} AS ?this)"]
            end = token.end
    text = "".join([*parts, query[end:]])
    mark = "rg_selected_focus"
    text = text.replace(f"({term} AS ?this)", f"({term} AS ?{mark})")
    return fill(text, {"this": term}).replace(f"?{mark}", "?this")


def ask_group(query: str) -> tuple[str, str]:
    """Split an ASK query into its prologue and its group."""
    for token in tokens(query):
        if token.text == "{":
            return _before_ask(query, token.start), query[token.start :]
    return query, "{}"


def _before_ask(query: str, end: int) -> str:
    starts = [
        token.start for token in tokens(query[:end]) if token.kind == "word" and token.text.upper() == "ASK"
    ]
    return query[: starts[-1]] if starts else query[:end]


def expand(prologue: str, text: str) -> str:
    """Write prefixed names in full."""
    found = list(tokens(prologue))
    prefixes = {
        two.text: three.text[1:-1]
        for one, two, three in zip(found, found[1:], found[2:], strict=False)
        if one.text.upper() == "PREFIX" and three.kind == "iri"
    }
    parts, end = [], 0
    for token in tokens(text):
        prefix, colon, local = token.text.partition(":")
        if token.kind == "name" and prefix + colon in prefixes:
            plain = local.replace("\\", "")
            parts += [text[end : token.start], f"<{prefixes[prefix + colon]}{plain}>"]
            end = token.end
    return "".join([*parts, text[end:]])


def join_targets(query: str, targets: str) -> str | None:
    """One query for all focus nodes.

    Args:
        query: a SELECT with `$this` pre-bound.
        targets: a group pattern that binds `?this` to each focus node once, and no other variable.
    Returns:
        the query, or None when one for each focus node is needed: a limit or an aggregate over the
        solutions of one node, or a group of another graph that looks at `$this` first.
    """
    found = list(tokens(query))
    words = {token.text.upper() for token in found if token.kind == "word"}
    if words & {"LIMIT", "OFFSET", "FROM"}:
        return None
    top = _outermost(found)
    if top is None:
        return None
    places = [top.start]
    for group in _descendants(top):
        if _needs_targets(group):
            if group.kind == "GRAPH":
                return None
            places.append(group.start)
    tail = _grouping(found, bool(words & _AGGREGATES))
    if tail is None:
        return None
    text = query
    insertions = [(place + 1, f" {targets} ") for place in places] + tail
    for place, addition in sorted(insertions, reverse=True):
        text = text[:place] + addition + text[place:]
    return text


def _grouping(found: Sequence[Token], has_aggregates: bool) -> list[tuple[int, str]] | None:
    """What makes a query that aggregates do so for each focus node."""
    if not has_aggregates:
        return []
    grouped = [
        (one, number)
        for number, (one, two) in enumerate(pairwise(found))
        if one.text.upper() == "GROUP" and two.text.upper() == "BY"
    ]
    if not grouped:
        return None
    additions = []
    for _, number in grouped:
        names = []
        for token in found[number + 2 :]:
            if token.text in {"}", ")"} or token.text.upper() in {"HAVING", "ORDER"}:
                break
            names.append(token)
        if not any(_is(token, "this") for token in names):
            additions.append((found[number + 1].end, " ?this"))
    return additions


def _outermost(found: Sequence[Token]) -> _Group | None:
    """The groups of a query as a tree."""
    top: _Group | None = None
    current: _Group | None = None
    parentheses: list[int] = []
    depth = 0
    clause = ""
    for number, token in enumerate(found):
        if token.text == "{" and token.kind == "punctuation":
            group = _Group(token.start, _kind(found, number), current)
            if current is not None:
                current.children.append(group)
            elif top is not None:
                return None
            top = top or group
            group.is_subselect = number + 1 < len(found) and found[number + 1].text.upper() == "SELECT"
            parentheses.append(depth)
            current, depth, clause = group, 0, ""
        elif token.text == "}" and token.kind == "punctuation":
            if current is None:
                return None
            current, depth, clause = current.parent, parentheses.pop(), ""
        elif token.text in {"(", ")"}:
            depth += 1 if token.text == "(" else -1
        elif token.kind == "word" and token.text.upper() in _CLAUSES and depth == 0:
            clause = token.text.upper()
        elif _is(token, "this") and current is not None and not current.is_subselect:
            current.mentions.append(_Mention(token.start, depth == 0, depth > 0 and clause == "FILTER"))
    return top


def _kind(found: Sequence[Token], number: int) -> str:
    before = found[number - 1].text.upper() if number else ""
    if before in {"EXISTS", "OPTIONAL", "UNION", "MINUS"}:
        return before
    return "GRAPH" if number > 1 and found[number - 2].text.upper() == "GRAPH" else ""


def _descendants(group: _Group) -> Iterator[_Group]:
    for child in group.children:
        yield child
        yield from _descendants(child)


def _needs_targets(group: _Group) -> bool:
    """Whether a group looks at the variable before anything in it has bound it."""
    if group.is_correlated or group.is_subselect or not group.is_looked_at():
        return False
    direct = [mention for mention in group.mentions if mention.is_direct]
    nested = [child for child in group.children if child.kind != "EXISTS" and child.is_looked_at()]
    if group.kind == "OPTIONAL" and not nested and all(mention.is_filter for mention in group.mentions):
        return False  # its filters see the solution that it extends
    bound_at = min([mention.position for mention in direct] + [
        child.start for child in nested if child.kind not in {"OPTIONAL", "GRAPH"}
    ], default=None)  # fmt: skip
    if bound_at is None:
        return True
    early = [mention for mention in group.mentions if not mention.is_direct and not mention.is_filter]
    late = [child for child in nested if child.kind in {"OPTIONAL", "GRAPH"}]
    return any(mention.position < bound_at for mention in early) or any(c.start < bound_at for c in late)
