"""Raw records in, changes that people can read out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from rolegraph.diff.changes import Change
from rolegraph.diff.classify import RawChange
from rolegraph.diff.lines import language, parse_fact
from rolegraph.diff.spool import Spool
from rolegraph.diff.subjects import read_subjects
from rolegraph.graph.nquads import literal_text
from rolegraph.terms import CONCEPT, prefixed_forms, term

_LABELS: Final = frozenset([term("skos:prefLabel"), term("rdfs:label"), term("dcterms:title")])
_NOTATION: Final = term("skos:notation")
_CACHE: Final = 1 << 14


def find_names(spool: Spool, blocks: Iterable[bytes]) -> None:
    """Look up the names that a spool still wants, in one pass over a dump."""
    spool.name_all((token, *_names(lines)) for token, lines in read_subjects(blocks, spool.unnamed()))


def _names(lines: list[bytes]) -> tuple[str | None, str | None]:
    """Label, in English where there is one, and code."""
    labels, notation = [], None
    for line in lines:
        fact = parse_fact(line)
        if fact.predicate in _LABELS:
            labels.append((language(fact.object) != "en", fact.object))
        elif fact.predicate == _NOTATION:
            notation = literal_text(fact.object)
    return (literal_text(min(labels)[1]) if labels else None), notation


class Names:
    """Shows the terms of records as people know them."""

    def __init__(self, spool: Spool, base_iri: str) -> None:
        self._spool = spool
        self._base = base_iri
        self._name = lru_cache(_CACHE)(spool.name)

    def changes(self) -> Iterator[tuple[str, Change]]:
        """All changes in the order of a report, each with the group that it belongs to."""
        for place, record in self._spool.records():
            yield place, self._change(record)

    def records(self) -> Iterator[RawChange]:
        """All changes as they were found, in that order."""
        return (record for _, record in self._spool.records())

    def _change(self, record: RawChange) -> Change:
        code, label = self._code_and_label(record.owner)
        return Change(
            kind=record.kind,
            change=record.change,
            code=code,
            label=label,
            part=" ".join(self._show(part, record.fallback) for part in record.part),
            component_kind=record.component_kind,
            what=record.what,
            before="; ".join(self._show(token) for token in record.before),
            after="; ".join(self._show(token) for token in record.after),
            iri=record.iri[1:-1],
        )

    def _code_and_label(self, token: str) -> tuple[str, str]:
        label, notation = self._name(token)
        if notation is None and label is None:
            return self._short(token), ""
        return notation or "", label or ""

    def _show(self, token: str, fallback: str = "") -> str:
        if token.startswith('"'):
            return literal_text(token)
        if not token.startswith("<"):
            return token
        label, notation = self._name(token)
        if label is None and notation is None:
            return " ".join(filter(None, (self._short(token), literal_text(fallback) if fallback else "")))
        if token.startswith(f"<{CONCEPT}"):
            return label or notation or ""
        has_known_code = token.startswith((f"<{self._base}soc2018/", f"<{self._base}onetsoc2019/"))
        if has_known_code and label and notation:
            return f"{notation} {label}"
        return notation or label or ""

    def _short(self, token: str) -> str:
        """The code at the end of an IRI of the catalog, a prefixed name, or the IRI."""
        iri = token[1:-1]
        if iri.startswith(self._base):
            return iri.removeprefix(self._base).partition("/")[2] or iri
        prefixed = next(prefixed_forms(iri), None)
        return ":".join(prefixed) if prefixed else iri
