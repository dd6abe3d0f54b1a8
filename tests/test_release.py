"""`rolegraph release` freezes what is built, tells what changed, and never changes what was released."""

from __future__ import annotations

import datetime as dt
import errno
import gc
import json
import os
import shutil
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
import zstandard
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rdflib import DCAT, DCTERMS, OWL, PROV, RDF, Graph, Literal, URIRef

from releases import (
    BASE,
    FIRST,
    HISTORY,
    SECOND,
    THIRD,
    VERSIONS,
    forget_snapshots,
    graph_of,
    lines_of,
    make_catalog,
    make_three,
    release,
    set_version,
    triples_of,
    write_role,
)
from rolegraph.cli import main
from rolegraph.diff.sides import find_sides
from rolegraph.errors import ReleaseError, StoreError
from rolegraph.model.release import OWN_GRAPHS, Version
from rolegraph.release import act
from rolegraph.release.act import Wish, make_release
from rolegraph.snapshot import history, open_snapshot, publish
from rolegraph.snapshot.build import build
from rolegraph.snapshot.dump import read_dump
from rolegraph.snapshot.history import find_history, history_folder
from rolegraph.snapshot.releases import HISTORY_FILE, Release, list_releases, releases_folder

RG = "https://w3id.org/rolegraph/ns#"


