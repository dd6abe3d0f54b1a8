"""Exports in JSON: schema.org, CASE and CTDL say of a role what its record says, in the form of each."""

from __future__ import annotations

import io
import json
import re
import uuid
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, Graph, Namespace, URIRef

from rolegraph.errors import Problems
from rolegraph.export.codes import Code, Codes, soc_groups
from rolegraph.export.extract import Extract
from rolegraph.export.formats import WRITERS
from rolegraph.export.json_document import write_document
from rolegraph.export.selection import Selection, select
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog
from rolegraph.snapshot import Snapshot, open_snapshot
from rolegraph.sources.catalog import read_catalog

SCHEMA = Namespace("https://schema.org/")
# rdflib's own JSON-LD parser uses what rdflib deprecates.
JSONLD = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def snapshot(sample_catalog: Path) -> Snapshot:
    return open_snapshot(sample_catalog)


@pytest.fixture(scope="module")
def catalog(sample_catalog: Path) -> Catalog:
    return read_catalog(sample_catalog, Problems())[1]


@pytest.fixture(scope="module")
def iris(snapshot: Snapshot) -> Iris:
    return Iris(snapshot.base_iri)


def written(name: str, extract: Extract) -> str:
    stream = io.BytesIO()
    WRITERS[name].write(extract, stream)  # type: ignore[arg-type]  # all of these are one file
    return stream.getvalue().decode()


values = st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=4)
members = st.dictionaries(st.text(max_size=3), values, max_size=3)


@given(members, st.dictionaries(st.text(min_size=4), st.lists(values, max_size=3), max_size=3))
def test_document_written_item_by_item_is_the_document(
    head: dict[str, Any], lists: dict[str, list[Any]]
) -> None:
    stream = io.StringIO()
    write_document(stream, head, [(name, iter(items)) for name, items in lists.items()])
    assert json.loads(stream.getvalue()) == head | lists


# Codes


def test_role_has_the_codes_accepted_for_itself_and_for_its_family(
    snapshot: Snapshot, catalog: Catalog
) -> None:
    extract = Extract(snapshot)
    codes = Codes(extract)
    found = {role.code: codes.of(role, mappings) for role, mappings in extract.mapped_roles()}
    iris = extract.iris
    every = [*catalog.mappings, *(m for role in catalog.roles for m in role.mappings)]
    for role in catalog.roles:
        subjects = {iris.role(role.code), iris.family(role.family), iris.specialisation(role.specialisation)}
        wanted = {
            m.object
            for m in every
            if m.subject in subjects and m.review_status == "accepted" and not m.modifier
        }
        assert {code.iri for code in found[role.code]} == wanted
    assert sum(map(len, found.values())) > 10


def test_groups_of_a_code_go_from_the_widest_to_itself() -> None:
    assert soc_groups(Code("onetsoc2019", "15-1252.00", "", "")) == [
        "15-0000",
        "15-1200",
        "15-1250",
        "15-1252",
    ]
    assert soc_groups(Code("esco", "http://data.europa.eu/esco/occupation/x", "", "")) == []


# schema.org


@JSONLD
def test_schema_org_parses_without_the_network_and_has_every_role(
    snapshot: Snapshot, catalog: Catalog, iris: Iris
) -> None:
    graph = Graph().parse(data=written("schema-org", Extract(snapshot)), format="json-ld")
    roles = {URIRef(iris.role(role.code)): role for role in catalog.roles}
    assert set(graph.subjects(RDF.type, SCHEMA.Occupation)) == set(roles)
    for subject, role in roles.items():
        assert str(graph.value(subject, SCHEMA.name)) == role.title["en"]
        skills = {str(skill) for skill in graph.objects(subject, SCHEMA.skills)}
        kinds = {"skill", "knowledge", "competency"}
        assert skills == {iris.component(u.kind, u.label["en"]) for u in role.uses if u.kind in kinds}
        months = graph.value(graph.value(subject, SCHEMA.experienceRequirements), SCHEMA.monthsOfExperience)
        assert int(str(months)) == (catalog.levels[role.level].experience_min_years or 0) * 12
    for category in graph.subjects(RDF.type, SCHEMA.CategoryCode):
        code_set = graph.value(category, SCHEMA.inCodeSet)
        assert (code_set, RDF.type, SCHEMA.CategoryCodeSet) in graph
    assert (
        URIRef(iris.catalog),
        SCHEMA.license,
        URIRef("https://creativecommons.org/licenses/by/4.0/"),
    ) in graph


