"""The worker pool tells the truth about every query, and comes back after every failure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest
import zstandard

from rolegraph.endpoint.pool import Pool, PoolOptions
from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.errors import (
    Busy,
    Forbidden,
    NotAcceptable,
    QueryError,
    QueryMemory,
    QueryTimeout,
    StoreError,
    WorkerFailure,
)
from rolegraph.results import GRAPHS, SOLUTIONS
from rolegraph.snapshot import Snapshot

ROWS = 400
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != ?g || ?c < ?i) }"
BOMB = "SELECT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(STR(?c)) > 0) }"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("snapshot")
    graphs = ["http://e/graph/a", "http://e/graph/b"]
    lines = [f'<http://e/s{n}> <http://e/p> "value {n}" <{graphs[n % 2]}> .\n' for n in range(ROWS)]
    text = "".join(lines).encode()
    (folder / "graph.nq.zst").write_bytes(zstandard.compress(text))
    store = ox.Store(str(folder / "store"))
    store.bulk_load(text, ox.RdfFormat.N_QUADS)
    store.optimize()
    del store
    return Snapshot("small", folder, {"graphs": {"a": ROWS}})


def options(**changes: object) -> PoolOptions:
    return PoolOptions(**{"workers": 2, "timeout_s": 60, "memory_mb": 256, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pool(snapshot: Snapshot) -> Iterator[Pool]:
    pool = Pool(snapshot, options())
    wait_until(workers_back(pool))
    yield pool
    pool.close()


@pytest.fixture
def make_pool(snapshot: Snapshot) -> Iterator[Callable[..., Pool]]:
    pools = []

    def make(**changes: object) -> Pool:
        pools.append(Pool(snapshot, options(**changes)))
        wait_until(workers_back(pools[-1]))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def ask(pool: Pool, query: str, **fields: object) -> bytes:
    answer = pool.run(RunRequest(query=query, **fields))  # type: ignore[arg-type]
    return b"".join(answer)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether a process ended and was collected; a zombie is not gone."""
    return not Path(f"/proc/{pid}").exists()


def workers_back(pool: Pool) -> Callable[[], bool]:
    return lambda: pool.status()["workers_idle"] == pool.status()["workers"]


def test_each_kind_comes_in_its_format(pool: Pool) -> None:
    csv, nt = SOLUTIONS[2], GRAPHS[1]
    assert json.loads(ask(pool, "ASK { <http://e/s1> ?p ?o }"))["boolean"] is True
    assert ask(pool, "SELECT ?o { <http://e/s1> ?p ?o }", solutions=csv) == b"o\r\nvalue 1\r\n"
    construct = "CONSTRUCT WHERE { <http://e/s1> ?p ?o }"
    assert ask(pool, construct, graph=nt) == b'<http://e/s1> <http://e/p> "value 1" .\n'
    assert pool.run(RunRequest(query=construct)).content_type == "text/turtle; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "missing"),
    [("SELECT * {}", "solutions"), ("ASK {}", "solutions"), ("DESCRIBE <http://e/s1>", "graph")],
)
def test_a_kind_without_acceptable_format_is_refused(pool: Pool, query: str, missing: str) -> None:
    with pytest.raises(NotAcceptable):
        ask(pool, query, **{missing: None})


@pytest.mark.parametrize("query", ["SELECT", "SELECT * { ?s ?p <a b> }", "SELECT (<http://e/f>(1) AS ?x) {}"])
def test_what_the_engine_refuses_is_a_query_error(pool: Pool, query: str) -> None:
    with pytest.raises(QueryError):
        ask(pool, query)


def test_a_graph_iri_that_is_none_is_a_query_error(pool: Pool) -> None:
    with pytest.raises(QueryError):
        ask(pool, "ASK {}", default_graphs=("not an iri",))


def test_service_is_refused(pool: Pool) -> None:
    with pytest.raises(Forbidden):
        ask(pool, "SELECT * { SERVICE:a { ?s ?p ?o } }")


COUNT = "SELECT (COUNT(*) AS ?n) %s { ?s ?p ?o }"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) %s { GRAPH ?g { ?s ?p ?o } }"
A, B = "http://e/graph/a", "http://e/graph/b"


