"""Role files (one YAML file each, or NDJSON with one role a line) in, role records out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from rolegraph import documents
from rolegraph.errors import IriError, Problems
from rolegraph.iris import Iris, check_iri, slug
from rolegraph.model.catalog import (
    CODE_PATTERN,
    DIMENSIONS,
    KINDS,
    CodeFile,
    ComponentUse,
    Dimension,
    Kind,
    Labels,
    LevelTextFile,
    Mapping,
    ReviewStatus,
    Role,
    RoleFile,
    Story,
    StoryFile,
    TitleAlias,
    UseFile,
)
from rolegraph.sources.place import Place
from rolegraph.sources.yaml import read_yaml
from rolegraph.terms import PREFIXES

_SOC_CODE = re.compile(r"[0-9]{2}-[0-9]{4}\Z")
_ONET_CODE = re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}\Z")
_LOCATED = (
    "title", "summary", "status", "applicability", "version", "modified", "deprecated", "replaced_by",
    "history_note", "confidence", "story", "level_text", "components", "none_recorded", "aliases", "codes",
)  # fmt: skip
"""The keys of a role file whose lines are kept."""
JUSTIFICATIONS = {
    "inferred_from_superfunction": "MappingChaining",
    "manual_curation": "ManualMappingCuration",
    "title_match": "LexicalMatching",
    "text_similarity": "SemanticSimilarityThresholdMatching",
    "crosswalk": "MappingChaining",
}
"""Mapping source -> SSSOM justification (semapv) of a code that is written on a role."""


class RoleReader:
    """Turns role files of one catalog into records.

    Args:
        iris: mints the subject and object of the codes that a role carries.
        language: the tag of texts that give none.
        levels: the level notations that a code may end in.
        problems: receives every fault and every open-list value that was new.
    """

    def __init__(self, iris: Iris, language: str, levels: frozenset[str], problems: Problems) -> None:
        self._iris = iris
        self._language = language.lower()
        self._levels = levels
        self._problems = problems
        self._first_seen: dict[str, str] = {}

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all roles that were met, faulty ones too."""
        return frozenset(self._first_seen)

    def read(self, root: Path, location: str) -> Iterator[Role]:
        """Read a folder of `*.yaml`, one YAML file, or one `*.ndjson` file, relative to `root`.

        Yields:
            a record for every role without a fault; the faulty ones are in the problems.
        """
        path = root / location
        if path.is_dir():
            for file in sorted(path.iterdir()):
                yield from self._file(file, f"{location.rstrip('/')}/{file.name}")
        elif path.suffix == ".ndjson" and path.is_file():
            yield from self._ndjson(path, location)
        elif path.is_file():
            yield from self._yaml(path, location)
        else:
            self._problems.error(location, 0, "there are no roles here", "correct [sources] roles")

    def _file(self, path: Path, name: str) -> Iterator[Role]:
        """A file of a roles folder; names that begin with a dot belong to editors and systems."""
        suffix = path.suffix.lower()
        if path.name.startswith("."):
            return
        if suffix in {".yaml", ".yml"}:
            yield from self._yaml(path, name)
        elif suffix == ".ndjson":
            yield from self._ndjson(path, name)
        else:
            self._problems.warn(name, 0, "this is no role file (*.yaml, *.ndjson)", "it is not read")

    def _yaml(self, path: Path, name: str) -> Iterator[Role]:
        document = read_yaml(path, name, self._problems)
        if document is None:
            return
        parsed = documents.convert(document.data, RoleFile, name, document.line_of, self._problems)
        if parsed is None:
            return
        role = self.convert(parsed, name, document.line_of)
        if path.stem != parsed.code:
            found = f"the file holds {parsed.code}"
            self._problems.error(name, document.line_of(("code",)), found, f"name it {parsed.code}.yaml")
        elif role is not None:
            yield role

    def _ndjson(self, path: Path, name: str) -> Iterator[Role]:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                before = len(self._problems.errors)
                data = self._json(line, name, number)
                if len(self._problems.errors) > before:
                    continue
                line_of = documents.same_line(number)
                parsed = documents.convert(data, RoleFile, name, line_of, self._problems)
                role = None if parsed is None else self.convert(parsed, name, line_of)
                if role is not None:
                    yield role

    def _json(self, line: bytes, name: str, number: int) -> object:
        """One line as plain data; the standard library's reader shows doubled keys, msgspec's does not."""

        def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
            for key in {key for key, _ in pairs if [k for k, _ in pairs].count(key) > 1}:
                self._problems.error(name, number, f"the key {key!r} is there twice", "keep one of them")
            return dict(pairs)

        found = ""
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            return json.loads(text, object_pairs_hook=members, parse_constant=str)
        except UnicodeDecodeError as error:
            found = f"the line is not UTF-8 at byte {error.start}"
        except RecursionError:
            found = "the line is nested too deeply"
        except ValueError as error:
            found = f"this is no JSON: {error}"
        self._problems.error(name, number, found, "write one role a line, in UTF-8")
        return None

    def convert(self, parsed: RoleFile, name: str, line_of: documents.LineOf) -> Role | None:
        """Turn one parsed file into a record, checking what its form alone does not say."""
        before = len(self._problems.errors)
        place = Place(name, line_of, self._language, self._problems)
        record = self._record(parsed, place, line_of(())) if self._check_code(parsed.code, place) else None
        return record if len(self._problems.errors) == before else None

    def _check_code(self, code: str, place: Place) -> bool:
        """Report what is wrong with a code; returns whether it has the form of one."""
        if not re.fullmatch(CODE_PATTERN, code):
            found = f"{code!r} is no role code"
            place.error(("code",), found, "write FUNCTION.FOCUS.LEVEL, as in SRES.GEN.P5")
            return False
        level = code.rpartition(".")[2]
        if self._levels and level not in self._levels:
            known = ", ".join(sorted(self._levels))
            place.error(("code",), f"level {level!r} of {code} is not in the scheme", f"use one of {known}")
        first = self._first_seen.get(code)
        if first is not None:
            place.error(("code",), f"{code} is already at {first}", "give one of them another code")
        self._first_seen[code] = f"{place.name}:{place.line_of(('code',))}"
        return True

    def _record(self, parsed: RoleFile, place: Place, line: int) -> Role:
        family, focus, level = parsed.code.split(".")
        level_text = parsed.level_text or LevelTextFile()
        descriptors: dict[Dimension, Labels] = {}
        for dimension in DIMENSIONS:
            value = getattr(level_text, dimension)
            if value is not None:
                descriptors[dimension] = place.labels(value, ("level_text", dimension))
        place.open_value("applicability", parsed.applicability, ("applicability",))
        return Role(
            code=parsed.code,
            family=family,
            focus=focus,
            level=level,
            title=place.labels(parsed.title, ("title",)),
            summary=place.maybe(parsed.summary, ("summary",)),
            status="deprecated" if parsed.deprecated else parsed.status,
            applicability=parsed.applicability,
            version=parsed.version,
            modified=place.date(parsed.modified, ("modified",)),
            deprecated=_is_deprecated(parsed, place),
            replaced_by=parsed.replaced_by,
            history_note=place.maybe(parsed.history_note, ("history_note",)),
            confidence=parsed.confidence,
            story=_story(parsed.story, place),
            level_title=place.maybe(level_text.title, ("level_text", "title")),
            level_summary=place.maybe(level_text.summary, ("level_text", "summary")),
            descriptors=descriptors,
            uses=tuple(_uses(parsed, place)),
            none_recorded=_none_recorded(parsed, place),
            aliases=tuple(_aliases(parsed, place)),
            mappings=tuple(self._mappings(parsed, place)),
            file=place.name,
            line=line,
            lines=_lines(parsed, place, line),
        )

    def _mappings(self, parsed: RoleFile, place: Place) -> Iterator[Mapping]:
        for index, code in enumerate(parsed.codes):
            spot: documents.Path = ("codes", index)
            obj = self._code_iri(code, place, spot)
            place.open_value("mapping-source", code.source, (*spot, "source"))
            status: ReviewStatus = "accepted" if code.review_status == "approved" else code.review_status
            if code.review_status == "approved":
                place.warn((*spot, "review_status"), "review_status is approved", "read as accepted")
            place.date(code.review_date, (*spot, "review_date"))
            justification = JUSTIFICATIONS.get(code.source or "", "UnspecifiedMatching")
            yield Mapping(
                subject=self._iris.role(parsed.code),
                predicate=PREFIXES["skos"] + code.predicate,
                object=obj,
                justification=PREFIXES["semapv"] + justification,
                object_label=code.title,
                confidence=code.confidence,
                review_status=status,
                source=code.source,
                reviewer=code.reviewer,
                review_date=code.review_date,
                file=place.name,
                line=place.line_of(spot),
            )

    def _code_iri(self, code: CodeFile, place: Place, spot: documents.Path) -> str:
        if code.scheme in {None, "soc2018"} and _SOC_CODE.match(code.code):
            return self._iris.soc(code.code)
        if code.scheme in {None, "onetsoc2019"} and _ONET_CODE.match(code.code):
            return self._iris.onet(code.code)
        if code.scheme in {None, "esco"}:
            try:
                return check_iri(code.code)
            except IriError:
                pass
        wanted = {
            "soc2018": "a SOC code such as 15-1252",
            "onetsoc2019": "an O*NET-SOC code such as 15-1252.00",
            "esco": "an ESCO IRI",
        }.get(code.scheme or "", "a SOC code (15-1252), an O*NET-SOC code (15-1252.00) or an ESCO IRI")
        found = f"{code.code!r} is no code of {code.scheme or 'a known scheme'}"
        place.error((*spot, "code"), found, f"write {wanted}")
        return ""


