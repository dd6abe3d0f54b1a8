"""`rolegraph serve`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.config import ServeSection, read_config
from rolegraph.endpoint.pool import Pool, PoolOptions
from rolegraph.errors import Problems
from rolegraph.snapshot.opening import open_snapshot
from rolegraph.web.app import create_app
from rolegraph.web.responses import Site

_THREADS: Final = 96
"""More than may wait for workers, so that the health check and pages always find one."""
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
def command(
    directory: Path,
    host: str | None,
    port: int | None,
    workers: int | None,
    timeout_s: float | None,
    memory_mb: int | None,
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
    }
    if workers or section.workers:
        options["workers"] = workers or section.workers
    snapshot = open_snapshot(directory)
    name = config.catalog.name if config else "rolegraph"

    def start() -> Site:
        return Site(Pool(snapshot, PoolOptions(**options)), name, (directory / "queries",))

    address = host or section.host, section.port if port is None else port
    logging.getLogger("rolegraph").setLevel(logging.INFO)
    _Server(start, address).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no type information
    """Gunicorn with one process of threads, which owns the pool.

    Args:
        start: makes the pool; called in the process that serves.
    """

    def __init__(self, start: Callable[[], Site], address: tuple[str, int]) -> None:
        self._start = start
        self._address = address
        self._site: Site | None = None
        super().__init__()

    def load_config(self) -> None:
        host, port = self._address
        settings = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": _THREADS,
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

    def load(self) -> Flask:
        self._site = self._start()
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
