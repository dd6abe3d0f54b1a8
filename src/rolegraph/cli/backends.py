"""What answers a server's queries, made from the command line's choices and closed with the server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from rolegraph.cli.credentials import read_authorization
from rolegraph.describe.statistics import Statistics, read_statistics
from rolegraph.endpoint.pool import Pool, PoolOptions
from rolegraph.endpoint.upstream import Upstream, UpstreamOptions
from rolegraph.endpoint.watch import Watcher
from rolegraph.endpoint.writer import Writer, WriterOptions
from rolegraph.model.release import ReleaseGraph
from rolegraph.service.backend import Backend, GraphWriter
from rolegraph.snapshot.history import History, find_history
from rolegraph.snapshot.opening import WORK_FOLDER, Snapshot, open_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """A backend, its writer if it takes writes, and what is known already: counts, releases, rights."""

    backend: Backend
    writer: GraphWriter | None = None
    statistics: Callable[[str], Statistics | None] = lambda _generation: None
    releases: Callable[[], tuple[ReleaseGraph, ...]] = tuple
    rights: Callable[[], tuple[str, ...]] = tuple


def open_backing(
    directory: Path, settings: dict[str, Any], options: PoolOptions, stack: ExitStack
) -> Backing:
    """Start what the settings ask for.

    Args:
        directory: the catalog's root.
        settings: the options of `rolegraph serve`.
        options: limits of queries.
        stack: closes it all.
    Raises:
        StoreError: there is no snapshot, or it cannot be loaded, or its writes cannot be opened.
        ConfigError: the upstream's address or credentials are none.
    """
    if settings["upstream"]:
        return _open_upstream(settings, options, stack)
    snapshot = open_snapshot(directory)
    writer = None
    if settings["writable"]:
        writer = Writer(directory / WORK_FOLDER / "writable", snapshot, _writer_options(settings, options))
        stack.callback(writer.close)
    # What is written is not what was released, so that a writable server has no releases beside it.
    history = find_history(directory, snapshot) if writer is None else None
    pool = Pool(snapshot, options, writer, history)
    stack.callback(pool.close)
    if writer is None:  # writes stay on the snapshot that they were made on
        stack.callback(Watcher(directory, snapshot.id, pool, history).close)
    return Backing(
        backend=pool,
        writer=writer,
        statistics=_counted(pool),
        releases=_released(pool),
        rights=_rights(pool),
    )


def _open_upstream(settings: dict[str, Any], options: PoolOptions, stack: ExitStack) -> Backing:
    if settings["writable"]:
        raise click.UsageError(
            "--writable and --upstream do not go together; write to the other store itself"
        )
    authorization = read_authorization(
        settings["upstream_token_file"], settings["upstream_user"], settings["upstream_password_file"]
    )
    limits = UpstreamOptions(
        timeout_s=options.timeout_s,
        max_requests=options.workers + 1,
        queue_wait_s=options.queue_wait_s,
        default_graphs=settings["upstream_graphs"] or (),
        allowed=options.allowed_origins,
    )
    upstream = Upstream(settings["upstream"], authorization=authorization, options=limits)
    stack.callback(upstream.close)
    return Backing(backend=upstream)


def _writer_options(settings: dict[str, Any], options: PoolOptions) -> WriterOptions:
    return WriterOptions(
        timeout_s=options.timeout_s,
        memory_mb=options.memory_mb,
        queue_wait_s=options.queue_wait_s,
        allowed=options.allowed_origins,
        writes=settings["writes"],
    )


def _released(pool: Pool) -> Callable[[], tuple[ReleaseGraph, ...]]:
    """The releases that can be queried now."""
    return lambda: pool.history.releases if isinstance(pool.history, History) else ()


def _rights(pool: Pool) -> Callable[[], tuple[str, ...]]:
    """The statements of those whose data the snapshot was built with."""

    def found() -> tuple[str, ...]:
        snapshot = pool.snapshot
        return tuple(snapshot.manifest.get("rights", ())) if isinstance(snapshot, Snapshot) else ()

    return found


def _counted(pool: Pool) -> Callable[[str], Statistics | None]:
    """The numbers that a build wrote, for as long as they are those of the data."""

    def stored(generation: str) -> Statistics | None:
        snapshot = pool.snapshot
        if not isinstance(snapshot, Snapshot) or snapshot.id != generation:
            return None
        return read_statistics(snapshot.statistics_path)

    return stored
