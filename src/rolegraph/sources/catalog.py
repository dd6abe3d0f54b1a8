"""A catalog directory in, its configuration and records out, or every fault it has."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any

from rolegraph import resources
from rolegraph.config import Config, read_config
from rolegraph.errors import Problems
from rolegraph.iris import Iris, slug
from rolegraph.model.catalog import Catalog, Kept, Role, SocGroup, key_label
from rolegraph.sources.attribution import read_attribution
from rolegraph.sources.levels import read_levels
from rolegraph.sources.roles import RoleReader
from rolegraph.sources.soc import read_soc
from rolegraph.sources.sssom import read_mappings
from rolegraph.sources.taxonomy import read_components, read_taxonomy


def levels_file(directory: Path, config: Config) -> tuple[Path, str]:
    """The level scheme in use, and its name in messages: the catalog's own or the shipped one."""
    own = config.sources.levels
    if own is not None:
        return directory / own, own
    return resources.folder("ontology") / "levels.ttl", "ontology/levels.ttl"


def read_catalog(directory: Path, problems: Problems) -> tuple[Config, Catalog]:
    """Read everything that a catalog's own files say.

    Args:
        directory: the folder that holds `rolegraph.toml`.
        problems: receives the warnings; errors end the call.
    Returns:
        the configuration and the records, roles in the order of their codes.
    Raises:
        ConfigError: there is no `rolegraph.toml`.
        SourceError: with every fault of every file.
    """
    config, catalog = collect_catalog(directory, problems)
    problems.raise_errors()
    return config, catalog


def collect_catalog(directory: Path, problems: Problems) -> tuple[Config, Catalog]:
    """Like `read_catalog`, but only faults of the configuration end the call.

    The caller goes on to further inputs, and raises the errors of all of them at once.
    """
    config = read_config(directory, problems)
    problems.raise_errors()
    if config is None:
        raise AssertionError("a configuration without faults is never None")
    sources, language = config.sources, config.catalog.language
    path, name = levels_file(directory, config)
    levels = read_levels(path, name, problems, is_own=sources.levels is not None)
    reader = RoleReader(Iris(config.catalog.base_iri), language, frozenset(levels), problems)
    before = len(problems.errors)
    roles = [role for location in sources.role_locations for role in reader.read(directory, location)]
    if not roles and len(problems.errors) == before:
        problems.warn(", ".join(sources.role_locations), 0, "there is no role here", "the graph has none")
    mapping_sets, mappings = read_mappings(directory, sources.mappings, problems)
    catalog = Catalog(
        roles=tuple(sorted(roles, key=lambda role: role.code)),
        taxonomy=read_taxonomy(directory, sources.taxonomy, language, problems),
        components=read_components(directory, sources.components, language, problems),
        mappings=mappings,
        mapping_sets=mapping_sets,
        soc=_soc(directory, sources.soc, problems),
        levels=levels,
        credits=read_attribution(directory, sources.attribution, problems),
    )
    _check_mappings(catalog, problems)
    _check_replacements(catalog, reader.codes, problems)
    return config, catalog


def _check_mappings(catalog: Catalog, problems: Problems) -> None:
    """Two rows for one statement would share an IRI, whichever of them is meant."""
    seen: dict[tuple[str, str, str, str], str] = {}
    for mapping in (*(m for role in catalog.roles for m in role.mappings), *catalog.mappings):
        key = (mapping.subject, mapping.predicate, mapping.modifier, mapping.object)
        first = seen.setdefault(key, f"{mapping.file}:{mapping.line}")
        here = f"{mapping.file}:{mapping.line}"
        if first != here:
            found = f"this mapping is already at {first}"
            problems.error(mapping.file, mapping.line, found, "keep one of the two")


def _check_replacements(catalog: Catalog, codes: Set[str], problems: Problems) -> None:
    """What is named in `replaced_by` must be there, and be something else."""
    taxonomy = catalog.taxonomy
    specialisations = {role.specialisation for role in catalog.roles} | set(taxonomy.specialisations)
    families = {code.partition(".")[0] for code in specialisations} | set(taxonomy.families)
    layers: tuple[tuple[str, Iterable[Kept], Set[str]], ...] = (
        ("role", catalog.roles, codes),
        ("super-function", taxonomy.super_functions.values(), set(taxonomy.super_functions)),
        ("family", taxonomy.families.values(), families),
        ("specialisation", taxonomy.specialisations.values(), specialisations),
    )
    for name, records, known in layers:
        for record in records:
            _check_replacement(record, name, known, problems)
    _check_component_replacements(catalog, problems)


def _check_replacement(record: Any, name: str, known: Set[str], problems: Problems) -> None:
    code = record.replaced_by
    if code is None or (code in known and code != record.code):
        return
    line = record.lines.get("replaced_by", record.line) if isinstance(record, Role) else record.line
    found = f"replaced_by {code!r} of {record.code} is no {name} of this catalog"
    if code == record.code:
        found = f"{code} is replaced by itself"
    problems.error(record.file, line, found, f"write the code of another {name}")


def _check_component_replacements(catalog: Catalog, problems: Problems) -> None:
    known = {(c.kind, slug(key_label(c.label))) for c in catalog.components}
    known |= {(u.kind, slug(key_label(u.label))) for role in catalog.roles for u in role.uses}
    for component in catalog.components:
        replacement = component.replaced_by
        if replacement is not None and (component.kind, slug(replacement)) not in known:
            found = f"replaced_by {replacement!r} is no {component.kind} of this catalog"
            problems.error(component.file, component.line, found, "write the label of one that is")


def _soc(directory: Path, location: str, problems: Problems) -> tuple[SocGroup, ...]:
    if not (directory / location).is_file():
        problems.warn(location, 0, "there is no table of SOC titles", "official titles are not checked")
        return ()
    own = Problems()
    groups = read_soc(directory / location, own, location)
    # Faults of a catalog's own files are named relative to the catalog.
    problems.errors += [dataclasses.replace(problem, file=location) for problem in own.errors]
    problems.warnings += [dataclasses.replace(problem, file=location) for problem in own.warnings]
    return groups
