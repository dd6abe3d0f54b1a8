"""The graph of ESCO: its terms, that its files can be read back from it, and the real releases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from references import copy_esco
from rolegraph.errors import Problems
from rolegraph.graph.esco import build_esco
from rolegraph.graph.nquads import QuadWriter
from rolegraph.iris import Iris
from rolegraph.model.esco import CONCEPT_TYPES, ESCO, ISCO, Column, EscoData, EscoTable
from rolegraph.model.esco_tables import TABLES
from rolegraph.snapshot.build import run_checks
from rolegraph.sources.esco import read_esco
from rolegraph.sources.import_report import ImportReport
from rolegraph.terms import PREFIXES, term

CASES = Path(__file__).resolve().parent / "cases" / "sources" / "esco"
IRIS = Iris("https://example.org/")
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
CLASSES = {
    "occupation": "esco:Occupation",
    "skill": "esco:Skill",
    "skill_group": "rg:EscoSkillGroup",
    "isco_group": "rg:IscoGroup",
    "scheme": "skos:ConceptScheme",
}

Values = dict[tuple[str, str, str], set[str]]
"""Subject, property (CURIE) and language -> what stands there."""


class Graph:
    """What some sources became, as lines and as a store."""

    def __init__(self, *places: Path) -> None:
        problems, self.report = Problems(), ImportReport()
        self.data: EscoData = read_esco(places, problems, self.report)
        problems.raise_errors()
        self.lines: list[str] = []
        esco, provenance = (
            QuadWriter(IRIS.graph(name), self.lines.append) for name in ("esco", "provenance")
        )
        build_esco(self.data, IRIS, esco, provenance)
        self.store = ox.Store()
        self.store.bulk_load("".join(self.lines).encode(), format=ox.RdfFormat.N_QUADS)

    def rows(self, query: str) -> list[list[str]]:
        solutions = self.store.query(PROLOGUE + query, use_default_graph_as_union=True)
        assert isinstance(solutions, ox.QuerySolutions)
        return [["" if value is None else value.value for value in solution] for solution in solutions]

    def count(self, pattern: str, what: str = "*") -> int:
        ((number,),) = self.rows(f"SELECT (COUNT({what}) AS ?n) WHERE {{ {pattern} }}")
        return int(number)

    @property
    def values(self) -> Values:
        names = {term(curie)[1:-1]: curie for curie in _curies()}
        found: Values = defaultdict(set)
        for quad in self.store.quads_for_pattern(None, None, None, ox.NamedNode(IRIS.graph("esco"))):
            language = getattr(quad.object, "language", None) or ""
            found[quad.subject.value, names[quad.predicate.value], language].add(quad.object.value)
        return found


def _curies() -> Iterator[str]:
    yield from ("rdf:type", "skos:inScheme", "esco:relatedEssentialSkill", "esco:relatedOptionalSkill")
    for spec in TABLES:
        yield from (column.predicate for column in spec.columns if column.predicate)


def read_back(values: Values, table: EscoTable, column: Column, row: list[str]) -> bool:
    """Whether the graph says what a cell does."""
    cell = row[table.header.index(column.header)]
    subject = row[table.header.index(column.of or table.spec.subject.header)]
    if column.header == "relationType":
        others = [other for other in table.spec.columns if other.kind == "iri"]
        start, target = (row[table.header.index(other.header)] for other in others)
        return target in values[start, column.choices[cell], ""]
    if column.kind == "type":
        kind = CLASSES[CONCEPT_TYPES["ISCOGroup" if cell.startswith("ISCO level") else cell]]
        owner = row[table.header.index("broaderUri")] if column.header == "broaderType" else subject
        return term(kind)[1:-1] in values[owner, "rdf:type", ""]
    if column.kind == "names":
        labels = [values[iri, "skos:prefLabel", table.language] for iri in subject.split("\n")]
        return len(labels) == len(cell.split("\n")) and all(map(set.__contains__, labels, cell.split("\n")))
    if column.predicate in table.spec.inverse:
        return all(subject in values[value, column.predicate, ""] for value in cell.split("\n"))
    return set(_wanted(column, cell)) <= _said(values, table, column, subject)


def _said(values: Values, table: EscoTable, column: Column, subject: str) -> set[str]:
    predicate = "skos:prefLabel" if column.kind == "name" else column.predicate
    return values[subject, predicate, table.language] | values[subject, predicate, ""]


def _wanted(column: Column, cell: str) -> list[str]:
    if column.kind == "choice":
        return [column.choices[cell]]
    if column.kind == "code":
        return [ISCO + cell]
    return cell.split("\n") if column.kind in {"labels", "iris", "codes"} else [cell]


def lost(graph: Graph) -> Iterator[tuple[str, int, str]]:
    """File, line and column of each cell that cannot be read back."""
    values = graph.values
    for source in graph.data.sources:
        for table in source.tables:
            if table.spec.kind == "hierarchy":
                yield from _lost_of_hierarchy(values, table)
                continue
            for column in table.spec.columns:
                if column.header in table.header and (column.predicate or column.kind != "iri"):
                    index = table.header.index(column.header)
                    for row, line in zip(table.rows, table.lines, strict=True):
                        if row[index] and not read_back(values, table, column, row):
                            yield table.file, line, column.header


def _lost_of_hierarchy(values: Values, table: EscoTable) -> Iterator[tuple[str, int, str]]:
    for row, line in zip(table.rows, table.lines, strict=True):
        cells = dict(zip(table.header, row, strict=True))
        above = ""
        for level in range(4):
            iri = cells[f"Level {level} URI"]
            if not iri:
                break
            names = values[iri, "skos:prefLabel", table.language]
            codes = values[iri, "skos:notation", ""]
            if above and above not in values[iri, "skos:broader", ""]:
                yield table.file, line, f"Level {level} URI"
            if cells[f"Level {level} preferred term"] not in names | {""}:
                yield table.file, line, f"Level {level} preferred term"
            if cells[f"Level {level} code"] not in codes | {""}:
                yield table.file, line, f"Level {level} code"
            above = iri
        for header, predicate in (("Description", "dcterms:description"), ("Scope note", "skos:scopeNote")):
            if cells[header] and cells[header] not in values[above, predicate, table.language]:
                yield table.file, line, header


@pytest.fixture(scope="module")
def small() -> Graph:
    return Graph(CASES / "1.2.1", CASES / "1.2.1-fi")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, shared: Callable[[str], Path]) -> Graph:
    """ESCO 1.2.0 in English and German with the slice of ICT occupations."""
    return Graph(*copy_esco(shared, tmp_path_factory.mktemp("esco")))


def test_concepts_have_the_classes_of_their_kind(small: Graph) -> None:
    assert {kind: small.count(f"?s a {name}") for kind, name in CLASSES.items()} == {
        "occupation": 3,
        "skill": 5,
        "skill_group": 4,
        "isco_group": 4,
        "scheme": 15,
    }
    assert small.count("?s a esco:MemberConcept, skos:Concept") == 8
    # The two members of ESCO's list of skill types are concepts too, though no file defines them.
    assert small.count("?s a skos:Concept") == 3 + 5 + 4 + 4 + 2


def test_an_occupation_is_described_in_the_terms_of_esco(small: Graph) -> None:
    keeper = f"<{ESCO}occupation/00000000-0000-4000-8000-000000000001>"
    rows = small.rows(
        f"""SELECT ?en ?fi ?code ?isco ?status ?modified ?note ?nace ?share WHERE {{
          {keeper} skos:prefLabel ?en, ?fi ; skos:notation ?code ;
            esco:memberOfISCOGroup/skos:notation ?isco ;
            iso-thes:status ?status ; dcterms:modified ?modified ; esco:regulatedProfessionNote ?note ;
            rg:naceCode ?nace ; rg:greenShare ?share .
          FILTER(LANG(?en) = "en" && LANG(?fi) = "fi" && DATATYPE(?modified) = xsd:dateTime && isIRI(?nace))
        }}"""
    )
    assert rows == [
        [
            "lamp keeper",
            "lampunhoitaja",
            "9991.1",
            "9991",
            "released",
            "2024-01-25T11:28:50.29Z",
            f"{ESCO}regulated-professions/regulated",
            "http://data.europa.eu/ux2/nace2.1/5222",
            "0.25",
        ]
    ]


def test_relations_lead_from_occupations_and_from_skills(small: Graph) -> None:
    assert small.count("?o a esco:Occupation ; esco:relatedEssentialSkill ?s") == 4
    assert small.count("?o a esco:Occupation ; esco:relatedOptionalSkill ?s") == 2
    assert small.count("?o a esco:Skill ; esco:relatedEssentialSkill|esco:relatedOptionalSkill ?s") == 3


def test_a_collection_is_membership_in_its_scheme(small: Graph) -> None:
    for scheme, member in (("digcomp", "signal by lamp"), ("skill-language-groups", "write Finnish")):
        pattern = f'?s skos:inScheme <{ESCO}concept-scheme/{scheme}> ; skos:prefLabel "{member}"@en'
        assert small.count(pattern) == 1


def test_every_cell_can_be_read_back(small: Graph) -> None:
    reported = {(finding.file, finding.line) for finding in small.report.findings}
    gone = list(lost(small))
    assert {(file, line) for file, line, _ in gone} <= reported
    assert [(Path(file).name, line, column) for file, line, column in gone] == [
        ("occupations_en.csv", 7, "altLabels"),  # it repeats the preferred label
        ("skillsHierarchy_fi.csv", 3, "Description"),  # it is English, and kept as that
        ("skillsHierarchy_fi.csv", 3, "Scope note"),
    ]


def test_the_lines_are_in_the_spelling_of_the_store_and_each_once(small: Graph) -> None:
    dumped = small.store.dump(format=ox.RdfFormat.N_QUADS) or b""
    assert sorted(dumped.decode().splitlines(keepends=True)) == sorted(small.lines)


def test_the_same_files_give_the_same_lines(small: Graph) -> None:
    assert Graph(CASES / "1.2.1", CASES / "1.2.1-fi").lines == small.lines


def test_the_order_of_sources_does_not_matter_where_they_agree(small: Graph) -> None:
    assert sorted(Graph(CASES / "1.2.1-fi", CASES / "1.2.1").lines) == sorted(small.lines)


def test_files_are_described_in_provenance(small: Graph) -> None:
    rows = small.rows(
        """SELECT ?name ?language ?version ?count WHERE {
          ?f a rg:EscoFile ; rg:fileName ?name ; rg:rowCount ?count ; dcterms:language ?language ;
            pav:version ?version ; rg:headerRow ?header .
          FILTER(STRSTARTS(?name, "occupations")) } ORDER BY ?name"""
    )
    assert rows == [["occupations_en.csv", "en", "1.2.1", "4"], ["occupations_fi.csv", "fi", "1.2.1", "3"]]
    assert small.count("?f a rg:EscoFile, rg:SourceFile") == 18 + 3


@pytest.mark.parametrize("places", [["1.0"], ["1.1"], ["1.2.1"], ["1.2.1", "1.2.1-fi"], ["1.0", "1.2.1"]])
def test_the_graph_keeps_the_conditions_of_skos(places: list[str]) -> None:
    run_checks(Graph(*(CASES / place for place in places)).store)


def test_counts_of_the_real_releases(real: Graph) -> None:
    assert real.count("?s a esco:Occupation") == 3_039
    assert real.count("?s a rg:IscoGroup") == 619
    assert real.count("?s a rg:EscoSkillGroup") == 640
    # Release 1.2.0 has a place in the hierarchy for each of its skills. The slice names four more, which
    # were retired before.
    assert real.count("?s a esco:Skill . FILTER EXISTS { ?s skos:broader ?group }") == 13_939
    assert real.count("?s a esco:Skill") == 13_943
    relation = "esco:relatedEssentialSkill|esco:relatedOptionalSkill"
    assert real.count(f"?a a esco:Skill ; {relation} ?b . ?b a esco:Skill") == 5_818
    assert real.count("?o a esco:Occupation ; esco:relatedEssentialSkill ?s") == 1_970
    assert real.count("?o a esco:Occupation ; esco:relatedEssentialSkill ?s", "DISTINCT ?o") == 91
    assert real.count("?s skos:broader ?o") == 3_652 + 20_822
    assert real.count('?s a esco:Occupation ; skos:prefLabel ?l . FILTER(LANG(?l) = "de")') == 3_039
    assert real.count("?s a skos:ConceptScheme") == 19


def test_real_collections_are_whole(real: Graph) -> None:
    sizes = {"digcomp": 25, "green": 591, "skill-language-groups": 359, "research": 40}
    sizes |= {"6c930acd-c104-4ece-acf7-f44fd7333036": 1_284, "8ae4b9f3-507e-4057-a145-2f96f0132613": 122}
    for scheme, size in sizes.items():
        pattern = f"?s a esco:MemberConcept ; skos:inScheme <{ESCO}concept-scheme/{scheme}>"
        assert real.count(pattern) == size, scheme


def test_real_releases_are_told(real: Graph) -> None:
    assert [source.version for source in real.data.sources] == ["1.2.0", "1.2.0", "1.1 or 1.2.0"]


def test_what_cannot_be_read_back_of_the_real_files_was_reported(real: Graph) -> None:
    reported = {(finding.file, finding.line) for finding in real.report.findings}
    gone = set(lost(real))
    assert not {(file, line) for file, line, _ in gone} - reported
    columns = {column for _, _, column in gone}
    assert columns <= {
        "Description",
        "Scope note",
        "altLabels",
        "broaderConceptPT",
        "hiddenLabels",
        "originalSkillType",
        "relatedSkillType",
        "skillLabel",
    }


def test_real_releases_keep_the_conditions_of_skos(real: Graph) -> None:
    run_checks(real.store)


def test_the_graph_tells_which_files_have_rows_on_a_concept(small: Graph) -> None:
    rows = small.rows(
        f"""SELECT ?name WHERE {{
          <{ESCO}occupation/00000000-0000-4000-8000-000000000002> rg:escoFile/rg:fileName ?name
        }} ORDER BY ?name"""
    )
    assert list(dict.fromkeys(name for (name,) in rows)) == [
        "broaderRelationsOccPillar_en.csv",
        "greenShareOcc_en.csv",
        "occupationSkillRelations_en.csv",
        "occupations_en.csv",
        "occupations_fi.csv",
        "researchOccupationsCollection_en.csv",
    ]


def test_rows_that_say_something_else_than_the_graph_are_kept(small: Graph) -> None:
    rows = small.rows(
        """SELECT ?name ?cells WHERE {
          ?row a rg:EscoRow ; rg:rowCells ?cells ; rg:escoFile/rg:fileName ?name } ORDER BY ?name"""
    )
    assert [name for name, _ in rows] == ["occupations_en.csv", "skillsHierarchy_fi.csv"]
    assert "tide clerk\\ntide table clerk" in rows[0][1]  # its second label is also the preferred one
