"""A validation report as lines for a terminal."""

from __future__ import annotations

import pytest

from reports import HOSTILE, finding, hostile_report, whole_report, written
from rolegraph.model.findings import Comparison, Report, Score
from rolegraph.report.text import MOST_FAMILIES, MOST_MESSAGES, MOST_PLACES, write_text


def test_report_says_rules_places_scores_and_counts() -> None:
    assert written(write_text, whole_report()).splitlines() == [
        "Broken (Violation, 1)",
        "",
        "Form (rgs:Form)",
        "  data/roles/A.GEN.P1.yaml:3 (7): Do it.",
        "",
        "For somebody to look at (Warning, 1)",
        "",
        "Both tags (rgs:Tag-both)",
        "  A.GEN.P1 #use-skill-x: Do it.",
        "",
        "To be completed (Info, 1)",
        "",
        "Both tags (rgs:Tag-both)",
        "  family/A ^rg:a/(rg:b|rg:c)*: Do it.",
        "",
        "87% complete, on average of the roles",
        "  A Operations                       ███████████████░░░░░  75% 1 role",
        "",
        "2 roles checked: 1 violation, 1 warning, 1 note on completeness.",
    ]


def test_empty_report_is_one_sentence() -> None:
    text = written(write_text, Report(findings=(), roles=0))
    assert text == "0 roles checked: 0 violations, 0 warnings, 0 notes on completeness.\n"


def test_places_that_share_a_file_are_told_apart() -> None:
    found = tuple(finding(focus=f"role/{code}", role=code, file="roles.ndjson", line=7) for code in "AB")
    text = written(write_text, Report(findings=found, roles=2))
    assert "    A [roles.ndjson:7]\n    B [roles.ndjson:7]\n" in text


def test_long_list_of_places_is_cut_and_counted() -> None:
    found = tuple(finding(focus=f"role/A.GEN.P1#use-{number}") for number in range(1_234 + MOST_PLACES))
    text = written(write_text, Report(findings=found, roles=1))
    assert text.count("#use-") == MOST_PLACES
    assert "and 1,234 more (see --format csv)" in " ".join(text.split())


def test_long_list_of_messages_is_cut_and_counted() -> None:
    found = tuple(finding(message=f"Do this {number}.") for number in range(1_234 + MOST_MESSAGES))
    text = written(write_text, Report(findings=found, roles=1))
    assert text.count("Do this") == MOST_MESSAGES
    assert "and 1,234 more of this rule" in text


def test_least_complete_families_come_first_and_the_rest_is_counted() -> None:
    scores = (
        Score(kind="catalog", code="", label="", value=0.5),
        *(Score(kind="family", code=f"F{n:02d}", label="", value=n / 20) for n in range(15)),
    )
    lines = written(write_text, Report(findings=(), roles=15, scores=scores)).splitlines()
    codes = [line.split()[0] for line in lines if "█" in line or "░" in line]
    assert codes == [f"F{n:02d}" for n in range(MOST_FAMILIES)]
    assert "  5 families are more complete (see --format md or html)" in lines


def test_only_what_is_new_is_listed_beside_a_baseline() -> None:
    old, new = finding(message="Old."), finding(message="New.")
    comparison = Comparison(new=(new,), fixed=(), still_open=(old,))
    text = written(write_text, Report(findings=(old, new), roles=1, comparison=comparison))
    assert "Broken (Violation, 1 new)" in text
    assert "New." in text
    assert "Old." not in text
    assert "1 new, 0 fixed, 1 still open" in text


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_in_a_value_drives_the_terminal(value: str) -> None:
    found = (finding(value=value, message=value, focus=value, shape=value),)
    text = written(write_text, Report(findings=found, roles=1, catalog=value))
    assert not {char for char in text if char != "\n" and (ord(char) < 32 or 0x7F <= ord(char) < 0xA0)}
    assert "\u202e" not in text


def test_hostile_report_keeps_to_its_width() -> None:
    lines = written(write_text, hostile_report()).splitlines()
    assert max(len(line) for line in lines if " " in line.strip() and "xxx" not in line) <= 80
    assert sum(map(len, lines)) < 20_000
