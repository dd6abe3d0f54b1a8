"""What the shipped queries answer: expected files for all, computations over the records for many."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph import resources
from rolegraph.derive import compare, coordinates
from rolegraph.errors import Problems
from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, date, node
from rolegraph.graph.nquads import text as plain_text
from rolegraph.graph.quality import build_quality
from rolegraph.iris import Iris
from rolegraph.model.catalog import Kind, Role
from rolegraph.model.findings import Score
from rolegraph.query import UNDEF, bind, describe_queries, list_queries, load_query
from rolegraph.score import role_keys, score
from rolegraph.snapshot.assemble import Inputs, catalog_store, read_inputs
from rolegraph.terms import term

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases" / "queries"
SOURCES = """[sources]
onet = "onet"
crosswalks = ["crosswalks/table.csv", "crosswalks/data-science.sssom.tsv"]
"""
DOCS = ROOT / "docs" / "queries.md"
QUERIES = {query.name: query for query in list_queries()}
Row = dict[str, str]
Ask = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """The sample catalog with a small invented O*NET database and invented crosswalks."""
    directory = tmp_path_factory.mktemp("queries") / "catalog"
    shutil.copytree(ROOT / "data", directory, ignore=shutil.ignore_patterns(".rolegraph"))
    shutil.copytree(CASES / "onet", directory / "onet")
    shutil.copytree(CASES / "crosswalks", directory / "crosswalks")
    config = directory / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", SOURCES), encoding="utf-8")
    return read_inputs(directory, Problems())


@pytest.fixture(scope="module")
def roles(inputs: Inputs) -> dict[str, Role]:
    return {role.code: role for role in inputs.catalog.roles}


def scores_of(inputs: Inputs) -> tuple[Score, ...]:
    """Completeness by three checks of this test's own, so that no change of a shape changes the answers."""
    roles = inputs.catalog.roles
    weights = {"story": 2.0, "summary": 1.0, "aliases": 0.5}
    failed = {
        "story": {role.code for role in roles if role.story is None},
        "summary": {role.code for role in roles if role.level.startswith("P")},
        "aliases": {role.code for role in roles if any(a.approval == "pending" for a in role.aliases)},
    }
    applicable = dict.fromkeys(weights, frozenset(role.code for role in roles))
    return score(role_keys(inputs.catalog), weights, applicable, failed)


def quality(inputs: Inputs) -> str:
    """The measurements of those scores as N-Quads."""
    lines: list[str] = []
    writer = QuadWriter(inputs.iris.graph("derived"), lines.append)
    build_quality(scores_of(inputs), inputs.catalog.levels, inputs.iris, writer)
    return "".join(lines)


def history(iris: Iris) -> str:
    """Two releases, and what befell a role and a skill in them, as `rolegraph release` writes it."""
    lines: list[str] = []
    writer = QuadWriter(iris.graph("history"), lines.append)
    before, after = (node(iris.release(version)) for version in ("2026.9.0", "2026.10.0"))
    for release, version in ((before, "2026.9.0"), (after, "2026.10.0")):
        writer.add(release, RDF_TYPE, term("rg:Release"))
        writer.add(release, term("dcat:version"), plain_text(version))
        writer.add(release, term("dcterms:issued"), date("2026-10-01"))
    writer.add(after, term("dcat:previousVersion"), before)
    role, skill = node(iris.role("SRES.GEN.P5")), node(iris.component("skill", "Observability"))
    writer.add(role, term("rg:introducedIn"), before)
    writer.add(role, term("rg:changedIn"), after)
    writer.add(skill, term("rg:introducedIn"), after)
    return "".join(lines)


