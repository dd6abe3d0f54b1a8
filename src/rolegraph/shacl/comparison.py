"""The results of two engines in, what only one of them found out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rolegraph.shacl.results import Result

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A result that one engine has more often than the other."""

    engine: str
    focus_node: str
    path: str
    value: str
    component: str
    severity: str

    def __str__(self) -> str:
        """One line: who found it, and what."""
        parts = (self.focus_node, self.path, self.value, self.component, self.severity)
        return f"only {self.engine}: " + " ".join(part for part in parts if part)


def differences(compiled: Iterable[Result], reference: Iterable[Result]) -> list[Difference]:
    """Compare by focus node, path, value, component and severity; blank nodes are all alike.

    Args:
        compiled: what the compiler's queries found.
        reference: what pyshacl found.
    Returns:
        what only one of them has, by engine and focus node; a result that both have counts once.
    """
    one, other = set(map(_key, compiled)), set(map(_key, reference))
    left = [Difference("compiled", *key) for key in sorted(one) if key not in other]
    return left + [Difference("pyshacl", *key) for key in sorted(other) if key not in one]


def _key(result: Result) -> Key:
    return (
        _shown(str(result.focus_node)),
        "" if result.path is None else str(result.path),
        "" if result.value is None else _shown(str(result.value)),
        result.component,
        result.severity,
    )


def _shown(term: str) -> str:
    return "_:b" if term.startswith("_:") else term
