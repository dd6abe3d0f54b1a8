"""What a validation found: plain values, whichever engine produced them."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Severity = Literal["Violation", "Warning", "Info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("Violation", "Warning", "Info")
"""Most severe first."""



def severity_called(word: str) -> Severity:
    """The severity that a word of any case names, such as `warning` in options and configuration."""
    return next(severity for severity in SEVERITIES if severity.lower() == word.lower())


def at_least(severity: Severity) -> frozenset[Severity]:
    """A severity and all that are more severe."""
    return frozenset(SEVERITIES[: SEVERITIES.index(severity) + 1])


ScoreKind = Literal["catalog", "family", "level", "specialisation", "role"]


class Finding(Struct, frozen=True, order=True, kw_only=True, gc=False):
    """One validation result (SHACL 3.6.2), with IRIs as plain strings and values as they print.

    `role` is the code of the role it belongs to, or "" for taxonomy, levels and the like. `file` is
    the source that the focus node was read from, relative to the catalog, and `line` its line,
    counted from 1; "" and 0 where no file of the catalog says it. `value_type` says what the value is:
    "iri", "blank", the short name of a literal's datatype or its language as "@en", and "" where there
    is no value; `focus_type` says it of the focus node.
    """

    severity: Severity
    shape: str
    focus: str
    path: str = ""
    value: str = ""
    component: str = ""
    message: str
    role: str = ""
    file: str = ""
    line: int = 0
    value_type: str = ""
    focus_type: str = "iri"

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes it the same finding in another run: everything but its words and its place."""
        return (self.focus, self.shape, self.path, self.value, self.component)


class ShapeInfo(Struct, frozen=True, kw_only=True):
    """What people are told of a shape: its label, where its rule is explained, its severity, its weight.

    `weight` is its share of a role's completeness score; 0 where it does not count.
    """

    label: str
    see_also: str = ""
    weight: float = 0.0
    severity: Severity = "Violation"


class Score(Struct, frozen=True, kw_only=True, gc=False):
    """How complete something is: `value` is a number from 0 to 1, the mean over its `roles`.

    `code` is the code or notation of what is scored, "" for the catalog; a role also names its
    `family` and `level`.
    """

    kind: ScoreKind
    code: str
    label: str
    value: float
    roles: int = 1
    family: str = ""
    level: str = ""


class Comparison(Struct, frozen=True, kw_only=True):
    """How the findings of a report differ from those of an earlier one: new, gone, in both."""

    new: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    still_open: tuple[Finding, ...] = ()


class Report(Struct, frozen=True, kw_only=True):
    """All findings of one run, most severe first, then by shape, role and focus node.

    `roles` is the number of roles that were checked, `shapes` tells of each shape that could have
    found something (by its short name), `scores` holds the catalog, its families, levels,
    specialisations and roles in this order, and `by_reference` the shapes that the reference engine
    had to check because the compiler does not know all of their terms. Findings of at least `fail_on`
    fail a run; where a report is compared with an earlier one, only those that are new.

    `base_iri` is what short names such as `role/SRES.GEN.P5` stand below, "" if unknown, and `folder` the
    catalog's folder as it is called from where the report is read, such as the root of a repository.
    """

    findings: tuple[Finding, ...]
    roles: int
    shapes: dict[str, ShapeInfo] = {}
    scores: tuple[Score, ...] = ()
    by_reference: tuple[str, ...] = ()
    catalog: str = ""
    base_iri: str = ""
    folder: str = ""
    fail_on: Severity = "Violation"
    comparison: Comparison | None = None

    def count(self, severity: Severity) -> int:
        """Number of findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def label(self, shape: str) -> str:
        """What a shape is called; its short name where nobody named it."""
        info = self.shapes.get(shape)
        return info.label if info is not None else shape