def run(catalog: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--catalog", str(catalog)])


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def events(catalog: Path, version: str) -> set[tuple[str, str]]:
    """Concept and event, of one release."""
    text = (releases_folder(catalog) / version / HISTORY_FILE).read_bytes()
    return {
        (t.subject.value.removeprefix(BASE), t.predicate.value.removeprefix(RG))  # type: ignore[union-attr]
        for t in triples_of(text)
        if t.predicate.value.startswith(RG)
    }


# Versions

TEXTS = st.from_regex(
    r"[0-9]{1,3}(\.[0-9]{1,3}){1,3}(-(rc|alpha|[0-9]{1,2})(\.[0-9]{1,2})?)?", fullmatch=True
)


@given(st.lists(TEXTS, min_size=2, max_size=6))
def test_every_two_versions_have_an_order_that_agrees_with_itself(texts: list[str]) -> None:
    ordered = sorted(texts, key=lambda text: Version(text).key)
    keys = [Version(text).key for text in ordered]
    assert all(first <= second for first, second in pairwise(keys))


def test_order_is_that_of_semantic_versioning() -> None:
    # The example of section 11, and what numbers as text would get wrong.
    previews = ["alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11", "rc.1"]
    texts = [*(f"1.0.0-{text}" for text in previews), "1.0.0", "1.9.0", "1.10", "2026.01", "2026.11.0"]
    keys = [Version(text).key for text in texts]
    assert all(first < second for first, second in pairwise(keys))


@pytest.mark.parametrize(
    "text",
    ["", "1", "v1.0", "1.0.0+build", "1..0", "../1.0", "1.0/2", "1.0 ", "1.0-", "1.٣", "1.0" + "0" * 50],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ReleaseError, match="is no version; write two to four numbers"):
        Version(text)


# What a release is


def test_release_keeps_what_the_snapshot_was(released_catalog: Path) -> None:
    assert [found.record.version for found in list_releases(released_catalog)] == list(VERSIONS)
    for found in list_releases(released_catalog):
        found.verify()
        with (found.path / "graph.nq.zst").open("rb") as raw:
            text = zstandard.ZstdDecompressor().stream_reader(raw).read()
        ends = tuple(f"{BASE}graph/{name}> ." for name in OWN_GRAPHS)
        own = {ln for ln in text.decode().splitlines() if ln.endswith(ends)}
        lines = lines_of(found)
        assert len(lines) == len(own) == found.record.triples
        assert triples_of(b"".join(lines)) == triples_of("\n".join(own).encode())


def test_record_is_dcat(released_catalog: Path) -> None:
    graph = Graph().parse(releases_folder(released_catalog) / SECOND / "release.ttl")
    this, before = URIRef(f"{BASE}release/{SECOND}"), URIRef(f"{BASE}release/{FIRST}")
    assert (this, RDF.type, DCAT.Dataset) in graph
    assert (this, RDF.type, URIRef(RG + "Release")) in graph
    assert (this, OWL.versionIRI, this) in graph
    assert (this, URIRef(f"{DCAT}version"), Literal(SECOND)) in graph
    assert (this, URIRef(f"{DCAT}previousVersion"), before) in graph
    assert (this, PROV.wasRevisionOf, before) in graph
    assert graph.value(this, DCTERMS.issued).toPython() == dt.date(2020, 11, 2)  # type: ignore[union-attr]
    notes = graph.value(this, URIRef("http://www.w3.org/ns/adms#versionNotes"))
    assert str(notes) == "A *new* role.\n"
    distributions = list(graph.objects(this, DCAT.distribution))
    assert len(distributions) == 4
    for distribution in distributions:
        name = str(graph.value(distribution, DCTERMS.title))
        path = releases_folder(released_catalog) / SECOND / name
        assert graph.value(distribution, DCAT.byteSize).toPython() == path.stat().st_size  # type: ignore[union-attr]
        checksum = graph.value(distribution, URIRef("http://spdx.org/rdf/terms#checksum"))
        value = graph.value(checksum, URIRef("http://spdx.org/rdf/terms#checksumValue"))
        assert str(value).lower() == act.describe_file(path).sha256


def test_record_is_in_the_graph_of_history_as_well(released_catalog: Path) -> None:
    folder = releases_folder(released_catalog) / THIRD
    described = set(ox.parse((folder / "release.ttl").read_bytes(), format=ox.RdfFormat.TURTLE))
    lines = (folder / HISTORY_FILE).read_bytes()
    assert {quad.triple for quad in described} <= triples_of(lines)
    assert all(line.endswith(f" <{HISTORY}> .".encode()) for line in lines.splitlines())


def test_first_release_has_no_previous_one_and_counts_what_it_brings(released_catalog: Path) -> None:
    folder = releases_folder(released_catalog) / FIRST
    assert "previousVersion" not in (folder / "release.ttl").read_text(encoding="utf-8")
    text = (folder / "changes.md").read_text(encoding="utf-8")
    assert "This is the first release." in text
    assert "| roles | 2 |" in text
    notes = json.loads((folder / "changes.json").read_bytes())
    assert {"kind": "role", "component_kind": "", "change": "added", "number": 2} in notes["counts"]


def test_change_notes_are_the_diff_below_the_notes(released_catalog: Path) -> None:
    folder = releases_folder(released_catalog) / SECOND
    text = (folder / "changes.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.index("A *new* role.") < text.index("Senior Engineer")
    changes = json.loads((folder / "changes.json").read_bytes())["changes"]
    assert {"role added ENG.GEN.P5", "role changed ENG.GEN.P4"} <= {
        f"{change['kind']} {change['change']} {change['code']}" for change in changes
    }


def test_history_of_concepts(released_catalog: Path) -> None:
    first, second, third = (events(released_catalog, version) for version in VERSIONS)
    assert {event for _, event in first} == {"introducedIn"}
    assert ("role/ENG.GEN.P3", "introducedIn") in first
    assert ("component/skill/fortran", "introducedIn") in first
    assert second == {
        ("role/ENG.GEN.P5", "introducedIn"),
        ("role/ENG.GEN.P4", "changedIn"),
        ("role/ENG.GEN.P3", "changedIn"),  # it no longer uses Fortran
        ("component/skill/fortran", "removedIn"),
    }
    assert third == {("role/ENG.GEN.P3", "deprecatedIn"), ("role/ENG.GEN.P3", "replacedIn")}


def test_replacement_of_what_was_deprecated_before_is_no_second_deprecation(small_catalog: Path) -> None:
    write_role(small_catalog, "ENG.GEN.P4", "Engineer 2")
    write_role(small_catalog, "ENG.GEN.P5", "Engineer 3", "deprecated: true\nhistory_note: Gone.\n")
    release(small_catalog, "1.0")
    write_role(small_catalog, "ENG.GEN.P5", "Engineer 3", "deprecated: true\nreplaced_by: ENG.GEN.P4\n")
    release(small_catalog, "1.1", day=2)
    assert ("role/ENG.GEN.P5", "deprecatedIn") in events(small_catalog, "1.0")
    found = {event for concept, event in events(small_catalog, "1.1") if concept == "role/ENG.GEN.P5"}
    assert "replacedIn" in found
    assert "deprecatedIn" not in found


# The command


def test_list_shows_releases_in_their_order(released_catalog: Path) -> None:
    rows = [line.split("\t") for line in run(released_catalog, "release", "--list").stdout.splitlines()]
    assert [row[0] for row in rows] == list(VERSIONS)
    assert [row[1] for row in rows] == ["2020-11-01", "2020-11-02", "2020-11-02"]


def test_diff_takes_versions(released_catalog: Path) -> None:
    result = run(released_catalog, "diff", FIRST, SECOND)
    assert result.exit_code == 0
    assert "Staff Engineer" in result.stdout
    assert run(released_catalog, "diff", THIRD, "CURRENT", "--exit-code").exit_code == 1
    unknown = run(released_catalog, "diff", "9.9", SECOND)
    assert unknown.exit_code == 2
    assert f"9.9: no such release; there is {THIRD}, {SECOND}, {FIRST}" in unknown.stderr


def test_same_version_and_content_is_nothing_new(built: Path) -> None:
    first = run(built, "release", "1.0")
    assert "Released 1.0: snapshot" in first.stderr
    assert first.stdout.strip() == str(releases_folder(built) / "1.0")
    before = files_below(built / ".rolegraph")
    result = run(built, "release", "1.0")
    assert result.exit_code == 0, result.stderr
    assert "nothing was changed" in result.stderr
    assert files_below(built / ".rolegraph") == before


def refused(catalog: Path, *arguments: str) -> str:
    """What a refused release says; it leaves everything as it was."""
    before = files_below(catalog / ".rolegraph")
    result = run(catalog, "release", *arguments)
    assert result.exit_code == 2, result.output
    assert files_below(catalog / ".rolegraph") == before
    return result.stderr


def test_what_does_not_fit_is_refused(small_catalog: Path, tmp_path: Path) -> None:
    release(small_catalog, "1.2.0", day=5)
    notes = tmp_path / "notes.md"
    notes.write_text("Other notes.", encoding="utf-8")
    assert "with other notes and date" in refused(
        small_catalog, "1.2.0", "--notes", str(notes), "--date", "2020-11-06"
    )
    assert "write '1.3.0' there and build" in refused(small_catalog, "1.3.0")
    assert "is no version" in refused(small_catalog, "next")
    assert "name the VERSION" in refused(small_catalog)
    assert "--list takes no VERSION" in refused(small_catalog, "1.3.0", "--list")
    notes.write_bytes(b"\xff")
    assert "not UTF-8 at byte 0" in refused(small_catalog, "1.3.0", "--notes", str(notes))
    notes.write_text(" \n", encoding="utf-8")
    assert "notes are empty" in refused(small_catalog, "1.3.0", "--notes", str(notes))
    write_role(small_catalog, "ENG.GEN.P7", "Distinguished Engineer")
    stale = refused(small_catalog, "1.3.0")
    assert "roles/ENG.GEN.P7.yaml changed since snapshot" in stale
    assert "rolegraph build" in stale
    set_version(small_catalog, "1.2.0")
    build(small_catalog)
    assert "with other content" in refused(small_catalog, "1.2.0")
    set_version(small_catalog, "1.1.9")
    build(small_catalog)
    assert "1.1.9 is not later than 1.2.0, the last release" in refused(small_catalog, "1.1.9")
    set_version(small_catalog, "1.3.0")
    build(small_catalog)
    assert "before 2020-11-05" in refused(small_catalog, "1.3.0", "--date", "2020-11-04")


def test_nothing_built_is_said(small_catalog: Path) -> None:
    result = run(small_catalog, "release", "0.1.0")
    assert result.exit_code == 2
    assert "no snapshot is built yet" in result.stderr
    assert not releases_folder(small_catalog).exists()


def test_other_base_is_refused(small_catalog: Path) -> None:
    release(small_catalog, "1.0")
    config = small_catalog / "rolegraph.toml"
    config.write_text(config.read_text(encoding="utf-8").replace(BASE, "https://example.org/other/"), "utf-8")
    set_version(small_catalog, "1.1")
    build(small_catalog)
    assert "no concept is in both" in refused(small_catalog, "1.1")


def test_of_two_at_once_one_is_refused(built: Path) -> None:
    with publish.build_lock(built):
        assert "another build or release is running" in refused(built, "1.0")


@pytest.mark.parametrize("name", ["graph.nq.zst", "changes.md", "history.nq", "release.json"])
def test_damaged_release_is_told_and_stops_what_comes_after(built: Path, name: str) -> None:
    made, _ = make_release(built, Wish(version=Version("1.0")))
    path = made.path / name
    damaged = path.read_bytes()[:-3]
    path.unlink()  # a snapshot may share the bytes
    path.write_bytes(damaged)
    assert "the release is damaged" in refused(built, "1.0")
    shutil.rmtree(history_folder(built))
    with pytest.raises(StoreError, match="restore its folder from a backup, or remove it"):
        history.refresh_history(built, open_snapshot(built))


@pytest.mark.parametrize("name", ["graph.nq.zst", "history.nq"])
def test_damaged_release_stops_a_build_that_changes_nothing(built: Path, name: str) -> None:
    run(built, "release", "1.0")
    (built / ".rolegraph" / "releases" / "1.0" / name).unlink()
    for arguments in (["build"], ["diff", "1.0"], ["export", "nquads", "--release", "1.0"]):
        result = run(built, *arguments)
        assert result.exit_code == 2
        assert f"the release is damaged ({name} cannot be read: No such file or directory)" in result.stderr


def test_without_releases_the_list_says_so(built: Path) -> None:
    result = run(built, "release", "--list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nothing is released yet.\n")


def test_damaged_snapshot_is_not_released(built: Path) -> None:
    dump = open_snapshot(built).dump_path
    dump.write_bytes(dump.read_bytes()[:-20])
    assert "the snapshot is damaged" in refused(built, "1.0")


# What outlives what


def test_pruned_snapshots_lose_no_release(small_catalog: Path) -> None:
    make_three(small_catalog)
    before = files_below(releases_folder(small_catalog))
    forget_snapshots(small_catalog)
    assert files_below(releases_folder(small_catalog)) == before
    for found in list_releases(small_catalog):
        found.verify()
    first, second = find_sides(small_catalog, FIRST, THIRD)
    assert sum(1 for _ in first.blocks()) > 0
    assert sum(1 for _ in second.blocks()) > 0
    shutil.rmtree(history_folder(small_catalog))
    build(small_catalog)
    found = find_history(small_catalog, open_snapshot(small_catalog))
    assert found is not None
    store = found.open_store()
    for made in list_releases(small_catalog):
        graph = ox.NamedNode(graph_of(made.record.version))
        assert sum(1 for _ in store.quads_for_pattern(None, None, None, graph)) == made.record.triples


def test_release_needs_no_links(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "link", refuse)
    made, _ = make_release(built, Wish(version=Version("1.0")))
    made.verify()
    assert (made.path / "graph.nq.zst").stat().st_nlink == 1


def test_only_two_stores_of_history_are_kept(released_catalog: Path) -> None:
    assert len(list(history_folder(released_catalog).iterdir())) == 2


def test_releases_that_are_loaded_are_not_loaded_again(
    small_catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(small_catalog, "1.0")
    set_version(small_catalog, "1.1")
    build(small_catalog)
    loaded = watch_loads(monkeypatch)
    make_release(small_catalog, Wish(version=Version("1.1")))
    assert loaded == ["1.1"]
    check_history(small_catalog)


def watch_loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The versions that are loaded from now on."""
    loaded: list[str] = []
    load = history._load

    def watched(store: ox.Store, made: Release) -> None:
        loaded.append(made.record.version)
        load(store, made)

    monkeypatch.setattr(history, "_load", watched)
    return loaded


def check_history(catalog: Path) -> None:
    """The store of history holds the current graphs and the releases, and nothing else."""
    snapshot = open_snapshot(catalog)
    found = find_history(catalog, snapshot)
    assert found is not None
    wanted = list(read_dump(snapshot.dump_path))
    for made in list_releases(catalog):
        wanted += [*lines_of(made), *made.history_lines().splitlines(keepends=True)]
    assert set(found.open_store()) == set(ox.parse(b"".join(wanted), format=ox.RdfFormat.N_QUADS))


def test_a_build_that_changes_little_loads_no_release(
    small_catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(small_catalog, "1.0")
    release(small_catalog, "1.1")
    loaded = watch_loads(monkeypatch)
    write_role(small_catalog, "ENG.GEN.P4", "Engineer")  # comes
    build(small_catalog)
    check_history(small_catalog)
    write_role(small_catalog, "ENG.GEN.P4", "Senior Engineer")  # changes
    build(small_catalog)
    check_history(small_catalog)
    (small_catalog / "roles" / "ENG.GEN.P4.yaml").unlink()  # goes
    build(small_catalog)
    check_history(small_catalog)
    assert loaded == []


@pytest.mark.parametrize(
    "reason", ["much changed", "snapshot gone", "snapshot damaged", "store gone", "store damaged"]
)
def test_a_build_loads_the_releases_where_that_is_better(
    small_catalog: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    release(small_catalog, "1.0")
    before = open_snapshot(small_catalog)
    write_role(small_catalog, "ENG.GEN.P4", "Engineer")
    if reason == "much changed":
        monkeypatch.setattr(history, "_MOST_CHANGES", 3)
    elif reason == "snapshot gone":
        shutil.rmtree(before.path)
    elif reason == "snapshot damaged":
        before.dump_path.unlink()  # the release shares the bytes
        before.dump_path.write_bytes(b"")
    elif reason == "store gone":
        shutil.rmtree(history_folder(small_catalog))
    else:
        store = ox.Store(str(next(history_folder(small_catalog).glob("*/store"))))
        store.remove(next(iter(store)))
        store.flush()
        del store
    loaded = watch_loads(monkeypatch)
    build(small_catalog)
    assert loaded == ["1.0"]
    check_history(small_catalog)


class Crash(BaseException):
    """The power fails."""


STEPS = [
    (act, "write_first_notes"),
    (act, "write_events"),
    (act, "build_release"),
    (act, "make_history"),
    (history, "_load"),
    (act, "put_in_place"),
    (act, "publish_history"),
]


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = make_catalog(tmp_path_factory.mktemp("built") / "catalog")
    set_version(directory, "1.0")
    build(directory)
    return directory


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """A catalog that is built, and that a test may release."""
    return shutil.copytree(built_once, tmp_path / "catalog")


@pytest.mark.parametrize(("module", "name"), STEPS, ids=lambda value: getattr(value, "__name__", value))
@pytest.mark.parametrize("fault", [Crash(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
def test_crash_leaves_the_old_state_or_the_release(
    built: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, fault: BaseException
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise fault

    wish = Wish(version=Version("1.0"))
    with monkeypatch.context() as patched:
        patched.setattr(module, name, fail)
        with pytest.raises(type(fault)):
            make_release(built, wish)
    fault.__traceback__ = None  # else its frames keep the store open, which no process does that ended
    gc.collect()
    is_released = name == "publish_history"  # the last step only makes it ready for queries
    assert [found.record.version for found in list_releases(built)] == (["1.0"] if is_released else [])
    assert not list(history_folder(built).glob("[0-9a-f]*")) if history_folder(built).is_dir() else True
    _, is_new = make_release(built, wish)
    assert is_new != is_released
    found = find_history(built, open_snapshot(built))
    assert found is not None
    assert len(found.open_store()) > 0
    assert not [path for path in (built / ".rolegraph").rglob("tmp-*") if path.is_dir()]


def test_left_overs_of_a_killed_release_go(built: Path) -> None:
    left_over = releases_folder(built) / "tmp-1" / "1.0"
    left_over.mkdir(parents=True)
    assert list_releases(built) == []
    make_release(built, Wish(version=Version("1.0")))
    assert not left_over.exists()
