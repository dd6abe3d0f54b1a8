"""What the engine's stack would not bear is refused, in every form; what people write passes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.errors import QueryError
from rolegraph.resources import folder
from rolegraph.sparql_brackets import MAX_NESTING, MAX_WIDTH, is_modest
from rolegraph.sparql_readings import readings, refuse_deep
from rolegraph.sparql_tokens import outline

Form = Callable[[int], str]

NESTED: dict[str, Form] = {
    "groups": lambda n: "ASK " + "{" * n + "}" * n,
    "unclosed groups": lambda n: "ASK " + "{" * n,
    "parentheses": lambda n: "ASK { FILTER" + "(" * n + "1" + ")" * n + " }",
    "subselects": lambda n: "SELECT * " + "{ SELECT * " * n + "{}" + "}" * n,
    "paths": lambda n: "ASK { ?s " + "(" * n + "<a:b>" + ")" * n + " ?o }",
    "repeated paths": lambda n: "ASK { ?s " + "(" * n + "<a:b>" + ")+" * n + " ?o }",
    "collections": lambda n: "ASK { ?s ?p " + "(" * n + "1" + ")" * n + " }",
    "blank nodes": lambda n: "ASK { ?s ?p " + "[ <a:b> " * n + "1" + "]" * n + " }",
    "triple terms": lambda n: "ASK { ?s ?p " + "<<( ?a ?b " * n + "1" + " )>>" * n + " }",
    "reified triples": lambda n: "ASK { ?s ?p " + "<< ?a ?b " * n + "1" + " >>" * n + " }",
    "annotations": lambda n: "ASK { ?s ?p ?o " + "{| ?a ?b " * n + "|}" * n + " }",
    "negations": lambda n: "ASK {" + " FILTER NOT EXISTS {" * n + "?s ?p ?o" + "}" * n + " }",
    "options": lambda n: "ASK {" + " ?s ?p ?o OPTIONAL {" * n + "?s ?p ?o" + "}" * n + " }",
    "differences": lambda n: "ASK {" + " ?s ?p ?o MINUS {" * n + "?s ?p ?o" + "}" * n + " }",
    "unions": lambda n: "ASK {" + " {} UNION {" * n + "?s ?p ?o" + "}" * n + " }",
    "graphs": lambda n: "ASK {" + " GRAPH ?g {" * n + "?s ?p ?o" + "}" * n + " }",
    "functions": lambda n: "ASK { FILTER(" + "STR(" * n + "1" + ")" * n + ") }",
    "conditions": lambda n: "ASK { FILTER(" + "IF(true,1," * n + "1" + ")" * n + ") }",
    "escapes": lambda n: "ASK " + r"\u007B" * n,
    "data": lambda n: "INSERT DATA { <a:b> <a:c> " + "[ <a:b> " * n + "1" + "]" * n + " }",
}
WIDE: dict[str, Form] = {
    "not": lambda n: "ASK { FILTER(" + "!" * n + "true) }",
    "or": lambda n: "ASK { ?s ?p ?o FILTER(?s = 1" + " || ?s = 2" * n + ") }",
    "and": lambda n: "ASK { ?s ?p ?o FILTER(?s" + "&&?p" * n + ") }",
    "sum": lambda n: "SELECT (1" + "+1" * n + " AS ?x) {}",
    "product": lambda n: "ASK { ?s ?p ?o FILTER(?s" + "*?o" * n + ") }",
    "sequence": lambda n: "ASK { ?s <a:b>" + "/<a:b>" * n + " ?o }",
    "alternative": lambda n: "ASK { ?s <a:b>" + "|<a:b>" * n + " ?o }",
    "union": lambda n: "ASK { {?s ?p ?o}" + " UNION {?s ?p ?o}" * n + " }",
    "triples": lambda n: "ASK { ?s ?p ?o" + " . ?s ?p ?o" * n + " }",
    "objects": lambda n: "ASK { ?s ?p ?o" + " , ?o" * n + " }",
    "predicates": lambda n: "ASK { ?s ?p ?o" + " ; ?p ?o" * n + " }",
    "filters": lambda n: "ASK { ?s ?p ?o" + " FILTER(?s=?o)" * n + " }",
    "negations": lambda n: "ASK { ?s ?p ?o" + " FILTER NOT EXISTS {?s ?p ?o}" * n + " }",
    "options": lambda n: "ASK { ?s ?p ?o" + " OPTIONAL {?s ?p ?o}" * n + " }",
    "differences": lambda n: "ASK { ?s ?p ?o" + " MINUS {?s ?p ?o}" * n + " }",
    "bindings": lambda n: "ASK {" + "".join(f" BIND(1 AS ?x{i})" for i in range(n)) + " }",
    "groups": lambda n: "ASK {" + " {?s ?p ?o}" * n + " }",
    "graphs": lambda n: "ASK {" + " GRAPH ?g {?s ?p ?o}" * n + " }",
    "subselects": lambda n: "ASK {" + " {SELECT * {?s ?p ?o}}" * n + " }",
    "blocks of values": lambda n: "ASK {" + " VALUES ?x { 1 }" * n + " }",
    "expressions": lambda n: "SELECT" + "".join(f" (1 AS ?x{i})" for i in range(n)) + " {}",
    "aggregates": lambda n: "SELECT" + "".join(f"(COUNT(?s) AS ?x{i})" for i in range(n)) + " {?s ?p ?o}",
    "conditions": lambda n: "SELECT ?s {?s ?p ?o} GROUP BY ?s HAVING" + " (?s=1)" * n,
    "list": lambda n: "ASK { ?s ?p (1" + " 1" * n + ") }",
    "annotations": lambda n: "ASK { ?s ?p ?o " + "{| ?a ?b |}" * n + " }",
    "reifiers": lambda n: "ASK { ?s ?p ?o " + "~ ?a " * n + " }",
    "descriptions": lambda n: "DESCRIBE" + " <a:b>" * n,
}
ENDLESS: dict[str, Form] = {
    "rows": lambda n: "ASK { VALUES (?x ?y) {" + " (1 -2)" * n + " } }",
    "values": lambda n: "ASK { VALUES ?x {" + " <a:b>" * n + " } }",
    "members": lambda n: "ASK { ?s ?p ?o FILTER(?s IN (1" + ", -1" * n + ")) }",
    "arguments": lambda n: "ASK { FILTER(CONCAT('a'" + ", 'a'" * n + ") != '') }",
    "variables": lambda n: "SELECT" + "".join(f" ?x{i}" for i in range(n)) + " {}",
    "order": lambda n: "SELECT * {?s ?p ?o} ORDER BY" + " ?s" * n,
    "prefixes": lambda n: "PREFIX a: <a:b> " * n + "ASK {}",
    "graphs": lambda n: "ASK " + "FROM <a:b> " * n + "{}",
    "template": lambda n: "CONSTRUCT { " + "?s ?p -1 , ( 1 2 3 ) . " * n + "} {?s ?p ?o}",
    "strings": lambda n: "ASK { FILTER('" + "(((" * n + "' != '') } # " + "{{{" * n,
    "data": lambda n: "INSERT DATA {" + "<a:b> <a:c> -1 , [ <a:d> 2 ] ." * n + "}",
    "data in graphs": lambda n: "INSERT DATA {" + " GRAPH <a:b> { <a:b> <a:c> <a:d> }" * n + "}",
    "operations": lambda n: "DELETE {?s ?p 1} INSERT {?s ?p 2} WHERE {?s ?p ?o FILTER(?o > 1)} ;" * n,
}


def refused(text: str) -> bool:
    try:
        refuse_deep(text)
    except QueryError:
        return True
    return False


@pytest.mark.parametrize("form", NESTED)
def test_brackets_in_brackets_are_counted_in_every_form(form: str) -> None:
    with pytest.raises(QueryError, match=f"nested deeper than {MAX_NESTING}"):
        refuse_deep(NESTED[form](20_000))
    assert refused(NESTED[form](MAX_NESTING + 1))
    assert not refused(NESTED[form](MAX_NESTING // 2 - 1))


@pytest.mark.parametrize("form", WIDE)
def test_members_and_links_are_counted_in_every_form(form: str) -> None:
    with pytest.raises(QueryError, match=f"more than {MAX_WIDTH}"):
        refuse_deep(WIDE[form](20_000))
    assert refused(WIDE[form](MAX_WIDTH + 1))
    assert not refused(WIDE[form](MAX_WIDTH - 5))


@pytest.mark.parametrize("form", ENDLESS)
def test_what_the_engine_takes_without_recursion_has_no_limit(form: str) -> None:
    assert not refused(ENDLESS[form](5_000))


def test_brackets_that_one_reading_takes_for_a_string_are_counted() -> None:
    assert refused("ASK { FILTER(1<'x> " + "(" * 200 + "')" + " FILTER" + "(" * 100)
    assert refused("ASK { FILTER(1<'x> ' || " + "(" * 200 + " #' )")


def test_chains_in_chains_count_together() -> None:
    inner = "?a" + "||?a" * 600
    assert not refused(f"ASK {{ FILTER({inner}) FILTER({inner}) }}")
    assert refused(f"ASK {{ FILTER(({inner}){'||?b' * 600}) }}")


def test_shipped_queries_pass() -> None:
    files = list(folder("queries").rglob("*.rq"))
    assert len(files) >= 20
    for file in files:
        refuse_deep(file.read_text(encoding="utf-8"))


ALIVE = (
    "import resource, signal, sys, pyoxigraph as ox\n"
    "from rolegraph.store import evaluate, update\n"
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    "resource.setrlimit(resource.RLIMIT_STACK, (4 << 20, 4 << 20))\n"
    "store = ox.Store()\n"
    "store.update('INSERT DATA { GRAPH <a:g> { <a:a> <a:b> <a:c> . <a:c> <a:b> <a:d> } }')\n"
    "for text in sys.stdin.read().split('\\0'):\n"
    "    signal.setitimer(signal.ITIMER_REAL, 0.4)\n"
    "    if text.startswith('INSERT'): update(store, text)\n"
    "    else:\n"
    "        results = evaluate(store, text)\n"
    "        if not isinstance(results, ox.QueryBoolean): next(iter(results), None)\n"
    "    signal.setitimer(signal.ITIMER_REAL, 0)\n"
)


def largest(form: Form, low: int, high: int) -> int:
    """The greatest size that passes."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if refused(form(middle)) else (middle, high)
    return low


