"""A catalog directory in, a report on its completeness out; nothing is built or published.

A store of a large catalog takes more memory than the machine has to give, and most shapes look at few
kinds of triples. So the graph lies on disk by kind, and where all that the shapes need does not fit,
they are checked in several passes over stores that hold what each group of them looks at.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pyoxigraph as ox
from msgspec.structs import replace
from rdflib import RDFS, Graph
from rdflib.term import Node

from rolegraph.config import Config
from rolegraph.errors import Problems
from rolegraph.iris import Iris, forget_names
from rolegraph.model.findings import Finding, Report
from rolegraph.positions import Positions
from rolegraph.shacl.compile import Check
from rolegraph.shacl.data import Data
from rolegraph.shacl.engine import Engine, Plan, compile_shapes, run, run_reference
from rolegraph.shacl.needs import needs
from rolegraph.snapshot.ahead import MAX_QUADS, LoadAhead
from rolegraph.snapshot.assemble import (
    apply_rules,
    check_shapes,
    derive,
    read_inputs,
    rules,
    shapes_files,
    write_quads,
)
from rolegraph.snapshot.partition import BYTES_PER_QUAD, Partition
from rolegraph.snapshot.scoring import Roster, applicable_roles, make_report, weighted_focus
from rolegraph.validate import NEEDED, Translator, catalog_data, load_shapes

Listener = Callable[[str], None]
MEMORY_BUDGET_BYTES: Final = min(
    19 << 29, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 5
)  # fmt: skip
"""How much memory the store of one pass may take: 9.5 GiB, or three fifths of what the machine has."""


@dataclass(frozen=True, slots=True)
class CatalogCheck:
    """A catalog that was read and is ready to be checked."""

    config: Config
    iris: Iris
    shapes: Graph
    partition: Partition
    positions: Positions
    roster: Roster
    directory: Path
    memory_budget_bytes: int = MEMORY_BUDGET_BYTES
    loaded: ox.Store | None = None
    """The whole graph where it is small; the partition is empty then."""

    def store(self, needs: Collection[str] | None) -> ox.Store:
        """A store with at least the triples that some needs (`shacl.needs`) select, or with all for None."""
        return self.loaded if self.loaded is not None else self.partition.load(self.partition.keys(needs))

    def whole(self) -> Data:
        """All of the catalog in one store, rules applied: for the reference engine."""
        store = self.store(None)
        for _ in apply_rules(store, self.iris):
            pass
        return catalog_data(store, self.iris)


@contextmanager
def read_catalog_check(
    directory: Path,
    problems: Problems,
    listener: Listener = lambda _stage: None,
    shapes: list[Path] | None = None,
    memory_budget_bytes: int = MEMORY_BUDGET_BYTES,
) -> Iterator[CatalogCheck]:
    """Read a catalog and write its graph to a temporary folder, which lasts as long as the context.

    Args:
        directory: the catalog's root.
        problems: receives the warnings.
        listener: hears the name of each stage as it begins.
        shapes: files of shapes, in place of the shipped ones and the catalog's own.
        memory_budget_bytes: how much memory the store of one pass may take.
    Raises:
        ConfigError: there is no catalog here.
        SourceError: with every fault of every input.
    """
    listener("reading the catalog")
    # Of O*NET only the codes and titles are looked at, of ESCO and crosswalks nothing.
    inputs = read_inputs(directory, problems, references=())
    if shapes is not None:
        check_shapes(shapes, [], problems)
        problems.raise_errors()
    graph = load_shapes(shapes if shapes is not None else shapes_files(directory, inputs.config))
    config, iris = inputs.config, inputs.iris
    roster = Roster.of(inputs.catalog, config.catalog.name)
    positions = Positions.of(inputs.catalog, iris)
    with tempfile.TemporaryDirectory(prefix="rolegraph-") as folder:
        listener(f"writing the graph of {len(roster.roles):,} roles")
        partition = Partition(Path(folder))
        ahead = LoadAhead(partition, min(MAX_QUADS, memory_budget_bytes // BYTES_PER_QUAD))
        try:
            write_quads(inputs, ahead.add)
            # The records are as large as their graph. What stays is made anew once they are gone: a name
            # here and there would keep all of their memory from being given back.
            packed = msgspec.msgpack.encode(roster)
            del inputs, roster
            forget_names()
            gc.collect()
            roster = msgspec.msgpack.decode(packed, type=Roster)
            loaded = ahead.finish()
            yield CatalogCheck(
                config, iris, graph, partition, positions, roster, directory, memory_budget_bytes, loaded
            )
        finally:
            partition.close()


def check_catalog(
    check: CatalogCheck, engine: Engine = "compiled", listener: Listener = lambda _stage: None
) -> Report:
    """Check a catalog against its shapes.

    Args:
        check: what `read_catalog_check` gives.
        engine: what checks it; "pyshacl" takes about a second for each role.
        listener: hears the name of each stage as it begins.
    Raises:
        ShapeError: a shape is malformed, or uses something that neither engine knows.
    """
    translator = Translator(check.store(NEEDED), check.iris.base, check.positions)
    classes = check.store([str(RDFS.subClassOf)])
    shapes_graph = check.iris.graph("shapes")
    plan = compile_shapes(Data(classes, is_union=True, shapes_graph=shapes_graph), check.shapes)
    focus = weighted_focus(plan, check.shapes)
    looks = [Look(needs(query), (shape, query)) for shape, queries in focus.items() for query in queries]
    only: set[Node] | None = set(plan.by_reference) if engine == "compiled" else None
    if engine == "compiled":
        looks += [Look(needs(one.select.text + one.select.focus), one) for one in plan.checks]
    findings: set[Finding] = set()
    applicable: dict[str, set[str]] = defaultdict(set)
    for data, members in _stores(check, looks, listener):
        checks = tuple(look.task for look in members if isinstance(look.task, Check))
        findings.update(map(translator.finding, run(data, Plan(checks))))
        for shape, query in (look.task for look in members if not isinstance(look.task, Check)):
            applicable[shape] |= applicable_roles(data, [query], translator)
        del data  # before the next store is loaded
    if only is None or only:
        listener("checking by the reference engine, about a second for each role")
        results = run_reference(check.whole().graph(), check.shapes, only)
        findings.update(map(translator.finding, results))
    by_reference = plan.by_reference if engine == "compiled" else {}
    report = make_report(check.config, check.roster, check.shapes, findings, applicable, by_reference)
    return replace(report, folder=os.path.relpath(check.directory))


@dataclass(frozen=True, slots=True)
class Look:
    """Something to do in a store that holds what it needs: a check, or a shape's query for focus nodes."""

    needs: frozenset[str] | None
    task: Check | tuple[str, str]


