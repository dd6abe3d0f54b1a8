"""The merged records of ESCO in, quads in ESCO's own vocabulary out.

Everything that the files say can be read back from the graph: a row of a main file is a concept, its
language the tag of its labels; a row of a collection is membership in its scheme; a relation is a triple.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rolegraph.graph.esco_files import build_esco_files
from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, decimal, lang_text, moment, node, text
from rolegraph.iris import Iris
from rolegraph.model.esco import (
    ESCO,
    ColumnKind,
    ConceptKind,
    EscoData,
    Key,
    is_reference,
)
from rolegraph.model.esco_tables import TABLES
from rolegraph.terms import term

_CLASSES: Final[dict[ConceptKind, tuple[str, ...]]] = {
    "occupation": (term("esco:Occupation"), term("esco:MemberConcept"), term("skos:Concept")),
    "skill": (term("esco:Skill"), term("esco:MemberConcept"), term("skos:Concept")),
    "skill_group": (term("rg:EscoSkillGroup"), term("skos:Concept")),
    "isco_group": (term("rg:IscoGroup"), term("skos:Concept")),
    "scheme": (term("skos:ConceptScheme"),),
}
KIND_OF_CLASS: Final = {names[0]: kind for kind, names in _CLASSES.items()}
"""The class that tells the kind of a concept, as a token."""
_LISTS: Final = (
    f"{ESCO}label-role/",
    f"{ESCO}regulated-professions/",
    f"{ESCO}relationship-type/",
    f"{ESCO}skill-reuse-level/",
    f"{ESCO}skill-type/",
)
"""ESCO's own small lists, of which the files give only the IRIs of the members."""


def _value(cell: str) -> str:
    """The token of a code, which may be an IRI."""
    return node(cell) if is_reference(cell) else text(cell)


_TOKENS: Final[dict[ColumnKind, Callable[[str], str]]] = {
    "moment": moment,
    "decimal": decimal,
    "string": text,
    "codes": _value,
    "note": _value,
}
_TOKENS_OF: Final = {
    column.predicate: _TOKENS.get(column.kind, node)
    for spec in TABLES
    for column in spec.columns
    if column.predicate
}
"""Property -> how its values without language are written."""


def build_esco(data: EscoData, iris: Iris, esco: QuadWriter, provenance: QuadWriter) -> None:
    """Write the graph of ESCO.

    Args:
        data: all sources, merged.
        iris: mints the IRIs of files; concepts have ESCO's own.
        esco: receives the quads of the graph `esco`.
        provenance: receives what is known of each file, so that it can be written again.
    """
    writer = _Writer(esco)
    for iri, concept in data.concepts.items():
        subject = node(iri)
        esco.add_tails(subject, writer.types(iri, concept.kind))
        for key, value in concept.one.items():
            esco.add_tails(subject, (writer.tail(key, value),))
        for key, values in concept.many.items():
            esco.add_tails(subject, [writer.tail(key, value) for value in values])
    build_esco_files(data, iris, provenance)


class _Writer:
    """Makes the ends of quads, those that many concepts share only once."""

    def __init__(self, writer: QuadWriter) -> None:
        self._writer = writer
        self._types: dict[ConceptKind, list[str]] = {
            kind: [writer.tail(RDF_TYPE, name) for name in names] for kind, names in _CLASSES.items()
        }
        self._member_of_list = [writer.tail(RDF_TYPE, term("skos:Concept"))]
        self._shared: dict[tuple[Key, str], str] = {}

    def types(self, iri: str, kind: ConceptKind | None) -> list[str]:
        """The classes of a concept; of what no file defines, only members of ESCO's lists have one."""
        if kind is not None:
            return self._types[kind]
        return self._member_of_list if iri.startswith(_LISTS) else []

    def tail(self, key: Key, value: str) -> str:
        """Property and value, for any subject."""
        if key in _OFTEN:
            found = self._shared.get((key, value))
            if found is None:
                found = self._shared[key, value] = self._tail(key, value)
            return found
        return self._tail(key, value)

    def _tail(self, key: Key, value: str) -> str:
        predicate, language = key
        token = lang_text(value, language) if language else _TOKENS_OF.get(predicate, node)(value)
        return self._writer.tail(term(predicate), token)


_OFTEN: Final = {
    (name, "")
    for name in ("iso-thes:status", "skos:inScheme", "skos:broader", "esco:skillType", "esco:skillReuseLevel")
} | {(name, "") for name in ("esco:memberOfISCOGroup", "esco:relatedEssentialSkill")}
"""Properties with far fewer values than uses."""
