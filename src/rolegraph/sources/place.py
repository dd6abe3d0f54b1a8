"""A place in an input file: what readers report faults at."""

from __future__ import annotations

import datetime as dt
import re

from rolegraph import documents
from rolegraph.errors import Problems
from rolegraph.iris import slug
from rolegraph.model.catalog import OPEN_LISTS, Labels, Text
from rolegraph.terms import concept


def is_date(text: str) -> bool:
    """Whether a text is a calendar date of the form YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Place:
    """A file being read: puts a line to its faults and a language tag to its texts."""

    def __init__(self, name: str, line_of: documents.LineOf, language: str, problems: Problems) -> None:
        self.name = name
        self.line_of = line_of
        self.language = language.lower()
        self._problems = problems

    def error(self, place: documents.Path, found: str, instead: str) -> None:
        """Report a fault at a place of the document."""
        self._problems.error(self.name, self.line_of(place), found, instead)

    def warn(self, place: documents.Path, found: str, consequence: str) -> None:
        """Report something unusual that was read all the same."""
        self._problems.warn(self.name, self.line_of(place), found, consequence)

    def date(self, value: str | None, place: documents.Path) -> str | None:
        """A date as it is written, reported where it is none."""
        if value is not None and not is_date(value):
            self.error(place, f"{value!r} is no date", "write YYYY-MM-DD")
        return value

    def maybe(self, value: Text | None, place: documents.Path) -> Labels | None:
        """Like `labels`, but None stays None."""
        return None if value is None else self.labels(value, place)

    def labels(self, value: Text, place: documents.Path) -> Labels:
        """Texts by lower-cased language tag, without surrounding white space.

        The catalog's own language comes first: IRIs are minted from the first text, and must not
        depend on the order in which somebody wrote the languages.
        """
        if isinstance(value, str) and (stripped := value.strip()):
            return {self.language: stripped}
        what = next((part for part in reversed(place) if isinstance(part, str)), "document")
        by_tag = {self.language: value} if isinstance(value, str) else value
        result: Labels = {}
        for tag, text in by_tag.items():
            if not re.fullmatch(documents.LANGUAGE_PATTERN, tag):
                self.error(place, f"{tag!r} is no language tag", "write a BCP 47 tag such as en or pt-BR")
            elif tag.lower() in result:
                self.error(place, f"there are two {tag} texts of {what}", "keep one of them")
            elif not text.strip():
                found = f"the {tag} text of {what} is blank"
                self.error(place, found, "write a text, or leave the key out")
            else:
                result[tag.lower()] = text.strip()
        if not by_tag:
            self.error(place, f"{what} is empty", "write a text, or leave the key out")
        own = {self.language: result[self.language]} if self.language in result else {}
        return own | result

    def open_value(self, list_name: str, value: str | None, place: documents.Path) -> None:
        """Report a value that is not (yet) in one of the open lists.

        Blank values and other spellings of a listed one, which would share its IRI, are faults.
        """
        if value is None or value in OPEN_LISTS[list_name]:
            return
        own = concept(list_name, slug(value))
        listed = next((known for known in OPEN_LISTS[list_name] if concept(list_name, known) == own), None)
        if not value.strip():
            self.error(place, f"the value for {list_name} is blank", "write one, or leave the key out")
        elif listed is not None:
            self.error(place, f"{value!r} is a spelling of {listed!r}", f"write {listed}")
        else:
            found = f"{value!r} is not in the list {list_name}"
            self.warn(place, found, "it becomes a concept of this catalog")
