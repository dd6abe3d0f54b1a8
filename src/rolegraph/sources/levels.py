"""A level scheme in Turtle in, level records out: the shipped one, or a catalog's own."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pyoxigraph as ox
from msgspec.structs import replace

from rolegraph.errors import Problems
from rolegraph.model.catalog import Level
from rolegraph.terms import PREFIXES

_RG, _SKOS, _RDF = PREFIXES["rg"], PREFIXES["skos"], PREFIXES["rdf"]
_NUMERIC = {"decimal", "integer", "double", "float", "int", "long", "short", "nonNegativeInteger"}
_COMMENT = re.compile(r"(?:^|\s)#.*")
_QUOTED = re.compile(r"""["']([^"'\\]+)["']""")
Properties = dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]]


def read_levels(path: Path, name: str, problems: Problems, *, is_own: bool = False) -> dict[str, Level]:
    """Read the levels of a scheme.

    Args:
        path: a Turtle file without blank nodes.
        name: how messages call it.
        problems: receives what is missing: a notation, a numeric rank or a track.
        is_own: whether the file is one of the catalog's, so that its levels have a place in it.
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
    return _placed(levels, path, name) if is_own else levels


def _placed(levels: dict[str, Level], path: Path, name: str) -> dict[str, Level]:
    """The levels with their places: the first line that writes the notation as a text of its own.

    The parser tells no lines, and a person looks for the notation.
    """
    lines: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        for notation in _QUOTED.findall(_COMMENT.sub("", line)):
            lines.setdefault(notation, number)
    return {
        notation: replace(level, file=name, line=lines.get(notation, 0)) for notation, level in levels.items()
    }


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
