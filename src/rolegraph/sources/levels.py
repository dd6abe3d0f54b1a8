"""A level scheme in Turtle in, level records out: the shipped one, or a catalog's own."""

from __future__ import annotations

import math
from pathlib import Path

import pyoxigraph as ox

from rolegraph.errors import Problems
from rolegraph.model.catalog import Level
from rolegraph.terms import PREFIXES

_RG, _SKOS, _RDF = PREFIXES["rg"], PREFIXES["skos"], PREFIXES["rdf"]
_NUMERIC = {"decimal", "integer", "double", "float", "int", "long", "short", "nonNegativeInteger"}
Properties = dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]


def read_levels(path: Path, name: str, problems: Problems) -> dict[str, Level]:
    """Read the levels of a scheme.

    Args:
        path: a Turtle file without blank nodes.
        name: how messages call it.
        problems: receives what is missing: a notation, a numeric rank or a track.
    Returns:
        the levels by notation.
    """
    subjects: dict[str, Properties] = {}
    try:
        for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
                problems.error(name, 0, "the scheme holds a blank node", "give every node an IRI")
                return {}
            properties = subjects.setdefault(str(getattr(quad.subject, "value", quad.subject)), {})
            properties.setdefault(quad.predicate.value, []).append(quad.object)
    except SyntaxError as error:
        problems.error(name, error.lineno or 0, f"this is no Turtle: {error.msg}", "correct the line")
        return {}
    except OSError as error:
        problems.error(name, 0, f"the level scheme cannot be read: {error}", "correct [sources] levels")
        return {}
    levels: dict[str, Level] = {}
    for iri, properties in subjects.items():
        kinds = {getattr(kind, "value", "") for kind in properties.get(_RDF + "type", ())}
        if _RG + "Level" not in kinds:
            continue
        level = _level(iri, properties, name, problems)
        if level is not None and level.notation in levels:
            problems.error(name, 0, f"notation {level.notation} stands for two levels", "give each its own")
        elif level is not None:
            levels[level.notation] = level
    if not levels:
        problems.error(name, 0, "the scheme defines no rg:Level", "give every level the type rg:Level")
    return levels


def _level(iri: str, properties: Properties, name: str, problems: Problems) -> Level | None:
    notation = _value(properties, _SKOS + "notation")
    rank = _number(properties, _RG + "rank")
    tracks = properties.get(_RG + "track", ())
    track = next((term.value for term in tracks if isinstance(term, ox.NamedNode)), None)
    wanted = {"skos:notation": notation, "rg:rank (a number)": rank, "rg:track (an IRI)": track}
    missing = [prop for prop, value in wanted.items() if value is None]
    if missing or notation is None or rank is None or track is None:
        problems.error(name, 0, f"level <{iri}> lacks {', '.join(missing)}", "add it")
        return None
    return Level(
        notation=notation,
        iri=iri,
        rank=rank,
        track=track,
        label=_value(properties, _SKOS + "prefLabel") or notation,
        experience_min_years=_number(properties, _RG + "experienceMinYears"),
        experience_max_years=_number(properties, _RG + "experienceMaxYears"),
    )


def _value(properties: Properties, prop: str) -> str | None:
    values = sorted(str(getattr(value, "value", value)) for value in properties.get(prop, ()))
    return values[0] if values else None


def _number(properties: Properties, prop: str) -> float | None:
    """A finite number of a numeric datatype; "3" as a text would break every query that subtracts ranks."""
    for value in properties.get(prop, ()):
        if isinstance(value, ox.Literal) and value.datatype.value.removeprefix(PREFIXES["xsd"]) in _NUMERIC:
            try:
                number = float(value.value)
            except ValueError:
                continue
            if math.isfinite(number):
                return number
    return None
