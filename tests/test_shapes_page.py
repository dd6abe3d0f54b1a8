"""The page of checks: made from the shapes, and where each shape's link leads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import RDFS, SH, Graph, Namespace, URIRef

from rolegraph import resources
from rolegraph.describe.shapes import PAGE, describe_shapes
from rolegraph.terms import PREFIXES, RG

DOCS = Path(__file__).resolve().parent.parent / "docs" / "shapes.md"
SHAPES = sorted(resources.folder("shapes").glob("*.ttl"))
WEIGHT = Namespace(RG).weight


@pytest.fixture(scope="module")
def shapes() -> Graph:
    graph = Graph()
    for path in SHAPES:
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for path in sorted(resources.folder("ontology").glob("*.ttl")):
        graph.parse(path)
    return graph


def title(path: Path) -> str:
    """The first sentences of a file's first comment."""
    comment = re.match(r"(?:# .*\n)+", path.read_text(encoding="utf-8"))
    assert comment is not None, path.name
    return comment[0].replace("\n# ", " ").removeprefix("# ").strip()


def test_page_of_checks_is_made_from_the_shapes(ontology: Graph, *, approve: bool) -> None:
    files = {path.name: Graph().parse(path) for path in SHAPES}
    page = describe_shapes(files, {path.name: title(path) for path in SHAPES}, ontology)
    if approve:
        DOCS.write_text(page, encoding="utf-8")
    assert page == DOCS.read_text(encoding="utf-8")


def test_link_of_every_check_leads_to_its_section(shapes: Graph) -> None:
    anchors = re.findall(r'^<a id="([^"]+)"></a>$', DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    checks = set(shapes.subjects(SH.severity, None))
    assert len(checks) > 100
    assert len(anchors) == len(set(anchors)) == len(checks)
    for check in checks:
        name = str(check).removeprefix(PREFIXES["rgs"])
        assert list(shapes.objects(check, RDFS.seeAlso)) == [URIRef(PAGE + name)]
        assert name in anchors


def test_checks_that_make_up_the_score_look_at_roles(shapes: Graph, ontology: Graph) -> None:
    role = URIRef(RG + "Role")
    for check, weight in shapes.subject_objects(WEIGHT):
        assert float(str(weight)) > 0
        holders = {check, *shapes.subjects(SH.property, check)}
        classes = {target for holder in holders for target in shapes.objects(holder, SH.targetClass)}
        for holder in holders:
            for path in shapes.objects(holder, SH.targetSubjectsOf):
                classes |= set(ontology.objects(path, RDFS.domain))
        assert classes == {role}, check
    assert len(set(shapes.subjects(WEIGHT, None))) >= 15
