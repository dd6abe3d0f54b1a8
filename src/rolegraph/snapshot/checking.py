"""A catalog directory in, a report on its completeness out; nothing is built or published."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from rdflib import Graph

from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.shacl.data import Data
from rolegraph.snapshot.assemble import apply_rules, read_inputs, shapes_files, write_quads
from rolegraph.validate import catalog_data, load_shapes


@dataclass(frozen=True, slots=True)
class CatalogCheck:
    """A catalog that is ready to be checked."""

    name: str
    data: Data
    shapes: Graph
    iris: Iris
    fail_on: str


def read_catalog_check(
    directory: Path,
    problems: Problems,
    listener: Callable[[str], None] = lambda _stage: None,
    shapes: list[Path] | None = None,
) -> CatalogCheck:
    """Read a catalog and load what its shapes look at.

    Args:
        directory: the catalog's root.
        problems: receives the warnings.
        listener: hears the name of each stage as it begins.
        shapes: files of shapes, in place of the shipped ones and the catalog's own.
    Raises:
        ConfigError: there is no catalog here.
        SourceError: with every fault of every input.
    """
    listener("reading the catalog")
    # Of O*NET only the codes and titles are looked at, so its other tables are not read.
    inputs = read_inputs(directory, problems, onet_tables=())
    files = shapes if shapes is not None else shapes_files(directory, inputs.config)
    graph = load_shapes(files)
    iris, config = inputs.iris, inputs.config
    store = ox.Store()
    with tempfile.TemporaryDirectory(prefix="rolegraph-") as folder:
        lines = Path(folder) / "lines.nq"
        listener(f"writing the graph of {len(inputs.catalog.roles):,} roles")
        with lines.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as stream:
            write_quads(inputs, stream.write)
        del inputs
        gc.collect()  # the records are as large as their graph
        listener("loading the graph")
        store.bulk_load(path=lines, format=ox.RdfFormat.N_QUADS)
    listener("applying the rules")
    for _ in apply_rules(store, iris):
        pass
    return CatalogCheck(config.catalog.name, catalog_data(store, iris), graph, iris, config.validate.fail_on)