# CASE

NODE = {
    "identifier": {
        "type": "string",
        "pattern": "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$",
    },
    "uri": {"type": "string", "format": "uri"},
    "lastChangeDateTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$"},
}
LINK = {
    "type": "object",
    "required": ["title", "identifier", "uri"],
    "additionalProperties": False,
    "properties": {"title": {"type": "string"}, "identifier": NODE["identifier"], "uri": NODE["uri"]},
}
TEXT = {"type": "string", "minLength": 1}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [*NODE, *required],
        "additionalProperties": False,
        "properties": NODE | properties,
    }


LEVEL = _object(
    [], description=TEXT, quality=TEXT, score={"type": "number"}, position={"type": "integer"}, feedback=TEXT,
    rubricCriterionId=NODE["identifier"],
)  # fmt: skip
CRITERION = _object(
    [], category=TEXT, description=TEXT, position={"type": "integer"}, weight={"type": "number"},
    rubricId=NODE["identifier"], CFItemURI=LINK, CFRubricCriterionLevels={"type": "array", "items": LEVEL},
)  # fmt: skip
# The members and the obligations of CASE 1.1, in our own words.
CASE_SCHEMA = {
    "type": "object",
    "required": ["CFDocument"],
    "additionalProperties": False,
    "properties": {
        "CFDocument": _object(
            ["creator", "title"], creator=TEXT, title=TEXT, publisher=TEXT, description=TEXT, language=TEXT,
            version=TEXT, caseVersion={"const": "1.1"}, frameworkType=TEXT, licenseURI=LINK,
            CFPackageURI=LINK, adoptionStatus={"enum": ["Private Draft", "Draft", "Adopted", "Deprecated"]},
        ),
        "CFDefinitions": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "CFLicenses": {
                    "type": "array",
                    "items": _object(["title", "licenseText"], title=TEXT, licenseText=TEXT),
                },
                "CFItemTypes": {
                    "type": "array",
                    "items": _object(
                        ["title", "description", "hierarchyCode"],
                        title=TEXT, description=TEXT, hierarchyCode=TEXT,
                    ),
                },
            },
        },
        "CFItems": {
            "type": "array",
            "items": _object(
                ["fullStatement"], fullStatement=TEXT, CFItemType=TEXT, CFItemTypeURI=LINK, language=TEXT,
                humanCodingScheme=TEXT, alternativeLabel=TEXT, notes=TEXT,
                educationLevel={"type": "array", "items": TEXT},
            ),
        },
        "CFAssociations": {
            "type": "array",
            "items": _object(
                ["associationType", "originNodeURI", "destinationNodeURI"],
                associationType={
                    "enum": [
                        "isChildOf", "isPeerOf", "isPartOf", "exactMatchOf", "precedes", "isRelatedTo",
                        "replacedBy", "exemplar", "hasSkillLevel", "isTranslationOf",
                    ]
                },
                sequenceNumber={"type": "integer"}, originNodeURI=LINK, destinationNodeURI=LINK,
            ),
        },
        "CFRubrics": {
            "type": "array",
            "items": _object(["title"], title=TEXT, CFRubricCriteria={"type": "array", "items": CRITERION}),
        },
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def case(snapshot: Snapshot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written("case", Extract(snapshot)))
    return found


def test_case_package_has_the_form_of_case_1_1(case: dict[str, Any]) -> None:
    checker = jsonschema.Draft202012Validator(CASE_SCHEMA)
    assert [error.message for error in checker.iter_errors(case)] == []


def test_case_identifiers_are_version_5_of_the_iri_and_nothing_is_twice(case: dict[str, Any]) -> None:
    for name in ("CFItems", "CFAssociations"):
        nodes = case[name]
        assert all(node["identifier"] == str(uuid.uuid5(uuid.NAMESPACE_URL, node["uri"])) for node in nodes)
        assert len({node["identifier"] for node in nodes}) == len(nodes) > 300