def _is_deprecated(parsed: RoleFile, place: Place) -> bool:
    """Either key says it; another status beside `deprecated: true` is a fault."""
    if parsed.deprecated and parsed.status not in {None, "deprecated"}:
        found = f"the role is deprecated, and yet its status is {parsed.status}"
        place.error(("status",), found, "keep one of the two")
    return parsed.deprecated or parsed.status == "deprecated"


def _lines(parsed: RoleFile, place: Place, first: int) -> dict[str, int]:
    """The lines of a role's texts and lists by key; none where all of it stands on one line."""
    keys: list[documents.Path] = [(key,) for key in _LOCATED if getattr(parsed, key)]
    for key in ("story", "level_text"):
        section = getattr(parsed, key)
        if section is not None:
            keys += [(key, name) for name in section.__struct_fields__ if getattr(section, name)]
    if parsed.story is not None:
        keys += [("story", "plan", index) for index in range(len(parsed.story.plan))]
    lines = {".".join(str(part) for part in key): place.line_of(key) for key in keys}
    return lines if any(line != first for line in lines.values()) else {}


def _story(story: StoryFile | None, place: Place) -> Story | None:
    if story is None:
        return None
    texts = {
        name: place.maybe(getattr(story, name), ("story", name))
        for name in story.__struct_fields__
        if name != "plan"
    }
    plan = tuple(place.labels(step, ("story", "plan", index)) for index, step in enumerate(story.plan))
    return Story(**texts, plan=plan)


