"""The query that crosses roles, O*NET and ESCO, against a computation over generated graphs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.iris import Iris
from rolegraph.query import bind, load_query
from rolegraph.terms import concept, term

IRIS = Iris("https://example.org/roles/")
QUERY = load_query("roles-across-classifications")
ROLES = ("SWE.GEN.P3", "SWE.BCK.P4", "DATA.GEN.P2")
ONET = ("15-1252.00", "15-1244.00")
ESCO = tuple(f"http://data.europa.eu/esco/{name}" for name in ("occupation/a", "occupation/b", "isco/C1"))
LABELS = ("python", "sql", "code review", "speaking")
STATUSES = ("accepted", "needs_review", "rejected")

Add = Callable[[str, str, str], None]
names = st.dictionaries(st.sampled_from([*ROLES, *ONET, *ESCO]), st.sets(st.sampled_from(LABELS)))
owners = st.sampled_from([*ROLES, "SWE", "SWE.GEN"])
mappings = st.dictionaries(
    st.tuples(owners, st.sampled_from(ONET)), st.tuples(st.sampled_from(STATUSES), st.booleans()), max_size=5
)
rows = st.dictionaries(
    st.tuples(st.sampled_from(ONET), st.sampled_from(ESCO)),
    st.tuples(st.booleans(), st.booleans()),
    max_size=4,
)


def iri(name: str) -> str:
    if name in ONET:
        return f"<{IRIS.onet(name)}>"
    if name in ESCO:
        return f"<{name}>"
    minters = {0: IRIS.family, 1: IRIS.specialisation, 2: IRIS.role}
    return f"<{minters[name.count('.')](name)}>"


def component(label: str) -> str:
    return f"<{IRIS.component('skill', label)}>"


def build(
    named: dict[str, set[str]],
    mapped: dict[tuple[str, str], tuple[str, bool]],
    crossed: dict[tuple[str, str], tuple[bool, bool]],
) -> ox.Store:
    lines: list[str] = []

    def add(subject: str, predicate: str, obj: str) -> None:
        lines.append(f"{subject} {term(predicate)} {obj} .\n")

    for status in STATUSES:
        add(concept("review", status), "skos:notation", f'"{status}"')
    for role in ROLES:
        family, focus, _ = role.split(".")
        add(iri(role), "rdf:type", term("rg:Role"))
        add(iri(role), "dcterms:identifier", f'"{role}"')
        add(iri(role), "rg:inSpecialisation", iri(f"{family}.{focus}"))
        add(iri(role), "rg:inFamily", iri(family))
    for name in (*ROLES, "SWE", "SWE.GEN"):
        add(iri(name), "skos:notation", f'"{name}"')
    for label in LABELS:
        add(component(label), "skos:prefLabel", f'"{label}"@en')
        add(component(label), "skos:prefLabel", f'"{label.upper()}"@de')
    for name, labels in named.items():
        for label in labels:
            if name in ROLES:
                add(iri(name), "rg:namesSkill", component(label))
            else:
                skill = f"<https://example.org/skill/{name.rpartition('/')[2]}-{label.replace(' ', '-')}>"
                add(iri(name), "rg:namesSkill", skill)
                add(component(label), "rg:correspondingSkill", skill)
    add_mappings(add, mapped)
    add_rows(add, crossed)
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES)
    return store


def add_mappings(add: Add, mapped: dict[tuple[str, str], tuple[str, bool]]) -> None:
    for number, ((owner, onet), (status, denied)) in enumerate(mapped.items()):
        node = f"<https://example.org/mapping/{number}>"
        add(iri(owner), "rg:mapping", node)
        add(node, "sssom:subject_id", iri(owner))
        add(node, "sssom:object_id", iri(onet))
        add(node, "sssom:predicate_id", term("skos:broadMatch"))
        add(node, "rg:reviewStatus", concept("review", status))
        if denied:
            add(node, "sssom:predicate_modifier", '"Not"')


def add_rows(add: Add, crossed: dict[tuple[str, str], tuple[bool, bool]]) -> None:
    for number, ((onet, esco), (reverse, denied)) in enumerate(crossed.items()):
        node = f"<https://example.org/row/{number}>"
        add("<https://example.org/set>", "sssom:mappings", node)
        add("<https://example.org/set>", "dcterms:title", '"A set"')
        add(node, "rdf:type", term("rg:CrosswalkMapping"))
        add(node, "sssom:object_id" if reverse else "sssom:subject_id", iri(onet))
        add(node, "sssom:subject_id" if reverse else "sssom:object_id", iri(esco))
        add(node, "sssom:predicate_id", term("skos:closeMatch"))
        if denied:
            add(node, "sssom:predicate_modifier", '"Not"')


def ask(store: ox.Store, **values: list[str]) -> list[dict[str, str]]:
    solutions = store.query(bind(QUERY, values))
    assert isinstance(solutions, ox.QuerySolutions)
    variables = [variable.value for variable in solutions.variables]
    return [
        {name: "" if value is None else value.value for name, value in zip(variables, row, strict=True)}
        for row in solutions
    ]


@settings(max_examples=60)
@given(names, mappings, rows)
def test_rows_equal_a_computation_over_the_same_data(
    named: dict[str, set[str]],
    mapped: dict[tuple[str, str], tuple[str, bool]],
    crossed: dict[tuple[str, str], tuple[bool, bool]],
) -> None:
    expected = set()
    for role, ((owner, onet), (status, denied)) in product(ROLES, mapped.items()):
        if denied or status == "rejected" or not f"{role}.".startswith(f"{owner}."):
            continue
        for (code, esco), (_, refused) in crossed.items():
            if code == onet and not refused and "/occupation/" in esco:
                common = named.get(role, set()) & named.get(onet, set()) & named.get(esco, set())
                skills = "; ".join(sorted(common))
                expected.add((role, owner, status, onet, esco, str(len(common)), skills))
    found = [
        (r["role"], r["from"], r["status"], r["occupation"], r["escoOccupation"], r["shared"], r["skills"])
        for r in ask(build(named, mapped, crossed))
    ]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_parameters_choose_roles_and_statuses() -> None:
    mapped = {(role, "15-1252.00"): (status, False) for role, status in zip(ROLES, STATUSES, strict=True)}
    store = build({}, mapped, {("15-1252.00", ESCO[0]): (False, False)})
    assert [row["role"] for row in ask(store)] == ["SWE.BCK.P4", "SWE.GEN.P3"]
    assert [row["role"] for row in ask(store, role=["SWE.GEN.P3"])] == ["SWE.GEN.P3"]
    assert [row["role"] for row in ask(store, status=["rejected"])] == ["DATA.GEN.P2"]
    (row,) = ask(store, role=["SWE.BCK.P4"])
    assert (row["relation"], row["match"], row["crosswalk"]) == ("broadMatch", "closeMatch", "A set")


def test_skills_are_named_in_the_language_asked_for() -> None:
    names = {"SWE.GEN.P3": {"sql"}, "15-1252.00": {"sql"}, ESCO[0]: {"sql"}}
    store = build(
        names, {("SWE", "15-1252.00"): ("accepted", False)}, {("15-1252.00", ESCO[0]): (False, False)}
    )
    for language, name in (("en", "sql"), ("de", "SQL"), ("fr", "SQL; sql")):
        (row,) = ask(store, role=["SWE.GEN.P3"], language=[language])
        assert (row["skills"], row["shared"]) == (name, "1")
