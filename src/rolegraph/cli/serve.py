"""`rolegraph serve`."""

from __future__ import annotations

import logging
import socket
from contextlib import ExitStack
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import click

from rolegraph.cli.backends import open_backing
from rolegraph.cli.options import catalog_option, show_warnings
from rolegraph.cli.serve_options import ANY_ORIGIN, serve_options
from rolegraph.cli.server import run_server
from rolegraph.config import CatalogSection, read_config
from rolegraph.describe.facts import ServiceFacts
from rolegraph.endpoint.pool import PoolOptions
from rolegraph.errors import Problems
from rolegraph.service.access_log import AccessLog
from rolegraph.service.answers import Limits
from rolegraph.service.guard import CrossOrigin
from rolegraph.service.service import MIB, Service, ServiceOptions
from rolegraph.service.tokens import Gate, Token, read_tokens
from rolegraph.snapshot.opening import open_snapshot

_MAX_ANSWER_MB: Final = 1024
_BACKLOG: Final = 2048


@click.command("serve")
@catalog_option
@serve_options
def command(*, directory: Path, **chosen: Any) -> None:
    """Serve the catalog's current snapshot over HTTP: SPARQL at /sparql, a query page at /.

    The server answers queries and, without --writable, changes nothing. It listens on this machine
    only, unless --host says otherwise. A new build is served as soon as it is there.
    """
    problems = Problems()
    config = read_config(directory, problems)
    tokens = read_tokens(chosen["token_file"], problems) if chosen["token_file"] else ()
    problems.raise_errors()
    assert config is not None  # noqa: S101, without errors there is one
    show_warnings(problems.warnings)
    # A chosen 0 counts: it is a port, or no cache at all.
    settings: dict[str, Any] = {
        n: getattr(config.serve, n, None) if v is None else v for n, v in chosen.items()
    }
    _check(settings, tokens)
    logging.getLogger("rolegraph").setLevel(logging.INFO)
    pool_options = _pool_options(settings)
    listener = _listen(settings["host"], settings["port"])
    with ExitStack() as stack:
        stack.callback(listener.close)
        backing = open_backing(directory, settings, pool_options, stack)
        service = Service(
            backing.backend,
            _facts(config.catalog, settings, _rights(directory, settings)),
            _service_options(settings, tokens, directory),
            writer=backing.writer,
            access_log=AccessLog(settings["access_log"]) if settings["access_log"] else None,
            stored_statistics=backing.statistics,
            releases=backing.releases,
        )
        run_server(service, listener, pool_options.workers)


def _check(settings: dict[str, Any], tokens: tuple[Token, ...]) -> None:
    """Refuse choices that would let in whoever comes along."""
    if settings["guard_reads"] and not tokens:
        raise click.UsageError("--guard-reads needs --token-file, which says whose tokens count")
    if settings["writable"] and not tokens and not _is_loopback(settings["host"]):
        raise click.UsageError(
            f"--writable on {settings['host']} without a token lets anyone write; "
            "give --token-file, or listen on 127.0.0.1"
        )


def _given(**values: Any) -> dict[str, Any]:
    """The values that somebody chose, so that defaults stay where they are defined."""
    return {name: value for name, value in values.items() if value is not None}


def _pool_options(settings: dict[str, Any]) -> PoolOptions:
    names = ("workers", "timeout_s", "memory_mb", "memory_budget_mb")
    chosen = _given(**{name: settings[name] for name in names})
    return PoolOptions(**chosen, allowed_origins=settings["allowed"])


def _service_options(settings: dict[str, Any], tokens: tuple[Token, ...], directory: Path) -> ServiceOptions:
    return ServiceOptions(
        **_given(cache_mb=settings["cache_mb"]),
        limits=Limits(settings["max_rows"], (settings["max_answer_mb"] or _MAX_ANSWER_MB) * MIB),
        cross_origin=CrossOrigin(settings["cors"] or frozenset({ANY_ORIGIN})),
        gate=Gate(tokens, guards_reads=settings["guard_reads"]),
        query_folders=(directory / "queries",),
    )


def _rights(directory: Path, settings: dict[str, Any]) -> str | None:
    """What the publishers of reference data want said; an upstream store says so itself."""
    if settings["upstream"]:
        return None
    return "\n".join(open_snapshot(directory).manifest.get("rights", ())) or None


def _facts(catalog: CatalogSection, settings: dict[str, Any], rights: str | None) -> ServiceFacts:
    return ServiceFacts(
        endpoint="",
        base_iri=catalog.base_iri,
        title=catalog.name,
        version=catalog.version,
        publisher=catalog.publisher,
        licence=catalog.licence,
        rights=rights,
        language=catalog.language,
        software_version=version("rolegraph"),
        allowed_origins=settings["allowed"],
        is_upstream=bool(settings["upstream"]),
        has_union_default_graph=not settings["upstream"],
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
