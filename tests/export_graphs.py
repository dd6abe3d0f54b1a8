"""Exports in RDF in, the facts that they hold out; read by rdflib."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rdflib import RDF, RDFS, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS
from rdflib.term import Node

from export_facts import Facts, kind_of, say
from rolegraph.terms import CONCEPT, PREFIXES

RG = Namespace(PREFIXES["rg"])
ESCO = Namespace(PREFIXES["esco"])
ONET = Namespace(PREFIXES["onet"])
SKOSXL = Namespace(PREFIXES["skosxl"])
SSSOM = Namespace(PREFIXES["sssom"])
ADMS = Namespace(PREFIXES["adms"])
PAV = Namespace(PREFIXES["pav"])
THES = Namespace("http://purl.org/iso25964/skos-thes#")
BASE = "https://example.org/roles/"
ROLE = f"{BASE}role/"
TAXA = tuple(f"{BASE}{layer}/" for layer in ("superfunction", "family", "specialisation"))
STORY = {
    "character": "character", "externalProblem": "external_problem", "internalProblem": "internal_problem",
    "philosophicalProblem": "philosophical_problem", "stakes": "stakes", "success": "success",
}  # fmt: skip
KIND_OF_CLASS = {
    "Responsibility": "responsibility", "Task": "task", "Skill": "skill", "Knowledge": "knowledge",
    "Competency": "competency", "Qualification": "qualification", "CoreOutput": "core_output",
}  # fmt: skip
COMPONENT_TEXTS = {"label": SKOS.prefLabel, "spelling": SKOS.altLabel, "definition": SKOS.definition}
ROLE_TEXTS = {
    "title": SKOS.prefLabel, "other title": SKOS.altLabel, "hidden title": SKOS.hiddenLabel,
    "summary": SKOS.definition, "note": SKOS.historyNote,
}  # fmt: skip
SLOTS = {
    "object_label": "label", "mapping_justification": "justification", "confidence": "confidence",
    "reviewer_id": "reviewer", "reviewer_label": "reviewer", "review_date": "review_date",
    "comment": "comment",
}  # fmt: skip


def parse(path: Path, syntax: str) -> Graph:
    """The triples of a file; those of several graphs together."""
    if syntax not in {"nquads", "trig", "json-ld"}:
        return Graph().parse(data=path.read_bytes(), format=syntax)
    dataset, graph = Dataset(), Graph()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own use of what it deprecates
        dataset.parse(data=path.read_bytes(), format=syntax)
        for subject, predicate, obj, _ in dataset.quads():
            graph.add((subject, predicate, obj))
    return graph


def code(node: Node) -> str:
    """The code of a role."""
    assert str(node).startswith(ROLE)
    return str(node).removeprefix(ROLE)


def listed(concept: Node | None, list_name: str) -> str | None:
    """The member of a list, as role files write it: `concept/review-needs-review` is `needs_review`."""
    return concept and str(concept).removeprefix(f"{CONCEPT}{list_name}-").replace("-", "_")


def text(node: Node | None) -> str | None:
    """A node as a text."""
    return None if node is None else str(node)


def about(graph: Graph, found: Facts) -> None:
    """Add what is said of the catalog."""
    subject = URIRef(f"{BASE}catalog")
    said = {"name": DCTERMS.title, "publisher": DCTERMS.publisher, "licence": DCTERMS.license}
    for name, predicate in said.items():
        found["about"].update((name, str(value)) for value in graph.objects(subject, predicate))


def texts(
    graph: Graph, kind: str, key: tuple[Any, ...], subject: Node, predicate: URIRef, found: Facts
) -> None:
    """Add the texts of a subject, each with its language."""
    for value in graph.objects(subject, predicate):
        assert isinstance(value, Literal)
        found[kind].add((*key, value.language, str(value)))


def concepts(graph: Graph, found: Facts) -> Iterator[tuple[str, URIRef]]:
    """Add what SKOS has of roles, taxonomy and components; yields the roles."""
    for subject in graph.subjects(SKOS.prefLabel):
        iri = str(subject)
        if "/component/" in iri:
            found["component"].add((iri, kind_of(iri)))
            for kind, predicate in COMPONENT_TEXTS.items():
                texts(graph, kind, (iri,), subject, predicate, found)
            found["same"].update((iri, str(same)) for same in graph.objects(subject, SKOS.exactMatch))
        elif iri.startswith(TAXA):
            texts(graph, "taxon", (iri,), subject, SKOS.prefLabel, found)
        elif iri.startswith(ROLE):
            name = code(subject)
            found["role"].add((str(graph.value(subject, SKOS.notation)),))
            for kind, predicate in ROLE_TEXTS.items():
                texts(graph, kind, (name,), subject, predicate, found)
            say(found, "once", name, "modified", text(graph.value(subject, DCTERMS.modified)))
            other = graph.value(subject, DCTERMS.isReplacedBy)
            say(found, "once", name, "replaced_by", other and code(other))
            yield name, subject


def read_skos(path: Path) -> Facts:
    """SKOS, with labels as texts."""
    graph, found = parse(path, "turtle"), defaultdict(set)
    about(graph, found)
    for name, subject in concepts(graph, found):
        places(graph, name, subject, found)
        for component in graph.objects(subject, RG.hasComponent):
            found["use"].add((name, str(component)))
        found["related"].update((name, code(other)) for other in graph.objects(subject, SKOS.related))
        if (subject, OWL.deprecated, None) in graph:
            found["once"].add((name, "status", "deprecated"))
    for predicate in (SKOS.broadMatch, SKOS.closeMatch, SKOS.relatedMatch):
        for subject, obj in graph.subject_objects(predicate):
            found["mapping"].add((str(subject), predicate.fragment, str(obj), "", "accepted"))
    return found


def read_skos_xl(path: Path) -> Facts:
    """SKOS, of which the labels as resources must be those that stand as texts."""
    graph = parse(path, "turtle")
    for name in ("pref", "alt", "hidden"):
        forms = {
            (subject, form)
            for subject, label in graph.subject_objects(SKOSXL[f"{name}Label"])
            for form in graph.objects(label, SKOSXL.literalForm)
        }
        plain = set(graph.subject_objects(SKOS[f"{name}Label"]))
        assert forms == {(s, o) for s, o in plain if "/scheme/" not in s}
    return read_skos(path)


def places(graph: Graph, name: str, subject: Node, found: Facts) -> None:
    """Add the family and the specialisation that a role is below."""
    specialisation = graph.value(subject, SKOS.broader)
    family = graph.value(specialisation, SKOS.broader)
    notations = [str(graph.value(place, SKOS.notation)) for place in (family, specialisation)]
    found["place"].add((name, *notations))


def read_own(path: Path, syntax: str) -> Facts:
    """Rolegraph's own graph."""
    graph = parse(path, syntax)
    found: Facts = defaultdict(set)
    about(graph, found)
    for name, subject in concepts(graph, found):
        places(graph, name, subject, found)
        _own_role(graph, name, subject, found)
    for subject, name in graph.subject_objects(RDF.type):
        if "/component/" in subject and str(name).removeprefix(RG) in KIND_OF_CLASS:
            assert kind_of(subject) == KIND_OF_CLASS[str(name).removeprefix(RG)]
    for subject in graph.subjects(RDF.type, RG.ClassificationMapping):
        key = tuple(
            str(graph.value(subject, SSSOM[name])) for name in ("subject_id", "predicate_id", "object_id")
        )
        key = (key[0], key[1].rpartition("#")[2], key[2])
        modifier = graph.value(subject, SSSOM.predicate_modifier)
        status = listed(graph.value(subject, RG.reviewStatus), "review")
        found["mapping"].add((*key, str(modifier or ""), status))
        slots(graph, subject, key, found)
        for source in graph.objects(subject, RG.mappingSource):
            found["slot"].add((*key, "source", _open(graph, source, "mapping-source")))
    return found


