"""What somebody wants to see of a report, and what is new in it."""

from __future__ import annotations

import pytest

from reports import finding, whole_report
from rolegraph.errors import SelectionError
from rolegraph.model.findings import Comparison, Finding, Report, Severity
from rolegraph.report.baseline import compare, with_baseline
from rolegraph.report.selection import at_or_above, failing, select


def report(*findings: Finding) -> Report:
    return Report(findings=findings, roles=1)


@pytest.mark.parametrize(
    "name", ["rgs:Tag-both", "Tag-both", "https://w3id.org/rolegraph/shapes#Tag-both", "rgs:Tag", "Tag"]
)
def test_shape_is_chosen_by_any_of_its_names_and_by_its_node_shape(name: str) -> None:
    chosen = select(whole_report(), shapes=[name]).of(whole_report())
    assert {item.shape for item in chosen.findings} == {"rgs:Tag-both"}
    assert list(chosen.shapes) == ["rgs:Tag-both"]


def test_shape_that_is_an_iri_is_chosen_by_its_last_part() -> None:
    found = report(finding(shape="https://example.org/shapes#Mine-own"))
    for name in ("https://example.org/shapes#Mine-own", "Mine-own"):
        assert select(found, shapes=[name]).of(found) == found


def test_role_is_chosen_with_its_score_alone() -> None:
    chosen = select(whole_report(), roles=["A.GEN.P1"]).of(whole_report())
    assert {item.role for item in chosen.findings} == {"A.GEN.P1"}
    assert [score.code for score in chosen.scores] == ["A.GEN.P1"]
    assert chosen.roles == 1


def test_role_that_nothing_was_found_of_may_be_asked_for() -> None:
    found = report(finding())
    assert select(found, roles=["B.GEN.P1"], known_roles=["B.GEN.P1"]).of(found).findings == ()


def test_no_name_selects_everything() -> None:
    assert select(whole_report()).of(whole_report()) == whole_report()


def test_every_unknown_name_is_told_with_the_nearest_ones() -> None:
    with pytest.raises(SelectionError) as caught:
        select(whole_report(), shapes=["rgs:Fom", "qqq", "Form"], roles=["A.GEN.P2"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "'rgs:Fom'; did you mean rgs:Form" in lines[0]
    assert lines[1] == "there is no shape 'qqq'; no shape has a name like it"
    assert lines[2] == "there is no role 'A.GEN.P2'; did you mean A.GEN.P1?"


@pytest.mark.parametrize(("severity", "count"), [("Violation", 1), ("Warning", 2), ("Info", 3)])
def test_at_or_above_a_severity_are_the_more_severe_ones_too(severity: Severity, count: int) -> None:
    assert at_or_above(whole_report(), severity) == whole_report().findings[:count]
    assert failing(whole_report(fail_on=severity)) == whole_report().findings[:count]


def test_words_and_place_do_not_make_a_finding_new() -> None:
    before, now = finding(message="Do it.", line=3), finding(message="Please do it.", line=9)
    assert compare(report(now), report(before)) == Comparison(still_open=(now,))


def test_new_fixed_and_still_open_are_told_apart() -> None:
    one, two, three = (finding(value=value) for value in "123")
    assert compare(report(two, three), report(one, two)) == Comparison(
        new=(three,), fixed=(one,), still_open=(two,)
    )


def test_second_finding_like_a_known_one_is_new() -> None:
    first, second = finding(message="a"), finding(message="b")
    assert compare(report(first, second), report(first)) == Comparison(new=(second,), still_open=(first,))
    assert compare(report(first), report(first, second)) == Comparison(fixed=(second,), still_open=(first,))


def test_only_new_findings_fail_beside_a_baseline() -> None:
    old, new = finding(value="old"), finding(value="new")
    note = finding("Info", value="note")
    compared = with_baseline(report(new, old, note), report(old))
    assert failing(compared) == (new,)
