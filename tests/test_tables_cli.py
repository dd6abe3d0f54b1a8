"""`rolegraph import table` as a user meets it: what it writes, says and refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rolegraph.cli import main
from rolegraph.errors import Problems
from rolegraph.snapshot.assemble import read_inputs
from rolegraph.sources.tables import target
from tables import PLAIN_MAP, write_all

TABLE = """Family,Role,Level,Skill,Meaning
Water,Diver,Diver,Swim,To swim.
Water,Diver,Senior diver,Swim,To swim.
"""
MAP = PLAIN_MAP + (
    'super_function = {code = {constant = "technology"}, label = {constant = "Technik"}}\n'
    'components = [{kind = "skill", label = "Skill", definition = "Meaning"}]\n'
)
WRITTEN = ["components/skill.sea.yaml", "roles/sea.ndjson", "taxonomy.sea.yaml"]


@pytest.fixture
def catalog(small_catalog: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new catalog, the current folder, with a table and a map beside it."""
    write_all(small_catalog.parent, {"sea.csv": TABLE, "sea.toml": MAP})
    monkeypatch.chdir(small_catalog)
    return small_catalog


def run(*arguments: str, table: str = "../sea.csv") -> Result:
    return CliRunner().invoke(main, ["import", "table", table, "--map", "../sea.toml", *arguments])


def files(catalog: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(catalog)): path.read_bytes()
        for path in sorted(catalog.rglob("*"))
        if path.is_file()
    }


def new_files(catalog: Path, before: dict[str, bytes]) -> list[str]:
    after = files(catalog)
    assert {name: after[name] for name in before} == before
    return sorted(set(after) - set(before))


def test_import_fills_the_catalog_which_then_builds(catalog: Path) -> None:
    before = files(catalog)
    result = run()
    assert result.exit_code == 0, result.stderr
    assert sorted(result.stdout.split()) == WRITTEN == new_files(catalog, before)
    assert (
        "Imported 2 roles, 3 taxonomy entries, 1 component entry, 0 aliases; 0 refused rows." in result.stderr
    )
    problems = Problems()
    inputs = read_inputs(catalog, problems)
    assert [role.code for role in inputs.catalog.roles] == ["ENG.GEN.P3", "WATER.DIVER.P3", "WATER.DIVER.P4"]
    assert inputs.catalog.taxonomy.families["WATER"].super_function == "technology"
    assert [c.label["en"] for c in inputs.catalog.components if c.file.endswith("sea.yaml")] == ["Swim"]
    validated = CliRunner().invoke(main, ["validate"])
    assert validated.exit_code == 0, validated.stderr


def test_entries_that_the_catalog_has_are_kept_and_differences_said(catalog: Path) -> None:
    result = run()
    assert (
        "technology" not in (catalog / "taxonomy.sea.yaml").read_text(encoding="utf-8").split("families")[0]
    )
    warning = (
        "taxonomy.yaml:2: the import has another label of super_function technology; the catalog's own entry"
    )
    assert warning in result.stderr


def test_same_tables_give_the_same_bytes(catalog: Path) -> None:
    run()
    first = files(catalog)
    assert run("--force").exit_code == 0
    assert files(catalog) == first


def test_files_of_an_earlier_import_are_replaced_only_by_force(catalog: Path) -> None:
    run()
    first = files(catalog)
    write_all(catalog.parent, {"sea.csv": TABLE.replace("To swim.", "").replace("Senior", "Old")})
    write_all(catalog.parent, {"sea.toml": MAP.replace("^Senior", "^Old")})
    result = run()
    assert result.exit_code == 2
    assert "roles/sea.ndjson: this file is there already; pass --force to replace it" in result.stderr
    assert files(catalog) == first
    assert run("--force").exit_code == 0
    assert not (catalog / "components/skill.sea.yaml").exists()  # nothing defines a skill any more
    assert "Old diver" in (catalog / "roles/sea.ndjson").read_text(encoding="utf-8")


