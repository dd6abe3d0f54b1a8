"""The text of a role page in, the role as a catalog file holds it out.

A page is what a browser gives when a role profile is copied as text: headings and bullets on lines of
their own, but tags, counts, bands and fields glued to the word before them. Whatever is not understood
is a fault; nothing is skipped but the neighbours, which rolegraph computes itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rolegraph import documents
from rolegraph.documents import Path as Place
from rolegraph.errors import Problems
from rolegraph.model.catalog import CODE_PATTERN, DIMENSIONS, KINDS, Kind, RoleFile
from rolegraph.text import read_text

_KIND_OF_HEADING: Final[dict[str, Kind]] = {
    "responsibilities": "responsibility", "responsibility": "responsibility",
    "tasks": "task", "task": "task", "skills": "skill", "skill": "skill", "knowledge": "knowledge",
    "competencies": "competency", "competency": "competency",
    "qualifications": "qualification", "qualification": "qualification",
    "core outputs": "core_output", "outputs": "core_output",
}  # fmt: skip
_DIMENSION_OF_LABEL: Final = {dimension.replace("_", " "): dimension for dimension in DIMENSIONS}
_PROBLEMS: Final = {
    "the external problem": "external_problem",
    "the internal problem": "internal_problem",
    "why it matters": "philosophical_problem",
}
_APPROVALS: Final = {
    "—": "pending", "-": "pending", "": "pending", "pending": "pending",
    "✓": "approved", "yes": "approved", "approved": "approved", "true": "approved",
    "✗": "rejected", "no": "rejected", "rejected": "rejected", "false": "rejected",
}  # fmt: skip
_BANDS: Final = {"high": (0.80, 1.0), "medium": (0.50, 0.80), "low": (0.0, 0.50)}
_NAMES = "|".join(sorted(_KIND_OF_HEADING, key=len, reverse=True))
_GROUP = re.compile(rf"({_NAMES})\s*([0-9]{{1,6}})\Z", re.IGNORECASE)
_CODE_LIKE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+\Z")
_LEVEL = re.compile(r"Level\s*[—–-]\s*(\S+)\s*[—–-]\s*(.+)\Z")
_MAPPING = re.compile(
    r"code=(.*?)(?:title=(.*?))?(?:source=(.*?))?(?:reviewStatus=(.*?))?(?:confidence=(.*))?\Z"
)
_CONFIDENCE = re.compile(r"(high|medium|low)?\s*(-?\d+(?:\.\d+)?)?\Z", re.IGNORECASE)
_VERSION_CHIP = re.compile(r"v\d+(?:\.\d+)*\Z")
_STATUS_CHIPS: Final = {"draft", "in_review", "published", "deprecated"}
_SCOPE_CHIPS: Final = {"global", "regional", "local"}


def read_page(path: Path, name: str, problems: Problems) -> tuple[RoleFile, documents.LineOf] | None:
    """Read one page.

    Args:
        path: a UTF-8 text file.
        name: how messages call it.
        problems: receives every fault with its line: a count that disagrees, a band that contradicts
            its score, a status outside the list, a line that is not understood.
    Returns:
        the role and where each of its parts stood, or None when there was a fault.
    """
    text = read_text(path, name, problems)
    if text is None:
        return None
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) < 2 or not _CODE_LIKE.match(lines[1][1]):
        found = "this is no role page: the second line is no role code"
        line = lines[1][0] if len(lines) > 1 else 1
        problems.error(name, line, found, "start with the title, then the code")
        return None
    before = len(problems.errors)
    page = _Page(name, problems)
    page.read(lines)
    role = documents.convert(page.data, RoleFile, name, page.line_of, problems)
    return (role, page.line_of) if role is not None and len(problems.errors) == before else None


class _Page:
    """Walks the lines of a page; the current section decides what a line means."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.data: dict[str, Any] = {}
        self._name = name
        self._problems = problems
        self._lines: dict[Place, int] = {}
        self._section: Callable[[int, str], None] = self._head
        self._group: tuple[Kind, int, int] | None = None
        self._dimension: str | None = None
        self._headings: dict[str, Callable[[int, str], None]] = {
            "the story of this role": self._nothing,
            "who does this work": self._story("character"),
            "the problem this role solves": self._problem,
            "the plan": self._plan,
            "what's at stake": self._story("stakes"),
            "success looks like": self._story("success"),
            "summary": self._summary,
            "core outputs": self._core_outputs,
            "adjacent roles": self._neighbours,
            "components": self._nothing,
            "title aliases": self._alias,
            "classification mappings": self._nothing,
            "o*net / soc": self._mapping,
            "esco": self._mapping,
        }

    def line_of(self, place: Place) -> int:
        """The line of a place in the data, or of the nearest above it."""
        return documents.nearest_line(self._lines, place)

    def read(self, lines: list[tuple[int, str]]) -> None:
        """Read all lines, the first two being title and code."""
        self._put(("title",), lines[0][1], lines[0][0])
        line, code = lines[1]
        self._put(("code",), code, line)
        if not re.fullmatch(CODE_PATTERN, code):
            self._error(line, f"{code!r} is no role code", "write FUNCTION.FOCUS.LEVEL, as in SRES.GEN.P5")
        for line, text in lines[2:]:
            level, group = _LEVEL.match(text), _GROUP.match(text)
            heading = self._headings.get(text.replace("’", "'").lower())
            if level or group or heading:
                self._end_group()
            if level:
                self._begin_level(line, level)
            elif group:
                self._group = (_KIND_OF_HEADING[group[1].lower()], int(group[2]), line)
                self._section = self._component
            elif heading:
                self._section = heading
            else:
                self._section(line, text)
        self._end_group()
        self._none_recorded()

    def _none_recorded(self) -> None:
        """A group that says 0 is known to be empty, which is not the same as absent."""
        empty = [kind for kind in KINDS if self._lines.get(("empty", kind))]
        if empty:
            self.data["none_recorded"] = empty

    def _error(self, line: int, found: str, instead: str) -> None:
        self._problems.error(self._name, line, found, instead)

    def _put(self, place: Place, value: object, line: int) -> None:
        """Set a value; a second one for the same place is a fault."""
        target: dict[str, Any] = self.data
        for part in place[:-1]:
            target = target.setdefault(str(part), {})
        key = str(place[-1])
        if key in target:
            self._error(line, f"there is a second {key} (the first: line {self.line_of(place)})", "keep one")
        target[key] = value
        self._lines[place] = line

    def _append(self, place: Place, value: object, line: int) -> None:
        target: dict[str, Any] = self.data
        for part in place[:-1]:
            target = target.setdefault(str(part), {})
        items = target.setdefault(str(place[-1]), [])
        items.append(value)
        self._lines[*place, len(items) - 1] = line

    def _nothing(self, line: int, text: str) -> None:
        self._error(line, f"{text!r} is not understood here", "remove it, or put it under its heading")

    def _head(self, line: int, text: str) -> None:
        """Chips (level, confidence, status, scope, version), then the lead sentence."""
        confidence = _CONFIDENCE.match(text)
        if text.lower() in _STATUS_CHIPS:
            self._put(("status",), text.lower(), line)
        elif text.lower() in _SCOPE_CHIPS:
            self._put(("applicability",), text.lower(), line)
        elif _VERSION_CHIP.match(text):
            self._put(("version",), text, line)
        elif confidence:
            self._put(("confidence",), self._score(line, text), line)
        elif text != self.data["code"].rpartition(".")[2]:
            self._put(("summary",), text, line)

    def _summary(self, line: int, text: str) -> None:
        lead = self.data.get("summary")
        if lead is None:
            self._put(("summary",), text, line)
        elif lead != text:
            self._error(line, "the summary differs from the lead sentence", "let both say the same")

    def _story(self, key: str) -> Callable[[int, str], None]:
        return lambda line, text: self._put(("story", key), text, line)

    def _problem(self, line: int, text: str) -> None:
        label, colon, rest = text.lstrip("- ").partition(":")
        key = _PROBLEMS.get(label.strip().lower())
        if key is None or not colon:
            wanted = " / ".join(_PROBLEMS)
            self._error(line, f"{text!r} is none of the three problems", f"begin with {wanted}")
        else:
            self._put(("story", key), rest.strip(), line)

    def _plan(self, line: int, text: str) -> None:
        self._append(("story", "plan"), text.removeprefix("-").strip(), line)

    def _begin_level(self, line: int, match: re.Match[str]) -> None:
        code_level = self.data["code"].rpartition(".")[2]
        if match[1] != code_level:
            self._error(line, f"the level is {match[1]}, the code says {code_level}", "let both say the same")
        self._put(("level_text", "title"), match[2].strip(), line)
        self._section, self._dimension = self._level, None

    def _level(self, line: int, text: str) -> None:
        bullet = text.removeprefix("-").strip()
        if self._dimension is not None:
            self._put(("level_text", self._dimension), bullet, line)
            self._dimension = None
        elif bullet.lower() in _DIMENSION_OF_LABEL:
            self._dimension = _DIMENSION_OF_LABEL[bullet.lower()]
        elif text.startswith("-"):
            known = ", ".join(_DIMENSION_OF_LABEL)
            self._error(line, f"{bullet!r} is no dimension of a level", f"write one of {known}")
        else:
            self._put(("level_text", "summary"), text, line)

    def _core_outputs(self, line: int, text: str) -> None:
        if text.startswith("-"):
            self._append(("components", "core_output"), _component(text), line)
        elif text.lower().startswith("no core outputs recorded"):
            self._lines["empty", "core_output"] = line
        else:
            self._nothing(line, text)

    def _neighbours(self, line: int, text: str) -> None:
        if not text.startswith(("Nearest roles by", "Distance ", "How coordinates work")):
            found = "a neighbour of the page is not imported"
            self._problems.warn(self._name, line, found, "`rolegraph build` computes the nearest roles")

    def _component(self, line: int, text: str) -> None:
        if self._group is None or not text.startswith("-"):
            self._nothing(line, text)
        else:
            self._append(("components", self._group[0]), _component(text), line)

    def _end_group(self) -> None:
        if self._group is None:
            return
        kind, count, line = self._group
        found = len(self.data.get("components", {}).get(kind, ()))
        if found != count:
            self._error(line, f"{kind} says {count} and lists {found}", "correct the count or the list")
        if count == 0:
            self._lines["empty", kind] = line
        self._group = None

    def _alias(self, line: int, text: str) -> None:
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if cells[0].lower() == "alias" or set(text) <= set("|-: "):
            return
        if not text.startswith("|") or len(cells) != 4:
            instead = "write | alias | type | confidence | approved |"
            self._error(line, f"{text!r} is no row of four cells", instead)
            return
        label, kind, confidence, approved = cells
        approval = _APPROVALS.get(approved.lower())
        if approval is None:
            self._error(line, f"Approved is {approved!r}", "write —, yes or no")
        score = self._score(line, confidence)
        entry = {"label": label, "type": kind, "confidence": score, "approval": approval or "pending"}
        self._append(("aliases",), {key: value for key, value in entry.items() if value is not None}, line)

    def _score(self, line: int, text: str) -> float | None:
        """A confidence cell such as `medium0.70`; the band must be the one of the score."""
        match = _CONFIDENCE.match(text)
        if match is None or (match[2] is None and text not in {"—", "-", ""}):
            if text not in {"—", "-"}:
                self._error(line, f"confidence is {text!r}", "write band and score, as in medium 0.70, or —")
            return None
        if match[2] is None:
            return None
        score = float(match[2])
        if not 0 <= score <= 1:
            self._error(line, f"confidence is {match[2]}", "write a number from 0 to 1")
            return None
        band = (match[1] or "").lower()
        if band:
            low, high = _BANDS[band]
            if not (low <= score < high or (band == "high" and score == 1)):
                instead = "high from 0.80, medium from 0.50, else low"
                self._error(line, f"band {band} contradicts score {match[2]}", f"write {instead}")
        return score

    def _mapping(self, line: int, text: str) -> None:
        match = _MAPPING.match(text.removeprefix("-").strip())
        if match is None:
            self._error(line, f"{text!r} is no mapping", "write code=…title=…source=…reviewStatus=…")
            return
        names = ("code", "title", "source", "review_status")
        entry: dict[str, object] = {
            name: value.strip() for name, value in zip(names, match.groups(), strict=False) if value
        }
        if match[5]:
            entry["confidence"] = self._score(line, match[5].strip())
        self._append(("codes",), entry, line)


def _component(bullet: str) -> dict[str, object]:
    """Split a bullet into label and the tags that are glued to its end."""
    label = bullet.removeprefix("-").strip()
    tags: list[str] = []
    for tag in ("level", "common"):
        rest = label.removesuffix(tag)
        if rest != label and rest and not rest.endswith(" "):
            label, tags = rest, [tag, *tags]
    return {"label": label, "tags": tags} if tags else {"label": label}
