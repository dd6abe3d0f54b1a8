"""What a subject of the graph is, what its properties are called, and which of them follow from others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from rolegraph.diff.lines import Fact
from rolegraph.terms import CONCEPT, term

RDF_TYPE: Final = term("rdf:type")
_IN_SCHEME: Final = term("skos:inScheme")

_CLASSES: Final = {
    term("rg:Role"): "role",
    term("rg:SuperFunction"): "super-function",
    term("rg:RoleFamily"): "family",
    term("rg:Specialisation"): "specialisation",
    term("rg:Component"): "component",
    term("rg:ComponentUse"): "component use",
    term("rg:TitleAlias"): "alias",
    term("rg:ClassificationMapping"): "mapping",
    term("rg:RoleStory"): "story",
    term("rg:PlanStep"): "plan step",
    term("rg:Level"): "level",
    term("rg:Track"): "track",
    term("rg:LevelDescriptor"): "level descriptor",
    term("rg:ProficiencyDescriptor"): "proficiency descriptor",
    term("rg:Adjacency"): "adjacency",
    term("dqv:QualityMeasurement"): "score",
}
_GRAPHS: Final = {
    "soc": "SOC entry",
    "onet": "O*NET entry",
    "esco": "ESCO entry",
    "shapes": "shape",
    "ontology": "term",
}

_LINKS: Final = frozenset(
    map(
        term,
        ("rg:mapping", "rg:story", "rg:planStep", "rg:descriptor", "rg:titleAlias", "rg:componentUse",
         "rg:proficiencyDescriptor", "rg:adjacency", "rg:hasComponent", "skosxl:altLabel"),
    )
)  # fmt: skip
"""They lead to things that tell of their own changes."""

_FOLLOWING: Final = {
    # A role's alternative labels follow from its aliases, the rest from its code.
    "role": frozenset(
        map(term, ("skos:broader", "skos:notation", "skos:altLabel", "skos:hiddenLabel", "rg:inFamily"))
    ),
    "alias": frozenset([term("rg:confidenceBand")]),
}
_MATCHES: Final = frozenset(
    term(f"skos:{name}Match") for name in ("exact", "close", "broad", "narrow", "related")
)

_WORDS: Final = {
    term("skos:prefLabel"): "label",
    term("skos:altLabel"): "other spelling",
    term("skos:definition"): "definition",
    term("skos:notation"): "code",
    term("skos:broader"): "parent",
    term("skos:exactMatch"): "exact match",
    term("skosxl:literalForm"): "text",
    term("adms:status"): "status",
    term("dcterms:isReplacedBy"): "replacement",
    term("dcterms:identifier"): "code",
    term("rg:aliasType"): "type",
    term("rg:scopeTag"): "tags",
    term("rg:mappingSource"): "source",
    term("rg:inSpecialisation"): "specialisation",
    term("rg:curated"): "entry of its own",
    term("sssom:object_label"): "title of the code",
    term("sssom:reviewer_id"): "reviewer",
    term("sssom:mapping_justification"): "justification",
}
_WORDS_OF_KIND: Final = {
    ("role", term("skos:prefLabel")): "title",
    ("role", term("skos:definition")): "summary",
    ("family", term("skos:broader")): "super-function",
    ("specialisation", term("skos:broader")): "family",
    ("level", term("skos:broader")): "track",
}


def kind_of(facts: Iterable[Fact], graph_base: str) -> str:
    """The kind of a subject: by its class, else by the graph that tells of it.

    Args:
        facts: all that is said of it.
        graph_base: what the IRIs of named graphs begin with.
    """
    kinds, graphs = set(), set()
    for fact in facts:
        if fact.predicate == _IN_SCHEME and fact.object.startswith(f"<{CONCEPT}"):
            kinds.add("list entry")
        if fact.predicate == RDF_TYPE and fact.object in _CLASSES:
            kinds.add(_CLASSES[fact.object])
        graphs.add(fact.graph[1:-1].removeprefix(graph_base))
    for known in (*_CLASSES.values(), "list entry"):
        if known in kinds:
            return known
    by_graph = [kind for name, kind in _GRAPHS.items() if name in graphs]
    return by_graph[0] if by_graph else "other"


def follows(kind: str, fact: Fact, mappings_graph: str) -> bool:
    """Whether a fact only repeats what another subject, or another property, says."""
    if fact.predicate in _LINKS or fact.predicate in _FOLLOWING.get(kind, ()):
        return True
    return fact.predicate in _MATCHES and fact.graph == mappings_graph  # an accepted mapping


@cache
def words(kind: str, predicate: str) -> str:
    """What a property is called.

    >>> words("role", term("skos:prefLabel")), words("level", term("rg:experienceMinYears"))
    ('title', 'experience min years')
    """
    known = _WORDS_OF_KIND.get((kind, predicate)) or _WORDS.get(predicate)
    if known:
        return known
    local = re.split(r"[/#]", predicate[1:-1])[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", local).lower()
