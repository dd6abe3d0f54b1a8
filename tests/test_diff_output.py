"""Where `rolegraph diff` writes, in which format, and what a terminal is shown."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from releases import make_catalog, write_role
from rolegraph.cli import main
from rolegraph.diff.formats import FORMATS, choose_format
from rolegraph.errors import NotAcceptable
from rolegraph.snapshot.build import build

TITLE = "Engineer \u009b2J\u202e of \u007f things"
"""A title that clears a terminal, turns the direction of what follows, and deletes."""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = make_catalog(tmp_path_factory.mktemp("output") / "catalog")
    write_role(directory, "ENG.GEN.P3", "Engineer")
    build(directory)
    write_role(directory, "ENG.GEN.P3", json.dumps(TITLE), skills=('"Skill\\x9b"',))
    write_role(directory, "ENG.GEN.P4", json.dumps(TITLE))
    build(directory)
    return directory


def diff(catalog: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", "PREVIOUS", *arguments, "--catalog", str(catalog)])


@pytest.mark.parametrize(
    ("name", "format_name"),
    [("a.txt", "text"), ("a.CSV", "csv"), ("a.md", "md"), ("a.json", "json"), ("a.rdfp", "patch")],
)
def test_name_of_the_file_decides(catalog: Path, tmp_path: Path, name: str, format_name: str) -> None:
    target = tmp_path / "new" / name
    result = diff(catalog, "-o", str(target))
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1] == str(target)
    assert target.read_bytes() == diff(catalog, "--format", format_name).stdout_bytes
    assert [path.name for path in target.parent.iterdir()] == [name]


def test_format_goes_before_the_name_and_a_dash_is_stdout(catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "changes.csv"
    assert diff(catalog, "-o", str(target), "--format", "application/json").exit_code == 0
    assert json.loads(target.read_bytes())["changes"]
    told = diff(catalog, "-o", "-")
    assert told.stdout == diff(catalog).stdout
    assert "title changed from" in told.stdout


def test_exit_code_and_file_go_together(catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "changes.csv"
    assert diff(catalog, "-o", str(target), "--exit-code").exit_code == 1
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    # A program gets the text as it is.
    assert TITLE in {row["after"] for row in rows}


def test_a_fault_leaves_the_file_as_it_was(catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "changes.md"
    target.write_text("before", encoding="utf-8")
    result = CliRunner().invoke(main, ["diff", "9.9", "-o", str(target), "--catalog", str(catalog)])
    assert result.exit_code == 2
    assert target.read_text(encoding="utf-8") == "before"
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", encoding="utf-8")
    result = diff(catalog, "-o", str(in_the_way / "changes.md"))
    assert result.exit_code == 2
    assert f"{in_the_way / 'changes.md'} cannot be written" in result.stderr


def test_unknown_formats_are_refused_with_those_there_are(catalog: Path, tmp_path: Path) -> None:
    result = diff(catalog, "--format", "docx")
    assert result.exit_code == 2
    assert "there is no format 'docx'; use --format with one of text, table, csv, md" in result.stderr
    result = diff(catalog, "-o", str(tmp_path / "changes.docx"))
    assert result.exit_code == 2
    assert "'changes.docx' does not say which format the changes have" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_format_is_chosen_by_its_name() -> None:
    assert [choose_format(name.upper(), Path("a.html")) for name in FORMATS] == list(FORMATS)
    assert choose_format("", None) == "text"
    assert choose_format(".rdfp", None) == "patch"
    with pytest.raises(NotAcceptable):
        choose_format("", Path("a"))


@pytest.mark.parametrize("format_name", ["text", "table", "md"])
def test_no_text_of_a_catalog_drives_the_terminal(catalog: Path, format_name: str) -> None:
    told = diff(catalog, "--format", format_name, "--findings").stdout
    assert "Engineer \ufffd2J\ufffd of" in told
    assert "Skill\ufffd" in told
    assert all(line.isprintable() for line in told.splitlines())
    # Not even where one line is all that a file is taken for.
    assert not set(told) & set(map(chr, (*range(0x7F, 0xA0), 0x1B, 0x202E)))


@pytest.mark.parametrize("command", [["diff", "PREVIOUS"], ["validate", "--format", "json"]])
def test_only_a_file_is_told_to_be_there(catalog: Path, tmp_path: Path, command: list[str]) -> None:
    for output, told in (("/dev/null", False), (str(tmp_path / "out.json"), True)):
        result = CliRunner().invoke(main, [*command, "-o", output, "--catalog", str(catalog)])
        assert result.exit_code in {0, 1}
        assert (output in result.stderr.splitlines()) is told
