"""A small catalog with three releases: a role comes, one is renamed, one is replaced, a skill goes."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pyoxigraph as ox

from rolegraph.model.release import Version
from rolegraph.release.act import Wish, make_release
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.snapshot.dump import read_dump
from rolegraph.snapshot.releases import RELEASE_FILE, Release
from rolegraph.sources.template import catalog_files

BASE = "https://example.org/roles/"
FIRST, SECOND, THIRD = VERSIONS = ("1.9.0", "1.10.0", "1.11.0")
HISTORY = f"{BASE}graph/history"
RG = "https://w3id.org/rolegraph/ns#"


def make_catalog(directory: Path) -> Path:
    """A new catalog, not built yet."""
    for name, content in catalog_files("Small", BASE).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return directory


def graph_of(version: str) -> str:
    return f"{BASE}graph/release/{version}"


def write_role(catalog: Path, code: str, title: str, extra: str = "", skills: tuple[str, ...] = ()) -> None:
    text = f"code: {code}\ntitle: {title}\nsummary: Does the work of a {title}.\n{extra}"
    if skills:
        text += "components:\n  skill:\n" + "".join(f"    - {skill}\n" for skill in skills)
    (catalog / "roles" / f"{code}.yaml").write_text(text, encoding="utf-8")


def set_version(catalog: Path, version: str) -> None:
    config = catalog / "rolegraph.toml"
    text = re.sub('(?m)^version = ".*"$', f'version = "{version}"', config.read_text(encoding="utf-8"))
    config.write_text(text, encoding="utf-8")


def release(catalog: Path, version: str, notes: str | None = None, day: int = 1) -> Release:
    """Build and release."""
    set_version(catalog, version)
    build(catalog)
    wish = Wish(version=Version(version), notes=notes, issued=dt.date(2020, 11, day))
    made, is_new = make_release(catalog, wish)
    assert is_new
    return made


def make_three(catalog: Path) -> None:
    """Three releases, and a build after the last one that renames a role."""
    write_role(catalog, "ENG.GEN.P3", "Engineer", skills=("Python", "Fortran"))
    write_role(catalog, "ENG.GEN.P4", "Engineer 2", skills=("Python",))
    release(catalog, FIRST, day=1)
    write_role(catalog, "ENG.GEN.P3", "Engineer", skills=("Python",))
    write_role(catalog, "ENG.GEN.P4", "Senior Engineer", skills=("Python",))
    write_role(catalog, "ENG.GEN.P5", "Staff Engineer", skills=("Python",))
    release(catalog, SECOND, notes="A *new* role.\n", day=2)
    gone = "deprecated: true\nreplaced_by: ENG.GEN.P4\n"
    write_role(catalog, "ENG.GEN.P3", "Engineer", extra=gone, skills=("Python",))
    release(catalog, THIRD, day=2)
    write_role(catalog, "ENG.GEN.P5", "Principal Engineer", skills=("Python",))
    build(catalog)


def forget_snapshots(catalog: Path) -> None:
    """Remove every snapshot but the current one, as pruning does."""
    current = open_snapshot(catalog)
    for path in current.path.parent.iterdir():
        if path.is_dir() and path != current.path:
            shutil.rmtree(path)


def triples_of(text: bytes) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_QUADS)}


def lines_of(made: Release) -> list[bytes]:
    """The lines of the named graph of a release."""
    return list(read_dump(made.path / RELEASE_FILE))
