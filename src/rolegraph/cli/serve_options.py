"""The options of `rolegraph serve`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import click

from rolegraph.errors import IriError
from rolegraph.sparql_safety import parse_origin

ANY_ORIGIN: Final = "*"
_FILE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
_Command = TypeVar("_Command", bound=Callable[..., object])


def _origins(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    may_be_any = option.name == "cors"
    try:
        return frozenset(v if v == ANY_ORIGIN and may_be_any else parse_origin(v) for v in values)
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
        help="An origin that SERVICE and LOAD may call, redirects not followed; may be repeated. Else none.",
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
        "--upstream",
        metavar="URL",
        help="Answer from another store, at this address for queries, and not from the snapshot.",
    ),
    click.option(
        "--upstream-graph",
        "upstream_graphs",
        metavar="IRI",
        multiple=True,
        help="A graph that queries see which name none; may be repeated. Else what the store has for that.",
    ),
    click.option(
        "--upstream-token-file", type=_FILE, help="Holds the token that the store asks for (Bearer)."
    ),
    click.option("--upstream-user", help="The name that the store asks for (Basic or Digest)."),
    click.option("--upstream-password-file", type=_FILE, help="Holds that user's password."),
    click.option(
        "--access-log",
        type=click.File("a", encoding="utf-8", lazy=False),
        help="Write a line of JSON for each request to this file; - is stdout.",
    ),
)


def serve_options(command: _Command) -> _Command:
    """Give a command all of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
