"""The choice between the formats of a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports import hostile_report, whole_report, written
from rolegraph.errors import NotAcceptable
from rolegraph.model.findings import Report
from rolegraph.report.writers import WRITERS, choose_writer

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_chosen_by_name_media_type_and_file_name(name: str) -> None:
    writer = WRITERS[name]
    assert choose_writer(name) is writer
    assert choose_writer(writer.media_type) is writer
    for ending in writer.endings:
        assert choose_writer(output=Path(f"reports/my.{ending.removeprefix('.')}")) is writer


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("a.sarif.json", "sarif"),
        ("badge.json", "badge"),
        ("a.json", "json"),
        ("JUNIT.XML", "junit"),
        ("-", "text"),
        ("", "text"),
    ],
)
def test_longest_ending_decides(output: str, name: str) -> None:
    assert choose_writer(output=output) is WRITERS[name]


def test_wish_goes_before_the_file_name() -> None:
    assert choose_writer("csv", "report.json") is WRITERS["csv"]


@pytest.mark.parametrize(("wished", "output"), [("pdf", ""), ("", "report.pdf"), ("", "report")])
def test_unknown_format_names_the_known_ones(wished: str, output: str) -> None:
    with pytest.raises(NotAcceptable, match=", ".join(WRITERS)):
        choose_writer(wished, output)


@pytest.mark.parametrize("report", [whole_report(), hostile_report(), Report(findings=(), roles=0)])
@pytest.mark.parametrize("name", WRITERS)
def test_same_report_gives_the_same_text_in_utf_8(name: str, report: Report) -> None:
    text = written(WRITERS[name].write, report)
    assert text == written(WRITERS[name].write, report)
    text.encode("utf-8")


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in page
    assert f"`{WRITERS[name].media_type}`" in page
