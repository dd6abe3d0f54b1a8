"""A validation report in, a `sh:ValidationReport` with measurements in Turtle out (SHACL 3.6, W3C DQV)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, TextIO
from urllib.parse import quote

from rolegraph.documents import is_iri
from rolegraph.graph.nquads import decimal
from rolegraph.iris import Iris
from rolegraph.model.findings import Finding, Report, Score
from rolegraph.report._turtle_paths import path_term
from rolegraph.terms import PREFIXES

_LOCAL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN_IRI: Final = re.compile(r"[a-z]+:[A-Za-z0-9/:#?&=._~+,;@!$()*-]+")
_ESCAPES: Final = str.maketrans(
    {code: f"\\u{code:04X}" for code in (*range(32), 0x7F)}
    | {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
)
_USED: Final = ("rg", "rgs", "dqv", "prov", "sh", "xsd")
"""Prefixes that stand in every report; those that short names bring along are written out in full."""


def write_turtle(report: Report, out: TextIO) -> None:
    """Write every finding as a `sh:ValidationResult` and every score as a `dqv:QualityMeasurement`.

    Short names become full IRIs again: prefixes are those of rolegraph, and what stands below the
    catalog's base is written below `base_iri`; without one it stays relative to whatever base the reader
    has. The node of the report is blank, as SHACL has it.
    """
    out.writelines(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in _USED)
    conforms = "false" if report.findings else "true"
    out.write(f"\n_:report a sh:ValidationReport ; sh:conforms {conforms} .\n")
    for finding in report.findings:
        out.write("\n_:report sh:result [\n    a sh:ValidationResult ;\n")
        statements = _statements(finding, report.base_iri)
        out.write("".join(f"    {predicate} {value} ;\n" for predicate, value in statements))
        out.write("] .\n")
    if report.base_iri:
        iris = Iris(report.base_iri)
        out.writelines(_measurement(score, iris) for score in report.scores)


def _statements(finding: Finding, base: str) -> Iterator[tuple[str, str]]:
    yield "sh:resultSeverity", f"sh:{finding.severity}"
    yield "sh:focusNode", _node(finding.focus, finding.focus_type, base)
    if finding.path:
        yield "sh:resultPath", _path(finding.path, base)
    if finding.value or finding.value_type:
        yield "sh:value", _node(finding.value, finding.value_type or "xsd:string", base)
    if finding.component:
        yield "sh:sourceConstraintComponent", name_term(finding.component, base)
    if finding.message:
        yield "sh:resultMessage", _literal(finding.message)
    yield "sh:sourceShape", name_term(finding.shape, base)


def _node(text: str, kind: str, base: str) -> str:
    """A term by what kind it is of, as a finding says that."""
    if kind == "iri":
        return name_term(text, base)
    if kind == "blank":
        return _blank(text)
    if kind.startswith("@"):
        return _literal(text) + kind
    return _literal(text) if kind == "xsd:string" else f"{_literal(text)}^^{name_term(kind, base)}"


@lru_cache(maxsize=10_000)
def name_term(name: str, base: str) -> str:
    """The Turtle of a short name, of an IRI, or of a name below the base.

    >>> name_term("rgs:X", ""), name_term("role/A.GEN.P1", "https://example.org/")
    ('rgs:X', '<https://example.org/role/A.GEN.P1>')
    """
    if name.startswith("_:"):
        return _blank(name)
    prefix, colon, local = name.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        is_plain = prefix in _USED and _LOCAL.fullmatch(local)
        return name if is_plain else _iri(PREFIXES[prefix] + local)
    return _iri(name if _SCHEME.match(name) else base + name)


@lru_cache(maxsize=1_000)
def _path(path: str, base: str) -> str:
    return path_term(path, lambda name: name_term(name, base))


def _iri(iri: str) -> str:
    """An IRI in its brackets; what stands in none is percent-encoded."""
    if not _PLAIN_IRI.fullmatch(iri) and not is_iri(iri):
        iri = quote(iri, safe="/:?#@!$&'()*+,;=%~", errors="replace")
    return f"<{iri}>"


def _blank(name: str) -> str:
    """A label that no two names share: what a label cannot hold becomes its number."""
    plain = re.sub(r"[^A-Za-z0-9]", lambda match: f"_{ord(match[0]):x}_", name.removeprefix("_:"))
    return f"_:b{plain}"


def _literal(text: str) -> str:
    is_plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if is_plain else f'"{text.translate(_ESCAPES)}"'


def _measurement(score: Score, iris: Iris) -> str:
    """A score under the IRI that it has in a snapshot.

    Which node a level is depends on the scheme in use, so that is left to the snapshot.
    """
    of_kind = {"role": iris.role, "family": iris.family, "specialisation": iris.specialisation}
    measured = of_kind[score.kind](score.code) if score.kind in of_kind else iris.catalog
    about = "" if score.kind == "level" else f"    dqv:computedOn {_iri(measured)} ;\n"
    return (
        f"\n{_iri(iris.completeness(score.kind, score.code))}\n    a dqv:QualityMeasurement ;\n{about}"
        f"    dqv:isMeasurementOf rg:completeness ;\n    dqv:value {decimal(score.value)} ;\n"
        f"    rg:scoredRoles {score.roles} .\n"
    )
