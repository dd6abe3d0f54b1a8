"""What a catalog says of itself in, the description of its dataset out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rolegraph.config import CatalogSection
from rolegraph.graph.nquads import RDF_TYPE, lang_text, link_or_text, text
from rolegraph.model.attribution import Credit
from rolegraph.model.records import CatalogFacts
from rolegraph.terms import term


def describe_dataset(
    dataset: str,
    catalog: CatalogSection | CatalogFacts,
    sources: Iterable[Credit],
    add: Callable[[str, str, str], object],
) -> None:
    """Describe a catalog as a dataset (DCAT 3); the same catalog gives the same triples, whatever the time.

    Args:
        dataset: the token of its IRI.
        catalog: its name, language, publisher, version and licence.
        sources: whose data it took over.
        add: takes subject, predicate and object as N-Triples tokens.
    """
    add(dataset, RDF_TYPE, term("dcat:Dataset"))
    add(dataset, term("dcterms:title"), lang_text(catalog.name, catalog.language))
    if catalog.publisher is not None:
        add(dataset, term("dcterms:publisher"), text(catalog.publisher))
    if catalog.version is not None:
        add(dataset, term("dcat:version"), text(catalog.version))
    if catalog.licence is not None:
        add(dataset, term("dcterms:license"), link_or_text(catalog.licence))
    for credit in sources:
        add(dataset, term("dcterms:rights"), text(credit.statement))
        if credit.source is not None:
            add(dataset, term("dcterms:source"), link_or_text(credit.source))
