"""The wheel holds the plain files, and nothing that belongs to a machine or a build."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ("ontology", "shapes", "queries", "data")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_every_plain_file(names: set[str]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", *PLAIN], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert len(tracked) > 60
    assert {f"rolegraph/files/{name}" for name in tracked} <= names


def test_wheel_holds_templates_and_licences(names: set[str]) -> None:
    assert any(name.startswith("rolegraph/web/templates/") for name in names)
    assert "rolegraph/py.typed" in names
    for name in ("LICENSE", "LICENSE-DATA", "NOTICE"):
        assert any(found.endswith(f"/licenses/{name}") for found in names)


def test_wheel_holds_no_build_product(names: set[str]) -> None:
    assert not [name for name in names if ".rolegraph" in name or "__pycache__" in name]