@pytest.fixture(scope="module")
def ask(inputs: Inputs) -> Ask:
    """Run a query by name with `_` for `-` in its parameters."""
    store = catalog_store(inputs)
    store.bulk_load(quality(inputs).encode(), format=ox.RdfFormat.N_QUADS)
    store.bulk_load(history(inputs.iris).encode(), format=ox.RdfFormat.N_QUADS)

    def run(name: str, **values: str | list[str]) -> list[Row]:
        given = {
            key.replace("_", "-"): [value] if isinstance(value, str) else value
            for key, value in values.items()
        }
        solutions = store.query(bind(QUERIES[name], given), use_default_graph_as_union=True)
        assert isinstance(solutions, ox.QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        return [
            {name: "" if term is None else term.value for name, term in zip(names, solution, strict=True)}
            for solution in solutions
        ]

    return run


def write_csv(header: str, rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    out.write(header + "\n")
    writer.writerow(rows[0] if rows else [])
    writer.writerows(row.values() for row in rows)
    return out.getvalue()


@pytest.mark.parametrize("name", QUERIES)
def test_query_gives_its_expected_result(name: str, ask: Ask, *, approve: bool) -> None:
    path = CASES / f"{name}.csv"
    assert path.is_file(), f"write {path.name} with the parameters in its first line, then --approve"
    header = path.read_text(encoding="utf-8").partition("\n")[0]
    settings = [part.partition("=") for part in header.removeprefix("#").split(";") if "=" in part]
    rows = ask(name, **{key.strip().replace("-", "_"): value.strip() for key, _, value in settings})
    assert rows, "an expected result without rows proves nothing"
    found = write_csv(header, rows)
    if approve:
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_every_shipped_query_is_covered_and_every_case_has_a_query() -> None:
    assert {path.stem for path in CASES.glob("*.csv")} == set(QUERIES)
    assert len(QUERIES) >= 14


@pytest.mark.parametrize("name", QUERIES)
def test_query_runs_as_its_file_stands(name: str) -> None:
    ox.Store().query((resources.folder("queries") / f"{name}.rq").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", QUERIES)
def test_default_in_the_header_is_the_one_in_the_body(name: str) -> None:
    query = QUERIES[name]
    assert query.title
    assert query.description
    for param in query.params:
        body = re.search(rf"VALUES {re.escape(param.variable)} {{ (.*?) }}", query.text)
        assert body is not None
        assert body[1].replace('"', "") == (UNDEF if param.default is None else param.default)


@pytest.mark.parametrize("name", QUERIES)
def test_query_names_no_data_base_and_orders_its_rows(name: str) -> None:
    text = QUERIES[name].text
    assert "rolegraph/sample" not in text
    assert re.search(r"^ORDER BY ", text, re.MULTILINE)


def test_page_of_queries_is_made_from_their_comments(*, approve: bool) -> None:
    page = describe_queries(QUERIES.values())
    if approve:
        DOCS.write_text(page, encoding="utf-8")
    assert page == DOCS.read_text(encoding="utf-8")


def labels(role: Role, kind: Kind) -> set[str]:
    return {use.label["en"] for use in role.uses if use.kind == kind}


def brute_pairs(
    roles: dict[str, Role], rank: dict[str, float], kind: Kind, minimum: int, distance: float
) -> Iterator[tuple[str, str, float, int, frozenset[str]]]:
    """Every ordered pair of different roles that shares enough and lies close enough."""
    for a in roles.values():
        for b in roles.values():
            shared = labels(a, kind) & labels(b, kind)
            apart = abs(rank[a.level] - rank[b.level])
            if a.code != b.code and len(shared) >= minimum and apart <= distance:
                yield a.code, b.code, apart, len(shared), frozenset(shared)


def as_pair(row: Row) -> tuple[str, str, float, int, frozenset[str]]:
    shared = frozenset(row["labels"].split("; "))
    return row["roleA"], row["roleB"], float(row["levelDistance"]), int(row["shared"]), shared


@pytest.mark.parametrize(
    ("kind", "minimum", "distance"),
    [
        ("skill", 1, 1),
        ("skill", 3, 0),
        ("skill", 2, 0.5),
        ("knowledge", 1, 8),
        ("competency", 4, 1.5),
        ("core_output", 1, 1),
    ],
)
def test_roles_sharing_equals_a_computation_over_the_records(
    kind: Kind, minimum: int, distance: float, inputs: Inputs, roles: dict[str, Role], ask: Ask
) -> None:
    rank = {name: level.rank for name, level in inputs.catalog.levels.items()}
    expected = set(brute_pairs(roles, rank, kind, minimum, distance))
    settings = {"kind": kind, "min_shared": str(minimum), "max_level_distance": str(distance)}
    name = "roles-sharing-skills-within-level"
    for code in roles:
        rows = ask(name, role=code, **settings)
        assert len(rows) == len({row["roleB"] for row in rows})
        assert {as_pair(row) for row in rows} == {pair for pair in expected if pair[0] == code}
    pairs = [as_pair(row) for row in ask(name, **settings)]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {pair for pair in expected if pair[0] < pair[1]}


def test_nearest_roles_equal_a_comparison_of_all_pairs(
    inputs: Inputs, roles: dict[str, Role], ask: Ask
) -> None:
    catalog, metric = inputs.catalog, inputs.config.adjacency
    places = {code: coordinates(role, catalog.taxonomy, catalog.levels) for code, role in roles.items()}
    for code, place in places.items():
        others = [compare(place, other, metric) for other in places.values() if other.code != code]
        nearest = sorted(others, key=lambda neighbour: neighbour.order)[: metric.neighbours]
        found = [
            (row["neighbour"], float(row["distance"]), row["band"]) for row in ask("nearest-roles", role=code)
        ]
        assert found == [(other.target, other.distance, other.band) for other in nearest]


def test_roles_by_skill_finds_every_user_of_every_skill(roles: dict[str, Role], ask: Ask) -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for role in roles.values():
        for label in labels(role, "skill"):
            users[label].add(role.code)
    assert len(users) > 20
    for label, codes in users.items():
        rows = ask("roles-by-skill", skill=label.upper().replace(" ", "-"))
        assert {row["role"] for row in rows} == codes


@pytest.mark.parametrize("kind", ["skill", "competency", "task"])
def test_component_reuse_counts_roles_families_and_levels(
    kind: Kind, roles: dict[str, Role], ask: Ask
) -> None:
    users: dict[str, list[Role]] = defaultdict(list)
    for role in roles.values():
        for label in labels(role, kind):
            users[label].append(role)
    expected = {
        label: (str(len(used)), str(len({r.family for r in used})), str(len({r.level for r in used})))
        for label, used in users.items()
    }
    rows = ask("component-reuse", kind=kind, min_roles="1")
    assert {row["component"]: (row["roles"], row["families"], row["levels"]) for row in rows} == expected


def test_ladder_lists_the_family_from_low_to_high(inputs: Inputs, roles: dict[str, Role], ask: Ask) -> None:
    levels = inputs.catalog.levels
    for family in {role.family for role in roles.values()}:
        members = [role for role in roles.values() if role.family == family]
        members.sort(key=lambda role: (levels[role.level].rank, role.level[0], role.code))
        assert [row["role"] for row in ask("ladder", family=family)] == [role.code for role in members]


@pytest.mark.parametrize("start", ["SRES.GEN.P4", "DATA.ENG.P3", "PROD.GEN.P2"])
def test_gap_tells_shared_from_one_sided_components(start: str, roles: dict[str, Role], ask: Ask) -> None:
    for target in roles.values():
        have = {(use.kind, use.label["en"]) for use in roles[start].uses}
        need = {(use.kind, use.label["en"]) for use in target.uses}
        rows = ask("gap", **{"from": start, "to": target.code})
        found = {
            side: {(r["kind"], r["component"]) for r in rows if r["side"] == side}
            for side in ("shared", "only from", "only to")
        }
        assert found == {"shared": have & need, "only from": have - need, "only to": need - have}
        assert len(rows) == len(have | need)


def test_alias_conflicts_are_the_titles_that_lead_to_several_roles(roles: dict[str, Role], ask: Ask) -> None:
    claims: dict[str, set[str]] = defaultdict(set)
    for role in roles.values():
        forms = [*role.title.values(), *(a.label for a in role.aliases if a.approval != "rejected")]
        for form in forms:
            claims[re.sub(r"[\s-]+", " ", form.lower())].add(role.code)
    expected = {title: codes for title, codes in claims.items() if len(codes) > 1}
    rows = ask("alias-conflicts")
    found = {
        re.sub(r"[\s-]+", " ", row["title"].lower()): set(re.findall(r"(\S+) \(", row["claims"]))
        for row in rows
    }
    assert found == expected
    some = next(iter(next(iter(expected.values()))))
    assert all(some in row["claims"] for row in ask("alias-conflicts", role=some))


def test_component_without_label_in_the_language_is_not_lost(ask: Ask) -> None:
    name = "roles-sharing-skills-within-level"
    english = {(row["roleA"], row["roleB"], row["shared"]) for row in ask(name)}
    assert {(row["roleA"], row["roleB"], row["shared"]) for row in ask(name, language="fr")} == english


def strings(value: object) -> Iterator[str]:
    """Every text and number that a record holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif hasattr(value, "__struct_fields__"):
        for field in value.__struct_fields__:
            if field not in {"file", "line", "focus", "specialisation"}:
                yield from strings(getattr(value, field))


def test_role_page_gives_back_every_text_of_the_record(
    inputs: Inputs, roles: dict[str, Role], ask: Ask
) -> None:
    for role in roles.values():
        rows = ask("role-page", role=role.code)
        values = {text for row in rows for text in (row["value"], row["item"], row["language"])}
        values |= {row["section"].rpartition(": ")[2] for row in rows}
        for text in strings(role):
            # The parts of a mapping that are IRIs are shown as codes.
            shown = text if not text.startswith("http") else re.split(r"[/#]", text)[-1]
            if not text.startswith("https://w3id.org/semapv/"):
                assert shown in values, (role.code, text)
        assert {f"{alias.confidence:.2f}" for alias in role.aliases if alias.confidence is not None} <= values
        assert Iris(inputs.config.catalog.base_iri).base not in "".join(values)


def test_unknown_code_gives_no_rows(ask: Ask) -> None:
    for name in ("role-page", "ladder", "nearest-roles", "tag-truth"):
        key = "family" if name == "ladder" else "role"
        assert ask(name, **{key: "NONE.SUCH.P1"}) == []


def test_rules_derive_components_and_symmetric_relations(inputs: Inputs) -> None:
    store = catalog_store(inputs)
    prefix = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    test = prefix + "ASK { ?a skos:related ?b MINUS { ?b skos:related ?a } }"
    assert not store.query(test, use_default_graph_as_union=True)
    used = sum(len({(use.kind, use.label["en"]) for use in role.uses}) for role in inputs.catalog.roles)
    derived = ox.NamedNode(inputs.iris.graph("derived"))
    has = ox.NamedNode("https://w3id.org/rolegraph/ns#hasComponent")
    assert sum(1 for _ in store.quads_for_pattern(None, has, None, derived)) == used


def test_named_query_can_be_loaded_by_path() -> None:
    assert load_query(resources.folder("queries") / "ladder.rq") == QUERIES["ladder"]


def test_roles_without_detailed_code_have_none_even_by_inheritance(
    inputs: Inputs, roles: dict[str, Role], ask: Ask
) -> None:
    live = [
        mapping
        for mapping in (*inputs.catalog.mappings, *(m for role in roles.values() for m in role.mappings))
        if mapping.review_status not in {"rejected", "superseded"} and not mapping.modifier
    ]
    detailed = {m.subject for m in live if re.search(r"/\d\d-\d{4}\.\d\d$", m.object)}
    iris = inputs.iris
    expected = {
        code
        for code, role in roles.items()
        if not detailed
        & {iris.role(code), iris.specialisation(role.specialisation), iris.family(role.family)}
    }
    assert expected
    assert {row["role"] for row in ask("roles-without-detailed-onet-code")} == expected


def test_least_complete_roles_are_those_below_the_limit_from_the_lowest(inputs: Inputs, ask: Ask) -> None:
    scores = [each for each in scores_of(inputs) if each.kind == "role"]
    for below in (0.3, 0.9, 1):
        expected = sorted((each.value, each.code) for each in scores if each.value < below)
        rows = ask("least-complete-roles", below=str(below))
        assert [(float(row["score"]), row["role"]) for row in rows] == expected
    rows = ask("least-complete-roles", family="SRES", level=["P4", "P5"])
    assert {row["role"].rpartition(".")[2] for row in rows} == {"P4", "P5"}
    assert {row["family"] for row in rows} == {"SRES"}


def test_completeness_scores_cover_the_catalog_and_each_group_of_roles(inputs: Inputs, ask: Ask) -> None:
    groups = [each for each in scores_of(inputs) if each.kind != "role"]
    expected = {(each.kind, each.code, str(each.roles), each.value) for each in groups}
    rows = ask("completeness-scores")
    assert {(row["kind"], row["code"], row["roles"], float(row["score"])) for row in rows} == expected
    assert len(rows) == len(groups)
    assert [row["label"] for row in ask("completeness-scores", kind="catalog")] == [
        inputs.config.catalog.name
    ]


@pytest.mark.parametrize("language", ["de", "fr"])
def test_completeness_scores_lose_no_group_without_label_in_the_language(
    language: str, inputs: Inputs, ask: Ask
) -> None:
    rows = ask("completeness-scores", language=language)
    groups = {(each.kind, each.code) for each in scores_of(inputs) if each.kind != "role"}
    assert {(row["kind"], row["code"]) for row in rows} == groups
