"""What is withdrawn: read from the sources, told in the graph, left out where a person looks for a role."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

import rolegraph
from rolegraph.config import FILE_NAME
from rolegraph.errors import Problems, SourceError
from rolegraph.query import bind, list_queries
from rolegraph.snapshot.assemble import Inputs, catalog_store, read_inputs
from rolegraph.snapshot.build import build
from rolegraph.sources.template import CONFIG
from rolegraph.terms import PREFIXES

TAXONOMY = """super_functions:
- {code: technology, label: Technology}
families:
- {code: SWE, label: Software, super_function: technology}
- {code: SYS, label: Systems, super_function: technology, deprecated: true, replaced_by: SWE,
   history_note: Merged into Software in 2025., modified: 2025-11-02}
specialisations:
- {code: SYS.GEN, label: General, deprecated: true, history_note: Merged.}
"""
ROLES = {
    "SWE.GEN.P3": "title: Engineer\ncomponents: {skill: [Python]}\naliases: [{label: Developer}]\n",
    "SWE.GEN.P4": "title: Senior Engineer\ncomponents: {skill: [Python, SQL]}\n",
    "SWE.GEN.P5": (
        "title: Chief Programmer\ndeprecated: true\nreplaced_by: SWE.GEN.P4\nmodified: 2026-02-01\n"
        "history_note: {en: The title is no longer given., de: Der Titel wird nicht mehr vergeben.}\n"
        "components: {skill: [Python]}\naliases: [{label: Developer}]\n"
    ),
    "SYS.GEN.P3": "title: Systems Engineer\nstatus: deprecated\n",
}

Ask = Callable[..., list[tuple[str, ...]]]
MERGED = "Merged into Software in 2025."
RETIRED = "The title is no longer given."


def write(folder: Path, taxonomy: str = TAXONOMY, **roles: str) -> Path:
    (folder / "roles").mkdir(parents=True)
    config = CONFIG.format(name=json.dumps("Withdrawn"), base_iri='"https://example.org/"')
    (folder / FILE_NAME).write_text(config, encoding="utf-8")
    (folder / "taxonomy.yaml").write_text(taxonomy, encoding="utf-8")
    for code, text in (ROLES | roles).items():
        (folder / "roles" / f"{code}.yaml").write_text(f"code: {code}\n{text}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("withdrawn") / "catalog")


@pytest.fixture(scope="module")
def inputs(folder: Path) -> Inputs:
    return read_inputs(folder, Problems())


@pytest.fixture(scope="module")
def store(inputs: Inputs) -> ox.Store:
    return catalog_store(inputs)


@pytest.fixture(scope="module")
def ask(store: ox.Store) -> Ask:
    """Run a query of queries/ by name; an unbound value is empty."""
    queries = {query.name: query for query in list_queries()}

    def run(name: str, **values: str) -> list[tuple[str, ...]]:
        given = {key.replace("_", "-"): [value] for key, value in values.items()}
        rows = store.query(bind(queries[name], given), use_default_graph_as_union=True)
        assert isinstance(rows, ox.QuerySolutions)
        return [tuple("" if term is None else term.value for term in row) for row in rows]

    return run


def says(store: ox.Store, subject: str, property_name: str) -> set[str]:
    prefix, _, local = property_name.partition(":")
    terms = (ox.NamedNode(f"https://example.org/{subject}"), ox.NamedNode(PREFIXES[prefix] + local))
    return {quad.object.value for quad in store.quads_for_pattern(*terms, None)}


@pytest.mark.parametrize(
    "subject", ["role/SWE.GEN.P5", "role/SYS.GEN.P3", "family/SYS", "specialisation/SYS.GEN"]
)
def test_what_is_deprecated_says_so_twice(store: ox.Store, subject: str) -> None:
    assert says(store, subject, "owl:deprecated") == {"true"}
    assert says(store, subject, "adms:status") == {"https://w3id.org/rolegraph/concept/status-deprecated"}


def test_replacement_note_and_date_are_told(store: ox.Store) -> None:
    assert says(store, "role/SWE.GEN.P5", "dcterms:isReplacedBy") == {"https://example.org/role/SWE.GEN.P4"}
    assert says(store, "family/SYS", "dcterms:isReplacedBy") == {"https://example.org/family/SWE"}
    assert says(store, "family/SYS", "skos:historyNote") == {"Merged into Software in 2025."}
    assert says(store, "family/SYS", "dcterms:modified") == {"2025-11-02"}
    assert says(store, "role/SWE.GEN.P3", "owl:deprecated") == set()


def test_deprecated_role_is_nobody_s_neighbour_but_has_neighbours(ask: Ask) -> None:
    found = {(row[0], row[2]) for row in ask("nearest-roles")}
    assert {neighbour for _, neighbour in found} == {"SWE.GEN.P3", "SWE.GEN.P4"}
    assert ("SWE.GEN.P5", "SWE.GEN.P4") in found


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("roles-by-skill", {"skill": "Python"}, {"SWE.GEN.P3", "SWE.GEN.P4"}),
        ("roles-sharing-skills-within-level", {}, {"SWE.GEN.P3"}),
        ("roles-sharing-skills-within-level", {"role": "SWE.GEN.P5"}, {"SWE.GEN.P5"}),
        ("unapproved-aliases", {}, {"SWE.GEN.P3"}),
        ("alias-conflicts", {}, set()),
        ("roles-without-detailed-onet-code", {}, {"SWE.GEN.P3", "SWE.GEN.P4"}),
    ],
)
def test_list_leaves_deprecated_roles_out(
    name: str, values: dict[str, str], expected: set[str], ask: Ask
) -> None:
    assert {row[0] for row in ask(name, **values)} == expected


def test_ladder_and_completeness_leave_deprecated_roles_out(ask: Ask) -> None:
    assert [row[4] for row in ask("ladder")] == ["SWE.GEN.P3", "SWE.GEN.P4"]
    assert [row[:3] for row in ask("catalog-completeness")] == [("SWE", "P3", "1"), ("SWE", "P4", "1")]


def test_page_of_a_deprecated_role_says_what_became_of_it(ask: Ask) -> None:
    rows = {(row[3], row[4]) for row in ask("role-page", role="SWE.GEN.P5")}
    assert {
        ("status", "deprecated"),
        ("replaced by", "SWE.GEN.P4"),
        ("history note", "The title is no longer given."),
        ("modified", "2026-02-01"),
    } <= rows


def test_deprecated_concepts_are_listed_with_what_still_points_to_them(ask: Ask) -> None:
    assert ask("deprecated-concepts") == [
        ("family", "SYS", "Systems", "SWE", "Software", MERGED, "1"),
        ("role", "SWE.GEN.P5", "Chief Programmer", "SWE.GEN.P4", "Senior Engineer", RETIRED, "0"),
        ("role", "SYS.GEN.P3", "Systems Engineer", "", "", "", "0"),
        ("specialisation", "SYS.GEN", "General", "", "", "Merged.", "1"),
    ]  # fmt: skip
    assert [row[1] for row in ask("deprecated-concepts", kind="family")] == ["SYS"]


def test_python_gives_a_deprecated_role_with_its_replacement(folder: Path) -> None:
    build(folder)
    role = rolegraph.open(folder).role("SWE.GEN.P5")
    assert (role.deprecated, role.status, role.replaced_by) == (True, "deprecated", "SWE.GEN.P4")
    assert role.modified == "2026-02-01"
    assert role.history_note == {
        "en": "The title is no longer given.",
        "de": "Der Titel wird nicht mehr vergeben.",
    }


def test_faults_are_named_with_their_lines(tmp_path: Path) -> None:
    taxonomy = TAXONOMY.replace("replaced_by: SWE", "replaced_by: SVE").replace("2025-11-02", "2025-11")
    folder = write(
        tmp_path / "catalog",
        taxonomy,
        **{
            "SWE.GEN.P3": "title: Engineer\ndeprecated: true\nreplaced_by: SWE.GEN.P7\n",
            "SWE.GEN.P4": "title: Engineer\nstatus: published\ndeprecated: true\n",
            "SWE.GEN.P6": "title: Engineer\ndeprecated: true\nreplaced_by: SWE.GEN.P6\n",
        },
    )
    with pytest.raises(SourceError) as caught:
        read_inputs(folder, Problems())
    assert str(caught.value).splitlines() == [
        "roles/SWE.GEN.P3.yaml:4: replaced_by 'SWE.GEN.P7' of SWE.GEN.P3 is no role of this catalog; "
        "write the code of another role",
        "roles/SWE.GEN.P4.yaml:3: the role is deprecated, and yet its status is published; "
        "keep one of the two",
        "roles/SWE.GEN.P6.yaml:4: SWE.GEN.P6 is replaced by itself; write the code of another role",
        "taxonomy.yaml:5: replaced_by 'SVE' of SYS is no family of this catalog; "
        "write the code of another family",
        "taxonomy.yaml:6: '2025-11' is no date; write YYYY-MM-DD",
    ]