def test_refused_row_writes_nothing(catalog: Path) -> None:
    write_all(catalog.parent, {"sea.csv": TABLE + "Water,,Diver,Swim,\nWater,Cook,Cook,Swim,To cook.\n"})
    before = files(catalog)
    result = run("--report", "../report.csv")
    assert (result.exit_code, result.stdout, new_files(catalog, before)) == (2, "", [])
    lines = [line for line in result.stderr.splitlines() if line.startswith("../sea.csv")]
    assert lines == [
        "../sea.csv:4: 'Role' says nothing; write what tells the roles apart",
        "../sea.csv:5: of skill 'Swim', definition is 'To cook.' here and 'To swim.' at ../sea.csv:2; write "
        "the same in both rows",
    ]
    assert result.stderr.endswith("2 errors; nothing was changed.\n")
    with (catalog.parent / "report.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["file"], row["line"]) for row in rows] == [("../sea.csv", "4"), ("../sea.csv", "5")]
    assert rows[0]["row"] == "Water,,Diver,Swim,"


def test_keep_going_imports_the_rest_and_reports(catalog: Path) -> None:
    write_all(
        catalog.parent, {"sea.csv": TABLE + "Water,Diver,Diver,Swim,To sink.\nWater,Cook,Cook,Fry,To fry.\n"}
    )
    result = run("--keep-going")
    assert result.exit_code == 1
    assert "Imported 2 roles" in result.stderr
    assert "; 2 refused rows." in result.stderr
    assert "refused: ../sea.csv:4: " in result.stderr
    codes = [
        json.loads(line)["code"] for line in (catalog / "roles/sea.ndjson").read_text("utf-8").splitlines()
    ]
    assert codes == ["WATER.COOK.P3", "WATER.DIVER.P4"]
    with (catalog / "sea.import-report.csv").open(encoding="utf-8", newline="") as stream:
        reported = [(row["line"], row["reason"]) for row in csv.DictReader(stream)]
    assert reported[0] == ("2", "its role is not imported because of ../sea.csv:4; correct that row")
    assert reported[1][0] == "4"


def test_dry_run_and_stdout_change_nothing(catalog: Path) -> None:
    before = files(catalog)
    result = run("--dry-run")
    assert (result.exit_code, sorted(result.stdout.split())) == (0, WRITTEN)
    assert "Would import 2 roles" in result.stderr
    result = run("-o", "-")
    assert [json.loads(line)["code"] for line in result.stdout.splitlines()] == [
        "WATER.DIVER.P3",
        "WATER.DIVER.P4",
    ]
    assert "Families, specialisations and components are not in this output." in result.stderr
    assert new_files(catalog, before) == []


def test_output_is_a_file_or_a_folder_of_yaml(catalog: Path) -> None:
    before = files(catalog)
    assert run("-o", "roles/").exit_code == 0
    assert new_files(catalog, before) == [
        "components/skill.sea.yaml",
        "roles/WATER.DIVER.P3.yaml",
        "roles/WATER.DIVER.P4.yaml",
        "taxonomy.sea.yaml",
    ]
    assert len(read_inputs(catalog, Problems()).catalog.roles) == 3
    result = run("-o", "../elsewhere.ndjson", "--name", "lake", "--force")
    assert result.exit_code == 2
    assert "WATER.DIVER.P3 is already in the catalog, at roles/WATER.DIVER.P3.yaml" in result.stderr


def test_output_outside_the_catalog_is_said(catalog: Path) -> None:
    result = run("-o", "../elsewhere.ndjson")
    assert result.exit_code == 0
    assert "Note: ../elsewhere.ndjson is not among [sources] roles of this catalog." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("-o", "x.csv"), "x.csv: roles in one file are NDJSON; end its name in .ndjson"),
        (("-o", "x.ndjson", "--format", "yaml"), "x.ndjson: roles in YAML are a file each; name a folder"),
        (("-o", "-", "--format", "yaml"), "-: roles in YAML are a file each; leave --format yaml out"),
        (("--name", "A b"), "A b: this is no name for files; pass --name with letters, digits, - and _"),
        (("--codes", "../no.csv"), "../no.csv: cannot be read (No such file or directory)"),
    ],
)
def test_options_that_make_no_sense_are_one_line(
    catalog: Path, arguments: tuple[str, ...], fault: str
) -> None:
    before = files(catalog)
    result = run(*arguments)
    assert result.exit_code == 2
    assert any(line.startswith(fault) for line in result.stderr.splitlines()), result.stderr
    assert new_files(catalog, before) == []


