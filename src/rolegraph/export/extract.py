"""A snapshot and a selection of its roles in, the records that an export writes out, one at a time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from weakref import finalize

import pyoxigraph as ox

from rolegraph import resources
from rolegraph.iris import Iris
from rolegraph.model.catalog import KINDS, ComponentUse, Kind, Mapping, Role, key_label
from rolegraph.model.records import CatalogFacts, ComponentEntry
from rolegraph.query import bind, load_query
from rolegraph.snapshot.opening import Snapshot, load_graphs, load_store, open_store
from rolegraph.snapshot.records import read_components, read_facts, read_mappings, read_roles
from rolegraph.store import evaluate

_MAX_QUADS_IN_MEMORY: Final = 5_000_000
"""Loading 4.4 million took 1.7 GiB either way, in memory 18 s and on disk 59 s, which ends growing there."""
_TOLD_ROLES: Final = 1000
_ASKED: Final = {"levels": ("ontology", "levels"), "reference": ("esco",), "rights": ("provenance",)}
"""Query of `queries/export/` -> the named graphs that it asks."""


@dataclass
class Extract:
    """What an export writes: the selected roles of a snapshot, and what belongs to them.

    `codes` holds the selected roles, or is None for all of them; `kept` are these roles where they are few,
    so that they are not looked for among all others again and again; `language` is the one of formats that
    hold a single one; `graphs` names the graphs that dumps hold, where they are not to hold all;
    `mapping_set` is the crosswalk that is to be written instead of the catalog's own mappings. `notes`
    collects what a format has no place for, for people to read. `listener` hears how far the export is, and
    of which `part` of it (a file of several).

    Memory: nothing here grows with the catalog, but that `codes` and the IRIs of the components that
    these roles use are kept where a part was selected, and the codes of families and specialisations.
    """

    snapshot: Snapshot
    codes: frozenset[str] | None = None
    language: str = ""
    graphs: tuple[str, ...] = ()
    mapping_set: str | None = None
    notes: list[str] = field(default_factory=list)
    kept: tuple[Role, ...] | None = None
    listener: Callable[[str], object] = lambda _stage: None
    part: str = ""
    _graph_stores: dict[tuple[str, ...], ox.Store] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.language = (self.language or self.facts.language).lower()

    @cached_property
    def facts(self) -> CatalogFacts:
        """What the catalog has once."""
        return read_facts(self.snapshot)

    @cached_property
    def iris(self) -> Iris:
        """The IRIs of the catalog."""
        return Iris(self.facts.base_iri)

    @cached_property
    def store(self) -> ox.Store:
        """The snapshot's store; that of a release is made for this time, on disk where it is large."""
        if self.snapshot.store_path.is_dir():
            return open_store(self.snapshot)
        if self.snapshot.quads <= _MAX_QUADS_IN_MEMORY:
            return load_store(self.snapshot)
        folder = tempfile.mkdtemp(prefix="rolegraph-")
        finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return load_store(self.snapshot, Path(folder))

    def _store_of(self, graphs: tuple[str, ...]) -> ox.Store:
        """A store that holds some named graphs at least; of a release no more, so that it stays small."""
        if self.snapshot.store_path.is_dir():
            return self.store
        if graphs not in self._graph_stores:
            self._graph_stores[graphs] = load_graphs(self.snapshot, graphs)
        return self._graph_stores[graphs]

    def tell(self, done: int, total: int, what: str) -> None:
        """Let the listener hear how much was read."""
        self.listener(f"{self.part}{', ' if self.part else ''}{done:,} of {total:,} {what}")

    def roles(self) -> Iterator[Role]:
        """The selected roles in the order of their codes, each with the mappings of its own file."""
        if self.kept is not None:
            yield from self.kept
            return
        total = self.snapshot.manifest["roles"]
        for number, role in enumerate(read_roles(self.snapshot)):
            if number % _TOLD_ROLES == 0:
                self.tell(number, total, "roles")
            if self.codes is None or role.code in self.codes:
                yield role

    def mapped_roles(self) -> Iterator[tuple[Role, tuple[Mapping, ...]]]:
        """The selected roles, each with all its mappings: those of its file, then those of SSSOM files."""
        others = read_mappings(self.snapshot)
        waiting = next(others, None)
        for role in self.roles():
            iri = self.iris.role(role.code)
            found = list(role.mappings)
            # Both come in the order of their IRIs, so one pass over either is enough.
            while waiting is not None and waiting.subject <= iri:
                if waiting.subject == iri:
                    found.append(waiting)
                waiting = next(others, None)
            yield role, tuple(found)

    def mappings(self) -> Iterator[Mapping]:
        """The mappings of the selected roles, and of the families, specialisations and components of theirs.

        Where nothing was selected, all mappings.
        """
        for role in self.roles():
            yield from role.mappings
        yield from self.file_mappings()

    def file_mappings(self) -> Iterator[Mapping]:
        """Those of them that stand in SSSOM files, in the order of their subjects."""
        for mapping in read_mappings(self.snapshot):
            if self.codes is None or mapping.subject in self._subjects:
                yield mapping

    @cached_property
    def _subjects(self) -> frozenset[str]:
        """What the selected roles consist of, and themselves, by IRI."""
        found = set(self._used)
        for role in self.roles():
            found |= {self.iris.role(role.code), self.iris.family(role.family)}
            found.add(self.iris.specialisation(role.specialisation))
        return frozenset(found)

    @cached_property
    def _used(self) -> frozenset[str]:
        return frozenset(self.component_iri(use) for role in self.roles() for use in role.uses)

    def component_iri(self, use: ComponentUse) -> str:
        """The IRI of what is used."""
        return self.iris.component(use.kind, key_label(use.label))

    def components(self, kinds: Collection[Kind] = KINDS) -> Iterator[ComponentEntry]:
        """The components of some kinds that the selected roles use, in the order of their IRIs.

        Where nothing was selected, those that no role uses too.
        """
        for entry in read_components(self.snapshot):
            if entry.kind in kinds and (self.codes is None or entry.iri in self._used):
                yield entry

    @cached_property
    def places(self) -> Places:
        """The levels, specialisations, families and super-functions that the selected roles stand in."""
        found = Places()
        for role in self.roles():
            found.levels.add(role.level)
            found.specialisations.add(role.specialisation)
            found.families.add(role.family)
        taxonomy = self.facts.taxonomy
        if self.codes is None:
            found.families |= set(taxonomy.families)
            found.specialisations |= set(taxonomy.specialisations)
            found.super_functions |= set(taxonomy.super_functions)
        for code in found.families & set(taxonomy.families):
            above = taxonomy.families[code].super_function
            found.super_functions |= {above} if above else set()
        return found

    def ask(self, name: str, **values: str | list[str]) -> Iterator[dict[str, Any]]:
        """The rows of a query of `queries/export/`, unbound variables left out; terms of pyoxigraph."""
        graphs = tuple(graph for graph in _ASKED[name] if graph in self.snapshot.manifest["graphs"])
        if not graphs:
            return
        query = load_query(resources.folder("queries") / "export" / f"{name}.rq")
        given = {key: [value] if isinstance(value, str) else value for key, value in values.items()}
        results = evaluate(self._store_of(graphs), bind(query, given))
        if not isinstance(results, ox.QuerySolutions):
            raise TypeError(f"{name}.rq is no SELECT query")
        names = [variable.value for variable in results.variables]
        for row in results:
            yield {key: value for key, value in zip(names, row, strict=True) if value is not None}


@dataclass(slots=True)
class Places:
    """Codes of the places that roles stand in."""

    levels: set[str] = field(default_factory=set)
    specialisations: set[str] = field(default_factory=set)
    families: set[str] = field(default_factory=set)
    super_functions: set[str] = field(default_factory=set)
