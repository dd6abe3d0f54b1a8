"""The published crosswalk tables: by which columns each is known, and what one of its rows says."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import CROSSWALK_CODE, CROSSWALK_CONFIDENCE
from rolegraph.model.mapping_set import MappingSet
from rolegraph.terms import PREFIXES

Cells = dict[str, str]
"""A row: column -> cell without surrounding white space."""
Fault = tuple[str, str]
"""What was found, and what to write instead."""

ONET_CODE: Final = re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}")
ESCO_IRI: Final = re.compile(
    r"http://data\.europa\.eu/esco/(occupation/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|isco/C[0-9]{1,4})"
)
_MATCHES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch")
_BY_4: Final = "https://creativecommons.org/licenses/by/4.0/"


class Form(NamedTuple):
    """A published table.

    `retired_columns` are those of a code and a title of O*NET-SOC 2010.
    """

    name: str
    title: str
    licence: str
    source: str
    version: str | None
    columns: tuple[str, ...]
    faults: Callable[[Cells], Iterator[Fault]]
    mapping: Callable[[Cells, Iris], Mapping]
    retired_columns: tuple[str, str] | None
    is_asserted: bool

    def mapping_set(self, file: str, iris: Iris) -> MappingSet:
        """The set that the rows of such a table are the members of."""
        return MappingSet(
            iri=iris.mapping_set(self.name),
            title=self.title,
            licence=self.licence,
            version=self.version,
            details=(("mapping_set_source", (self.source,)),),
            file=file,
        )


def _code_fault(code: str) -> Iterator[Fault]:
    if not ONET_CODE.fullmatch(code):
        yield f"{code!r} is no O*NET-SOC code", "write one such as 15-1252.00"


def _esco_fault(iri: str) -> Iterator[Fault]:
    if not ESCO_IRI.fullmatch(iri):
        yield f"{iri!r} is no IRI of an ESCO occupation or ISCO group", "write it as ESCO publishes it"


def _number_fault(column: str, value: str, most: float) -> Iterator[Fault]:
    if not re.fullmatch(r"\d+(\.\d+)?", value) or float(value) > most:
        yield f"{column} is {value!r}", f"write a number from 0 to {most:g}"


def _commission_faults(cells: Cells) -> Iterator[Fault]:
    yield from _code_fault(cells["O*NET Id"])
    yield from _esco_fault(cells["ESCO or ISCO URI"])
    if cells["Type of Match"].removeprefix("skos:") not in _MATCHES:
        yield f"type of match is {cells['Type of Match']!r}", f"write one of {', '.join(_MATCHES)}"


def _commission(cells: Cells, iris: Iris) -> Mapping:
    return Mapping(
        subject=iris.onet(cells["O*NET Id"]),
        subject_label=cells["O*NET Title"] or None,
        predicate=PREFIXES["skos"] + cells["Type of Match"].removeprefix("skos:"),
        object=cells["ESCO or ISCO URI"],
        object_label=cells["ESCO or ISCO Title"] or None,
        justification=PREFIXES["semapv"] + "MappingReview",
        review_status=None,
    )


def _nesta_faults(cells: Cells) -> Iterator[Fault]:
    yield from _code_fault(cells["onet_code"])
    yield from _esco_fault(cells["concept_uri"])
    yield from _number_fault("semantic_similarity", cells["semantic_similarity"], 1)
    yield from _number_fault("confidence", cells["confidence"], 2)


def _shared_titles(written: str) -> list[str]:
    """The job titles that both occupations have: a Python list of texts, `na` where there is none.

    A cell of another form (the release of November 2020 has one) is taken as it stands.
    """
    if written in {"", "na"}:
        return []
    try:
        titles = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return [written]
    return titles if isinstance(titles, list) and all(isinstance(t, str) for t in titles) else [written]


def _nesta(cells: Cells, iris: Iris) -> Mapping:
    titles = [title.replace("|", r"\|") for title in _shared_titles(cells["matching_job_titles"])]
    extra = [
        (CROSSWALK_CODE, cells["onet_code"]),
        (CROSSWALK_CONFIDENCE, cells["confidence"]),
        (PREFIXES["sssom"] + "similarity_score", cells["semantic_similarity"]),
    ]
    if titles:
        extra.append((PREFIXES["sssom"] + "match_string", "|".join(titles)))
    return Mapping(
        subject=iris.onet_2010(cells["onet_code"]),
        subject_label=cells["onet_occupation"] or None,
        predicate=PREFIXES["skos"] + "closeMatch",
        object=cells["concept_uri"],
        object_label=cells["esco_occupation"] or None,
        justification=PREFIXES["semapv"] + "CompositeMatching",
        review_status=None,
        extra=tuple(extra),
    )


def _renumbering_faults(cells: Cells) -> Iterator[Fault]:
    yield from _code_fault(cells["O*NET-SOC 2010 Code"])
    yield from _code_fault(cells["O*NET-SOC 2019 Code"])


def _renumbering(cells: Cells, iris: Iris) -> Mapping:
    return Mapping(
        subject=iris.onet_2010(cells["O*NET-SOC 2010 Code"]),
        subject_label=cells["O*NET-SOC 2010 Title"] or None,
        predicate=PREFIXES["skos"] + "closeMatch",
        object=iris.onet(cells["O*NET-SOC 2019 Code"]),
        object_label=cells["O*NET-SOC 2019 Title"] or None,
        justification=PREFIXES["semapv"] + "ManualMappingCuration",
        review_status=None,
    )


RENUMBERING: Final = "onetsoc-2010-2019"
FORMS: Final = (
    Form(
        name="esco-onet-commission",
        title="Crosswalk between ESCO and O*NET of the European Commission",
        licence=_BY_4,
        source="https://esco.ec.europa.eu/en/use-esco/other-crosswalks",
        version=None,
        columns=(
            "O*NET Id", "O*NET Title", "ESCO or ISCO URI", "ESCO or ISCO Title", "Type of Match",
        ),
        faults=_commission_faults,
        mapping=_commission,
        retired_columns=None,
        # Proposed by a language model, then validated row by row by people.
        is_asserted=True,
    ),
    Form(
        name="esco-onet-nesta",
        title="Crosswalk between O*NET and ESCO occupations of Nesta's Mapping Career Causeways",
        licence="https://spdx.org/licenses/MIT",
        source="https://github.com/nestauk/mapping-career-causeways",
        version="2020-11",
        columns=(
            "esco_occupation", "onet_code", "onet_occupation", "matching_job_titles", "semantic_similarity",
            "confidence", "concept_uri",
        ),
        faults=_nesta_faults,
        mapping=_nesta,
        retired_columns=("onet_code", "onet_occupation"),
        # A best match for every ESCO occupation, most of them found by two automatic ways alone.
        is_asserted=False,
    ),
    Form(
        name=RENUMBERING,
        title="Crosswalk from O*NET-SOC 2010 to O*NET-SOC 2019",
        licence=_BY_4,
        source="https://www.onetcenter.org/taxonomy/2019/walk.html",
        version="2019",
        columns=(
            "O*NET-SOC 2010 Code", "O*NET-SOC 2010 Title", "O*NET-SOC 2019 Code", "O*NET-SOC 2019 Title",
        ),
        faults=_renumbering_faults,
        mapping=_renumbering,
        retired_columns=("O*NET-SOC 2010 Code", "O*NET-SOC 2010 Title"),
        is_asserted=False,
    ),
)  # fmt: skip
"""Every table that is known by its header; SSSOM files are read by `sources.sssom`."""
