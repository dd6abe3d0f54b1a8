"""The endpoint against other SPARQL servers, in one run: same data, same client, round by round.

Usage: python benchmarks/endpoint.py [--catalog DIR | --onet DIR] [--rounds N] [--quick] [--json FILE]

Servers: rolegraph with the graph in memory and on disk, `oxigraph serve-read-only` on a copy of the same
store, `oxigraph serve` in memory, rdflib-endpoint over oxrdflib, Virtuoso. All of them run during the whole
run; in each round every server is asked the same, in an order that moves on. Measured: a trivial query with
a new text each time and repeated, 100,000 rows as CSV and as JSON with their first byte, a heavy aggregate,
and 8 clients at once (30 s for each server in all). Prints medians, 99th percentiles and the goals.

The data are the sample catalog with O*NET, where that is found (--onet, or in $ROLEGRAPH_SHARED, or in
`shared` beside the checkout), and a generated catalog otherwise. A query is never sent twice where its
figures are those of a new one, so that no server's cache answers.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from _client import Client, Exchange, Failure, build_request
from _figures import Figures, Table, goals, show
from _load import KINDS, Mix, run_clients
from _servers import (
    Data,
    Server,
    oxigraph_in_memory,
    oxigraph_on_disk,
    rdflib_endpoint,
    rolegraph,
    running,
    virtuoso,
)
from build import prepare
from generate import generate

ROOT = Path(__file__).resolve().parent.parent
CSV, JSON = "text/csv", "application/sparql-results+json"
CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is asked of every server in every round, at most so often and for so long.

    `is_fresh` gives each request a text of its own; `first_byte` names the measure of that, if any.
    """

    name: str
    query: str
    media_type: str
    times: int
    is_fresh: bool = True
    first_byte: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: requests of each kind in a round, and seconds for each measure and server."""

    rounds: int
    rows: int
    trivial: int
    heavy: int
    round_s: float
    clients_s: float
    generated_roles: int


FULL = Plan(rounds=5, rows=100_000, trivial=400, heavy=3, round_s=15, clients_s=6, generated_roles=1000)
QUICK = Plan(rounds=1, rows=5_000, trivial=50, heavy=1, round_s=2, clients_s=1.5, generated_roles=150)


def read_query(name: str) -> str:
    """The text of one of the benchmark's queries."""
    return (ROOT / "benchmarks" / "queries" / f"{name}.rq").read_text(encoding="utf-8")


def measures(plan: Plan, *, has_onet: bool) -> list[Measure]:
    """What is measured with one client."""
    aggregate = read_query("aggregate-onet" if has_onet else "aggregate-catalog")
    trivial, rows = read_query("trivial"), read_query("rows").replace("100000", str(plan.rows))
    return [
        Measure("trivial query, new each time", trivial, JSON, plan.trivial),
        Measure("trivial query, repeated", trivial, JSON, plan.trivial, is_fresh=False),
        *(
            Measure(name, rows, media_type, plan.heavy, first_byte=f"{name}, first byte")
            for name, media_type in ((f"{plan.rows:,} rows, CSV", CSV), (f"{plan.rows:,} rows, JSON", JSON))
        ),
        Measure("heavy aggregate", aggregate, CSV, plan.heavy),
    ]


