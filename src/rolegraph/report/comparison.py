"""The reports of two engines in, what only one of them found out."""

from __future__ import annotations

from dataclasses import dataclass

from rolegraph.model.findings import Finding, Report


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding that one engine has and the other lacks."""

    engine: str
    finding: Finding

    def __str__(self) -> str:
        """One line: who found it, and what."""
        found = self.finding
        parts = (found.severity, found.shape, found.focus, found.path, found.value, found.component)
        return f"only {self.engine}: " + " ".join(part for part in parts if part)


def differences(compiled: Report, reference: Report) -> list[Difference]:
    """Compare by focus node, shape, path, value, component and severity; words do not count.

    Args:
        compiled: what the compiler's queries found.
        reference: what pyshacl found.
    Returns:
        what only one of them has, in the order of the reports.
    """
    one, other = (
        {(found.key, found.severity) for found in report.findings} for report in (compiled, reference)
    )
    return [
        Difference(engine, found)
        for engine, report, there in (("compiled", compiled, other), ("pyshacl", reference, one))
        for found in report.findings
        if (found.key, found.severity) not in there
    ]
