"""A validation report as JSON, CSV and a badge."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from reports import HOSTILE, finding, hostile_report, whole_report, written
from rolegraph.errors import SourceError
from rolegraph.model.findings import Comparison, Report, Score
from rolegraph.report.badge import write_badge
from rolegraph.report.csv_report import HEADER, write_csv
from rolegraph.report.json_report import read_json, write_json


@pytest.mark.parametrize("report", [whole_report(), hostile_report(), Report(findings=(), roles=0)])
def test_json_is_read_back_as_the_same_report(report: Report) -> None:
    assert read_json(written(write_json, report).encode()) == report


def test_json_has_counts_and_a_line_for_each_finding() -> None:
    text = written(write_json, whole_report())
    assert json.loads(text)["counts"] == {"Violation": 1, "Warning": 1, "Info": 1}
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    assert [json.loads(line) for line in lines if line.startswith('{"severity"')] == json.loads(text)[
        "findings"
    ]


def test_json_tells_what_is_new_and_fixed_and_is_read_without() -> None:
    one, other = finding(), finding(value="other")
    report = Report(findings=(one,), roles=1, comparison=Comparison(new=(one,), fixed=(other,)))
    text = written(write_json, report)
    compared = json.loads(text)["comparison"]
    assert [item["value"] for item in compared["new"] + compared["fixed"]] == ["", "other"]
    assert compared["still_open"] == 0
    assert read_json(text.encode()) == Report(findings=(one,), roles=1)


def test_json_of_an_earlier_version_is_read_with_defaults() -> None:
    old = b'{"roles": 1, "findings": [{"severity": "Info", "shape": "s", "focus": "f", "message": "m"}]}'
    assert read_json(old).findings[0].line == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"roles": "two"}',
        b'{"roles": 1}',
        b"[" * 100_000,
        b'{"findings": [1]}',
    ],
)
def test_what_is_no_report_is_one_line_with_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_json(path)
    [problem] = caught.value.problems
    assert problem.file == str(path)
    assert "\n" not in str(problem)
    assert "rolegraph validate --format json" in problem.message


def test_missing_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.json"):
        read_json(tmp_path / "none.json")


def test_csv_holds_every_value_unchanged() -> None:
    text = written(write_csv, hostile_report())
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == HEADER
    assert [row[HEADER.index("value")] for row in rows] == list(HOSTILE)


def test_csv_row_has_label_place_and_link() -> None:
    rows = list(csv.DictReader(io.StringIO(written(write_csv, whole_report()), newline="")))
    assert [(row["label"], row["file"], row["line"], row["see_also"]) for row in rows] == [
        ("Form", "roles/A.GEN.P1.yaml", "3", "https://example.org/docs#form"),
        ("Both tags", "", "", ""),
        ("Both tags", "", "", ""),
    ]


def test_csv_of_nothing_is_its_header() -> None:
    assert written(write_csv, Report(findings=(), roles=0)) == ",".join(HEADER) + "\r\n"


@pytest.mark.parametrize(
    ("value", "message", "colour"),
    [
        (1.0, "100%", "brightgreen"),
        (0.9999, "99%", "green"),
        (0.9, "90%", "green"),
        (0.875, "87%", "yellowgreen"),
        (0.74, "74%", "yellow"),
        (0.0, "0%", "orange"),
        (None, "no score", "lightgrey"),
    ],
)
def test_badge_says_the_score_in_its_colour(value: float | None, message: str, colour: str) -> None:
    scores = () if value is None else (Score(kind="catalog", code="", label="", value=value),)
    badge = json.loads(written(write_badge, Report(findings=(), roles=1, scores=scores)))
    assert badge == {"schemaVersion": 1, "label": "completeness", "message": message, "color": colour}


def test_badge_is_red_where_anything_is_broken() -> None:
    badge = json.loads(written(write_badge, whole_report()))
    assert (badge["message"], badge["color"]) == ("87%, 1 broken", "red")