@pytest.mark.parametrize(
    ("query", "default_graphs", "named_graphs", "expected"),
    [
        (COUNT % "", (), (), ROWS),
        (COUNT_NAMED % "", (), (), ROWS),
        (COUNT % f"FROM <{A}>", (), (), ROWS // 2),
        (COUNT % f"FROM NAMED <{A}>", (), (), 0),
        (COUNT_NAMED % f"FROM NAMED <{A}>", (), (), ROWS // 2),
        (COUNT % "", (A,), (), ROWS // 2),
        (COUNT % "", (A, A), (), ROWS // 2),
        (COUNT % "", (A, B), (), ROWS),
        (COUNT % f"FROM <{A}>", (A, B), (), ROWS),
        (COUNT % f"FROM <{A}>", (), (B,), 0),
        (COUNT_NAMED % "", (A,), (), 0),
        (COUNT_NAMED % f"FROM NAMED <{A}>", (), (A, B), ROWS),
    ],
)
def test_the_dataset_is_the_requests_then_the_querys_then_the_union(
    pool: Pool, query: str, default_graphs: tuple[str, ...], named_graphs: tuple[str, ...], expected: int
) -> None:
    body = ask(pool, query, default_graphs=default_graphs, named_graphs=named_graphs, solutions=SOLUTIONS[2])
    assert body == b"n\r\n%d\r\n" % expected


def test_a_page_has_the_first_rows_and_says_whether_there_are_more(pool: Pool) -> None:
    query = "SELECT ?s ?o ?none { ?s ?p ?o } LIMIT 3"
    page = json.loads(ask(pool, query, max_rows=2))
    assert page["variables"] == ["s", "o", "none"]
    assert len(page["rows"]) == 2
    assert page["more"] is True
    assert page["rows"][0][0]["type"] == "uri"
    assert page["rows"][0][2] is None
    assert json.loads(ask(pool, query, max_rows=3))["more"] is False
    assert json.loads(ask(pool, "ASK {}", max_rows=3)) == {"boolean": True}
    assert json.loads(ask(pool, "DESCRIBE <http://e/s1>", max_rows=3))["variables"][0] == "subject"


def test_a_long_result_arrives_whole(pool: Pool) -> None:
    body = ask(pool, STREAM, solutions=SOLUTIONS[3])
    assert body.count(b"\n") == ROWS * ROWS + 1


def test_a_deadline_before_the_first_bytes_is_a_timeout(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(timeout_s=0.3)
    pids = set(pool.processes())
    with pytest.raises(QueryTimeout, match=r"0\.3 s"):
        ask(pool, RUNAWAY)
    wait_until(workers_back(pool))
    assert len(set(pool.processes()) - pids) == 1
    assert ask(pool, "ASK {}")


def test_a_deadline_covers_the_whole_answer(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(timeout_s=1)
    answer = pool.run(RunRequest(query=STREAM))
    assert next(answer)
    time.sleep(1.1)
    with pytest.raises(QueryTimeout):
        list(answer)
    wait_until(workers_back(pool))


def test_a_memory_bomb_costs_one_worker(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(memory_mb=48)
    with pytest.raises(QueryMemory):
        ask(pool, BOMB)
    wait_until(workers_back(pool))
    assert ask(pool, "ASK {}")


def running(pool: Pool, query: str) -> Answer:
    """An answer in the middle of its bytes."""
    answer = pool.run(RunRequest(query=query))
    assert next(answer)
    assert not answer.is_whole
    return answer


def test_a_killed_worker_is_a_failure_and_is_replaced(pool: Pool) -> None:
    answer = running(pool, STREAM)
    wait_until(lambda: pool.status()["workers_idle"] == 2)
    for pid in pool.processes()[1:]:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerFailure, match="SIGKILL"):
        list(answer)
    answer.close()  # a server does so in any case; the worker must not be given up twice
    wait_until(workers_back(pool))
    assert ask(pool, "ASK {}")


def test_a_worker_that_died_idle_fails_no_query(pool: Pool) -> None:
    for pid in pool.processes()[1:]:
        os.kill(pid, signal.SIGKILL)
    for _ in range(6):
        assert ask(pool, "ASK {}")
    wait_until(workers_back(pool))


def test_a_closed_answer_frees_its_worker(pool: Pool) -> None:
    running(pool, STREAM).close()
    wait_until(workers_back(pool))
    assert ask(pool, "ASK {}")


def test_the_pool_recovers_from_the_death_of_its_loader(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    answer = running(pool, STREAM)
    before = pool.processes()
    os.kill(before[0], signal.SIGKILL)
    with pytest.raises(WorkerFailure):
        list(answer)
    wait_until(lambda: all(is_gone(pid) for pid in before))
    wait_until(workers_back(pool))
    assert ask(pool, "ASK {}")


def is_computing(pid: int) -> bool:
    """Whether a process has used a fifth of a second of processor time: it is in the middle of a query."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK") > 0.2


def test_short_queries_pass_runaways(make_pool: Callable[..., Pool]) -> None:
    """The runaways hold every general worker until the short queries are answered."""
    pool = make_pool(timeout_s=600, queue_wait_s=600, short_timeout_s=5)
    with ThreadPoolExecutor(8) as threads:
        runaways = [threads.submit(ask, pool, RUNAWAY) for _ in range(2)]
        wait_until(lambda: pool.status()["workers_idle"] == 1)
        assert all(threads.map(lambda _: ask(pool, "ASK {}"), range(20)))
        assert not any(runaway.done() for runaway in runaways)
        wait_until(lambda: all(is_computing(pid) for pid in pool.processes()[1:3]))
        for pid in pool.processes()[1:3]:
            os.kill(pid, signal.SIGKILL)
        for runaway in runaways:
            assert isinstance(runaway.exception(), WorkerFailure)


def test_a_long_query_waits_and_then_hears_that_all_are_busy(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(workers=1, timeout_s=600, queue_wait_s=0.2, short_timeout_s=0.1)
    with ThreadPoolExecutor(1) as threads:
        runaway = threads.submit(ask, pool, RUNAWAY)
        wait_until(lambda: pool.status()["workers_idle"] == 1)
        with pytest.raises(Busy):
            ask(pool, RUNAWAY)
        wait_until(lambda: pool.status()["workers_idle"] == 1)
        assert ask(pool, "ASK {}")
        wait_until(lambda: is_computing(pool.processes()[1]))
        os.kill(pool.processes()[1], signal.SIGKILL)
        assert isinstance(runaway.exception(), WorkerFailure)


def test_beyond_the_memory_budget_workers_read_the_store_on_disk(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(memory_budget_mb=1, timeout_s=0.5)
    assert not pool.is_in_memory
    assert ask(pool, COUNT % "", solutions=SOLUTIONS[2]) == b"n\r\n%d\r\n" % ROWS
    with pytest.raises(QueryTimeout):
        ask(pool, RUNAWAY)
    wait_until(workers_back(pool))
    assert ask(pool, "ASK {}")


def test_memory_mode_counts_a_copy_for_each_worker() -> None:
    quads = 3_300_000
    assert not options(memory_budget_mb=4096).fits_memory(quads)
    assert options(memory_budget_mb=5200).fits_memory(quads)


@pytest.mark.parametrize("content", [None, b"no zstandard", zstandard.compress(b"no quads")])
def test_a_snapshot_that_cannot_be_loaded_is_a_store_error(tmp_path: Path, content: bytes | None) -> None:
    dump = tmp_path / "graph.nq.zst"
    if content is not None:
        dump.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be loaded"):
        Pool(Snapshot("none", tmp_path, {"graphs": {}}), options())


def test_closing_leaves_no_process(snapshot: Snapshot) -> None:
    pool = Pool(snapshot, options())
    wait_until(workers_back(pool))
    processes = pool.processes()
    assert len(processes) == 4
    pool.close()
    assert all(is_gone(pid) for pid in processes)


def test_a_killed_server_leaves_no_process(snapshot: Snapshot) -> None:
    script = (
        "import sys, time; from pathlib import Path; from types import SimpleNamespace as S\n"
        "from rolegraph.endpoint.pool import Pool\n"
        "pool = Pool(S(id='s', dump_path=Path(sys.argv[1]), store_path=Path('none'), quads=1))\n"
        "while len(pool.processes()) < 4: time.sleep(0.01)\n"
        "print(*pool.processes(), flush=True); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, str(snapshot.dump_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        processes = [int(pid) for pid in server.stdout.readline().split()]
        assert processes
        server.kill()
    # Nobody may be there to collect orphans in a container, so an ended one counts as gone.
    wait_until(lambda: not any(runs(pid) for pid in processes))


def runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
