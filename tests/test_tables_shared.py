"""The shipped maps on the real tables: every row is found in the graph by a query."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.config import Config, read_config
from rolegraph.errors import Problems
from rolegraph.snapshot.assemble import catalog_store, read_inputs
from rolegraph.sources.catalog import levels_file
from rolegraph.sources.levels import read_levels
from rolegraph.sources.tables.importing import Imported, Setting, import_tables
from rolegraph.sources.tables.map_file import read_map, shipped_maps
from rolegraph.sources.tables.target import Target, write_files
from rolegraph.sources.template import catalog_files

Shared = Callable[[str], Path]
USES = """
PREFIX rg: <https://w3id.org/rolegraph/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?family ?focus ?title ?summary ?skill ?proficiency WHERE {
  ?role a rg:Role ; skos:prefLabel ?title ; rg:inFamily/skos:prefLabel ?family ;
    rg:inSpecialisation/skos:prefLabel ?focus .
  OPTIONAL { ?role skos:definition ?summary }
  ?role rg:componentUse ?use . ?use rg:component/skos:prefLabel ?skill .
  OPTIONAL { ?use rg:proficiency ?proficiency }
}
"""
DESCRIPTORS = """
PREFIX rg: <https://w3id.org/rolegraph/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?skill ?name ?number ?text WHERE {
  ?component skos:prefLabel ?skill ; rg:proficiencyDescriptor ?step .
  ?step rdfs:label ?name ; rg:describedProficiency ?number ; rg:text ?text
}
"""
DEFINITIONS = """
PREFIX rg: <https://w3id.org/rolegraph/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?kind ?label ?definition WHERE {
  ?thing a ?kind ; skos:prefLabel ?label ; skos:definition ?definition .
  VALUES ?kind { rg:Skill rg:Specialisation }
}
"""
LEVELS = """
PREFIX rg: <https://w3id.org/rolegraph/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX skosxl: <http://www.w3.org/2008/05/skos-xl#>
SELECT ?own ?focus ?name ?years ?level (LANG(?name) AS ?language) WHERE {
  ?role rg:levelTitle ?name ; rg:level/skos:notation ?level ; rg:titleAlias/skosxl:literalForm ?own ;
    rg:inSpecialisation/skos:prefLabel ?focus ; rg:descriptor/rg:text ?years .
  FILTER(LANG(?name) = LANG(?focus) && LANG(?name) = LANG(?years))
}
"""
LISTS = """
PREFIX rg: <https://w3id.org/rolegraph/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?name ?kind ?importance ?label WHERE {
  ?role rg:levelTitle ?name ; rg:componentUse ?use .
  ?use rg:component ?component .
  ?component a ?kind ; skos:prefLabel|skos:altLabel ?label .
  OPTIONAL { ?use rg:importance/skos:notation ?importance }
  FILTER(LANG(?name) = LANG(?label))
  VALUES ?kind { rg:Competency rg:Responsibility }
}
"""


def rows_of(store: ox.Store, query: str) -> Iterator[tuple[str, ...]]:
    solutions = store.query(query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        yield tuple("" if term is None else term.value.rpartition("#")[2] or term.value for term in solution)


def imported(folder: Path, name: str, paths: list[Path]) -> tuple[Imported, Problems, ox.Store]:
    """A new catalog with the tables in it, and its graph."""
    for file, content in catalog_files("Real", "https://example.org/roles/").items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content, encoding="utf-8")
    problems = Problems()
    config = read_config(folder, problems)
    assert isinstance(config, Config)
    levels = frozenset(read_levels(*levels_file(folder, config), problems))
    mapping = read_map(shipped_maps()[name], levels, problems)
    assert mapping is not None
    found = import_tables(paths, mapping, Setting("en", levels, {}), problems)
    write_files(Target(folder, config, name, "ndjson", None).files(found, problems), (), lambda _: None)
    return found, problems, catalog_store(read_inputs(folder, Problems()))


@pytest.fixture(scope="module")
def ddat(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> tuple[Imported, Problems, ox.Store]:
    return imported(tmp_path_factory.mktemp("ddat"), "ddat", [shared("data/ddat")])


@pytest.fixture(scope="module")
def tech(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> tuple[Imported, Problems, ox.Store]:
    folder = shared("data/tech_roles_mit")
    return imported(tmp_path_factory.mktemp("tech"), "tech-roles-mit", [folder / "en", folder / "es"])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [{k: v.strip() for k, v in row.items()} for row in csv.DictReader(stream)]


PROFICIENCY = {"Awareness": "1", "Working": "2", "Practitioner": "4", "Expert": "5", "NOT IN USE": ""}


def test_ddat_has_its_52_roles_205_levels_and_188_skills(ddat: tuple[Imported, Problems, ox.Store]) -> None:
    found, problems, _ = ddat
    assert found.rejections.report.findings == []
    assert len(found.roles) == 205
    assert {name: len(entries) for name, entries in found.taxonomy.items()} == {
        "super_functions": 1, "families": 8, "specialisations": 52
    }  # fmt: skip
    assert len(found.components["skill"]) == 188
    assert sum(len(entry.get("proficiency_texts", ())) for entry in found.components["skill"]) == 4 * (
        188 - 22
    )
    # Rows that say the same skill of the same role once more; everything else would be a loss.
    assert len(problems.warnings) == 16
    assert all("the role lists it once" in warning.message for warning in problems.warnings)


def test_every_row_of_ddat_is_found(ddat: tuple[Imported, Problems, ox.Store], shared: Shared) -> None:
    roles, skills = (table(shared(f"data/ddat/{name}.csv")) for name in ("roles", "skills"))
    assert (len(roles), len(skills)) == (1825, 188)
    store = ddat[2]
    is_level = [row["Role Level"] != "NOT IN USE" for row in roles]
    expected = {
        (
            row["Role Family"],
            row["Role"],
            row["Role Level"] if has_level else row["Role"],
            row["Role Level Description"] if has_level else row["Role Description"],
            row["Skill Name"],
            PROFICIENCY[row["Skill Level"]],
        )
        for row, has_level in zip(roles, is_level, strict=True)
    }
    assert len(expected) == 1809
    assert expected <= set(rows_of(store, USES))
    steps = {
        (row["Skill Name"], name, number, row[name])
        for row in skills
        for name, number in PROFICIENCY.items()
        if row.get(name)
    }
    assert len(steps) == 664
    assert steps == set(rows_of(store, DESCRIPTORS))
    definitions = {("Specialisation", row["Role"], row["Role Description"]) for row in roles}
    definitions |= {
        ("Skill", row["Skill Name"], row["Skill Description"])
        for row in skills
        if row["Skill Description"] not in {"", "MISSING"}
    }
    assert definitions <= set(rows_of(store, DEFINITIONS))


def test_levels_of_a_ddat_role_are_in_the_order_of_their_skills(
    ddat: tuple[Imported, Problems, ox.Store],
) -> None:
    """What the words of the map make of level names is compared with the skill levels asked for."""
    ranks = {"S1": 1, **{f"P{n}": n for n in range(1, 9)}, "M2": 4, "M3": 5, "M5": 6}
    by_focus: dict[str, list[tuple[float, float, str]]] = {}
    for role, _ in ddat[0].roles:
        focus, _, level = role.code.rpartition(".")
        grades = [use.proficiency for use in role.components.skill if getattr(use, "proficiency", None)]
        if grades:
            by_focus.setdefault(focus, []).append((ranks[level], sum(grades) / len(grades), role.code))
    assert len(by_focus) == 48
    wrong = [
        (low[2], high[2])
        for levels in by_focus.values()
        for low in levels
        for high in levels
        if low[0] + 1 < high[0] and low[1] > high[1]
    ]
    assert wrong == []


def test_tech_roles_have_702_levels_in_two_languages(tech: tuple[Imported, Problems, ox.Store]) -> None:
    found, problems, _ = tech
    assert (found.rejections.report.findings, problems.warnings) == ([], [])
    assert len(found.roles) == 702
    assert all(set(role.title) == {"en", "es"} for role, _ in found.roles if isinstance(role.title, dict))
    assert {name: len(entries) for name, entries in found.taxonomy.items()} == {
        "super_functions": 1, "families": 7, "specialisations": 78
    }  # fmt: skip


def test_every_level_of_the_tech_roles_is_found(
    tech: tuple[Imported, Problems, ox.Store], shared: Shared
) -> None:
    expected: set[tuple[str, ...]] = set()
    lists: set[tuple[str, ...]] = set()
    numbers: dict[str, set[int]] = {}
    for language, words in (("en", ("years", "years and more")), ("es", ("años", "años o más"))):
        for path in sorted(shared(f"data/tech_roles_mit/{language}").glob("*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            for own, level in document["levels"].items():
                low, high = level["yearsRange"]["min"], level["yearsRange"]["max"]
                years = f"{low} {words[1]}" if high is None else f"{low}–{high} {words[0]}"
                expected.add((own, document["role"], level["level"], years, language))
                numbers.setdefault(f"{path.stem} {language}", set()).add(level["levelNumber"])
                for name, kind, importance in (
                    ("coreCompetencies", "Competency", "essential"),
                    ("complementaryCompetencies", "Competency", "optional"),
                    ("indicators", "Responsibility", ""),
                ):
                    lists |= {(level["level"], kind, importance, label) for label in level[name]}
    assert len(expected) == 2 * 702
    assert set(map(len, numbers.values())) == {9}
    found = {(own, focus, name, years, lang) for own, focus, name, years, _, lang in rows_of(tech[2], LEVELS)}
    assert expected == found
    assert lists <= set(rows_of(tech[2], LISTS))


def test_both_maps_go_into_one_catalog(shared: Shared, tmp_path: Path) -> None:
    imported(tmp_path, "ddat", [shared("data/ddat")])
    folder = shared("data/tech_roles_mit")
    _, _, store = imported(tmp_path, "tech-roles-mit", [folder / "en", folder / "es"])
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?role a <https://w3id.org/rolegraph/ns#Role> }"
    assert list(rows_of(store, count)) == [("908",)]
