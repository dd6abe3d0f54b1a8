"""A release, its history and a diff hold what the catalog says, and not what its references bring along."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from releases import BASE, RG, graph_of, lines_of, make_catalog, release, set_version, triples_of, write_role
from rolegraph.cli import main
from rolegraph.iris import GRAPHS, Iris
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.snapshot.dump import read_dump
from rolegraph.snapshot.own import OwnLines, accepted_mappings, own_lines
from rolegraph.snapshot.releases import HISTORY_FILE, list_releases, release_lines

CASES = Path(__file__).resolve().parent / "cases" / "sources"
ESCO = "http://data.europa.eu/esco/occupation/00000001-0000-4000-8000-000000000000"
ONET = f"{BASE}onetsoc2019/15-8001.00"
SKOS = "http://www.w3.org/2004/02/skos/core#"
REFERENCES = """\
onet = "onet"
esco = "esco"
crosswalks = ["crosswalks/nesta.csv", "crosswalks/roles.sssom.tsv"]
"""
# The catalog's own: of a role, and of an occupation of ESCO.
OWN_MAPPINGS = f"""\
#mapping_set_id: {BASE}mappings
#license: https://creativecommons.org/licenses/by/4.0/
#curie_map:
#  role: {BASE}role/
#  onet: {BASE}onetsoc2019/
#  escoo: http://data.europa.eu/esco/occupation/
#extension_definitions:
#  - slot_name: ext_review_status
#    property: https://w3id.org/rolegraph/ns#reviewStatus
subject_id\tpredicate_id\tobject_id\tmapping_justification\treviewer_id\treview_date\text_review_status
role:ENG.GEN.P3\tskos:broadMatch\tonet:15-8001.00\tsemapv:ManualMappingCuration\torcid:1\t2026-01-02\taccepted
escoo:{ESCO[-36:]}\tskos:closeMatch\tonet:15-8001.00\tsemapv:ManualMappingCuration\torcid:1\t2026-01-02\taccepted
"""
# Somebody else's, about a role of the catalog.
OTHERS = f"""\
#mapping_set_id: https://example.org/sets/roles
#license: https://creativecommons.org/licenses/by/4.0/
#curie_map:
#  role: {BASE}role/
#  escoo: http://data.europa.eu/esco/occupation/
#extension_definitions:
#  - slot_name: ext_review_status
#    property: https://w3id.org/rolegraph/ns#reviewStatus
subject_id\tpredicate_id\tobject_id\tmapping_justification\text_review_status
role:ENG.GEN.P3\tskos:broadMatch\tescoo:{ESCO[-36:]}\tsemapv:ManualMappingCuration\taccepted
"""


def add_references(catalog: Path) -> None:
    shutil.copytree(CASES / "onet" / "database", catalog / "onet")
    shutil.copytree(CASES / "esco" / "1.2.1", catalog / "esco")
    (catalog / "crosswalks").mkdir()
    shutil.copy(CASES / "crosswalks" / "nesta.csv", catalog / "crosswalks")
    (catalog / "crosswalks" / "roles.sssom.tsv").write_text(OTHERS, encoding="utf-8")
    config = catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", f"[sources]\n{REFERENCES}", 1), encoding="utf-8")


def run(catalog: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--catalog", str(catalog)])


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Released as 1.0 without references, and as 1.1 with them; nothing else differs."""
    directory = make_catalog(tmp_path_factory.mktemp("own") / "catalog")
    write_role(directory, "ENG.GEN.P3", "Engineer", skills=("Python", "Trim lamps"))
    write_role(directory, "ENG.GEN.P4", "Senior Engineer", skills=("Python",))
    (directory / "mappings").mkdir(exist_ok=True)
    (directory / "mappings" / "own.sssom.tsv").write_text(OWN_MAPPINGS, encoding="utf-8")
    release(directory, "1.0", day=1)
    add_references(directory)
    release(directory, "1.1", day=2)
    return directory


def test_references_are_no_part_of_a_release(catalog: Path) -> None:
    without, with_references = list_releases(catalog)
    assert open_snapshot(catalog).quads > 3 * with_references.record.triples
    assert triples_of(b"".join(lines_of(without))) == triples_of(b"".join(lines_of(with_references)))
    assert without.record.triples == with_references.record.triples == len(lines_of(without))


def test_own_mappings_are_a_part_and_those_of_others_are_not(catalog: Path) -> None:
    found = triples_of(b"".join(lines_of(list_releases(catalog)[1])))
    role = ox.NamedNode(f"{BASE}role/ENG.GEN.P3")
    broad, close = ox.NamedNode(f"{SKOS}broadMatch"), ox.NamedNode(f"{SKOS}closeMatch")
    assert ox.Triple(role, broad, ox.NamedNode(ONET)) in found
    assert ox.Triple(ox.NamedNode(ESCO), close, ox.NamedNode(ONET)) in found
    assert ox.Triple(role, broad, ox.NamedNode(ESCO)) not in found
    store = ox.Store.read_only(str(open_snapshot(catalog).store_path))
    graph = ox.NamedNode(f"{BASE}graph/mappings")
    assert ox.Quad(role, broad, ox.NamedNode(ESCO), graph) in store


def test_what_leads_to_a_reference_is_no_part_of_a_release(catalog: Path) -> None:
    corresponding = ox.NamedNode(f"{RG}correspondingSkill")
    skill = ox.NamedNode(f"{BASE}component/skill/trim-lamps")
    store = ox.Store.read_only(str(open_snapshot(catalog).store_path))
    assert list(store.quads_for_pattern(skill, corresponding, None))
    for found in list_releases(catalog):
        triples = triples_of(b"".join(lines_of(found)))
        assert corresponding not in {triple.predicate for triple in triples}
        assert ox.NamedNode(f"{RG}namesSkill") in {triple.predicate for triple in triples}


