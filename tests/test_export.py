"""Exports: exact headers, every row, read back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from rolegraph.errors import Problems, StoreError
from rolegraph.export import esco_csv, onet_text
from rolegraph.export.files import TableFile, write_tables
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog
from rolegraph.sources.catalog import read_catalog

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(ROOT / "data", Problems())[1]


IRIS = Iris("https://w3id.org/rolegraph/sample/")
# domain-model: ESCO CSV 1.2.1, O*NET text 29.0
HEADERS = {
    "occupations_en.csv": "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,hiddenLabels,status,"
    "modifiedDate,regulatedProfessionNote,scopeNote,definition,inScheme,description,code,naceCode",
    "skills_en.csv": "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,"
    "status,modifiedDate,scopeNote,definition,inScheme,description",
    "occupationSkillRelations_en.csv": "occupationUri,occupationLabel,relationType,skillType,skillUri,"
    "skillLabel",
    "conceptSchemes_en.csv": "conceptType,conceptSchemeUri,preferredLabel,title,status,description,"
    "hasTopConcept",
}


def test_esco_bundle_holds_every_role_skill_and_relation(catalog: Catalog, tmp_path: Path) -> None:
    files = write_tables(tmp_path / "out", esco_csv.tables(catalog, IRIS, "en"), "csv")
    assert {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in files} == HEADERS
    rows = {}
    for path in files:
        with path.open(encoding="utf-8", newline="") as stream:
            rows[path.name] = list(csv.DictReader(stream))
    occupations = {row["code"]: row for row in rows["occupations_en.csv"]}
    assert set(occupations) == {role.code for role in catalog.roles}
    kinds = {"skill", "knowledge", "competency"}
    uses = {
        (IRIS.role(role.code), use.importance or "optional", IRIS.component(use.kind, use.label["en"]))
        for role in catalog.roles
        for use in role.uses
        if use.kind in kinds
    }
    relations = rows["occupationSkillRelations_en.csv"]
    assert {(r["occupationUri"], r["relationType"], r["skillUri"]) for r in relations} == uses
    assert len(relations) == len(uses)
    skills = {row["conceptUri"]: row for row in rows["skills_en.csv"]}
    assert {uri for _, _, uri in uses} <= set(skills)
    assert {row["skillType"] for row in skills.values()} == {"knowledge", "skill/competence"}
    role = next(role for role in catalog.roles if any(a.approval == "approved" for a in role.aliases))
    approved = [a.label for a in role.aliases if a.approval == "approved"]
    assert set(approved) <= set(occupations[role.code]["altLabels"].split("\n"))
    rejected = [a.label for a in role.aliases if a.approval == "rejected"]
    assert not set(rejected) & set(occupations[role.code]["altLabels"].split("\n"))


def test_onet_files_have_the_published_headers_and_our_codes(
    catalog: Catalog, tmp_path: Path, shared: object
) -> None:
    files = write_tables(tmp_path / "out", onet_text.tables(catalog, IRIS, "en"), "tab")
    official = shared("data/onet_29_0")  # type: ignore[operator]  # the fixture is a function
    for path in files:
        header = path.read_text(encoding="utf-8").splitlines()[0]
        published = (official / path.name).read_text(encoding="utf-8").splitlines()[0]
        assert header == published, path.name


def test_onet_files_hold_every_task_title_and_skill(catalog: Catalog, tmp_path: Path) -> None:
    files = write_tables(tmp_path / "out", onet_text.tables(catalog, IRIS, "en"), "tab")
    tables = {}
    for path in files:
        with path.open(encoding="utf-8", newline="") as stream:
            tables[path.name] = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {row["O*NET-SOC Code"] for row in tables["Occupation Data.txt"]} == {r.code for r in catalog.roles}
    for name, kind in (
        ("Task Statements.txt", "task"),
        ("Skills.txt", "skill"),
        ("Knowledge.txt", "knowledge"),
    ):
        column = "Task" if kind == "task" else "Element Name"
        found = {(row["O*NET-SOC Code"], row[column]) for row in tables[name]}
        wanted = {(r.code, use.label["en"]) for r in catalog.roles for use in r.uses if use.kind == kind}
        assert found == wanted
    ids: dict[str, set[str]] = {}
    for row in tables["Task Statements.txt"]:
        ids.setdefault(row["Task ID"], set()).add(row["Task"].casefold())
    assert all(len(tasks) == 1 for tasks in ids.values())


def test_a_folder_with_content_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="is not empty"):
        write_tables(tmp_path / "out", [TableFile("a.csv", ("a",), [])], "csv")


def test_failed_export_leaves_nothing_behind(tmp_path: Path) -> None:
    def rows() -> object:
        yield ("1",)
        raise RuntimeError("the disk is full")

    tables = [TableFile("a.csv", ("a",), [("1",)]), TableFile("b.csv", ("a",), rows())]  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        write_tables(tmp_path / "out", tables, "csv")
    assert list(tmp_path.iterdir()) == []
