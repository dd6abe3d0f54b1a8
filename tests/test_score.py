"""Completeness scores: exact shares of weighted checks, and means over the roles of a group."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.errors import Problems
from rolegraph.model.findings import Score, ScoreKind
from rolegraph.score import RoleKey, group_labels, role_keys, score
from rolegraph.sources.catalog import read_catalog

ROOT = Path(__file__).resolve().parent.parent


def key(code: str) -> RoleKey:
    family, focus, level = code.split(".")
    return RoleKey(code, f"The role {code}", family, f"{family}.{focus}", level)


A, B, C = key("DATA.ENG.P2"), key("DATA.GEN.P3"), key("SWE.GEN.P3")
CODES = {role.code for role in (A, B, C)}


def by_name(scores: tuple[Score, ...]) -> dict[tuple[str, str], float]:
    return {(each.kind, each.code): each.value for each in scores}


def test_a_role_has_the_weighted_share_of_the_checks_that_hold() -> None:
    weights = {"summary": 3, "story": 1, "esco": 4}
    scores = score([A], weights, dict.fromkeys(weights, CODES), {"story": {A.code}, "esco": {A.code}})
    assert by_name(scores)["role", A.code] == 0.375


def test_a_check_that_does_not_apply_is_left_out_of_the_share() -> None:
    applicable = {"summary": {A.code, B.code}, "story": {B.code}}
    scores = by_name(score([A, B], {"summary": 1, "story": 3}, applicable, {"story": {B.code}}))
    assert scores["role", A.code] == 1
    assert scores["role", B.code] == 0.25


def test_a_check_without_weight_does_not_count() -> None:
    every = {"summary": CODES, "orphan": CODES}
    scores = score([A], {"summary": 2, "orphan": 0}, every, {"orphan": CODES, "unweighted": CODES})
    assert by_name(scores)["role", A.code] == 1


def test_a_failure_where_the_check_does_not_apply_does_not_count() -> None:
    scores = score([A, B], {"summary": 1}, {"summary": {A.code}}, {"summary": {B.code}})
    assert by_name(scores) == {
        ("catalog", ""): 1, ("family", "DATA"): 1, ("level", "P2"): 1, ("specialisation", "DATA.ENG"): 1,
        ("role", A.code): 1,
    }  # fmt: skip


def test_groups_are_the_means_of_their_roles() -> None:
    weights, applicable = {"summary": 1, "story": 1}, {"summary": CODES, "story": CODES}
    scores = by_name(score([A, B, C], weights, applicable, {"summary": {A.code}, "story": {A.code, B.code}}))
    assert scores["family", "DATA"] == 0.25
    assert scores["family", "SWE"] == 1
    assert scores["level", "P3"] == 0.75
    assert scores["specialisation", "DATA.GEN"] == 0.5
    assert scores["catalog", ""] == 0.5


def test_scores_come_from_the_catalog_down_to_its_roles_each_by_code() -> None:
    scores = score([C, A, B], {"summary": 1}, {"summary": CODES}, {})
    assert [(each.kind, each.code) for each in scores] == [
        ("catalog", ""), ("family", "DATA"), ("family", "SWE"), ("level", "P2"), ("level", "P3"),
        ("specialisation", "DATA.ENG"), ("specialisation", "DATA.GEN"), ("specialisation", "SWE.GEN"),
        ("role", A.code), ("role", B.code), ("role", C.code),
    ]  # fmt: skip


def test_a_role_names_its_title_family_and_level_and_a_group_how_many_roles_it_has() -> None:
    first, *_, last = score([A, B], {"summary": 1}, {"summary": CODES}, {}, {("catalog", ""): "Ours"})
    assert (first.label, first.roles, first.family) == ("Ours", 2, "")
    assert (last.label, last.roles, last.family, last.level) == ("The role DATA.GEN.P3", 1, "DATA", "P3")


def test_a_group_without_label_goes_by_its_code() -> None:
    labels: dict[tuple[ScoreKind, str], str] = {("level", "SWE"): "not the family"}
    scores = score([C], {"summary": 1}, {"summary": CODES}, {}, labels)
    assert [each.label for each in scores if each.kind == "family"] == ["SWE"]


def test_a_role_that_nothing_applies_to_has_no_score_and_is_in_no_mean() -> None:
    scores = score([A, B, C], {"summary": 1}, {"summary": {A.code, B.code}}, {"summary": {A.code}})
    assert {each.code for each in scores if each.kind == "role"} == {A.code, B.code}
    assert by_name(scores)["catalog", ""] == 0.5
    assert ("family", "SWE") not in by_name(scores)
    assert next(each for each in scores if each.kind == "catalog").roles == 2


def test_without_weights_there_are_no_scores() -> None:
    assert score([A, B], {}, {"summary": CODES}, {"summary": CODES}) == ()


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf")])
def test_a_weight_that_is_no_share_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="the weight of story"):
        score([A], {"story": weight}, {"story": CODES}, {})


def test_a_half_is_rounded_up() -> None:
    # 1/32 = 0.03125 exactly, whose fifth decimal decides; binary rounding to even would give 0.0312.
    weights = {"held": 1, "missing": 31}
    scores = score([A], weights, dict.fromkeys(weights, CODES), {"missing": CODES})
    assert by_name(scores)["role", A.code] == 0.0313


def test_weights_are_read_as_the_decimals_that_they_are_written_as() -> None:
    # As binary numbers, 0.1 + 0.2 over 0.1 + 0.2 + 0.3 is not a half.
    weights = {"one": 0.1, "two": 0.2, "three": 0.3}
    scores = score([A], weights, dict.fromkeys(weights, CODES), {"three": CODES})
    assert by_name(scores)["role", A.code] == 0.5


def test_a_mean_is_of_exact_scores_rather_than_of_rounded_ones() -> None:
    roles = [key(f"DATA.GEN.P{number}") for number in range(1, 4)]
    every = {role.code for role in roles}
    weights = {"one": 1, "two": 1, "three": 1}
    failed = {"one": every, "two": every - {roles[0].code}, "three": every}
    scores = by_name(score(roles, weights, dict.fromkeys(weights, every), failed))
    assert scores["role", roles[0].code] == 0.3333
    assert scores["catalog", ""] == 0.1111


@given(
    st.dictionaries(st.sampled_from("abcde"), st.decimals(0, 9, places=2), max_size=5),
    st.integers(0, 2**32),
)
def test_scores_equal_the_definition_in_plain_fractions(weights: dict[str, Decimal], seed: int) -> None:
    chance = random.Random(seed)
    roles = [key(f"F{n % 2}.GEN.P{n}") for n in range(1, 7)]
    applicable = {shape: {r.code for r in roles if chance.random() < 0.7} for shape in weights}
    failed = {shape: {r.code for r in roles if chance.random() < 0.5} for shape in weights}
    shares: dict[str, Fraction] = {}
    for role in roles:
        applying = [shape for shape in weights if role.code in applicable[shape]]
        total = sum((Fraction(weights[shape]) for shape in applying), Fraction())
        held = sum((Fraction(weights[s]) for s in applying if role.code not in failed[s]), Fraction())
        if total:
            shares[role.code] = held / total
    numbers = {shape: float(weight) for shape, weight in weights.items()}
    scores = by_name(score(roles, numbers, applicable, failed))
    for code, share in shares.items():
        exact = Decimal(share.numerator) / Decimal(share.denominator)
        assert Decimal(str(scores["role", code])) == exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    for family in ("F0", "F1"):
        own = [share for code, share in shares.items() if code.startswith(family)]
        assert (("family", family) in scores) == bool(own)
        if own:
            mean = sum(own, Fraction()) / len(own)
            assert abs(Fraction(scores["family", family]) - mean) <= Fraction(1, 19_999)


def test_scores_do_not_depend_on_the_order_of_roles_or_checks() -> None:
    weights = {"one": 0.7, "two": 1.3, "three": 2}
    failed = {"one": {A.code}, "two": {B.code, C.code}, "three": {C.code}}
    there = score([A, B, C], weights, dict.fromkeys(weights, CODES), failed)
    turned = dict(reversed(weights.items()))
    assert score([C, B, A], turned, dict.fromkeys(turned, tuple(CODES)), failed) == there


def test_a_catalog_gives_the_names_of_what_is_scored() -> None:
    _, catalog = read_catalog(ROOT / "data", Problems())
    roles = role_keys(catalog)
    labels = group_labels(catalog, "Sample")
    scores = score(roles, {"any": 1}, {"any": {role.code for role in roles}}, {}, labels)
    names = {(each.kind, each.code): each.label for each in scores}
    assert names["catalog", ""] == "Sample"
    assert names["family", "SRES"] == "Site reliability engineering"
    assert names["level", "P5"] == "Expert"
    assert names["role", "SRES.GEN.P5"] == "Staff Site Reliability Engineer"
    assert len(scores) == 1 + len({(r.family, "f") for r in roles} | {(r.level, "l") for r in roles}) + len(
        {role.specialisation for role in roles}
    ) + len(roles)
