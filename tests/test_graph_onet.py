"""The graph of an O*NET database and of the SOC hierarchy above it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.errors import Problems
from rolegraph.graph.nquads import QuadWriter
from rolegraph.graph.onet import build_onet
from rolegraph.graph.soc import build_soc
from rolegraph.iris import Iris
from rolegraph.model.onet_tables import files_of
from rolegraph.sources.onet import read_onet
from rolegraph.terms import PREFIXES, term

CASES = Path(__file__).resolve().parent / "cases" / "sources" / "onet"
IRIS = Iris("https://example.org/")
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())


def _lines(directory: Path, tables: list[str] | None = None) -> list[str]:
    problems = Problems()
    database = read_onet(directory, problems, tables)
    problems.raise_errors()
    lines: list[str] = []
    onet, provenance, soc = (
        QuadWriter(IRIS.graph(name), lines.append) for name in ("onet", "provenance", "soc")
    )
    build_onet(database, IRIS, onet, provenance)
    build_soc([], database.titles(), IRIS, soc, database.titles())
    return lines


def _load(lines: list[str]) -> ox.Store:
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    return store


def _rows(store: ox.Store, query: str, *names: str) -> Iterator[list[str]]:
    """The solutions, with the variables in the order of `names` (or of the query)."""
    solutions = store.query(PROLOGUE + query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        values = [solution[name] for name in names] if names else list(solution)
        yield ["" if value is None else value.value for value in values]


def _value(store: ox.Store, query: str) -> str:
    ((value,),) = _rows(store, query)
    return value


def _unescape(token: str) -> str:
    """The text of a string token; the release needs no other escapes than these (N-Triples, ECHAR)."""
    inner = token[1 : token.rindex('"')]
    return re.sub(r"\\(.)", lambda match: {"t": "\t"}.get(match[1], match[1]), inner)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return _lines(CASES / "database")


@pytest.fixture(scope="module")
def store(lines: list[str]) -> ox.Store:
    return _load(lines)


@dataclass(frozen=True, slots=True)
class Release:
    """What one pass over the quads of release 29.0 leaves: the statements that are counted, and samples."""

    store: ox.Store
    source_rows: list[str]
    every_40th: list[str]


COUNTED = {
    "rdf:type",
    "skos:notation",
    "onet:hasJobTitle",
    "onet:hasReportedTitle",
    "onet:hasTask",
    "onet:hasSoftware",
    "onet:hasRelatedOccupation",
    "onet:hasRating",
    "onet:refersTo",
    "onet:jobTitle",
    "onet:task",
    "onet:relatedIndex",
    "onet:dataValue",
    "rg:reportedAs",
    "rg:jobZoneRating",
    "rg:jobZone",
    "rg:scale",
    "rg:category",
    "rg:taskActivity",
    "rg:hasEmergingTask",
    "rg:revisionOf",
    "rg:hasTool",
    "rg:surveyResponse",
}


@pytest.fixture(scope="module")
def real(shared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Release 29.0: 3.9 million quads, of which the store gets what the counts ask for."""
    path = tmp_path_factory.mktemp("onet") / "graph.nq"
    counted = frozenset(map(term, COUNTED))
    source_row = term("rg:sourceRow")
    source_rows: list[str] = []
    sample: list[str] = []
    numbers = count()
    database = read_onet(shared("data/onet_29_0"), Problems())
    with path.open("w", encoding="utf-8", newline="\n") as file:

        def keep(line: str) -> None:
            _, predicate, obj = line.split(" ", 2)
            if predicate in counted:
                file.write(line)
            elif predicate == source_row:
                source_rows.append(obj)
            if next(numbers) % 40 == 0:
                sample.append(line)

        onet, provenance = (QuadWriter(IRIS.graph(name), keep) for name in ("onet", "provenance"))
        build_onet(database, IRIS, onet, provenance)
    store = ox.Store()
    store.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
    path.unlink()
    return Release(store, source_rows, sample)


