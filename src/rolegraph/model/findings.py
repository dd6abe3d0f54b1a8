"""What a validation found: plain values, whichever engine produced them."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Severity = Literal["Violation", "Warning", "Info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("Violation", "Warning", "Info")
"""Most severe first."""


class Finding(Struct, frozen=True, order=True, kw_only=True):
    """One validation result (SHACL 3.6.2), with IRIs as plain strings and values as they print.

    `role` is the code of the role it belongs to, or "" for taxonomy, levels and the like.
    """

    severity: Severity
    shape: str
    focus: str
    path: str = ""
    value: str = ""
    component: str = ""
    message: str
    role: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """All findings of one run; `roles` is the number of roles that were checked.

    `labels` holds what each shape that found something is called.
    """

    findings: tuple[Finding, ...]
    roles: int
    labels: dict[str, str] = {}

    def count(self, severity: Severity) -> int:
        """Number of findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)
