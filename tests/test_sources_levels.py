"""Level schemes: the shipped one, and what a catalog's own must have."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolegraph import resources
from rolegraph.errors import Problems
from rolegraph.sources.levels import read_levels

PREFIXES = """\
@prefix rg: <https://w3id.org/rolegraph/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix ex: <http://example.org/> .
"""


def test_shipped_scheme_has_22_levels_on_one_rank_scale() -> None:
    problems = Problems()
    levels = read_levels(resources.folder("ontology") / "levels.ttl", "levels.ttl", problems)
    assert problems.errors == []
    assert len(levels) == 22
    assert (levels["P5"].rank, levels["M4"].rank, levels["E4"].rank) == (5.0, 5.5, 7.5)
    assert levels["P5"].experience_min_years == 8.0


def test_own_scheme_is_read(tmp_path: Path) -> None:
    text = 'ex:L1 a rg:Level ; skos:notation "L1" ; rg:rank 1.5 ; rg:track ex:T ; skos:prefLabel "One"@en .'
    (tmp_path / "l.ttl").write_text(PREFIXES + text, encoding="utf-8")
    problems = Problems()
    levels = read_levels(tmp_path / "l.ttl", "l.ttl", problems)
    assert problems.errors == []
    assert (levels["L1"].rank, levels["L1"].track) == (1.5, "http://example.org/T")


@pytest.mark.parametrize(
    ("rank", "track"),
    [
        ('"NaN"^^xsd:double', "ex:T"),
        ('"INF"^^xsd:double', "ex:T"),
        ('"3"', "ex:T"),
        ('"x"^^xsd:decimal', "ex:T"),
        ("3", '"T"'),
    ],
)
def test_level_without_a_finite_rank_or_a_track_is_a_fault(tmp_path: Path, rank: str, track: str) -> None:
    text = f'ex:L1 a rg:Level ; skos:notation "L1" ; rg:rank {rank} ; rg:track {track} .'
    (tmp_path / "l.ttl").write_text(PREFIXES + text, encoding="utf-8")
    problems = Problems()
    read_levels(tmp_path / "l.ttl", "l.ttl", problems)
    assert "level <http://example.org/L1> lacks" in str(problems.errors[0])


def test_blank_node_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "l.ttl").write_text(PREFIXES + "ex:L1 rg:descriptor [] .", encoding="utf-8")
    problems = Problems()
    assert read_levels(tmp_path / "l.ttl", "l.ttl", problems) == {}
    assert "blank node" in str(problems.errors[0])
