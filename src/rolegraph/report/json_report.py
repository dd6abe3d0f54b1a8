"""A validation report in, JSON out, and the other way round."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import msgspec
from msgspec import Struct

from rolegraph.errors import Problems
from rolegraph.model.findings import Finding, Report, Score, Severity, ShapeInfo
from rolegraph.report._phrases import count_severities


class _Document(Struct, kw_only=True):
    """What is read back; the counts are not, since the findings say them."""

    findings: tuple[Finding, ...]
    roles: int
    catalog: str = ""
    base_iri: str = ""
    folder: str = ""
    fail_on: Severity = "Violation"
    by_reference: tuple[str, ...] = ()
    shapes: dict[str, ShapeInfo] = {}
    scores: tuple[Score, ...] = ()


def write_json(report: Report, out: TextIO) -> None:
    """Write a report as one JSON object, with each score and each finding on a line of its own.

    Its keys are those of the report, `counts` by severity, and `comparison` with the new and the fixed
    findings and the number of those still open, where there is a baseline.
    """
    encoder = msgspec.json.Encoder()
    head = {
        "roles": report.roles,
        "counts": count_severities(report.findings),
        "catalog": report.catalog,
        "base_iri": report.base_iri,
        "folder": report.folder,
        "fail_on": report.fail_on,
        "by_reference": report.by_reference,
        "shapes": dict(sorted(report.shapes.items())),
    }
    out.write("{")
    for key, value in head.items():
        text = msgspec.json.format(encoder.encode(value), indent=2).decode().replace("\n", "\n  ")
        out.write(f'\n  "{key}": {text},')
    found = report.comparison
    if found is not None:
        out.write(f'\n  "comparison": {{\n    "still_open": {len(found.still_open)},\n    "new": ')
        _write_list(found.new, encoder, out)
        out.write(',\n    "fixed": ')
        _write_list(found.fixed, encoder, out)
        out.write("\n  },")
    out.write('\n  "scores": ')
    _write_list(report.scores, encoder, out)
    out.write(',\n  "findings": ')
    _write_list(report.findings, encoder, out)
    out.write("\n}\n")


def _write_list(items: Iterable[Score | Finding], encoder: msgspec.json.Encoder, out: TextIO) -> None:
    before = "["
    for item in items:
        out.write(f"{before}\n    {encoder.encode(item).decode()}")
        before = ","
    out.write("[]" if before == "[" else "\n  ]")


def read_json(source: Path | bytes) -> Report:
    """Read a report that `write_json` wrote.

    Args:
        source: a file, or its content.
    Returns:
        the report, without its comparison with an earlier one.
    Raises:
        SourceError: the file cannot be read, or is no such report.
    """
    problems = Problems()
    name = source if isinstance(source, Path) else "report"
    instead = "give a file that `rolegraph validate --format json` wrote"
    try:
        content = source if isinstance(source, bytes) else source.read_bytes()
        document = msgspec.json.decode(content, type=_Document)
    except OSError as error:
        problems.error(name, 0, str(error.strerror), instead)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problems.error(name, 0, f"no report in JSON ({_reason(error)})", instead)
    problems.raise_errors()
    return Report(**{field: getattr(document, field) for field in document.__struct_fields__})


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or "empty"