def slots(graph: Graph, subject: Node, key: tuple[str, ...], found: Facts) -> None:
    """Add what SSSOM says of a mapping besides."""
    for predicate, value in graph.predicate_objects(subject):
        slot = SLOTS.get(str(predicate).removeprefix(SSSOM))
        slot = "comment" if predicate == RDFS.comment else slot
        if slot == "confidence":
            found["slot"].add((*key, slot, float(str(value))))
        elif slot == "justification":
            found["slot"].add((*key, slot, str(value).rpartition("/")[2]))
        elif slot:
            found["slot"].add((*key, slot, str(value)))


def _open(graph: Graph, concept: Node, list_name: str) -> str | None:
    """The value of an open list: that of the catalog's own concept, or one of the shipped list."""
    own = graph.value(concept, SKOS.notation)
    return str(own) if own else listed(concept, list_name)


def _own_role(graph: Graph, name: str, subject: Node, found: Facts) -> None:
    found["level"].add((name, str(graph.value(subject, RG.level)).rpartition("/")[2]))
    for status in graph.objects(subject, ADMS.status):
        found["once"].add((name, "status", listed(status, "status")))
    for value in graph.objects(subject, RG.applicability):
        found["once"].add((name, "applicability", _open(graph, value, "applicability")))
    say(found, "once", name, "version", text(graph.value(subject, PAV.version)))
    for score in graph.objects(subject, RG.confidence):
        found["once"].add((name, "confidence", float(score)))
    for kind in graph.objects(subject, RG.noneRecorded):
        found["none"].add((name, KIND_OF_CLASS[str(kind).removeprefix(RG)]))
    _own_texts(graph, name, subject, found)
    for alias in graph.objects(subject, RG.titleAlias):
        _alias(graph, name, alias, found)
    for use in graph.objects(subject, RG.componentUse):
        _use(graph, name, use, found)
    for near in graph.objects(subject, RG.adjacency):
        place = int(graph.value(near, RG.position))
        found["neighbour"].add((name, code(graph.value(near, RG.adjacentRole)), place))
    found["related"].update((name, code(other)) for other in graph.objects(subject, SKOS.related))


