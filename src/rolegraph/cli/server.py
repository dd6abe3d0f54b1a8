"""A service and a listening socket in: uvicorn runs them until somebody stops it."""

from __future__ import annotations

import logging
import resource
import signal
import socket
import sys
from types import FrameType
from typing import Final

import click
import uvicorn

from rolegraph.endpoint.lanes import MAX_WAITING
from rolegraph.service.service import Service
from rolegraph.web.app import create_app
from rolegraph.web.front import Front
from rolegraph.web.http_protocol import BoundedHttpProtocol

_SPARE_THREADS: Final = 16
"""Beside those that may hold a worker or wait for one, so that a page always finds one."""
_KEEP_ALIVE_S: Final = 75
_STOP_S: Final = 2


class _BrokenOff(logging.Filter):
    """Leaves out what uvicorn says of a body that was broken off on purpose: the service says why."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "returned without completing response" not in record.getMessage()


class _Server(uvicorn.Server):
    """Uvicorn that says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            click.echo(f"Serving at http://{shown}:{port}/ (SPARQL at /sparql); stop with Ctrl+C.", err=True)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def run_server(service: Service, listener: socket.socket, workers: int) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        service: what answers; the caller closes what is behind it.
        listener: the listening socket.
        workers: how many queries run at a time; so many threads and those that wait get one each.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # idle connections cost a descriptor each
    create_app(service)
    front = Front(service, workers + 1 + 2 * MAX_WAITING + _SPARE_THREADS)
    protocol = type(
        "Protocol", (BoundedHttpProtocol,), {"answer_at_once": staticmethod(front.answer_at_once)}
    )
    config = uvicorn.Config(
        front,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_STOP_S,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_BrokenOff())
    # Uvicorn ends by raising the signal that stopped it once more, now for whoever listened before.
    signal.signal(signal.SIGTERM, _leave)
    try:
        _Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        front.close()
