"""Exports in RDF: they parse, say of every role what its record says, and keep SKOS's own rules."""

from __future__ import annotations

import io
from pathlib import Path

import pyoxigraph as ox
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS

import exports
from rolegraph.errors import Problems, StoreError
from rolegraph.export.dump import read_lines, read_neighbours
from rolegraph.export.extract import Extract
from rolegraph.export.formats import WRITERS
from rolegraph.export.labels import alternative_labels
from rolegraph.export.selection import Selection, select
from rolegraph.export.triples import TripleWriter, TurtleWriter
from rolegraph.graph.nquads import date, integer, lang_text, node, text
from rolegraph.iris import Iris
from rolegraph.library import open_catalog
from rolegraph.model.catalog import Catalog, Family, RoleFile, SuperFunction, Taxonomy
from rolegraph.snapshot import Snapshot, open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.sources.catalog import read_catalog
from rolegraph.terms import PREFIXES

ESCO = Namespace("http://data.europa.eu/esco/model#")
ONET = Namespace("https://www.onetcenter.org/rdf/schema/onet/")
SKOSXL = Namespace("http://www.w3.org/2008/05/skos-xl#")
RG = Namespace("https://w3id.org/rolegraph/ns#")
SYNTAX = {"skos": "turtle", "skos-xl": "turtle", "esco-rdf": "nt", "onet-rdf": "nt"}


@pytest.fixture(scope="module")
def snapshot(sample_catalog: Path) -> Snapshot:
    return open_snapshot(sample_catalog)


@pytest.fixture(scope="module")
def catalog(sample_catalog: Path) -> Catalog:
    return read_catalog(sample_catalog, Problems())[1]


@pytest.fixture(scope="module")
def iris(snapshot: Snapshot) -> Iris:
    return Iris(snapshot.base_iri)


@pytest.fixture(scope="module")
def graphs(snapshot: Snapshot) -> dict[str, Graph]:
    return {name: graph_of(name, Extract(snapshot)) for name in SYNTAX}


def graph_of(name: str, extract: Extract) -> Graph:
    stream = io.BytesIO()
    WRITERS[name].write(extract, stream)  # type: ignore[arg-type]  # all of these are one file
    return Graph().parse(data=stream.getvalue(), format=SYNTAX[name])


@pytest.mark.parametrize("name", SYNTAX)
def test_graph_says_whose_it_is(name: str, graphs: dict[str, Graph], iris: Iris) -> None:
    subject = URIRef(iris.catalog)
    assert (subject, DCTERMS.license, URIRef("https://creativecommons.org/licenses/by/4.0/")) in graphs[name]
    assert (subject, DCTERMS.publisher, Literal("rolegraph contributors")) in graphs[name]
    assert not any(term for triple in graphs[name] for term in triple if term.startswith("_:"))


@pytest.mark.parametrize("name", ["skos", "skos-xl"])
def test_skos_has_every_concept_with_its_place_and_labels(
    name: str, graphs: dict[str, Graph], catalog: Catalog, iris: Iris, snapshot: Snapshot
) -> None:
    graph = graphs[name]
    for role in catalog.roles:
        subject = URIRef(iris.role(role.code))
        assert set(graph.objects(subject, SKOS.prefLabel)) == {
            Literal(t, tag) for tag, t in role.title.items()
        }
        assert set(graph.objects(subject, SKOS.altLabel)) == {
            Literal(label, tag) for label, tag in alternative_labels(role)
        }
        assert graph.value(subject, SKOS.notation) == Literal(role.code)
        path = [subject]
        while (above := graph.value(path[-1], SKOS.broader)) is not None:
            path.append(above)
        assert len(path) == 4
        assert (path[-1], SKOS.topConceptOf, URIRef(iris.scheme("roles"))) in graph
        assert len(list(graph.objects(subject, RG.hasComponent))) == len(role.uses)
    components = set(graph.subjects(SKOS.inScheme, URIRef(iris.scheme("components"))))
    assert len(components) == len(list(Extract(snapshot).components()))


