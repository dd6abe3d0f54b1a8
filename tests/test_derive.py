"""structural@1: the formula, its published examples, and the fast search against all pairs."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.config import AdjacencySection
from rolegraph.derive import Coordinates, Neighbours, compare

METRIC = AdjacencySection()
RANKS = {
    **{f"S{n}": float(n) for n in range(1, 5)},
    **{f"P{n}": float(n) for n in range(1, 9)},
    "M1": 3.0, "M2": 4.0, "M3": 5.0, "M4": 5.5, "M5": 6.0, "M6": 7.0,
    "E1": 6.0, "E2": 6.5, "E3": 7.0, "E4": 7.5,
}  # fmt: skip
TOPS = {"SRES": "technology", "DEI": "people", "COMP": "business", "SWE": "technology", "LOST": None}


def at(code: str) -> Coordinates:
    family, focus, level = code.split(".")
    return Coordinates(code, TOPS[family], family, f"{family}.{focus}", RANKS[level], level[0])


@pytest.mark.parametrize(
    ("target", "distance", "band", "move"),
    [
        ("SRES.GEN.P4", 0.1, "confident", "step_back"),
        ("SRES.GEN.P6", 0.1, "confident", "promotion"),
        ("SRES.GEN.M3", 0.06, "confident", "track_switch"),
        ("SRES.OBS.P5", 0.2, "confident", "lateral"),
        ("SWE.GEN.P5", 0.4, "needs_review", "lateral"),
        ("SRES.GEN.P1", 0.4, "needs_review", "step_back"),
        ("COMP.GEN.P5", 0.6, "no_confident_match", "lateral"),
        ("COMP.GEN.P4", 0.7, "no_confident_match", "diagonal"),
        ("COMP.GEN.S1", 1.0, "no_confident_match", "diagonal"),
    ],
)
def test_published_examples(target: str, distance: float, band: str, move: str) -> None:
    found = compare(at("SRES.GEN.P5"), at(target), METRIC)
    assert (found.distance, found.band, found.move) == (distance, band, move)


def test_missing_super_function_needs_review_with_its_reason() -> None:
    found = compare(at("SRES.GEN.P5"), at("LOST.GEN.P5"), METRIC)
    assert (found.band, found.reason) == ("needs_review", "super-function missing")
    assert compare(at("LOST.GEN.P4"), at("LOST.GEN.P5"), METRIC).reason is None


ALL = [at(f"{f}.{s}.{level}") for f, s, level in product(["SRES", "SWE", "COMP"], ["GEN", "OBS"], RANKS)]


def test_distance_is_a_metric_on_every_level_and_taxonomy_position() -> None:
    distance = {(a.code, b.code): compare(a, b, METRIC).distance for a, b in product(ALL, ALL)}
    assert max(distance.values()) <= 1.0
    assert all(distance[a, b] == distance[b, a] for a, b in distance)
    assert all((distance[a, b] == 0) <= (a.rpartition(".")[0] == b.rpartition(".")[0]) for a, b in distance)
    few = [place.code for place in ALL][::3]
    slack = 1e-5  # distances are rounded to six decimals
    violations = [
        (a, b, c)
        for a, b, c in permutations(few, 3)
        if distance[a, c] > distance[a, b] + distance[b, c] + slack
    ]
    assert violations == []


codes = st.lists(
    st.builds(
        lambda family, focus, level: f"{family}.{focus}.{level}",
        st.sampled_from(sorted(TOPS)),
        st.sampled_from(["GEN", "OBS", "SEC"]),
        st.sampled_from(sorted(RANKS)),
    ),
    unique=True,
    max_size=60,
)


@settings(deadline=None, max_examples=60)
@given(codes, st.integers(1, 12))
def test_nearest_roles_equal_a_search_over_all_pairs(codes: list[str], wanted: int) -> None:
    metric = AdjacencySection(neighbours=wanted)
    places = [at(code) for code in codes]
    neighbours = Neighbours(places, metric)
    for place in places:
        everyone = [compare(place, other, metric) for other in places if other.code != place.code]
        assert neighbours.of(place) == sorted(everyone, key=lambda n: n.order)[:wanted]
