"""Snapshots: the same inputs give the same bytes, and no crash leaves half a build behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import zstandard

from rolegraph.errors import CheckError, SourceError, StoreError
from rolegraph.iris import Iris
from rolegraph.snapshot import open_snapshot, open_store
from rolegraph.snapshot.build import build, run_checks
from rolegraph.snapshot.dump import finish, start_sort, write_dump
from rolegraph.snapshot.opening import Snapshot, snapshots_folder
from rolegraph.snapshot.publish import build_lock

BASE = "https://example.org/roles/"


def dump_lines(snapshot: Snapshot) -> list[bytes]:
    with snapshot.dump_path.open("rb") as raw:
        return zstandard.ZstdDecompressor().stream_reader(raw).read().splitlines(keepends=True)


def edit(directory: Path, old: str, new: str) -> None:
    path = directory / "roles" / "ENG.GEN.P3.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_two_builds_of_the_same_inputs_give_the_same_bytes(small_catalog: Path, tmp_path: Path) -> None:
    first = build(small_catalog).snapshot
    other = small_catalog.rename(tmp_path / "moved")
    os.utime(other / "roles" / "ENG.GEN.P3.yaml", (1, 1))
    before = dump_lines(Snapshot(first.id, snapshots_folder(other) / first.id, first.manifest))
    again = build(other)
    assert (again.snapshot.id, again.is_new) == (first.id, False)
    (snapshots_folder(other) / first.id / "build.json").unlink()
    rebuilt = build(other)
    assert (rebuilt.snapshot.id, rebuilt.is_new) == (first.id, True)
    assert dump_lines(rebuilt.snapshot) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("roles/ENG.GEN.P3.yaml", "Software Engineer", "Software Builder"),
        ("rolegraph.toml", 'fail_on = "violation"', 'fail_on = "warning"'),
    ],
)
def test_another_input_gives_another_id(small_catalog: Path, file: str, old: str, new: str) -> None:
    first = build(small_catalog).snapshot
    path = small_catalog / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert build(small_catalog).snapshot.id != first.id
    assert first.store_path.is_dir()


def test_dump_is_sorted_unique_and_equal_to_the_store(sample_catalog: Path, sample_store: ox.Store) -> None:
    lines = dump_lines(open_snapshot(sample_catalog))
    assert lines == sorted(set(lines))
    stored = sample_store.dump(format=ox.RdfFormat.N_QUADS)
    assert stored is not None
    assert set(stored.splitlines(keepends=True)) == set(lines)


def test_graphs_are_disjoint_and_hold_no_blank_node(sample_catalog: Path) -> None:
    triples = [line[:-3].rpartition(b" ")[0] for line in dump_lines(open_snapshot(sample_catalog))]
    assert len(triples) == len(set(triples))
    assert not [triple for triple in triples if triple.startswith(b"_:") or b" _:" in triple.split(b'"')[0]]


def test_nothing_of_this_machine_enters_the_graph(sample_catalog: Path) -> None:
    text = b"".join(dump_lines(open_snapshot(sample_catalog))).decode()
    assert str(sample_catalog) not in text
    assert "file://" not in text


def test_manifest_counts_are_those_of_the_store(sample_catalog: Path, sample_store: ox.Store) -> None:
    snapshot = open_snapshot(sample_catalog)
    for name, count in snapshot.manifest["graphs"].items():
        graph = ox.NamedNode(Iris(snapshot.base_iri).graph(name))
        assert sum(1 for _ in sample_store.quads_for_pattern(None, None, None, graph)) == count
    assert snapshot.quads == len(sample_store)


def test_triple_of_two_graphs_stays_in_the_first(tmp_path: Path) -> None:
    iris = Iris(BASE)
    triple = "<http://a> <http://b> <http://c>"
    names = ["derived", "catalog", "mappings"]
    text = "".join(f"{triple} <{iris.graph(name)}> .\n" for name in names)
    (tmp_path / "lines").write_text(text + text, encoding="utf-8")
    finish(start_sort(tmp_path / "lines", tmp_path / "sorted"))
    dump = write_dump([tmp_path / "sorted"], tmp_path / "graph.nq.zst", iris)
    assert {name: count for name, count in dump.graphs.items() if count} == {"catalog": 1}
    assert [line.split(b" ")[3] for line in dump.repeated] == [
        f"<{iris.graph(name)}>".encode() for name in ("derived", "mappings")
    ]


CRASH = """\
import os, signal, sys
from pathlib import Path
from rolegraph.snapshot.build import build
directory, kind, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
count = 0
def hit(*_arguments):
    global count
    count += 1
    if count == number:
        os.kill(os.getpid(), signal.SIGKILL)
