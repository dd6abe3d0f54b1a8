"""A validation report as JUnit XML, by the conventions of pytest's own reports (xunit1, junit-10.xsd).

- The root is `testsuites`; it holds `testsuite` elements only, and these hold `testcase` elements only.
- A suite has `name`, `tests`, `failures`, `errors`, `skipped` and `time`, and its numbers are those of its
  test cases; the root's are the sums of its suites.
- A test case has `classname`, `name`, `time`, and `file` and `line` where they are known; it holds at most
  one `failure` or `skipped`, with a `message`. None inside means that it passed.
- No two test cases have the same `classname` and `name`, since viewers compare runs by them.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from reports import HOSTILE, finding, hostile_report, whole_report, written
from rolegraph.model.findings import Comparison, Report, Severity
from rolegraph.report.junit import write_junit
from rolegraph.report.selection import failing

NUMBERS = ("tests", "failures", "errors", "skipped")


def suites(report: Report) -> ET.Element:
    """The root of the XML, which keeps to the conventions above."""
    root = ET.fromstring(written(write_junit, report).encode())
    assert root.tag == "testsuites"
    assert {suite.tag for suite in root} <= {"testsuite"}
    for suite in root:
        assert set(suite.attrib) == {"name", "time", *NUMBERS}
        assert {case.tag for case in suite} == {"testcase"}
        inside = [case.find("*") for case in suite]
        told = [
            len(suite),
            *(sum(i is not None and i.tag == tag for i in inside) for tag in ("failure", "error", "skipped")),
        ]
        assert [int(suite.attrib[name]) for name in NUMBERS] == told
    for name in NUMBERS:
        assert int(root.attrib[name]) == sum(int(suite.attrib[name]) for suite in root)
    cases = list(root.iter("testcase"))
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == len(cases)
    for case in cases:
        assert set(case.attrib) - {"file", "line"} == {"classname", "name", "time"}
        assert len(case) <= 1
        assert all(inside.get("message") for inside in case)
    return root


@pytest.mark.parametrize(("fail_on", "skipped"), [("Violation", 2), ("Warning", 1), ("Info", 0)])
def test_failures_are_what_fails_the_run(fail_on: Severity, skipped: int) -> None:
    report = whole_report(fail_on=fail_on)
    root = suites(report)
    assert int(root.attrib["failures"]) == len(failing(report)) == 3 - skipped
    assert int(root.attrib["skipped"]) == skipped


def test_shape_without_a_finding_is_a_test_that_passes() -> None:
    [suite] = [suite for suite in suites(whole_report()) if suite.attrib["name"] == "rgs:Kept"]
    [case] = suite
    assert (case.attrib["name"], len(case)) == ("What is kept", 0)


def test_failure_says_all_about_its_finding() -> None:
    case = suites(whole_report())[0][0]
    assert (case.attrib["classname"], case.attrib["name"]) == ("rgs:Form", "role/A.GEN.P1 rg:level 7")
    assert (case.attrib["file"], case.attrib["line"]) == ("data/roles/A.GEN.P1.yaml", "3")
    failure = case[0]
    assert (failure.attrib["type"], failure.attrib["message"]) == ("Violation", "Do it.")
    assert failure.text is not None
    assert "rule: Form (rgs:Form)" in failure.text.splitlines()
    assert "source: data/roles/A.GEN.P1.yaml:3" in failure.text.splitlines()


def test_known_findings_are_skipped_beside_a_baseline() -> None:
    old, new = finding(value="old"), finding(value="new")
    comparison = Comparison(new=(new,), still_open=(old,))
    [suite] = suites(Report(findings=(new, old), roles=1, comparison=comparison))
    assert [case[0].tag for case in suite] == ["failure", "skipped"]


def test_report_without_findings_and_shapes_is_an_empty_root() -> None:
    root = suites(Report(findings=(), roles=0))
    assert (len(root), root.attrib["tests"]) == (0, "0")


def test_findings_with_the_same_name_are_numbered() -> None:
    found = tuple(finding(component=f"sh:{n}ConstraintComponent") for n in "abc")
    [suite] = suites(Report(findings=found, roles=1))
    assert [case.attrib["name"] for case in suite] == [
        "role/A.GEN.P1 rg:level",
        "role/A.GEN.P1 rg:level (2)",
        "role/A.GEN.P1 rg:level (3)",
    ]


def test_hostile_report_is_well_formed() -> None:
    assert len(suites(hostile_report())[0]) == len(HOSTILE)


@pytest.mark.parametrize(
    "value", [value for value in HOSTILE if "\x00" not in value and "\u202e" not in value]
)
def test_text_of_a_failure_is_the_message_itself(value: str) -> None:
    text = suites(Report(findings=(finding(message=value),), roles=1))[0][0][0].text
    assert text is not None
    assert text.startswith(f"{value}\n")


def test_characters_that_xml_lacks_are_shown_by_signs() -> None:
    text = suites(Report(findings=(finding(message="\x00\x1b\ufffe"),), roles=1))[0][0][0].text
    assert text is not None
    assert text.startswith("␀␛\ufffd\n")
