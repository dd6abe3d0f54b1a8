"""ESCO in a build: what the snapshot holds, where the import report lies, and how roles lead to skills."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from rolegraph import resources
from rolegraph.cli import main
from rolegraph.config import read_config
from rolegraph.errors import Problems, SourceError
from rolegraph.iris import Iris
from rolegraph.snapshot.assemble import derive, read_inputs
from rolegraph.snapshot.build import build
from rolegraph.terms import PREFIXES

CASES = Path(__file__).resolve().parent / "cases" / "sources" / "esco"
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
TURTLE = PROLOGUE.replace("PREFIX", "@prefix").replace(">\n", "> .\n") + "@prefix : <urn:> .\n"


@pytest.fixture
def catalog(small_catalog: Path) -> Path:
    """A new catalog that names ESCO in two languages."""
    for name in ("1.2.1", "1.2.1-fi"):
        shutil.copytree(CASES / name, small_catalog / "esco" / name)
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    locations = 'esco = ["esco/1.2.1", "esco/1.2.1-fi"]'
    config.write_text(text.replace("[sources]", f"[sources]\n{locations}"), encoding="utf-8")
    return small_catalog


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def ask(store: ox.Store, query: str) -> list[list[str]]:
    solutions = store.query(PROLOGUE + query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    return [["" if value is None else value.value for value in solution] for solution in solutions]


def test_a_build_holds_esco_and_lists_its_inputs(catalog: Path) -> None:
    result = build(catalog)
    manifest = result.snapshot.manifest
    assert manifest["graphs"]["esco"] > 250
    assert {"esco/1.2.1/occupations_en.csv", "esco/1.2.1-fi/skills_fi.csv"} <= set(manifest["inputs"])
    assert result.found == (
        "1.2.1: ESCO 1.2.1 in en, 18 files",
        "1.2.1-fi: ESCO 1.2.1 in fi, 3 files",
        "ESCO in all: 3 occupations, 5 skills, 4 skill groups, 4 ISCO groups",
    )
    assert build(catalog).snapshot.id == result.snapshot.id
    store = ox.Store.read_only(str(result.snapshot.store_path))
    (rights,) = ask(store, "SELECT ?r WHERE { ?d a dcat:Dataset ; dcterms:rights ?r }")
    assert rights[0].startswith("This service uses the ESCO classification of the European Commission. ")
    assert "has modified it" in rights[0]
    assert manifest["rights"] == rights


def test_o_net_and_crosswalks_are_told_too(small_catalog: Path) -> None:
    shutil.copytree(CASES.parent / "onet" / "database", small_catalog / "onet")
    shutil.copy(CASES.parent / "crosswalks" / "commission.csv", small_catalog)
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    own = '[sources]\nonet = "onet"\ncrosswalks = ["commission.csv"]'
    config.write_text(text.replace("[sources]", own), encoding="utf-8")
    onet, crosswalk = build(small_catalog).found
    assert re.fullmatch(r"O\*NET [0-9.]+: \d+ occupations, \d+ rows of \d+ files", onet)
    assert crosswalk == "Crosswalk between ESCO and O*NET of the European Commission: 4 mappings"


def test_the_import_report_lies_beside_the_snapshots(catalog: Path) -> None:
    result = build(catalog)
    assert result.import_report == catalog / ".rolegraph" / "import-report.csv"
    with result.import_report.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    twice = [row for row in rows if row["reason"].startswith("the row is there twice")]
    assert [row["line"] for row in twice] == ["14", "19", "21"]
    assert all(row["file"].endswith("_en.csv") and row["row"].count(",") >= 12 for row in twice)


def test_without_findings_there_is_no_report(catalog: Path) -> None:
    build(catalog)
    config = catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('["esco/1.2.1", "esco/1.2.1-fi"]', "[]"), encoding="utf-8")
    assert build(catalog).import_report is None
    assert not (catalog / ".rolegraph" / "import-report.csv").exists()


def test_the_command_tells_what_it_found_and_where_the_report_is(catalog: Path) -> None:
    result = run("build", "--catalog", catalog)
    assert result.exit_code == 0, result.output
    assert "read 1.2.1: ESCO 1.2.1 in en, 18 files\n" in result.stderr
    assert f"{catalog}/.rolegraph/import-report.csv\n" in result.stderr
    assert "occupations_en.csv:14: the row is there twice" in result.stderr


def test_a_fault_of_esco_ends_the_build(catalog: Path) -> None:
    path = catalog / "esco" / "1.2.1" / "skillSkillRelations_en.csv"
    path.write_bytes(path.read_bytes().replace(b"optional", b"perhaps"))
    result = run("build", "--catalog", catalog)
    assert result.exit_code == 2
    assert result.stderr.count("relationType 'perhaps' is not in the list") == 2
    assert not list((catalog / ".rolegraph" / "snapshots").glob("*"))


def test_one_place_can_be_named_without_a_list(catalog: Path) -> None:
    config = catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    one = '"esco/1.2.1"\ncrosswalks = "nesta.csv"'
    config.write_text(text.replace('["esco/1.2.1", "esco/1.2.1-fi"]', one), encoding="utf-8")
    problems = Problems()
    read = read_config(catalog, problems)
    assert read is not None
    assert read.sources.esco_locations == ("esco/1.2.1",)
    assert read.sources.crosswalk_locations == ("nesta.csv",)


def test_sources_of_one_name_are_told_apart(catalog: Path, tmp_path: Path) -> None:
    for parent in ("one", "two"):
        shutil.copytree(CASES / "1.2.1", tmp_path / parent / "esco")
    config = catalog / "rolegraph.toml"
    places = f'["{tmp_path}/one/esco", "{tmp_path}/two/esco"]'
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('["esco/1.2.1", "esco/1.2.1-fi"]', places), encoding="utf-8")
    inputs = build(catalog).snapshot.manifest["inputs"]
    assert {"esco/skills_en.csv", "esco (2)/skills_en.csv"} <= set(inputs)


def test_validate_leaves_esco_alone(catalog: Path) -> None:
    (catalog / "esco" / "1.2.1" / "skills_en.csv").write_text("broken", encoding="utf-8")
    with pytest.raises(SourceError):
        read_inputs(catalog, Problems())
    assert read_inputs(catalog, Problems(), references=()).esco is None
    assert run("validate", "--catalog", catalog).exit_code in {0, 1}


def derived(rule: str, turtle: str) -> set[tuple[str, str]]:
    """Subject and object of what a rule makes of some Turtle; IRIs without `urn:`."""
    store = ox.Store()
    graph = ox.NamedNode("https://example.org/graph/catalog")
    store.load((TURTLE + turtle).encode(), format=ox.RdfFormat.TURTLE, to_graph=graph)
    text = (resources.folder("queries") / "rules" / rule).read_text(encoding="utf-8")
    quads = list(ox.parse(derive(store, text, Iris("https://example.org/")), format=ox.RdfFormat.N_QUADS))
    assert len(quads) == len(set(quads))
    return {(_name(quad.subject), _name(quad.object)) for quad in quads}


def _name(term: object) -> str:
    return str(getattr(term, "value", term)).removeprefix("urn:")


def test_roles_and_occupations_lead_to_skills_by_one_property() -> None:
    assert derived(
        "40-names-skill.rq",
        """
        :role rg:hasComponent :skill, :knowledge, :competency, :task .
        :skill a rg:Skill . :knowledge a rg:Knowledge . :competency a rg:Competency . :task a rg:Task .
        :keeper a esco:Occupation ; esco:relatedEssentialSkill :trim ; esco:relatedOptionalSkill :signal .
        :signal a esco:Skill ; esco:relatedEssentialSkill :trim .
        :im skos:notation "IM" . :lv skos:notation "LV" .
        :python a rg:OnetSkill . :maths a rg:OnetKnowledge . :ability a rg:OnetElement .
        :dev onet:hasRating :r1, :r2, :r3, :r4, :r5, :r6 ; onet:hasSoftware :git .
        :r1 rg:scale :im ; onet:refersTo :python ; onet:dataValue 3.0 .
        :r2 rg:scale :im ; onet:refersTo :maths ; onet:dataValue 4.5 ; rg:recommendSuppress false .
        :r3 rg:scale :im ; onet:refersTo :low ; onet:dataValue 2.9 .
        :r4 rg:scale :im ; onet:refersTo :rough ; onet:dataValue 5 ; rg:recommendSuppress true .
        :r5 rg:scale :lv ; onet:refersTo :level ; onet:dataValue 6 .
        :r6 rg:scale :im ; onet:refersTo :ability ; onet:dataValue 5 .
        :low a rg:OnetSkill . :rough a rg:OnetSkill . :level a rg:OnetSkill .
        """,
    ) == {
        ("role", "skill"),
        ("role", "knowledge"),
        ("role", "competency"),
        ("keeper", "trim"),
        ("keeper", "signal"),
        ("dev", "python"),
        ("dev", "maths"),
        ("dev", "git"),
    }


def test_what_is_named_alike_has_one_key_everywhere() -> None:
    keys = derived(
        "05-label-keys.rq",
        """
        :component a rg:Component, rg:Skill ; skos:prefLabel "Tide-tables"@en ; skos:altLabel "Ebbs"@en .
        :esco a esco:Skill ; skos:prefLabel "tide table"@en, "vuorovesitaulukko"@fi .
        :esco skos:altLabel "Tides"@en .
        :element a rg:OnetKnowledge ; skos:prefLabel "Tide tables"@en .
        :software a rg:OnetTechnologySkill ; onet:workplaceExample "Tide Tables"@en .
        :group a rg:EscoSkillGroup ; skos:prefLabel "tide tables"@en .
        """,
    )
    named = ("component", "esco", "element", "software")
    others = {("esco", "vuorovesitaulukko"), ("esco", "tide"), ("component", "ebb")}
    assert keys == {(name, "tide table") for name in named} | others


def test_a_component_corresponds_to_what_the_catalog_or_the_name_says() -> None:
    assert derived(
        "41-corresponding-skills.rq",
        """
        :lamps a rg:Component, rg:Skill ; rg:labelKey "atl"@en ; rg:alternativeKey "arc trimming law"@en ;
            skos:exactMatch :stated, :absent .
        :tides a rg:Component, rg:Knowledge ; rg:labelKey "tide"@en, "gezeit"@de ; skos:closeMatch :near .
        :task a rg:Component, rg:Task ; rg:labelKey "tide"@en .
        :stated a esco:Skill . :near a rg:OnetSkill . :absent a :Other .
        :short a esco:Skill ; rg:labelKey "atl"@en .
        :long a rg:OnetTechnologySkill ; rg:labelKey "arc trimming law"@en .
        :both a rg:OnetTechnologySkill ; rg:labelKey "arc trimming law atl"@en .
        :german a esco:Skill ; rg:labelKey "gezeit"@de . :foreign a esco:Skill ; rg:labelKey "tide"@sv .
        :known a rg:OnetKnowledge ; rg:labelKey "tide"@en .
        """,
    ) == {
        *(("lamps", name) for name in ("stated", "short", "long", "both")),
        *(("tides", name) for name in ("near", "german", "known")),
    }


def test_one_query_spans_roles_and_esco(catalog: Path) -> None:
    role = next((catalog / "roles").glob("*.yaml"))
    text = role.read_text(encoding="utf-8")
    role.write_text(text.replace("  skill:\n", "  skill:\n    - Trim lamps\n"), encoding="utf-8")
    store = ox.Store.read_only(str(build(catalog).snapshot.store_path))
    rows = ask(
        store,
        """SELECT ?role ?occupation ?label WHERE {
          ?role a rg:Role ; rg:namesSkill/rg:correspondingSkill ?theirs .
          ?theirs a esco:Skill ; skos:prefLabel ?label .
          ?o rg:namesSkill ?theirs ; a esco:Occupation ; skos:prefLabel ?occupation .
          FILTER(LANG(?label) = "en" && LANG(?occupation) = "en")
        } ORDER BY ?occupation""",
    )
    assert [row[1:] for row in rows] == [["keeper's mate", "trim lamps"], ["lamp keeper", "trim lamps"]]
