"""Changes in, sentences for a catalog's owner out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Final, NamedTuple

from rolegraph.diff.changes import PLURALS, Change, plural
from rolegraph.diff.compare import Comparison
from rolegraph.diff.findings import ScoreChange

_NAMES: Final = 10
"""Names that a list shows; the rest are counted."""
_TOLD: Final = frozenset({"component use", "alias", "mapping"})
"""Parts that are counted where a whole role comes or goes."""
_CUT: Final = 60
_CONTEXT: Final = 15


class Group(NamedTuple):
    """What happened to one thing and its parts, or to a list of things; `heading` is "" for a list."""

    heading: str
    lines: list[str]


def groups(comparison: Comparison) -> Iterator[Group]:
    """All changes in sentences, by the thing that they happened to."""
    for place, found in groupby(comparison.changes(), key=lambda pair: pair[0]):
        changes = (change for _, change in found)
        if place.startswith(" "):
            yield Group("", [_listed(changes)])
        else:
            known = list(changes)
            yield Group(_name(known[0]), list(_sentences(known)))


def counts(comparison: Comparison) -> Iterator[tuple[str, dict[str, int]]]:
    """For each kind of thing, in its plural, the number of changes by what happened."""
    order = list(PLURALS)
    found: dict[tuple[int, str], dict[str, int]] = {}
    for (kind, component_kind, change), number in sorted(comparison.counts.items()):
        name = plural(kind, component_kind)
        name = f"uses of {name}" if kind == "component use" and component_kind else name
        found.setdefault((order.index(kind), name), {})[change] = number
    for (_, name), by_change in sorted(found.items()):
        yield name, by_change


def score_sentence(score: ScoreChange) -> str:
    """How a score changed.

    >>> score_sentence(ScoreChange(kind="family", code="A", label="", before=0.5, after=0.625))
    '50.0 % → 62.5 % (+12.5)'
    """
    before, after = (_percent(value) for value in (score.before, score.after))
    gain = f" ({score.gain * 100:+.1f})" if score.before is not None and score.after is not None else ""
    return f"{before} → {after}{gain}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{value * 100:.1f} %"


def _name(change: Change) -> str:
    """What a change happened to."""
    if change.component_kind and not change.part:
        return f"{change.component_kind.capitalize()} {change.label or change.code}"
    return " ".join(filter(None, (change.code, change.label if change.label != change.code else "")))


def _listed(changes: Iterable[Change]) -> str:
    """`3 skills added: SQL, Python, Git`, for changes of one sort."""
    rest = iter(changes)
    shown = list(islice(rest, _NAMES))
    more = sum(1 for _ in rest)
    first = shown[0]
    names = ", ".join(_part_name(change) for change in shown)
    noun = first.component_kind or first.kind
    total = len(shown) + more
    count = noun if total == 1 else f"{total:,} {plural(first.kind, first.component_kind)}"
    place = ""
    if not first.part:
        place = " to the catalog" if first.change == "added" else " from the catalog"
    end = f" and {more:,} more" if more else ""
    return f"{count} {first.change}{place}: {names}{end}"


def _part_name(change: Change) -> str:
    if change.part:
        return change.part
    return change.label if change.component_kind else _name(change)


def _sentences(changes: list[Change]) -> Iterator[str]:
    whole = next((c for c in changes if not c.part and c.change in {"added", "removed"}), None)
    if whole is not None:
        parts = [change for change in changes if change.part and change.change == whole.change]
        yield _whole(whole, parts)
        changes = [change for change in changes if change is not whole and change not in parts]
    for (_, _, change_word, is_list), found in groupby(changes, key=_sort_of_change):
        if is_list:
            yield _listed(found)
        else:
            yield from (_sentence(change, change_word) for change in found)


def _sort_of_change(change: Change) -> tuple[str, str, str, bool]:
    is_list = bool(change.part) and change.change in {"added", "removed"}
    return change.kind, change.component_kind, change.change, is_list


def _whole(whole: Change, parts: list[Change]) -> str:
    """`new role, with 20 skills and 3 aliases`."""
    numbers: dict[tuple[str, str], int] = {}
    for part in (part for part in parts if part.kind in _TOLD):
        key = (part.kind, part.component_kind)
        numbers[key] = numbers.get(key, 0) + 1
    told = [counted(n, kind or of, plural(of, kind)) for (of, kind), n in numbers.items()]
    listed = " and ".join(filter(None, (", ".join(told[:-1]), told[-1]))) if told else ""
    end = f", with {listed}" if listed else ""
    return f"new {whole.kind}{end}" if whole.change == "added" else f"{whole.kind} removed{end}"


def _sentence(change: Change, change_word: str) -> str:
    noun = f"{change.component_kind or change.kind} {change.part}: " if change.part else ""
    if change_word == "deprecated":
        return f"{noun}deprecated, and no replacement is named"
    if change_word == "replaced":
        before = f" (and no longer by {change.before})" if change.before else ""
        return f"{noun}deprecated, replaced by {change.after}{before}"
    if change.what == "deprecated":
        return f"{noun}no longer deprecated"
    return f"{noun}{change.what} {_transition(change.before, change.after)}"


def _transition(before: str, after: str) -> str:
    if before and after:
        old, new = _excerpts(before, after)
        return f"changed from “{old}” to “{new}”"
    if after:
        return f"added: “{_cut(after)}”"
    return f"removed: “{_cut(before)}”" if before else "changed"


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Both texts, or of long ones the part where they begin to differ."""
    if len(before) <= _CUT and len(after) <= _CUT:
        return _cut(before), _cut(after)
    pairs = enumerate(zip(before, after, strict=False))
    shared = next((place for place, (old, new) in pairs if old != new), 0)
    start = before.rfind(" ", 0, max(shared - _CONTEXT, 0)) + 1
    lead = "…" if start else ""
    return lead + _cut(before[start:]), lead + _cut(after[start:])


def _cut(value: str) -> str:
    """One line of at most `_CUT` characters."""
    line = " ".join(value.split())
    return line if len(line) <= _CUT else f"{line[: _CUT - 1].rstrip()}…"
