"""What a server says of itself: the numbers are true, the terms exist, the suites hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.describe.statistics import (
    Part,
    Statistics,
    compute_statistics,
    read_statistics,
    store_rows,
    write_statistics,
)
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build

RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@pytest.fixture(scope="module")
def statistics(sample_catalog: Path) -> Statistics:
    found = read_statistics(open_snapshot(sample_catalog).statistics_path)
    assert found is not None
    return found


def count(quads: list[ox.Quad]) -> Part:
    """The same numbers, counted one by one."""
    typed = [quad for quad in quads if quad.predicate == RDF_TYPE]
    return Part(
        triples=len(quads),
        distinct_subjects=len({quad.subject for quad in quads}),
        distinct_objects=len({quad.object for quad in quads}),
        entities=len({quad.subject for quad in typed}),
        properties=dict(sorted(Counter(quad.predicate.value for quad in quads).items())),
        classes=dict(sorted(Counter(str(quad.object.value) for quad in typed).items())),
    )


def test_a_snapshot_holds_the_true_numbers(sample_store: ox.Store, statistics: Statistics) -> None:
    assert statistics.total == count(list(sample_store))
    assert set(statistics.graphs) == {graph.value for graph in sample_store.named_graphs()}
    for graph, part in statistics.graphs.items():
        assert part == count(list(sample_store.quads_for_pattern(None, None, None, ox.NamedNode(graph))))


def test_statistics_are_the_same_however_they_are_computed(
    sample_store: ox.Store, statistics: Statistics
) -> None:
    assert compute_statistics(store_rows(sample_store)) == statistics


def test_the_same_catalog_gives_the_same_statistics_as_bytes(small_catalog: Path, tmp_path: Path) -> None:
    snapshot = build(small_catalog).snapshot
    found = compute_statistics(store_rows(ox.Store.read_only(str(snapshot.store_path))))
    write_statistics(found, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == snapshot.statistics_path.read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"total": {}}', b"\xff"])
def test_statistics_that_are_missing_or_damaged_are_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "statistics.json"
    if content is not None:
        path.write_bytes(content)
    assert read_statistics(path) is None


def test_a_triple_that_a_build_took_out_of_a_graph_is_not_counted_there(small_catalog: Path) -> None:
    own = small_catalog / "shapes.ttl"
    own.write_text("<https://w3id.org/rolegraph/ns#Role> a <http://www.w3.org/2002/07/owl#Class> .")
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[validate]\n", '[validate]\nshapes = ["shapes.ttl"]\n'), encoding="utf-8")
    snapshot = build(small_catalog).snapshot
    found = read_statistics(snapshot.statistics_path)
    assert found is not None
    store = ox.Store.read_only(str(snapshot.store_path))
    shapes = ox.NamedNode(f"{snapshot.base_iri}graph/shapes")
    assert found.graphs[shapes.value] == count(list(store.quads_for_pattern(None, None, None, shapes)))
    assert "http://www.w3.org/2002/07/owl#Class" not in found.graphs[shapes.value].classes
    assert found.total.triples == snapshot.quads == sum(part.triples for part in found.graphs.values())


def test_the_whole_has_its_own_partitions_where_it_is_not_the_sum_of_its_graphs() -> None:
    store = ox.Store()
    store.load(b"<a:s> a <a:C> ; <a:p> 1 .", format=ox.RdfFormat.TURTLE)
    store.load(b"<a:t> <a:p> 1 .", format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("a:g"))
    found = compute_statistics(store_rows(store))
    assert set(found.graphs) == {"a:g"}
    assert found.total == count(list(store))
    assert found.total.properties["a:p"] == 2


def test_an_empty_store_has_no_graphs_and_zero_triples() -> None:
    found = compute_statistics(store_rows(ox.Store()))
    assert found == Statistics(
        graphs={},
        total=Part(triples=0, distinct_subjects=0, distinct_objects=0, entities=0, properties={}, classes={}),
    )
