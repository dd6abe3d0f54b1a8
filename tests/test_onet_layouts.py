"""Both layouts of the O*NET database, as a folder and as an archive: one graph, the same answers."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.errors import Problems
from rolegraph.graph.nquads import QuadWriter
from rolegraph.graph.onet import build_onet
from rolegraph.iris import Iris
from rolegraph.model.onet import Layout, OnetDatabase
from rolegraph.model.onet_order import row_key
from rolegraph.model.onet_tables import TABLES, files_of, forms_of
from rolegraph.query import bind, load_query
from rolegraph.sources.onet import read_onet
from rolegraph.terms import PREFIXES

CASES = Path(__file__).resolve().parent / "cases" / "sources"
DATABASES: dict[Layout, Path] = {
    "up to 30.2": CASES / "onet" / "database",
    "from 30.3": CASES / "onet-30.3" / "database",
}
IRIS = Iris("https://example.org/")
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
ROLE = """
    <role/GARD.GEN.P3> dcterms:identifier "GARD.GEN.P3" ; rg:hasComponent <c/1>, <c/2>, <c/3> .
    <c/1> skos:prefLabel "Programming"@en . <c/2> skos:prefLabel "reading-comprehension"@en .
    <c/3> skos:prefLabel "Moss"@en .
"""


def _lines(database: OnetDatabase) -> list[str]:
    lines: list[str] = []
    writers = [QuadWriter(IRIS.graph(name), lines.append) for name in ("onet", "provenance")]
    build_onet(database, IRIS, *writers)
    return lines


def _store(directory: Path) -> ox.Store:
    problems = Problems()
    lines = _lines(read_onet(directory, problems))
    assert not list(problems)
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    prefixes = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
    store.load(f"@base <{IRIS.base}> .\n{prefixes}{ROLE}".encode(), format=ox.RdfFormat.TURTLE)
    return store


@pytest.fixture(scope="module")
def stores() -> dict[Layout, ox.Store]:
    return {layout: _store(directory) for layout, directory in DATABASES.items()}


def _answers(store: ox.Store, query: str) -> list[list[str]]:
    solutions = store.query(query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    return [["" if value is None else value.value for value in solution] for solution in solutions]


def _shipped(name: str, **values: str) -> str:
    return bind(load_query(name), {key.replace("_", "-"): [value] for key, value in values.items()})


QUERIES = [
    (
        _shipped("skills-of-occupation", occupation="15-1252.00"),
        [
            ["15-1252.00", "knowledge", "2.C.3.a", "Computers and Electronics", "5", ""],
            ["15-1252.00", "skill", "2.B.3.e", "Programming", "4.5", "5"],
            ["15-1252.00", "skill", "2.A.1.a", "Reading Comprehension", "4", "4.12"],
        ],
    ),
    (
        _shipped("occupations-sharing-most-with-role", role="GARD.GEN.P3"),
        [
            ["15-1252.00", "Software Developers", "3", "moss; programming; reading comprehension"],
            ["15-1299.08", "Computer Systems Engineers/Architects", "1", "moss"],
        ],
    ),
    (
        "SELECT ?title { ?o onet:hasJobTitle/onet:jobTitle ?title ; onet:hasReportedTitle ?r }"
        " ORDER BY ?title",
        [
            ["Code Gardener"],
            ["Program Writer (PW)"],
            ["Program Writer (PW)"],
            ["Software Developers"],
            ["System Cartographer"],
            ["System Cartographer"],
        ],
    ),
    (
        "SELECT ?name ?category ?text ?share { ?o onet:hasRating ?r . ?r a rg:OnetPreparationRating ;"
        " onet:refersTo ?e ; rg:scale ?s ; rg:category ?category ; onet:dataValue ?share ."
        " ?e skos:prefLabel ?name ; rg:hasCategory ?c ."
        " ?c rg:scale ?s ; rg:category ?category ; onet:categoryDescription ?text } ORDER BY ?name ?category",
        [
            ["Earlier Work", "3", "A few months", "100"],
            ["Schooling", "2", "Some school", "4.46"],
            ["Schooling", "10", "A great deal of school", "95.54"],
        ],
    ),
    (
        "SELECT ?task ?dwa ?iwa ?gwa { ?o onet:hasTask ?t . ?t onet:task ?task ;"
        " rg:taskActivity/onet:refersTo ?d . ?d a rg:OnetDetailedActivity ; skos:prefLabel ?dwa ;"
        " skos:broader ?i . ?i a rg:OnetIntermediateActivity ; skos:prefLabel ?iwa ; skos:broader ?g ."
        " ?g a rg:OnetWorkActivity ; skos:prefLabel ?gwa }",
        [
            [
                "Prune code that nobody calls.",
                "Conclude that code is dead.",
                "Draw conclusions from figures.",
                "Drawing Conclusions",
            ]
        ],
    ),
    (
        "SELECT ?from ?to { ?a rg:elementLink/onet:refersTo ?b ; skos:prefLabel ?from ."
        " ?b a rg:OnetWorkActivity ; skos:prefLabel ?to . ?a a rg:OnetAbility }",
        [["Oral Comprehension", "Drawing Conclusions"]],
    ),
    (
        "SELECT ?name ?value { ?o onet:hasRating ?r . ?r a rg:OnetInterestRating ; onet:dataValue ?value ;"
        ' onet:refersTo ?e . ?e skos:notation "1.B.1.b" ; skos:prefLabel ?name }',
        [["Investigative", "5.67"]],
    ),
    (
        "SELECT ?word ?type { ?e rg:interestKeyword ?k . ?k rg:keyword ?word ; rg:keywordType ?type }"
        " ORDER BY ?word",
        [["Facts", "Object"], ["Study", "Action"]],
    ),
    (
        "SELECT ?new ?old { ?o rg:hasEmergingTask ?e . ?e onet:task ?new ; rg:revisionOf/onet:task ?old }",
        [["Prune code that nobody calls any more.", "Prune code that nobody calls."]],
    ),
    (
        "SELECT ?category ?share ?text { ?o onet:hasTask/onet:hasRating ?r . ?r rg:scale ?s ;"
        " rg:category ?category ; onet:dataValue ?share . ?s rg:hasCategory ?c ."
        " ?c rg:category ?category ; onet:categoryDescription ?text } ORDER BY ?category",
        [["1", "7.1", "Once in a year"], ["2", "92.9", "Twice in a year"]],
    ),
    (
        "SELECT ?tool ?above { ?o rg:hasTool ?t . ?t onet:workplaceExample ?tool ; onet:refersTo ?c ."
        " ?c skos:broader+/skos:prefLabel ?above } ORDER BY ?tool ?above LIMIT 3",
        [
            ["10-key calculators", "Calculators"],
            ["10-key calculators", "Office equipment"],
            ["10-key calculators", "Office machines"],
        ],
    ),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES, ids=range(len(QUERIES)))
@pytest.mark.parametrize("layout", DATABASES)
def test_one_query_answers_alike_over_either_layout(
    stores: dict[Layout, ox.Store], layout: Layout, query: str, expected: list[list[str]]
) -> None:
    prologue = "" if "PREFIX" in query else PROLOGUE
    assert _answers(stores[layout], prologue + query) == expected


def test_a_row_keeps_its_node_from_one_layout_to_the_other(stores: dict[Layout, ox.Store]) -> None:
    query = (
        "SELECT ?row { ?row rg:sourceRow ?text ; a ?class VALUES ?class { rg:OnetSkillRating"
        " rg:OnetPreparationRating rg:OnetInterestRating rg:OnetAlternateTitle rg:OnetInterestKeyword"
        " rg:OnetCategory } }"
    )
    old, new = ({row for (row,) in _answers(store, PROLOGUE + query)} for store in stores.values())
    assert len(old) == 22
    # Only the specific interest areas are new.
    assert new - old == {"https://example.org/onetsoc2019/15-1252.00#specific-interest-areas-1.B.3.ab-OI"}
    assert not old - new


def test_the_file_of_a_row_is_told_where_its_class_does_not(stores: dict[Layout, ox.Store]) -> None:
    query = (
        "SELECT ?name ?element { ?r a rg:OnetSkillRating ; rg:scale/skos:notation 'IM' ; rg:onetFile ?f ;"
        " onet:refersTo/skos:notation ?element . ?f rg:fileName ?name } ORDER BY ?name"
    )
    assert _answers(stores["from 30.3"], PROLOGUE + query) == [
        ["Essential Skills.txt", "2.A.1.a"],
        ["Transferable Skills.txt", "2.B.3.e"],
    ]
    assert not _answers(stores["up to 30.2"], PROLOGUE + query)


def test_a_rating_in_categories_is_a_row_for_each(stores: dict[Layout, ox.Store]) -> None:
    query = (
        "SELECT ?row ?category { ?row a rg:OnetWorkContextRating OPTIONAL { ?row rg:category ?category } }"
        " ORDER BY ?category"
    )
    start = "https://example.org/onetsoc2019/15-1252.00#work-context-4.C.1.a.2.h"
    assert _answers(stores["from 30.3"], PROLOGUE + query) == [
        [f"{start}-CX", ""],
        [f"{start}-CXP-1", "1"],
        [f"{start}-CXP-5", "5"],
    ]


def _pack(directory: Path, archive: Path, top: str = "db_98_7_text/") -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(directory.iterdir()):
            packed.write(path, f"{top}{path.name}")
    return archive


@pytest.mark.parametrize("top", ["db_98_7_text/", ""])
@pytest.mark.parametrize("layout", DATABASES)
def test_an_archive_gives_the_records_of_its_folder(layout: Layout, top: str, tmp_path: Path) -> None:
    problems = Problems()
    packed = read_onet(_pack(DATABASES[layout], tmp_path / "db.zip", top), problems)
    assert not list(problems)
    assert packed == read_onet(DATABASES[layout], Problems())
    assert packed.version is not None


def test_faults_in_an_archive_are_placed(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["up to 30.2"], tmp_path / "onet")
    path = folder / "Job Zones.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("08/2023", "8/23"), encoding="utf-8")
    archive = _pack(folder, tmp_path / "db.zip")
    problems = Problems()
    read_onet(archive, problems)
    assert [str(problem).partition("; ")[0] for problem in problems] == [
        f"{archive}/Job Zones.txt:{line}: Date '8/23' is no month" for line in (2, 3)
    ]


def _only_error(path: Path) -> str:
    problems = Problems()
    database = read_onet(path, problems)
    assert not database.tables
    (problem,) = problems
    return str(problem)


def test_a_truncated_archive_is_one_error(tmp_path: Path) -> None:
    archive = _pack(DATABASES["from 30.3"], tmp_path / "db.zip")
    archive.write_bytes(archive.read_bytes()[:-200])
    assert _only_error(archive) == (
        f"{archive}: this is no whole zip archive; fetch it again, or name an unpacked O*NET database"
        " (text edition) or its zip archive"
    )


def test_an_archive_that_would_grow_too_much_is_one_error(tmp_path: Path) -> None:
    archive = tmp_path / "db.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("Occupation Data.txt", b"\t" * (65 << 20))
    assert "entry 'Occupation Data.txt' would grow" in _only_error(archive)


def test_an_archive_that_leads_out_of_itself_is_one_error(tmp_path: Path) -> None:
    archive = tmp_path / "db.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../Occupation Data.txt", "x")
    assert "entry '../Occupation Data.txt' leads out of the archive" in _only_error(archive)


def test_damage_within_an_archive_is_an_error_of_its_file(tmp_path: Path) -> None:
    archive = _pack(DATABASES["up to 30.2"], tmp_path / "db.zip")
    with zipfile.ZipFile(archive) as packed:
        entry = packed.getinfo("db_98_7_text/Skills.txt")
    data = bytearray(archive.read_bytes())
    start = entry.header_offset + 30 + len(entry.filename)
    data[start : start + 8] = b"\xff" * 8
    archive.write_bytes(data)
    problems = Problems()
    read_onet(archive, problems)
    assert [str(problem) for problem in problems.errors] == [
        f"{archive}/Skills.txt: the archive is damaged here; fetch it again"
    ]


def _errors(directory: Path) -> list[str]:
    problems = Problems()
    read_onet(directory, problems)
    return [str(problem).removeprefix(f"{directory}/") for problem in problems.errors]


def test_files_of_two_layouts_in_one_folder_are_one_error(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["up to 30.2"], tmp_path / "onet")
    shutil.copyfile(DATABASES["from 30.3"] / "Software Skills.txt", folder / "Software Skills.txt")
    assert _errors(folder) == [
        f"{folder}: files of two layouts: Alternate Titles.txt (up to 30.2) and Software Skills.txt"
        " (from 30.3); keep the files of one release"
    ]


def test_a_file_that_both_layouts_have_is_told_by_its_header(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["up to 30.2"], tmp_path / "onet")
    shutil.copyfile(DATABASES["from 30.3"] / "Tasks to DWAs.txt", folder / "Tasks to DWAs.txt")
    assert _errors(folder) == [
        f"{folder}: files of two layouts: Alternate Titles.txt (up to 30.2) and Tasks to DWAs.txt"
        " (from 30.3); keep the files of one release"
    ]


def test_a_mix_of_layouts_is_seen_without_reading_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "onet"
    folder.mkdir()
    shutil.copyfile(DATABASES["up to 30.2"] / "Occupation Data.txt", folder / "Occupation Data.txt")
    for name in ("Skills.txt", "Essential Skills.txt"):
        (folder / name).touch()
    problems = Problems()
    read_onet(folder, problems, tables=())
    assert [problem.message.partition(";")[0] for problem in problems.errors] == [
        "files of two layouts: Skills.txt (up to 30.2) and Essential Skills.txt (from 30.3)"
    ]


def test_a_row_in_two_files_of_one_kind_is_an_error(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["from 30.3"], tmp_path / "onet")
    row = (folder / "Essential Skills.txt").read_text(encoding="utf-8").splitlines()[1]
    with (folder / "Transferable Skills.txt").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    assert _errors(folder) == [
        "Transferable Skills.txt:4: '15-1252.00' + '2.A.1.a' + 'IM' is already in Essential Skills.txt;"
        " keep one of the two rows"
    ]


def test_a_category_said_twice_is_an_error_and_no_category_is_one_too(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["from 30.3"], tmp_path / "onet")
    path = folder / "Work Context.txt"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines += [lines[2], lines[1].replace("\tCX\tn/a\t", "\tCX\t\t")]
    path.write_text("".join(lines), encoding="utf-8")
    found = [error.partition("; ")[0] for error in _errors(folder)]
    key = "O*NET-SOC Code + Element ID + Scale ID + Category '15-1252.00' + '4.C.1.a.2.h'"
    assert found == [
        f"Work Context.txt:5: {key} + 'CXP' + '1' is already on line 3",
        f"Work Context.txt:6: {key} + 'CX' + '' is already on line 2",
    ]


def test_tasks_that_are_not_stated_are_a_warning(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["from 30.3"], tmp_path / "onet")
    path = folder / "Task Ratings.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("\t1001\t", "\t77\t"), encoding="utf-8")
    problems = Problems()
    read_onet(folder, problems)
    assert [str(problem) for problem in problems] == [
        f"{path}:2: 3 tasks from this row on are not in Task Statements.txt; they stay without text"
    ]


def test_rows_out_of_the_order_of_occupations_are_sorted_with_a_warning(tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES["from 30.3"], tmp_path / "onet")
    path = folder / "Job Titles.txt"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, rows[-1], *rows[:-1]]), encoding="utf-8")
    problems = Problems()
    assert read_onet(folder, problems).tables["job-titles"].rows == rows
    assert [problem.message for problem in problems] == [
        "the rows are not in the order of their occupations; they are sorted, and within an occupation"
        " left as they are"
    ]


@pytest.mark.parametrize("layout", DATABASES)
def test_every_file_with_a_broken_header_is_an_error(layout: Layout, tmp_path: Path) -> None:
    folder = shutil.copytree(DATABASES[layout], tmp_path / "onet")
    for file in files_of(layout):
        header, _, rows = (folder / file).read_text(encoding="utf-8").partition("\n")
        (folder / file).write_text(f"X{header}\n{rows}", encoding="utf-8")
    missing = [error for error in _errors(folder) if " is missing; " in error]
    assert {error.partition(":1: column ")[0] for error in missing} == set(files_of(layout))


SORTED = [
    (
        "Skills.txt",
        "Scale ID\tElement ID\tO*NET-SOC Code",
        [["IM", element, "15-1252.00"] for element in ("2.C.9", "2.C.10", "2.C.10.a", "2.D.z", "2.D.aa")],
    ),
    (
        "Related Occupations.txt",
        "O*NET-SOC Code\tRelated O*NET-SOC Code\tIndex",
        [["15-1252.00", "15-1299.08", index] for index in ("n/a", "2", "10")],
    ),
    (
        "Level Scale Anchors.txt",
        "Element ID\tScale ID\tAnchor Value",
        [["1.A", "LV", value] for value in ("0.5", "2", "2.0", "2.25", "10")],
    ),
    (
        "Alternate Titles.txt",
        "Alternate Title\tShort Title",
        [[title, "n/a"] for title in ("a", "A b", "a C", "B", "b", "c")],
    ),
]


@pytest.mark.parametrize(("file", "header", "rows"), SORTED, ids=[file for file, _, _ in SORTED])
def test_rows_are_sorted_as_onet_sorts_them(file: str, header: str, rows: list[list[str]]) -> None:
    (spec,) = forms_of(file)
    key = row_key(spec, header)
    for shuffled in (rows[::-1], rows[1::2] + rows[::2]):
        assert sorted(shuffled, key=key) == rows


PAGE = (Path(__file__).resolve().parent.parent / "docs" / "onet.md").read_text(encoding="utf-8")


def test_the_page_lists_every_file_with_its_terms() -> None:
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("|")]
    lines = [[cell.strip() for cell in cells] for cells in rows]
    for spec in TABLES:
        is_common = spec.layout is None or len(forms_of(spec.file)) > 1
        column = 0 if is_common or spec.layout == "up to 30.2" else 1
        name = spec.file.removesuffix(".txt")
        (line,) = (cells for cells in lines if re.search(rf"(^|, ){name}(,|$)", cells[column]))
        assert f"`{spec.row_class}`" in line[3], spec.file
        assert not spec.link or f"`{spec.link}`" in line[2], spec.file
        assert is_common == (line[1] == "="), spec.file


@pytest.mark.parametrize("layout", DATABASES)
def test_the_query_of_the_page_runs(stores: dict[Layout, ox.Store], layout: Layout) -> None:
    (query,) = re.findall(r"```sparql\n(.*?)```", PAGE, re.DOTALL)
    assert _answers(stores[layout], query) == [["Conclude that code is dead."]]
