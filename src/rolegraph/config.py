"""`rolegraph.toml` in, a typed configuration out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct, field

from rolegraph import documents
from rolegraph.documents import is_iri
from rolegraph.errors import ConfigError, Problems
from rolegraph.toml import TomlDocument, read_toml

FILE_NAME: Final = "rolegraph.toml"
Location = Annotated[str, Meta(min_length=1)]
Fraction = Annotated[float, Meta(ge=0, le=1)]


class _Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all sections: an unknown key is an error that names the nearest known one."""


class CatalogSection(_Section, kw_only=True, frozen=True):
    """What the catalog is; `base_iri` is the data namespace and ends in `/`."""

    name: Annotated[str, Meta(min_length=1)]
    base_iri: str
    publisher: str | None = None
    licence: str | None = None
    version: str | None = None
    language: str = "en"


class SourcesSection(_Section, kw_only=True, frozen=True):
    """Where the inputs lie, relative to the catalog; a missing optional one is reported."""

    roles: Location | tuple[Location, ...] = "roles"
    taxonomy: Location = "taxonomy.yaml"
    components: Location = "components"
    mappings: Location = "mappings"
    soc: Location = "soc.csv"
    attribution: Location = "attribution.yaml"
    levels: Location | None = None
    onet: Location | None = None
    esco: Location | tuple[Location, ...] = ()
    crosswalks: Location | tuple[Location, ...] = ()

    @property
    def role_locations(self) -> tuple[str, ...]:
        """Where the roles lie, one or several."""
        return _as_tuple(self.roles)

    @property
    def esco_locations(self) -> tuple[str, ...]:
        """Where the downloads of ESCO lie, the first to win first; none, one or several."""
        return _as_tuple(self.esco)

    @property
    def crosswalk_locations(self) -> tuple[str, ...]:
        """Where the crosswalks lie; none, one or several."""
        return _as_tuple(self.crosswalks)


def _as_tuple(locations: str | tuple[str, ...]) -> tuple[str, ...]:
    return (locations,) if isinstance(locations, str) else locations


class AdjacencySection(_Section, kw_only=True, frozen=True):
    """The metric edition `structural@1` (domain model: structural distance)."""

    taxonomy_weight: Annotated[float, Meta(gt=0, lt=1)] = 0.6
    level_weight: Annotated[float, Meta(gt=0, lt=1)] = 0.4
    confident_up_to: Fraction = 0.30
    review_up_to: Fraction = 0.55
    neighbours: Annotated[int, Meta(ge=1, le=1000)] = 10


class ValidateSection(_Section, kw_only=True, frozen=True):
    """Further shapes folders or files, and the severity from which a run fails."""

    shapes: tuple[str, ...] = ()
    fail_on: Literal["violation", "warning", "info"] = "violation"


class ServeSection(_Section, kw_only=True, frozen=True):
    """Defaults of `rolegraph serve`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=256)] | None = None
    timeout_s: Annotated[float, Meta(gt=0)] = 30.0
    memory_mb: Annotated[int, Meta(ge=16)] = 1024
    memory_budget_mb: Annotated[int, Meta(ge=16)] = 4096


class Config(_Section, kw_only=True, frozen=True):
    """The whole of `rolegraph.toml`."""

    catalog: CatalogSection
    sources: SourcesSection = field(default_factory=SourcesSection)
    adjacency: AdjacencySection = field(default_factory=AdjacencySection)
    validate: ValidateSection = field(default_factory=ValidateSection)
    serve: ServeSection = field(default_factory=ServeSection)


def config_file(directory: Path) -> Path:
    """The configuration file of a catalog.

    Raises:
        ConfigError: the directory holds no `rolegraph.toml`.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        raise ConfigError(f"{path}: there is no catalog here; run `rolegraph init {directory}` or name one")
    return path


def read_config(directory: Path, problems: Problems) -> Config | None:
    """Read the configuration of a catalog.

    Args:
        directory: the catalog's root.
        problems: receives every fault, with its line.
    Returns:
        the configuration, or None when it has faults.
    Raises:
        ConfigError: the directory holds no `rolegraph.toml`.
    """
    path = config_file(directory)
    document = read_toml(path, FILE_NAME, problems)
    if document is None:
        return None
    config = documents.convert(document.data, Config, FILE_NAME, document.line_of, problems)
    if config is not None:
        _check_catalog(config.catalog, document, problems)
        _check_locations(config.sources, document, problems)
        _check_adjacency(config.adjacency, document, problems)
    return config


def is_base_iri(text: str) -> bool:
    """Whether a text can be the namespace of a catalog's data: an http(s) IRI that ends in `/`."""
    return re.fullmatch(r"https?://[^#?]+/", text) is not None and is_iri(text)


def _check_catalog(section: CatalogSection, document: TomlDocument, problems: Problems) -> None:
    if not is_base_iri(section.base_iri):
        problems.error(
            FILE_NAME,
            document.line_of(("catalog", "base_iri")),
            f"base_iri is {section.base_iri!r}",
            "write an http(s) IRI that ends in '/'",
        )
    line = document.line_of(("catalog", "licence"))
    documents.check_link(section.licence or "", "licence", FILE_NAME, line, problems)
    if not re.fullmatch(documents.LANGUAGE_PATTERN, section.language):
        problems.error(
            FILE_NAME,
            document.line_of(("catalog", "language")),
            f"language is {section.language!r}",
            "write a BCP 47 tag such as en",
        )


def _check_locations(section: SourcesSection, document: TomlDocument, problems: Problems) -> None:
    """The names of a catalog's own files enter the graph, so they must not depend on the machine."""
    line = document.line_of(("sources", "roles"))
    for location in section.role_locations:
        if Path(location).is_absolute():
            problems.error(FILE_NAME, line, f"roles is the absolute path {location!r}", "name it from here")
    if not section.role_locations:
        problems.error(FILE_NAME, line, "roles names no place", "name a folder or file of roles")


def _check_adjacency(section: AdjacencySection, document: TomlDocument, problems: Problems) -> None:
    total = section.taxonomy_weight + section.level_weight
    if abs(total - 1) > 1e-9:
        problems.error(
            FILE_NAME,
            document.line_of(("adjacency", "taxonomy_weight")),
            f"adjacency weights add up to {total:g}",
            "let taxonomy_weight and level_weight add up to 1, so that a distance stays within 0..1",
        )
    if section.confident_up_to > section.review_up_to:
        problems.error(
            FILE_NAME,
            document.line_of(("adjacency", "confident_up_to")),
            f"confident_up_to {section.confident_up_to:g} is above review_up_to {section.review_up_to:g}",
            "write the smaller bound first",
        )


def encode_config(config: Config) -> bytes:
    """The configuration as canonical JSON; part of what a snapshot's id is computed over."""
    return msgspec.json.encode(config, order="deterministic")
