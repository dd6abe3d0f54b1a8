"""A validation report in, SARIF 2.1.0 for code scanning out.

Clauses are those of the OASIS standard, Static Analysis Results Interchange Format 2.1.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final, TextIO
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from rolegraph.config import FILE_NAME
from rolegraph.model.findings import Finding, Report, Severity
from rolegraph.report._phrases import catalog_score, source_path
from rolegraph.terms import FIXED

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[dict[Severity, str]] = {"Violation": "error", "Warning": "warning", "Info": "note"}
ROOT: Final = "%SRCROOT%"
"""What paths are relative to; whoever reads the file knows where that is (3.14.14)."""


def write_sarif(report: Report, out: TextIO) -> None:
    """Write a report as one run, a result a line; the rules are the shapes."""
    if report.folder.startswith(("..", "/")):
        report = replace(report, folder="")  # no path from the root leads there: let it start at the catalog
    encoder = msgspec.json.Encoder()
    rules = _rules(report)
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    head = {"$schema": SCHEMA, "version": "2.1.0"}
    out.write(encoder.encode(head).decode().removesuffix("}"))
    run = encoder.encode(_run(report, rules)).decode().removesuffix("}")
    out.write(f',\n"runs":[{run},\n"results":[')
    before = "\n"
    for result in _results(report, numbers):
        out.write(before + encoder.encode(result).decode())
        before = ",\n"
    out.write("\n]}]}\n")


def _run(report: Report, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """All of a run but its results."""
    driver = {
        "name": "rolegraph",
        "semanticVersion": version("rolegraph"),
        "informationUri": FIXED,
        "rules": rules,
    }
    score = catalog_score(report)
    facts: dict[str, Any] = {"catalog": report.catalog, "roles": report.roles}
    if score is not None:
        facts["completeness"] = score.value
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that rolegraph was run in."}}},
        "properties": facts,
    }


def _rules(report: Report) -> list[dict[str, Any]]:
    severities: dict[str, Severity] = {shape: info.severity for shape, info in report.shapes.items()}
    for finding in report.findings:
        severities.setdefault(finding.shape, finding.severity)
    return [_rule(report, shape, severities[shape]) for shape in sorted(severities)]


def _rule(report: Report, shape: str, severity: Severity) -> dict[str, Any]:
    label = report.label(shape)
    rule: dict[str, Any] = {
        "id": shape,
        "name": re.split(r"[:#/]", shape)[-1] or shape,
        "shortDescription": {"text": label},
        "fullDescription": {"text": f"{label}: what the shape {shape} says of the catalog."},
        "defaultConfiguration": {"level": LEVELS[severity]},
    }
    info = report.shapes.get(shape)
    if info is not None and re.fullmatch(r"https?://[!-;=?-\[\]_a-z~]+", info.see_also):
        rule["helpUri"] = info.see_also
    return rule


def _results(report: Report, numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    state = _states(report)
    for finding in report.findings:
        result: dict[str, Any] = {
            "ruleId": finding.shape,
            "ruleIndex": numbers[finding.shape],
            "level": LEVELS[finding.severity],
            "message": {"text": finding.message or report.label(finding.shape)},
            "locations": [_location(report, finding)],
            "partialFingerprints": {"rolegraph/v1": fingerprint(finding)},
        }
        if state is not None:
            result["baselineState"] = state(finding)
        facts = ("focus", "path", "value", "component")
        result["properties"] = {name: text for name in facts if (text := getattr(finding, name))}
        yield result


def fingerprint(finding: Finding) -> str:
    """What the finding is recognised by in another run: not by its words, nor by its place (3.27.17)."""
    return sha256(msgspec.json.encode(finding.key)).hexdigest()


def _states(report: Report) -> Callable[[Finding], str] | None:
    """What tells new findings from those of the baseline, if there is one (3.27.24)."""
    if report.comparison is None:
        return None
    new = frozenset(report.comparison.new)
    return lambda finding: "new" if finding in new else "unchanged"


def _location(report: Report, finding: Finding) -> dict[str, Any]:
    """The place in a file, and the role or other thing that it tells of (3.28).

    Code scanning refuses a file with a result that is in no file of the repository. So what no file of
    a catalog says, such as that something is missing from all of them, is put to its configuration.
    """
    logical = {"kind": "role", "name": finding.role} if finding.role else {"kind": "resource"}
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.focus, **logical}]}
    path = source_path(report, finding, FILE_NAME if report.base_iri else "")
    if path:
        uri = {"uri": quote(path.lstrip("/"), safe="/!$&'()*+,;=@~"), "uriBaseId": ROOT}
        location["physicalLocation"] = {
            "artifactLocation": uri,
            "region": {"startLine": max(finding.line, 1)},
        }
    return location
