"""A validation report as SARIF 2.1.0, by these rules of the standard (OASIS, clauses in brackets).

- The log has `version` "2.1.0", `$schema` and one run (3.13); a run has a tool whose driver has a name and
  a semantic version (3.19.8, 3.19.12).
- Rules have different ids, a name, descriptions and a default level; `helpUri` is an absolute URI (3.49).
- A result has a message with text (3.27.11), a level of its rule's kind (3.27.10), a `ruleId` that is the id
  of the rule at its `ruleIndex` (3.27.5, 3.27.6), a `baselineState` in all results or in none (3.27.24).
- `artifactLocation.uri` is a relative URI reference without `..`, its `uriBaseId` is declared by the run
  (3.4.3, 3.4.4), and lines are counted from 1 (3.30.5).

The schema of the standard comes in an npm package; a test reads it from there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import jsonschema
import pytest

from reports import HOSTILE, finding, hostile_report, whole_report, written
from rolegraph.model.findings import Comparison, Report
from rolegraph.report.sarif import fingerprint, write_sarif

SCHEMA_PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
COMPARED = Comparison(new=whole_report().findings[:1], still_open=whole_report().findings[1:])
REPORTS = {
    "whole": whole_report(),
    "hostile": hostile_report(),
    "empty": Report(findings=(), roles=0),
    "compared": whole_report(comparison=COMPARED),
    "outside": whole_report(folder="../elsewhere"),
    "any graph": whole_report(base_iri="", folder="", scores=(), shapes={}),
}


def run(report: Report) -> dict[str, Any]:
    """The only run of the log, which keeps to the rules above."""
    log = json.loads(written(write_sarif, report))
    assert log["version"] == "2.1.0"
    assert log["$schema"].startswith("https://docs.oasis-open.org/sarif/")
    [only] = log["runs"]
    driver = only["tool"]["driver"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["name"]
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert rule.get("helpUri", "https://x").startswith("https://")
    for result in only["results"]:
        check_result(result, rules, only["originalUriBaseIds"])
    assert len({"baselineState" in result for result in only["results"]}) <= 1
    return dict(only)


def check_result(result: dict[str, Any], rules: list[dict[str, Any]], bases: dict[str, Any]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in {"error", "warning", "note"}
    assert result["message"]["text"]
    [location] = result["locations"]
    physical = location.get("physicalLocation")
    if physical is not None:
        uri = physical["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?!/)([\w./!$&'()*+,;=@~-]|%[0-9A-F]{2})+", uri, re.ASCII)
        assert ".." not in uri.split("/")
        assert physical["artifactLocation"]["uriBaseId"] in bases
        assert physical["region"]["startLine"] >= 1


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_keeps_to_the_rules(name: str) -> None:
    assert len(run(REPORTS[name])["results"]) == len(REPORTS[name].findings)


def test_rules_are_all_shapes_that_were_checked() -> None:
    rules = run(whole_report())["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"], rule["shortDescription"]["text"]) for rule in rules] == [
        ("rgs:Form", "Form", "Form"),
        ("rgs:Kept", "Kept", "What is kept"),
        ("rgs:Tag-both", "Tag-both", "Both tags"),
    ]
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["error", "error", "warning"]
    assert [rule.get("helpUri") for rule in rules] == ["https://example.org/docs#form", None, None]


def test_result_leads_to_file_line_and_role() -> None:
    first, second, third = run(whole_report())["results"]
    assert [first["level"], second["level"], third["level"]] == ["error", "warning", "note"]
    physical = first["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "data/roles/A.GEN.P1.yaml", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 3}
    assert first["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "role/A.GEN.P1", "kind": "role", "name": "A.GEN.P1"}
    ]


def test_what_no_file_says_is_put_to_the_configuration_of_the_catalog() -> None:
    third = run(whole_report())["results"][2]["locations"][0]
    assert third["physicalLocation"]["artifactLocation"]["uri"] == "data/rolegraph.toml"
    other = run(REPORTS["any graph"])["results"][2]["locations"][0]
    assert "physicalLocation" not in other


def test_names_of_files_become_uris() -> None:
    found = finding(file="roles/a b#ä.yaml", line=1)
    [result] = run(Report(findings=(found,), roles=1))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "roles/a%20b%23%C3%A4.yaml"


def test_fingerprint_forgets_words_and_place_and_nothing_else() -> None:
    one = fingerprint(finding())
    assert one == fingerprint(finding(message="Other words.", file="x", line=9))
    others = [{"value": "v"}, {"path": "p"}, {"focus": "f"}, {"shape": "s"}, {"component": "c"}]
    assert len({one, *(fingerprint(finding(**fields)) for fields in others)}) == 6
    assert re.fullmatch(r"[0-9a-f]{64}", one)


def test_baseline_tells_new_from_unchanged() -> None:
    states = [result["baselineState"] for result in run(REPORTS["compared"])["results"]]
    assert states == ["new", "unchanged", "unchanged"]
    assert all("baselineState" not in result for result in run(whole_report())["results"])


def test_values_stand_as_they_are() -> None:
    assert [result["properties"]["value"] for result in run(hostile_report())["results"]] == list(HOSTILE)


def unavailable(reason: str) -> NoReturn:
    if os.environ.get("ROLEGRAPH_REQUIRE_SERVERS"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The JSON Schema of SARIF 2.1.0; ROLEGRAPH_SARIF_SCHEMA names a folder that keeps its package."""
    npm = shutil.which("npm")
    if npm is None:
        unavailable("npm is not installed")
    kept = os.environ.get("ROLEGRAPH_SARIF_SCHEMA")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("sarif")
    package = folder / "node_modules" / SCHEMA_PACKAGE.rpartition("@")[0]
    if not package.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--loglevel=error")
        install = [npm, "install", *quiet, SCHEMA_PACKAGE]
        try:
            done = subprocess.run(
                install, cwd=folder, capture_output=True, text=True, timeout=180, check=False
            )
        except subprocess.TimeoutExpired:
            unavailable(f"npm did not install {SCHEMA_PACKAGE} in time")
        if done.returncode != 0:
            unavailable(f"npm cannot install {SCHEMA_PACKAGE}: {done.stderr.strip()}")
    [file] = package.glob("lib/schemas/sarif-2.1.0*.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_valid_by_the_schema(name: str, schema: dict[str, Any]) -> None:
    log = json.loads(written(write_sarif, REPORTS[name]))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message[:200] for error in validator.iter_errors(log)] == []


def test_schema_refuses_what_is_no_log(schema: dict[str, Any]) -> None:
    log = json.loads(written(write_sarif, whole_report()))
    log["runs"][0]["results"][0]["level"] = "severe"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, schema)
