"""Query files: their header, their parameters, and how values get into them."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.cli import main
from rolegraph.errors import QueryError, UnknownQuery
from rolegraph.query import bind, list_queries, load_query, parse_query

ECHO = """\
# title: Echo
# description: Gives back
#   what it is given.
# param word: string = a — the word
# param many: integer = 1 — numbers
# param any-code: code = UNDEF — unconstrained
# param must: iri — has to be set
SELECT ?word ?many ?anyCode ?must WHERE {
  VALUES ?word { "a" } # VALUES ?word { "in a comment" }
  VALUES ?many { 1 }
  VALUES ?anyCode { UNDEF }
  VALUES ?must { UNDEF }
  BIND("VALUES ?word { 1 }" AS ?text)
}
"""
IRI = "https://example.org/x"


def rows(text: str) -> list[tuple[object, ...]]:
    solutions = ox.Store().query(text)
    assert isinstance(solutions, ox.QuerySolutions)
    return [tuple(None if term is None else term.value for term in solution) for solution in solutions]


def echo(**values: str) -> str:
    query = parse_query(ECHO, "echo")
    return bind(query, {"must": [IRI]} | {name.replace("_", "-"): [value] for name, value in values.items()})


def test_header_gives_title_description_and_parameters() -> None:
    query = parse_query(ECHO, "echo")
    assert (query.title, query.description) == ("Echo", "Gives back what it is given.")
    assert [(p.name, p.type, p.default, p.variable) for p in query.params] == [
        ("word", "string", "a", "?word"),
        ("many", "integer", "1", "?many"),
        ("any-code", "code", "UNDEF", "?anyCode"),
        ("must", "iri", None, "?must"),
    ]


def test_defaults_hold_and_undef_block_is_left_out() -> None:
    text = echo()
    assert "?anyCode {" not in text
    assert rows(text) == [("a", "1", None, IRI)]


def test_several_values_mean_any_of_them() -> None:
    query = parse_query(ECHO, "echo")
    found = rows(bind(query, {"must": [IRI], "many": ["2", "3"], "any-code": ["A.B.P1", "15-1252.00"]}))
    assert sorted(found) == [
        ("a", many, code, IRI) for many in ("2", "3") for code in ("15-1252.00", "A.B.P1")
    ]


@pytest.mark.parametrize(
    "value",
    [
        '" } VALUES ?word { "b',
        "\\u0022 } UNION { ?s ?p ?o",
        'line\nbreak\r\t"quote" \\ back',
        "}\x01 # ?x",
        "Größe 🙂",
    ],
)
def test_value_never_becomes_syntax(value: str) -> None:
    assert rows(echo(word=value)) == [(value, "1", None, IRI)]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_back_as_it_went_in(value: str) -> None:
    assert rows(echo(word=value)) == [(value, "1", None, IRI)]


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("many", "1.5", "'many' is an integer, not '1.5'"),
        ("many", "1 2", "is an integer"),
        ("must", "no iri", "'must' is an iri"),
        ("must", "https://example.org/> } #", "is an iri"),
        ("any_code", "A B", "'any-code' is a code, not 'A B'"),
        ("any_code", "", "is a code"),
        ("word", "", "is a string"),
        ("word", "\udcff", "is a string"),
    ],
)
def test_value_that_does_not_fit_names_parameter_type_and_value(name: str, value: str, part: str) -> None:
    with pytest.raises(QueryError) as caught:
        echo(**{name: value})
    assert part in str(caught.value)


def test_unknown_parameter_names_the_known_and_the_nearest() -> None:
    with pytest.raises(QueryError, match=r"it has word, many, any-code, must; did you mean 'word'\?"):
        echo(wrod="x")


def test_parameter_without_default_must_be_given() -> None:
    with pytest.raises(QueryError, match="needs parameter 'must': has to be set"):
        bind(parse_query(ECHO, "echo"), {})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("# param x: integer = 1 — n\nASK { }", "0 blocks bind parameter 'x'"),
        ("# param x: integer = 1 — n\nASK { VALUES ?x { 1 } VALUES ?x { 2 } }", "2 blocks bind"),
        ("# param x: colour = 1 — n\nASK { VALUES ?x { 1 } }", "cannot be read"),
        ("# param x integer\nASK { VALUES ?x { 1 } }", "cannot be read"),
    ],
)
def test_header_that_does_not_fit_the_query_is_an_error(text: str, part: str) -> None:
    with pytest.raises(QueryError, match=part):
        parse_query(text, "bad")


def test_unknown_query_names_the_nearest() -> None:
    with pytest.raises(UnknownQuery, match="did you mean 'ladder'"):
        load_query("lader")


@pytest.mark.parametrize("name", ["../README", "rules/10-has-component", "/etc/passwd", "ladder.rq", ""])
def test_name_is_never_a_path(name: str) -> None:
    with pytest.raises(UnknownQuery):
        load_query(name)


def test_catalogs_own_query_hides_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "ladder.rq").write_text("# title: Mine\nASK { }", encoding="utf-8")
    assert load_query("ladder", [tmp_path]).title == "Mine"
    assert [query.title for query in list_queries([tmp_path]) if query.name == "ladder"] == ["Mine"]


def run(catalog: Path, *arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["query", "--catalog", str(catalog), *arguments], input=text)


def test_command_writes_csv_when_no_terminal_reads(sample_catalog: Path) -> None:
    result = run(sample_catalog, "ladder", "-p", "family=SRES")
    assert result.exit_code == 0
    assert result.stdout.startswith("family,track,level,rank,role,title,")
    assert "SRES.GEN.P5" in result.stdout


def test_command_guesses_the_format_from_the_output_name(sample_catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "ladder.json"
    assert run(sample_catalog, "ladder", "-o", str(target)).exit_code == 0
    parsed = ox.parse_query_results(target.read_bytes(), format=ox.QueryResultsFormat.JSON)
    assert isinstance(parsed, ox.QuerySolutions)
    assert len(list(parsed)) > 10


def test_command_reads_sparql_from_stdin(sample_catalog: Path) -> None:
    assert run(sample_catalog, "-", "--format", "table", text="ASK { ?s ?p ?o }").stdout == "yes\n"
    graph = run(sample_catalog, "-", text="CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } LIMIT 3").stdout
    assert len(list(ox.parse(graph, format=ox.RdfFormat.TURTLE))) == 3


@pytest.mark.parametrize(
    ("arguments", "text", "part"),
    [
        (("lader",), None, "did you mean 'ladder'"),
        (("ladder", "-p", "famliy=X"), None, "did you mean 'family'"),
        (("ladder", "-p", "family"), None, "has no value"),
        (("ladder", "--format", "xlsx"), None, "no format"),
        (("ladder", "--format", "ttl"), None, "cannot hold"),
        (("-",), "SELECT", "no SPARQL"),
        (("-",), "ASK { SERVICE <http://localhost:1/> { ?s ?p ?o } }", "SERVICE"),
        (("nowhere.rq",), None, "cannot be read"),
    ],
)
def test_bad_use_is_one_line_and_exit_2(
    sample_catalog: Path, arguments: tuple[str, ...], text: str | None, part: str
) -> None:
    result = run(sample_catalog, *arguments, text=text)
    assert result.exit_code == 2
    assert part in result.stderr
    assert result.stderr.count("\n") == 1
    assert not result.stdout


def test_failed_query_leaves_the_output_file_alone(sample_catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept.ttl"
    target.write_text("kept", encoding="utf-8")
    assert run(sample_catalog, "ladder", "-o", str(target)).exit_code == 2
    assert target.read_text(encoding="utf-8") == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.ttl"]


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text("# title: Before\nASK {}", encoding="utf-8")
    assert load_query(path).title == "Before"
    path.write_text("# title: Afterwards\nASK {}", encoding="utf-8")
    assert load_query(path).title == "Afterwards"
