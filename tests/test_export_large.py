"""Exports of many roles: little is held at a time, few are read once, progress is told, an end is clean."""

from __future__ import annotations

import gc
import importlib.util
import io
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from weakref import ref

import pytest
from click.testing import CliRunner

import exports
from releases import make_catalog, write_role
from rolegraph.cli import main
from rolegraph.errors import IriError, StoreError
from rolegraph.export import extract as extract_module
from rolegraph.export import onet_text, selection
from rolegraph.export.extract import Extract
from rolegraph.export.formats import WRITERS, FileFormat, write_folder
from rolegraph.export.selection import Selection, select
from rolegraph.model.catalog import Catalog, ComponentsFile, Role, RoleFile, Taxonomy
from rolegraph.model.release import Version
from rolegraph.release.act import Wish, make_release
from rolegraph.snapshot import Snapshot, open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.snapshot.opening import load_graphs, open_store
from rolegraph.snapshot.records import are_whole, read_mappings, read_roles
from rolegraph.snapshot.releases import find_release

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
ROLES = 100
FORMATS = [name for name in WRITERS if not name.endswith("-database")]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    """An extract of 25 families with a role at each of four levels."""
    files = [
        RoleFile(
            code=f"F{number // 4:02d}.GEN.{level}",
            title=f"Role {number}",
            components=ComponentsFile(skill=("SQL", f"Skill {number}"), task=(f"Task {number % 7}",)),
        )
        for number in range(ROLES)
        for level in [sorted(exports.LEVELS)[number % 4]]
    ]
    catalog = Catalog(roles=exports.records(files), taxonomy=Taxonomy(), levels=exports.LEVELS)
    return exports.extract_of(catalog, tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with one release."""
    catalog = make_catalog(tmp_path_factory.mktemp("released") / "catalog")
    write_role(catalog, "ENG.GEN.P5", "Engineer of tomorrow")
    build(catalog)
    make_release(catalog, Wish(version=Version("0.1.0")))
    return catalog


def files_of(name: str, extract: Extract, folder: Path) -> dict[str, bytes]:
    """What a format writes, by name."""
    form = WRITERS[name]
    if isinstance(form, FileFormat):
        stream = io.BytesIO()
        form.write(extract, stream)
        return {"": stream.getvalue()}
    return {path.name: path.read_bytes() for path in write_folder(form, extract, folder)}


# Memory


class Watched(Role, frozen=True, kw_only=True, gc=True, weakref=True):
    """A role of which one can tell whether somebody holds it."""


@pytest.mark.parametrize("name", FORMATS)
def test_a_writer_holds_few_roles_at_a_time(
    name: str, many: Extract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    def watched(snapshot: Snapshot) -> Iterator[Role]:
        given: list[ref[Role]] = []
        for role in read_roles(snapshot):
            copy = Watched(**{field: getattr(role, field) for field in Role.__struct_fields__})
            given.append(ref(copy))
            yield copy
            del copy
            held.append(sum(reference() is not None for reference in given))

    monkeypatch.setattr(extract_module, "read_roles", watched)
    files_of(name, Extract(many.snapshot), tmp_path / "out")
    assert max(held, default=0) <= 5, "one specialisation has four roles"
    every = list(Extract(many.snapshot).roles())
    assert len(every) == held[-1] == ROLES, "the count sees roles that are held"


def test_few_selected_roles_are_read_once(
    many: Extract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = Selection(families=("F07",))
    few = select(many.snapshot, family)
    monkeypatch.setattr(selection, "_MAX_KEPT", 3)
    not_few = select(many.snapshot, family)
    assert (len(few.kept or ()), not_few.kept) == (4, None)
    expected = files_of("csv", not_few, tmp_path / "one")
    monkeypatch.setattr(extract_module, "read_roles", lambda _snapshot: pytest.fail("read again"))
    assert files_of("csv", few, tmp_path / "two") == expected


@pytest.mark.parametrize("name", ["case", "dcat", "nquads"])
def test_of_a_release_only_the_graphs_in_question_are_loaded(
    name: str, released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def watched(snapshot: Snapshot, graphs: tuple[str, ...]) -> object:
        loaded.extend(graphs)
        return load_graphs(snapshot, graphs)

    monkeypatch.setattr(extract_module, "load_graphs", watched)
    monkeypatch.setattr(extract_module, "load_store", lambda *_: pytest.fail("all of it is loaded"))
    expected = files_of(name, Extract(open_snapshot(released)), tmp_path / "one")
    assert loaded == []
    of_release = Extract(find_release(released, "0.1.0").snapshot())
    assert files_of(name, of_release, tmp_path / "two") == expected
    assert loaded == (["ontology", "levels"] if name == "case" else ["provenance"])


def test_damage_is_told_where_a_graph_lost_a_line(released: Path) -> None:
    snapshot = find_release(released, "0.1.0").snapshot()
    snapshot.manifest["graphs"]["levels"] += 1
    with pytest.raises(StoreError, match=r"the dump is damaged \(\d+ quads and not \d+\)"):
        load_graphs(snapshot, ("levels",))


def test_large_release_is_queried_on_disk_and_nothing_stays(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract_module, "_MAX_QUADS_IN_MEMORY", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    where = tmp_path / "where.rq"
    role = "?role <http://www.w3.org/2004/02/skos/core#notation>"
    where.write_text(f'SELECT ?role {{ {role} "ENG.GEN.P5" }}', encoding="utf-8")
    extract = select(find_release(released, "0.1.0").snapshot(), Selection(where=where))
    assert [role.code for role in extract.roles()] == ["ENG.GEN.P5"]
    assert len(list(tmp_path.iterdir())) == 2
    del extract
    gc.collect()
    assert list(tmp_path.iterdir()) == [where]


def test_tasks_with_the_same_number_are_told(many: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onet_text, "task_id", lambda iri: str(len(iri)))
    tables = {table.name: table for table in onet_text.tables(many)}
    with pytest.raises(IriError, match=r"tasks <\S+task-1> and <\S+task-0> get the same Task ID"):
        next(iter(tables["Task Statements.txt"].rows))


# Progress, and an end before the end


def test_listener_hears_of_roles_files_and_statements(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rolegraph.export.dump._TOLD_LINES", 1000)
    heard: list[str] = []
    snapshot = open_snapshot(released)
    extract = Extract(snapshot, listener=heard.append)
    files_of("roles-ndjson", extract, tmp_path / "one")
    assert heard == ["0 of 2 roles"]
    files_of("csv", extract, tmp_path / "two")
    assert heard[1:3] == ["roles, 0 of 2 roles", "texts, 0 of 2 roles"]
    assert f"adjacency, 1,000 of {snapshot.quads:,} statements" in heard


def test_sigterm_leaves_nothing_half_done(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(_extract: Extract, folder: Path) -> None:
        (folder / "half.csv").write_text("half", encoding="utf-8")
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setitem(WRITERS, "csv", WRITERS["csv"]._replace(write=ended))  # type: ignore[arg-type]
    before = signal.getsignal(signal.SIGTERM)
    out = str(tmp_path / "out")
    result = CliRunner().invoke(main, ["export", "csv", "-o", out, "--catalog", str(released)])
    assert result.exit_code == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is before


# The benchmark


def test_benchmark_measures_the_catalog_that_it_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    spec = importlib.util.spec_from_file_location("benchmark_of_exports", BENCHMARKS / "exports.py")
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, benchmark)
    spec.loader.exec_module(benchmark)
    benchmark.prepare(tmp_path, 30, has_store=True)
    snapshot = open_snapshot(tmp_path / "30")
    assert are_whole(snapshot)
    assert len(open_store(snapshot)) == snapshot.quads
    assert sum(1 for _ in read_mappings(snapshot)) == 2 * 30 + 2
    cost = benchmark.export(tmp_path / "30", "roles-ndjson", ["--family", benchmark.FAMILY])
    written = files_of("roles-ndjson", select(snapshot, Selection(families=("FA00000",))), tmp_path / "out")
    assert cost.size_mib == sum(map(len, written.values())) / 2**20
    assert cost.memory_mib > 10