@pytest.mark.parametrize("name", ["skos", "skos-xl"])
def test_skos_keeps_the_integrity_conditions(name: str, graphs: dict[str, Graph]) -> None:
    graph = graphs[name]
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        preferred = list(graph.objects(concept, SKOS.prefLabel))
        assert len({label.language for label in preferred}) == len(preferred) > 0  # S14
        alternative = set(graph.objects(concept, SKOS.altLabel))
        hidden = set(graph.objects(concept, SKOS.hiddenLabel))
        assert not set(preferred) & alternative  # S13
        assert not (set(preferred) | alternative) & hidden
        for broader in graph.objects(concept, SKOS.broader):
            assert (concept, SKOS.related, broader) not in graph  # S27
    assert len(list(graph.subject_objects(SKOS.related))) > 20


def test_skos_xl_labels_are_those_of_plain_skos(graphs: dict[str, Graph]) -> None:
    graph = graphs["skos-xl"]
    for name in ("prefLabel", "altLabel", "hiddenLabel"):
        plain = set(graph.subject_objects(SKOS[name]))
        chain = {
            (subject, graph.value(label, SKOSXL.literalForm))
            for subject, label in graph.subject_objects(SKOSXL[name])
        }
        schemes = {pair for pair in plain if (pair[0], RDF.type, SKOS.ConceptScheme) in graph}
        assert plain - schemes == chain  # S55 to S57
    assert len(set(graph.subjects(RDF.type, SKOSXL.Label))) > 500
    assert not list(graphs["skos"].subjects(RDF.type, SKOSXL.Label))


def test_skos_asserts_accepted_mappings_alone(graphs: dict[str, Graph], catalog: Catalog) -> None:
    mappings = [*catalog.mappings, *(m for role in catalog.roles for m in role.mappings)]
    accepted = {m.object for m in mappings if m.review_status == "accepted" and not m.modifier}
    others = {m.object for m in mappings} - accepted
    curated = {iri for c in catalog.components for iri in (*c.same_as, c.esco) if iri}
    objects = {str(obj) for _, predicate, obj in graphs["skos"] if str(predicate).endswith("Match")}
    assert objects == accepted | curated
    assert others - curated


def test_part_of_a_graph_names_nothing_outside_it(snapshot: Snapshot, iris: Iris) -> None:
    graph = graph_of("skos", select(snapshot, Selection(families=("DATA",))))
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    named = {obj for p in (SKOS.broader, SKOS.related, RG.hasComponent) for obj in graph.objects(None, p)}
    assert named <= concepts
    assert {str(c) for c in concepts if str(c).startswith(iris.family(""))} == {iris.family("DATA")}


def test_esco_graph_relates_occupations_and_skills_both_ways(
    graphs: dict[str, Graph], catalog: Catalog, iris: Iris
) -> None:
    graph = graphs["esco-rdf"]
    assert set(graph.subjects(RDF.type, ESCO.Occupation)) == {
        URIRef(iris.role(r.code)) for r in catalog.roles
    }
    kinds = {"skill", "knowledge", "competency"}
    for relation, inverse, essential in (
        (ESCO.relatedEssentialSkill, ESCO.isEssentialSkillFor, True),
        (ESCO.relatedOptionalSkill, ESCO.isOptionalSkillFor, False),
    ):
        pairs = set(graph.subject_objects(relation))
        assert pairs == {(role, skill) for skill, role in graph.subject_objects(inverse)}
        assert len(pairs) == sum(
            use.kind in kinds and (use.importance == "essential") is essential
            for role in catalog.roles
            for use in role.uses
        )
    skills = set(graph.subjects(RDF.type, ESCO.Skill))
    assert {skill for _, skill in graph.subject_objects(ESCO.relatedOptionalSkill)} <= skills
    for skill in skills:
        assert graph.value(skill, ESCO.skillType) is not None
        assert graph.value(skill, ESCO.skillReuseLevel) is not None
    described = [
        graph.value(node, ESCO.nodeLiteral) for _, node in graph.subject_objects(DCTERMS.description)
    ]
    assert set(described) >= {Literal(t, tag) for r in catalog.roles for tag, t in (r.summary or {}).items()}


