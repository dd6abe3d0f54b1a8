"""`rolegraph serve`."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.cli.server import run_server
from rolegraph.config import Config, ServeSection, read_config
from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.statistics import Statistics, read_statistics
from rolegraph.endpoint.pool import Pool, PoolOptions
from rolegraph.endpoint.watch import Watcher
from rolegraph.endpoint.writer import Writer, WriterOptions
from rolegraph.errors import IriError, Problems
from rolegraph.service.access_log import AccessLog
from rolegraph.service.answers import Limits
from rolegraph.service.guard import CrossOrigin
from rolegraph.service.service import MIB, Service, ServiceOptions
from rolegraph.service.tokens import Gate, read_tokens
from rolegraph.snapshot.opening import WORK_FOLDER, Snapshot, open_snapshot
from rolegraph.sparql_safety import parse_origin

_ANY: Final = "*"
_Command = TypeVar("_Command", bound=Callable[..., object])


def _origins(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    try:
        return frozenset(
            value if value == _ANY and option.name == "cors" else parse_origin(value) for value in values
        )
    except IriError as error:
        raise click.BadParameter(str(error), context, option) from error


_OPTIONS = (
    click.option("--host", help="The address to listen on; as in rolegraph.toml, else 127.0.0.1."),
    click.option("--port", type=click.IntRange(0, 65535), help="The port; as in rolegraph.toml, else 8000."),
    click.option(
        "--workers",
        type=click.IntRange(1, 256),
        help="How many queries run at a time, beside one short one; else one for each core, at least 2.",
    ),
    click.option(
        "--timeout-s", type=click.FloatRange(0, min_open=True), help="The time that a query may take."
    ),
    click.option("--memory-mb", type=click.IntRange(16), help="The memory that a query may take."),
    click.option(
        "--memory-budget-mb",
        type=click.IntRange(16),
        help="The memory of the whole server; a graph that does not fit is read from disk, more slowly.",
    ),
    click.option("--cache-mb", type=click.IntRange(0), help="The memory for answers that are kept; else 64."),
    click.option(
        "--max-rows", type=click.IntRange(1), help="The rows that an answer may have; else any number."
    ),
    click.option(
        "--max-answer-mb", type=click.IntRange(1), help="The size that an answer may have; else 1024."
    ),
    click.option(
        "--cors-origin",
        "cors",
        multiple=True,
        callback=_origins,
        help="An origin whose pages may read answers; may be repeated. Else any (*).",
    ),
    click.option(
        "--allow-service",
        "allowed",
        multiple=True,
        callback=_origins,
        help="An origin that SERVICE and LOAD may call; may be repeated. Else none.",
    ),
    click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Tokens that writes need; `rolegraph token` makes them.",
    ),
    click.option("--guard-reads", is_flag=True, help="Reading needs a token of --token-file too."),
    click.option(
        "--writable", is_flag=True, help="Take SPARQL updates and graphs; they are kept beside the snapshot."
    ),
    click.option(
        "--writes",
        type=click.Choice(["refuse", "carry", "discard"]),
        default="refuse",
        show_default=True,
        help="What to do at the start with writes made on another snapshot than the current one.",
    ),
    click.option(
        "--access-log",
        type=click.File("a", encoding="utf-8", lazy=False),
        help="Write a line of JSON for each request to this file; - is stdout.",
    ),
)


def _all_options(command: _Command) -> _Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("serve")
@catalog_option
@_all_options
def command(
    *,
    directory: Path,
    host: str | None,
    port: int | None,
    token_file: Path | None,
    writable: bool,
    **chosen: Any,
) -> None:
    """Serve the catalog's current snapshot over HTTP: SPARQL at /sparql, a query page at /.

    The server answers queries and, without --writable, changes nothing. It listens on this machine
    only, unless --host says otherwise. A new build is served as soon as it is there.
    """
    problems = Problems()
    config = read_config(directory, problems)
    tokens = read_tokens(token_file, problems) if token_file else ()
    problems.raise_errors()
    show_warnings(problems.warnings)
    section = config.serve if config else ServeSection()
    address = host or section.host, section.port if port is None else port
    if chosen["guard_reads"] and not tokens:
        raise click.UsageError("--guard-reads needs --token-file, which says whose tokens count")
    if writable and not tokens and not _is_loopback(address[0]):
        raise click.UsageError(
            f"--writable on {address[0]} without a token lets anyone write; "
            "give --token-file, or listen on 127.0.0.1"
        )
    settings = {name: value or getattr(section, name, None) for name, value in chosen.items()}
    snapshot = open_snapshot(directory)
    logging.getLogger("rolegraph").setLevel(logging.INFO)
    options = ServiceOptions(
        **_given(cache_mb=settings["cache_mb"]),
        limits=Limits(settings["max_rows"], (settings["max_answer_mb"] or 1024) * MIB),
        cross_origin=CrossOrigin(settings["cors"] or frozenset({_ANY})),
        gate=Gate(tokens, guards_reads=chosen["guard_reads"]),
        query_folders=(directory / "queries",),
    )
    pool_options = _pool_options(settings)
    log = AccessLog(chosen["access_log"]) if chosen["access_log"] else None
    listener = _listen(*address)
    with ExitStack() as stack:
        stack.callback(listener.close)
        writer = _open_writer(directory, snapshot, pool_options, chosen["writes"]) if writable else None
        if writer is not None:
            stack.callback(writer.close)
        pool = Pool(snapshot, pool_options, writer)
        stack.callback(pool.close)
        if writer is None:
            stack.callback(Watcher(directory, snapshot.id, pool).close)
        service = Service(
            pool,
            _facts(config, snapshot, pool_options),
            options,
            writer=writer,
            access_log=log,
            stored_statistics=_stored_statistics(pool),
        )
        run_server(service, listener, pool_options.workers)


def _given(**values: Any) -> dict[str, Any]:
    """The values that somebody chose, so that defaults stay where they are defined."""
    return {name: value for name, value in values.items() if value is not None}


def _pool_options(settings: dict[str, Any]) -> PoolOptions:
    names: Iterable[str] = ("workers", "timeout_s", "memory_mb", "memory_budget_mb")
    chosen = _given(**{name: settings[name] for name in names})
    return PoolOptions(**chosen, allowed_origins=settings["allowed"] or frozenset())


def _open_writer(
    directory: Path, snapshot: Snapshot, options: PoolOptions, writes: Literal["refuse", "carry", "discard"]
) -> Writer:
    limits = WriterOptions(
        timeout_s=options.timeout_s,
        memory_mb=options.memory_mb,
        queue_wait_s=options.queue_wait_s,
        allowed=options.allowed_origins,
        writes=writes,
    )
    return Writer(directory / WORK_FOLDER / "writable", snapshot, limits)


def _facts(config: Config | None, snapshot: Snapshot, options: PoolOptions) -> ServiceFacts:
    facts = ServiceFacts(
        endpoint="",
        base_iri=snapshot.base_iri,
        software_version=version("rolegraph"),
        allowed_origins=options.allowed_origins,
    )
    if config is None:
        return facts
    catalog = config.catalog
    return replace(
        facts,
        title=catalog.name,
        version=catalog.version,
        publisher=catalog.publisher,
        licence=catalog.licence,
        language=catalog.language,
    )


def _stored_statistics(pool: Pool) -> Callable[[str], Statistics | None]:
    """The numbers that a build wrote, for as long as they are those of the data."""

    def stored(generation: str) -> Statistics | None:
        snapshot = pool.snapshot
        if not isinstance(snapshot, Snapshot) or snapshot.id != generation:
            return None
        return read_statistics(snapshot.statistics_path)

    return stored


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
