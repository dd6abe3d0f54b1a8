"""`rolegraph query`."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import click
import pyoxigraph as ox
from rich.console import Console
from rich.table import Table

from rolegraph.cli.options import catalog_option
from rolegraph.cli.target import open_target
from rolegraph.config import read_config
from rolegraph.documents import visible
from rolegraph.errors import Problems, QueryError, ReleaseError
from rolegraph.iris import Iris
from rolegraph.model.release import HISTORY_GRAPH
from rolegraph.query import HISTORY_PARAMETER, NamedQuery, bind, list_queries, load_query, parse_query
from rolegraph.snapshot.history import History, find_history
from rolegraph.snapshot.opening import Snapshot, open_snapshot, open_store
from rolegraph.sparql_errors import explain
from rolegraph.sparql_tokens import has_dataset_clause
from rolegraph.store import Results, evaluate, evaluate_history

SOLUTIONS: Final = {
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
}
GRAPHS: Final = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES}
_MEDIA_TYPES: Final = {fmt.media_type: name for name, fmt in (SOLUTIONS | GRAPHS).items()}
_OWN_QUERIES: Final = "queries"


@click.command("query")
@click.argument("source", metavar="NAME|FILE|-", required=False)
@click.option(
    "-p", "--param", "settings", metavar="KEY=VALUE", multiple=True, help="Set a parameter; may be repeated."
)
@catalog_option
@click.option(
    "--format",
    "wished",
    metavar="FORMAT",
    help=f"table, {', '.join([*SOLUTIONS, *GRAPHS])}, or a media type. Without it the name of the output"
    " file decides; else table on a terminal and csv (ttl for a graph) elsewhere.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, for stdout.")
@click.option(
    "--release",
    "versions",
    metavar="VERSION",
    multiple=True,
    help="Ask this release in place of the current graphs, which GRAPH still finds; several are merged.",
)
@click.option("--list", "listing", is_flag=True, help="List the queries with their parameters.")
def command(
    source: str | None,
    settings: tuple[str, ...],
    directory: Path,
    wished: str | None,
    output: Path | None,
    *,
    versions: tuple[str, ...],
    listing: bool,
) -> None:
    """Answer a query from the catalog's snapshot: a shipped one by name, a file, or stdin (-).

    A query sees a release when it names its graph, such as GRAPH <{base}graph/release/2026.11.0>.
    """
    folders = [directory / _OWN_QUERIES]
    if listing:
        _list(list_queries(folders))
        return
    if source is None:
        raise click.UsageError("name a query, a file or '-'; --list shows the names")
    query = _load(source, folders)
    snapshot = open_snapshot(directory)
    text = bind(query, _values(query, settings, directory, snapshot))
    format_name = _format_name(wished, output)
    with _interruptible():
        try:
            results = _evaluate(directory, snapshot, text, versions)
        except SyntaxError as error:
            raise QueryError(f"{source}: this is no SPARQL query: {explain(text, error)}") from error
        _write(results, format_name, output)


def _load(source: str, folders: list[Path]) -> NamedQuery:
    if source == "-":
        try:
            return parse_query(sys.stdin.buffer.read().decode("utf-8-sig"), "stdin")
        except UnicodeDecodeError as error:
            raise QueryError(f"stdin is not UTF-8 at byte {error.start}; send the query as UTF-8") from error
    path = Path(source)
    return load_query(path if path.suffix == ".rq" or path.is_file() else source, folders)


def _evaluate(directory: Path, snapshot: Snapshot, text: str, versions: tuple[str, ...]) -> Results:
    """Ask the snapshot; the store of history where the query names a release, or the command line does."""
    history = find_history(directory, snapshot)
    graphs = _release_graphs(directory, history, versions)
    if history is None or not (graphs or history.graphs.are_named(text)):
        return evaluate(open_store(snapshot), text)
    if graphs and has_dataset_clause(text):
        raise QueryError("the query names its dataset by FROM; take that out, or leave out --release")
    dataset = history.graphs.in_place_of_current(text, graphs) if graphs else ()
    return evaluate_history(history.open_store(), history.graphs, text, *dataset)


def _release_graphs(directory: Path, history: History | None, versions: tuple[str, ...]) -> tuple[str, ...]:
    known = {release.version: release.graph for release in history.releases} if history else {}
    unknown = [version for version in versions if version not in known]
    if unknown:
        there = f"there is {', '.join(known)}" if known else f"nothing is released yet in {directory}"
        raise ReleaseError(f"there is no release {' or '.join(unknown)}; {there}")
    return tuple(known[version] for version in versions)


def _values(
    query: NamedQuery, settings: tuple[str, ...], directory: Path, snapshot: Snapshot
) -> dict[str, list[str]]:
    """The parameters as given; a query that shows labels shows them in the catalog's language."""
    values: dict[str, list[str]] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise QueryError(f"parameter {setting!r} has no value; write -p {setting}=VALUE")
        values.setdefault(key, []).append(value)
    own = {param.name for param in query.params}
    if HISTORY_PARAMETER in own:
        values.setdefault(HISTORY_PARAMETER, [Iris(snapshot.base_iri).graph(HISTORY_GRAPH)])
    if "language" not in values and "language" in own:
        config = read_config(directory, Problems())
        if config is not None:
            values["language"] = [config.catalog.language]
    return values


