"""A validation report as a comment on a pull request."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from reports import HOSTILE, finding, hostile_report, whole_report, written
from rolegraph.model.findings import Comparison, Report, ShapeInfo
from rolegraph.report.markdown import MOST_FINDINGS, cell, write_markdown


def rendered(report: Report) -> str:
    """The page as GitHub's dialect makes it, raw HTML included."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(written(write_markdown, report))


def test_report_holds_counts_scores_gaps_and_findings() -> None:
    text = written(write_markdown, whole_report())
    assert "2 roles checked: 1 violation, 1 warning, 1 note on completeness." in text
    assert "| Broken (Violation) | 1 |" in text
    assert "The catalog is **87%** complete" in text
    assert "| Operations (A) | 75% | 1 |" in text
    assert "| Both tags | 2 | For somebody to look at |" in text
    assert (
        "| A.GEN.P1 (7)<br>data/roles/A.GEN.P1.yaml:3 | Do it. | [Form](https://example.org/docs#form) |"
        in text
    )


def test_details_are_parts_that_a_page_opens() -> None:
    page = rendered(whole_report())
    assert page.count("<details") == page.count("</details>") == 4
    assert page.count("<table>") == 5


def test_empty_report_is_counts_alone() -> None:
    text = written(write_markdown, Report(findings=(), roles=0))
    assert text.startswith("## Completeness of the catalog\n\n0 roles checked")
    assert "<details" not in text


def test_new_and_fixed_are_counted_and_only_new_ones_listed() -> None:
    old, new = finding(message="Old."), finding(message="New.")
    comparison = Comparison(new=(new,), fixed=(finding("Info"),), still_open=(old,))
    text = written(write_markdown, Report(findings=(old, new), roles=1, comparison=comparison))
    assert "| Broken (Violation) | 2 | 1 | 0 |" in text
    assert "| To be completed (Info) | 0 | 0 | 1 |" in text
    assert "<summary>Broken: 1 new</summary>" in text
    assert "Old." not in text


def test_no_value_makes_a_link_an_element_or_a_cell() -> None:
    page = rendered(hostile_report())
    table = {"table", "thead", "tbody", "tr", "th", "td"}
    assert set(re.findall(r"<([a-z0-9]+)", page)) <= table | {"h2", "p", "details", "summary", "br", "strong"}
    assert {row.count("<td") for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)} <= {0, 2, 3}
    assert "href" not in page
    assert len(page) < 65_536


@pytest.mark.parametrize("value", HOSTILE[:6] + HOSTILE[8:])
def test_cell_shows_the_value_itself(value: str) -> None:
    page = (
        MarkdownIt("commonmark", {"html": True}).enable("table").render(f"|a|\n|-|\n|{cell(value, 200)}|\n")
    )
    [shown] = re.findall(r"<td>(.*)</td>", page)
    text = re.sub(r"<!-- -->", "", shown)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, char)
    if value is HOSTILE[3]:
        assert text.startswith("␀␁␈␋␌␛[2J")
    else:
        assert text == " ".join(value.split())


def test_nobody_is_called() -> None:
    assert not re.search(r"[@#]\w", cell("@all, see #12", 80))


def test_link_of_a_shape_cannot_leave_its_brackets() -> None:
    shapes = {"rgs:X": ShapeInfo(label="x", see_also="https://a.example/)[y](https://evil.example")}
    assert "evil" not in written(write_markdown, Report(findings=(finding(),), roles=1, shapes=shapes))


def test_comment_of_a_broken_catalog_fits_into_a_comment() -> None:
    found = tuple(finding(message="<&|" * 500, focus=f"role/A#use-{n}") for n in range(1_000))
    text = written(write_markdown, Report(findings=found, roles=1))
    rows = text.count("\n| A.GEN.P1")
    assert 0 < rows <= MOST_FINDINGS["Violation"]
    assert f"and {1_000 - rows:,} more" in text
    assert len(text) < 65_536
