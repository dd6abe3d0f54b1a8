"""The Python API answers as the command and the server do, and a role comes back as its file says."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyoxigraph as ox
import pytest

import rolegraph
from rolegraph import library, resources, role_profile
from rolegraph.errors import (
    ConfigError,
    Forbidden,
    MissingPackage,
    Problems,
    QueryError,
    StoreError,
    UnknownQuery,
    UnknownRole,
)
from rolegraph.iris import Iris, fold
from rolegraph.library import RoleGraph, Rows
from rolegraph.model.catalog import Mapping, Role
from rolegraph.role_profile import RoleProfile
from rolegraph.snapshot.assemble import read_inputs
from rolegraph.snapshot.build import build

PARTS = sorted((resources.folder("queries") / "role").glob("*.rq"))
RG = "https://w3id.org/rolegraph/ns#"


@pytest.fixture(scope="module")
def graph(sample_catalog: Path) -> Iterator[RoleGraph]:
    with rolegraph.open(sample_catalog) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(sample_catalog: Path) -> dict[str, Role]:
    """The sample's roles as their files say them."""
    return {role.code: role for role in read_inputs(sample_catalog, Problems()).catalog.roles}


@pytest.fixture(scope="module")
def profiles(graph: RoleGraph) -> dict[str, RoleProfile]:
    return {code: graph.role(code) for code in graph.roles()}


@pytest.fixture(scope="module")
def file_mappings(sample_catalog: Path) -> tuple[Mapping, ...]:
    return read_inputs(sample_catalog, Problems()).catalog.mappings


def rows_of(result: object) -> Rows:
    assert isinstance(result, Rows)
    return result


def select(graph: RoleGraph, expression: str) -> Any:
    """The Python value of a SPARQL expression."""
    return next(rows_of(graph.query(f"SELECT ({expression} AS ?value) {{}}")))["value"]


@pytest.mark.parametrize("module", [library, role_profile])
def test_examples_of_the_docstrings_hold(graph: RoleGraph, module: Any) -> None:
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder().find(module, extraglobs={"graph": graph}):
        runner.run(case)
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries >= (14 if module is library else 0)


def test_every_role_opens_by_its_code(
    graph: RoleGraph, profiles: dict[str, RoleProfile], files: dict[str, Role]
) -> None:
    assert set(graph.roles()) == set(files)
    assert len(files) >= 20
    assert [profile.code for profile in profiles.values()] == list(profiles)


SAME = [
    *("code", "family", "focus", "level", "title", "summary", "status", "applicability", "version"),
    *("confidence", "story", "level_title", "descriptors", "none_recorded"),
]


@pytest.mark.parametrize("field", SAME)
def test_field_of_a_role_is_what_its_file_says(
    profiles: dict[str, RoleProfile], files: dict[str, Role], field: str
) -> None:
    values = [getattr(role, field) for role in files.values()]
    assert any(values), "a field that no file has proves nothing"
    assert [getattr(profiles[code], field) for code in files] == values


def test_summary_that_a_role_gives_of_its_level_is_kept_apart_from_the_schemes(small_catalog: Path) -> None:
    (path,) = (small_catalog / "roles").glob("*.yaml")
    own = "level_text:\n  summary: Works alone.\n"
    path.write_text(path.read_text(encoding="utf-8") + own, encoding="utf-8")
    build(small_catalog)
    with rolegraph.open(small_catalog) as graph:
        role = graph.role(path.stem)
    assert role.level_summary == {"en": "Works alone."}
    assert role.level_definition
    assert role.level_definition != role.level_summary


def test_title_comes_in_every_language_the_catalogs_own_first(
    profiles: dict[str, RoleProfile], files: dict[str, Role]
) -> None:
    translated = [code for code, role in files.items() if len(role.title) > 1]
    assert translated
    assert all(next(iter(profiles[code].title)) == "en" for code in translated)


def test_components_of_a_role_are_those_of_its_file_in_order(
    profiles: dict[str, RoleProfile], files: dict[str, Role]
) -> None:
    for code, role in files.items():
        assert [
            (use.kind, use.position, fold(use.label["en"]), set(use.tags), use.importance, use.proficiency)
            for use in profiles[code].uses
        ] == [
            (use.kind, use.position, fold(use.label["en"]), set(use.tags), use.importance, use.proficiency)
            for use in role.uses
        ]


