"""The command line as a user meets it: real processes, exit status, stdout and stderr."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*arguments: str | Path, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rolegraph", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)

    return call


def test_version_is_the_package_s(run: Run) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run("--version").stdout == f"rolegraph, version {version}\n"


def test_help_lists_every_command(run: Run) -> None:
    shown = run("--help").stdout
    for name in ("init", "import", "build", "validate", "query", "serve", "export"):
        assert f"\n  {name} " in shown
        assert run(name, "--help").returncode == 0


def test_new_catalog_builds_and_answers(run: Run, tmp_path: Path) -> None:
    assert run("init", "cat", "--name", "Ours").returncode == 0
    built = run("build", "--catalog", "cat")
    assert built.returncode == 0
    assert len(built.stdout.strip()) == 16
    assert "Reading the catalog" in built.stderr
    assert "Quads per named graph" in built.stderr
    answer = run("query", "ladder", "-p", "family=ENG", "--format", "csv", cwd=tmp_path / "cat")
    assert answer.returncode == 0
    assert "ENG.GEN.P3,Software Engineer" in answer.stdout


def test_init_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "soc.csv").write_text("mine", encoding="utf-8")
    result = run("init", "cat")
    assert (result.returncode, result.stdout) == (2, "")
    assert "already holds soc.csv" in result.stderr
    assert [path.name for path in (tmp_path / "cat").iterdir()] == ["soc.csv"]


def test_every_fault_of_every_file_is_one_line_and_exit_2(run: Run, small_catalog: Path) -> None:
    (small_catalog / "roles" / "BAD.GEN.P3.yaml").write_text("code: BAD.GEN.P3\n", encoding="utf-8")
    (small_catalog / "roles" / "BAD.GEN.P4.yaml").write_text("code: [", encoding="utf-8")
    (small_catalog / "taxonomy.yaml").write_text("families:\n  - {code: eng, label: x}\n", encoding="utf-8")
    (small_catalog / "mappings" / "x.tsv").write_text("#license: x\nsubject_id\n", encoding="utf-8")
    (small_catalog / "soc.csv").write_text("code,title\n15-12,Nobody\n", encoding="utf-8")
    result = run("build", "--catalog", small_catalog)
    assert (result.returncode, result.stdout) == (2, "")
    lines = [line for line in result.stderr.splitlines() if not line.startswith("[")]
    for start in ("mappings/x.tsv:1: ", "roles/BAD.GEN.P3.yaml:1: ", "roles/BAD.GEN.P4.yaml:2: "):
        assert any(line.startswith(start) for line in lines), start
    assert any(line.startswith("taxonomy.yaml:2: ") for line in lines)
    assert any(line.startswith("soc.csv:2: ") for line in lines)
    assert lines[-1].endswith("errors; nothing was changed.")
    assert not (small_catalog / ".rolegraph" / "snapshots" / "CURRENT").exists()


def test_unknown_key_of_the_configuration_names_the_nearest(run: Run, small_catalog: Path) -> None:
    path = small_catalog / "rolegraph.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("fail_on", "failon"), encoding="utf-8")
    result = run("build", "--catalog", small_catalog)
    assert result.returncode == 2
    assert "rolegraph.toml:22: unknown key 'failon' in validate; did you mean 'fail_on'?" in result.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("rolegraph.toml", 'base_iri = "https://example.org/roles/"', 'base_iri = "x"', "base_iri is 'x'"),
        ("rolegraph.toml", "fail_on =", 'shapes = ["no.ttl"] #', "no.ttl: there are no shapes here"),
        ("rolegraph.toml", '# onet = "../onet_db"', 'onet = "no"', "there is no such folder"),
        ("rolegraph.toml", "https://example.org/roles/", "http://[/", "base_iri is 'http://[/'"),
        ("rolegraph.toml", "licenses/by/4.0/", "bad <x>", "is no IRI; correct it"),
        ("rolegraph.toml", 'roles = "roles"', 'roles = "/srv/roles"', "name it from here"),
        ("rolegraph.toml", 'roles = "roles"', "roles = []", "roles names no place"),
        ("components/skill.yaml", "- label: SQL", "- replaced_by: Nope\n  label: SQL", "replaced_by 'Nope'"),
        ("components/skill.yaml", "- label: SQL", "- esco: http://[\n  label: SQL", "is no absolute IRI"),
        ("mappings/eng.sssom.tsv", "family:ENG", "http://[", "subject_id 'http://['"),
        ("rolegraph.toml", "# levels", "levels", "levels.ttl: the level scheme cannot be read"),
        ("roles/ENG.GEN.P3.yaml", "confidence: 0.85", "confidence: .nan", 'confidence is "NaN"'),
        ("roles/ENG.GEN.P3.yaml", "code: 15-1252.00", "code: 15-1252.0", "'15-1252.0' is no code of"),
    ],
)
def test_fault_is_one_line_without_a_traceback(
    run: Run, small_catalog: Path, file: str, old: str, new: str, fault: str
) -> None:
    path = small_catalog / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    result = run("build", "--catalog", small_catalog)
    lines = [line for line in result.stderr.splitlines() if not line.startswith("[")]
    assert result.returncode == 2
    assert len(lines) == 2, lines
    assert fault in lines[0]


def test_folder_in_place_of_a_role_is_one_line(run: Run, small_catalog: Path) -> None:
    (small_catalog / "roles" / "ENG.GEN.P4.yaml").mkdir()
    result = run("build", "--catalog", small_catalog)
    assert result.returncode == 2
    assert "roles/ENG.GEN.P4.yaml: cannot be read (Is a directory)" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_catalog_is_one_line(run: Run) -> None:
    result = run("build")
    assert result.returncode == 2
    assert "there is no catalog here" in result.stderr
    assert len(result.stderr.splitlines()) <= 2


PAGES = ROOT / "tests" / "cases" / "sources" / "pages"


def test_page_import_writes_a_role_that_builds(run: Run, small_catalog: Path) -> None:
    result = run("import", "page", PAGES / "full.txt", "--catalog", small_catalog)
    assert result.returncode == 0
    assert (small_catalog / "roles" / "WHSE.INB.S4.yaml").is_file()
    assert "warning: " in result.stderr
    assert run("build", "--catalog", small_catalog).returncode == 0
    again = run("import", "page", PAGES / "full.txt", "--catalog", small_catalog)
    assert again.returncode == 2
    assert "pass --force to replace it" in again.stderr
    assert run("import", "page", PAGES / "full.txt", "--catalog", small_catalog, "--force").returncode == 0


def test_one_broken_page_keeps_all_of_them_out(run: Run, small_catalog: Path) -> None:
    result = run("import", "page", PAGES / "full.txt", PAGES / "broken.txt", "--catalog", small_catalog)
    assert (result.returncode, result.stdout) == (2, "")
    assert len([line for line in result.stderr.splitlines() if "broken.txt:" in line]) == 12
    assert [path.name for path in (small_catalog / "roles").iterdir()] == ["ENG.GEN.P3.yaml"]


def test_export_reads_what_was_built(run: Run, small_catalog: Path, tmp_path: Path) -> None:
    assert run("build", "--catalog", small_catalog).returncode == 0
    result = run("export", "esco-csv", "--catalog", small_catalog, "-o", tmp_path / "esco")
    assert result.returncode == 0
    assert "Software Engineer" in (tmp_path / "esco" / "occupations_en.csv").read_text(encoding="utf-8")
    again = run("export", "esco-csv", "--catalog", small_catalog, "-o", tmp_path / "esco")
    assert again.returncode == 2
    assert "is not empty" in again.stderr
