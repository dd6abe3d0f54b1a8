"""Faults of shapes themselves: in tests/cases/shapes_lint each bad line says in a comment what is wrong.

The comment `# error: …` or `# warning: …` is what the lint must find on that line, several of them parted
by ` | `; a line without such a comment must give no fault, and so is the good case to the bad ones.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import SH, Graph

from rolegraph import resources
from rolegraph.errors import Problems, ShapeError, SourceError
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import validate
from rolegraph.shacl.files import read_graph, read_store
from rolegraph.shacl.lint import LintFault, lint, report_faults
from rolegraph.shacl.turtle_places import TurtlePlaces
from rolegraph.shacl.vocabulary import ADVANCED, TERMS, nearest

FOLDER = Path(__file__).parent / "cases" / "shapes_lint"
ONTOLOGY = FOLDER / "ontology.owl.ttl"
CASES = sorted(set(FOLDER.glob("*.ttl")) - {ONTOLOGY})
MARK = re.compile(r"# ((?:error|warning): .*)$")
HEADER = "@prefix ex: <http://example.org/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"


def marked(case: Path) -> list[tuple[int, str]]:
    """(line, level and words) of every fault that a file says it has."""
    lines = enumerate(case.read_text(encoding="utf-8").splitlines(), start=1)
    return [(n, fault) for n, text in lines if (mark := MARK.search(text)) for fault in mark[1].split(" | ")]


def faults_of(tmp_path: Path, shapes: str, name: str = "shapes.ttl") -> list[LintFault]:
    path = tmp_path / name
    path.write_text(HEADER + shapes, encoding="utf-8")
    return lint([path])


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_fault_is_found_on_its_line_and_no_other(case: Path) -> None:
    ontology = Graph().parse(ONTOLOGY) if case.stem == "ontology" else None
    found = lint([case], ontology)
    assert sorted((fault.line, f"{fault.level}: {fault.found}") for fault in found) == sorted(marked(case))
    assert all(fault.file == str(case) and fault.shape and fault.instead for fault in found)


def test_faults_of_all_files_come_at_once_and_in_order() -> None:
    found = lint(CASES)
    assert len(found) >= 120
    assert [(fault.file, fault.line) for fault in found] == sorted(
        (fault.file, fault.line) for fault in found
    )


def test_shipped_shapes_have_no_fault() -> None:
    ontology = Graph()
    for path in resources.folder("ontology").glob("*.ttl"):
        ontology.parse(path)
    assert lint(sorted(resources.folder("shapes").glob("*.ttl")), ontology) == []


def test_shapes_of_the_official_suite_have_errors_only_where_they_must_be_refused(
    shared: Callable[[str], Path],
) -> None:
    files = sorted(shared("w3c/shacl/tests").rglob("*.ttl"))
    refused = {path for path in files if "sht:Failure" in path.read_text(encoding="utf-8")}
    assert len(refused) == 7
    assert {path for path in files if any(fault.level == "error" for fault in lint([path]))} == refused


def test_shapes_without_errors_can_be_run(tmp_path: Path) -> None:
    """The file `never` has warnings alone: shapes that find nothing or too much, and run all the same."""
    case = FOLDER / "never.ttl"
    assert {fault.level for fault in lint([case])} == {"warning"}
    problems = Problems()
    assert validate(Data(read_store([case], problems)), read_graph([case], problems)).by_reference == ()


@pytest.mark.parametrize(
    "shape",
    [
        "sh:path ex:p ; sh:minCount -1",
        "sh:path ex:p ; sh:minCount 1, 2",
        "sh:path ex:p, ex:q",
        "sh:minCount 1",
        'sh:pattern "("',
        "sh:nodeKind ex:IRI",
        "sh:in ex:list",
        "sh:node ex:Shape",
        'sh:sparql [ sh:select "SELECT ?x WHERE { $this ?p ?x }" ]',
        'sh:sparql [ sh:select "SELECT $this WHERE {" ]',
    ],
)
def test_what_the_engine_refuses_is_an_error(tmp_path: Path, shape: str) -> None:
    text = f"ex:Shape sh:targetNode ex:thing ; {shape} .\n"
    assert "error" in {fault.level for fault in faults_of(tmp_path, text)}
    problems = Problems()
    shapes = read_graph([tmp_path / "shapes.ttl"], problems)
    with pytest.raises(ShapeError):
        validate(Data(read_store([tmp_path / "shapes.ttl"], problems)), shapes)


def test_fault_is_one_sentence_that_names_file_line_shape_and_term(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, "ex:Shape sh:targetClass ex:Thing ;\n  sh:minLenght 1 .\n")
    place = f"{tmp_path / 'shapes.ttl'}:4"
    assert str(fault) == (
        f"{place}: ex:Shape, sh:minLenght: SHACL has no such term; do you mean sh:minLength?"
    )


def test_file_that_cannot_be_read_is_a_fault_beside_those_of_the_others(tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.ttl", tmp_path / "good.ttl"
    broken.write_text(HEADER + "ex:Shape sh:targetClass [ .\n", encoding="utf-8")
    good.write_text(HEADER + "ex:Shape sh:targetClass ex:Thing ; sh:minCount 1 .\n", encoding="utf-8")
    found = lint([broken, good, tmp_path / "missing.ttl"])
    assert [(Path(fault.file).name, fault.line) for fault in found] == [
        ("broken.ttl", 3),
        ("good.ttl", 3),
        ("missing.ttl", 0),
    ]


def test_graphs_can_be_given_in_place_of_files() -> None:
    graph = Graph().parse(data=HEADER + "ex:Shape sh:targetClass ex:Thing ; sh:minCount 1 .")
    [fault] = lint({"memory": graph})
    assert (fault.file, fault.line, fault.term) == ("memory", 0, "sh:minCount")


def test_blank_nodes_of_two_files_are_not_taken_for_one(tmp_path: Path) -> None:
    for name, path in (("a", "ex:p"), ("b", "ex:q")):
        (tmp_path / f"{name}.ttl").write_text(
            f"{HEADER}ex:{name} sh:targetClass ex:Thing ; sh:property _:same . _:same sh:path {path} .\n",
            encoding="utf-8",
        )
    assert lint(sorted(tmp_path.glob("*.ttl"))) == []


def test_shape_may_be_described_in_one_file_and_named_in_another(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(HEADER + "ex:A sh:targetClass ex:T ; sh:node ex:B .\n", encoding="utf-8")
    (tmp_path / "b.ttl").write_text(
        HEADER + "@prefix a: <http://example.org/> .\n\na:B sh:minCount 1 .\n", encoding="utf-8"
    )
    [fault] = lint(sorted(tmp_path.glob("*.ttl")))
    assert (Path(fault.file).name, fault.line) == ("b.ttl", 5)


def test_files_of_other_syntaxes_have_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "shapes.jsonld"
    graph = Graph().parse(data=HEADER + "ex:Shape sh:targetClass ex:Thing ; sh:minCount 1 .")
    path.write_text(graph.serialize(format="json-ld"), encoding="utf-8")
    [fault] = lint([path])
    assert (fault.line, fault.shape) == (0, "<http://example.org/Shape>")


def test_nobody_hears_of_odd_literals_but_by_the_faults(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    xsd = "http://www.w3.org/2001/XMLSchema#"
    with caplog.at_level(logging.WARNING):
        found = faults_of(
            tmp_path,
            f'ex:S sh:targetClass ex:T ; sh:minLength "x"^^<{xsd}integer> ; sh:closed "x"^^<{xsd}boolean> .',
        )
    assert len(found) == 2
    assert caplog.records == []


def test_errors_end_a_run_and_warnings_are_told(tmp_path: Path) -> None:
    problems = Problems()
    faults = faults_of(tmp_path, "ex:S sh:targetClass ex:T ; sh:minCount 1 ; sh:deactivated true .\n")
    report_faults(faults, problems)
    assert [str(problem.message) for problem in problems.warnings] == [
        "ex:S, sh:deactivated: the shape is switched off and finds nothing; leave this out to switch it on"
    ]
    with pytest.raises(SourceError, match=r":3: ex:S, sh:minCount: the shape has no sh:path; write this on"):
        problems.raise_errors()


def test_every_term_that_rdflib_knows_of_shacl_is_known() -> None:
    assert set(SH.__annotations__) <= set(TERMS)
    assert {"NodeShape", "minCount", "class", "in", "IRI"} <= set(TERMS) - set(ADVANCED)


def test_misspelt_term_is_led_back_to_one_of_its_own_kind() -> None:
    assert nearest("nodeshape", "class") == "NodeShape"
    assert nearest("targetclass", "property") == "targetClass"
    assert nearest("shape_of_water", "property") == ""


@pytest.mark.parametrize(
    ("text", "subject", "term", "value", "line"),
    [
        ("<a>\n <p> 1 ;\n <q> 2 .", "http://x/a", "http://x/q", None, 3),
        ("<a> <p> 1 .\n<b> <p> 1 .", "http://x/b", "http://x/p", None, 2),
        ("<a> <p> 1 ;\n <p> 2 .", "http://x/a", "http://x/p", "2", 2),
        ("<a> <p> [ <q> 1 ] ,\n [ <q> 2 ] .", "http://x/a", "http://x/q", "2", 2),
        ('<a> <p> """one\n\ntwo""" ;\n <q> "# . <a>" .', "http://x/a", "http://x/q", "# . <a>", 4),
        ('<a> <p> "say \\"a\\u0062\\"" ;\n <q> 1 .', "http://x/a", "http://x/p", 'say "ab"', 1),
        ("PREFIX e: <y:>\n<a> # e:p\n e:p 1 .", "http://x/a", "y:p", None, 3),
        ("@base <http://z/> .\n<a> <p> 1 .", "http://z/a", "http://z/p", None, 2),
        ("<a> a <C> .", "http://x/a", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://x/C", 1),
        ("<a> <p> 1 .\n<b> <q> <c> .", "http://x/c", "http://x/p", None, 2),
        ("<a> <p> 1 .", "http://x/nothing", "http://x/nowhere", None, 0),
    ],
)
def test_line_of_a_term_is_the_one_it_stands_on(
    text: str, subject: str, term: str, value: str | None, line: int
) -> None:
    assert TurtlePlaces(text, "http://x/").line(subject, term, value) == line
