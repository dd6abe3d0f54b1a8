"""The command line: one lazily loaded module per command, and one place that words errors."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from rolegraph.errors import CheckError, RolegraphError, SourceError

COMMANDS = {
    "init": ("rolegraph.cli.init", "Make a new catalog with one example role."),
    "import": ("rolegraph.cli.importing", "Read other people's files into the catalog."),
    "build": ("rolegraph.cli.build", "Turn the catalog into a snapshot of its graph."),
    "validate": ("rolegraph.cli.validate", "Say what is broken, doubtful or missing."),
    "diff": ("rolegraph.cli.diff", "Say what changed between two snapshots or releases."),
    "release": ("rolegraph.cli.release", "Freeze the snapshot under a version, with change notes."),
    "query": ("rolegraph.cli.query", "Answer a shipped query, a file, or SPARQL from stdin."),
    "serve": ("rolegraph.cli.serve", "Serve the graph over HTTP: SPARQL and a query page."),
    "token": ("rolegraph.cli.token", "Make a token for writing to, or reading from, a server."),
    "push": ("rolegraph.cli.push", "Load the graph into another store."),
    "export": ("rolegraph.cli.export", "Write the catalog in another standard's form."),
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command runs, so that `--version` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, turning rolegraph's own errors into lines on stderr and exit status 2."""
        try:
            return super().main(*args, **kwargs)
        except SourceError as error:
            for warning in error.warnings:
                click.echo(f"warning: {warning}", err=True)
            for problem in error.problems:
                click.echo(str(problem), err=True)
            count = len(error.problems)
            click.echo(f"{count} {'error' if count == 1 else 'errors'}; nothing was changed.", err=True)
        except CheckError as error:
            for row in error.rows:
                click.echo(row, err=True)
            click.echo("The graph breaks a rule that no snapshot may break; nothing was published.", err=True)
        except OSError as error:
            if isinstance(error, RolegraphError) or error.strerror is None:
                click.echo(f"rolegraph: {error}", err=True)
            else:
                place = f"{error.filename}: " if error.filename else ""
                click.echo(f"rolegraph: {place}{error.strerror}", err=True)
        except RolegraphError as error:
            click.echo(f"rolegraph: {error}", err=True)
        sys.exit(2)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rolegraph", prog_name="rolegraph")
def main() -> None:
    """Build, check, query and serve a knowledge graph of job roles."""
