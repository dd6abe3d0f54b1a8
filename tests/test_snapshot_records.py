"""The records that a snapshot keeps are those of its files, and agree with its graph."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyoxigraph as ox
import pytest
from msgspec.structs import replace

from rolegraph.errors import Problems, StoreError
from rolegraph.model.catalog import Catalog, Role
from rolegraph.snapshot import Snapshot, open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.snapshot.records import (
    FOLDER,
    ROLES,
    are_whole,
    read_components,
    read_facts,
    read_mappings,
    read_roles,
)
from rolegraph.sources.catalog import read_catalog

SKOS = "http://www.w3.org/2004/02/skos/core#"


@pytest.fixture(scope="module")
def snapshot(sample_catalog: Path) -> Snapshot:
    return open_snapshot(sample_catalog)


@pytest.fixture(scope="module")
def catalog(sample_catalog: Path) -> Catalog:
    return read_catalog(sample_catalog, Problems())[1]


def without_places(role: Role) -> Role:
    return replace(
        role,
        file="",
        line=0,
        lines={},
        uses=tuple(replace(use, line=0) for use in role.uses),
        aliases=tuple(replace(alias, line=0) for alias in role.aliases),
        mappings=tuple(replace(mapping, file="", line=0) for mapping in role.mappings),
    )


def test_roles_and_mappings_are_those_of_the_files(snapshot: Snapshot, catalog: Catalog) -> None:
    assert list(read_roles(snapshot)) == [without_places(role) for role in catalog.roles]
    mappings = {replace(mapping, line=0) for mapping in catalog.mappings}
    found = list(read_mappings(snapshot))
    assert set(found) == mappings
    assert len(found) == len(catalog.mappings) > 10
    assert [mapping.subject for mapping in found] == sorted(mapping.subject for mapping in found)


def test_components_have_the_labels_of_the_graph(snapshot: Snapshot, sample_store: ox.Store) -> None:
    def labels(iri: str, name: str) -> set[tuple[str, str]]:
        pattern = sample_store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(SKOS + name), None, None)
        return {(q.object.language, q.object.value) for q in pattern}  # type: ignore[union-attr, misc]  # a text

    components = list(read_components(snapshot))
    assert len(components) > 300
    assert [entry.iri for entry in components] == sorted(entry.iri for entry in components)
    for entry in components:
        assert labels(entry.iri, "prefLabel") == set(entry.label.items())
        assert labels(entry.iri, "altLabel") == {
            item for alternative in entry.alternative_labels for item in alternative.items()
        }


def test_components_count_who_uses_them(snapshot: Snapshot, catalog: Catalog) -> None:
    uses = sum(len(role.uses) for role in catalog.roles)
    components = list(read_components(snapshot))
    assert sum(entry.roles for entry in components) == uses
    shared = max(components, key=lambda entry: entry.roles)
    assert 1 < shared.families <= len({role.family for role in catalog.roles})
    assert sum(entry.curated for entry in components) == len(catalog.components)


def test_facts_say_what_the_configuration_says(snapshot: Snapshot, catalog: Catalog) -> None:
    facts = read_facts(snapshot)
    assert (facts.version, facts.language) == ("2026.11.0", "en")
    assert set(facts.taxonomy.families) == set(catalog.taxonomy.families)
    assert facts.family_label("SRES")["en"] == "Site reliability engineering"
    assert facts.family_label("NONE") == {"en": "NONE"}
    assert facts.modified is None


def test_order_of_aliases_changes_the_id_and_a_comment_does_not(small_catalog: Path) -> None:
    (path,) = (small_catalog / "roles").glob("*.yaml")
    aliases = "modified: 2026-03-01\naliases:\n  - {label: Coder}\n  - {label: Programmer}\n"
    body = path.read_text(encoding="utf-8").partition("aliases:")[0]
    path.write_text(body + aliases, encoding="utf-8")
    first = build(small_catalog).snapshot
    path.write_text("# a comment\n" + body + aliases, encoding="utf-8")
    assert build(small_catalog).snapshot.id == first.id
    assert read_facts(first).modified == "2026-03-01"
    path.write_text(body + aliases.replace("Coder", "X").replace("Programmer", "Coder"), encoding="utf-8")
    other = build(small_catalog).snapshot
    assert other.id != first.id
    assert other.manifest["records_sha256"] != first.manifest["records_sha256"]


@pytest.mark.parametrize("damage", ["missing", "cut", "no record"])
def test_damaged_records_are_told_and_built_again(small_catalog: Path, damage: str) -> None:
    first = build(small_catalog).snapshot
    path = first.path / FOLDER / ROLES
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(whole[:-8] if damage == "cut" else b"no zstandard frame")
    assert not are_whole(first)
    with pytest.raises(StoreError, match="build again"):
        msgspec.json.encode(list(read_roles(first)))
    assert build(small_catalog).is_new
    assert are_whole(open_snapshot(small_catalog))


def test_snapshot_of_an_earlier_release_is_told_apart(small_catalog: Path) -> None:
    snapshot = build(small_catalog).snapshot
    for path in (snapshot.path / FOLDER).iterdir():
        path.unlink()
    with pytest.raises(StoreError, match=r"without records; build again"):
        read_facts(snapshot)
