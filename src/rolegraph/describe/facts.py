"""What a server knows of itself, for the documents that tell others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urljoin

from rolegraph.model.release import ReleaseGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """The facts that descriptions are made of.

    `endpoint` is the absolute IRI of `/sparql` as the client calls it, and all other addresses follow
    from it. `publisher` and `licence` are IRIs or plain text, `rights` the statements of those whose data
    is inside; `issued` and `modified` are ISO 8601
    dates, left out unless the inputs tell them. `data_dump` is an address, absolute or relative to the
    endpoint. `releases` are those that a query can name. With `is_upstream` the queries go to another
    store, of whose engine nothing is claimed.
    """

    endpoint: str
    title: str = "rolegraph"
    base_iri: str = ""
    version: str | None = None
    software_version: str = ""
    publisher: str | None = None
    licence: str | None = None
    rights: tuple[str, ...] = ()
    language: str = "en"
    issued: str | None = None
    modified: str | None = None
    example_resources: tuple[str, ...] = ()
    data_dump: str | None = None
    releases: tuple[ReleaseGraph, ...] = ()
    is_writable: bool = False
    is_upstream: bool = False
    has_union_default_graph: bool = True
    allowed_origins: Collection[str] = ()
    needs_token_for_reads: bool = False
    needs_token_for_writes: bool = True
    max_body_bytes: int = 1 << 20
    max_upload_bytes: int = 256 << 20

    def at(self, reference: str) -> str:
        """The absolute IRI of an address that stands beside the endpoint, such as `query/ladder`."""
        return urljoin(self.endpoint, reference)

    @property
    def void(self) -> str:
        """The address of the VoID document, whose fragments name what is described."""
        return self.at(".well-known/void")

    def part(self, fragment: str) -> str:
        """The IRI of something that is described."""
        return f"{self.void}#{fragment}"
