"""Several clients at once, each in a process of its own, so that none waits for another's interpreter."""

from __future__ import annotations

import multiprocessing
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from _client import Client, Failure, build_request
from _servers import Server

KINDS = ("repeated", "distinct")


@dataclass
class Load:
    """What all clients saw: seconds of each answered request by kind, and failures by what was seen."""

    seconds: dict[str, array[float]] = field(default_factory=lambda: {kind: array("d") for kind in KINDS})
    failures: dict[str, int] = field(default_factory=dict)
    wall_s: float = 0.0

    def add(self, other: Load) -> None:
        """Take in what one more client, or one more round, saw."""
        for kind, seconds in other.seconds.items():
            self.seconds[kind].extend(seconds)
        for cause, count in other.failures.items():
            self.failures[cause] = self.failures.get(cause, 0) + count

    @property
    def answered(self) -> int:
        """How many requests were answered."""
        return sum(len(seconds) for seconds in self.seconds.values())


@dataclass(frozen=True, slots=True)
class Mix:
    """The texts that the clients send: a trivial query and a lookup of one of many roles, in turn.

    Every second request is one that was sent before; the others have a text that nobody sent yet.
    """

    trivial: str
    lookup: str
    codes: Sequence[str]

    def text(self, number: int, client: int, round_number: int) -> tuple[str, str]:
        """Kind and text of a client's n-th request."""
        is_distinct, is_lookup = number % 2, number // 2 % 2
        text = self.lookup if is_lookup else self.trivial
        code = self.codes[number % len(self.codes)] if is_distinct else self.codes[0]
        fresh = f"?r{round_number}c{client}n{number}" if is_distinct else "?fresh"
        return KINDS[is_distinct], text.replace("CODE", code).replace("?fresh", fresh)


def run_clients(server: Server, mix: Mix, clients: int, seconds: float, round_number: int) -> Load:
    """Let so many clients ask for so long, each as fast as it is answered."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(clients + 1)
    ends: list[Connection] = []
    processes = []
    for client in range(clients):
        mine, theirs = context.Pipe(duplex=False)
        arguments = (server, mix, client, seconds, round_number, barrier, theirs)
        process = context.Process(target=_run_client, args=arguments)
        process.start()
        theirs.close()
        ends.append(mine)
        processes.append(process)
    total = Load()
    barrier.wait()
    started = time.perf_counter()
    for end in ends:
        total.add(end.recv())
    total.wall_s = time.perf_counter() - started
    for process in processes:
        process.join()
    return total


def _run_client(
    server: Server,
    mix: Mix,
    client: int,
    seconds: float,
    round_number: int,
    barrier: Barrier,
    result: Connection,
) -> None:
    load = Load()
    number = 0
    # One after the other: texts are made before the clock of a request starts.
    with Client(server.port) as connection:
        barrier.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            kind, text = mix.text(number, client, round_number)
            number += 1
            request = build_request(server.port, server.path, text, "application/sparql-results+json")
            try:
                load.seconds[kind].append(connection.send(request).total_s)
            except Failure as failure:
                load.failures[str(failure)] = load.failures.get(str(failure), 0) + 1
    result.send(load)
