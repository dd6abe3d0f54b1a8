"""SOC groups and the codes in use in, the SOC 2018 hierarchy as a SKOS scheme out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, lang_text, node, text
from rolegraph.iris import Iris
from rolegraph.model.catalog import SocGroup
from rolegraph.terms import term

# The structure of SOC 2018 is written into its codes but for these.
_MINOR_OUT_OF_LINE: Final = frozenset({"15-1200", "31-1100", "51-5100"})
_BROAD_OUT_OF_LINE: Final = {"29-1220": "29-1210"}
_NO_TITLES: Final[Mapping[str, str]] = MappingProxyType({})


def soc_code(code: str) -> str:
    """The SOC 2018 code that an O*NET-SOC code refines; a SOC code is its own.

    >>> soc_code("15-1299.08"), soc_code("15-0000")
    ('15-1299', '15-0000')
    """
    return code.partition(".")[0]


def soc_parent(code: str) -> str | None:
    """The next higher group of a SOC 2018 code, None for a major group.

    >>> soc_parent("15-1252"), soc_parent("15-1250"), soc_parent("15-1200"), soc_parent("15-0000")
    ('15-1250', '15-1200', '15-0000', None)
    """
    major = f"{code[:3]}0000"
    if code == major:
        return None
    if code in _MINOR_OUT_OF_LINE or code.endswith("000"):
        return major
    if code.endswith("0"):
        minor = f"{code[:5]}00"
        return minor if minor in _MINOR_OUT_OF_LINE else f"{code[:4]}000"
    broad = f"{code[:6]}0"
    return _BROAD_OUT_OF_LINE.get(broad, broad)


def build_soc(
    groups: Iterable[SocGroup],
    codes: Iterable[str],
    iris: Iris,
    writer: QuadWriter,
    onet_titles: Mapping[str, str] = _NO_TITLES,
) -> None:
    """Write every group of the list and of the codes in use, with all groups above them.

    Args:
        groups: codes with official titles.
        codes: SOC or O*NET-SOC codes that occur in the data.
        iris: mints the IRIs.
        writer: receives the quads of the graph `soc`.
        onet_titles: titles by O*NET-SOC code. A code that ends in .00 is the SOC occupation itself
            and lends it its title; a group that no source names stays without a label.
    """
    titles = {soc_code(code): title for code, title in onet_titles.items() if code.endswith(".00")}
    titles.update((group.code, group.title) for group in groups)
    scheme = node(iris.scheme("soc2018"))
    writer.add(scheme, RDF_TYPE, term("skos:ConceptScheme"))
    writer.add(scheme, term("skos:prefLabel"), lang_text("Standard Occupational Classification 2018", "en"))
    for code in sorted(_with_parents([*titles, *map(soc_code, codes)])):
        _build_group(code, titles.get(code), scheme, iris, writer)


def _with_parents(codes: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for start in codes:
        code: str | None = start
        while code is not None and code not in found:
            found.add(code)
            code = soc_parent(code)
    return found


def _build_group(code: str, title: str | None, scheme: str, iris: Iris, writer: QuadWriter) -> None:
    group = node(iris.soc(code))
    writer.add(group, RDF_TYPE, term("skos:Concept"))
    writer.add(group, term("skos:notation"), text(code))
    writer.add(group, term("skos:inScheme"), scheme)
    if title is not None:
        writer.add(group, term("skos:prefLabel"), lang_text(title, "en"))
    parent = soc_parent(code)
    if parent is None:
        writer.add(group, term("skos:topConceptOf"), scheme)
    else:
        writer.add(group, term("skos:broader"), node(iris.soc(parent)))