def test_components_carry_the_iri_under_which_queries_find_them(graph: RoleGraph) -> None:
    use = graph.role("SRES.GEN.P5").components("skill")[0]
    assert graph.query(f"ASK {{ <{use.iri}> a <{RG}Skill> }}") is True


def test_aliases_of_a_role_are_those_of_its_file(
    profiles: dict[str, RoleProfile], files: dict[str, Role]
) -> None:
    for code, role in files.items():
        aliases = {msgspec.structs.replace(alias, line=0) for alias in role.aliases}  # a graph has no lines
        assert set(profiles[code].aliases) == aliases


def test_mappings_of_a_role_are_its_files_and_those_of_the_mapping_files(
    graph: RoleGraph,
    profiles: dict[str, RoleProfile],
    files: dict[str, Role],
    file_mappings: tuple[Mapping, ...],
    sample_catalog: Path,
) -> None:
    iris = Iris(graph.snapshot.base_iri)
    place = {"file": "", "line": 0, "extra": ()}
    found = [mapping for code in files for mapping in profiles[code].mappings]
    every = [*file_mappings, *(mapping for role in files.values() for mapping in role.mappings)]
    subjects = {iris.role(code) for code in files}
    expected = {msgspec.structs.replace(m, **place) for m in every if m.subject in subjects}
    assert len(found) >= 10
    assert set(found) == expected


def test_neighbours_of_a_role_are_those_of_the_named_query(
    graph: RoleGraph, profiles: dict[str, RoleProfile]
) -> None:
    for code in graph.roles():
        rows = list(rows_of(graph.query("nearest-roles", role=code, max_position=100)))
        near = profiles[code].neighbours
        assert [neighbour.position for neighbour in near] == list(range(1, len(near) + 1))
        assert [(n.code, n.title["en"], n.distance, n.move, n.band) for n in near] == [
            (row["neighbour"], row["title"], row["distance"], row["move"], row["band"]) for row in rows
        ]


def test_role_knows_its_level_as_the_scheme_says_it(graph: RoleGraph) -> None:
    role = graph.role("SRES.GEN.M2")
    assert (role.track, role.rank, role.experience_min_years, role.experience_max_years) == ("M", 4.0, 5, 8)
    assert len(role.level_descriptors) == 7
    assert role.level_label["en"]
    assert role.super_function == "technology"


def test_role_is_plain_data(graph: RoleGraph) -> None:
    role = graph.role("SRES.GEN.P5")
    assert msgspec.json.decode(msgspec.json.encode(role), type=type(role)) == role


@pytest.mark.parametrize("code", ["SRES.GEN.P9", "sres.gen.p5", "", '" } #', "SRES.GEN.P5 "])
def test_unknown_role_is_said(graph: RoleGraph, code: str) -> None:
    with pytest.raises(UnknownRole, match="there is no role"):
        graph.role(code)


def test_unknown_role_names_the_nearest(graph: RoleGraph) -> None:
    with pytest.raises(LookupError, match=r"did you mean 'SRES\.GEN\.P5'\?"):
        graph.role("SRES.GEN.P55")


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.stem)
def test_query_of_a_role_has_an_order_or_one_row(graph: RoleGraph, path: Path) -> None:
    assert path.stem == "facts" or "\nORDER BY " in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").startswith("# title: ")
    assert len(PARTS) == 7


def test_rows_are_computed_one_after_the_other(graph: RoleGraph) -> None:
    """A join of this size would not end; its first row is there at once all the same."""
    rows = rows_of(graph.query("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"))
    assert set(next(rows)) == set("abcdefghijkl")
    assert not hasattr(rows, "__len__")


def test_rows_are_read_once(graph: RoleGraph) -> None:
    rows = rows_of(graph.query("ladder", family="SRES"))
    assert list(rows)
    assert not list(rows)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("5", 5),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("'5'", "5"),
        ("'fünf'@de", "fünf"),
        ("<http://e/>", "http://e/"),
        ("1/0", None),
        ("'-3'^^<http://www.w3.org/2001/XMLSchema#negativeInteger>", -3),
        ("'x'^^<http://www.w3.org/2001/XMLSchema#integer>", "x"),
        ("'2026-11-01'^^<http://www.w3.org/2001/XMLSchema#date>", "2026-11-01"),
    ],
)
def test_term_becomes_a_python_value(graph: RoleGraph, expression: str, value: object) -> None:
    found = select(graph, expression)
    assert found == value
    assert type(found) is type(value)


