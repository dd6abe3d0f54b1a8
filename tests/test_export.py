"""The frame of exports: selection, whole files or none, the command; and role files, there and back."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import exports
from rolegraph.cli import main
from rolegraph.errors import Problems, QueryError, SelectionError, StoreError
from rolegraph.export import role_files
from rolegraph.export.extract import Extract
from rolegraph.export.files import TableFile, staged_file, staged_folder, write_table
from rolegraph.export.formats import WRITERS, FileFormat, write_file, write_folder
from rolegraph.export.selection import Selection, select
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Role
from rolegraph.snapshot import Snapshot, open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.sources.catalog import read_catalog
from rolegraph.sources.roles import RoleReader

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def snapshot(sample_catalog: Path) -> Snapshot:
    return open_snapshot(sample_catalog)


@pytest.fixture(scope="module")
def catalog(sample_catalog: Path) -> Catalog:
    return read_catalog(sample_catalog, Problems())[1]


def codes(extract: Extract) -> list[str]:
    return [role.code for role in extract.roles()]


# Selection


def test_without_options_every_role_is_selected(snapshot: Snapshot, catalog: Catalog) -> None:
    assert codes(select(snapshot, Selection())) == [role.code for role in catalog.roles]


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        (Selection(families=("SRES", "DATA")), lambda role: role.family in {"SRES", "DATA"}),
        (Selection(levels=("P5",)), lambda role: role.level == "P5"),
        (Selection(levels=("M", "P5")), lambda role: role.level[0] == "M" or role.level == "P5"),
        (Selection(statuses=("draft",)), lambda role: role.status == "draft"),
        (
            Selection(families=("SWE",), levels=("P",), statuses=("published",)),
            lambda role: role.family == "SWE" and role.level[0] == "P" and role.status == "published",
        ),
    ],
)
def test_options_are_joined_by_and_their_values_by_or(
    snapshot: Snapshot, catalog: Catalog, selection: Selection, fits: Callable[[Role], bool]
) -> None:
    wanted = [role.code for role in catalog.roles if fits(role)]
    assert 0 < len(wanted) < len(catalog.roles)
    assert codes(select(snapshot, selection)) == wanted


PREFIXES = "PREFIX rg: <https://w3id.org/rolegraph/ns#> PREFIX dcterms: <http://purl.org/dc/terms/> "


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?role { ?role a rg:Role ; rg:level/rg:rank 6.0 }",
        "SELECT ?code { ?role a rg:Role ; dcterms:identifier ?code ; rg:level/rg:rank 6.0 }",
        "SELECT ?rank ?role { ?role a rg:Role ; rg:level/rg:rank ?rank FILTER(?rank = 6) }",
    ],
)
def test_where_takes_iris_or_codes_of_the_variable_role_or_of_the_first(
    snapshot: Snapshot, catalog: Catalog, tmp_path: Path, query: str
) -> None:
    file = tmp_path / "q.rq"
    file.write_text(PREFIXES + query, encoding="utf-8")
    wanted = [role.code for role in catalog.roles if catalog.levels[role.level].rank == 6.0]
    assert codes(select(snapshot, Selection(where=file))) == wanted
    none = Selection(where=file, levels=("P1",))
    assert select(snapshot, none).codes == frozenset()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT ?f { ?r rg:inFamily ?f }", "is no role of this snapshot"),
        ("ASK { ?role a rg:Role }", "write a SELECT query"),
        ("SELECT ?role {", "no SPARQL query"),
    ],
)
def test_query_that_gives_no_roles_is_refused(
    snapshot: Snapshot, tmp_path: Path, query: str, message: str
) -> None:
    file = tmp_path / "q.rq"
    file.write_text(PREFIXES + query, encoding="utf-8")
    with pytest.raises(QueryError, match=message):
        select(snapshot, Selection(where=file))


def test_all_unknown_names_are_told_with_the_nearest(snapshot: Snapshot) -> None:
    selection = Selection(families=("SRE", "DATA"), levels=("P55",), statuses=("publishd",))
    with pytest.raises(SelectionError) as caught:
        select(snapshot, selection, "fr")
    lines = str(caught.value).splitlines()
    assert lines[0] == "there is no family 'SRE'; did you mean 'SRES'?"
    assert lines[1].startswith("there is no level or track 'P55'; did you mean 'P")
    assert lines[2] == "there is no status 'publishd'; did you mean 'published'?"
    assert lines[3].startswith("there is no title in language 'fr'")
    assert len(lines) == 4


def test_part_of_a_catalog_holds_only_what_belongs_to_its_roles(snapshot: Snapshot, catalog: Catalog) -> None:
    extract = select(snapshot, Selection(families=("SRES",)))
    roles = [role for role in catalog.roles if role.family == "SRES"]
    used = {extract.component_iri(use) for role in roles for use in role.uses}
    assert {entry.iri for entry in extract.components()} == used
    every = Extract(snapshot)
    assert len(list(every.components())) > len(used)
    assert {m.subject for m in extract.mappings()} < {m.subject for m in every.mappings()}
    assert extract.places.families == {"SRES"}
    assert extract.places.super_functions == {catalog.taxonomy.families["SRES"].super_function}
    assert every.places.families == set(catalog.taxonomy.families)


def test_role_comes_with_the_mappings_of_its_file_and_of_sssom_files(
    snapshot: Snapshot, catalog: Catalog
) -> None:
    found = {role.code: mappings for role, mappings in Extract(snapshot).mapped_roles()}
    iris = Iris(snapshot.base_iri)
    for role in catalog.roles:
        wanted = [*role.mappings, *(m for m in catalog.mappings if m.subject == iris.role(role.code))]
        assert {m.object for m in found[role.code]} == {m.object for m in wanted}
        assert len(found[role.code]) == len(wanted)
    assert sum(map(len, found.values())) > 5


# Files


def test_a_folder_with_content_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="is not empty"), staged_folder(tmp_path / "out"):
        pass


def test_failed_export_leaves_nothing_behind(tmp_path: Path) -> None:
    def rows() -> object:
        yield ("1",)
        raise RuntimeError("the disk is full")

    for name in ("out", "out.zip"):
        tables = [TableFile("a.csv", ("a",), [("1",)]), TableFile("b.csv", ("a",), rows())]  # type: ignore[arg-type]
        with pytest.raises(RuntimeError), staged_folder(tmp_path / name) as folder:
            deque(write_table(folder, table, "csv") for table in tables)
    assert list(tmp_path.iterdir()) == []


def test_failed_file_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before", encoding="utf-8")
    stream = io.BytesIO(b"half")
    stream.close()
    with pytest.raises(ValueError, match="closed"), staged_file(path) as target:
        target.write(stream.getvalue())
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_text(encoding="utf-8") == "before"


def test_a_pipe_or_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with staged_file(pipe) as stream:
            stream.write(b"whole")
        assert os.read(reader, 10) == b"whole"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "ladder", "-p", "family=SRES", "--format", "csv"],
        ["validate", "--format", "csv"],
        ["export", "sssom"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_dev_stdout_is_stdout_also_where_it_is_a_file(
    sample_catalog: Path, tmp_path: Path, arguments: list[str]
) -> None:
    command = [sys.executable, "-m", "rolegraph", *arguments, "--catalog", str(sample_catalog)]
    for name, output in (("plain", []), ("named", ["-o", "/dev/stdout"])):
        with (tmp_path / name).open("wb") as stream:
            stream.write(b"before\n")
            stream.flush()
            subprocess.run([*command, *output], stdout=stream, check=False)
            stream.write(b"after\n")
    assert (tmp_path / "named").read_bytes() == (tmp_path / "plain").read_bytes()
    assert (tmp_path / "plain").stat().st_size > 100
    assert Path("/dev/stdout").is_symlink()


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    device = tmp_path / "full"
    device.symlink_to("/dev/full")
    with pytest.raises(StoreError, match=f"{device} cannot be written: No space"), staged_file(device) as one:
        one.write(b"x")
    assert Path("/dev/full").is_char_device()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for path in (tmp_path / "file" / "a.csv", Path("/proc/a.csv")):
        with pytest.raises(StoreError, match=f"{path} cannot be written: "), staged_file(path):
            pass
        with pytest.raises(StoreError, match=f"{path} cannot be written: "), staged_folder(path):
            pass
    with pytest.raises(OSError, match=r"^the data is damaged$"), staged_file(tmp_path / "out"):
        raise OSError("the data is damaged")
    with pytest.raises(BrokenPipeError), staged_file(tmp_path / "out"):
        raise BrokenPipeError
    assert not (tmp_path / "out").exists()
    with pytest.raises(StoreError, match="is a file; name a new folder"), staged_folder(tmp_path / "file"):
        pass


def test_archive_of_the_same_content_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        with staged_folder(tmp_path / name) as folder:
            (folder / "sub").mkdir()
            (folder / "sub" / "b.txt").write_text("b", encoding="utf-8")
            (folder / "a.txt").write_text(name[:0], encoding="utf-8")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["a.txt", "sub/b.txt"]
        assert archive.testzip() is None


def export_bytes(name: str, extract: Extract, folder: Path) -> dict[str, bytes]:
    """The files of a format by name."""
    form = WRITERS[name]
    if isinstance(form, FileFormat):
        stream = io.BytesIO()
        form.write(extract, stream)
        write_file(form, extract, folder / "file")
        assert (folder / "file").read_bytes() == stream.getvalue()
        return {"": stream.getvalue()}
    files = write_folder(form, extract, folder / "out")
    return {file.relative_to(folder / "out").as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize("name", [name for name in WRITERS if not name.endswith("-database")])
def test_same_snapshot_gives_the_same_bytes_and_the_licence_is_inside(
    name: str, snapshot: Snapshot, tmp_path: Path
) -> None:
    (tmp_path / "again").mkdir()
    files = export_bytes(name, select(snapshot, Selection(families=("SRES",))), tmp_path)
    again = export_bytes(name, select(snapshot, Selection(families=("SRES",))), tmp_path / "again")
    assert files == again
    licence = files.get("LICENSE.txt") or files.get("LICENSE") or b"".join(files.values())
    assert b"creativecommons.org/licenses/by/4.0/" in licence
    assert b"rolegraph contributors" in licence


# The command


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["export", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_command_names_the_files_it_wrote(sample_catalog: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, stdout, _ = run("roles-yaml", "-o", str(out), "--catalog", str(sample_catalog), "--family", "SRES")
    assert code == 0
    assert sorted(stdout.splitlines()) == sorted(str(p) for p in out.rglob("*") if p.is_file())
    assert len(list((out / "roles").iterdir())) == 7
    assert "A part of the catalog: 7 of its 26 roles." in (out / "LICENSE.txt").read_text(encoding="utf-8")


def test_page_of_exports_has_a_section_for_every_format() -> None:
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    headings = {
        word for line in page.splitlines() if line.startswith("## ") for word in re.split(r"[ ,]+", line)
    }
    assert set(WRITERS) <= headings
    assert set(re.findall(r"rolegraph export ([a-z-]+)", page)) <= set(WRITERS)


@pytest.mark.parametrize(
    ("name", "publisher", "is_sorted"),
    [("onet", "This page includes information from the O*NET", True),
     ("esco", "This service uses the ESCO classification", False)],
)  # fmt: skip
def test_reference_files_come_back_with_the_words_of_their_publisher_alone(
    small_catalog: Path, tmp_path: Path, name: str, publisher: str, *, is_sorted: bool
) -> None:
    cases = ROOT / "tests" / "cases" / "queries"
    shutil.copytree(cases / name, small_catalog / name)
    catalog, out = ["--catalog", str(small_catalog)], tmp_path / "out"
    build(small_catalog)
    code, _, stderr = run(f"{name}-database", "-o", str(out), *catalog)
    assert code == 2
    assert "the graph holds no" in stderr
    assert not out.exists()
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", f'[sources]\n{name} = "{name}"'), encoding="utf-8")
    build(small_catalog)
    assert run(f"{name}-database", "-o", str(out), *catalog)[0] == 0
    licence = (out / "LICENSE.txt").read_text(encoding="utf-8")
    assert licence.startswith(publisher)
    assert "Licence:" not in licence
    written = {path.name: path.read_text(encoding="utf-8").splitlines() for path in out.iterdir()}
    files = list((cases / name).iterdir())
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()
        # Rows of O*NET's are not in the order of their occupations, which the build said.
        assert written[path.name] == lines or (is_sorted and sorted(written[path.name]) == sorted(lines))
    assert len(written) == len(files) + 1


def test_archive_is_named_and_holds_the_files(sample_catalog: Path, tmp_path: Path) -> None:
    out = tmp_path / "roles.zip"
    code, stdout, _ = run("tabiya", "-o", str(out), "--catalog", str(sample_catalog))
    assert (code, stdout) == (0, f"{out}\n")
    with zipfile.ZipFile(out) as archive:
        assert len(archive.namelist()) == 10
        assert "LICENSE" in archive.namelist()


def test_one_file_goes_to_stdout_or_in_place_of_the_one_before(sample_catalog: Path, tmp_path: Path) -> None:
    out = tmp_path / "roles.ttl"
    out.write_text("before", encoding="utf-8")
    arguments = ["skos", "--catalog", str(sample_catalog), "--level", "P5"]
    code, stdout, _ = run(*arguments)
    assert (code, run(*arguments, "-o", str(out))[:2]) == (0, (0, f"{out}\n"))
    assert out.read_text(encoding="utf-8") == stdout
    assert stdout.startswith("# Sample catalog of technology roles 2026.11.0\n")


def test_graphs_are_named_for_dumps_alone(sample_catalog: Path) -> None:
    catalog = ["--catalog", str(sample_catalog)]
    code, stdout, _ = run("nquads", "--graph", "soc", *catalog)
    assert code == 0
    assert "/graph/soc> ." in stdout
    assert "/graph/catalog> ." not in stdout
    code, _, stderr = run("skos", "--graph", "soc", *catalog)
    assert code == 2
    assert "--graph is for nquads, trig, jsonld" in stderr


def test_selection_that_fits_no_role_is_said_and_writes_nothing(sample_catalog: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    catalog = ["--catalog", str(sample_catalog)]
    code, stdout, stderr = run("esco-csv", "-o", str(out), *catalog, "--family", "DATA", "--level", "P6")
    assert (code, stdout) == (1, "")
    assert stderr == "No role fits (family DATA, level P6); nothing was written.\n"
    assert not out.exists()


def test_selection_that_changes_nothing_is_said(sample_catalog: Path, tmp_path: Path) -> None:
    out, catalog = tmp_path / "catalog.ttl", ["--catalog", str(sample_catalog)]
    _, _, stderr = run("dcat", "-o", str(out), *catalog, "--family", "DATA")
    assert stderr == "note: dcat was written whole, whatever roles were selected\n"
    assert "A part of the catalog" not in out.read_text(encoding="utf-8")
    _, _, stderr = run("dcat", "-o", str(out), *catalog)
    assert not stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["esco-csv"], "name a folder, or a .zip, with -o"),
        (["skos", "-o", "out.zip"], "skos is one file, and not packed; name a file with -o, not a .zip"),
        (["no-format"], "'no-format' is not one of"),
        (["esco-csv", "-o", "out", "--family", "SRE"], "did you mean 'SRES'?"),
        (["esco-csv", "-o", "out", "--where", "none.rq"], "does not exist"),
    ],
)
def test_bad_use_ends_with_status_2(
    sample_catalog: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, stderr = run(*arguments, "--catalog", str(sample_catalog))
    assert code == 2
    assert message in stderr
    assert list(tmp_path.iterdir()) == []


def test_export_without_a_snapshot_says_what_to_do(small_catalog: Path) -> None:
    code, _, stderr = run("esco-csv", "-o", str(small_catalog / "out"), "--catalog", str(small_catalog))
    assert code == 2
    assert "run `rolegraph build" in stderr


# Role files


def test_role_files_of_the_sample_come_back_equal(
    snapshot: Snapshot, catalog: Catalog, tmp_path: Path
) -> None:
    role_files.write_ndjson(Extract(snapshot), tmp_path)
    problems = Problems()
    reader = RoleReader(Iris(snapshot.base_iri), "en", frozenset(catalog.levels), problems)
    found = [exports.without_places(role) for role in reader.read(tmp_path, "roles.ndjson")]
    assert found == [exports.without_places(role) for role in catalog.roles]
    line = json.loads((tmp_path / "roles.ndjson").read_text(encoding="utf-8").splitlines()[0])
    assert line["code"] == catalog.roles[0].code
