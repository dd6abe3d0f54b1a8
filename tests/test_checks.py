"""Each check of queries/checks is silent on a sound graph and finds exactly what a case spoils."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {path.stem.removesuffix("-violation"): path for path in (ROOT / "queries" / "checks").glob("*.rq")}
SOUND = Path(__file__).parent / "cases" / "checks" / "sound.trig"
EXAMPLE = "https://example.org/"


class Case(NamedTuple):
    """A fault: the check that finds it, what is added, what is taken away, rows as `focus value`."""

    check: str
    added: str = ""
    removed: str = ""
    rows: tuple[str, ...] = ()


CASES = {
    "related to a parent": Case("skos-related", ":p4 skos:related :OPS.GEN .", rows=(":p4 :OPS.GEN",)),
    "related to a grandparent, written from above": Case(
        "skos-related", ":technology skos:related :OPS.NET .", rows=(":OPS.NET :technology",)
    ),
    "preferred label repeated as alternative": Case(
        "skos-label-kinds", ':p4 skos:altLabel "Operator"@en .', rows=(':p4 "Operator"@en',)
    ),
    "preferred label repeated as hidden": Case(
        "skos-label-kinds", ':p5 skos:hiddenLabel "Network expert"@en .', rows=(':p5 "Network expert"@en',)
    ),
    "alternative label repeated as hidden": Case(
        "skos-label-kinds", ':p4 skos:hiddenLabel "Shift operator"@en .', rows=(':p4 "Shift operator"@en',)
    ),
    "two preferred labels in one language": Case(
        "skos-preferred-label",
        ':OPS skos:prefLabel "Running things"@en .',
        rows=(':OPS "Running things"@en',),
    ),
    "a scheme that is a concept": Case(
        "skos-scheme", ":roles a skos:Concept .", rows=(":roles skos:Concept",)
    ),
    "exact and broader match": Case(
        "skos-exact-match", ":python skos:broadMatch :escoPython .", rows=(":python :escoPython",)
    ),
    "exact match and a related one the other way round": Case(
        "skos-exact-match", ":escoPython skos:relatedMatch :python .", rows=(":python :escoPython",)
    ),
    "no level": Case("role-place", removed=":p4 rg:level level:P4 .", rows=(":p4 rg:level",)),
    "no specialisation": Case(
        "role-place", removed=":p5 rg:inSpecialisation :OPS.NET .", rows=(":p5 rg:inSpecialisation",)
    ),
    "two levels": Case("role-place", ":p4 rg:level level:M3 .", rows=(":p4 level:P4",)),
    "two families": Case("role-place", ":p4 rg:inFamily :LAB .", rows=(":p4 :OPS",)),
    "code of another level": Case(
        "role-code", ":p4 rg:level level:P3 .", ":p4 rg:level level:P4 .", (':p4 "OPS.GEN.P4"',)
    ),
    "code of another specialisation": Case(
        "role-code",
        ":p4 rg:inSpecialisation :OPS.NET .",
        ":p4 rg:inSpecialisation :OPS.GEN .",
        (':p4 "OPS.GEN.P4"',),
    ),
    "code of another family": Case(
        "role-code", ":p4 rg:inFamily :LAB .", ":p4 rg:inFamily :OPS .", (':p4 "OPS.GEN.P4"',)
    ),
    "specialisation without family": Case(
        "taxonomy",
        ":LAB.GEN a rg:Specialisation ; skos:broader :technology .",
        rows=(":LAB.GEN skos:broader",),
    ),
    "specialisation under two families": Case(
        "taxonomy", ":OPS.NET skos:broader :LAB .", rows=(":OPS.NET :OPS",)
    ),
    "family under two super-functions": Case(
        "taxonomy", ":OPS skos:broader :finance . :finance a rg:SuperFunction .", rows=(":OPS :technology",)
    ),
    "family that is not the specialisation's": Case(
        "taxonomy", ":p5 rg:inFamily :LAB .", ":p5 rg:inFamily :OPS .", (":p5 :LAB",)
    ),
    "use of nothing": Case("component-use", ":empty a rg:ComponentUse .", rows=(":empty rg:component",)),
    "use of two components": Case(
        "component-use", ":use rg:component :sql . :sql a rg:Skill .", rows=(":use :sql",)
    ),
    "use of a component of no kind": Case(
        "component-use", removed=":python a rg:Skill .", rows=(":python rg:kindCode",)
    ),
    "component of two kinds": Case(
        "class-disjointness", ":python a rg:Knowledge .", rows=(":python rg:Knowledge",)
    ),
    "role that is a family": Case("class-disjointness", ":p4 a rg:RoleFamily .", rows=(":p4 rg:RoleFamily",)),
    "two distances": Case("adjacency", ":near rg:distance 0.4 .", rows=(":near 0.4",)),
    "no distance and no reason": Case(
        "adjacency", removed=":near rg:distance 0.3 .", rows=(":near rg:distance",)
    ),
    "no neighbour": Case("adjacency", removed=":near rg:adjacentRole :p5 .", rows=(":near rg:adjacentRole",)),
    "two bands": Case(
        "adjacency", ":near rg:matchBand rgc:match-needs-review .", rows=(":near rgc:match-needs-review",)
    ),
    "no metric edition": Case(
        "adjacency",
        removed=":near rg:metricEdition :structural-1 .",
        rows=(":near rg:metricEdition",),
    ),
    "mapping without object": Case(
        "mapping", removed=":mapped sssom:object_id :occupation .", rows=(":mapped sssom:object_id",)
    ),
    "mapping without justification": Case(
        "mapping",
        removed=":mapped sssom:mapping_justification semapv:ManualMappingCuration .",
        rows=(":mapped sssom:mapping_justification",),
    ),
    "mapping with two predicates": Case(
        "mapping", ":mapped sssom:predicate_id skos:closeMatch .", rows=(":mapped skos:closeMatch",)
    ),
    "level without rank": Case("level-order", removed="level:P2 rg:rank 2.0 .", rows=("level:P2 rg:rank",)),
    "level with two ranks": Case("level-order", "level:P8 rg:rank 8.5 .", rows=("level:P8 8.5",)),
    "level without track": Case(
        "level-order", removed="level:P8 rg:track track:P .", rows=("level:P7 level:P8", "level:P8 rg:track")
    ),
    "next level that is lower": Case(
        "level-order", "level:P8 rg:nextLevel level:P1 .", rows=("level:P8 level:P1",)
    ),
    "next level on another track": Case(
        "level-order", "level:S4 rg:nextLevel level:M3 .", rows=("level:S4 level:M3",)
    ),
}
PREFIXES = (
    "".join(
        line + "\n" for line in SOUND.read_text(encoding="utf-8").splitlines() if line.startswith("@prefix")
    )
    + "@prefix track: <https://w3id.org/rolegraph/track/> .\n"
)
NAMESPACES = dict(re.findall(r"@prefix ([\w-]*): <([^>]+)>", PREFIXES))


def _quads(turtle: str, graph: str) -> list[ox.Quad]:
    target = ox.NamedNode(EXAMPLE + graph)
    parsed = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return [ox.Quad(quad.subject, quad.predicate, quad.object, target) for quad in parsed]


def _sound_store() -> ox.Store:
    store = ox.Store()
    store.load(path=SOUND, format=ox.RdfFormat.TRIG)
    for path in (ROOT / "ontology").glob("*.ttl"):
        graph = "levels" if path.stem == "levels" else "ontology"
        store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(EXAMPLE + graph))
    return store


def _spoilt_store(case: Case) -> ox.Store:
    store = _sound_store()
    store.extend(_quads(case.added, "catalog"))
    for quad in _quads(case.removed, "any"):
        matches = list(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None))
        assert matches, f"nothing to remove: {quad}"
        for match in matches:
            store.remove(match)
    return store


def _short(term: ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple | None) -> str:
    if isinstance(term, ox.Literal):
        return str(term) if term.datatype.value.endswith("tring") else term.value
    iri = str(getattr(term, "value", term))
    for prefix, namespace in NAMESPACES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _run(store: ox.Store, check: str) -> list[tuple[str, str]]:
    """Rows as (focus and value in short, message)."""
    text = CHECKS[check].read_text(encoding="utf-8")
    solutions = store.query(text, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [variable.value for variable in solutions.variables] == ["focus", "value", "message"]
    rows: list[tuple[str, str]] = []
    for row in solutions:
        message = row["message"]
        assert isinstance(message, ox.Literal)
        rows.append((f"{_short(row['focus'])} {_short(row['value'])}", message.value))
    return rows


@pytest.fixture(scope="module")
def sound() -> ox.Store:
    return _sound_store()


def test_there_are_checks_and_every_one_has_a_case() -> None:
    assert len(CHECKS) == 13
    assert len(CASES) >= 35
    assert {case.check for case in CASES.values()} == set(CHECKS)


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_check_says_what_it_demands_and_why(check: str) -> None:
    assert CHECKS[check].name.endswith("-violation.rq")
    title, description = CHECKS[check].read_text(encoding="utf-8").splitlines()[:2]
    assert title.startswith("# title: ")
    assert description.startswith("# description: ")


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_check_is_silent_on_a_sound_graph(sound: ox.Store, check: str) -> None:
    assert not _run(sound, check)


@pytest.mark.parametrize("name", CASES)
def test_a_check_finds_its_violation(name: str) -> None:
    case = CASES[name]
    rows = _run(_spoilt_store(case), case.check)
    assert [row for row, _ in rows] == list(case.rows)
    assert all(message for _, message in rows)
