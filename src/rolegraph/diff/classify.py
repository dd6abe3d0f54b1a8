"""A subject whose lines differ in, what happened to it out: records whose terms are still tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from msgspec import Struct

from rolegraph.diff.changes import ChangeWord
from rolegraph.diff.kinds import RDF_TYPE, follows, kind_of, words
from rolegraph.diff.lines import Fact, language, parse_fact
from rolegraph.diff.subjects import ChangedSubject
from rolegraph.terms import term

_DEPRECATED: Final = term("owl:deprecated")
_REPLACED_BY: Final = term("dcterms:isReplacedBy")
_STATUS: Final = term("adms:status")
_POSITION: Final = term("rg:position")
_COMPONENT: Final = term("rg:component")
_LABEL: Final = term("skos:prefLabel")

Facts = list[Fact]


class RawChange(Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """A `Change` before its terms were looked up.

    In `part`, `before` and `after`, what begins with `<` or `"` is a token and the rest are words.
    `fallback` is a literal that says what an IRI in `part` is, should the graph not know it.
    """

    kind: str
    change: ChangeWord
    iri: str
    owner: str
    part: tuple[str, ...] = ()
    fallback: str = ""
    component_kind: str = ""
    what: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Move(Struct, frozen=True, kw_only=True):
    """Where a use stands, and stood, in a role's list of one kind of component; 0 for nowhere."""

    owner: str
    component_kind: str
    before: int
    after: int


class ChosenChange(NamedTuple):
    """A subject that differs; `before` and `after` are those of its lines that count, sorted."""

    subject: ChangedSubject
    before: list[bytes]
    after: list[bytes]

    @property
    def gone(self) -> list[bytes]:
        """The lines that went."""
        kept = set(self.after)
        return [line for line in self.before if line not in kept]

    @property
    def come(self) -> list[bytes]:
        """The lines that came."""
        known = set(self.before)
        return [line for line in self.after if line not in known]


class Classifier:
    """Tells what happened to subjects."""

    def __init__(self, base_iri: str) -> None:
        """Take the catalog's base."""
        self._base = base_iri
        self._graph_base = f"{base_iri}graph/"
        self._mappings = f"<{self._graph_base}mappings>"

    def classify(self, changed: ChosenChange) -> Iterator[RawChange | Move]:
        """Tell what happened to one subject; nothing where it all follows from others' changes."""
        old, new = ([*map(parse_fact, lines)] for lines in (changed.before, changed.after))
        if {fact[:2] for fact in old} == {fact[:2] for fact in new}:
            return
        name, *sides = changed.subject
        before, after = ([*map(parse_fact, lines)] for lines in sides)
        subject = _Subject(self._base, self._graph_base, name.decode(), before, after)
        yield from subject.moves()
        if not (subject.is_old and subject.is_new):
            yield from self._whole(subject, new if subject.is_new else old)
        else:
            yield from subject.deprecation()
            old, new = ([fact for fact in facts if self._counts(subject, fact)] for facts in (old, new))
            yield from _properties(subject, old, new)

    def _counts(self, subject: _Subject, fact: Fact) -> bool:
        return not subject.is_told(fact) and not follows(subject.kind, fact, self._mappings)

    def _whole(self, subject: _Subject, facts: Facts) -> Iterator[RawChange]:
        """It was added or removed, if the graphs that are compared are those that make it one."""
        if subject.is_typed:
            tells = any(fact.predicate == RDF_TYPE for fact in facts)
        else:
            tells = any(not follows(subject.kind, fact, self._mappings) for fact in facts)
        if tells:
            yield subject.record("added" if subject.is_new else "removed")
            if subject.is_new:
                yield from subject.deprecation()


