"""A query in, the kinds of triples that it can look at out; a store of these gives the same answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Final

from rolegraph.shacl.context import OWN_VARIABLE
from rolegraph.shacl.prebinding import select_clauses
from rolegraph.sparql_tokens import Token, tokens

TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_TERMS: Final = frozenset(["variable", "iri", "name", "string", "number", "blank"])


def key_of(predicate: str, value: str) -> str:
    """What a triple is kept under: its predicate, and for rdf:type the class as well.

    >>> key_of("http://example.org/p", "http://example.org/o")
    'http://example.org/p'
    """
    return f"{predicate} {value}" if predicate == TYPE else predicate


def needs(query: str) -> frozenset[str] | None:
    """The keys of all triples that a query can look at.

    Args:
        query: SPARQL that parses.
    Returns:
        keys as `key_of` gives them, `rdf:type` alone for every class; or None when a predicate is a
        variable or is named by what it is not, so that any triple may count.

    >>> sorted(needs("SELECT * { ?a <urn:p>/<urn:q> 5 ; a <urn:C> }"))[0]
    'http://www.w3.org/1999/02/22-rdf-syntax-ns#type urn:C'
    """
    found = list(tokens(query))
    if _has_open_predicate(found):
        return None
    prefixes = _prefixes(found)
    found = list(_undeclared(found))
    iris = {iri for token in found if (iri := _iri(token, prefixes)) is not None}
    keys = iris - {TYPE}
    listed = _listed(found)
    for before, token, after in zip(found, found[1:], [*found[2:], found[-1]], strict=False):
        if (token.text == "a" and token.kind == "word") or _iri(token, prefixes) == TYPE:
            is_path = before.text in {"/", "|", "^", "("} or after.text in {"/", "|", "*", "+", "?", ")"}
            known = listed.get(after.text, []) if after.kind == "variable" else [after]
            classes = [_iri(each, prefixes) for each in known]
            if is_path or not classes or None in classes:
                keys.add(TYPE)
            else:
                keys.update(key_of(TYPE, iri) for iri in classes if iri is not None)
    return frozenset(keys)


def _listed(found: Sequence[Token]) -> dict[str, list[Token]]:
    """The variables of the compiler's own that can be one of some listed terms alone, with these terms.

    The compiler gives each such variable one place, so that `VALUES ?v { … }` or `?v IN (…)` says all of
    it; of a variable that somebody wrote, another place might say more.
    """
    lists: dict[str, list[Token]] = {}
    for number, (before, token, after) in enumerate(zip(found, found[1:], found[2:], strict=False)):
        is_values = before.text.upper() == "VALUES" and after.text == "{"
        is_in = before.text == "(" and after.text.upper() == "IN"
        if token.text.startswith(OWN_VARIABLE) and (is_values or is_in):
            opened = found[number + (3 if is_values else 4) :]
            terms = takewhile(lambda each: each.text not in {"}", ")"}, opened)
            lists[token.text] = [each for each in terms if each.text != ","]
    return lists


def _undeclared(found: Sequence[Token]) -> Iterator[Token]:
    """The tokens without the declarations of prefixes: what no pattern names is not looked at."""
    left = iter(found)
    for token in left:
        if token.kind == "word" and token.text.upper() == "PREFIX":
            next(left, None), next(left, None)
        else:
            yield token


def _iri(token: Token, prefixes: dict[str, str]) -> str | None:
    if token.kind == "iri":
        return token.text[1:-1]
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return prefixes.get(prefix, "") + local.replace("\\", "")
    return None


def _prefixes(found: Sequence[Token]) -> dict[str, str]:
    return {
        two.text.rstrip(":"): three.text[1:-1]
        for one, two, three in zip(found, found[1:], found[2:], strict=False)
        if one.text.upper() == "PREFIX" and three.kind == "iri"
    }


def _has_open_predicate(found: Sequence[Token]) -> bool:
    """Whether a variable may stand where a predicate does, or a path names what it is not (`!p`)."""
    selected = {token.start for clause in select_clauses(found) for token in clause}
    patterns = [token for token in _outside_parentheses(found) if token.start not in selected]
    for before, token, after in zip(patterns, patterns[1:], patterns[2:], strict=False):
        follows = before.kind in _TERMS or before.text in {";", "]"}
        if token.kind == "variable" and follows and (after.kind in _TERMS or after.text in {"[", "("}):
            return True
        if token.text == "!" and before.text.upper() != "FILTER":
            return True
    return any(one.text == "!" and two.kind in {"iri", "name"} for one, two in pairwise(found))


def _outside_parentheses(found: Sequence[Token]) -> Iterator[Token]:
    """The tokens of graph patterns; a group inside an expression counts as one."""
    depths = [0]
    is_grouping = False  # what follows GROUP BY and ORDER BY may look like a triple
    for token in found:
        if token.kind == "word":
            is_grouping = token.text.upper() == "BY"
        elif token.text in {"{", "}"}:
            is_grouping = False
        if token.kind == "punctuation" and token.text == "{":
            depths.append(0)
        elif token.kind == "punctuation" and token.text == "}":
            depths.pop()
        elif token.kind == "punctuation" and token.text in {"(", ")"}:
            depths[-1] += 1 if token.text == "(" else -1
            continue
        if depths[-1] == 0 and not is_grouping:
            yield token
