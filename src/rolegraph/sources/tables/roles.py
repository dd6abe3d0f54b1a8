"""Drafts of roles in, role documents out; a draft with a fault is refused with all of its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rolegraph import documents
from rolegraph.errors import Problems
from rolegraph.iris import Iris, slug
from rolegraph.model.catalog import KINDS, Kind, RoleFile
from rolegraph.sources.roles import RoleReader
from rolegraph.sources.tables.drafts import Draft, Drafts, Item, Key
from rolegraph.sources.tables.entries import Entries, Taxa, as_text
from rolegraph.sources.tables.mint import mint_family, mint_focus
from rolegraph.sources.tables.rows import Row
from rolegraph.sources.tables.values import ValueFault, shown

Document = dict[str, Any]


class RoleMaker:
    """Makes role documents of one catalog.

    Args:
        language: the catalog's language, which plain texts are in.
        base: the language that a role must have a title in: that of the map's first table of roles.
        levels: the notations of the catalog's levels.
        pins: codes that are given by hand, by key.
        problems: receives what is unusual and imported all the same.
    """

    def __init__(
        self, language: str, base: str, levels: frozenset[str], pins: Mapping[Key, str], problems: Problems
    ) -> None:
        self.taxa = Taxa(language=language)
        self.entries = Entries(language=language)
        self._language = language
        self._base = base
        self._checks = Problems()
        self._reader = RoleReader(Iris("https://example.org/"), language, levels, self._checks)
        self._pins = pins
        self._problems = problems

    def make(self, drafts: Drafts) -> list[tuple[RoleFile, Row]]:
        """The roles in the order of their codes, each with its first row."""
        codes = self._codes(drafts)
        made = []
        for draft in drafts.by_key.values():
            if draft.faulty is None:
                role = self._role(draft, codes[draft.key], drafts)
                if role is not None:
                    made.append((role, draft.rows[0]))
        for draft in drafts.by_key.values():
            if draft.faulty is not None:
                drafts.leave_out(draft)
        return sorted(made, key=lambda pair: pair[0].code)

    def _codes(self, drafts: Drafts) -> dict[Key, str]:
        """The code of every sound draft; two keys that share one are both refused."""
        codes: dict[Key, str] = {}
        by_code: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts.by_key.values():
            if draft.faulty is None:
                try:
                    codes[draft.key] = self._code(draft)
                    by_code[codes[draft.key]].append(draft)
                except ValueFault as fault:
                    drafts.refuse(draft, draft.rows[0], fault)
        for code, sharing in by_code.items():
            for draft in sharing if len(sharing) > 1 else ():
                other = next(each for each in sharing if each is not draft)
                found = f"{code} would also be {_named(other)} ({other.rows[0].place})"
                instead = "give one of them another level or code in the map, or pin it with --codes"
                drafts.refuse(draft, draft.rows[0], ValueFault(found, instead))
        return codes

    def _code(self, draft: Draft) -> str:
        """The code of a role, which depends on its own rows alone."""
        whole = self._pins.get(draft.key) or draft.fields.value("code")
        if whole is not None:
            if whole.count(".") != 2:
                instead = "write FUNCTION.FOCUS.LEVEL, as in SRES.GEN.P5"
                raise ValueFault(f"{whole!r} is no role code", instead)
            return whole
        family = self._layer_code(draft, "family")
        focus = self._layer_code(draft, "specialisation")
        level = draft.fields.value("level")
        if level is None:
            raise ValueFault("the role has no level", "write one, or complete `level` in the map")
        return f"{family}.{focus}.{level}"

    def _layer_code(self, draft: Draft, layer: str) -> str:
        given = draft.fields.value(f"{layer}.code")
        if given is not None:
            return given
        labels = draft.fields.text(f"{layer}.label")
        label = labels.get(self._base) or next(iter(labels.values()), None)
        if label is None:
            raise ValueFault(f"the role has no {layer}", f"write one, or complete `{layer}` in the map")
        return mint_family(label) if layer == "family" else mint_focus(label)

    def _role(self, draft: Draft, code: str, drafts: Drafts) -> RoleFile | None:
        """The role of a draft, or None when it has a fault; its rows are refused then."""
        first = draft.rows[0]
        try:
            data = self._document(draft, code)
            role = self._checked(data, first)
            self.taxa.add(draft, code, first)
        except ValueFault as fault:
            drafts.refuse(draft, first, fault)
            return None
        for kind in KINDS:
            for item in draft.items.get(kind, {}).values():
                try:
                    self.entries.add_use(kind, item)
                except ValueFault as fault:
                    drafts.refuse(draft, item.row, fault)
        return role if draft.faulty is None else None

    def _checked(self, data: Document, first: Row) -> RoleFile:
        """A document as a build reads it; a fault that a build would find is a `ValueFault`."""
        line_of = documents.same_line(first.line)
        self._checks.errors.clear()
        role = documents.convert(data, RoleFile, first.file, line_of, self._checks)
        if role is not None:
            self._reader.convert(role, first.file, line_of)
        if role is None or self._checks.errors:
            parts = [problem.message.partition("; ") for problem in self._checks.errors]
            raise ValueFault(", ".join(part[0] for part in parts), ", ".join(part[2] for part in parts))
        self._problems.warnings += self._checks.warnings
        self._checks.warnings.clear()
        return role

    def _document(self, draft: Draft, code: str) -> Document:
        fields = draft.fields
        if self._base not in fields.text("title"):
            others = ", ".join(fields.text("title")) or "no other language either"
            found = f"the role has no {self._base} title ({others})"
            raise ValueFault(found, "write one, or correct its key")
        data: Document = {"code": code}
        for name in ("title", "summary", "history_note"):
            if fields.text(name):
                data[name] = as_text(fields.text(name), self._language)
        for name in ("status", "applicability", "version", "modified", "replaced_by", "confidence"):
            if fields.value(name) is not None:
                data[name] = _number(name, fields.value(name))
        for section in ("level_text", "story"):
            texts = {
                name.partition(".")[2]: as_text(fields.text(name), self._language)
                for name in fields.texts
                if name.startswith(f"{section}.") and fields.text(name)
            }
            if texts:
                data[section] = texts
        return data | self._lists(draft, data)

    def _lists(self, draft: Draft, data: Document) -> Document:
        """The lists of a role: its plan, components, aliases and codes."""
        found: Document = {}
        plan = [as_text(item.text("text"), self._language) for item in draft.items.get("plan", {}).values()]
        if plan:
            self._check_translated(draft, "plan")
            found["story"] = {**data.get("story", {}), "plan": plan}
        components = {kind: self._uses(draft, kind) for kind in KINDS if draft.items.get(kind)}
        if components:
            found["components"] = components
        if draft.fields.lists.get("none_recorded"):
            found["none_recorded"] = draft.fields.lists["none_recorded"]
        for section in ("aliases", "codes"):
            items = [
                {name: _number(name, said[0]) for name, said in item.values.items()}
                for item in draft.items.get(section, {}).values()
            ]
            if items:
                found[section] = items
        return found

    def _uses(self, draft: Draft, kind: Kind) -> list[Document]:
        """The components of a kind; one that comes again in the same form is listed once."""
        self._check_translated(draft, kind)
        by_slug: dict[str, tuple[Document, Item]] = {}
        for item in draft.items[kind].values():
            labels = item.text("label")
            use: Document = {"label": as_text(labels, self._language)}
            if item.lists.get("tags"):
                use["tags"] = list(item.lists["tags"])
            for name in ("importance", "proficiency"):
                if item.value(name) is not None:
                    use[name] = _number(name, item.value(name))
            label = labels.get(self._language) or next(iter(labels.values()))
            known, first = by_slug.setdefault(slug(label), (use, item))
            if first is item:
                continue
            place = first.row.place
            if {**known, "label": ""} != {**use, "label": ""}:
                found = f"{kind} {shown(label)} is at {place} and, not alike, at {item.row.place}"
                raise ValueFault(found, "keep one of the two")
            found = f"{kind} {shown(label)} of {_named(draft)} is already at {place}"
            self._problems.warn(item.row.file, item.row.line, found, "the role lists it once")
        return [use for use, _ in by_slug.values()]

    def _check_translated(self, draft: Draft, section: str) -> None:
        """Items that belong together by their order need as many in each language."""
        items = draft.items.get(section, {})
        counts = {language: count for (name, language), count in draft.counts.items() if name == section}
        if len(set(counts.values())) > 1:
            shown_counts = ", ".join(f"{count} in {language}" for language, count in counts.items())
            instead = "write as many in each, in the same order, or give `key` in the map"
            raise ValueFault(f"the {section} list has {shown_counts}", instead)
        name = "text" if section == "plan" else "label"
        lone = next((item for item in items.values() if self._base not in item.text(name)), None)
        if lone is not None and not counts:
            found = f"a {section} at {lone.row.place} has no {self._base} text"
            raise ValueFault(found, "write it, or correct its key")


def _named(draft: Draft) -> str:
    return " / ".join(map(repr, draft.key))


def _number(name: str, value: str | None) -> str | int | float | None:
    """A value as a number where role files have one; what is none is left for the check to name."""
    kinds: dict[str, type[int | float | str]] = {"confidence": float, "proficiency": int}
    try:
        return kinds.get(name, str)(value or "")
    except ValueError:
        return value
