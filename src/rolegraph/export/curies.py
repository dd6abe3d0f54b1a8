"""IRIs in, CURIEs out, under the prefixes of a mapping set (SSSOM 1.1, curie_map)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rolegraph.iris import Iris
from rolegraph.sources.sssom_header import expand
from rolegraph.terms import PREFIXES

_ESCO: Final = "http://data.europa.eu/esco/"
_WHOLE: Final = re.compile(r"[^\s|]+")


def data_prefixes(iris: Iris) -> dict[str, str]:
    """The prefixes under which a catalog's things and the classifications are written."""
    base = iris.base
    return {
        "component": f"{base}component/",
        "family": f"{base}family/",
        "onetsoc2010": iris.onet_2010(""),
        "onetsoc2019": iris.onet(""),
        "role": iris.role(""),
        "soc2018": iris.soc(""),
        "specialisation": f"{base}specialisation/",
        "esco_isco": f"{_ESCO}isco/",
        "esco_occupation": f"{_ESCO}occupation/",
        "esco_skill": f"{_ESCO}skill/",
        "orcid": "https://orcid.org/",
    }


class Curies:
    """Shortens IRIs, and remembers the prefixes that it used.

    The set's own prefixes come first, and among several that fit the longest. An IRI that none fits gets
    one of its own, `ns1` and so on, so that a set can always be written: first let it see all of them with
    `prepare`, then shorten.
    """

    def __init__(self, own: dict[str, str], further: dict[str, str]) -> None:
        """Take the prefixes of the set itself, and others for what those do not fit."""
        self._own = frozenset(own)
        self._prefixes = {**PREFIXES, **further, **own}
        self._in_order = self._sorted()
        self.used: set[str] = set()

    def prepare(self, values: Iterable[str]) -> None:
        """Make a prefix for every namespace that has none, in alphabetical order."""
        homeless = {_namespace(value) for value in values if "://" in value and self._split(value) is None}
        for namespace in sorted(homeless):
            number = 1
            while f"ns{number}" in self._prefixes:
                number += 1
            self._prefixes[f"ns{number}"] = namespace
        self._in_order = self._sorted()

    def shorten(self, value: str) -> str:
        """The CURIE of an IRI; what is no IRI, and no CURIE either, stays as it is."""
        found = self._split(value)
        if found is None:
            return value
        prefix, local = found
        self.used.add(prefix)
        return f"{prefix}:{local}"

    def curie_map(self, always: Iterable[str]) -> dict[str, str]:
        """The prefixes in use, in alphabetical order."""
        return {name: self._prefixes[name] for name in sorted({*self.used, *always})}

    def _sorted(self) -> list[tuple[str, str]]:
        return sorted(
            self._prefixes.items(), key=lambda item: (item[0] not in self._own, -len(item[1]), item[0])
        )

    def _split(self, value: str) -> tuple[str, str] | None:
        for prefix, namespace in self._in_order:
            local = value.removeprefix(namespace)
            if local != value and _WHOLE.fullmatch(local):
                return prefix, local
        return None


def _namespace(iri: str) -> str:
    """The part of an IRI up to its last `#` or `/` that something follows."""
    match = re.match(r"(.*[/#:])[^/#:]+[/#:]*$", iri)
    return match[1] if match else iri


def expanded(value: str, prefixes: dict[str, str]) -> str:
    """The IRI of a CURIE of a file, or the value itself where its prefix is not known."""
    return expand(value, prefixes) or value