@dataclass
class Run:
    """One run: the servers that take part, what was found so far, and a number for each new text."""

    servers: list[Server]
    plan: Plan
    table: Table
    numbers: Iterator[int]
    slow: dict[str, set[str]] = field(default_factory=dict)
    client_s: float = 0.0
    wall_s: float = 0.0

    def figures(self, measure: str, server: Server) -> Figures:
        """Where the figures of a measure of a server are kept."""
        return self.table.setdefault(measure, {}).setdefault(server.name, Figures())

    def text(self, measure: Measure) -> str:
        """The measure's query, with a variable that no query had before when it must be new."""
        return (
            measure.query.replace("?fresh", f"?fresh{next(self.numbers)}")
            if measure.is_fresh
            else measure.query
        )

    def ask(self, measure: Measure, server: Server, client: Client) -> Exchange:
        """Send the measure's query once."""
        return client.send(build_request(server.port, server.path, self.text(measure), measure.media_type))

    def round(self, number: int, found: list[Measure], mix: Mix) -> None:
        """Ask every server everything once more."""
        turn = number % len(self.servers)
        order = self.servers[turn:] + self.servers[:turn]
        for measure in found:
            for server in order:
                self.measure(measure, server)
        for server in order:
            load = run_clients(server, mix, CLIENTS, self.plan.clients_s, number)
            for kind in KINDS:
                self.figures(f"{CLIENTS} clients, {kind} queries", server).add_load(
                    load.seconds[kind], load.wall_s, {}
                )
            both = [seconds for kind in KINDS for seconds in load.seconds[kind]]
            self.figures(f"{CLIENTS} clients, all queries", server).add_load(both, load.wall_s, load.failures)

    def measure(self, measure: Measure, server: Server) -> None:
        """One round of one measure: stops at its count, at its time, or at a failure."""
        figures = self.figures(measure.name, server)
        if figures.failures or measure.name in self.slow.get(server.name, ()):
            return  # it failed, as the table says, or was too slow to be asked again
        end = time.perf_counter() + self.plan.round_s
        with Client(server.port) as client:
            try:
                if measure.times > 10:
                    self.ask(measure, server, client)  # opens the connection
                busy, started = time.process_time(), time.perf_counter()
                for _ in range(measure.times):
                    exchange = self.ask(measure, server, client)
                    figures.seconds.append(exchange.total_s)
                    if measure.first_byte is not None:
                        self.figures(measure.first_byte, server).seconds.append(exchange.first_byte_s)
                    if time.perf_counter() > end:
                        break
                self.client_s += time.process_time() - busy
                self.wall_s += time.perf_counter() - started
            except Failure as failure:
                figures.fail(str(failure))

    def check(self, found: list[Measure]) -> dict[str, dict[str, int]]:
        """Ask everything once before the rounds, and count the rows: they must agree."""
        for measure in found:  # the order in which the tables are shown
            for name in (measure.name, measure.first_byte):
                if name is not None:
                    self.table[name] = {}
        rows = {
            measure.name: {
                server.name: number
                for server in self.servers
                if (number := self._check_one(measure, server)) is not None
            }
            for measure in found
        }
        for name, counts in rows.items():
            usual = max(counts.values(), key=list(counts.values()).count, default=0)
            for server in self.servers:
                if counts.get(server.name, usual) != usual:
                    self.figures(name, server).fail(f"{counts[server.name]:,} rows instead of {usual:,}")
        return rows

    def _check_one(self, measure: Measure, server: Server) -> int | None:
        """The rows of one answer; one that takes longer than a round is the only one that is asked for."""
        request = build_request(server.port, server.path, self.text(measure), measure.media_type)
        figures = self.figures(measure.name, server)
        with Client(server.port) as client:
            try:
                exchange = client.send(request, keep=True)
            except Failure as failure:
                figures.fail(str(failure))
                return None
        if exchange.total_s > self.plan.round_s:
            self.slow.setdefault(server.name, set()).add(measure.name)
            figures.seconds.append(exchange.total_s)
            if measure.first_byte is not None:
                self.figures(measure.first_byte, server).seconds.append(exchange.first_byte_s)
        return count_rows(exchange.body, measure.media_type)


def count_rows(body: bytes, media_type: str) -> int:
    """The rows of an answer."""
    if media_type == JSON:
        return len(json.loads(body)["results"]["bindings"])
    return sum(1 for _ in csv.reader(io.StringIO(body.decode(), newline=""))) - 1


def read_codes(servers: list[Server]) -> list[str]:
    """Codes of roles, which the clients look up."""
    server = servers[0]
    with Client(server.port) as client:
        request = build_request(server.port, server.path, read_query("codes"), CSV)
        return client.send(request, keep=True).body.decode().split()[1:]


def find_onet(named: Path | None) -> Path | None:
    """The folder of an O*NET database, where there is one."""
    shared = Path(os.environ.get("ROLEGRAPH_SHARED", ROOT.parent / "shared"))
    folder = named or shared / "data" / "onet_29_0"
    return folder.resolve() if folder.is_dir() else None


