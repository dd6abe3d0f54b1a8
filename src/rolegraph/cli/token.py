"""`rolegraph token`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import click

from rolegraph.errors import Problems
from rolegraph.service.tokens import add_token, new_token, read_tokens


@click.command("token")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(["read", "write"]),
    default="write",
    show_default=True,
    help="What it lets its owner do; whoever may write may read.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file of `rolegraph serve --token-file`; it is made, or gets one more line.",
)
def command(name: str, scope: Literal["read", "write"], token_file: Path) -> None:
    """Make a token for NAME, and show it once: the file keeps only its hash.

    Take a line out of the file to end its token; a running server reads the file at its start.
    """
    problems = Problems()
    known = read_tokens(token_file, problems) if token_file.exists() else ()
    problems.raise_errors()
    if any(token.name == name for token in known):
        raise click.UsageError(
            f"{token_file} has a token for {name!r}; take out its line, or choose another name"
        )
    text, token = new_token(name, scope)
    try:
        line = token.line()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    add_token(token_file, line)
    click.echo(text)
    click.echo(
        f"{name} may {scope}; {os.fspath(token_file)} holds the hash. Send `Authorization: Bearer …`.",
        err=True,
    )