@pytest.mark.parametrize(
    ("form", "high"),
    [
        *[pytest.param(form, MAX_NESTING + 2, id=f"nested {name}") for name, form in NESTED.items()],
        *[pytest.param(form, MAX_WIDTH + 2, id=f"wide {name}") for name, form in WIDE.items()],
    ],
)
def test_the_engine_survives_what_passes_on_half_its_stack(form: Form, high: int) -> None:
    """Some of these run long, and are stopped by their alarm; none may end in a fault."""
    text = form(largest(form, 1, high))
    ended = subprocess.run(
        [sys.executable, "-c", ALIVE], check=False, input=text, capture_output=True, text=True
    )
    assert ended.returncode in {0, -14} or "SyntaxError" in ended.stderr, ended.stderr


_SIGNS = "{ } ( ) [ ] << >> <<( )>> < > , . ; | || && ! + - / ~ ?a a 1 <a:b> 'x' \"y\" a:b @en # <'x> '''"
_WORDS = "VALUES DATA INSERT DESCRIBE SELECT AS FILTER CONSTRUCT"
_PIECES = st.sampled_from([*_SIGNS.split(), *_WORDS.split(), "\n", " "])


@given(st.lists(st.tuples(_PIECES, st.sampled_from([1, 2, 70, 130, 600, 1100])), max_size=8))
def test_a_look_at_the_outline_never_passes_what_the_tokens_do_not(parts: list[tuple[str, int]]) -> None:
    text = " ".join(f"{piece} " * count for piece, count in parts)
    look = outline(text)
    if look is not None and is_modest(look):
        for _ in readings(text):
            continue