def make_catalog(work: Path, onet: Path | None, roles: int) -> Path:
    """A built catalog: the sample with O*NET, or a generated one."""
    if onet is not None:
        catalog = prepare(work, onet)
    else:
        catalog = work / "catalog"
        generate(catalog, roles)
    print("building the catalog …", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "rolegraph", "build", "--catalog", str(catalog)], check=True)
    return catalog


def run_all(data: Data, plan: Plan, environments: Path, only: list[str]) -> dict[str, Any]:
    """Start the servers, run the rounds and print the result."""
    starters: dict[str, Callable[[Data], Server]] = {
        "rolegraph, memory": rolegraph("memory"),
        "rolegraph, disk": rolegraph("disk"),
        "oxigraph serve-read-only": oxigraph_on_disk,
        "oxigraph serve, memory": oxigraph_in_memory,
        "rdflib-endpoint": rdflib_endpoint(environments),
        "Virtuoso": virtuoso,
    }
    if only:
        starters = {name: start for name, start in starters.items() if any(part in name for part in only)}
    with running(starters, data) as (servers, absent):
        if not servers:
            sys.exit("no server could be started: " + "; ".join(absent.values()))
        run = Run(servers, plan, {}, count(1))
        found = measures(plan, has_onet=data.has_onet)
        rows = run.check(found)
        mix = Mix(read_query("trivial"), read_query("lookup"), read_codes(servers))
        for number in range(plan.rounds):
            print(f"round {number + 1} of {plan.rounds} …", file=sys.stderr, flush=True)
            run.round(number, found, mix)
        memory = {server.name: round(server.memory_mb()) for server in servers}
        return report(run, data, rows, memory, absent)


def report(
    run: Run, data: Data, rows: dict[str, dict[str, int]], memory: dict[str, int], absent: dict[str, str]
) -> dict[str, Any]:
    """Print everything, and give it as data."""
    kind = "sample catalog with O*NET" if data.has_onet else "generated catalog"
    print(
        f"{data.snapshot.quads:,} quads, {kind}; {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    for server in run.servers:
        cost = f"ready in {server.start_s:.1f} s, {memory[server.name]:,} MiB at the end"
        print(f"  {server.name}: {server.version}, {cost}")
    print(*show(run.table, [server.name for server in run.servers], absent), sep="\n")
    print(f"\nThe client computed for {run.client_s / run.wall_s:.1%} of the time, with one client.\n")
    checked = [goal.check(run.table) for goal in goals()]
    print(*(line for _, line in checked), sep="\n")
    return {
        "quads": data.snapshot.quads,
        "snapshot": data.snapshot.id,
        "cores": os.cpu_count(),
        "servers": {
            server.name: {
                "version": server.version,
                "start_s": server.start_s,
                "memory_mb": memory[server.name],
            }
            for server in run.servers
        },
        "not_measured": absent,
        "rows": rows,
        "measures": {
            measure: {name: figures.as_json() for name, figures in by_server.items()}
            for measure, by_server in run.table.items()
        },
        "goals": [{"reached": is_reached, "text": line} for is_reached, line in checked],
    }


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--catalog", type=Path, help="a catalog that is built, instead of a new one")
    add("--onet", type=Path, help="the folder of an O*NET database in text form")
    add("--rounds", type=int, help="instead of 5")
    add("--quick", action="store_true", help="a smoke run of a minute: 5,000 rows of a small catalog")
    add("--only", action="append", default=[], help="servers with this in their name; may be repeated")
    add("--environments", type=Path, help="where environments of peers are kept; else a temporary folder")
    add("--json", type=Path, help="write the result to this file as well")
    return parser.parse_args()


def main() -> None:
    """Read the options, make the data and run."""
    options = read_options()
    # A benchmark that is stopped still ends the servers that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    plan = QUICK if options.quick else FULL
    plan = replace(plan, rounds=options.rounds or plan.rounds)
    with tempfile.TemporaryDirectory(prefix="rolegraph-bench-") as folder:
        work = Path(folder)
        onet = None if options.quick else find_onet(options.onet)
        catalog = options.catalog or make_catalog(work, onet, plan.generated_roles)
        data = Data(catalog.resolve(), work)
        result = run_all(data, plan, options.environments or work / "environments", options.only)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
