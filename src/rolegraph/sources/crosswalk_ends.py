"""Crosswalks and the concepts of ESCO in, a warning for each file whose rows lead to none of them out.

What rows say of O*NET is told where its codes are resolved (`onetsoc2010`); here it is only told that no
database is there.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final

from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import Crosswalk
from rolegraph.sources.import_report import ImportReport

_ESCO: Final = ("http://data.europa.eu/esco/occupation/", "http://data.europa.eu/esco/isco/")
_KEPT: Final = "kept as they are"


def report_ends(
    files: tuple[Crosswalk, ...],
    has_onet: bool,
    esco: Container[str] | None,
    iris: Iris,
    problems: Problems,
    report: ImportReport,
) -> None:
    """Tell which rows lead out of the graph; they stay.

    Args:
        files: the crosswalks.
        has_onet: whether an O*NET database is loaded.
        esco: the IRIs of the loaded concepts, or None where no ESCO is.
        iris: mints the IRIs of O*NET's occupations.
        problems: receives a warning for each file and classification.
        report: receives each row whose ESCO concept no source of ESCO has.
    """
    onet = iris.onet("")
    for file in files:
        if not has_onet:
            found = _leading(file, lambda iri: iri.startswith(onet))
            _warn(file, found, "occupations of O*NET, which [sources] does not name", problems)
        if esco is None:
            found = _leading(file, lambda iri: iri.startswith(_ESCO))
            _warn(file, found, "concepts of ESCO, which [sources] does not name", problems)
            continue
        found = _leading(file, lambda iri: iri.startswith(_ESCO) and iri not in esco)
        _warn(file, found, "concepts that no source of ESCO has", problems)
        for mapping in found:
            reason = "the row names a concept that no source of ESCO has"
            report.add(mapping.file, mapping.line, reason, "kept as it is", file.source_row(mapping))


def _leading(file: Crosswalk, is_lost: Callable[[str], bool]) -> list[Mapping]:
    return [mapping for mapping in file.mappings if is_lost(mapping.subject) or is_lost(mapping.object)]


def _warn(file: Crosswalk, found: list[Mapping], what: str, problems: Problems) -> None:
    if found:
        count = f"{len(found):,} of {len(file.mappings):,} rows name {what}"
        problems.warn(found[0].file, found[0].line, count, _KEPT)