def _own_texts(graph: Graph, name: str, subject: Node, found: Facts) -> None:
    for field in ("title", "summary"):
        texts(graph, "text", (name, f"level.{field}", 0), subject, RG[f"level{field.title()}"], found)
    for descriptor in graph.objects(subject, RG.descriptor):
        dimension = str(graph.value(descriptor, RG.dimension)).rpartition("/")[2].replace("-", "_")
        texts(graph, "text", (name, f"level.{dimension}", 0), descriptor, RG.text, found)
    for story in graph.objects(subject, RG.story):
        for predicate, field in STORY.items():
            texts(graph, "text", (name, f"story.{field}", 0), story, RG[predicate], found)
        for step in graph.objects(story, RG.planStep):
            place = int(graph.value(step, RG.position))
            texts(graph, "text", (name, "story.plan", place), step, RG.text, found)


def _alias(graph: Graph, name: str, alias: Node, found: Facts) -> None:
    form = graph.value(alias, SKOSXL.literalForm)
    confidence = graph.value(alias, RG.confidence)
    score = None if confidence is None else float(confidence)
    kind = _open(graph, graph.value(alias, RG.aliasType), "alias-type")
    approval = listed(graph.value(alias, RG.approval), "approval")
    found["alias"].add((name, form.language, str(form), kind, score, approval))


def _use(graph: Graph, name: str, use: Node, found: Facts) -> None:
    component = str(graph.value(use, RG.component))
    found["use"].add((name, component))
    found["order"].add((name, kind_of(component), int(graph.value(use, RG.position)), component))
    found["importance"].add((name, component, listed(graph.value(use, RG.importance), "importance")))
    for step in graph.objects(use, RG.proficiency):
        found["proficiency"].add((name, component, int(step)))
    for tag in graph.objects(use, RG.scopeTag):
        found["tag"].add((name, component, listed(tag, "scope")))