def test_the_graph_of_the_invented_database_is_the_approved_one(lines: list[str], approve: bool) -> None:
    golden = CASES / "database.nq"
    written = "".join(sorted(lines)).encode()
    if approve:
        golden.write_bytes(written)
    assert written == golden.read_bytes()


def test_lines_are_in_the_spelling_of_the_store_without_repeats(lines: list[str], store: ox.Store) -> None:
    dumped = store.dump(format=ox.RdfFormat.N_QUADS)
    assert dumped is not None
    assert sorted(dumped.decode().splitlines(keepends=True)) == sorted(lines)


def test_there_is_no_blank_node(lines: list[str]) -> None:
    assert not [line for line in lines if line.startswith("_:") or " _:" in line.partition('"')[0]]


def test_the_files_are_described(store: ox.Store) -> None:
    query = (
        "SELECT ?name ?header ?count { ?f rg:fileName ?name ; rg:headerRow ?header ; rg:rowCount ?count }"
    )
    files = list(_rows(store, query, "name", "header", "count"))
    assert sorted(name for name, _, _ in files) == sorted(files_of("up to 30.2"))
    for name, header, row_count in files:
        lines = (CASES / "database" / name).read_text(encoding="utf-8").splitlines()
        assert (header, int(row_count)) == (lines[0], len(lines) - 1), name


def test_numbers_are_canonical_and_the_row_keeps_their_spelling(store: ox.Store) -> None:
    query = (
        'SELECT ?value ?error ?row { ?r a rg:OnetSkillRating ; rg:scale/skos:notation "IM" ;'
        ' onet:refersTo/skos:notation "2.A.1.a" ; onet:dataValue ?value ;'
        " rg:standardError ?error ; rg:sourceRow ?row }"
    )
    ((value, error, row),) = _rows(store, query)
    assert (value, error) == ("4", "0")
    assert "\t4.00\t8\t0.0000\t" in row


def test_a_cell_that_says_nothing_gives_no_statement(store: ox.Store) -> None:
    query = (
        "SELECT ?p { ?r a rg:OnetKnowledgeRating ; onet:dataValue 5.0 ; ?p ?o"
        " FILTER(STRSTARTS(STR(?p), STR(rg:))) }"
    )
    assert {p.removeprefix(PREFIXES["rg"]) for (p,) in _rows(store, query)} == {
        "scale", "date", "domainSource", "sourceRow",
    }  # fmt: skip


def test_each_source_code_of_a_title_is_a_value(store: ox.Store) -> None:
    query = 'SELECT ?code { ?t rg:shortTitle "PW"@en ; rg:sourceCode ?code } ORDER BY ?code'
    assert list(_rows(store, query)) == [["02"], ["08"]]


def test_two_rows_that_differ_in_the_short_title_are_two_nodes(store: ox.Store) -> None:
    query = 'SELECT (COUNT(?t) AS ?n) { ?o onet:hasJobTitle ?t . ?t onet:jobTitle "Program Writer (PW)"@en }'
    assert _value(store, query) == "2"


def test_alternate_titles_that_were_reported_are_marked(store: ox.Store) -> None:
    query = (
        "SELECT ?title { ?o onet:hasJobTitle ?t ; onet:hasReportedTitle ?r ."
        " ?t rg:reportedAs ?r ; onet:jobTitle ?title . ?r onet:reportedJobTitle ?title } ORDER BY ?title"
    )
    assert list(_rows(store, query)) == [["Code Gardener"], ["System Cartographer"]]


def test_no_alternative_label_equals_the_preferred_one(store: ox.Store) -> None:
    """SKOS S13; the row that repeats the title keeps its node."""
    assert not list(_rows(store, "SELECT ?o { ?o skos:prefLabel ?label ; skos:altLabel ?label }"))
    assert _value(store, 'SELECT (COUNT(*) AS ?n) { ?t onet:jobTitle "Software Developers"@en }') == "1"


