"""From a graph and shapes to findings, and from findings to reports and exit statuses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from rdflib import SKOS, Graph

from rolegraph.cli import main
from rolegraph.errors import ShapeError, SourceError
from rolegraph.iris import Iris
from rolegraph.model.findings import Finding, Report, ShapeInfo
from rolegraph.report.json_report import write_json
from rolegraph.report.text import write_text
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import ENGINES
from rolegraph.shacl.results import from_rdflib
from rolegraph.terms import PREFIXES
from rolegraph.validate import catalog_graph, compact, load_shapes, validate_catalog

BASE = "https://example.org/"
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
TITLE_SHAPE = """
rgs:Titled a sh:NodeShape ; rdfs:label "A titled role"@en ; sh:targetClass rg:Role ;
    sh:property rgs:Titled-title .
rgs:Titled-title a sh:PropertyShape ; rdfs:label "A title"@en ; sh:path skos:prefLabel ; sh:minCount 1 ;
    sh:severity sh:Warning ; sh:message "Write a title."@en .
"""
QUERY_SHAPE = """
rgs:NoAlias a sh:NodeShape ; rdfs:label "No alias"@en ; sh:targetClass rg:Role ; sh:severity sh:Info ;
    sh:sparql rgs:NoAlias-rule .
rgs:NoAlias-rule sh:message "Remove {?value}."@en ; sh:select '''
SELECT $this ?value WHERE { $this <http://www.w3.org/2004/02/skos/core#altLabel> ?value }''' .
"""
ROLE = """
<https://example.org/role/SRES.GEN.P5> a rg:Role ; dcterms:identifier "SRES.GEN.P5" .
"""


def graph(turtle: str) -> Graph:
    return Graph().parse(data=HEAD + turtle, format="turtle")


def validate_graph(data: Graph, shapes: Graph) -> Report:
    """Both engines say the same of some triples."""
    store = ox.Store()
    store.extend(ox.Quad(*(from_rdflib(term) for term in triple)) for triple in data)
    report, reference = (validate_catalog(Data(store), shapes, engine, BASE) for engine in ENGINES)
    assert report == reference
    return report


def finding(severity: str = "Warning", message: str = "Do it.", focus: str = "role/A.GEN.P1") -> Finding:
    return Finding(
        severity=severity, shape="rgs:X", focus=focus, path="rg:level", message=message, role="A.GEN.P1"
    )


def test_finding_names_shape_place_role_and_what_to_do() -> None:
    report = validate_graph(graph(ROLE), graph(TITLE_SHAPE))
    assert report == Report(
        findings=(
            Finding(
                severity="Warning",
                shape="rgs:Titled-title",
                focus="role/SRES.GEN.P5",
                path="skos:prefLabel",
                component="sh:MinCountConstraintComponent",
                message="Write a title.",
                role="SRES.GEN.P5",
            ),
        ),
        roles=1,
        shapes={"rgs:Titled-title": ShapeInfo(label="A title", severity="Warning")},
        base_iri=BASE,
    )


def test_role_is_found_for_its_parts_and_its_mappings() -> None:
    shapes = graph(TITLE_SHAPE.replace("rg:Role", "rg:Part"))
    data = graph(
        ROLE
        + """<https://example.org/role/SRES.GEN.P5#alias-1> a rg:Part .
        <https://example.org/mapping/1> a rg:Part ; sssom:subject_id <https://example.org/role/SRES.GEN.P5> .
        <https://example.org/family/SRES> a rg:Part ."""
    )
    found = {item.focus: item.role for item in validate_graph(data, shapes).findings}
    assert found == {
        "role/SRES.GEN.P5#alias-1": "SRES.GEN.P5",
        "mapping/1": "SRES.GEN.P5",
        "family/SRES": "",
    }


@pytest.mark.parametrize("label", [r"R\d+", r"C:\new", "\\", r"\g<9>"])
def test_backslashes_of_a_value_reach_finding_and_message_unharmed(label: str) -> None:
    data = graph(ROLE + f"<https://example.org/role/SRES.GEN.P5> skos:altLabel {json.dumps(label)} .")
    [only] = validate_graph(data, graph(QUERY_SHAPE)).findings
    assert (only.value, only.message) == (label, f"Remove {label}.")


def test_most_severe_finding_comes_first() -> None:
    data = graph(ROLE + '<https://example.org/role/SRES.GEN.P5> skos:altLabel "a", "b" .')
    severe = TITLE_SHAPE.replace("sh:Warning", "sh:Violation")
    found = validate_graph(data, graph(QUERY_SHAPE + severe)).findings
    assert [item.severity for item in found] == ["Violation", "Info", "Info"]
    assert [item.value for item in found] == ["", "a", "b"]


def test_of_onet_only_codes_and_the_titles_of_mapped_occupations_are_checked() -> None:
    iris = Iris("https://example.org/")
    store = ox.Store()

    def add(name: str, turtle: str) -> None:
        target = ox.NamedNode(iris.graph(name))
        store.load(HEAD + "@base <https://example.org/> .\n" + turtle, ox.RdfFormat.TURTLE, to_graph=target)

    add("mappings", "<mapping/1> sssom:object_id <onetsoc2019/15-1252.00> .")
    for code in ("15-1252.00", "15-1244.00"):
        add("onet", f"""<onetsoc2019/{code}> skos:inScheme <scheme/onetsoc2019> ; skos:prefLabel "Title"@en ;
            skos:definition "Much text."@en .""")
    data = catalog_graph(store, iris)
    codes = sorted(str(subject)[-10:] for subject in data.subjects(SKOS.inScheme, None))
    assert codes == ["15-1244.00", "15-1252.00"]
    assert [str(subject)[-10:] for subject in data.subjects(SKOS.prefLabel, None)] == ["15-1252.00"]
    assert not list(data.subjects(SKOS.definition, None))


