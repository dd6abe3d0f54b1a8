"""The level scheme in, CFRubrics of CASE out: a track is a rubric, a dimension a criterion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from rolegraph.export.extract import Extract

Node = dict[str, Any]


def rubrics(extract: Extract, node: Callable[[str], Node]) -> Iterator[Node]:
    """One rubric for each track of which a role is exported.

    Args:
        extract: its levels, and what the graph says of them.
        node: gives identifier, IRI and date of an IRI.
    """
    facts = extract.facts
    tracks = {facts.levels[level].track for level in extract.places.levels}
    rows = [row for row in extract.ask("levels", language=extract.language) if row["track"].value in tracks]
    for track, group in groupby(rows, key=lambda row: str(row["track"].value)):
        yield _rubric(track, list(group), node)


def _rubric(track: str, rows: list[dict[str, Any]], node: Callable[[str], Node]) -> Node:
    base = f"{track}#rubric"
    criteria = []
    for position, (dimension, group) in enumerate(
        groupby(rows, key=lambda row: str(row["dimension"].value)), 1
    ):
        iri = f"{base}-{dimension.rpartition('/')[2]}"
        levels = list(group)
        criteria.append(
            {
                **node(iri),
                "category": str(levels[0]["dimensionLabel"].value),
                "position": position,
                "rubricId": node(base)["identifier"],
                "CFRubricCriterionLevels": [
                    _level(iri, number, row, node) for number, row in enumerate(levels, 1)
                ],
            }
        )
    return {**node(base), "title": str(rows[0]["trackLabel"].value), "CFRubricCriteria": criteria}


def _level(iri: str, position: int, row: dict[str, Any], node: Callable[[str], Node]) -> Node:
    return {
        **node(f"{iri}-{row['level'].value}"),
        "quality": f"{row['level'].value} {row['label'].value}",
        "description": str(row["text"].value),
        "score": float(row["rank"].value),
        "position": position,
        "rubricCriterionId": node(iri)["identifier"],
    }
