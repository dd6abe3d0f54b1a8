"""Rows of tables in, drafts of roles out: all that the rows of one key say, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from rolegraph.model.table_map import AliasRules, CodeRules, RoleRules, Source, StoryRules, UseRules
from rolegraph.sources.tables.rows import Rejections, Row
from rolegraph.sources.tables.values import Reader, ValueFault, Values, shown, whole_cell

TEXTS: Final = ("title", "summary", "history_note")
SINGLE: Final = (
    "code", "level", "status", "applicability", "version", "modified", "replaced_by", "confidence",
)  # fmt: skip
LAYERS: Final = ("super_function", "family", "specialisation")
Key = tuple[str, ...]
Said = tuple[str, Row]
"""A value, and the first row that says it."""


class Item(Struct):
    """Texts by name and language, and single values by name, with the row that said each first."""

    row: Row
    texts: dict[str, dict[str, Said]] = field(default_factory=dict)
    values: dict[str, Said] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def put_text(self, name: str, texts: dict[str, str], row: Row) -> None:
        """Add texts.

        Raises:
            ValueFault: an earlier row says something else in the same language.
        """
        for language, text in texts.items():
            known = self.texts.setdefault(name, {}).setdefault(language, (text, row))
            _check_agreement(name, text, known)

    def put(self, name: str, value: str | None, row: Row) -> None:
        """Add a value; an earlier row that says something else is a `ValueFault`."""
        if value is not None:
            _check_agreement(name, value, self.values.setdefault(name, (value, row)))

    def text(self, name: str) -> dict[str, str]:
        """A text by language; empty when nobody said it."""
        return {language: said[0] for language, said in self.texts.get(name, {}).items()}

    def value(self, name: str) -> str | None:
        """A single value, or None when nobody said it."""
        return self.values[name][0] if name in self.values else None


def _check_agreement(name: str, value: str, known: Said) -> None:
    if known[0] != value:
        found = f"{name} is {shown(value)} here and {shown(known[0])} at {known[1].place}"
        raise ValueFault(found, "write the same in both rows")


class Draft(Struct):
    """What the rows of one key say; it is not written when any of them is at fault."""

    key: Key
    fields: Item
    rows: list[Row] = field(default_factory=list)
    faulty: Row | None = None
    items: dict[str, dict[str, Item]] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def item(self, section: str, ident: str, row: Row) -> Item:
        """The item of a list, made when it is met first."""
        return self.items.setdefault(section, {}).setdefault(ident, Item(row=row))

    def next_ident(self, section: str, language: str) -> str:
        """What an item without a key is known by: its number among those of its language."""
        number = self.counts.get((section, language), 0) + 1
        self.counts[section, language] = number
        return f"#{number}"


class Drafts:
    """Collects the drafts of an import.

    Args:
        rejections: receives every row that cannot be used.
    """

    def __init__(self, rejections: Rejections) -> None:
        self.by_key: dict[Key, Draft] = {}
        self._rejections = rejections
        self._refused: set[tuple[str, int]] = set()

    def add(self, rules: RoleRules, row: Row, reader: Reader) -> None:
        """Add what one row of a table says of its role."""
        key = tuple(whole_cell(column, row) for column in rules.key)
        if not all(key):
            found = f"{rules.key[key.index('')]!r} says nothing"
            self._rejections.reject(row, *(row.fault or (found, "write what tells the roles apart")))
            return
        draft = self.by_key.setdefault(key, Draft(key=key, fields=Item(row=row)))
        draft.rows.append(row)
        if row.fault is not None:
            self.refuse(draft, row, ValueFault(*row.fault))
            return
        for fault in _collect(draft, rules, row, reader):
            self.refuse(draft, row, fault)

    def refuse(self, draft: Draft, row: Row, fault: ValueFault) -> None:
        """Refuse a row, and with it the role."""
        draft.faulty = draft.faulty or row
        self._refused.add((row.file, row.line))
        self._rejections.reject(row, fault.found, fault.instead)

    def leave_out(self, draft: Draft) -> None:
        """Refuse the sound rows of a role of which another one is at fault."""
        assert draft.faulty is not None  # noqa: S101  # it is called for those only
        for row in draft.rows:
            if (row.file, row.line) not in self._refused:
                self._rejections.follow(row, draft.faulty)


def _collect(draft: Draft, rules: RoleRules, row: Row, reader: Reader) -> Iterator[ValueFault]:
    """Put what a row says into the draft; yields its faults."""
    for name, source in _text_sources(rules):
        try:
            draft.fields.put_text(name, reader.text(source, row), row)
        except ValueFault as fault:
            yield fault
    for name, source in _single_sources(rules):
        try:
            draft.fields.put(name, reader.one(source, row), row)
        except ValueFault as fault:
            yield fault
    for section, part in _lists(rules):
        try:
            _add_items(draft, section, part, row, reader)
        except ValueFault as fault:
            yield fault


def _text_sources(rules: RoleRules) -> Iterator[tuple[str, Source | None]]:
    """The sources of a role's texts, by what the draft calls them."""
    for name in TEXTS:
        yield name, getattr(rules, name)
    for layer in LAYERS:
        taxon = getattr(rules, layer)
        if taxon is not None:
            yield f"{layer}.label", taxon.label
            yield f"{layer}.definition", taxon.definition
    for name in ("level_text", "story"):
        part = getattr(rules, name)
        if part is not None:
            for key in part.__struct_fields__:
                if key not in {"plan", "plan_key"}:
                    yield f"{name}.{key}", getattr(part, key)