def read_esco(path: Path) -> Facts:
    """ESCO's vocabulary; both directions of a relation must be there."""
    graph, found = parse(path, "nt"), defaultdict(set)
    about(graph, found)
    for name, subject in concepts(graph, found):
        for status in graph.objects(subject, THES.status):
            found["once"].add((name, "status", str(status)))
        for importance in ("Essential", "Optional"):
            for skill in graph.objects(subject, ESCO[f"related{importance}Skill"]):
                assert (skill, ESCO[f"is{importance}SkillFor"], subject) in graph
                found["use"].add((name, str(skill)))
                found["importance"].add((name, str(skill), importance.lower()))
        for predicate in (ESCO.memberOfISCOGroup, SKOS.broadMatch):
            for obj in graph.objects(subject, predicate):
                found["mapping"].add((str(subject), "broadMatch", str(obj), "", "accepted"))
    for subject, description in graph.subject_objects(DCTERMS.description):
        kind, key = ("summary", code(subject)) if subject.startswith(ROLE) else ("definition", str(subject))
        texts(graph, kind, (key,), description, ESCO.nodeLiteral, found)
    kinds = dict(graph.subject_objects(ESCO.skillType))
    found["component"] = {(str(iri), str(kind).rpartition("/")[2]) for iri, kind in kinds.items()}
    return found


def read_onet(path: Path) -> Facts:
    """O*NET's vocabulary."""
    graph, found = parse(path, "nt"), defaultdict(set)
    about(graph, found)
    for subject in graph.subjects(RDF.type, ONET.Occupation):
        name = str(graph.value(subject, ONET.onetSOCCode))
        found["role"].add((code(subject),))
        texts(graph, "title", (name,), subject, ONET.title, found)
        texts(graph, "summary", (name,), subject, ONET.description, found)
        for title in graph.objects(subject, ONET.hasJobTitle):
            texts(graph, "other title", (name,), title, ONET.jobTitle, found)
        for task in graph.objects(subject, ONET.hasTask):
            component = f"{BASE}component/task/{task.partition('#use-task-')[2]}"
            texts(graph, "named", (name, "task", component), task, ONET.task, found)
        for rating in graph.objects(subject, ONET.hasRating):
            component = str(graph.value(rating, ONET.refersTo))
            found["use"].add((name, component))
            for step in graph.objects(rating, ONET.dataValue):
                found["proficiency"].add((name, component, int(step)))
        for relation in graph.objects(subject, ONET.hasRelatedOccupation):
            other = code(graph.value(relation, ONET.refersTo))
            found["neighbour"].add((name, other, int(graph.value(relation, ONET.relatedIndex))))
    for subject in graph.subjects(ONET.elementName):
        found["component"].add((str(subject), kind_of(str(subject))))
        texts(graph, "label", (str(subject),), subject, ONET.elementName, found)
    return found


def read_sssom_rdf(path: Path) -> Facts:
    """SSSOM as axioms."""
    graph, found = parse(path, "nt"), defaultdict(set)
    mapping_set = graph.value(predicate=RDF.type, object=SSSOM.MappingSet)
    title = str(graph.value(mapping_set, DCTERMS.title)).removeprefix("Mappings of ")
    publisher = str(graph.value(mapping_set, SSSOM.creator_label))
    licence = str(graph.value(mapping_set, DCTERMS.license))
    found["about"] = {("name", title), ("publisher", publisher), ("licence", licence)}
    for axiom in graph.objects(mapping_set, SSSOM.mappings):
        ends = (OWL.annotatedSource, OWL.annotatedProperty, OWL.annotatedTarget)
        subject, predicate, obj = (str(graph.value(axiom, end)) for end in ends)
        key = (subject, predicate.rpartition("#")[2], obj)
        is_negative = (axiom, SSSOM.predicate_modifier, SSSOM.NegatedPredicate) in graph
        status = listed(graph.value(axiom, RG.reviewStatus), "review")
        found["mapping"].add((*key, "Not" if is_negative else "", status))
        slots(graph, axiom, key, found)
        for source in graph.objects(axiom, RG.mappingSource):
            found["slot"].add((*key, "source", listed(source, "mapping-source")))
    return found


def read_dcat(path: Path) -> Facts:
    """The description of the catalog."""
    found: Facts = defaultdict(set)
    about(parse(path, "turtle"), found)
    return found
