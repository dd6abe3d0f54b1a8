"""A source of a map and a row in, the values that the row has there out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from rolegraph.documents import LANGUAGE_PATTERN, suggestion
from rolegraph.model.table_map import Rule, Source, TableRules
from rolegraph.sources.tables.columns import PLACEHOLDER, as_rules
from rolegraph.sources.tables.rows import Row

Values = list[str | None]
"""Values in their order; None where one says nothing, so that lists of one row stay parallel."""
_BULLET: Final = re.compile(r"\s*(?:[-*•‣·–—]|\d{1,3}[.)])\s+")
_SHOWN: Final = 40


class ValueFault(Exception):
    """A value of a row that cannot be used: what was found, and what to write instead."""

    def __init__(self, found: str, instead: str) -> None:
        super().__init__(found)
        self.found = found
        self.instead = instead


class Reader:
    """Reads the sources of one table of a map.

    Args:
        none: what cells hold that say nothing, beside white space.
        language: the tag of texts for which a source gives none.
    """

    def __init__(self, none: Iterable[str], language: str) -> None:
        self.language = language.lower()
        self._none = frozenset(none)

    def one(self, source: Source | None, row: Row) -> str | None:
        """The value of a source where there is room for one.

        Raises:
            ValueFault: there are several, or one that its values or matches do not know.
        """
        return _only(self.several(source, row))

    def text(self, source: Source | None, row: Row) -> dict[str, str]:
        """The text of a source by language, where there is room for one in each."""
        found = {language: _only(values) for language, values in self.texts(source, row).items()}
        return {language: text for language, text in found.items() if text is not None}

    def texts(self, source: Source | None, row: Row) -> dict[str, Values]:
        """The texts of a source by language; the n-th of each belong together."""
        for rule in as_rules(source) if source is not None else ():
            if rule.languages is None:
                found = {self.language: self._rule(rule, row)}
            else:
                found = {tag.lower(): self.several(inner, row) for tag, inner in rule.languages.items()}
            found = {language: values for language, values in found.items() if values}
            if found:
                return found
        return {}

    def several(self, source: Source | None, row: Row) -> Values:
        """The values of the first alternative that says something; empty when none does."""
        for rule in as_rules(source) if source is not None else ():
            values = self._rule(rule, row)
            if values:
                return values
        return []

    def cell(self, column: str, row: Row) -> str | None:
        """A cell as one text, or None when it says nothing."""
        return self._said(whole_cell(column, row))

    def _rule(self, rule: Rule, row: Row) -> Values:
        values = [self._said(value) for value in self._origin(rule, row)]
        if rule.pattern is not None:
            values = [None if value is None else _found(rule.pattern, value) for value in values]
        if rule.values is not None or rule.matches:
            values = [None if value is None else _mapped(rule, value) for value in values]
        return values if any(value is not None for value in values) else []

    def _origin(self, rule: Rule, row: Row) -> list[str]:
        if rule.constant is not None:
            return [rule.constant]
        if rule.template is not None:
            parts = self._filled(rule.template, row)
        else:
            cell = row.cells.get(rule.column or "", "")
            parts = [cell] if isinstance(cell, str) else list(cell)
        return parts if rule.split is None else [item for part in parts for item in split(part, rule.split)]

    def _filled(self, template: str, row: Row) -> list[str]:
        """The template with the row's cells in it, or nothing when one of them says nothing."""
        cells = {name: self.cell(name, row) for name in PLACEHOLDER.findall(template)}
        if None in cells.values():
            return []
        return [PLACEHOLDER.sub(lambda match: cells[match[1]] or "", template)]

    def _said(self, value: str) -> str | None:
        stripped = value.replace("\r\n", "\n").strip()
        return None if not stripped or stripped in self._none else stripped


class Readers:
    """Gives the reader of each row of a table: one of the language that the row, or else the table, is in.

    Args:
        none: what cells hold that say nothing.
        rules: the table.
        language: of tables that say none.
    """

    def __init__(self, none: Iterable[str], rules: TableRules, language: str) -> None:
        self._none = frozenset(none)
        self._column = rules.language_column
        self._own = Reader(self._none, rules.language or language)
        self._by_tag: dict[str, Reader] = {}

    def of(self, row: Row) -> tuple[Reader, Row]:
        """The reader of a row, and the row: at fault where its language is none."""
        tag = None if self._column is None else self._own.cell(self._column, row)
        if tag is None:
            return self._own, row
        if not re.fullmatch(LANGUAGE_PATTERN, tag):
            fault = f"{shown(tag)} is no language tag", "write a BCP 47 tag such as en or pt-BR"
            return self._own, row._replace(fault=row.fault or fault)
        if tag not in self._by_tag:
            self._by_tag[tag] = Reader(self._none, tag)
        return self._by_tag[tag], row


def whole_cell(column: str, row: Row) -> str:
    """What stands in a cell, whether it says anything or not."""
    cell = row.cells.get(column, "")
    return (cell if isinstance(cell, str) else "\n".join(cell)).strip()


def split(text: str, separator: str) -> list[str]:
    """The values within one cell.

    >>> split("SQL; Python", ";")
    ['SQL', ' Python']
    """
    if separator == "lines":
        return [line for line in text.splitlines() if line.strip()]
    if separator != "bullets":
        # A separator at the end ends the last value, it does not begin another.
        parts = text.split(separator)
        return parts[:-1] if len(parts) > 1 and not parts[-1].strip() else parts
    items: list[str] = []
    is_listed = False
    for line in filter(str.strip, text.splitlines()):
        bullet = _BULLET.match(line)
        if bullet:
            items.append(line[bullet.end() :].strip())
            is_listed = True
        elif is_listed:
            items[-1] = f"{items[-1]} {line.strip()}"  # the line before goes on here
        else:
            items.append(line.strip())
    return items


def shown(text: str) -> str:
    """A text as messages quote it: its beginning."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def _only(values: Values) -> str | None:
    said = [value for value in values if value is not None]
    if len(values) > 1:
        found = f"there are {len(values)} values ({', '.join(map(shown, said[:3]))} …) where one has a place"
        raise ValueFault(found, "write one, or map the column to a list")
    return said[0] if said else None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _found(pattern: str, value: str) -> str | None:
    match = _compiled(pattern).search(value)
    if match is None:
        return None
    part = match[1] if match.re.groups else match[0]
    return (part or "").strip() or None


def _mapped(rule: Rule, value: str) -> str:
    """What the rule puts in place of a value."""
    values: Mapping[str, str | int] = rule.values or {}
    if value in values:
        return str(values[value])
    for pattern, result in rule.matches:
        if _compiled(pattern).search(value):
            return str(result)
    if rule.keep_others:
        return value
    where = f"{rule.column} {shown(value)}" if rule.column else shown(value)
    instead = suggestion(value, values) if values else "correct it"
    raise ValueFault(f"{where} is not in the map", f"{instead}, or add it to the map")
