"""Crosswalks to O*NET-SOC 2010 in, the same with the occupations of the loaded database out.

O*NET changed its taxonomy with release 25.1: most codes stayed, many occupations got another code under
the same title, some were merged, split or dropped (O*NET-SOC 2019 Taxonomy, crosswalk from 2010).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Titles
from typing import Final

import msgspec

from rolegraph.errors import Problems
from rolegraph.iris import Iris, fold
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import Crosswalk, Crosswalks
from rolegraph.sources.crosswalk_forms import RENUMBERING
from rolegraph.sources.import_report import ImportReport

_KEPT: Final = "kept as occupations of 2010"


def resolve(
    files: tuple[Crosswalk, ...],
    titles: Titles[str, str],
    iris: Iris,
    problems: Problems,
    report: ImportReport,
) -> Crosswalks:
    """Put the occupation of the loaded O*NET database in place of one of O*NET-SOC 2010 where it is known.

    It is known where the published table from 2010 to 2019 is among the crosswalks and gives one code, or
    else by an equal title, under whatever code. An equal code alone proves nothing: the title says what
    an occupation is, and a changed one can mean that a part of it became an occupation of its own.

    Args:
        files: the crosswalks; the table from 2010 to 2019 keeps its rows as they are.
        titles: the titles of the loaded database by code; empty where none is loaded.
        iris: mints the IRIs.
        problems: receives one warning a file with the number of rows that stay unresolved.
        report: receives each of those rows.
    """
    table = iris.mapping_set(RENUMBERING)
    resolver = _Resolver(titles, _renumbered(files, table), iris)
    done: list[Crosswalk] = []
    retired: dict[str, str] = {}
    unresolved: set[str] = set()
    for crosswalk in files:
        found = crosswalk
        if crosswalk.retired_titles and crosswalk.mapping_set.iri != table:
            found = resolver.apply(crosswalk, problems, report)
        elif titles:
            _report_unknown(crosswalk, resolver.known, iris, problems, report)
        done.append(found)
        subjects = {mapping.subject for mapping in found.mappings}
        left = {c: t for c, t in found.retired_titles.items() if iris.onet_2010(c) in subjects}
        retired = {**left, **retired}
        if found is not crosswalk:
            unresolved |= set(left)
    return Crosswalks(files=tuple(done), retired=retired, unresolved=frozenset(unresolved))


def _report_unknown(
    crosswalk: Crosswalk, known: Collection[str], iris: Iris, problems: Problems, report: ImportReport
) -> None:
    """Name the rows with a code of O*NET-SOC 2019 that is not in the loaded database; they stay."""
    ours = iris.onet("")
    found: list[Mapping] = []
    for mapping in crosswalk.mappings:
        unknown = [
            end for end in (mapping.subject, mapping.object) if end.startswith(ours) and end not in known
        ]
        if unknown:
            found.append(mapping)
            code = unknown[0].removeprefix(ours)
            reason = f"{code} is not in the loaded O*NET database"
            row = crosswalk.source_row(mapping)
            report.add(mapping.file, mapping.line, reason, "kept as it is", row)
    if found:
        what = f"{len(found):,} of {len(crosswalk.mappings):,} rows name a code that is not in the loaded "
        problems.warn(found[0].file, found[0].line, f"{what}O*NET database", "kept as they are")


def _renumbered(files: tuple[Crosswalk, ...], table: str) -> dict[str, set[str]]:
    """IRI of a 2010 occupation -> IRIs of its successors, by the published table."""
    successors: dict[str, set[str]] = defaultdict(set)
    for crosswalk in files:
        if crosswalk.mapping_set.iri == table:
            for mapping in crosswalk.mappings:
                successors[mapping.subject].add(mapping.object)
    return successors


class _Resolver:
    def __init__(self, titles: Titles[str, str], successors: dict[str, set[str]], iris: Iris) -> None:
        self.known = {iris.onet(code): title for code, title in titles.items()}
        self._successors = successors
        self._by_title: dict[str, set[str]] = defaultdict(set)
        for iri, title in self.known.items():
            self._by_title[fold(title)].add(iri)
        self._iris = iris

    def apply(self, crosswalk: Crosswalk, problems: Problems, report: ImportReport) -> Crosswalk:
        """Resolve what can be, and report the rest."""
        resolved: dict[str, str] = {}
        reasons: dict[str, str] = {}
        for code, title in crosswalk.retired_titles.items():
            targets = self._targets(code, title)
            if len(targets) == 1:
                resolved[self._iris.onet_2010(code)] = targets.pop()
            else:
                reasons[self._iris.onet_2010(code)] = self._reason(code, targets)
        mappings = tuple(
            msgspec.structs.replace(m, subject=resolved.get(m.subject, m.subject)) for m in crosswalk.mappings
        )
        left = [mapping for mapping in mappings if mapping.subject in reasons]
        for mapping in left:
            row = crosswalk.source_row(mapping)
            report.add(mapping.file, mapping.line, reasons[mapping.subject], _KEPT, row)
        if left:
            codes = len({mapping.subject for mapping in left})
            found = f"{len(left):,} of {len(mappings):,} rows name {codes:,} codes of O*NET-SOC 2010 that "
            found += "the loaded O*NET database does not have" if self.known else "nothing can resolve"
            problems.warn(left[0].file, left[0].line, found, _KEPT)
        return msgspec.structs.replace(crosswalk, mappings=mappings)

    def _targets(self, code: str, title: str) -> set[str]:
        listed = self._successors.get(self._iris.onet_2010(code))
        if listed:
            return listed & set(self.known)
        return set(self._by_title.get(fold(title), ()))

    def _reason(self, code: str, targets: set[str]) -> str:
        if targets:
            return f"{code} became {' and '.join(_codes(targets))}"
        if not self.known:
            return f"no O*NET database is loaded that {code} could be looked up in"
        now = self.known.get(self._iris.onet(code))
        if now is not None:
            return f"{code} is called {now!r} in the loaded O*NET database"
        return f"{code} is not in the loaded O*NET database, nor is its title"


def _codes(iris: set[str]) -> Iterator[str]:
    return (iri.rpartition("/")[2] for iri in sorted(iris))
