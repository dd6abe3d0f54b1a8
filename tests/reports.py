"""Made-up validation reports that the tests of several formats share."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TextIO

from rolegraph.model.findings import Finding, Report, Score, ShapeInfo

BASE = "https://example.org/roles/"

HOSTILE = (
    "a \"quoted\" 'value', with; commas",
    "two\nlines\r\nand\ta tab",
    "]]> <![CDATA[ <b>&amp;</b> </failure>",
    "\x00\x01\x08\x0b\x0c\x1b[2J\x7f\x85\ufffe\uffff",
    "back\\slash \\n \\u0041 \\",
    "=HYPERLINK(1) | a|b | `code` [link](https://evil.example) @all #1",
    "\u202egnp.exe",
    "x" * 100_000,
    "🦉 naïve 日本",
)
"""Values that some format has a special meaning for."""


def finding(severity: str = "Violation", **fields: Any) -> Finding:
    known = {
        "shape": "rgs:X",
        "focus": "role/A.GEN.P1",
        "path": "rg:level",
        "component": "sh:MinCountConstraintComponent",
        "message": "Do it.",
        "role": "A.GEN.P1",
    }
    return Finding(severity=severity, **(known | fields))  # type: ignore[arg-type]


def hostile_report() -> Report:
    """Every hostile value wherever a text of the catalog may stand."""
    findings = tuple(
        finding(
            value=value, value_type="xsd:string", message=f"Change {value}.", focus=f"role/A.GEN.P1#use-{n}"
        )
        for n, value in enumerate(HOSTILE)
    )
    label = ShapeInfo(label=" ".join(HOSTILE[:6]), see_also="javascript:alert(1)")
    family = Score(kind="family", code=HOSTILE[2], label=HOSTILE[5], value=0.5)
    return Report(
        findings=findings,
        roles=1,
        shapes={"rgs:X": label},
        scores=(family,),
        catalog=HOSTILE[2],
        base_iri=BASE,
    )


def whole_report(**fields: Any) -> Report:
    """Two shapes that found something, and one that did not."""
    known = {
        "findings": (
            finding(
                shape="rgs:Form", file="roles/A.GEN.P1.yaml", line=3, value="7", value_type="xsd:integer"
            ),
            finding("Warning", shape="rgs:Tag-both", focus="role/A.GEN.P1#use-skill-x", path="", value=""),
            finding("Info", shape="rgs:Tag-both", focus="family/A", role="", path="^rg:a/(rg:b|rg:c)*"),
        ),
        "roles": 2,
        "shapes": {
            "rgs:Form": ShapeInfo(label="Form", see_also="https://example.org/docs#form"),
            "rgs:Kept": ShapeInfo(label="What is kept"),
            "rgs:Tag-both": ShapeInfo(label="Both tags", severity="Warning"),
        },
        "scores": (
            Score(kind="catalog", code="", label="Small", value=0.875, roles=2),
            Score(kind="family", code="A", label="Operations", value=0.75),
            Score(kind="level", code="P1", label="Starter", value=1.0, roles=2),
            Score(kind="role", code="A.GEN.P1", label="Engineer", value=0.75, family="A", level="P1"),
        ),
        "catalog": "Small",
        "base_iri": BASE,
        "folder": "data",
    }
    return Report(**(known | fields))


def written(write: Callable[[Report, TextIO], None], report: Report) -> str:
    out = io.StringIO(newline="")
    write(report, out)
    return out.getvalue()