def test_onet_graph_has_our_codes_titles_tasks_and_ratings(
    graphs: dict[str, Graph], catalog: Catalog, iris: Iris
) -> None:
    graph = graphs["onet-rdf"]
    assert {str(code) for code in graph.objects(None, ONET.onetSOCCode)} == {
        role.code for role in catalog.roles
    }
    for role in catalog.roles:
        subject = URIRef(iris.role(role.code))
        tasks = {str(graph.value(node, ONET.task)) for node in graph.objects(subject, ONET.hasTask)}
        assert tasks == {use.label["en"] for use in role.uses if use.kind == "task"}
        ratings = list(graph.objects(subject, ONET.hasRating))
        rated = [use for use in role.uses if use.kind in {"skill", "knowledge"}]
        assert len(ratings) == len(rated)
        values = sorted(int(value) for r in ratings if (value := graph.value(r, ONET.dataValue)) is not None)
        assert values == sorted(use.proficiency for use in rated if use.proficiency is not None)
        assert all(graph.value(graph.value(r, ONET.refersTo), ONET.elementName) for r in ratings)


def test_neighbours_of_the_dump_are_those_of_the_store(sample_catalog: Path, snapshot: Snapshot) -> None:
    found: dict[str, list[tuple[object, ...]]] = {}
    for near in read_neighbours(Extract(snapshot)):
        found.setdefault(near.role, []).append((*near[2:-1], near.reason or None))
    with open_catalog(sample_catalog) as graph:
        for code in ("SRES.GEN.P5", "DATA.GEN.M2"):
            assert sorted(found[code], key=lambda row: row[1]) == [
                (
                    *(n.code, n.position, n.distance, n.taxonomy_distance, n.level_distance),
                    *(n.band, n.move, n.edition, n.reason),
                )
                for n in graph.role(code).neighbours
            ]
    assert len(found) == 26


# The graph itself


def quads_of(name: str, extract: Extract) -> set[str]:
    stream = io.BytesIO()
    WRITERS[name].write(extract, stream)  # type: ignore[arg-type]  # all of these are one file
    form = {"nquads": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG, "jsonld": ox.RdfFormat.JSON_LD}[name]
    return {str(quad) for quad in ox.parse(stream.getvalue(), format=form)}


@pytest.mark.parametrize("name", ["nquads", "trig", "jsonld"])
def test_dump_holds_the_quads_of_the_store(name: str, snapshot: Snapshot, sample_store: ox.Store) -> None:
    assert quads_of(name, Extract(snapshot)) == {str(quad) for quad in sample_store}


def test_named_graphs_are_selected_and_the_licence_stays(snapshot: Snapshot, iris: Iris) -> None:
    extract = Extract(snapshot)
    extract.graphs = ("soc", "mappings")
    quads = quads_of("nquads", extract)
    graphs = {quad.rpartition(" ")[2] for quad in quads}
    assert graphs == {f"<{iris.graph(name)}>" for name in ("soc", "mappings", "provenance")}
    provenance = [quad for quad in quads if quad.endswith(f"<{iris.graph('provenance')}>")]
    assert all(quad.startswith(f"<{iris.catalog}> ") for quad in provenance)
    assert any("licenses/by/4.0" in quad for quad in provenance)


def test_part_of_a_dump_has_no_trace_of_other_roles(snapshot: Snapshot, catalog: Catalog, iris: Iris) -> None:
    extract = select(snapshot, Selection(families=("DATA",)))
    quads = quads_of("nquads", extract)
    text = "\n".join(quads)
    others = [role.code for role in catalog.roles if role.family != "DATA"]
    assert not any(f"<{iris.role(code)}>" in text or f"<{iris.role(code)}#" in text for code in others)
    assert all(f"<{iris.role(code)}>" in text for code in extract.codes or ())
    store = ox.Store()
    store.extend(ox.parse(_lines(quads), format=ox.RdfFormat.N_QUADS))
    used = {str(q.object) for q in store.quads_for_pattern(None, ox.NamedNode(RG + "component"), None, None)}
    known = {
        str(q.subject)
        for q in store.quads_for_pattern(
            None, ox.NamedNode(str(RDF.type)), ox.NamedNode(RG + "Component"), None
        )
    }
    assert used == known


def _lines(quads: set[str]) -> bytes:
    return "".join(f"{quad} .\n" for quad in quads).encode()


