"""What roles and tables say of families, specialisations and components in, catalog entries out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from rolegraph.documents import is_iri
from rolegraph.iris import slug
from rolegraph.model.catalog import KINDS, Kind
from rolegraph.model.table_map import ComponentRules
from rolegraph.sources.tables.drafts import LAYERS, Draft, Item
from rolegraph.sources.tables.rows import Rejections, Row
from rolegraph.sources.tables.values import Reader, ValueFault, shown
from rolegraph.sources.taxonomy import SUPER_FUNCTION_PATTERN

Document = dict[str, Any]
SECTIONS: Final = {
    "super_function": "super_functions",
    "family": "families",
    "specialisation": "specialisations",
}
"""Layer of the taxonomy -> its key in `taxonomy.yaml`."""


def as_text(texts: dict[str, str], language: str) -> str | dict[str, str]:
    """A text as catalog files write it: plain when it is in the catalog's language alone."""
    if list(texts) == [language]:
        return texts[language]
    own = {language: texts[language]} if language in texts else {}
    return own | texts


class Taxa(Struct):
    """The entries of a taxonomy, by layer and code."""

    language: str
    items: dict[tuple[str, str], Item] = field(default_factory=dict)

    def add(self, draft: Draft, code: str, row: Row) -> None:
        """Add what a role says of its family, its specialisation and their super-function.

        Raises:
            ValueFault: an earlier role says something else.
        """
        family, focus, _ = code.split(".")
        super_function = _super_function(draft)
        codes = {"super_function": super_function, "family": family, "specialisation": f"{family}.{focus}"}
        for layer in LAYERS:
            layer_code = codes[layer]
            labels = draft.fields.text(f"{layer}.label")
            if layer_code is None or not labels:
                continue
            item = self.items.setdefault((layer, layer_code), Item(row=row))
            try:
                item.put_text("label", labels, row)
                item.put_text("definition", draft.fields.text(f"{layer}.definition"), row)
                if layer == "family":
                    item.put("super_function", super_function, row)
            except ValueFault as fault:
                instead = "map one spelling to the other, or give one of them another code"
                raise ValueFault(f"of {layer} {layer_code}, {fault.found}", instead) from fault

    def document(self) -> dict[str, list[Document]]:
        """The entries as `taxonomy.yaml` writes them, by section and in the order of their codes."""
        found: dict[str, list[Document]] = {section: [] for section in SECTIONS.values()}
        for (layer, code), item in sorted(self.items.items(), key=lambda pair: pair[0]):
            entry: Document = {"code": code, "label": as_text(item.text("label"), self.language)}
            if item.text("definition"):
                entry["definition"] = as_text(item.text("definition"), self.language)
            if item.value("super_function") is not None:
                entry["super_function"] = item.value("super_function")
            found[SECTIONS[layer]].append(entry)
        return found


def _super_function(draft: Draft) -> str | None:
    """The code of a role's super-function: the one given, or that of its label."""
    code = draft.fields.value("super_function.code")
    if code is not None and not re.match(SUPER_FUNCTION_PATTERN, code):
        raise ValueFault(f"{shown(code)} is no code of a super-function", "write a word such as technology")
    labels = draft.fields.text("super_function.label")
    return code or (slug(next(iter(labels.values()))) if labels else None)