def test_malformed_shape_is_an_error_not_a_silent_pass() -> None:
    with pytest.raises(ShapeError):
        validate_graph(graph(ROLE), graph(TITLE_SHAPE.replace("sh:minCount 1", 'sh:minCount "one"')))
    with pytest.raises(ShapeError, match="no SPARQL"):
        validate_graph(graph(ROLE), graph(QUERY_SHAPE.replace("SELECT $this", "SELCT $this")))


def test_every_unreadable_shapes_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<a> <b> <c> .\n<a> <b> .\n", encoding="utf-8")
    (tmp_path / "b.ttl").write_text(HEAD + TITLE_SHAPE, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        load_shapes([tmp_path, tmp_path / "none.ttl"])
    places = [(Path(problem.file).name, problem.line) for problem in caught.value.problems]
    assert places == [("a.ttl", 2), ("none.ttl", 0)]


def test_iris_outside_the_known_namespaces_stay_whole() -> None:
    assert compact("http://www.w3.org/ns/shacl#path") == "sh:path"
    assert compact("https://other.example/thing") == "https://other.example/thing"


def test_text_report_groups_by_severity_and_shape_and_ends_with_the_counts() -> None:
    out = io.StringIO()
    found = (finding("Violation"), finding("Info"))
    write_text(Report(findings=found, roles=2, shapes={"rgs:X": ShapeInfo(label="A rule")}), out)
    assert out.getvalue().splitlines() == [
        "Broken (Violation, 1)",
        "",
        "A rule (rgs:X)",
        "  A.GEN.P1 rg:level: Do it.",
        "",
        "To be completed (Info, 1)",
        "",
        "A rule (rgs:X)",
        "  A.GEN.P1 rg:level: Do it.",
        "",
        "2 roles checked: 1 violation, 0 warnings, 1 note on completeness.",
    ]


def test_text_report_says_a_shared_sentence_once_and_lists_every_place() -> None:
    places = tuple(finding(focus=f"role/A.GEN.P1#use-{number}") for number in range(20))
    out = io.StringIO()
    write_text(Report(findings=places, roles=1), out)
    assert out.getvalue().count("Do it.") == 1
    assert all(f"#use-{number}" in out.getvalue() for number in range(20))


def test_text_report_keeps_to_its_width_and_has_no_colour_in_a_file() -> None:
    out = io.StringIO()
    long = "[bold]Write[/bold] " + "one or two sentences " * 20
    write_text(Report(findings=(finding(message=long),), roles=1), out, width=60)
    assert max(map(len, out.getvalue().splitlines())) <= 60
    assert "\x1b" not in out.getvalue()
    assert "[bold]Write[/bold]" in out.getvalue()


def test_json_report_holds_every_finding_and_the_counts() -> None:
    out = io.StringIO()
    write_json(Report(findings=(finding("Violation"), finding("Info")), roles=2), out)
    value = json.loads(out.getvalue())
    assert value["counts"] == {"Violation": 1, "Warning": 0, "Info": 1}
    assert [item["severity"] for item in value["findings"]] == ["Violation", "Info"]


@pytest.fixture
def small_catalog(tmp_path: Path) -> Path:
    directory = tmp_path / "catalog"
    made = CliRunner().invoke(main, ["init", str(directory)])
    assert made.exit_code == 0, made.output
    return directory


def only_shape(directory: Path, severity: str) -> None:
    """Let the catalog add one shape that its role breaks."""
    shape = TITLE_SHAPE.replace("skos:prefLabel", "rg:nothing").replace("sh:Warning", f"sh:{severity}")
    (directory / "own.ttl").write_text(HEAD + shape, encoding="utf-8")
    config = directory / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    assert "[validate]" in text
    config.write_text(text.replace("[validate]", '[validate]\nshapes = ["own.ttl"]'), encoding="utf-8")


@pytest.mark.parametrize(
    ("severity", "fail_on", "status"),
    [("Violation", None, 1), ("Warning", None, 0), ("Warning", "warning", 1), ("Warning", "info", 1)],
)
def test_exit_status_follows_the_least_severity_that_fails(
    small_catalog: Path, severity: str, fail_on: str | None, status: int
) -> None:
    only_shape(small_catalog, severity)
    options = ["--format", "json", *(["--fail-on", fail_on] if fail_on else [])]
    ran = CliRunner().invoke(main, ["validate", "--catalog", str(small_catalog), *options])
    assert ran.exit_code == status, ran.output
    assert any(item["shape"] == "rgs:Titled-title" for item in json.loads(ran.stdout)["findings"])


def test_catalog_that_cannot_be_read_is_status_2(tmp_path: Path, small_catalog: Path) -> None:
    assert CliRunner().invoke(main, ["validate", "--catalog", str(tmp_path)]).exit_code == 2
    next((small_catalog / "roles").glob("*.yaml")).write_text("code: [", encoding="utf-8")
    assert CliRunner().invoke(main, ["validate", "--catalog", str(small_catalog)]).exit_code == 2