def test_related_occupations_stay_directed(store: ox.Store) -> None:
    query = (
        "SELECT ?from ?to ?tier ?index { ?a skos:notation ?from ; onet:hasRelatedOccupation ?r ."
        " ?r onet:refersTo/skos:notation ?to ; rg:relatednessTier ?tier ; onet:relatedIndex ?index }"
        " ORDER BY ?from"
    )
    assert list(_rows(store, query)) == [
        ["15-1252.00", "15-1299.08", "Primary-Short", "1"],
        ["15-1299.08", "29-1223.00", "Supplemental", "20"],
    ]


def test_elements_stand_in_the_hierarchy_of_their_notation(store: ox.Store) -> None:
    query = 'SELECT ?above { ?e skos:notation "2.A.1.a" ; skos:broader+/skos:prefLabel ?above }'
    assert sorted(above for (above,) in _rows(store, query)) == ["Basic Skills", "Content", "Requirements"]


def test_every_occupation_leads_up_to_its_soc_major_group(store: ox.Store) -> None:
    query = 'SELECT ?group { ?o skos:notation "15-1299.08" ; skos:broader+/skos:notation ?group }'
    assert sorted(_rows(store, query)) == [["15-0000"], ["15-1200"], ["15-1290"], ["15-1299"]]


def test_only_a_code_that_is_the_soc_occupation_itself_lends_its_title(store: ox.Store) -> None:
    scheme = IRIS.scheme("soc2018")
    query = f"SELECT ?code ?t {{ ?g skos:inScheme <{scheme}> ; skos:notation ?code ; skos:prefLabel ?t }}"
    assert sorted(_rows(store, query)) == [["15-1252", "Software Developers"], ["29-1223", "Psychiatrists"]]


def test_without_reference_files_elements_take_their_names_from_the_rows() -> None:
    store = _load(_lines(CASES / "database", ["skills"]))
    query = (
        "SELECT ?notation ?label { ?e a rg:OnetElement ; skos:notation ?notation ; skos:prefLabel ?label }"
    )
    assert sorted(_rows(store, query)) == [["2.A.1.a", "Reading Comprehension"], ["2.B.3.e", "Programming"]]
    assert _value(store, "SELECT (COUNT(?s) AS ?n) { ?s a rg:OnetScale }") == "2"


def test_occupations_alone_make_a_graph() -> None:
    store = _load(_lines(CASES / "database", []))
    assert _value(store, "SELECT (COUNT(?o) AS ?n) { ?o a onet:Occupation ; foaf:page ?page }") == "3"


