"""Roles in, N-Triples in O*NET's own RDF vocabulary out.

Standard: the vocabulary of the RDF edition of the O*NET database (since release 31.0), namespace
https://www.onetcenter.org/rdf/schema/onet/. `onet:onetSOCCode` holds the catalog's own role codes:
O*NET-SOC codes are never invented. Nodes are IRIs on the role. One language, as in O*NET.
"""

from __future__ import annotations

from typing import IO

from rolegraph.export.dump import read_neighbours
from rolegraph.export.extract import Extract
from rolegraph.export.labels import accepted_aliases, text_in
from rolegraph.export.triples import TripleWriter, describe
from rolegraph.graph.nquads import RDF_TYPE, decimal, integer, lang_text, node, text
from rolegraph.model.catalog import Role, key_label
from rolegraph.terms import term


def write(extract: Extract, stream: IO[str]) -> None:
    """Write occupations with titles, tasks, ratings and related occupations; then what ratings refer to."""
    out = TripleWriter(stream)
    describe(extract, out)
    for role in extract.roles():
        _occupation(extract, out, role)
    _neighbours(extract, out)
    for entry in extract.components(["skill", "knowledge"]):
        subject = node(entry.iri)
        out.add(subject, term("onet:elementName"), lang_text(*text_in(entry.label, extract.language)))


def _occupation(extract: Extract, out: TripleWriter, role: Role) -> None:
    iris, language = extract.iris, extract.language
    subject = node(iris.role(role.code))
    out.add(subject, RDF_TYPE, term("onet:Occupation"))
    out.add(subject, term("onet:onetSOCCode"), text(role.code))
    out.add(subject, term("onet:title"), lang_text(*text_in(role.title, language)))
    if role.summary:
        out.add(subject, term("onet:description"), lang_text(*text_in(role.summary, language)))
    for label in accepted_aliases(role, language):
        title = node(iris.alias(role.code, label, language))
        out.add(subject, term("onet:hasJobTitle"), title)
        out.add(title, term("onet:jobTitle"), lang_text(label, language))
    for use in role.uses:
        statement = node(iris.use(role.code, use.kind, key_label(use.label)))
        if use.kind == "task":
            out.add(subject, term("onet:hasTask"), statement)
            out.add(statement, term("onet:task"), lang_text(*text_in(use.label, language)))
        elif use.kind in {"skill", "knowledge"}:
            out.add(subject, term("onet:hasRating"), statement)
            out.add(statement, term("onet:refersTo"), node(extract.component_iri(use)))
            if use.proficiency is not None:
                out.add(statement, term("onet:dataValue"), decimal(use.proficiency))


def _neighbours(extract: Extract, out: TripleWriter) -> None:
    for near in read_neighbours(extract):
        relation = node(near.iri)
        out.add(node(extract.iris.role(near.role)), term("onet:hasRelatedOccupation"), relation)
        out.add(relation, term("onet:refersTo"), node(extract.iris.role(near.neighbour)))
        out.add(relation, term("onet:relatedIndex"), integer(near.position))
