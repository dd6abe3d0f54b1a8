"""The report in a snapshot: the same bytes for the same report, sorted, and whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import zstandard

from rolegraph.errors import StoreError
from rolegraph.model.findings import Finding, Report, Score, ShapeInfo
from rolegraph.snapshot.report_file import read_report, read_role_scores, write_report


def finding(focus: str, shape: str = "rgs:A", value: str = "") -> Finding:
    return Finding(
        severity="Warning",
        shape=shape,
        focus=focus,
        value=value,
        message=f"Look at {focus}.\n“é”",
        role="A.B.P1",
    )


ROLES = tuple(
    Score(kind="role", code=code, label=code, value=0.5, family="A", level="P1")
    for code in ("A.B.P2", "A.B.P1")
)
WHOLE = Score(kind="catalog", code="", label="All", value=0.25, roles=2)
REPORT = Report(
    findings=(finding("role/b"), finding("role/a", "rgs:B"), finding("role/a"), finding("role/b")),
    roles=2,
    shapes={"rgs:B": ShapeInfo(label="b", weight=2.0), "rgs:A": ShapeInfo(label="a")},
    scores=(WHOLE, *ROLES),
    catalog="Small",
)


def test_report_comes_back_in_the_order_of_its_keys(tmp_path: Path) -> None:
    write_report(REPORT, tmp_path / "report")
    header, findings = read_report(tmp_path / "report")
    assert list(findings) == sorted(REPORT.findings, key=lambda found: found.key)
    assert header == Report(
        findings=(), roles=2, shapes=REPORT.shapes, scores=(WHOLE,), catalog=REPORT.catalog
    )
    assert [score.code for score in read_role_scores(tmp_path / "report")] == ["A.B.P1", "A.B.P2"]


def test_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    other = Report(
        findings=REPORT.findings[::-1],
        roles=2,
        shapes=dict(reversed(REPORT.shapes.items())),
        scores=(WHOLE, *ROLES[::-1]),
        catalog="Small",
    )
    write_report(REPORT, tmp_path / "one")
    write_report(other, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_empty_report_comes_back(tmp_path: Path) -> None:
    write_report(Report(findings=(), roles=0), tmp_path / "report")
    header, findings = read_report(tmp_path / "report")
    assert (header, list(findings)) == (Report(findings=(), roles=0), [])
    assert list(read_role_scores(tmp_path / "report")) == []


def test_cut_report_is_refused_and_not_read_as_a_short_one(tmp_path: Path) -> None:
    path = tmp_path / "report"
    write_report(REPORT, path)
    lines = zstandard.decompress(path.read_bytes(), max_output_size=1 << 20).splitlines(keepends=True)
    path.write_bytes(zstandard.compress(b"".join(lines[:-1])))
    with pytest.raises(StoreError, match="3 of 4 findings"):
        list(read_report(path)[1])


@pytest.mark.parametrize(
    "content", [b"", b"no zstandard", zstandard.compress(b"{}\n"), zstandard.compress(b"\xff")]
)
def test_damaged_report_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report").write_bytes(content)
    with pytest.raises(StoreError, match="the report is damaged"):
        read_report(tmp_path / "report")