def _uses(parsed: RoleFile, place: Place) -> Iterator[ComponentUse]:
    for kind in KINDS:
        seen: dict[str, int] = {}
        for index, item in enumerate(getattr(parsed.components, kind)):
            spot: documents.Path = ("components", kind, index)
            use = UseFile(label=item) if isinstance(item, str) else item
            labels = place.labels(use.label, spot)
            shown = next(iter(labels.values()), None)
            if shown is None:
                continue  # the label itself is a fault, which is reported
            if slug(shown) in seen:
                found = f"{kind} {shown!r} is already item {seen[slug(shown)]}"
                place.error(spot, found, "list it once")
            seen.setdefault(slug(shown), index + 1)
            yield ComponentUse(
                kind=kind,
                label=labels,
                position=index + 1,
                tags=tuple(dict.fromkeys(use.tags)),
                importance=use.importance,
                proficiency=use.proficiency,
                line=place.line_of(spot),
            )


def _none_recorded(parsed: RoleFile, place: Place) -> tuple[Kind, ...]:
    for kind in parsed.none_recorded:
        if getattr(parsed.components, kind):
            found = f"{kind} is none_recorded and yet has items"
            place.error(("none_recorded",), found, "keep one of the two")
    return tuple(dict.fromkeys(parsed.none_recorded))


def _aliases(parsed: RoleFile, place: Place) -> Iterator[TitleAlias]:
    seen: dict[tuple[str, str], int] = {}
    for index, alias in enumerate(parsed.aliases):
        spot: documents.Path = ("aliases", index)
        language = alias.language or place.language
        label = next(iter(place.labels({language: alias.label}, spot).values()), "")
        key = (label, language.lower())
        if key in seen:
            place.error(spot, f"alias {label!r} is already item {seen[key]}", "list it once")
        seen.setdefault(key, index + 1)
        place.open_value("alias-type", alias.type, (*spot, "type"))
        yield TitleAlias(
            label=label,
            language=language.lower(),
            type=alias.type,
            confidence=alias.confidence,
            approval=alias.approval,
            line=place.line_of(spot),
        )