def test_ask_gives_a_bool_and_construct_gives_triples(graph: RoleGraph) -> None:
    assert graph.query("ASK { FILTER(false) }") is False
    triples = graph.query("CONSTRUCT { <http://e/a> <http://e/b> 1 } {}")
    assert not isinstance(triples, bool)
    assert [str(triple) for triple in triples] == [
        str(ox.Triple(*map(ox.NamedNode, ("http://e/a", "http://e/b")), ox.Literal(1)))
    ]


def test_several_values_of_a_parameter_mean_any_of_them(graph: RoleGraph) -> None:
    rows = rows_of(graph.query("ladder", family=["SRES", "DATA"]))
    assert {row["family"] for row in rows} == {"SRES", "DATA"}


@pytest.mark.parametrize(
    ("query", "parameters", "error"),
    [
        ("SELECT { ?s", {}, QueryError),
        ("laddr", {}, UnknownQuery),
        ("ladder", {"famly": "SRES"}, QueryError),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", {}, Forbidden),
    ],
)
def test_wrong_query_is_refused(
    graph: RoleGraph, query: str, parameters: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        graph.query(query, **parameters)


def test_data_frame_has_a_column_of_its_own_type_for_each_variable(graph: RoleGraph) -> None:
    values = "VALUES (?n ?x ?is ?name) { (1 0.5 true 'a') (UNDEF UNDEF UNDEF UNDEF) }"
    frame = rows_of(graph.query(f"SELECT ?n ?x ?is ?name ?none {{ {values} }}")).to_pandas()
    assert list(frame.columns) == ["n", "x", "is", "name", "none"]
    assert [str(frame[name].dtype) for name in ("n", "x", "is")] == ["Int64", "Float64", "boolean"]
    assert pd.api.types.is_string_dtype(frame["name"])
    assert frame.iloc[0].tolist()[:4] == [1, 0.5, True, "a"]
    assert frame.iloc[1].isna().all()


def test_data_frame_of_a_query_without_rows_still_has_its_columns(graph: RoleGraph) -> None:
    frame = rows_of(graph.query("SELECT ?a ?b { FILTER(false) }")).to_pandas()
    assert list(frame.columns) == ["a", "b"]
    assert frame.empty


def test_absent_pandas_is_one_clear_error(graph: RoleGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingPackage, match=r"pip install 'rolegraph\[pandas\]'"):
        rows_of(graph.query("ladder")).to_pandas()


def test_dataset_is_rdflibs_and_sees_all_graphs(graph: RoleGraph) -> None:
    names = {str(named.identifier) for named in graph.dataset.graphs()}
    assert {f"{graph.snapshot.base_iri}graph/{name}" for name in ("catalog", "derived")} <= names
    in_two_graphs = f"ASK {{ ?role a <{RG}Role> ; <{RG}adjacency>/<{RG}distance> ?distance }}"
    assert graph.dataset.query(in_two_graphs).askAnswer is True


def test_catalogs_own_queries_and_language_count(small_catalog: Path) -> None:
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    assert 'language = "en"' in text
    config.write_text(text.replace('language = "en"', 'language = "de"'), encoding="utf-8")
    (small_catalog / "queries").mkdir(exist_ok=True)
    own = "# title: Mine\n# description: Mine.\n# param language: string = en — which\n"
    own += "SELECT ?language { VALUES ?language { 'en' } }"
    (small_catalog / "queries" / "mine.rq").write_text(own, encoding="utf-8")
    build(small_catalog)
    with rolegraph.open(small_catalog) as graph:
        assert list(rows_of(graph.query("mine"))) == [{"language": "de"}]
        assert list(rows_of(graph.query("mine", language="fr"))) == [{"language": "fr"}]


def test_catalog_without_a_snapshot_is_said(small_catalog: Path) -> None:
    with pytest.raises(StoreError, match="rolegraph build"):
        rolegraph.open(small_catalog)


def test_catalog_without_configuration_is_said(small_catalog: Path) -> None:
    build(small_catalog)
    (small_catalog / "rolegraph.toml").unlink()
    with pytest.raises(ConfigError):
        rolegraph.open(small_catalog)
