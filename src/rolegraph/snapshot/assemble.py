"""A catalog's inputs in, all their quads out: what a build loads and a validation looks at."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

import pyoxigraph as ox

from rolegraph import resources
from rolegraph.config import Config
from rolegraph.derive import build_adjacency
from rolegraph.errors import Problems
from rolegraph.graph.catalog import CatalogGraph
from rolegraph.graph.crosswalks import build_crosswalks
from rolegraph.graph.dataset import describe_dataset
from rolegraph.graph.esco import build_esco
from rolegraph.graph.mappings import build_mappings
from rolegraph.graph.nquads import QuadWriter, lang_text, node
from rolegraph.graph.onet import build_onet
from rolegraph.graph.soc import build_soc
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog
from rolegraph.model.crosswalk import Crosswalks
from rolegraph.model.esco import EscoData
from rolegraph.model.onet import OnetDatabase
from rolegraph.shacl.files import read_graph
from rolegraph.shacl.lint import lint, report_faults
from rolegraph.sources.catalog import collect_catalog, levels_file
from rolegraph.sources.crosswalk import read_crosswalks
from rolegraph.sources.crosswalk_ends import report_ends
from rolegraph.sources.esco import read_esco
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.onet import read_onet
from rolegraph.sources.onetsoc2010 import resolve
from rolegraph.terms import term

Sink = Callable[[str], object]
Reference = Literal["onet", "esco", "crosswalks"]
REFERENCES: Final[tuple[Reference, ...]] = get_args(Reference)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that was read from a catalog directory."""

    directory: Path
    config: Config
    catalog: Catalog
    onet: OnetDatabase | None
    esco: EscoData | None = None
    crosswalks: Crosswalks = field(default_factory=Crosswalks)
    import_report: ImportReport = field(default_factory=ImportReport)
    """The rows of tables that were changed or could not be placed."""

    @property
    def iris(self) -> Iris:
        """The IRIs of this catalog."""
        return Iris(self.config.catalog.base_iri)

    @property
    def found(self) -> tuple[str, ...]:
        """What reference data was read: a line for O*NET, each source of ESCO, all of it, each crosswalk."""
        onet = () if self.onet is None else (str(self.onet),)
        esco = () if self.esco is None else (*map(str, self.esco.sources), str(self.esco))
        return (*onet, *esco, *map(str, self.crosswalks.files))


def read_inputs(
    directory: Path, problems: Problems, references: Collection[Reference] = REFERENCES
) -> Inputs:
    """Read a catalog and the reference data it names.

    Args:
        directory: the catalog's root.
        problems: receives the warnings.
        references: what to read besides the catalog's own files; without "onet", of O*NET only the codes
            and titles are read.
    Raises:
        ConfigError: there is no catalog here.
        SourceError: with every fault of every file.
    """
    config, catalog = collect_catalog(directory, problems)
    _check_shapes(directory, config, problems)
    sources, iris, report = config.sources, Iris(config.catalog.base_iri), ImportReport()
    onet, esco, crosswalks = None, None, Crosswalks()
    if sources.onet is not None:
        onet = read_onet(directory / sources.onet, problems, None if "onet" in references else ())
    if "esco" in references and sources.esco_locations:
        places = [directory / location for location in sources.esco_locations]
        esco = read_esco(places, problems, report)
    report.warn(problems)
    if "crosswalks" in references and sources.crosswalk_locations:
        files = read_crosswalks(directory, sources.crosswalk_locations, iris, problems, report)
        crosswalks = resolve(files, onet.titles() if onet is not None else {}, iris, problems, report)
        concepts = esco.concepts if esco is not None else None
        report_ends(crosswalks.files, onet is not None, concepts, iris, problems, report)
    problems.raise_errors()
    return Inputs(directory, config, catalog, onet, esco, crosswalks, report)


