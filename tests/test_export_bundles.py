"""Exports of several files: their published headers, every row, and tables that refer to each other."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

import exports
from rolegraph.errors import Problems
from rolegraph.export import esco_csv
from rolegraph.export.extract import Extract
from rolegraph.export.formats import WRITERS, write_folder
from rolegraph.export.osmt import HEADER as OSMT
from rolegraph.export.selection import Selection, select
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Mapping, RoleFile, Taxonomy
from rolegraph.snapshot import Snapshot, open_snapshot
from rolegraph.sources.catalog import read_catalog

Table = list[dict[str, str]]
SKILLS: Final = {"skill", "knowledge", "competency"}
# Domain model, section 6: ESCO CSV 1.2.1.
ESCO_HEADERS: Final = {
    "occupations_en.csv": "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,hiddenLabels,status,"
    "modifiedDate,regulatedProfessionNote,scopeNote,definition,inScheme,description,code,naceCode",
    "skills_en.csv": "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,"
    "status,modifiedDate,scopeNote,definition,inScheme,description",
    "occupationSkillRelations_en.csv": "occupationUri,occupationLabel,relationType,skillType,skillUri,"
    "skillLabel",
    "skillSkillRelations_en.csv": "originalSkillUri,originalSkillType,relationType,relatedSkillType,"
    "relatedSkillUri",
    "broaderRelationsOccPillar_en.csv": "conceptType,conceptUri,conceptLabel,broaderType,broaderUri,"
    "broaderLabel",
    "broaderRelationsSkillPillar_en.csv": "conceptType,conceptUri,conceptLabel,broaderType,broaderUri,"
    "broaderLabel",
    "ISCOGroups_en.csv": "conceptType,conceptUri,code,preferredLabel,status,altLabels,inScheme,description",
    "skillGroups_en.csv": "conceptType,conceptUri,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,"
    "scopeNote,inScheme,description,code",
    "skillsHierarchy_en.csv": "Level 0 URI,Level 0 preferred term,Level 1 URI,Level 1 preferred term,"
    "Level 2 URI,Level 2 preferred term,Level 3 URI,Level 3 preferred term,Description,Scope note,"
    "Level 0 code,Level 1 code,Level 2 code,Level 3 code",
    "conceptSchemes_en.csv": "conceptType,conceptSchemeUri,preferredLabel,title,status,description,"
    "hasTopConcept",
}


@pytest.fixture(scope="module")
def snapshot(sample_catalog: Path) -> Snapshot:
    return open_snapshot(sample_catalog)


@pytest.fixture(scope="module")
def catalog(sample_catalog: Path) -> Catalog:
    return read_catalog(sample_catalog, Problems())[1]


@pytest.fixture(scope="module")
def iris(snapshot: Snapshot) -> Iris:
    return Iris(snapshot.base_iri)


def bundle(name: str, extract: Extract, folder: Path, delimiter: str = ",") -> dict[str, Table]:
    """The tables of a format by file name."""
    form = WRITERS[name]
    tables: dict[str, Table] = {}
    for path in write_folder(form, extract, folder / name):  # type: ignore[arg-type]  # all of these are folders
        if path.suffix in {".csv", ".txt"} and not path.name.startswith("LICENSE"):
            quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
            with path.open(encoding="utf-8", newline="") as stream:
                tables[path.name] = list(csv.DictReader(stream, delimiter=delimiter, quoting=quoting))
    return tables


def first_lines(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8").partition("\n")[0] for p in folder.glob("*.csv")}


# ESCO


@pytest.fixture(scope="module")
def esco(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Table]]:
    folder = tmp_path_factory.mktemp("esco")
    return folder / "esco-csv", bundle("esco-csv", Extract(snapshot), folder)


def test_esco_files_have_the_published_headers(esco: tuple[Path, dict[str, Table]]) -> None:
    assert first_lines(esco[0]) == ESCO_HEADERS


def test_esco_headers_are_those_of_the_real_files(shared: Callable[[str], Path]) -> None:
    official = shared("data/esco_1.2.0")
    known = (
        "skillGroups_en.csv",
        "skillsHierarchy_en.csv",
        "ISCOGroups_en.csv",
        "skillSkillRelations_en.csv",
    )
    for name in (*known, "conceptSchemes_en.csv"):
        assert (official / name).read_text(encoding="utf-8-sig").splitlines()[0] == ESCO_HEADERS[name]


def test_esco_bundle_holds_every_role_skill_and_relation(
    esco: tuple[Path, dict[str, Table]], catalog: Catalog, iris: Iris
) -> None:
    rows = esco[1]
    occupations = {row["code"]: row for row in rows["occupations_en.csv"]}
    assert set(occupations) == {role.code for role in catalog.roles}
    uses = {
        (iris.role(role.code), use.importance or "optional", iris.component(use.kind, use.label["en"]))
        for role in catalog.roles
        for use in role.uses
        if use.kind in SKILLS
    }
    relations = rows["occupationSkillRelations_en.csv"]
    assert {(r["occupationUri"], r["relationType"], r["skillUri"]) for r in relations} == uses
    assert len(relations) == len(uses)
    skills = {row["conceptUri"]: row for row in rows["skills_en.csv"]}
    assert {uri for _, _, uri in uses} <= set(skills)
    assert {row["skillType"] for row in skills.values()} == {"knowledge", "skill/competence"}
    above = {row["conceptUri"]: row["broaderUri"] for row in rows["broaderRelationsSkillPillar_en.csv"]}
    assert set(above) == set(skills)
    assert set(above.values()) == {row["conceptUri"] for row in rows["skillGroups_en.csv"]}
    assert set(above.values()) == {row["Level 0 URI"] for row in rows["skillsHierarchy_en.csv"]}


def test_esco_labels_are_approved_and_never_rejected_aliases(
    esco: tuple[Path, dict[str, Table]], catalog: Catalog
) -> None:
    occupations = {row["code"]: row for row in esco[1]["occupations_en.csv"]}
    role = next(role for role in catalog.roles if any(a.approval == "approved" for a in role.aliases))
    labels = set(occupations[role.code]["altLabels"].split("\n"))
    assert {a.label for a in role.aliases if a.approval == "approved"} <= labels
    assert not {a.label for a in role.aliases if a.approval == "rejected"} & labels


def mapped(*mappings: tuple[str, str, str]) -> Catalog:
    """A catalog of one role with mappings of the form (predicate, object, review status)."""
    iris = Iris(exports.BASE)
    (role,) = exports.records([RoleFile(code="AA.GEN.P1", title="Someone", components=exports.SQL)])
    subject = iris.role(role.code)
    found = tuple(
        Mapping(
            subject=subject,
            predicate=f"http://www.w3.org/2004/02/skos/core#{predicate}",
            object=target,
            justification="https://w3id.org/semapv/vocab/ManualMappingCuration",
            object_label="A title",
            review_status=status,  # type: ignore[arg-type]  # one of the five
        )
        for predicate, target, status in mappings
    )
    return Catalog(roles=(role,), taxonomy=Taxonomy(), levels=exports.LEVELS, mappings=found)


ISCO: Final = "http://data.europa.eu/esco/isco/C2512"
DEVELOPER: Final = "http://data.europa.eu/esco/occupation/f2b15a0e-e65a-438a-affb-29b9d50b77d1"


def test_accepted_mapping_to_isco_gives_the_group_and_others_do_not(tmp_path: Path) -> None:
    catalog = mapped(("broadMatch", ISCO, "accepted"), ("broadMatch", DEVELOPER, "needs_review"))
    tables = bundle("esco-csv", exports.extract_of(catalog, tmp_path), tmp_path)
    assert tables["occupations_en.csv"][0]["iscoGroup"] == "2512"
    assert [row["code"] for row in tables["ISCOGroups_en.csv"]] == ["2512"]
    assert [row["broaderUri"] for row in tables["broaderRelationsOccPillar_en.csv"]] == [ISCO]


@pytest.mark.parametrize(
    ("roles", "families", "level"),
    [(1, 1, "occupation-specific"), (2, 1, "sector-specific"), (5, 2, "cross-sector")],
)
def test_reuse_level_is_told_by_who_uses_a_skill(roles: int, families: int, level: str) -> None:
    entry = exports.entry("SQL", roles=roles, families=families)
    assert esco_csv.reuse_level(entry) == level


def test_text_with_line_breaks_and_formulas_is_kept_as_it_is(tmp_path: Path) -> None:
    text = '=1+1; "quoted",\nand a second line'
    (role,) = exports.records([RoleFile(code="AA.GEN.P1", title="Someone", summary=text)])
    catalog = Catalog(roles=(role,), taxonomy=Taxonomy(), levels=exports.LEVELS)
    tables = bundle("esco-csv", exports.extract_of(catalog, tmp_path), tmp_path)
    assert tables["occupations_en.csv"][0]["description"] == text


# The mapping table


def test_mapping_table_holds_accepted_matches_alone_and_says_what_it_left_out(
    snapshot: Snapshot, catalog: Catalog, tmp_path: Path
) -> None:
    extract = Extract(snapshot)
    tables = bundle("esco-mapping", extract, tmp_path)
    every = [*catalog.mappings, *(m for role in catalog.roles for m in role.mappings)]
    esco = [m for m in every if m.object.startswith("http://data.europa.eu/esco/")]
    accepted = [
        m for m in esco if m.review_status == "accepted" and not m.modifier and "related" not in m.predicate
    ]
    rows = tables["occupations_to_esco.csv"] + tables["skills_to_esco.csv"]
    named = [c.esco for c in catalog.components if c.esco]
    assert sorted(row["ESCO or ISCO URI"] for row in rows) == sorted([*named, *(m.object for m in accepted)])
    assert {row["Type of Match"] for row in rows} <= {"exactMatch", "closeMatch", "broadMatch", "narrowMatch"}
    assert extract.notes[0].startswith(f"{len(esco) - len(accepted)} mapping")
    licence = (tmp_path / "esco-mapping" / "LICENSE.txt").read_text(encoding="utf-8")
    assert "This service uses the ESCO classification of the European Commission." in licence


# O*NET


@pytest.fixture(scope="module")
def onet(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Table]]:
    folder = tmp_path_factory.mktemp("onet")
    return folder / "onet-text", bundle("onet-text", Extract(snapshot), folder, "\t")


def test_onet_files_have_the_published_headers(
    onet: tuple[Path, dict[str, Table]], shared: Callable[[str], Path]
) -> None:
    official = shared("data/onet_29_0")
    for name in onet[1]:
        header = (onet[0] / name).read_text(encoding="utf-8").splitlines()[0]
        assert header == (official / name).read_text(encoding="utf-8").splitlines()[0], name


def test_onet_files_hold_every_task_title_and_skill(
    onet: tuple[Path, dict[str, Table]], catalog: Catalog
) -> None:
    tables = onet[1]
    assert {row["O*NET-SOC Code"] for row in tables["Occupation Data.txt"]} == {r.code for r in catalog.roles}
    for name, kind in (("Task Statements", "task"), ("Skills", "skill"), ("Knowledge", "knowledge")):
        column = "Task" if kind == "task" else "Element Name"
        found = {(row["O*NET-SOC Code"], row[column]) for row in tables[f"{name}.txt"]}
        wanted = {(r.code, use.label["en"]) for r in catalog.roles for use in r.uses if use.kind == kind}
        assert found == wanted
    ids: dict[str, set[str]] = {}
    for row in tables["Task Statements.txt"]:
        ids.setdefault(row["Task ID"], set()).add(row["Task"].casefold())
    assert all(len(tasks) == 1 for tasks in ids.values())


# Tabiya


@pytest.fixture(scope="module")
def tabiya(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    return bundle("tabiya", Extract(snapshot), tmp_path_factory.mktemp("tabiya"))


def test_tabiya_has_its_nine_files_and_every_id_leads_somewhere(
    tabiya: dict[str, Table], catalog: Catalog
) -> None:
    assert len(tabiya) == 9
    ids = {
        kind: [row["ID"] for row in tabiya[f"{name}.csv"]]
        for kind, name in (
            *(("skill", "skills"), ("skillgroup", "skill_groups")),
            *(("localoccupation", "occupations"), ("occupationgroup", "occupation_groups")),
        )
    }
    every = [value for values in ids.values() for value in values]
    assert len(set(every)) == len(every)
    assert all(str(UUID(value)) == value for value in every)
    for name in ("skill_hierarchy", "occupation_hierarchy"):
        for row in tabiya[f"{name}.csv"]:
            assert row["PARENTID"] in ids[row["PARENTOBJECTTYPE"]]
            assert row["CHILDID"] in ids[row["CHILDOBJECTTYPE"]]
    relations = tabiya["occupation_to_skill_relations.csv"]
    assert {row["SKILLID"] for row in relations} <= set(ids["skill"])
    assert {row["OCCUPATIONID"] for row in relations} == set(ids["localoccupation"])
    assert len(relations) == sum(use.kind in SKILLS for role in catalog.roles for use in role.uses)


def test_tabiya_codes_follow_its_rules(tabiya: dict[str, Table]) -> None:
    groups = {row["CODE"] for row in tabiya["occupation_groups.csv"]}
    assert all(code[0].isalpha() and code.isalnum() for code in groups)
    codes = [row["CODE"] for row in tabiya["occupations.csv"]]
    assert len(set(codes)) == len(codes)
    for row in tabiya["occupations.csv"]:
        group, _, number = row["CODE"].partition("_")
        assert group == row["OCCUPATIONGROUPCODE"]
        assert group in groups
        assert number.isdecimal()
        assert row["OCCUPATIONTYPE"] == "localoccupation"
    relations = tabiya["occupation_to_skill_relations.csv"]
    assert {row["RELATIONTYPE"] for row in relations} <= {"essential", "optional", ""}
    assert not any(row["SIGNALLINGVALUE"] or row["SIGNALLINGVALUELABEL"] for row in relations)


# OSMT


def test_osmt_has_one_row_a_skill_with_the_codes_of_who_uses_it(
    snapshot: Snapshot, catalog: Catalog, iris: Iris, tmp_path: Path
) -> None:
    extract = Extract(snapshot)
    (table,) = bundle("osmt", extract, tmp_path).values()
    assert list(table[0]) == list(OSMT)
    rows = {row["Canonical URL"]: row for row in table}
    used = {iris.component(u.kind, u.label["en"]) for r in catalog.roles for u in r.uses if u.kind in SKILLS}
    assert used <= set(rows)
    assert len(rows) == len(table)
    column = rows[iris.component("skill", "SQL")]
    assert "15-0000" in column["Occupation Major Groups"].split("; ")
    detailed = column["Detailed Occupations"].split("; ")
    assert "15-1252" in detailed
    assert detailed == sorted(set(detailed))


def test_osmt_of_a_part_has_the_codes_of_that_part(snapshot: Snapshot, iris: Iris, tmp_path: Path) -> None:
    whole = Extract(snapshot)
    (table,) = bundle("osmt", select(snapshot, Selection(families=("PROD",))), tmp_path).values()
    assert 0 < len(table) < len(list(whole.components(SKILLS)))  # type: ignore[arg-type]  # three of the kinds
    assert {row["Collections"] for row in table} == {whole.facts.name}
