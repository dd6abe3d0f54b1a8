"""Mappings in, the tables that map a classification to ESCO out.

Form: the seven columns in which the European Commission publishes its crosswalk between ESCO and O*NET;
Regulation (EU) 2016/589, article 19, and Implementing Decision (EU) 2018/1020 ask for such a table with
the relations of SKOS. The columns keep their published names, so that the same tools read them; the first
holds the catalog's own codes. Only mappings that somebody accepted are in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rolegraph.export.esco_csv import ESCO
from rolegraph.export.extract import Extract
from rolegraph.export.files import Row, TableFile
from rolegraph.export.labels import label_in
from rolegraph.model.catalog import Labels, Mapping
from rolegraph.terms import PREFIXES

HEADER: Final = (
    "O*NET Id", "O*NET Title", "O*NET Description", "ESCO or ISCO URI", "ESCO or ISCO Title",
    "ESCO or ISCO Description", "Type of Match",
)  # fmt: skip
_SKOS: Final = PREFIXES["skos"]
MATCHES: Final = {
    f"{_SKOS}{name}": name for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch")
}


def tables(extract: Extract) -> Iterator[TableFile]:
    """One table of occupations (roles, specialisations, families), one of skills (components)."""
    writer = _Mappings(extract)
    yield TableFile("occupations_to_esco.csv", HEADER, writer.occupations())
    yield TableFile("skills_to_esco.csv", HEADER, writer.skills())
    writer.note()


class _Mappings:
    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._left_out = 0
        self._reference = lru_cache(maxsize=1 << 12)(self._look_up)

    def occupations(self) -> Iterator[Row]:
        """Families and specialisations first, and then the roles."""
        facts, iris, places = self._extract.facts, self._extract.iris, self._extract.places
        taxonomy = facts.taxonomy
        subjects: dict[str, tuple[str, Labels, Labels | None]] = {}
        for code in places.families:
            definition = taxonomy.families[code].definition if code in taxonomy.families else None
            subjects[iris.family(code)] = code, facts.family_label(code), definition
        for code in places.specialisations:
            known = taxonomy.specialisations.get(code)
            labels = facts.specialisation_label(code)
            subjects[iris.specialisation(code)] = code, labels, known.definition if known else None
        for mapping in self._extract.mappings():
            if mapping.subject in subjects:
                yield from self._row(*subjects[mapping.subject], mapping)
        for role, mappings in self._extract.mapped_roles():
            for mapping in mappings:
                yield from self._row(role.code, role.title, role.summary, mapping)

    def skills(self) -> Iterator[Row]:
        """Mappings of components, and the ESCO concept that a component's own entry names."""
        mappings = (m for m in self._extract.mappings() if m.subject.startswith(self._extract.iris.base))
        others = (m for m in mappings if "/component/" in m.subject)
        waiting = next(others, None)
        for entry in self._extract.components():
            named = entry.label, entry.definition
            if entry.esco is not None:
                match = Mapping(
                    subject=entry.iri, predicate=f"{_SKOS}exactMatch", object=entry.esco,
                    justification="", review_status="accepted",
                )  # fmt: skip
                yield from self._row(entry.iri, *named, match)
            while waiting is not None and waiting.subject <= entry.iri:
                if waiting.subject == entry.iri:
                    yield from self._row(entry.iri, *named, waiting)
                waiting = next(others, None)

    def _row(self, code: str, labels: Labels, text: Labels | None, mapping: Mapping) -> Iterator[Row]:
        if not mapping.object.startswith(ESCO):
            return
        if mapping.review_status != "accepted" or mapping.modifier or mapping.predicate not in MATCHES:
            self._left_out += 1
            return
        language = self._extract.language
        title, description = self._reference(mapping.object)
        title = title or mapping.object_label or ""
        yield (
            code, label_in(labels, language), label_in(text, language), mapping.object, title, description,
            MATCHES[mapping.predicate],
        )  # fmt: skip

    def _look_up(self, concept: str) -> tuple[str, str]:
        """Title and description of an ESCO concept, from the graph where ESCO was built into it."""
        rows = self._extract.ask("reference", concept=concept, language=self._extract.language)
        found = {name: str(term.value) for name, term in next(rows, {}).items()}
        return found.get("label", ""), found.get("text", "")

    def note(self) -> None:
        """Say what is not in the tables."""
        if self._left_out:
            count = f"{self._left_out} mapping{'s' if self._left_out > 1 else ''} to ESCO"
            self._extract.notes.append(
                f"{count} left out: not accepted, negative, or no match of SKOS's four"
            )