def _check_shapes(directory: Path, config: Config, problems: Problems) -> None:
    """A catalog's own shapes must be there, be readable, and say what SHACL understands."""
    for location in config.validate.shapes:
        if not (directory / location).exists():
            problems.error(location, 0, "there are no shapes here", "correct [validate] shapes")
    shipped = _turtle("shapes")
    own = [path for path in shapes_files(directory, config) if path not in shipped and path.exists()]
    if own:
        check_shapes(own, shipped, problems, lambda file: os.path.relpath(file, directory))


def check_shapes(
    own: list[Path], shipped: list[Path], problems: Problems, shown: Callable[[str], str] = str
) -> None:
    """Look for faults in shapes before they are used.

    Args:
        own: the files to look at.
        shipped: files that they may refer to.
        problems: receives every fault.
        shown: what to call a file.
    """
    ontology = read_graph(_turtle("ontology"), problems)
    names = {str(path) for path in own}
    faults = [fault for fault in lint([*shipped, *own], ontology) if fault.file in names]
    report_faults([dataclasses.replace(fault, file=shown(fault.file)) for fault in faults], problems)


def write_quads(inputs: Inputs, sink: Sink) -> None:
    """Hand every quad of every graph but the rules' results to `sink`, as N-Quads lines."""
    iris, catalog, config = inputs.iris, inputs.catalog, inputs.config

    def writer(graph: str) -> QuadWriter:
        return QuadWriter(iris.graph(graph), sink)

    _write_files(inputs, sink)
    CatalogGraph(iris, config.catalog.language, writer("catalog"), writer("provenance")).build(catalog)
    own = (mapping for role in catalog.roles for mapping in role.mappings)
    build_mappings((*catalog.mappings, *own), writer("mappings"), iris)
    build_crosswalks(inputs.crosswalks, writer("mappings"), iris)
    onet_titles = inputs.onet.titles() if inputs.onet is not None else {}
    build_soc(catalog.soc, onet_titles, iris, writer("soc"), onet_titles)
    if inputs.onet is not None:
        build_onet(inputs.onet, iris, writer("onet"), writer("provenance"))
    if inputs.esco is not None:
        build_esco(inputs.esco, iris, writer("esco"), writer("provenance"))
    build_adjacency(
        catalog.roles, catalog.taxonomy, catalog.levels, config.adjacency, iris, writer("derived")
    )
    _write_dataset(inputs, writer("provenance"))


def _write_files(inputs: Inputs, sink: Sink) -> None:
    """Write the Turtle files: ontology, levels and shapes."""
    levels, _ = levels_file(inputs.directory, inputs.config)
    files = [("levels", levels)]
    files += [("ontology", path) for path in _turtle("ontology") if path.name != "levels.ttl"]
    files += [("shapes", path) for path in shapes_files(inputs.directory, inputs.config)]
    store = ox.Store()
    for graph, path in files:
        store.extend(_named(path, ox.NamedNode(inputs.iris.graph(graph)), inputs.iris))
    # A dump, not the parser's own terms, so that numbers are in the store's spelling.
    dump = store.dump(format=ox.RdfFormat.N_QUADS) or b""
    for line in io.TextIOWrapper(io.BytesIO(dump), "utf-8", newline="\n"):
        sink(line)


