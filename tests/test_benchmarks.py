"""What the benchmarks measure with is right: the client reads whole bodies, the goals judge by medians."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pyoxigraph as ox
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def load(name: str) -> ModuleType:
    """A module of the benchmarks, which are scripts and no package."""
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = load("_client")
figures = load("_figures")

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def answering(*connections: tuple[bytes, ...]) -> Iterator[int]:
    """A server that sends each answer in turn to whatever it is asked, and then closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answers in connections:
            peer, _ = listener.accept()
            with peer:
                for answer in answers:
                    peer.recv(1 << 16)
                    peer.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(30)
        listener.close()


def ask(port: int, times: int = 1) -> list[bytes]:
    with client.Client(port, 20) as connection:
        request = client.build_request(port, "/sparql", "ASK {}", "text/csv")
        return [connection.send(request, keep=True).body for _ in range(times)]


def test_request_is_a_query_by_get() -> None:
    request = client.build_request(80, "/sparql", "ASK { ?a ?b '&' }", "text/csv")
    first, *headers = request.decode().split("\r\n")
    assert first == "GET /sparql?query=ASK%20%7B%20%3Fa%20%3Fb%20%27%26%27%20%7D HTTP/1.1"
    assert "Accept: text/csv" in headers


def test_client_reads_sized_and_chunked_bodies_over_one_connection() -> None:
    sized = OK + b"Content-Length: 5\r\n\r\nhello"
    chunked = CHUNKED + b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: t\r\n\r\n"
    with answering((sized, chunked, sized)) as port:
        assert ask(port, 3) == [b"hello", b"hello world", b"hello"]


def test_client_counts_what_it_does_not_keep() -> None:
    with (
        answering((CHUNKED + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",)) as port,
        client.Client(port, 20) as connection,
    ):
        exchange = connection.send(client.build_request(port, "/", "ASK {}", "text/csv"))
    assert (exchange.size_bytes, exchange.body) == (3, b"")
    assert 0 < exchange.first_byte_s <= exchange.total_s


def test_client_connects_again_when_the_server_said_that_it_closes() -> None:
    closing = OK + b"Connection: close\r\nContent-Length: 1\r\n\r\na"
    with answering((closing,), (closing,)) as port:
        assert ask(port, 2) == [b"a", b"a"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "status 503"),
        (OK + b"Content-Length: 5\r\n\r\nhel", "broke off"),
        (CHUNKED + b"5\r\nhello\r\n", "broke off"),
        (CHUNKED + b"2\r\nhello\r\n0\r\n\r\n", "longer than it says"),
        (b"", "broke off"),
        (b"nonsense\r\n\r\n", "the connection failed"),
    ],
)
def test_answer_that_is_not_whole_is_a_failure(answer: bytes, message: str) -> None:
    with answering((answer,)) as port, pytest.raises(client.Failure, match=message):
        ask(port)


def table(measure: str, **medians: float) -> dict[str, dict[str, object]]:
    return {
        measure: {name.replace("_", " "): figures.Figures([seconds]) for name, seconds in medians.items()}
    }


@pytest.mark.parametrize(("ours", "is_reached"), [(0.4, True), (0.41, False)])
def test_goal_is_reached_up_to_its_bound(ours: float, *, is_reached: bool) -> None:
    goal = figures.Goal("rows", "ours", 0.4, "theirs")
    found, line = goal.check(table("rows", ours=ours, theirs=1.0))
    assert found is is_reached
    assert line.startswith("reached" if is_reached else "MISSED")


def test_goal_in_milliseconds_needs_no_other_server() -> None:
    goal = figures.Goal("first byte", "ours", 20)
    assert goal.check(table("first byte", ours=0.0199))[0] is True
    assert goal.check(table("first byte", ours=0.0201))[0] is False


def test_goal_without_figures_is_neither_reached_nor_missed() -> None:
    goal = figures.Goal("rows", "ours", 0.4, "theirs")
    assert goal.check(table("rows", ours=1.0))[0] is None
    assert goal.check({})[0] is None


def test_failure_of_a_server_stands_in_the_table() -> None:
    failed = figures.Figures()
    failed.fail("status 500")
    lines = "\n".join(
        figures.show({"rows": {"theirs": failed}}, ["theirs"], {"other": "it is not installed"})
    )
    assert "no answer: 1 × status 500" in lines
    assert "not measured: it is not installed" in lines


def test_every_goal_of_the_issue_is_judged() -> None:
    found = [(goal.bound, goal.theirs) for goal in figures.goals()]
    for bound in (2.5, 1.0, 0.4, 1.3, 0.5, 20.0, 0.1):
        assert any(bound == other for other, _ in found)


def test_reference_data_is_measured_in_all_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference_data = load("reference_data")
    shutil.copytree(Path(__file__).parent / "cases" / "sources", tmp_path / "work")
    monkeypatch.setattr(reference_data, "ONET", "onet/database")
    monkeypatch.setattr(reference_data, "ESCO", ("esco/1.2.1", "esco/1.2.1-fi"))
    medians = reference_data.measure(tmp_path / "work", 1)
    assert list(medians) == ["O*NET", "ESCO", "csv", "oxigraph load"]
    assert min(medians.values()) > 0
    written = {path.name: path.read_bytes().count(b"\n") for path in (tmp_path / "work").glob("*.nq")}
    assert written["onet.nq"] > 500
    assert written["esco.nq"] > 250
    assert len(ox.Store.read_only(str(tmp_path / "work" / "store"))) == sum(written.values())