class _Subject:
    """A subject with all that both dumps say of it."""

    def __init__(self, base: str, graph_base: str, token: str, before: Facts, after: Facts) -> None:
        self._token = token
        self._before = before
        self._after = after
        self.kind = kind_of([*after, *before], graph_base)
        was_typed, self.is_typed = _is_typed(before), _is_typed(before) or _is_typed(after)
        self.is_old = was_typed if self.is_typed else bool(before)
        self.is_new = _is_typed(after) if self.is_typed else bool(after)
        known = dict((*((f.predicate, f.object) for f in before), *((f.predicate, f.object) for f in after)))
        self._owner = _owner(self.kind, token, known)
        self._part, self._fallback = _part(self.kind, token, known) if self._owner != token else ((), "")
        component = known.get(_COMPONENT, token if self.kind == "component" else "")
        path = component.removeprefix(f"<{base}component/")
        self._component_kind = path.partition("/")[0].replace("-", " ") if path != component else ""

    def record(
        self, change: ChangeWord, what: str = "", before: Iterable[str] = (), after: Iterable[str] = ()
    ) -> RawChange:
        return RawChange(
            kind=self.kind,
            change=change,
            iri=self._token,
            owner=self._owner,
            part=self._part,
            fallback=self._fallback,
            component_kind=self._component_kind,
            what=what,
            before=tuple(before),
            after=tuple(after),
        )

    def deprecation(self) -> Iterator[RawChange]:
        """It was deprecated or replaced, or is no longer."""
        was, now = _is_deprecated(self._before), _is_deprecated(self._after)
        old, new = _objects(self._before, _REPLACED_BY), _objects(self._after, _REPLACED_BY)
        if now and new and (not was or new != old):
            yield self.record("replaced", before=old, after=new)
        elif now and not was:
            yield self.record("deprecated")
        elif was and not now:
            yield self.record("changed", "deprecated", ["yes"], ["no"])

    def is_told(self, fact: Fact) -> bool:
        """Whether `deprecation` and `moves` say it already."""
        if fact.predicate == _REPLACED_BY:
            return _is_deprecated(self._after) and bool(_objects(self._after, _REPLACED_BY))
        if fact.predicate == _STATUS and _is_deprecated(self._after) != _is_deprecated(self._before):
            return True
        return fact.predicate == _DEPRECATED or (self.kind == "component use" and fact.predicate == _POSITION)

    def moves(self) -> Iterator[Move]:
        """It came into, left, or moved in a list."""
        if self.kind == "component use":
            old, new = (_position(facts) for facts in (self._before, self._after))
            if old != new:
                yield Move(owner=self._owner, component_kind=self._component_kind, before=old, after=new)


def _properties(subject: _Subject, old: Facts, new: Facts) -> Iterator[RawChange]:
    """One record for each property, and each language of it, whose values differ."""
    gone = {fact[:2] for fact in old} - {fact[:2] for fact in new}
    come = {fact[:2] for fact in new} - {fact[:2] for fact in old}
    changed = {predicate for predicate, _ in gone | come}
    for predicate in sorted(changed, key=lambda known: (known != _LABEL, known)):
        languages = {language(fact.object) for fact in chain(old, new) if fact.predicate == predicate}
        for tag in sorted(languages):
            before = sorted(obj for known, obj in gone if known == predicate and language(obj) == tag)
            after = sorted(obj for known, obj in come if known == predicate and language(obj) == tag)
            if before or after:
                what = words(subject.kind, predicate)
                what = f"{what} ({tag})" if tag and len(languages) > 1 else what
                yield subject.record("changed", what, before, after)


def _is_typed(facts: Facts) -> bool:
    return any(fact.predicate == RDF_TYPE for fact in facts)


def _is_deprecated(facts: Facts) -> bool:
    return any(fact.predicate == _DEPRECATED and fact.object.startswith('"true"') for fact in facts)


def _objects(facts: Facts, predicate: str) -> list[str]:
    return sorted({fact.object for fact in facts if fact.predicate == predicate})


def _position(facts: Facts) -> int:
    found = _objects(facts, _POSITION)
    digits = found[0].split('"')[1] if found else "0"
    return int(digits) if digits.isdecimal() else 0


def _owner(kind: str, token: str, known: dict[str, str]) -> str:
    """What it is a part of, or itself."""
    if kind == "mapping":
        return known.get(term("sssom:subject_id"), token)
    whole, mark, _ = token.partition("#")
    if mark and kind not in {"term", "shape"}:
        return f"{whole}>"
    if kind == "level descriptor":
        return f"{token.rpartition('/')[0]}>"  # level/P5/autonomy
    return token


_NAMED_BY: Final = {
    "component use": ("", _COMPONENT),
    "alias": ("", term("skosxl:literalForm")),
    "level descriptor": ("", term("rg:dimension")),
    "adjacency": ("neighbour", term("rg:adjacentRole")),
}
"""Kind of part -> a word and the property that name it."""


def _part(kind: str, token: str, known: dict[str, str]) -> tuple[tuple[str, ...], str]:
    """How people call a part of something, and what its IRI is called if the graph does not say."""
    fragment = token[1:-1].partition("#")[2]
    if kind == "mapping":
        relation = words(kind, known.get(term("sssom:predicate_id"), "<mapping>"))
        negation = ("not",) if term("sssom:predicate_modifier") in known else ()
        target = known.get(term("sssom:object_id"), fragment)
        return (*negation, relation, "to", target), known.get(term("sssom:object_label"), "")
    if kind in _NAMED_BY:
        word, predicate = _NAMED_BY[kind]
        return tuple(filter(None, (word, known.get(predicate, fragment)))), ""
    return (fragment.removeprefix("quality-").replace("plan-", "plan step "),), ""
