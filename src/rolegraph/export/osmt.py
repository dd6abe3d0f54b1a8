"""Roles in, the CSV of the Open Skills Management Tool out, one rich skill descriptor a row.

Standard: the CSV export of OSMT (Open Skills Network, wgu-opensource/osmt). Skills, knowledge and
competencies are its skills. The occupation columns hold the accepted SOC and O*NET-SOC codes of the roles
that use a skill, with the SOC groups above them. Lists are joined by `; `. One language.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import Final

from rolegraph.export.codes import Codes, soc_groups
from rolegraph.export.esco_csv import GROUPS
from rolegraph.export.extract import Extract
from rolegraph.export.files import Row, TableFile
from rolegraph.export.labels import label_in
from rolegraph.model.records import ComponentEntry

HEADER: Final = (
    "Canonical URL", "RSD Name", "Skill Statement", "Categories", "Authors", "Collections", "Keywords",
    "Occupation Major Groups", "Occupation Minor Groups", "Broad Occupations", "Detailed Occupations",
    "O*Net Job Codes", "Standards", "Certifications", "Employers", "Alignment Name", "Alignment URL",
)  # fmt: skip
_LEVELS: Final = 4
"""Columns of SOC groups, from the widest."""


def tables(extract: Extract) -> Iterator[TableFile]:
    """The one file."""
    yield TableFile("osmt.csv", HEADER, _rows(extract))


def _rows(extract: Extract) -> Iterator[Row]:
    # Which skill has which codes is known only after all roles: it waits on disk, in a file of its own.
    with closing(sqlite3.connect("")) as spool:
        _spool_codes(extract, spool)
        pairs = groupby(
            spool.execute("SELECT skill, scheme, code FROM codes ORDER BY 1, 2, 3"), lambda row: row[0]
        )
        skill, codes = next(pairs, ("", iter(())))
        for entry in extract.components(GROUPS):
            while skill and skill < entry.iri:
                skill, codes = next(pairs, ("", iter(())))
            yield _row(extract, entry, list(codes) if skill == entry.iri else [])


def _spool_codes(extract: Extract, spool: sqlite3.Connection) -> None:
    spool.execute("CREATE TABLE codes (skill, scheme, code, PRIMARY KEY (skill, scheme, code)) WITHOUT ROWID")
    found = Codes(extract)
    for role, mappings in extract.mapped_roles():
        codes = {
            (str(level), group)
            for code in found.of(role, mappings)
            for level, group in enumerate(soc_groups(code)[:_LEVELS])
        }
        codes |= {("onet", c.value) for c in found.of(role, mappings) if c.scheme == "onetsoc2019"}
        skills = [extract.component_iri(use) for use in role.uses if use.kind in GROUPS]
        rows = [(skill, *code) for skill in skills for code in sorted(codes)]
        spool.executemany("INSERT OR IGNORE INTO codes VALUES (?, ?, ?)", rows)


def _row(extract: Extract, entry: ComponentEntry, codes: list[tuple[str, str, str]]) -> Row:
    language = extract.language
    label = label_in(entry.label, language)
    others = [text for labels in entry.alternative_labels if (text := labels.get(language))]
    columns = [_joined(code for _, scheme, code in codes if scheme == str(n)) for n in range(_LEVELS)]
    return (
        entry.iri,
        label,
        label_in(entry.definition, language) or label,
        GROUPS[entry.kind][1],
        extract.facts.publisher or "",
        extract.facts.name,
        _joined(others),
        *columns,
        _joined(code for _, scheme, code in codes if scheme == "onet"),
        "",
        "",
        "",
        "ESCO" if entry.esco else "",
        entry.esco or "",
    )


def _joined(values: Iterator[str] | list[str]) -> str:
    return "; ".join(values)
