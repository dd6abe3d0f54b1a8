"""A way to run queries in, how much of what a dataset holds out: the numbers of VoID."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import pyoxigraph as ox
from msgspec import Struct

from rolegraph import resources
from rolegraph.errors import QueryError
from rolegraph.store import evaluate

Row = Mapping[str, str]
RunQuery = Callable[[str], list[dict[str, str]]]
"""Takes the text of a SELECT query and gives its rows: IRIs and lexical forms by variable."""

STATISTICS_FILE: Final = "statistics.json"


class Part(Struct, frozen=True, kw_only=True):
    """The size of a graph, or of the whole.

    `entities` counts what has a type; `properties` holds triples by property, and `classes` entities
    by class, both by IRI.
    """

    triples: int
    distinct_subjects: int
    distinct_objects: int
    entities: int
    properties: dict[str, int]
    classes: dict[str, int]


class Statistics(Struct, frozen=True, kw_only=True):
    """The size of what a query sees that names no dataset, and of each named graph by its IRI."""

    total: Part
    graphs: dict[str, Part]


def compute_statistics(run: RunQuery) -> Statistics:
    """Count by the queries of `queries/statistics`.

    Args:
        run: answers a query as the endpoint does, so that a query without dataset sees what a client's
            would. What it raises ends the count.
    """
    graphs = _graphs(run)
    (size,), (typed,) = _rows(run, "dataset"), _rows(run, "dataset-entities")
    triples = int(size["triples"])
    # Each scan of 2.5 million quads takes seconds. Where every triple is in one graph, and seen from
    # outside, as in a snapshot, the partitions of the whole are the sums of those of its graphs.
    is_sum = triples == sum(part.triples for part in graphs.values())
    total = Part(
        triples=triples,
        distinct_subjects=int(size["distinctSubjects"]),
        distinct_objects=int(size["distinctObjects"]),
        entities=int(typed["entities"]),
        properties=_sum(part.properties for part in graphs.values())
        if is_sum
        else _counts(_rows(run, "dataset-properties"), "property", "triples"),
        classes=_sum(part.classes for part in graphs.values())
        if is_sum
        else _counts(_rows(run, "dataset-classes"), "class", "entities"),
    )
    return Statistics(total=total, graphs=graphs)


def _graphs(run: RunQuery) -> dict[str, Part]:
    entities = _counts(_rows(run, "graph-entities"), "graph", "entities")
    properties = _by_graph(_rows(run, "graph-properties"), "property", "triples")
    classes = _by_graph(_rows(run, "graph-classes"), "class", "entities")
    sizes = {row["graph"]: row for row in _rows(run, "graphs")}
    return {
        graph: Part(
            triples=int(row["triples"]),
            distinct_subjects=int(row["distinctSubjects"]),
            distinct_objects=int(row["distinctObjects"]),
            entities=entities.get(graph, 0),
            properties=properties.get(graph, {}),
            classes=classes.get(graph, {}),
        )
        for graph, row in sorted(sizes.items())
    }


def _rows(run: RunQuery, name: str) -> list[dict[str, str]]:
    return run((resources.folder("queries") / "statistics" / f"{name}.rq").read_text(encoding="utf-8"))


def _counts(rows: list[dict[str, str]], key: str, number: str) -> dict[str, int]:
    """Counts by key, sorted; a store may answer an empty group with a row that has no key."""
    return dict(sorted((row[key], int(row[number])) for row in rows if row.get(key)))


def _by_graph(rows: list[dict[str, str]], key: str, number: str) -> dict[str, dict[str, int]]:
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        grouped.setdefault(row.get("graph", ""), []).append(row)
    return {graph: _counts(group, key, number) for graph, group in grouped.items()}


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))


def store_rows(store: ox.Store) -> RunQuery:
    """What runs queries on a store of this process."""

    def run(query: str) -> list[dict[str, str]]:
        solutions = evaluate(store, query)
        if not isinstance(solutions, ox.QuerySolutions):
            raise QueryError("only a SELECT query has rows")
        names = [variable.value for variable in solutions.variables]
        return [
            {name: str(term.value) for name, term in zip(names, row, strict=True) if term is not None}
            for row in solutions
        ]

    return run


def write_statistics(statistics: Statistics, path: Path) -> None:
    """Write statistics as JSON, the same ones as the same bytes."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(statistics), indent=2) + b"\n")


def read_statistics(path: Path) -> Statistics | None:
    """Read what `write_statistics` wrote; None where it is missing or something else.

    Snapshots of earlier releases have no such file; the numbers can then be computed.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Statistics)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
