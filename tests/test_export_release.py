"""An export of a release is that of the snapshot it froze, whatever was built since."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from releases import forget_snapshots, make_catalog, write_role
from rolegraph.cli import main
from rolegraph.export.formats import WRITERS, FileFormat
from rolegraph.model.release import Version
from rolegraph.release.act import Wish, make_release
from rolegraph.snapshot.build import build
from rolegraph.snapshot.releases import releases_folder

ROLE = "https://w3id.org/rolegraph/ns#Role"


def run(name: str, target: Path, catalog: Path, *more: object) -> Result:
    arguments = ["export", name, "-o", target, "--catalog", catalog, *more]
    return CliRunner().invoke(main, list(map(str, arguments)))


def export(name: str, target: Path, catalog: Path, *more: object) -> dict[str, bytes]:
    """The files that an export writes, by name."""
    result = run(name, target / "file" if isinstance(WRITERS[name], FileFormat) else target, catalog, *more)
    assert result.exit_code == 0, result.stderr
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["roles-ndjson", "dcat", "case", "sssom", "nquads", "csv"])
def test_export_of_a_release_is_that_of_what_it_froze(tmp_path: Path, name: str) -> None:
    catalog = make_catalog(tmp_path / "catalog")
    build(catalog)
    before = export(name, tmp_path / "before", catalog)
    make_release(catalog, Wish(version=Version("0.1.0")))
    write_role(catalog, "ENG.GEN.P5", "Engineer of tomorrow")
    build(catalog)
    forget_snapshots(catalog)
    assert (export(name, tmp_path / "after", catalog) == before) == (name == "sssom")
    assert export(name, tmp_path / "released", catalog, "--release", "0.1.0") == before


def test_roles_of_a_release_are_selected_by_a_query(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path / "catalog")
    build(catalog)
    make_release(catalog, Wish(version=Version("0.1.0")))
    write_role(catalog, "ENG.GEN.P5", "Engineer of tomorrow")
    build(catalog)
    where = tmp_path / "all.rq"
    where.write_text(f"SELECT ?role {{ ?role a <{ROLE}> }}", encoding="utf-8")
    files = export("roles-yaml", tmp_path / "out", catalog, "--release", "0.1.0", "--where", where)
    assert [name for name in files if name.startswith("roles/")] == ["roles/ENG.GEN.P3.yaml"]


def test_damaged_or_unknown_release_is_told(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path / "catalog")
    build(catalog)
    make_release(catalog, Wish(version=Version("0.1.0")))
    unknown = run("case", tmp_path / "x", catalog, "--release", "0.2.0")
    assert unknown.exit_code == 2
    assert "0.2.0: no such release; there is 0.1.0" in unknown.stderr
    (releases_folder(catalog) / "0.1.0" / "records" / "roles.ndjson.zst").write_bytes(b"")
    damaged = run("case", tmp_path / "x", catalog, "--release", "0.1.0")
    assert damaged.exit_code == 2
    assert "the release is damaged (records/roles.ndjson.zst is not what was released)" in damaged.stderr
    assert not (tmp_path / "x").exists()