class Entries(Struct):
    """The entries of `components/<kind>.yaml`, by kind and what tells them apart."""

    language: str
    items: dict[tuple[Kind, str], Item] = field(default_factory=dict)
    keys: dict[tuple[Kind, str], Item] = field(default_factory=dict)

    def add_row(self, rules: ComponentRules, row: Row, reader: Reader, rejections: Rejections) -> None:
        """Add the component that a row of a table defines, or refuse the row."""
        try:
            if row.fault is not None:
                raise ValueFault(*row.fault)
            labels = reader.text(rules.label, row)
            key = reader.one(rules.key, row)
            if not labels:
                rejections.reject(row, f"the {rules.kind} has no label", "write one, or remove the row")
                return
            item = self._item(rules.kind, labels, row) if key is None else self._keyed(rules.kind, key, row)
            item.put_text("label", labels, row)
            item.put_text("definition", reader.text(rules.definition, row), row)
            item.put("esco", _iri(reader.one(rules.esco, row)), row)
            for step in rules.proficiency_texts:
                for name, source in (("name", step.name), ("text", step.text)):
                    item.put_text(f"proficiency.{step.level}.{name}", reader.text(source, row), row)
            for language, values in reader.texts(rules.alternative_labels, row).items():
                _extend(item, f"alternative_labels.{language}", values)
            _extend(item, "same_as", [_iri(value) for value in reader.several(rules.same_as, row)])
        except ValueFault as fault:
            rejections.reject(row, fault.found, fault.instead)

    def add_use(self, kind: Kind, use: Item) -> None:
        """Add what a role's use of a component says of the component itself.

        Raises:
            ValueFault: an earlier row says something else.
        """
        texts = {"definition": use.text("definition")}
        level = use.value("proficiency")
        if level is not None:
            texts[f"proficiency.{level}.text"] = use.text("proficiency_text")
        if not any(texts.values()):
            return
        labels, row = use.text("label"), use.row
        item = self._item(kind, labels, row)
        try:
            for language, label in labels.items():
                item.texts.setdefault("label", {}).setdefault(language, (label, row))
            for name, by_language in texts.items():
                item.put_text(name, by_language, row)
        except ValueFault as fault:
            label = labels.get(self.language) or next(iter(labels.values()))
            raise ValueFault(f"of {kind} {label!r}, {fault.found}", fault.instead) from fault

    def _item(self, kind: Kind, labels: dict[str, str], row: Row) -> Item:
        label = labels.get(self.language) or next(iter(labels.values()))
        return self.items.setdefault((kind, slug(label)), Item(row=row))

    def _keyed(self, kind: Kind, key: str, row: Row) -> Item:
        return self.keys.setdefault((kind, key), Item(row=row))

    def close(self, rejections: Rejections) -> None:
        """Put the components that a key told apart among the others; two of one label are refused."""
        for (kind, _), keyed in self.keys.items():
            labels = keyed.text("label")
            item = self._item(kind, labels, keyed.row)
            try:
                for name in keyed.texts:
                    item.put_text(name, keyed.text(name), keyed.row)
                item.put("esco", keyed.value("esco"), keyed.row)
            except ValueFault as fault:
                rejections.reject(keyed.row, fault.found, fault.instead)
            for name, values in keyed.lists.items():
                _extend(item, name, list(values))
        self.keys.clear()

    def documents(self) -> dict[Kind, list[Document]]:
        """The entries as `components/<kind>.yaml` writes them, in the order of their IRIs."""
        found: dict[Kind, list[Document]] = {}
        for kind in KINDS:
            entries = [item for key, item in sorted(self.items.items()) if key[0] == kind]
            if entries:
                found[kind] = [self._document(item) for item in entries]
        return found

    def _document(self, item: Item) -> Document:
        entry: Document = {"label": as_text(item.text("label"), self.language)}
        if item.text("definition"):
            entry["definition"] = as_text(item.text("definition"), self.language)
        alternatives = list(self._alternatives(item))
        if alternatives:
            entry["alternative_labels"] = alternatives
        if item.lists.get("same_as"):
            entry["same_as"] = list(item.lists["same_as"])
        if item.value("esco") is not None:
            entry["esco"] = item.value("esco")
        steps = [self._step(item, level) for level in range(1, 6) if item.text(f"proficiency.{level}.text")]
        return entry | ({"proficiency_texts": steps} if steps else {})

    def _alternatives(self, item: Item) -> Iterator[str | dict[str, str]]:
        for name, values in item.lists.items():
            head, _, language = name.partition(".")
            if head == "alternative_labels":
                own = item.text("label").get(language)
                yield from (as_text({language: value}, self.language) for value in values if value != own)

    def _step(self, item: Item, level: int) -> Document:
        step: Document = {"level": level}
        for name in ("name", "text"):
            texts = item.text(f"proficiency.{level}.{name}")
            if texts:
                step[name] = as_text(texts, self.language)
        return step


def _iri(value: str | None) -> str | None:
    """A value that must be an IRI where there is one."""
    if value is not None and not is_iri(value):
        raise ValueFault(f"{shown(value)} is no absolute IRI", "write one such as http://…")
    return value


def _extend(item: Item, name: str, values: list[str | None]) -> None:
    known = item.lists.get(name, ())
    item.lists[name] = tuple(dict.fromkeys((*known, *(value for value in values if value is not None))))
