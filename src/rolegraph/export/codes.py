"""Mappings in, the codes of other classifications that stand for a role out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from rolegraph.export.esco_csv import ESCO, ISCO
from rolegraph.export.extract import Extract
from rolegraph.graph.soc import soc_code, soc_parent
from rolegraph.model.catalog import Mapping, Role

Scheme = Literal["soc2018", "onetsoc2019", "isco08", "esco"]
SCHEME_NAMES: Final[dict[Scheme, str]] = {
    "soc2018": "Standard Occupational Classification (SOC) 2018",
    "onetsoc2019": "O*NET-SOC 2019",
    "isco08": "International Standard Classification of Occupations (ISCO-08)",
    "esco": "European Skills, Competences, Qualifications and Occupations (ESCO)",
}
SCHEME_IRIS: Final[dict[Scheme, str]] = {
    "soc2018": "https://www.bls.gov/soc/2018/",
    "onetsoc2019": "https://www.onetcenter.org/taxonomy/2019/list.html",
    "isco08": ESCO + "concept-scheme/isco",
    "esco": ESCO + "concept-scheme/occupations",
}


class Code(NamedTuple):
    """A code: its scheme, itself, its title as far as it is known, and its IRI."""

    scheme: Scheme
    value: str
    title: str
    iri: str


class Codes:
    """Tells the codes of roles: what was accepted for the role itself, or for where it belongs.

    A mapping that nobody accepted is no code of the role, and neither is one that says "not".
    """

    def __init__(self, extract: Extract) -> None:
        self._extract = extract
        self._titles = {group.code: group.title for group in extract.facts.soc}
        self._inherited: dict[str, list[Mapping]] = {}
        roles = extract.iris.role("")
        components = f"{extract.iris.base}component/"
        for mapping in extract.mappings():
            if not mapping.subject.startswith((roles, components)):
                self._inherited.setdefault(mapping.subject, []).append(mapping)

    def of(self, role: Role, mappings: Iterable[Mapping]) -> list[Code]:
        """The codes of a role, its own first, each once."""
        iris = self._extract.iris
        places = iris.specialisation(role.specialisation), iris.family(role.family)
        every = [*mappings, *(mapping for place in places for mapping in self._inherited.get(place, ()))]
        found = [self._code(m) for m in every if m.review_status == "accepted" and not m.modifier]
        return list(dict.fromkeys(code for code in found if code is not None))

    def _code(self, mapping: Mapping) -> Code | None:
        iris = self._extract.iris
        title = mapping.object_label or ""
        prefixes: tuple[tuple[Scheme, str], ...] = (
            ("soc2018", iris.soc("")),
            ("onetsoc2019", iris.onet("")),
            ("isco08", ISCO),
            ("esco", f"{ESCO}occupation/"),
        )
        for scheme, prefix in prefixes:
            if mapping.object.startswith(prefix):
                value = mapping.object if scheme == "esco" else mapping.object.removeprefix(prefix)
                official = self._titles.get(value, title) if scheme == "soc2018" else title
                return Code(scheme, value, official, mapping.object)
        return None


def soc_groups(code: Code) -> list[str]:
    """The SOC 2018 groups that a code of SOC or O*NET-SOC is in, from the widest to itself; else none."""
    if code.scheme not in {"soc2018", "onetsoc2019"}:
        return []
    groups = [soc_code(code.value)]
    while (parent := soc_parent(groups[0])) is not None:
        groups.insert(0, parent)
    return groups
