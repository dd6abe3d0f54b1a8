"""The ontology files: headers, texts, OWL 2 DL by structure, and the level scheme against its table."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "ontology").glob("*.ttl"))
RG = Namespace("https://w3id.org/rolegraph/ns#")
LEVEL = Namespace("https://w3id.org/rolegraph/level/")
RGC = Namespace("https://w3id.org/rolegraph/concept/")
DEFINED_BY = URIRef("https://w3id.org/rolegraph/ns")

# Names, ranks and typical years of the scheme (domain model, sections 0 and 4).
LEVELS = """
S1 Support Associate 1 0–1 · S2 Support Specialist 2 1–3 · S3 Senior Support Specialist 3 3–5
S4 Lead Support Specialist 4 5–8
P1 Entry-Level 1 0–2 · P2 Developing 2 1–3 · P3 Mid-Level 3 3–5 · P4 Senior 4 5–8 · P5 Expert 5 8–12
P6 Principal 6 12–18 · P7 Distinguished 7 15–22 · P8 Fellow 8 18–30
M1 Manager (Team Lead) 3 3–6 · M2 Manager II 4 5–8 · M3 Senior Manager 5 8–12 · M4 Director 5.5 10–15
M5 Senior Director 6 12–18 · M6 Vice President 7 15–25
E1 Executive Director 6 12–18 · E2 Senior Executive Director 6.5 14–20 · E3 Executive Vice President 7 15–22
E4 Senior Executive Vice President 7.5 18–25
"""
TABLE = {
    row[1]: (row[2], Decimal(row[3]), Decimal(row[4]), Decimal(row[5]))
    for row in re.finditer(r"([SPME]\d) (.+?) ([\d.]+) (\d+)–(\d+)(?: ·|\n)", LEVELS)
}
DIMENSIONS = {
    "scope", "autonomy", "complexity", "impact", "decision-rights", "leadership", "typical-experience",
}  # fmt: skip
LISTS = {
    "scope": "common level",
    "approval": "pending approved rejected",
    "band": "high medium low",
    "match": "confident needs_review no_confident_match",
    "review": "needs_review in_review accepted rejected superseded",
    "status": "draft in_review published deprecated",
    "importance": "essential optional",
    "move": "promotion step_back track_switch lateral diagonal",
    "alias-type": "common seniority_variant abbreviation industry internal former level_token misspelling",
    "mapping-source": "manual_curation inferred_from_superfunction title_match text_similarity crosswalk",
    "applicability": "global regional local",
}

PROPERTY_TYPES = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
BUILT_IN_ANNOTATIONS = {
    RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy, OWL.deprecated, OWL.versionInfo,
    OWL.priorVersion, OWL.backwardCompatibleWith, OWL.incompatibleWith,
}  # fmt: skip
AXIOM_PREDICATES = {
    RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.disjointWith, OWL.inverseOf,
    OWL.equivalentClass, OWL.equivalentProperty, OWL.versionIRI, OWL.imports,
}  # fmt: skip
# OWL 2 Structural Specification, section 4: the datatypes that occur here and in the map.
OWL_DATATYPES = {XSD.string, XSD.boolean, XSD.decimal, XSD.integer, XSD.anyURI, RDF.PlainLiteral}


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for path in FILES:
        graph.parse(path)
    return graph


def _types(graph: Graph, kind: Node) -> set[Node]:
    return set(graph.subjects(RDF.type, kind))


def _names(nodes: set[Node]) -> list[str]:
    return sorted(map(str, nodes))


def test_the_files_are_there() -> None:
    names = ["alignments", "esco", "levels", "onet", "quality", "release", "rolegraph", "vocabulary"]
    assert [path.stem for path in FILES] == names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_has_one_header_with_version_and_licence(path: Path) -> None:
    graph = Graph().parse(path)
    (header,) = graph.subjects(RDF.type, OWL.Ontology)
    for required in (OWL.versionInfo, DCTERMS.title, DCTERMS.description, DCTERMS.creator):
        assert graph.value(header, required), required
    assert graph.value(header, OWL.versionIRI) == URIRef(f"{header}/{graph.value(header, OWL.versionInfo)}")
    assert graph.value(header, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_blank_node_stands_in_any_file(path: Path) -> None:
    assert not [term for triple in Graph().parse(path) for term in triple if isinstance(term, BNode)]


def test_every_file_imports_the_declarations_that_it_builds_on(ontology: Graph) -> None:
    """Without the import a file alone is no OWL 2 DL: it uses properties that it does not declare."""
    headers = _types(ontology, OWL.Ontology)
    assert set(ontology.objects(None, OWL.imports)) <= headers
    assert set(ontology.subjects(OWL.imports, DEFINED_BY)) == headers - {DEFINED_BY}


def test_every_term_has_one_english_label_and_definition(ontology: Graph) -> None:
    terms = {term for term in set(ontology.subjects(RDF.type, None)) if str(term).startswith(RG)}
    assert len(terms) >= 85
    for term in terms:
        labels = list(ontology.objects(term, RDFS.label))
        definitions = list(ontology.objects(term, SKOS.definition))
        assert [label.language for label in labels] == ["en"], term
        assert [text.language for text in definitions] == ["en"], term
        assert ontology.value(term, RDFS.isDefinedBy) == DEFINED_BY, term


def test_a_property_has_one_type_and_no_class_is_a_property(ontology: Graph) -> None:
    kinds = [_types(ontology, kind) for kind in PROPERTY_TYPES]
    assert sum(map(len, kinds)) == len(set.union(*kinds))
    assert not _types(ontology, OWL.Class) & set.union(*kinds)


def test_every_class_and_property_in_an_axiom_is_declared(ontology: Graph) -> None:
    classes = _types(ontology, OWL.Class) | {OWL.Thing}
    properties = set.union(*(_types(ontology, kind) for kind in PROPERTY_TYPES)) | BUILT_IN_ANNOTATIONS
    own_kinds = {OWL.Class, OWL.Ontology, OWL.NamedIndividual, OWL.FunctionalProperty, OWL.TransitiveProperty}
    own_kinds |= {OWL.SymmetricProperty, OWL.InverseFunctionalProperty} | PROPERTY_TYPES
    for predicate in (RDFS.subClassOf, OWL.disjointWith, OWL.equivalentClass):
        assert not _names(set(ontology.subjects(predicate)) - classes)
        assert not _names(set(ontology.objects(None, predicate)) - classes)
    assert not _names(set(ontology.objects(None, RDF.type)) - classes - own_kinds)
    for predicate in (RDFS.subPropertyOf, OWL.inverseOf):
        assert not _names(set(ontology.objects(None, predicate)) - properties)
    assert not _names(set(ontology.objects(None, RDFS.domain)) - classes)
    assert not _names(set(ontology.objects(None, RDFS.range)) - classes - OWL_DATATYPES)
    assert not _names(set(ontology.predicates()) - properties - AXIOM_PREDICATES)


def test_ranges_and_statements_fit_the_type_of_their_property(ontology: Graph) -> None:
    for prop in _types(ontology, OWL.ObjectProperty):
        assert set(ontology.objects(prop, RDFS.range)) <= _types(ontology, OWL.Class), prop
        assert all(isinstance(value, URIRef) for _, value in ontology.subject_objects(prop)), prop
    for prop in _types(ontology, OWL.DatatypeProperty):
        assert set(ontology.objects(prop, RDFS.range)) <= OWL_DATATYPES, prop
        for _, value in ontology.subject_objects(prop):
            assert isinstance(value, Literal), prop
            datatype = RDF.PlainLiteral if value.language else value.datatype or XSD.string
            assert datatype in OWL_DATATYPES, (prop, value)
            wanted = ontology.value(prop, RDFS.range)
            assert wanted in {None, datatype}, (prop, value)


def test_sub_properties_are_of_the_type_of_their_parent(ontology: Graph) -> None:
    for child, parent in ontology.subject_objects(RDFS.subPropertyOf):
        shared = set(ontology.objects(child, RDF.type)) & set(ontology.objects(parent, RDF.type))
        assert shared & PROPERTY_TYPES, (child, parent)


def test_annotation_properties_carry_no_axioms(ontology: Graph) -> None:
    for prop in _types(ontology, OWL.AnnotationProperty):
        assert set(ontology.objects(prop, RDF.type)) == {OWL.AnnotationProperty}, prop


def test_only_simple_properties_are_functional(ontology: Graph) -> None:
    """OWL 2 Structural Specification, section 11: a property above a transitive one is not simple."""
    for transitive in _types(ontology, OWL.TransitiveProperty):
        above = set(ontology.transitive_objects(transitive, RDFS.subPropertyOf))
        assert not _names(above & _types(ontology, OWL.FunctionalProperty))


def test_kinds_of_components_exclude_each_other(ontology: Graph) -> None:
    kinds = set(ontology.subjects(RG.kindCode))
    assert {str(code) for code in ontology.objects(None, RG.kindCode)} == {
        "responsibility", "task", "skill", "knowledge", "competency", "qualification", "core_output",
    }  # fmt: skip
    pairs = set(ontology.subject_objects(OWL.disjointWith))
    for one in kinds:
        assert (one, RDFS.subClassOf, RG.Component) in ontology
        assert {other for other in kinds if {(one, other), (other, one)} & pairs} == kinds - {one}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list_holds_exactly_its_values(ontology: Graph, name: str) -> None:
    scheme = RGC[name]
    assert (scheme, RDF.type, SKOS.ConceptScheme) in ontology
    members = set(ontology.subjects(SKOS.inScheme, scheme))
    assert members == {RGC[f"{name}-{notation.replace('_', '-')}"] for notation in LISTS[name].split()}
    assert {str(ontology.value(member, SKOS.notation)) for member in members} == set(LISTS[name].split())


def test_every_concept_is_labelled_defined_and_in_its_scheme(ontology: Graph) -> None:
    concepts = _types(ontology, SKOS.Concept)
    assert len(concepts) == sum(len(values.split()) for values in LISTS.values()) + 7 + 22 + 4
    for concept in concepts:
        (label,) = ontology.objects(concept, SKOS.prefLabel)
        (definition,) = ontology.objects(concept, SKOS.definition)
        assert label.language == definition.language == "en", concept
        (scheme,) = ontology.objects(concept, SKOS.inScheme)
        assert (scheme, RDF.type, SKOS.ConceptScheme) in ontology, concept
        is_top = (concept, SKOS.topConceptOf, scheme) in ontology
        assert is_top != ((concept, SKOS.broader, None) in ontology), concept
        (notation,) = ontology.objects(concept, SKOS.notation)
        assert notation.language is None
        assert notation.datatype is None


def test_definitions_are_not_repeated(ontology: Graph) -> None:
    definitions = [str(text) for text in ontology.objects(None, SKOS.definition)]
    assert len(definitions) == len(set(definitions))


def test_the_table_of_levels_is_complete() -> None:
    assert len(TABLE) == 22


@pytest.mark.parametrize("code", sorted(TABLE))
def test_a_level_has_the_name_rank_and_years_of_the_table(ontology: Graph, code: str) -> None:
    level = LEVEL[code]
    name, rank, least, most = TABLE[code]
    assert str(ontology.value(level, SKOS.notation)) == code
    assert str(ontology.value(level, SKOS.prefLabel)) == name
    alternative = [Literal(f"{name} Professional", lang="en")] if code.startswith("P") else []
    assert list(ontology.objects(level, SKOS.altLabel)) == alternative
    for prop, value in ((RG.rank, rank), (RG.experienceMinYears, least), (RG.experienceMaxYears, most)):
        literal = ontology.value(level, prop)
        assert (literal.datatype, literal.toPython()) == (XSD.decimal, value)
    assert set(ontology.objects(level, SKOS.broader)) == set(ontology.objects(level, RG.track))
    following = LEVEL[f"{code[0]}{int(code[1]) + 1}"] if f"{code[0]}{int(code[1]) + 1}" in TABLE else None
    assert ontology.value(level, RG.nextLevel) == following


def test_every_level_has_seven_descriptors_in_words_of_its_own(ontology: Graph) -> None:
    assert _types(ontology, RG.Level) == {LEVEL[code] for code in TABLE}
    texts: list[str] = []
    for code, (_, _, least, most) in TABLE.items():
        descriptors = set(ontology.objects(LEVEL[code], RG.descriptor))
        assert descriptors == {LEVEL[f"{code}/{dimension}"] for dimension in DIMENSIONS}
        for dimension in DIMENSIONS:
            descriptor = LEVEL[f"{code}/{dimension}"]
            wanted = URIRef(f"https://w3id.org/rolegraph/dimension/{dimension}")
            assert ontology.value(descriptor, RG.dimension) == wanted
            text = str(ontology.value(descriptor, RG.text))
            if dimension == "typical-experience":
                assert text == f"{least} to {most} year{'' if most == 1 else 's'}"
            else:
                texts.append(text)
    assert len(texts) == len({text.casefold() for text in texts}) == 22 * 6


def test_dimensions_are_numbered_in_reading_order(ontology: Graph) -> None:
    dimensions = _types(ontology, RG.Dimension)
    assert {str(dimension).rpartition("/")[2] for dimension in dimensions} == DIMENSIONS
    positions = sorted(int(str(ontology.value(dimension, RG.position))) for dimension in dimensions)
    assert positions == [1, 2, 3, 4, 5, 6, 7]


def test_alignments_start_from_terms_that_exist(ontology: Graph) -> None:
    alignments = Graph().parse(ROOT / "ontology" / "alignments.ttl")
    ours = {subject for subject in alignments.subjects() if "w3id.org/rolegraph/" in str(subject)}
    defined = set(ontology.subjects(RDF.type))
    assert len(ours) >= 25
    assert not _names(ours - defined)