COUNTS = [
    ("occupations", 1_016, "SELECT (COUNT(?o) AS ?n) { ?o a onet:Occupation }"),
    ("alternate titles", 55_120, "SELECT (COUNT(?t) AS ?n) { ?o onet:hasJobTitle ?t }"),
    (
        "distinct alternate titles",
        55_118,
        "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?o ?title { ?o onet:hasJobTitle/onet:jobTitle ?title } }",
    ),
    (
        "reported among alternate titles",
        7_798,
        "SELECT (COUNT(?t) AS ?n) { ?o onet:hasJobTitle ?t . ?t rg:reportedAs ?r }",
    ),
    ("reported titles", 7_798, "SELECT (COUNT(?t) AS ?n) { ?o onet:hasReportedTitle ?t }"),
    ("tasks", 18_796, "SELECT (COUNT(?t) AS ?n) { ?o onet:hasTask ?t . ?t onet:task ?text }"),
    (
        "technology skills",
        32_470,
        "SELECT (COUNT(?t) AS ?n) { ?o onet:hasSoftware ?t . ?t onet:refersTo ?c }",
    ),
    (
        "related occupations",
        18_460,
        "SELECT (COUNT(?t) AS ?n) { ?o onet:hasRelatedOccupation ?t . ?t onet:refersTo ?to }",
    ),
    ("job zones", 923, "SELECT (COUNT(?z) AS ?n) { ?o rg:jobZoneRating ?r . ?r rg:jobZone ?z }"),
    (
        "skill ratings",
        61_530,
        "SELECT (COUNT(?v) AS ?n) { ?o onet:hasRating ?r . ?r a rg:OnetSkillRating ; onet:dataValue ?v }",
    ),
    (
        "knowledge ratings",
        58_014,
        "SELECT (COUNT(?v) AS ?n) { ?o onet:hasRating ?r . ?r a rg:OnetKnowledgeRating ; onet:dataValue ?v }",
    ),
    (
        "work style ratings",
        14_064,
        "SELECT (COUNT(?v) AS ?n) { ?o onet:hasRating ?r . ?r a rg:OnetWorkStyleRating ; onet:dataValue ?v }",
    ),
    (
        "interest ratings",
        8_307,
        "SELECT (COUNT(?v) AS ?n) { ?o onet:hasRating ?r . ?r a rg:OnetInterestRating ; onet:dataValue ?v }",
    ),
    (
        "shares of answers about preparation, without 1,031 rows of no category",
        35_178,
        "SELECT (COUNT(?v) AS ?n) { ?o onet:hasRating ?r . ?r a rg:OnetPreparationRating ; rg:category ?c ;"
        " onet:dataValue ?v }",
    ),
    ("ratings", 185_990, "SELECT (COUNT(?v) AS ?n) { ?o onet:hasRating/onet:dataValue ?v }"),
    (
        "detailed activities of tasks",
        23_233,
        "SELECT (COUNT(?a) AS ?n) { ?o onet:hasTask/rg:taskActivity ?a . ?a onet:refersTo ?dwa }",
    ),
    ("detailed activities", 2_087, "SELECT (COUNT(?a) AS ?n) { ?a a rg:OnetDetailedActivity }"),
    ("intermediate activities", 332, "SELECT (COUNT(?a) AS ?n) { ?a a rg:OnetIntermediateActivity }"),
    ("emerging tasks", 240, "SELECT (COUNT(?t) AS ?n) { ?o rg:hasEmergingTask ?t }"),
    ("revised tasks", 46, "SELECT (COUNT(?t) AS ?n) { ?e rg:revisionOf ?t . ?t a rg:OnetTask }"),
    ("tools", 41_650, "SELECT (COUNT(?t) AS ?n) { ?o rg:hasTool ?t . ?t onet:refersTo ?c }"),
    ("commodities", 4_262, "SELECT (COUNT(?c) AS ?n) { ?c a rg:Commodity }"),
    ("survey responses", 31_776, "SELECT (COUNT(?r) AS ?n) { ?o rg:surveyResponse ?r }"),
]


@pytest.mark.parametrize(("what", "expected", "query"), COUNTS, ids=lambda value: str(value)[:32])
def test_the_real_release_counts_right(real: Release, what: str, expected: int, query: str) -> None:
    assert int(_value(real.store, query)) == expected, what


def test_every_row_of_the_real_release_is_kept_as_it_is(real: Release, shared: Callable[[str], Path]) -> None:
    kept = Counter(map(_unescape, real.source_rows))
    written: Counter[str] = Counter()
    for file in shared("data/onet_29_0").glob("*.txt"):
        if file.name == "Read Me.txt":
            continue
        text = file.read_text(encoding="utf-8")
        written.update(text.removesuffix("\n").split("\n")[1:])
    assert kept == written


def test_every_value_of_the_real_release_equals_its_cell(
    real: Release, shared: Callable[[str], Path]
) -> None:
    query = """
        SELECT ?code ?element ?scale ?value {
            ?occupation skos:notation ?code ; onet:hasRating ?r .
            ?r a rg:OnetKnowledgeRating ; onet:refersTo/skos:notation ?element ;
                rg:scale/skos:notation ?scale ; onet:dataValue ?value
        }
    """
    table = read_onet(shared("data/onet_29_0"), Problems(), ["knowledge"]).tables["knowledge"]
    cells = [row.split("\t") for row in table.rows]
    expected = {(row[0], row[1], row[3]): float(row[4]) for row in cells}
    assert {tuple(row[:3]): float(row[3]) for row in _rows(real.store, query)} == expected


def test_the_real_release_is_written_in_the_spelling_of_the_store(real: Release) -> None:
    dumped = _load(real.every_40th).dump(format=ox.RdfFormat.N_QUADS)
    assert dumped is not None
    assert sorted(dumped.decode().splitlines(keepends=True)) == sorted(real.every_40th)
