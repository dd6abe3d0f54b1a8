"""The README's commands run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rolegraph

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(heading: str, language: str) -> list[str]:
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The folder in which the tour's shell blocks ran one after the other, and what they printed."""
    folder = tmp_path_factory.mktemp("tour")
    binaries = folder / "bin"
    binaries.mkdir()
    command = binaries / "rolegraph"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rolegraph "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    script = "set -eu\n" + "\n".join(blocks("A tour", "sh"))
    environment = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return folder, result


def test_tour_runs_to_its_end(toured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, result = toured
    assert result.returncode == 0, result.stderr
    assert len(blocks("A tour", "sh")) >= 6
    assert "ENG.GEN.P3" in result.stdout
    assert (folder / "my-catalog" / "esco" / "occupations_en.csv").is_file()
    assert (folder / "my-catalog" / "onet" / "Task Statements.txt").is_file()
    assert (folder / "my-catalog" / "findings.json").stat().st_size > 0


def test_python_block_runs(
    toured: tuple[Path, subprocess.CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(toured[0])
    (block,) = blocks("A tour", "python")
    names: dict[str, object] = {"rolegraph": rolegraph}
    exec(compile(block, "README.md", "exec"), names)
    assert capsys.readouterr().out == "P3 Software Engineer\nP4 Senior Software Engineer\n"
    assert len(names["dataset"]) > 1000  # type: ignore[arg-type]  # an rdflib Dataset


def test_requests_of_the_readme_are_answered(sample_catalog: Path) -> None:
    command = [sys.executable, "-m", "rolegraph", "serve", "--catalog", str(sample_catalog), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            url = next(m[0] for line in server.stderr if (m := re.search(r"http://127\.0\.0\.1:\d+", line)))
            answers = []
            for block in blocks("Start", "sh")[1:]:
                script = block.replace("curl ", "curl -fsS ").replace("http://127.0.0.1:8000", url)
                result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
                assert result.returncode == 0, result.stderr
                answers.append(result.stdout.splitlines())
        finally:
            server.terminate()
    assert answers[0][0] == "roleA,roleB,levelA,levelB,levelDistance,shared,labels"
    assert all(line.startswith("SRES.GEN.P5,") for line in answers[0][1:])
    assert answers[1][0] == "code,title"
    assert len(answers[1]) >= 17


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_make_offers_the_two_commands() -> None:
    if shutil.which("make") is None:
        pytest.fail("make is not installed")
    for name in ("serve", "test"):
        shown = subprocess.run(["make", "-n", name], cwd=ROOT, capture_output=True, text=True, check=True)
        assert "-m pytest" in shown.stdout or "rolegraph serve" in shown.stdout
