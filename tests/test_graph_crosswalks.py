"""Crosswalks in the graph: mapping sets beside the catalog's own mappings, with one pattern to cross them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.errors import Problems, SourceError
from rolegraph.graph.crosswalks import build_crosswalks
from rolegraph.graph.nquads import QuadWriter
from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import Crosswalk, Crosswalks
from rolegraph.model.mapping_set import MappingSet
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.snapshot.report_file import REPORT_FILE, read_report
from rolegraph.sources.crosswalk import read_crosswalks
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.onet import read_onet
from rolegraph.sources.onetsoc2010 import resolve

CASES = Path(__file__).resolve().parent / "cases" / "sources" / "crosswalks"
IRIS = Iris("https://example.org/roles/")
PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rg: <https://w3id.org/rolegraph/ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX sssom: <https://w3id.org/sssom/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
TITLES = {"15-9001.00": "Gardeners of Data", "15-9002.00": "Bell Ringers", "15-9003.00": "Kite Makers"}


def store_of(crosswalks: Crosswalks) -> ox.Store:
    lines: list[str] = []
    build_crosswalks(crosswalks, QuadWriter(IRIS.graph("mappings"), lines.append), IRIS)
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    return store


def ask(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    solutions = store.query(PREFIXES + query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    return [tuple("" if term is None else term.value for term in row) for row in solutions]


def read(folder: Path, *names: str, titles: dict[str, str] = TITLES) -> Crosswalks:
    problems, report = Problems(), ImportReport()
    files = read_crosswalks(folder, names, IRIS, problems, report)
    assert problems.errors == []
    return resolve(files, titles, IRIS, problems, report)


@pytest.fixture(scope="module")
def store() -> ox.Store:
    return store_of(read(CASES, "commission.csv", "nesta.csv", "others.sssom.tsv"))


def test_one_pattern_crosses_every_table(store: ox.Store) -> None:
    rows = ask(
        store,
        "SELECT ?title ?onet ?esco { ?set sssom:mappings ?row ; dcterms:title ?title ."
        " ?row a rg:CrosswalkMapping ; sssom:subject_id ?onet ; sssom:object_id ?esco }"
        " ORDER BY ?title ?onet ?esco",
    )
    assert len(rows) == 4 + 5 + 2
    assert {title for title, _, _ in rows} == {
        "Crosswalk between ESCO and O*NET of the European Commission",
        "Crosswalk between O*NET and ESCO occupations of Nesta's Mapping Career Causeways",
        "Kites of two worlds",
    }
    assert all("/onetsoc20" in onet and onet.startswith(IRIS.base) for _, onet, _ in rows)
    assert all(esco.startswith("http://data.europa.eu/esco/") for _, _, esco in rows)


def test_sets_say_where_they_come_from(store: ox.Store) -> None:
    rows = ask(
        store,
        "SELECT ?set ?licence ?source ?version { ?set a sssom:MappingSet ; dcterms:license ?licence ."
        " OPTIONAL { ?set prov:wasDerivedFrom ?source } OPTIONAL { ?set owl:versionInfo ?version } }"
        " ORDER BY ?set",
    )
    assert rows == [
        ("https://example.org/roles/mappingset/esco-onet-commission",
         "https://creativecommons.org/licenses/by/4.0/",
         "https://esco.ec.europa.eu/en/use-esco/other-crosswalks", ""),
        ("https://example.org/roles/mappingset/esco-onet-nesta", "https://spdx.org/licenses/MIT",
         "https://github.com/nestauk/mapping-career-causeways", "2020-11"),
        ("https://example.org/sets/kites", "https://creativecommons.org/publicdomain/zero/1.0/", "", ""),
    ]  # fmt: skip


def test_only_validated_and_accepted_rows_are_plain_triples(store: ox.Store) -> None:
    rows = ask(
        store,
        "SELECT ?code ?relation ?o { VALUES ?relation { skos:exactMatch skos:closeMatch skos:broadMatch"
        " skos:narrowMatch skos:relatedMatch } ?s ?relation ?o ."
        ' BIND(REPLACE(STR(?s), "^.*/", "") AS ?code) } ORDER BY ?code ?relation',
    )
    # Four of the Commission's, of which the accepted SSSOM row repeats the last; none of Nesta's.
    assert [(code, relation.partition("#")[2]) for code, relation, _ in rows] == [
        ("15-9001.00", "exactMatch"),
        ("15-9001.00", "narrowMatch"),
        ("15-9002.00", "broadMatch"),
        ("15-9003.00", "closeMatch"),
    ]


def test_values_have_the_types_of_their_slots(store: ox.Store) -> None:
    number = "http://www.w3.org/2001/XMLSchema#decimal"
    rows = ask(
        store,
        "SELECT ?code ?similarity (DATATYPE(?similarity) AS ?t) ?confidence (DATATYPE(?confidence) AS ?u)"
        " (COUNT(?title) AS ?titles) { ?row rg:crosswalkCode ?code ; sssom:similarity_score ?similarity ;"
        " rg:crosswalkConfidence ?confidence . OPTIONAL { ?row sssom:match_string ?title } }"
        " GROUP BY ?code ?similarity ?confidence ORDER BY ?code",
    )
    assert rows[0] == ("15-8001.00", "0.9034567891234567", number, "2", number, "2")
    assert len(rows) == 5
    titles = {title for (title,) in ask(store, "SELECT ?title { ?row sssom:match_string ?title }")}
    assert titles == {"data gardener", "gardener", "2164", "taster | grader", "maker", "kite | sail"}
    (date,) = ask(store, "SELECT DISTINCT ?d (DATATYPE(?d) AS ?t) { ?row sssom:mapping_date ?d }")
    assert date == ("2026-03-01", "http://www.w3.org/2001/XMLSchema#date")


def test_unresolved_occupations_are_concepts_of_their_own_scheme(store: ox.Store) -> None:
    rows = ask(
        store,
        "SELECT ?code ?label { ?o a rg:UnresolvedOccupation, skos:Concept ; skos:notation ?code ;"
        " skos:prefLabel ?label ; skos:inScheme <https://example.org/roles/scheme/onetsoc2010> }"
        " ORDER BY ?code",
    )
    assert rows == [
        ("15-8002.00", "lamp lighters, gas"),
        ("15-8003.00", "food tasters"),
        ("15-9003.00", "kite builders"),
    ]


def test_rows_that_contradict_each_other_are_no_plain_triples() -> None:
    def claim(predicate: str, *, reverse: bool = False) -> Mapping:
        ends = ("https://example.org/a", "https://example.org/b")
        subject, target = reversed(ends) if reverse else ends
        name = f"http://www.w3.org/2004/02/skos/core#{predicate}"
        return Mapping(subject=subject, predicate=name, object=target, justification="https://example.org/j")

    def plain(*mappings: Mapping) -> int:
        files = tuple(
            Crosswalk(
                mapping_set=MappingSet(iri=f"https://example.org/set/{number}", licence="x"),
                mappings=(mapping,),
                is_asserted=True,
            )
            for number, mapping in enumerate(mappings)
        )
        query = "SELECT ?s { ?s ?p ?o FILTER(STRSTARTS(STR(?p), STR(skos:))) }"
        return len(ask(store_of(Crosswalks(files=files)), query))

    assert plain(claim("exactMatch")) == 1
    assert plain(claim("exactMatch"), claim("broadMatch")) == 0
    assert plain(claim("exactMatch"), claim("broadMatch", reverse=True)) == 0
    assert plain(claim("closeMatch"), claim("closeMatch")) == 1


def test_same_input_gives_the_same_quads_without_blank_nodes() -> None:
    found: list[list[str]] = []
    for _ in range(2):
        lines: list[str] = []
        crosswalks = read(CASES, "nesta.csv", "others.sssom.tsv", "onetsoc-2010-2019.csv")
        build_crosswalks(crosswalks, QuadWriter(IRIS.graph("mappings"), lines.append), IRIS)
        found.append(lines)
    assert found[0] == found[1]
    assert not [line for line in found[0] if "_:" in line]


def add_crosswalks(catalog: Path, *names: str) -> None:
    for name in names:
        shutil.copy(CASES / name, catalog / name)
    config = catalog / "rolegraph.toml"
    listed = ", ".join(f'"{name}"' for name in names)
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", f"[sources]\ncrosswalks = [{listed}]"), encoding="utf-8")


def test_build_holds_the_crosswalk_and_leaves_it_out_of_the_findings(small_catalog: Path) -> None:
    before = build(small_catalog)
    add_crosswalks(small_catalog, "commission.csv", "nesta.csv")
    after = build(small_catalog)
    assert after.is_new
    assert set(after.snapshot.manifest["inputs"]) - set(before.snapshot.manifest["inputs"]) == {
        "commission.csv",
        "nesta.csv",
    }
    own, with_crosswalks = (list(read_report(r.snapshot.path / REPORT_FILE)[1]) for r in (before, after))
    assert own == with_crosswalks
    store = ox.Store.read_only(str(open_snapshot(small_catalog).store_path))
    assert len(ask(store, "SELECT ?row { ?row a rg:CrosswalkMapping }")) == 9
    with (small_catalog / ".rolegraph" / "import-report.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    # No O*NET database is loaded, so that all of Nesta's codes stay those of 2010.
    assert [(row["file"], row["line"]) for row in rows] == [("nesta.csv", str(line)) for line in range(2, 7)]
    assert any("nesta.csv:2: 5 of 5 rows" in str(problem) for problem in after.problems)


def test_a_broken_crosswalk_publishes_nothing(small_catalog: Path) -> None:
    add_crosswalks(small_catalog, "nesta.csv")
    table = small_catalog / "nesta.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("http://", "www."), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        build(small_catalog)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4, 5, 6]
    assert not (small_catalog / ".rolegraph" / "CURRENT").exists()
    assert not (small_catalog / ".rolegraph" / "import-report.csv").exists()


def test_all_rows_of_nesta_s_table_are_found_by_a_query(shared: Callable[[str], Path]) -> None:
    name = "data/nesta_crosswalk/esco_onet_crosswalk_Nov2020.csv"
    titles = read_onet(shared("data/onet_29_0"), Problems(), ()).titles()
    store = store_of(read(shared(name).parents[2], name, titles=titles))
    found = ask(
        store,
        "SELECT ?esco ?code ?confidence { ?row a rg:CrosswalkMapping ; sssom:object_id ?esco ;"
        " rg:crosswalkCode ?code ; rg:crosswalkConfidence ?confidence }",
    )
    with shared(name).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    expected = {(row["concept_uri"], row["onet_code"], float(row["confidence"])) for row in rows}
    assert {(esco, code, float(confidence)) for esco, code, confidence in found} == expected
    assert len(found) == len(expected) == 1680
