"""The wheel holds the plain files, and nothing that belongs to a machine or a build."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ("ontology", "shapes", "queries", "data", "maps")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_installed_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    script = (
        "import rolegraph.resources as r; assert r.is_installed(); from rolegraph.cli import main; main()"
    )
    for arguments in (
        ["init", "cat"],
        ["build", "--catalog", "cat"],
        ["query", "ladder", "--catalog", "cat", "--format", "csv"],
    ):
        command = [sys.executable, "-c", script, *arguments]
        result = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
    assert "ENG.GEN.P3" in result.stdout


def test_wheel_holds_every_plain_file(names: set[str]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", *PLAIN], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert len(tracked) > 60
    assert {f"rolegraph/files/{name}" for name in tracked} <= names


def test_wheel_holds_templates_and_licences(names: set[str]) -> None:
    assert any(name.startswith("rolegraph/web/templates/") for name in names)
    assert {
        f"rolegraph/report/templates/{name}"
        for name in ("early.js", "findings.js", "report.css", "report.html", "report.js")
    } <= names
    assert "rolegraph/py.typed" in names
    for name in ("LICENSE", "LICENSE-DATA", "NOTICE"):
        assert any(found.endswith(f"/licenses/{name}") for found in names)


def test_wheel_holds_no_build_product(names: set[str]) -> None:
    assert not [name for name in names if ".rolegraph" in name or "__pycache__" in name]