def _single_sources(rules: RoleRules) -> Iterator[tuple[str, Source | None]]:
    """The sources of what a role says once, in no language."""
    for name in SINGLE:
        yield name, getattr(rules, name)
    for layer in LAYERS:
        taxon = getattr(rules, layer)
        if taxon is not None:
            yield f"{layer}.code", taxon.code


ListPart = UseRules | AliasRules | CodeRules | StoryRules | Source


def _lists(rules: RoleRules) -> Iterator[tuple[str, ListPart]]:
    """The parts of a map that give lists, with the section of the role that they go to."""
    for use in rules.components:
        yield use.kind, use
    for alias in rules.aliases:
        yield "aliases", alias
    for code in rules.codes:
        yield "codes", code
    if rules.story is not None and rules.story.plan is not None:
        yield "plan", rules.story
    if rules.none_recorded is not None:
        yield "none_recorded", rules.none_recorded


def _add_items(draft: Draft, section: str, part: ListPart, row: Row, reader: Reader) -> None:
    if isinstance(part, UseRules):
        _add_uses(draft, section, part, row, reader)
    elif isinstance(part, AliasRules):
        _add_aliases(draft, part, row, reader)
    elif isinstance(part, CodeRules):
        _add_codes(draft, part, row, reader)
    elif isinstance(part, StoryRules):
        _add_plan(draft, part, row, reader)
    else:
        kinds = (*draft.fields.lists.get(section, ()), *filter(None, reader.several(part, row)))
        draft.fields.lists[section] = tuple(dict.fromkeys(kinds))


def _add_plan(draft: Draft, part: StoryRules, row: Row, reader: Reader) -> None:
    for language, values in reader.texts(part.plan, row).items():
        keys = _spread("plan_key", reader.several(part.plan_key, row), len(values))
        for value, key in zip(values, keys, strict=True):
            if value is not None:
                ident = draft.next_ident("plan", language) if key is None else f"={key}"
                draft.item("plan", ident, row).put_text("text", {language: value}, row)


def _add_uses(draft: Draft, section: str, part: UseRules, row: Row, reader: Reader) -> None:
    labels = reader.texts(part.label, row)
    count = max(map(len, labels.values()), default=0)
    if not count:
        _check_label(part, row, reader)
        return
    if any(len(values) != count for values in labels.values()):
        raise ValueFault(f"the languages of {section} differ in number", "write as many values in each")
    keys = _spread("key", reader.several(part.key, row), count)
    single = {
        name: _spread(name, reader.several(getattr(part, name), row), count)
        for name in ("importance", "proficiency")
    }
    texts = {
        name: {
            language: _spread(name, values, count)
            for language, values in reader.texts(getattr(part, name), row).items()
        }
        for name in ("definition", "proficiency_text")
    } | {"label": labels}
    tags = tuple(filter(None, reader.several(part.tags, row)))
    for index in range(count):
        found = {
            name: {language: text for language, values in by.items() if (text := values[index]) is not None}
            for name, by in texts.items()
        }
        if not found["label"]:
            continue
        key = keys[index]
        ident = draft.next_ident(section, reader.language) if key is None else f"={key}"
        item = draft.item(section, ident, row)
        for name, by_language in found.items():
            item.put_text(name, by_language, row)
        for name, values in single.items():
            item.put(name, values[index], row)
        item.lists.setdefault("tags", tags)


def _check_label(part: UseRules, row: Row, reader: Reader) -> None:
    """What is said of a component that has no label must not be lost."""
    for name in ("definition", "proficiency", "proficiency_text"):
        source = getattr(part, name)
        if source is not None and reader.several(source, row):
            raise ValueFault(f"the {part.kind} has a {name} and no label", "write its label")


def _add_aliases(draft: Draft, part: AliasRules, row: Row, reader: Reader) -> None:
    for language, labels in reader.texts(part.label, row).items():
        lists = {
            name: _spread(name, reader.several(getattr(part, name), row), len(labels))
            for name in ("type", "confidence", "approval")
        }
        for index, label in enumerate(labels):
            if label is not None:
                item = draft.item("aliases", f"{label}|{language}", row)
                item.put("label", label, row)
                item.put("language", language, row)
                for name, values in lists.items():
                    item.put(name, values[index], row)


def _add_codes(draft: Draft, part: CodeRules, row: Row, reader: Reader) -> None:
    codes = reader.several(part.code, row)
    lists = {
        name: _spread(name, reader.several(getattr(part, name), row), len(codes))
        for name in part.__struct_fields__
        if name != "code"
    }
    for index, code in enumerate(codes):
        if code is not None:
            item = draft.item("codes", code, row)
            item.put("code", code, row)
            for name, values in lists.items():
                item.put(name, values[index], row)


def _spread(name: str, values: Values, count: int) -> Values:
    """Values for each of `count` items: one for all of them, or as many."""
    if len(values) in {0, 1}:
        return (values or [None]) * count
    if len(values) != count:
        raise ValueFault(f"{name} has {len(values)} values for {count} items", "write one, or one for each")
    return values