def before(owner, name):
    original = getattr(owner, name)
    def wrapped(*arguments, **named):
        hit()
        return original(*arguments, **named)
    setattr(owner, name, wrapped)
if kind == "fsync":
    before(os, "fsync")
elif kind == "rename":
    before(Path, "rename")
build(directory, hit if kind == "stage" else lambda _name: None)
"""
POINTS = [
    *(("stage", number) for number in range(1, 9)),
    *(("rename", number) for number in (1, 2)),
    *(("fsync", number) for number in (1, 2, 5)),
]


@pytest.mark.parametrize(("kind", "number"), POINTS)
def test_killed_build_leaves_the_previous_snapshot_serving(
    small_catalog: Path, kind: str, number: int
) -> None:
    old = build(small_catalog).snapshot
    edit(small_catalog, "Software Engineer", "Software Builder")
    command = [sys.executable, "-c", CRASH, str(small_catalog), kind, str(number)]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert open_snapshot(small_catalog) == old
    assert ox.Store.read_only(str(old.store_path)).query("ASK { GRAPH ?g { ?s ?p ?o } }")
    result = build(small_catalog)
    assert result.snapshot.id != old.id
    folder = snapshots_folder(small_catalog)
    assert {path.name for path in folder.iterdir()} == {"CURRENT", old.id, result.snapshot.id}
    assert len(ox.Store.read_only(str(result.snapshot.store_path))) == result.snapshot.quads


def test_bad_input_publishes_nothing(small_catalog: Path) -> None:
    old = build(small_catalog).snapshot
    edit(small_catalog, "status: draft", "status: drafty")
    with pytest.raises(SourceError, match=r"roles/ENG.GEN.P3.yaml:5: status is \"drafty\""):
        build(small_catalog)
    assert open_snapshot(small_catalog) == old
    assert {path.name for path in snapshots_folder(small_catalog).iterdir()} == {"CURRENT", old.id}


def test_one_build_at_a_time(small_catalog: Path) -> None:
    with build_lock(small_catalog), pytest.raises(StoreError, match="another build or release is running"):
        build(small_catalog)


def test_missing_and_damaged_snapshots_are_told_apart(small_catalog: Path) -> None:
    with pytest.raises(StoreError, match="no snapshot is built yet"):
        open_snapshot(small_catalog)
    snapshot = build(small_catalog).snapshot
    (snapshot.path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="damaged"):
        open_snapshot(small_catalog)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("manifest.json", b"{trunc"),
        ("manifest.json", b"{}"),
        ("manifest.json", b"[]"),
        ("graph.nq.zst", b""),
        ("store", b"garbage"),
    ],
)
def test_building_again_repairs_a_damaged_snapshot(small_catalog: Path, file: str, content: bytes) -> None:
    snapshot = build(small_catalog).snapshot
    if file == "store":
        for path in snapshot.store_path.glob("*.sst"):
            path.write_bytes(content)
        with pytest.raises(StoreError, match="build again"):
            open_store(snapshot)
    else:
        (snapshot.path / file).write_bytes(content)
    again = build(small_catalog)
    assert (again.snapshot.id, again.is_new) == (snapshot.id, True)
    assert len(open_store(open_snapshot(small_catalog))) == again.snapshot.quads
    assert not build(small_catalog).is_new


@pytest.mark.parametrize("pointer", [b"", b"\xff\xfe", b"../../..", b"0123"])
def test_pointer_that_names_no_snapshot_is_said(small_catalog: Path, pointer: bytes) -> None:
    build(small_catalog)
    (snapshots_folder(small_catalog) / "CURRENT").write_bytes(pointer)
    with pytest.raises(StoreError, match="build again"):
        open_snapshot(small_catalog)


def test_ordinary_shapes_get_the_same_names_in_every_build(small_catalog: Path) -> None:
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8").replace("fail_on =", 'shapes = ["own.ttl"]\nfail_on =')
    config.write_text(text, encoding="utf-8")
    prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .\n"
    shape = "ex:S a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:minCount 1 ], [ sh:path ex:q ] .\n"
    (small_catalog / "own.ttl").write_text(prefixes + shape, encoding="utf-8")
    first = build(small_catalog).snapshot
    lines = [line for line in dump_lines(first) if b"/genid/own-" in line]
    assert len(lines) == 5
    assert not [line for line in dump_lines(first) if b"_:" in line.split(b'"')[0]]
    (first.path / "build.json").unlink()
    assert build(small_catalog).snapshot.id == first.id


def test_failed_check_names_query_and_row() -> None:
    store = ox.Store()
    store.update(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> INSERT DATA { GRAPH <http://g> {"
        ' <http://a> a skos:Concept ; skos:prefLabel "x"@en, "y"@en } }'
    )
    with pytest.raises(CheckError, match="http://a"):
        run_checks(store)
