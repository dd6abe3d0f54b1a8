"""The record of a release in, its description out: a DCAT dataset, as quads of the graph of history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, date, integer, lang_text, link_or_text, node, text
from rolegraph.iris import Iris
from rolegraph.model.release import FrozenFile, ReleaseRecord
from rolegraph.terms import term

_IANA: Final = "https://www.iana.org/assignments/media-types/"
_DISTRIBUTIONS: Final = {
    "release.nq.zst": ("application/n-quads", "application/zstd"),
    "graph.nq.zst": ("application/n-quads", "application/zstd"),
    "changes.md": ("text/markdown", ""),
    "changes.json": ("application/json", ""),
}
"""File -> its media type, and that of its compression."""


def build_release(
    record: ReleaseRecord, files: Mapping[str, FrozenFile], iris: Iris, writer: QuadWriter
) -> None:
    """Describe a release.

    Args:
        record: what is known of it.
        files: the files that it is distributed in; those that only rolegraph reads are left out.
        iris: the IRIs of the catalog.
        writer: receives the quads. Where the files are to be had is for their publisher to say.
    """
    release = node(iris.release(record.version))
    for kind in ("rg:Release", "dcat:Dataset"):
        writer.add(release, RDF_TYPE, term(kind))
    writer.add(release, term("dcterms:title"), lang_text(f"{record.title} {record.version}", record.language))
    writer.add(release, term("dcat:version"), text(record.version))
    writer.add(release, term("owl:versionIRI"), release)
    writer.add(release, term("dcat:isVersionOf"), node(iris.catalog))
    writer.add(release, term("dcterms:issued"), date(record.issued))
    if record.previous is not None:
        previous = node(iris.release(record.previous))
        writer.add(release, term("dcat:previousVersion"), previous)
        writer.add(release, term("prov:wasRevisionOf"), previous)
    if record.publisher is not None:
        writer.add(release, term("dcterms:publisher"), text(record.publisher))
    if record.licence is not None:
        writer.add(release, term("dcterms:license"), link_or_text(record.licence))
    for statement in record.rights:
        writer.add(release, term("dcterms:rights"), text(statement))
    if record.notes is not None:
        writer.add(release, term("adms:versionNotes"), lang_text(record.notes, record.language))
    distributed = {f"{iris.release(record.version)}#{name}": name for name in files if name in _DISTRIBUTIONS}
    for distribution in distributed:
        writer.add(release, term("dcat:distribution"), node(distribution))
    for distribution, name in distributed.items():
        _build_distribution(distribution, name, files[name], writer)


def _build_distribution(iri: str, name: str, file: FrozenFile, writer: QuadWriter) -> None:
    media_type, compression = _DISTRIBUTIONS[name]
    distribution, checksum = node(iri), node(f"{iri}-sha256")
    writer.add(distribution, RDF_TYPE, term("dcat:Distribution"))
    writer.add(distribution, term("dcterms:title"), text(name))
    writer.add(distribution, term("dcat:mediaType"), node(_IANA + media_type))
    if compression:
        writer.add(distribution, term("dcat:compressFormat"), node(_IANA + compression))
    writer.add(distribution, term("dcat:byteSize"), integer(file.size_bytes))
    writer.add(distribution, term("spdx:checksum"), checksum)
    writer.add(checksum, RDF_TYPE, term("spdx:Checksum"))
    writer.add(checksum, term("spdx:algorithm"), term("spdx:checksumAlgorithm_sha256"))
    writer.add(checksum, term("spdx:checksumValue"), f'"{file.sha256}"^^{term("xsd:hexBinary")}')