def _format_name(wished: str | None, output: Path | None) -> str | None:
    """The format asked for by name, media type or file name; None leaves it to the kind of result."""
    suffix = output.suffix if output else ""
    name = wished or suffix.removeprefix(".") or None
    if name is None:
        return None
    name = _MEDIA_TYPES.get(name.lower(), name.lower())
    if name not in {"table", *SOLUTIONS, *GRAPHS}:
        raise QueryError(f"{name!r} is no format; choose table, {', '.join([*SOLUTIONS, *GRAPHS])}")
    return name


def _write(results: Results, format_name: str | None, output: Path | None) -> None:
    is_graph = isinstance(results, ox.QueryTriples)
    if format_name is None:
        on_terminal = output is None and sys.stdout.isatty()
        format_name = "ttl" if is_graph else "table" if on_terminal else "csv"
    offered = GRAPHS if is_graph else SOLUTIONS
    if format_name not in offered and not (format_name == "table" and not is_graph):
        kind = "triples" if is_graph else "a table of solutions"
        choice = ", ".join(offered)
        raise QueryError(f"the query gives {kind}, which {format_name} cannot hold; choose {choice}")
    with open_target(output) as target:
        if isinstance(results, ox.QueryTriples):
            results.serialize(target, format=GRAPHS[format_name])
        elif format_name != "table":
            results.serialize(target, format=SOLUTIONS[format_name])
        else:
            _write_table(results, target)


def _write_table(results: ox.QuerySolutions | ox.QueryBoolean, target: IO[bytes]) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8", write_through=True)
    if isinstance(results, ox.QueryBoolean):
        text.write("yes\n" if results else "no\n")
    else:
        table = Table(*(variable.value for variable in results.variables), title_justify="left")
        for solution in results:
            table.add_row(*("" if term is None else _plain(term) for term in solution))
        # A pipe has no width; a table that is written to one keeps its lines whole.
        width = None if sys.stdout.isatty() else 1000
        Console(file=text, width=width, markup=False, emoji=False, highlight=False).print(table)
        click.echo(f"{table.row_count} row{'' if table.row_count == 1 else 's'}", err=True)
    text.detach()


def _plain(term: Any) -> str:
    """A term as a person reads it: the text of a literal, an IRI as it is; nothing drives the terminal."""
    return visible(str(getattr(term, "value", term)))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the process at once: Python sees no signal while the engine evaluates."""
    previous = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _list(queries: tuple[NamedQuery, ...]) -> None:
    for query in queries:
        click.echo(f"{query.name}\n    {query.title}")
        for param in query.params:
            must = "must be given" if param.default is None else f"default {param.default}"
            click.echo(f"    -p {param.name}=…  {param.type}, {must}: {param.description}")
