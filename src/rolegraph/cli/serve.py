"""`rolegraph serve`."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.config import ServeSection, read_config
from rolegraph.endpoint.lanes import MAX_WAITING
from rolegraph.endpoint.pool import Pool, PoolOptions
from rolegraph.errors import Problems, StoreError
from rolegraph.snapshot.opening import open_snapshot
from rolegraph.web.app import create_app
from rolegraph.web.responses import Site

_SPARE_THREADS: Final = 16
"""Beside those that may hold a worker or wait for one, so that the health check always finds one."""
_BOOT_FAILURES: Final = (Arbiter.WORKER_BOOT_ERROR, Arbiter.APP_LOAD_ERROR)
_START_TIMEOUT_S: Final = 300
"""Gunicorn ends a process that is silent for so long; a big snapshot loads in a fraction of it."""


@click.command("serve")
@catalog_option
@click.option("--host", help="The address to listen on; as in rolegraph.toml, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; as in rolegraph.toml, else 8000.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="How many queries run at a time, beside one short one; else one for each core, at least 2.",
)
@click.option("--timeout-s", type=click.FloatRange(0, min_open=True), help="The time that a query may take.")
@click.option("--memory-mb", type=click.IntRange(16), help="The memory that a query may take.")
@click.option(
    "--memory-budget-mb",
    type=click.IntRange(16),
    help="The memory of the whole server; a graph that does not fit is read from disk, more slowly.",
)
def command(
    directory: Path,
    host: str | None,
    port: int | None,
    workers: int | None,
    timeout_s: float | None,
    memory_mb: int | None,
    memory_budget_mb: int | None,
) -> None:
    """Serve the catalog's current snapshot over HTTP: SPARQL at /sparql, a query page at /.

    The server answers queries and changes nothing. It listens on this machine only, unless --host
    says otherwise.
    """
    problems = Problems()
    config = read_config(directory, problems)
    problems.raise_errors()
    show_warnings(problems.warnings)
    section = config.serve if config else ServeSection()
    options: dict[str, Any] = {
        "timeout_s": timeout_s or section.timeout_s,
        "memory_mb": memory_mb or section.memory_mb,
        "memory_budget_mb": memory_budget_mb or section.memory_budget_mb,
    }
    if workers or section.workers:
        options["workers"] = workers or section.workers
    pool_options = PoolOptions(**options)
    snapshot = open_snapshot(directory)
    name = config.catalog.name if config else "rolegraph"

    def start() -> Site:
        pool = Pool(snapshot, pool_options)
        return Site(pool, name, snapshot.base_iri, (directory / "queries",))

    address = host or section.host, section.port if port is None else port
    logging.getLogger("rolegraph").setLevel(logging.INFO)
    threads = pool_options.workers + 1 + 2 * MAX_WAITING + _SPARE_THREADS
    main_process = os.getpid()
    try:
        _Server(start, _listen(*address), threads).run()
    except SystemExit as end:
        if end.code in _BOOT_FAILURES and os.getpid() == main_process:
            sys.exit(2)
        raise  # in the process that serves, the code tells gunicorn not to start another


def _listen(host: str, port: int) -> int:
    """The descriptor of a listening socket; gunicorn copies it and closes this one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family).detach()
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host}, port {port}: {error.strerror}") from error


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no type information
    """Gunicorn with one process of threads, which owns the pool.

    Args:
        start: makes the pool; called in the process that serves.
    """

    def __init__(self, start: Callable[[], Site], listener: int, threads: int) -> None:
        self._start = start
        self._listener = listener
        self._site: Site | None = None
        self._threads = threads
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": f"fd://{self._listener}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": self._threads,
            "timeout": _START_TIMEOUT_S,
            "graceful_timeout": 2,
            "loglevel": "warning",
            "limit_request_line": 8190,
            "control_socket_disable": True,
            "post_worker_init": self._announce,
            "worker_exit": self._stop,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:  # an older gunicorn has no control socket
                self.cfg.set(name, value)

    def load(self) -> Any:
        try:
            self._site = self._start()
        except StoreError as error:
            raise AppImportError(f"rolegraph: {error}") from error  # is shown without a traceback
        return create_app(self._site)

    @staticmethod
    def _announce(worker: Any) -> None:
        for listener in worker.sockets:
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            click.echo(f"Serving at http://{shown}:{port}/ (SPARQL at /sparql); stop with Ctrl+C.", err=True)

    def _stop(self, _server: Any, _worker: Any) -> None:
        if self._site is not None:
            self._site.pool.close()
