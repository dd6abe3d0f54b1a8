"""The HTML report as text: what it says without a script, what it allows, and what its columns hold."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from html_reports import finding, large_report, report, role_score, scores
from rolegraph.model.findings import Comparison, Report
from rolegraph.report.html import write_html

WIDTHS = {"1": 1, "2": 2, "4": 4}


def page(value: Report) -> str:
    out = io.StringIO()
    write_html(value, out)
    return out.getvalue()


def text(markup: str) -> str:
    """What a reader sees, roughly: no tags, no scripts, single spaces."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", bare)).split())


def body_rows(markup: str) -> list[str]:
    """The text of each finding that is in the page as text."""
    table = markup[markup.index('id="table"') :].partition("</table>")[0].partition("<tbody>")[2]
    return [text(row) for row in re.findall(r"<tr>.*?</tr>", table, flags=re.DOTALL)]


def blocks(markup: str) -> dict[str, str]:
    found = re.findall(r'<script type="application/octet-stream" id="([\w-]+)">([\w+/=]*)</script>', markup)
    return dict(found)


def inflate(block: str) -> bytes:
    return zlib.decompress(base64.b64decode(block))


def numbers(block: str) -> list[int]:
    width = WIDTHS[block[0]]
    content, total, values = inflate(block[1:]), 0, []
    for start in range(0, len(content), width):
        total = (total + int.from_bytes(content[start : start + width], "little")) % (1 << 8 * width)
        values.append(total)
    return values


def decoded(markup: str) -> list[dict[str, Any]]:
    """The findings that the columns hold, read as the script reads them."""
    held = blocks(markup)
    names = [name.removeprefix("texts-") for name in held if name.startswith("texts-")]
    texts = {name: json.loads(inflate(held[f"texts-{name}"])) for name in names}
    rows = {name: numbers(held[f"rows-{name}"]) for name in [*names, "severity", "line"]}
    found = []
    for row in range(len(rows["severity"])):
        told = {name: texts[name][rows[name][row]] for name in names}
        told["value"] = told["value"].replace("\0", told["role"])
        for name in names:
            told[name] = told[name].replace("\1", told["value"]).replace("\0", told["role"])
        found.append(told | {"severity": rows["severity"][row], "line": rows["line"][row]})
    return found


def test_same_report_gives_the_same_bytes() -> None:
    assert page(large_report()) == page(large_report())


def test_head_says_score_counts_and_roles() -> None:
    found = [finding("Violation", "TitleShape"), finding("Info", "StoryShape")]
    seen = text(page(report(found, scores([role_score("OPS.GEN.P3", 0.999)]), roles=4)))
    assert "Example & Sons" in seen
    assert "Completeness 99% mean of 4 roles" in seen
    assert "Broken 1 " in seen
    assert "For somebody to look at 0 " in seen
    assert "To be completed 1 " in seen


def test_report_without_scores_has_neither_heat_map_nor_families() -> None:
    markup = page(report([finding("Warning", "AliasShape")]))
    assert 'class="heat"' not in markup
    assert "Roles 4 checked, without a score" in text(markup)


def test_report_without_findings_says_so() -> None:
    assert "Nothing was found: the catalog keeps every rule." in text(page(report([])))


def test_levels_stand_by_track_and_number() -> None:
    markup = page(large_report())
    head = markup[markup.index('class="heat"') :].partition("</thead>")[0]
    assert re.findall(r'<th scope="col">(\w+)</th>', head) == ["S2", "P3", "P4", "P10", "M1", "E1"]


def test_cell_says_mean_and_number_of_roles() -> None:
    roles = [role_score("OPS.GEN.P3", 0.5), role_score("OPS.NET.P3", 0.75), role_score("LAB.GEN.P4", 1.0)]
    markup = page(report([], scores(roles)))
    assert 'aria-label="OPS family, P3: 62% complete, 2 roles">62<small>2</small>' in markup
    assert 'aria-label="LAB family, P4: 100% complete, 1 role">100<small>1</small>' in markup
    assert text(markup).count("no role") == 3  # two cells, and the legend


def test_gap_counts_a_role_once() -> None:
    found = [
        finding("Warning", "AliasShape", "OPS.GEN.P3", value="one"),
        finding("Warning", "AliasShape", "OPS.GEN.P3", value="two"),
        finding("Warning", "AliasShape", "OPS.GEN.P4", value="one"),
    ]
    assert "An alias leads to one role 3 To look at in 50% of roles" in text(page(report(found, roles=4)))


def test_gap_outside_the_roles_says_so() -> None:
    seen = text(page(report([finding("Info", "LevelShape", role="")])))
    assert "A level has a rank 1 To complete not about a role" in seen


def test_most_severe_findings_are_in_the_page_as_text() -> None:
    rows = body_rows(page(large_report()))
    assert len(rows) == 200
    assert [row.split()[0] for row in rows[:37]] == ["Broken"] * 36 + ["To"]


