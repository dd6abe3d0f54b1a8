"""Role records in, structural neighbours and their quads out (`structural@1`, domain model 4).

distance = taxonomy_weight · d_tax + level_weight · d_level, both parts in 0..1:
d_tax   = 1 − depth of the lowest common ancestor / 3 in super-function > family > specialisation,
d_level = min(1, |Δrank| / 4 + 0.15 when the tracks differ).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from typing import Final

from rolegraph.config import AdjacencySection
from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, decimal, integer, lang_text, node, text
from rolegraph.iris import Iris
from rolegraph.model.catalog import Level, Role, Taxonomy
from rolegraph.terms import concept, term

EDITION: Final = "structural@1"
_DEPTH: Final = 3
_RANK_SPAN: Final = 4.0
_TRACK_STEP: Final = 0.15
_LATERAL_BELOW: Final = 0.5
_DIGITS: Final = 6
"""Distances are rounded to this many decimals, so that sums of thirds and tenths compare as equal."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where a role stands; `super_function` is None where nobody said."""

    code: str
    super_function: str | None
    family: str
    specialisation: str
    rank: float
    track: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One directed neighbourhood; `reason` says which coordinate was missing."""

    target: str
    distance: float
    taxonomy_distance: float
    level_distance: float
    band: str
    move: str
    rank_difference: float
    reason: str | None = None

    @property
    def order(self) -> tuple[float, float, str]:
        """Nearest first; ties by rank difference, then by code."""
        return self.distance, abs(self.rank_difference), self.target


def coordinates(role: Role, taxonomy: Taxonomy, levels: dict[str, Level]) -> Coordinates:
    """Place a role in taxonomy and levels."""
    family, level = taxonomy.families.get(role.family), levels[role.level]
    return Coordinates(
        code=role.code,
        super_function=family.super_function if family else None,
        family=role.family,
        specialisation=role.specialisation,
        rank=level.rank,
        track=level.track,
    )


def compare(a: Coordinates, b: Coordinates, metric: AdjacencySection) -> Neighbour:
    """The structural neighbourhood of two roles, seen from `a`."""
    missing = a.family != b.family and (a.super_function is None or b.super_function is None)
    if a.specialisation == b.specialisation:
        shared = 3
    elif a.family == b.family:
        shared = 2
    else:
        shared = 0 if missing or a.super_function != b.super_function else 1
    delta = a.rank - b.rank
    d_tax, d_level, distance = _distances(shared, abs(delta), a.track != b.track, metric)
    return Neighbour(
        target=b.code,
        distance=distance,
        taxonomy_distance=d_tax,
        level_distance=d_level,
        band="needs_review" if missing else band(distance, metric),
        move=_move(a, b, delta),
        rank_difference=delta,
        reason="super-function missing" if missing else None,
    )


@lru_cache(maxsize=1 << 12)
def _distances(
    shared: int, rank_difference: float, is_other_track: bool, metric: AdjacencySection
) -> tuple[float, float, float]:
    """Taxonomy, level and whole distance; few of them differ among all pairs of a catalog."""
    d_tax = 1 - shared / _DEPTH
    d_level = min(1.0, rank_difference / _RANK_SPAN + (_TRACK_STEP if is_other_track else 0.0))
    distance = metric.taxonomy_weight * d_tax + metric.level_weight * d_level
    return round(d_tax, _DIGITS), round(d_level, _DIGITS), round(distance, _DIGITS)


def band(distance: float, metric: AdjacencySection) -> str:
    """The three-state band of a distance."""
    if distance <= metric.confident_up_to:
        return "confident"
    return "needs_review" if distance <= metric.review_up_to else "no_confident_match"


def _move(a: Coordinates, b: Coordinates, delta: float) -> str:
    """The kind of move from `a` to `b`; Δrank = rank(a) − rank(b)."""
    if a.family != b.family:
        return "lateral" if abs(delta) < _LATERAL_BELOW else "diagonal"
    if delta < 0:
        return "promotion"
    if delta > 0:
        return "step_back"
    return "track_switch" if a.track != b.track else "lateral"


class Neighbours:
    """Finds the nearest roles of any role without comparing all pairs.

    Roles stand in nested rings (same specialisation, family, super-function, anywhere) and within a ring
    by rank and track. What a ring adds to the one inside it is equally far in each such cell, so only the
    first k codes of a cell can be among the k nearest: the work for one role does not grow with the rest.
    """

    def __init__(self, places: Iterable[Coordinates], metric: AdjacencySection) -> None:
        self._metric = metric
        self._rings: list[dict[object, _Cells]] = [{} for _ in _RINGS]
        for place in sorted(places, key=lambda place: place.code):
            for key, ring in zip(_RINGS, self._rings, strict=True):
                cells = ring.setdefault(key(place), {})
                cells.setdefault((place.rank, place.track), []).append(place)

    def of(self, place: Coordinates) -> list[Neighbour]:
        """The nearest roles of one role, nearest first, at most as many as the metric asks for."""
        wanted = self._metric.neighbours
        best: list[Neighbour] = []
        for number in range(len(_RINGS)):
            floor = round(self._metric.taxonomy_weight * number / _DEPTH, _DIGITS)
            if len(best) == wanted and best[-1].distance < floor:
                break
            best = nsmallest(wanted, [*best, *self._added_by(number, place)], key=lambda found: found.order)
        return best

    def _added_by(self, number: int, place: Coordinates) -> Iterator[Neighbour]:
        """The candidates of a ring that no ring inside it holds."""
        inner = _RINGS[number - 1] if number else None
        for cell in self._rings[number].get(_RINGS[number](place), {}).values():
            taken = nearer = 0
            for other in cell:
                if inner is not None and inner(other) == inner(place):
                    nearer += 1  # on the same rank and track but closer in the taxonomy
                elif other.code != place.code:
                    taken += 1
                    yield compare(place, other, self._metric)
                if max(taken, nearer) > self._metric.neighbours:
                    break


def _specialisation(place: Coordinates) -> object:
    return place.specialisation


def _family(place: Coordinates) -> object:
    return place.family


def _super_function(place: Coordinates) -> object:
    return place.super_function or f"missing:{place.family}"


def _anywhere(_place: Coordinates) -> object:
    return None


_Cells = dict[tuple[float, str], list[Coordinates]]
_RINGS: Final[tuple[Callable[[Coordinates], object], ...]] = (
    _specialisation,
    _family,
    _super_function,
    _anywhere,
)


def build_adjacency(
    roles: Iterable[Role],
    taxonomy: Taxonomy,
    levels: dict[str, Level],
    metric: AdjacencySection,
    iris: Iris,
    writer: QuadWriter,
) -> int:
    """Write the nearest roles of every role into the graph `derived`.

    A deprecated role is nobody's neighbour; its own neighbours show what there is in its place.

    Returns:
        the number of neighbourhoods written.
    """
    places, current = [], []
    for record in roles:
        places.append(coordinates(record, taxonomy, levels))
        if not record.deprecated:
            current.append(places[-1])
    neighbours = Neighbours(current, metric)
    edition = node(f"{iris.base}metric/{EDITION.replace('@', '-')}")
    run = node(f"{iris.base}activity/{EDITION.replace('@', '-')}")
    _write_edition(edition, run, metric, writer)
    made = [
        writer.tail(RDF_TYPE, term("rg:Adjacency")),
        writer.tail(RDF_TYPE, term("prov:Entity")),
        writer.tail(term("rg:metricEdition"), edition),
        writer.tail(term("prov:wasGeneratedBy"), run),
    ]
    count = 0
    for place in places:
        role = node(iris.role(place.code))
        for position, neighbour in enumerate(neighbours.of(place), start=1):
            count += 1
            subject = node(iris.adjacency(place.code, EDITION, neighbour.target))
            writer.add(role, term("rg:adjacency"), subject)
            writer.add_tails(subject, made)
            writer.add(subject, term("rg:adjacentRole"), node(iris.role(neighbour.target)))
            writer.add(subject, term("rg:distance"), decimal(neighbour.distance))
            writer.add(subject, term("rg:taxonomyDistance"), decimal(neighbour.taxonomy_distance))
            writer.add(subject, term("rg:levelDistance"), decimal(neighbour.level_distance))
            writer.add(subject, term("rg:matchBand"), concept("match", neighbour.band))
            writer.add(subject, term("rg:moveType"), concept("move", neighbour.move))
            writer.add(subject, term("rg:position"), integer(position))
            if neighbour.reason is not None:
                writer.add(subject, term("rg:bandReason"), text(neighbour.reason))
    return count


def _write_edition(edition: str, run: str, metric: AdjacencySection, writer: QuadWriter) -> None:
    writer.add(edition, RDF_TYPE, term("rg:MetricEdition"))
    writer.add(edition, term("skos:notation"), text(EDITION))
    writer.add(edition, term("skos:prefLabel"), lang_text("Structural distance, first edition", "en"))
    writer.add(edition, term("rg:taxonomyWeight"), decimal(metric.taxonomy_weight))
    writer.add(edition, term("rg:levelWeight"), decimal(metric.level_weight))
    writer.add(edition, term("rg:confidentUpTo"), decimal(metric.confident_up_to))
    writer.add(edition, term("rg:reviewUpTo"), decimal(metric.review_up_to))
    writer.add(run, RDF_TYPE, term("prov:Activity"))
    writer.add(run, term("prov:used"), edition)
