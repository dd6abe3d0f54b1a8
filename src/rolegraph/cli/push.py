"""`rolegraph push`."""

from __future__ import annotations

import ssl
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import click

from rolegraph.cli.credentials import read_authorization
from rolegraph.cli.options import catalog_option
from rolegraph.endpoint.store_http import StoreClient
from rolegraph.endpoint.upstream import Upstream, UpstreamOptions
from rolegraph.push import GraphStoreTarget, Method, PushOptions, UpdateTarget, push, sizes, verify
from rolegraph.snapshot.opening import open_snapshot

_UPDATE_CHUNK_BYTES = 1 << 20
_UPDATE_CHUNK_TRIPLES = 1_000
"""Virtuoso takes no update of more than 10,000 lines once it is SQL."""
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("push")
@click.argument("url")
@catalog_option
@click.option("--graph", "graphs", metavar="NAME", multiple=True, help="Only this graph; may be repeated.")
@click.option(
    "--method",
    type=click.Choice(["put", "post"]),
    default="put",
    show_default=True,
    help="Replace what the store has of each graph, or add to it.",
)
@click.option("--update", "by_update", is_flag=True, help="URL takes SPARQL updates, and not graphs.")
@click.option("--verify", "verify_url", metavar="URL", help="Count what arrived, by queries to this address.")
@click.option("--token-file", type=_FILE, help="Holds the token that the store asks for (Bearer).")
@click.option("--user", help="The name that the store asks for (Basic or Digest).")
@click.option("--password-file", type=_FILE, help="Holds that user's password.")
@click.option("--ca-file", type=_FILE, help="Certificates to trust, for https; else those of the system.")
@click.option("--timeout-s", type=click.FloatRange(0, min_open=True), default=300.0, show_default=True,
              help="The time that one request may take.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
def command(  # noqa: PLR0913, an option each
    url: str,
    *,
    directory: Path,
    graphs: tuple[str, ...],
    method: Method,
    by_update: bool,
    verify_url: str | None,
    token_file: Path | None,
    user: str | None,
    password_file: Path | None,
    ca_file: Path | None,
    timeout_s: float,
    dry_run: bool,
) -> None:
    """Load the snapshot's named graphs into another store, at its address URL for graphs.

    That is the address of its Graph Store Protocol, such as http://localhost:7878/store. A graph that
    the snapshot does not have is taken out of the store. stdout gets each graph's number of triples.
    """
    snapshot = open_snapshot(directory)
    if dry_run:
        _report(sizes(snapshot, graphs))
        return
    authorization = read_authorization(token_file, user, password_file)
    tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
    options = PushOptions(graphs=graphs, method=method, timeout_s=timeout_s)
    if by_update:
        options = replace(options, chunk_bytes=_UPDATE_CHUNK_BYTES, chunk_triples=_UPDATE_CHUNK_TRIPLES)
    with ExitStack() as stack:
        client = stack.enter_context(closing(StoreClient(url, authorization=authorization, tls=tls)))
        upstream = None
        if verify_url:  # before anything is sent, so that an address that is none is told at once
            limits = UpstreamOptions(timeout_s=timeout_s, tls=tls)
            upstream = Upstream(verify_url, authorization=authorization, options=limits)
            stack.callback(upstream.close)
        target = UpdateTarget(client) if by_update else GraphStoreTarget(client)
        pushed = push(snapshot, target, options, _show_progress)
        if upstream is not None:
            verify(snapshot, upstream, pushed, method)
            click.echo("Verified: the store holds each graph in full.", err=True)
    _report(pushed)


def _show_progress(name: str, sent: int, total: int) -> None:
    click.echo(f"{name}: {sent:,} of {total:,} triples", err=True)


def _report(graphs: dict[str, int]) -> None:
    for name, triples in graphs.items():
        click.echo(f"{name}\t{triples}")
