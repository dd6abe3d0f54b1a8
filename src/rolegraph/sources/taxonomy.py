"""`taxonomy.yaml` and `components/<kind>.yaml` in, taxonomy and component records out.

Both may be spread over several files, one for each import: `taxonomy.<name>.yaml` beside the first, and
`components/<kind>.<name>.yaml`.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from msgspec import Meta, Struct

from rolegraph import documents
from rolegraph.errors import IriError, Problems
from rolegraph.iris import check_iri, slug
from rolegraph.model.catalog import (
    KINDS,
    Component,
    Date,
    Family,
    Kind,
    NonEmpty,
    ProficiencyText,
    Specialisation,
    SuperFunction,
    Taxonomy,
    Text,
)
from rolegraph.sources.place import Place
from rolegraph.sources.yaml import read_yaml

T = TypeVar("T")


class _Lasting(Struct, forbid_unknown_fields=True, kw_only=True):
    deprecated: bool = False
    replaced_by: NonEmpty | None = None
    history_note: Text | None = None
    modified: Date | None = None


class _Entry(_Lasting, kw_only=True):
    code: NonEmpty
    label: Text
    definition: Text | None = None


class _FamilyEntry(_Entry, kw_only=True):
    super_function: NonEmpty | None = None


class TaxonomyFile(Struct, forbid_unknown_fields=True, kw_only=True):
    """The form of `taxonomy.yaml`."""

    super_functions: tuple[_Entry, ...] = ()
    families: tuple[_FamilyEntry, ...] = ()
    specialisations: tuple[_Entry, ...] = ()


class ProficiencyEntry(Struct, forbid_unknown_fields=True, kw_only=True):
    """What one step of the scale of proficiency means for a component, and what its publisher calls it."""

    level: Annotated[int, Meta(ge=1, le=5)]
    name: Text | None = None
    text: Text


class ComponentEntry(_Lasting, kw_only=True):
    """One entry of `components/<kind>.yaml`."""

    label: Text
    definition: Text | None = None
    alternative_labels: tuple[Text, ...] = ()
    same_as: tuple[NonEmpty, ...] = ()
    esco: NonEmpty | None = None
    proficiency_texts: tuple[ProficiencyEntry, ...] = ()


SUPER_FUNCTION_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_-]*\Z"
_PATTERNS = {
    "super_functions": (SUPER_FUNCTION_PATTERN, "a word such as technology"),
    "families": (r"[A-Z][A-Z0-9]{1,15}\Z", "capital letters and digits, as in SRES"),
    "specialisations": (r"[A-Z][A-Z0-9]{1,15}\.[A-Z0-9]{2,20}\Z", "FAMILY.FOCUS, as in SRES.GEN"),
}


def files_of(root: Path, location: str) -> list[str]:
    """A YAML file of a catalog and those beside it with a name before the suffix, relative to the root.

    `taxonomy.yaml` comes first, then `taxonomy.<name>.yaml` by name; a file that is not there is left out.
    """
    path = root / location
    beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*{path.suffix}"))
    return [str(Path(location).with_name(each.name)) for each in (path, *beside) if _is_there(each)]


def read_taxonomy(root: Path, location: str, language: str, problems: Problems) -> Taxonomy:
    """Read the taxonomy; a missing file is reported and gives an empty one."""
    names = files_of(root, location)
    if not names:
        problems.warn(location, 0, "there is no taxonomy file", "families and specialisations get bare codes")
    taxonomy = Taxonomy()
    parts: list[tuple[TaxonomyFile, Place]] = []
    for name in names:
        document = read_yaml(root / name, name, problems)
        if document is not None:
            data = {} if document.data is None else document.data
            parsed = documents.convert(data, TaxonomyFile, name, document.line_of, problems)
            if parsed is not None:
                parts.append((parsed, Place(name, document.line_of, language, problems)))
    seen: dict[str, str] = {}
    for parsed, place in parts:
        for top, values in _entries("super_functions", parsed.super_functions, place, seen):
            taxonomy.super_functions[top.code] = SuperFunction(**values)
        for family, values in _entries("families", parsed.families, place, seen):
            taxonomy.families[family.code] = Family(super_function=family.super_function, **values)
        for entry, values in _entries("specialisations", parsed.specialisations, place, seen):
            taxonomy.specialisations[entry.code] = Specialisation(**values)
    for parsed, place in parts:
        _check_super_functions(parsed, taxonomy, place)
    return taxonomy


def _check_super_functions(parsed: TaxonomyFile, taxonomy: Taxonomy, place: Place) -> None:
    """The super-function of a family must be listed, be it in another file."""
    for index, entry in enumerate(parsed.families):
        if entry.super_function is not None and entry.super_function not in taxonomy.super_functions:
            known = ", ".join(taxonomy.super_functions) or "none yet"
            found = f"super_function {entry.super_function!r} of {entry.code} is not listed"
            place.error(("families", index, "super_function"), found, f"use one of: {known}; or add it")


E_ = TypeVar("E_", bound=_Entry)


def _entries(
    section: str, entries: tuple[E_, ...], place: Place, seen: dict[str, str]
) -> Iterator[tuple[E_, dict[str, Any]]]:
    """Each entry of a section with the fields that the records of all three layers have."""
    pattern, wanted = _PATTERNS[section]
    for index, entry in enumerate(entries):
        spot: documents.Path = (section, index)
        if not re.match(pattern, entry.code):
            place.error((*spot, "code"), f"{entry.code!r} is no code for {section}", f"write {wanted}")
        key = f"{section} {slug(entry.code) if section == 'super_functions' else entry.code}"
        if key in seen:
            place.error((*spot, "code"), f"{entry.code} is already at {seen[key]}", "list it once")
        seen.setdefault(key, f"{place.name}:{place.line_of(spot)}")
        yield (
            entry,
            {
                "code": entry.code,
                "label": place.labels(entry.label, (*spot, "label")),
                "definition": place.maybe(entry.definition, (*spot, "definition")),
                "file": place.name,
                "line": place.line_of(spot),
                **_lasting(entry, spot, place),
            },
        )


def _lasting(entry: _Lasting, spot: documents.Path, place: Place) -> dict[str, Any]:
    """What an entry says of its change and withdrawal."""
    return {
        "deprecated": entry.deprecated,
        "replaced_by": entry.replaced_by,
        "history_note": place.maybe(entry.history_note, (*spot, "history_note")),
        "modified": place.date(entry.modified, (*spot, "modified")),
    }


def read_components(root: Path, location: str, language: str, problems: Problems) -> tuple[Component, ...]:
    """Read every `components/<kind>.yaml` that is there; a missing folder is reported."""
    folder = root / location
    if not folder.is_dir():
        problems.warn(location, 0, "there is no folder of components", "components come from the roles alone")
        return ()
    for path in sorted(folder.iterdir()):
        if path.suffix in {".yaml", ".yml"} and (path.stem.partition(".")[0], path.suffix) not in _KIND_FILES:
            instead = f"name it one of {', '.join(sorted(f'{kind}.yaml' for kind in KINDS))}"
            problems.error(f"{location}/{path.name}", 0, f"{path.stem!r} is no kind of component", instead)
    found: list[Component] = []
    for kind in KINDS:
        seen: dict[str, str] = {}
        for name in files_of(root, f"{location}/{kind}.yaml"):
            document = read_yaml(root / name, name, problems)
            if document is None:
                continue
            data = [] if document.data is None else document.data
            entries = documents.convert(
                data, tuple[ComponentEntry, ...], name, document.line_of, problems
            )
            place = Place(name, document.line_of, language, problems)
            found.extend(_components(kind, entries or (), place, seen))
    return tuple(found)


_KIND_FILES = frozenset((kind, ".yaml") for kind in KINDS)


def _is_there(path: Path) -> bool:
    """Whether something of that name exists, be it a link to nowhere, which reading then reports."""
    return path.exists() or path.is_symlink()


def _components(
    kind: Kind, entries: tuple[ComponentEntry, ...], place: Place, seen: dict[str, str]
) -> Iterator[Component]:
    for index, entry in enumerate(entries):
        label = place.labels(entry.label, (index, "label"))
        shown = next(iter(label.values()), None)
        if shown is None:
            continue  # the label itself is a fault, which is reported
        if slug(shown) in seen:
            place.error((index, "label"), f"{shown!r} is already at {seen[slug(shown)]}", "list it once")
        seen.setdefault(slug(shown), f"{place.name}:{place.line_of((index,))}")
        _check_iris(entry, index, place)
        spot: documents.Path = (index, "alternative_labels")
        alternatives = tuple(place.labels(text, spot) for text in entry.alternative_labels)
        for language, text in (pair for labels in alternatives for pair in labels.items()):
            if label.get(language) == text:
                place.error(spot, f"{text!r} is its own alternative label", "leave it out there")
        yield Component(
            kind=kind,
            label=label,
            definition=place.maybe(entry.definition, (index, "definition")),
            alternative_labels=alternatives,
            same_as=entry.same_as,
            esco=entry.esco,
            proficiency_texts=tuple(_proficiency_texts(entry, index, place)),
            file=place.name,
            line=place.line_of((index,)),
            **_lasting(entry, (index,), place),
        )


def _proficiency_texts(entry: ComponentEntry, index: int, place: Place) -> Iterator[ProficiencyText]:
    seen: set[int] = set()
    for position, step in enumerate(entry.proficiency_texts):
        spot: documents.Path = (index, "proficiency_texts", position)
        if step.level in seen:
            place.error(spot, f"level {step.level} is there twice", "keep one of the two")
        seen.add(step.level)
        name = place.maybe(step.name, (*spot, "name"))
        yield ProficiencyText(level=step.level, name=name, text=place.labels(step.text, (*spot, "text")))


def _check_iris(entry: ComponentEntry, index: int, place: Place) -> None:
    for key, values in (("same_as", entry.same_as), ("esco", (entry.esco,) if entry.esco else ())):
        for value in values:
            try:
                check_iri(value)
            except IriError:
                place.error((index, key), f"{value!r} is no absolute IRI", "write one such as http://…")