def test_description_names_every_other_format(snapshot: Snapshot, iris: Iris) -> None:
    stream = io.BytesIO()
    WRITERS["dcat"].write(Extract(snapshot), stream)  # type: ignore[arg-type]  # it is one file
    graph = Graph().parse(data=stream.getvalue(), format="turtle")
    dcat = Namespace("http://www.w3.org/ns/dcat#")
    void = Namespace("http://rdfs.org/ns/void#")
    dataset = URIRef(iris.catalog)
    files = set(graph.objects(dataset, dcat.distribution))
    # Neither O*NET nor ESCO is in this snapshot, so there is none to copy.
    copies = {name for name, form in WRITERS.items() if getattr(form, "reference", "")}
    assert copies == {"onet-database", "esco-database"}
    assert len(files) == len(WRITERS) - len(copies)
    assert all(graph.value(file, dcat.mediaType) and graph.value(file, DCTERMS.license) for file in files)
    parts = [int(str(graph.value(part, void.triples))) for part in graph.objects(dataset, void.subset)]
    assert sum(parts) == int(str(graph.value(dataset, void.triples))) == snapshot.quads


def test_withdrawn_entries_name_what_stands_in_their_place(tmp_path: Path) -> None:
    tops = {
        "Core Tech": SuperFunction(
            code="Core Tech", label={"en": "Core"}, deprecated=True, replaced_by="C&D"
        ),
        "C&D": SuperFunction(code="C&D", label={"en": "Craft and design"}),
    }
    families = {"AA": Family(code="AA", label={"en": "A"}, super_function="C&D")}
    files = [
        RoleFile(
            code="AA.GEN.P1", title="Old", deprecated=True, replaced_by="AA.GEN.P2", history_note="Merged"
        ),
        RoleFile(code="AA.GEN.P2", title="New", modified="2026-02-03"),
    ]
    taxonomy = Taxonomy(super_functions=tops, families=families)
    catalog = Catalog(roles=exports.records(files), taxonomy=taxonomy, levels=exports.LEVELS)
    graph = graph_of("skos", exports.extract_of(catalog, tmp_path))
    iris = Iris(exports.BASE)
    assert dict(graph.subject_objects(DCTERMS.isReplacedBy)) == {
        URIRef(iris.super_function("Core Tech")): URIRef(iris.super_function("C&D")),
        URIRef(iris.role("AA.GEN.P1")): URIRef(iris.role("AA.GEN.P2")),
    }
    assert list(graph.objects(URIRef(iris.role("AA.GEN.P1")), SKOS.historyNote)) == [Literal("Merged", "en")]
    assert len(list(graph.subjects(OWL.deprecated))) == 2
    assert (URIRef(iris.super_function("C&D")), SKOS.topConceptOf, None) in graph


# Writing triples

iris_of_any_form = st.sampled_from([
    "https://w3id.org/rolegraph/ns#Role", "https://w3id.org/rolegraph/ns#", "http://www.w3.org/2004/02/skos/core#a-b",
    "https://example.org/1", "https://example.org/a.b", "https://example.org/é", "urn:x:y",
]).map(node)  # fmt: skip
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["a^^<x>", '"@en', "\\"]
)
objects = iris_of_any_form | st.one_of(
    any_text.map(text),
    st.builds(lang_text, any_text, st.sampled_from(["en", "pt-BR"])),
    st.dates().map(lambda day: date(str(day))),
    st.integers().map(integer),
)


@given(st.lists(st.tuples(iris_of_any_form, iris_of_any_form, objects), max_size=8))
def test_turtle_and_n_triples_hold_the_triples_that_were_written(triples: list[tuple[str, str, str]]) -> None:
    found = []
    for make, form in (
        (TripleWriter, ox.RdfFormat.N_TRIPLES),
        (lambda stream: TurtleWriter(stream, PREFIXES), ox.RdfFormat.TURTLE),
    ):
        stream = io.StringIO()
        out = make(stream)
        out.comment("two\nlines")
        for triple in triples:
            out.add(*triple)
        out.close()
        found.append({str(quad.triple) for quad in ox.parse(stream.getvalue(), format=form)})
    assert found[0] == found[1]
    assert len(found[0]) == len(set(triples))


# Damage


def test_cut_dump_is_an_error_and_not_a_shorter_export(small_catalog: Path) -> None:
    snapshot = build(small_catalog).snapshot
    lines = list(read_lines(Extract(snapshot)))
    snapshot.dump_path.write_bytes(zstandard.compress(b"".join(lines[:-3])))
    with pytest.raises(StoreError, match=rf"the dump has {len(lines) - 3} lines and not {len(lines)}"):
        quads_of("nquads", Extract(snapshot))
    snapshot.dump_path.write_bytes(b"no frame")
    with pytest.raises(StoreError, match="the dump is damaged"):
        list(read_lines(Extract(snapshot)))