def _stores(
    check: CatalogCheck, looks: list[Look], listener: Listener
) -> Iterator[tuple[Data, list[Look]]]:
    """Stores with what some looks need, rules applied; one store where all of it fits the memory."""
    groups = _groups(check, looks)
    for number, (keys, members) in enumerate(groups, start=1):
        part = f", part {number} of {len(groups)}" if len(groups) > 1 else ""
        listener(f"applying the rules{part}")
        store = check.loaded if check.loaded is not None else check.partition.load(keys)
        for rule in _rules(_union(members)):
            store.load(derive(store, rule.text, check.iris), format=ox.RdfFormat.N_QUADS)
        listener(f"checking{part}")
        yield catalog_data(store, check.iris), members
        del store  # before the next one is loaded


def _union(looks: Iterable[Look]) -> frozenset[str] | None:
    """What some looks need together; None where one of them may look at anything."""
    needed = [look.needs for look in looks]
    return frozenset().union(*(one for one in needed if one is not None)) if None not in needed else None


def _keys(partition: Partition, look: Look) -> set[str]:
    """The kinds of triples that must be there for a look, and for the rules that make what it needs."""
    needed = [look.needs, *(rule.needs for rule in _rules(look.needs))]
    return set().union(*(partition.keys(one) for one in needed))


def _groups(check: CatalogCheck, looks: list[Look]) -> list[tuple[set[str], list[Look]]]:
    """Part the looks so that what each part needs fits the memory."""
    partition = check.partition
    groups: list[tuple[set[str], list[Look]]] = []
    wanted = [(_keys(partition, look), look) for look in looks]
    # The largest first: smaller ones then find most of what they need in a store that is there anyway.
    for keys, look in sorted(wanted, key=lambda item: -partition.size_bytes(item[0])):
        growth = {
            number: partition.size_bytes(keys - group)
            for number, (group, _) in enumerate(groups)
            if keys <= group or partition.size_bytes(keys | group) <= check.memory_budget_bytes
        }
        if not growth:
            groups.append((set(), []))
            growth[len(groups) - 1] = 0
        group, members = groups[min(growth, key=lambda number: growth[number])]
        group.update(keys)
        members.append(look)
    return groups


@dataclass(frozen=True, slots=True)
class _Rule:
    """A CONSTRUCT of queries/rules, what it makes and what it looks at."""

    text: str
    makes: frozenset[str]
    needs: frozenset[str] | None


@cache
def _every_rule() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(text, needs(text.partition("WHERE")[0]) or frozenset(), needs(text)) for text in rules()
    )


def _rules(wanted: frozenset[str] | None) -> list[_Rule]:
    """The rules that make something which somebody looks at, other rules among them; in name order."""
    keys = wanted
    kept: list[_Rule] = []
    for rule in reversed(_every_rule()):
        if keys is None or rule.makes & keys:
            kept.insert(0, rule)
            keys = None if keys is None or rule.needs is None else keys | rule.needs
    return kept