def test_violations_are_in_the_page_as_text_up_to_500() -> None:
    found = [finding("Violation", "TitleShape", value=f"{number:03}") for number in range(600)]
    assert len(body_rows(page(report(found[:300])))) == 300
    assert len(body_rows(page(report(found)))) == 500


def test_page_says_what_the_reference_engine_checked() -> None:
    seen = text(page(report([], by_reference=("rgs:StoryShape",))))
    assert "The reference engine checked 1 of them" in seen
    assert "A role has a story" in seen


def test_page_says_what_changed_since_an_earlier_report() -> None:
    old, new = finding("Info", "StoryShape", "OPS.GEN.P3"), finding("Info", "StoryShape", "OPS.GEN.P4")
    changed = report([old, new], comparison=Comparison(new=(new,), still_open=(old,)))
    assert "Compared with an earlier report: 1 new , 0 fixed, 1 still open ." in text(page(changed))
    assert numbers(blocks(page(changed))["rows-since"]) == [0, 1]


def test_markup_in_a_report_is_text() -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    score = msgspec.structs.replace(role_score("OPS.GEN.P3", 0.5), label=evil, family=evil, level=evil)
    family = msgspec.structs.replace(score, kind="family", code=evil)
    shape = msgspec.structs.replace(report([]).shapes["rgs:TitleShape"], label=evil)
    found = finding("Violation", "TitleShape", message=evil, value=evil, focus=evil, path=evil, file=evil)
    markup = page(report([found], [family, score], catalog=evil, shapes={"rgs:TitleShape": shape}))
    assert "<img" not in markup
    assert evil in html.unescape(markup)


def test_only_pages_of_the_web_become_links() -> None:
    markup = page(large_report())
    bare = re.sub(r"<script.*?</script>", "", markup, flags=re.DOTALL)
    outside = set(re.findall(r'(?:href|src)="([^"#][^"]*)"', bare))
    assert outside == {"https://example.org/rules#title"}
    assert "javascript:" not in bare + inflate(blocks(markup)["facts"]).decode()


def test_policy_allows_what_the_page_holds_and_nothing_else() -> None:
    markup = page(large_report())
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', markup)[1])  # type: ignore[index]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    hashes = {
        tag: [
            f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
            for content in re.findall(rf"<{tag}>(.*?)</{tag}>", markup, flags=re.DOTALL)
        ]
        for tag in ("script", "style")
    }
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"].split() == hashes["script"]
    assert allowed["style-src"].split() == hashes["style"]
    assert 'style="' not in markup
    assert not re.search(r"\son\w+=", re.sub(r"<script.*?</script>", "", markup, flags=re.DOTALL))


def test_columns_hold_every_finding() -> None:
    value = large_report()
    found = decoded(page(value))
    names = ("role", "shape", "path", "component", "file", "message", "value", "focus", "line")
    assert [{name: told[name] for name in names} for told in found] == [
        {name: getattr(expected, name) for name in names} for expected in value.findings
    ]


def test_columns_name_a_file_as_it_is_called_from_outside() -> None:
    value = report([finding("Info", "StoryShape", file="roles/OPS.GEN.P3.yaml")], folder="data")
    assert decoded(page(value))[0]["file"] == "data/roles/OPS.GEN.P3.yaml"


def test_text_that_many_findings_share_is_held_once() -> None:
    messages = json.loads(inflate(blocks(page(large_report()))["texts-message"]))
    assert sorted(messages) == [
        "Correct it.",
        "The alias “\1” leads to \0 and to another role. Drop one.",
    ]


@given(st.lists(st.tuples(*[st.text("aAB.\0\1$é", max_size=8)] * 3), min_size=1, max_size=4))
def test_any_text_is_held_as_it_is_but_for_the_marks(told: list[tuple[str, str, str]]) -> None:
    found = [
        finding("Info", "StoryShape", role.translate({0: None, 1: None}), value=value, message=message)
        for role, value, message in told
    ]
    value = report(found)
    marks = str.maketrans("\0\1", "\ufffd\ufffd")
    expected = [
        (row.role, row.value.translate(marks), row.message.translate(marks)) for row in value.findings
    ]
    assert [(row["role"], row["value"], row["message"]) for row in decoded(page(value))] == expected


@pytest.mark.parametrize(("largest", "width"), [(255, "1"), (256, "2"), (65_536, "4")])
def test_column_is_as_wide_as_its_largest_number(largest: int, width: str) -> None:
    found = [finding("Info", "StoryShape", line=line) for line in (largest, 3, 200)]
    block = blocks(page(report(found)))["rows-line"]
    assert block[0] == width
    assert sorted(numbers(block)) == [3, 200, largest]


def test_heat_map_of_very_many_families_shows_the_least_complete() -> None:
    roles = [role_score(f"F{number:03}.GEN.P3", number / 1000) for number in range(500)]
    markup = page(report([], scores(roles), roles=500))
    assert "These are the 400 least complete of 500 families." in text(markup)
    assert "F399 family, P3" in markup
    assert "F400 family, P3" not in markup