def test_unknown_files_and_maps_are_one_line(catalog: Path) -> None:
    assert "../no.csv: there is no such file; correct its name" in run(table="../no.csv").stderr
    result = CliRunner().invoke(main, ["import", "table", "../sea.csv", "--map", "nope"])
    assert "nope: there is no such map; name a file, or one of the shipped maps: ddat," in result.stderr


def test_codes_are_pinned_by_a_file(catalog: Path) -> None:
    write_all(catalog.parent, {"codes.csv": "Role,Level,code\nDiver,Diver,SEA.DIVE.P1\n"})
    assert run("--codes", "../codes.csv").exit_code == 0
    assert '"code":"SEA.DIVE.P1"' in (catalog / "roles/sea.ndjson").read_text(encoding="utf-8")
    write_all(catalog.parent, {"codes.csv": "Role,code\nDiver,x\n"})
    assert "../codes.csv:1: there is no column 'Level'" in run("--codes", "../codes.csv", "--force").stderr
    text = "Role,Level,code\nDiver,Diver,\nDiver,a,A.B.P1\nDiver,a,A.C.P1\nx\n"
    write_all(catalog.parent, {"codes.csv": text})
    shown = run("--codes", "../codes.csv", "--force").stderr
    for start in ("2: a cell is empty", "4: this key has another code before", "5: the row has 1 cells"):
        assert f"../codes.csv:{start}" in shown


def test_failure_while_writing_leaves_no_part(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(catalog)
    monkeypatch.setattr(target, "dump_yaml", lambda _: "\udcff")  # cannot be written as UTF-8
    assert isinstance(run().exception, UnicodeEncodeError)
    assert new_files(catalog, before) == []


def test_report_replaces_only_a_report(catalog: Path) -> None:
    write_all(catalog.parent, {"sea.csv": TABLE + "Water,,Cook,,\n", "mine.csv": "a,b\n"})
    result = run("--report", "../mine.csv")
    assert "../mine.csv: this file is no report of an import; name another, or" in result.stderr
    assert (catalog.parent / "mine.csv").read_text(encoding="utf-8") == "a,b\n"
    for _ in range(2):
        assert run("--report", "report.csv").exit_code == 2
    assert len((catalog / "report.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_attribution_is_said_and_stands_in_the_files(catalog: Path) -> None:
    write_all(catalog.parent, {"sea.toml": f'attribution = "Sea data, CC0."\n{MAP}'})
    assert "Wherever you publish this, say: Sea data, CC0." in run().stderr
    for name in ("taxonomy.sea.yaml", "components/skill.sea.yaml"):
        assert (catalog / name).read_text(encoding="utf-8").startswith("# Sea data, CC0.\n")


def test_map_of_components_alone_writes_no_roles(catalog: Path) -> None:
    text = '[[table]]\nignore = ["Family", "Role", "Level"]\ncomponents = [{kind="skill", label="Skill"}]\n'
    write_all(catalog.parent, {"sea.toml": text + "components2 = 1\n"})
    assert "unknown key 'components2' in table[1]" in run().stderr
    write_all(catalog.parent, {"sea.toml": text})
    result = run()
    assert (result.exit_code, result.stdout) == (0, "components/skill.sea.yaml\n")