def _named(path: Path, graph: ox.NamedNode, iris: Iris) -> Iterator[ox.Quad]:
    """The quads of a Turtle file, with an IRI in place of each blank node (RDF 1.1, section 3.5).

    The IRIs come from the canonical form of the file's graph (RDFC-1.0), so they are the same in every
    build and change only when the file's graph does.
    """
    dataset = ox.Dataset(ox.parse(path=path, format=ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    prefix = f"{iris.base}.well-known/genid/{path.stem}-"

    def name(term: Any) -> Any:
        return ox.NamedNode(prefix + term.value) if isinstance(term, ox.BlankNode) else term

    for quad in dataset:
        yield ox.Quad(name(quad.subject), quad.predicate, name(quad.object), graph)


def shapes_files(directory: Path, config: Config) -> list[Path]:
    """The shipped shapes and those that the catalog adds."""
    files = _turtle("shapes")
    for location in config.validate.shapes:
        path = directory / location
        files += sorted(path.glob("*.ttl")) if path.is_dir() else [path]
    return files


def _turtle(folder: resources.Folder) -> list[Path]:
    return sorted(resources.folder(folder).glob("*.ttl"))


def _write_dataset(inputs: Inputs, out: QuadWriter) -> None:
    dataset = node(inputs.iris.catalog)
    describe_dataset(dataset, inputs.config.catalog, inputs.catalog.credits, out.add)
    for statement in _reference_rights(inputs):
        out.add(dataset, term("dcterms:rights"), lang_text(statement, "en"))


def list_rights(inputs: Inputs) -> list[str]:
    """What those ask for whose data is inside: what the catalog took over, then its references."""
    own = (credit.statement for credit in inputs.catalog.credits)
    return list(dict.fromkeys([*own, *_reference_rights(inputs)]))


def _reference_rights(inputs: Inputs) -> Iterator[str]:
    if inputs.onet is not None:
        yield _onet_attribution(inputs)
    if inputs.esco is not None:
        yield _esco_attribution(inputs)


def _onet_attribution(inputs: Inputs) -> str:
    """The statement that USDOL/ETA asks for where its data was modified (domain model 8)."""
    known = inputs.onet.version if inputs.onet is not None else None
    release = f"{known} " if known else ""
    name = inputs.config.catalog.publisher or inputs.config.catalog.name
    return (
        f"This page includes information from the O*NET {release}Database by the U.S. "
        "Department of Labor, Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 "
        f"license. O*NET® is a trademark of USDOL/ETA. {name} has modified all or some of this information. "
        "USDOL/ETA has not approved, endorsed, or tested these modifications."
    )


def _esco_attribution(inputs: Inputs) -> str:
    """The statement that the Commission asks for, with the mark of a modified version (domain model 8)."""
    name = inputs.config.catalog.publisher or inputs.config.catalog.name
    return (
        "This service uses the ESCO classification of the European Commission. "
        f"{name} has modified it: repeated rows, repeated labels and stray spaces are removed."
    )


def apply_rules(store: ox.Store, iris: Iris) -> Iterator[bytes]:
    """Run `queries/rules/*.rq` in name order, each on the results of those before it.

    Args:
        store: receives the results in graph `derived`.
        iris: the IRIs of the catalog.
    Yields:
        the results of each rule as N-Quads.
    """
    for rule in rules():
        lines = derive(store, rule, iris)
        store.bulk_load(lines, format=ox.RdfFormat.N_QUADS)
        yield lines


def rules() -> list[str]:
    """The CONSTRUCT queries of `queries/rules`, in name order."""
    files = sorted((resources.folder("queries") / "rules").glob("*.rq"))
    return [file.read_text(encoding="utf-8") for file in files]


def derive(store: ox.Store, rule: str, iris: Iris) -> bytes:
    """What a rule makes of a store, as N-Quads of the graph `derived`."""
    triples = store.query(rule, use_default_graph_as_union=True)
    if not isinstance(triples, ox.QueryTriples):
        raise TypeError("a rule is no CONSTRUCT query")
    # No object of Python for each triple; a line ends where nothing else can have a line break.
    lines = triples.serialize(format=ox.RdfFormat.N_TRIPLES) or b""
    return lines.replace(b" .\n", f" <{iris.graph('derived')}> .\n".encode())


def catalog_store(inputs: Inputs) -> ox.Store:
    """All quads of the inputs, rules applied, in a store in memory; for small catalogs and checks."""
    lines: list[str] = []
    write_quads(inputs, lines.append)
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    for _ in apply_rules(store, inputs.iris):
        pass
    return store
