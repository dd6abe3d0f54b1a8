"""A catalog is checked in one pass or in several, by queries or by pyshacl, and the report is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolegraph import resources
from rolegraph.errors import Problems
from rolegraph.model.findings import Report
from rolegraph.shacl.needs import TYPE, needs
from rolegraph.snapshot.ahead import LoadAhead
from rolegraph.snapshot.checking import MEMORY_BUDGET_BYTES, check_catalog, read_catalog_check
from rolegraph.snapshot.partition import BYTES_PER_QUAD, Partition

RG = "https://w3id.org/rolegraph/ns#"


def report(budget_bytes: int) -> tuple[Report, list[str]]:
    """The report on the sample catalog, and the stages that it took."""
    stages: list[str] = []
    directory = resources.folder("data")
    with read_catalog_check(directory, Problems(), memory_budget_bytes=budget_bytes) as check:
        return check_catalog(check, listener=stages.append), stages


def test_catalog_that_does_not_fit_the_memory_is_checked_in_passes_with_the_same_report() -> None:
    whole, _ = report(MEMORY_BUDGET_BYTES)
    parts, stages = report(3000 * BYTES_PER_QUAD)
    assert any("part 2 of" in stage for stage in stages)
    assert parts == whole
    assert len(whole.findings) > 100
    assert [score.kind for score in whole.scores[:2]] == ["catalog", "family"]


def test_query_needs_the_predicates_that_it_names_and_the_classes_that_it_asks_for() -> None:
    found = needs(
        f"PREFIX rg: <{RG}> SELECT ?a WHERE {{ ?a a rg:Role ; rg:level/rg:rank ?b FILTER(?b > 3) }}"
    )
    assert found is not None
    assert found >= {f"{TYPE} {RG}Role", f"{RG}level", f"{RG}rank"}
    assert TYPE not in found


def test_variables_by_which_solutions_are_grouped_are_no_predicate() -> None:
    inner = "SELECT ?a ?b ?c WHERE { ?a <urn:p> ?b ; <urn:q> ?c } GROUP BY ?a ?b ?c HAVING(COUNT(*) > 1)"
    for query in (f"{inner} ORDER BY ?a ?b ?c", f"SELECT * WHERE {{ {{ {inner} }} }}"):
        assert needs(query) == {"urn:p", "urn:q"}


@pytest.mark.parametrize("path", ["a/<urn:sub>*", f"<{TYPE}>", "<urn:x>/a"])
def test_query_that_asks_for_a_class_by_a_path_or_a_variable_needs_every_class(path: str) -> None:
    found = needs(f"SELECT * WHERE {{ ?node {path} ?class }}")
    assert found is not None
    assert TYPE in found


@pytest.mark.parametrize(
    "pattern",
    ["VALUES ?rg_1 { <urn:C> <urn:D> } ?a a ?rg_1", "?a a ?rg_1 . FILTER(?rg_1 IN (<urn:C>, <urn:D>))"],
)
def test_classes_that_the_compiler_lists_are_all_that_is_needed(pattern: str) -> None:
    wanted = {f"{TYPE} urn:C", f"{TYPE} urn:D"}
    found = needs(f"SELECT * WHERE {{ {pattern} }}")
    assert found is not None
    assert {key for key in found if key.startswith(TYPE)} == wanted
    by_hand = needs(f"SELECT * WHERE {{ {pattern} }}".replace("rg_1", "class"))
    assert by_hand is not None
    assert TYPE in by_hand


def test_namespaces_that_a_query_declares_are_not_needed() -> None:
    assert needs("PREFIX p: <urn:p/> PREFIX q: <urn:q/> SELECT * WHERE { ?a p:q ?b }") == {"urn:p/q"}


@pytest.mark.parametrize(
    "pattern",
    ["?a ?p 5", "?a <urn:p> 5 ; ?p ?v", "?a !<urn:p> ?v", "?a !(<urn:p>|a) ?v"],
)
def test_query_with_an_open_predicate_needs_everything(pattern: str) -> None:
    assert needs(f"SELECT * WHERE {{ {pattern} }}") is None
    assert needs(f"SELECT * WHERE {{ ?a <urn:q> ?b FILTER NOT EXISTS {{ {pattern} }} }}") is None


def test_partition_loads_what_is_asked_for_alone(tmp_path: Path) -> None:
    partition = Partition(tmp_path)
    partition.add_all(
        [
            f"<urn:a> <{TYPE}> <urn:C> <urn:g> .\n",
            f"<urn:b> <{TYPE}> <urn:D> <urn:g> .\n",
            '<urn:a> <urn:p> "text with spaces . <urn:x>" <urn:g> .\n',
            "<urn:a> <urn:q> <urn:b> <urn:g> .\n",
        ]
    )
    assert len(partition.load(partition.keys([f"{TYPE} urn:C", "urn:p", "urn:none"]))) == 2
    assert len(partition.load(partition.keys([TYPE]))) == 2
    assert len(partition.load(partition.keys(None))) == 4
    partition.close()


@pytest.mark.parametrize(("max_quads", "is_loaded"), [(40_000, True), (39_999, False), (10, False)])
def test_a_small_graph_is_loaded_at_once_and_a_large_one_parted(
    tmp_path: Path, max_quads: int, is_loaded: bool
) -> None:
    partition = Partition(tmp_path)
    ahead = LoadAhead(partition, max_quads)
    for number in range(40_000):
        ahead.add(f"<urn:{number}> <urn:p> <urn:b> <urn:g> .\n")
    store = ahead.finish()
    assert (store is not None, partition.counts["<urn:p>"]) == (is_loaded, 0 if is_loaded else 40_000)
    assert len(store if store is not None else partition.load(partition.keys(None))) == 40_000
    partition.close()


def test_a_line_that_the_store_refuses_is_not_passed_over(tmp_path: Path) -> None:
    partition = Partition(tmp_path)
    ahead = LoadAhead(partition)
    ahead.add("<urn:a> <urn:p> nothing <urn:g> .\n")
    with pytest.raises(SyntaxError):
        ahead.finish()
    partition.close()