def test_case_tree_reaches_the_document_from_every_item(case: dict[str, Any]) -> None:
    parents = {
        link["originNodeURI"]["uri"]: link["destinationNodeURI"]["uri"]
        for link in case["CFAssociations"]
        if link["associationType"] == "isChildOf"
    }
    document = case["CFDocument"]["uri"]
    for item in case["CFItems"]:
        above, steps = item["uri"], 0
        while above != document:
            above, steps = parents[above], steps + 1
        assert 1 <= steps <= 4


def test_case_holds_roles_uses_ladders_and_level_texts(
    case: dict[str, Any], catalog: Catalog, iris: Iris
) -> None:
    roles = {item["humanCodingScheme"] for item in case["CFItems"] if item["CFItemType"] == "Role"}
    assert roles == {role.code for role in catalog.roles}
    uses = {
        (link["originNodeURI"]["uri"], link["destinationNodeURI"]["uri"])
        for link in case["CFAssociations"]
        if link["associationType"] == "isPartOf"
    }
    assert uses == {
        (iris.component(use.kind, use.label["en"]), iris.role(role.code))
        for role in catalog.roles
        for use in role.uses
    }
    steps = {
        (link["originNodeURI"]["uri"], link["destinationNodeURI"]["uri"])
        for link in case["CFAssociations"]
        if link["associationType"] == "precedes"
    }
    assert (iris.role("SRES.GEN.P5"), iris.role("SRES.GEN.P6")) in steps
    assert all(lower.split(".")[-1][0] == upper.split(".")[-1][0] for lower, upper in steps)
    rubrics = {rubric["title"]: rubric for rubric in case["CFRubrics"]}
    assert len(rubrics["Professional"]["CFRubricCriteria"]) == 7
    assert all(len(c["CFRubricCriterionLevels"]) == 8 for c in rubrics["Professional"]["CFRubricCriteria"])


def test_case_says_that_dates_are_missing(snapshot: Snapshot) -> None:
    extract = select(snapshot, Selection(families=("SRES",)))
    text = written("case", extract)
    assert set(re.findall(r'"lastChangeDateTime": "([^"]+)"', text)) == {"1970-01-01T00:00:00+00:00"}
    assert extract.notes == ["nothing in the catalog has a date, so lastChangeDateTime is 1970-01-01"]


# CTDL


@pytest.fixture(scope="module")
def ctdl(snapshot: Snapshot) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written("ctdl", Extract(snapshot)))
    return found


def test_ctdl_links_roles_to_tasks_and_competencies_that_are_there(
    ctdl: dict[str, Any], catalog: Catalog, iris: Iris
) -> None:
    nodes = {node["@id"]: node for node in ctdl["@graph"]}
    assert len(nodes) == len(ctdl["@graph"])
    for role in catalog.roles:
        node = nodes[iris.role(role.code)]
        assert node["@type"] == "ceterms:Job"
        assert node["ceterms:name"] == role.title
        for kind, name, type_ in (
            ("task", "ceterms:hasTask", "ceterms:Task"),
            ("skill", "ceasn:skillEmbodied", "ceasn:Competency"),
            ("knowledge", "ceasn:knowledgeEmbodied", "ceasn:Competency"),
            ("competency", "ceasn:abilityEmbodied", "ceasn:Competency"),
        ):
            used = [iris.component(kind, use.label["en"]) for use in role.uses if use.kind == kind]
            assert node[name] == used
            assert {nodes[iri]["@type"] for iri in used} == {type_}
    (framework,) = (node for node in nodes.values() if node["@type"] == "ceasn:CompetencyFramework")
    assert framework["ceasn:license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_ctids_have_their_form_and_nothing_has_the_same(ctdl: dict[str, Any]) -> None:
    found = [node["ceterms:ctid"] for node in ctdl["@graph"]]
    assert all(re.fullmatch(r"ce-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) for value in found)
    assert {uuid.UUID(value[3:]).version for value in found} == {4}
    assert len(set(found)) == len(found)


@JSONLD
def test_every_member_of_ctdl_is_a_term_of_its_context(ctdl: dict[str, Any]) -> None:
    graph = Graph().parse(data=json.dumps(ctdl), format="json-ld")
    namespaces = ("https://purl.org/ctdl/terms/", "https://purl.org/ctdlasn/terms/", str(RDF))
    assert all(str(predicate).startswith(namespaces) for predicate in graph.predicates())
    assert len(graph) > 2000