def test_graph_of_a_release_is_sorted_and_of_its_name(catalog: Path) -> None:
    for found in list_releases(catalog):
        lines = lines_of(found)
        assert lines == sorted(set(lines))
        assert all(line.endswith(f" <{graph_of(found.record.version)}> .\n".encode()) for line in lines)


def test_history_knows_nothing_of_references(catalog: Path) -> None:
    lines = (list_releases(catalog)[1].path / HISTORY_FILE).read_bytes()
    assert b"ns#introducedIn" not in lines
    assert b"ns#changedIn" not in lines


def test_diff_of_a_catalog_with_and_without_references_is_empty(catalog: Path) -> None:
    result = run(catalog, "diff", "1.0", "1.1", "--format", "json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["is_own"]
    assert (told["changes"], told["counts"], told["lines"]) == ([], [], {"added": 0, "removed": 0})
    patch = run(catalog, "diff", "1.0", "1.1", "--format", "patch").stdout.splitlines()
    assert [line for line in patch if line[0] in "AD"] == []
    whole = json.loads(run(catalog, "diff", "1.0", "1.1", "--format", "json", "--graph", "mappings").stdout)
    assert not whole["is_own"]
    assert whole["lines"]["added"] > 20


def test_same_version_with_references_besides_is_nothing_new(tmp_path: Path) -> None:
    directory = make_catalog(tmp_path / "catalog")
    release(directory, "1.0")
    add_references(directory)
    build(directory)
    result = run(directory, "release", "1.0")
    assert result.exit_code == 0, result.stderr
    assert "nothing was changed" in result.stderr


def test_records_are_content_of_a_release(tmp_path: Path) -> None:
    directory = make_catalog(tmp_path / "catalog")
    aliases = ("{label: Builder, confidence: 0.9}", "{label: Maker, confidence: 0.9}")
    write_role(directory, "ENG.GEN.P3", "Engineer", f"aliases: [{', '.join(aliases)}]\n")
    made = release(directory, "1.0")
    write_role(directory, "ENG.GEN.P3", "Engineer", f"aliases: [{', '.join(reversed(aliases))}]\n")
    build(directory)
    # The graph does not know the order, but an export of the release writes it.
    assert list(release_lines(open_snapshot(directory), "1.0")) == lines_of(made)
    result = run(directory, "release", "1.0")
    assert result.exit_code == 2
    said = "with other order, spelling, credit, publisher or licence (see its records)"
    assert said in " ".join(result.stderr.split())
    set_version(directory, "1.1")
    build(directory)
    assert "Released 1.1" in run(directory, "release", "1.1").stderr


# The rule itself, against its definition on a set of quads

IRIS = Iris(BASE)
NAMES = (f"{BASE}role/A", f"{BASE}onetelement/B", "http://data.europa.eu/esco/skill/c")
MATCH = f"{SKOS}closeMatch"
ACCEPTED = "https://w3id.org/rolegraph/concept/review-accepted"
names = st.sampled_from(NAMES)
kinds = st.sampled_from(["triple", "accepted", "rejected"])
statements = st.lists(st.tuples(names, names, kinds, st.sampled_from(GRAPHS)), max_size=25)


@given(statements, st.sets(st.sampled_from(GRAPHS)))
def test_rule_is_what_it_says(stated: list[tuple[str, str, str, str]], graphs: set[str]) -> None:
    quads = set()
    for one, other, kind, graph in stated:
        if kind != "triple" and graph == "mappings":
            mapping = IRIS.mapping(one, MATCH, "", other)
            quads.add((one, f"{RG}mapping", mapping, graph))
            quads.add((mapping, f"{RG}reviewStatus", ACCEPTED.replace("accepted", kind), graph))
        else:
            quads.add((one, MATCH, other, graph))
    def is_own(quad: tuple[str, str, str, str]) -> bool:
        one, predicate, other, graph = quad
        if graph == "derived":
            return one == other == NAMES[0]
        if graph == "mappings":
            status = (IRIS.mapping(one, MATCH, "", other), f"{RG}reviewStatus", ACCEPTED, graph)
            return predicate != MATCH or status in quads
        return True

    def line(quad: tuple[str, str, str, str]) -> bytes:
        one, predicate, other, graph = quad
        return f"<{one}> <{predicate}> <{other}> <{IRIS.graph(graph)}> .\n".encode()

    expected = sorted(line(quad) for quad in quads if quad[3] in graphs and is_own(quad))
    lines = sorted(map(line, quads))
    own = OwnLines(BASE, graphs, accepted_mappings(BASE, lines))
    assert list(own.all(lines)) == expected


def test_a_literal_that_looks_like_the_end_of_a_line_is_none() -> None:
    literal = f'"<{ESCO}> <{IRIS.graph("esco")}> ."'
    tricky = f"<{BASE}role/A> <{MATCH}> {literal} <{IRIS.graph('derived')}> .\n".encode()
    assert list(OwnLines(BASE, ["derived"], ()).all([tricky])) == [tricky]


def test_nothing_of_a_catalog_without_references_is_left_out(sample_catalog: Path) -> None:
    snapshot = open_snapshot(sample_catalog)
    graphs = ("catalog", "mappings", "levels", "derived")
    ends = tuple(f" <{snapshot.base_iri}graph/{name}> .\n".encode() for name in graphs)
    lines = list(read_dump(snapshot.dump_path))
    own = list(own_lines(snapshot, graphs).all(lines))
    assert own == [line for line in lines if line.endswith(ends)]
