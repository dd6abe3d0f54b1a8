"""Nothing that a client can send makes this server open a connection: a listener counts them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.errors import Forbidden, QueryError
from rolegraph.sparql_safety import parse_origin
from rolegraph.store import evaluate, update
from servers import Server, make_catalog, start, stop

CASES = Path(__file__).parent / "cases" / "outgoing"
REFUSALS = (Forbidden, QueryError, SyntaxError, ValueError, RuntimeError, OSError)
RESULTS = b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"uri","value":"http://e/found"}}]}}'
TRIPLES = b"<http://e/found> <http://e/p> <http://e/o> .\n"


class Listener:
    """A web server that counts its connections and answers each with what SERVICE or LOAD would read.

    The count is up to date whenever a client has its answer. `/away` redirects to `target`.
    """

    def __init__(self) -> None:
        self.count = 0
        self.target = ""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection, suppress(OSError):
                first = connection.recv(65536)
                if first == b"close":
                    return
                self.count += 1
                connection.sendall(self._answer(first))

    def _answer(self, request: bytes) -> bytes:
        if b"/away" in request.partition(b"\r\n")[0]:
            location = f"Location: {self.target}/\r\n".encode()
            return b"HTTP/1.1 302 Found\r\n" + location + b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        is_post = request.startswith(b"POST")
        body = RESULTS if is_post else TRIPLES
        media_type = b"application/sparql-results+json" if is_post else b"application/n-triples"
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        return head % (media_type, len(body)) + body

    def close(self) -> None:
        with socket.create_connection(self._socket.getsockname()) as connection:
            connection.sendall(b"close")
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def other() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def lines(name: str) -> list[str]:
    """The texts of a file: one a line, with `~` for a line break in it."""
    text = (CASES / name).read_text(encoding="utf-8")
    return [line.replace("~", "\n") for line in text.splitlines()]


# `@URL@` stands for the listener's address as an IRI, `@ORIGIN@` and `@PORT@` for parts of it.
CALLING_QUERIES = lines("calling-queries.txt")
CALLING_UPDATES = lines("calling-updates.txt")

# No engine that keeps to the grammar calls anybody for these; a sloppy one might.
ODD_QUERIES = lines("odd-queries.txt")
ODD_UPDATES = lines("odd-updates.txt")
ODD_SPACES = [
    "\ufeff",
    "\x00",
    "\x0b",
    "\x0c",
    "\x85",
    "\u00a0",
    "\u2028",
    "\u2029",
    "\u200b",
    "\u3000",
    "\r",
]
QUERIES = [*CALLING_QUERIES, *ODD_QUERIES]
UPDATES = [*CALLING_UPDATES, *ODD_UPDATES]


def fill(text: str, listener: Listener) -> str:
    port = listener.origin.rpartition(":")[2]
    parts = {"@URL@": f"<{listener.origin}/>", "@ORIGIN@": listener.origin, "@PORT@": port}
    for name, value in parts.items():
        text = text.replace(name, value)
    return text


def consume(results: object) -> None:
    if isinstance(results, ox.QueryBoolean):
        bool(results)
    elif isinstance(results, ox.QuerySolutions | ox.QueryTriples):
        list(results)


def make_store() -> ox.Store:
    store = ox.Store()
    graph = ox.NamedNode("http://e/g")
    node = ox.NamedNode("http://e/s")
    store.add(ox.Quad(node, node, node, graph))
    store.add(ox.Quad(node, node, node, ox.DefaultGraph()))
    return store


def try_query(text: str, **fields: tuple[str, ...]) -> bool:
    """Ask a query as a client's; returns whether it was answered."""
    try:
        consume(evaluate(make_store(), text, **fields))
    except REFUSALS:
        return False
    return True


def try_update(text: str, **fields: tuple[str, ...]) -> bool:
    try:
        update(make_store(), text, **fields)
    except REFUSALS:
        return False
    return True


@pytest.mark.parametrize("text", CALLING_QUERIES)
def test_a_query_that_calls_a_server_is_forbidden(listener: Listener, text: str) -> None:
    with pytest.raises(Forbidden, match="--allow-service"):
        evaluate(make_store(), fill(text, listener))
    assert listener.count == 0


@pytest.mark.parametrize("text", CALLING_UPDATES)
def test_an_update_that_calls_a_server_is_forbidden(listener: Listener, text: str) -> None:
    with pytest.raises(Forbidden, match="--allow-service"):
        update(make_store(), fill(text, listener))
    assert listener.count == 0


@pytest.mark.parametrize("text", CALLING_QUERIES)
def test_the_engine_itself_would_call_for_each_query(other: Listener, text: str) -> None:
    """Else the texts would prove nothing."""
    with suppress(OSError, RuntimeError):  # what the answer is good for is another matter
        consume(make_store().query(fill(text, other)))
    assert other.count > 0


@pytest.mark.parametrize("text", CALLING_UPDATES)
def test_the_engine_itself_would_call_for_each_update(other: Listener, text: str) -> None:
    with suppress(OSError, RuntimeError):
        make_store().update(fill(text, other))
    assert other.count > 0


def test_graph_names_and_odd_texts_reach_nobody(listener: Listener) -> None:
    answered = [try_query(fill(text, listener)) for text in ODD_QUERIES]
    changed = [try_update(fill(text, listener)) for text in ODD_UPDATES]
    assert (sum(answered), sum(changed)) == (8, 8)
    assert listener.count == 0


def test_datasets_of_requests_are_never_fetched(listener: Listener) -> None:
    dataset = {"default_graphs": (f"{listener.origin}/d",), "named_graphs": (f"{listener.origin}/n",)}
    assert try_query("SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", **dataset)
    assert try_update("INSERT { ?s ?p 1 } WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", **dataset)
    for text in QUERIES:
        try_query(fill(text, listener), **dataset)
    for text in UPDATES:
        try_update(fill(text, listener), **dataset)
    assert listener.count == 0


@pytest.mark.parametrize("space", ODD_SPACES)
def test_odd_white_space_hides_nothing(listener: Listener, space: str) -> None:
    for text in [*QUERIES, *UPDATES]:
        filled = fill(text, listener)
        for odd in (space + filled, filled.replace(" ", space), re.sub("(?=[{<])", space, filled)):
            try_query(odd)
            try_update(odd)
    assert listener.count == 0


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("application/ld+json", '{{"@context": "{0}/c", "@id": "http://e/s", "p": "o"}}'),
        ("application/ld+json", '{{"@context": ["{0}/c", {{"@import": "{0}/i"}}], "@id": "http://e/s"}}'),
        ("application/rdf+xml", '<!DOCTYPE r [<!ENTITY x SYSTEM "{0}/e">]><r xmlns="{0}/">&x;</r>'),
        ("text/turtle", "@base <{0}/> . @prefix : <{0}/> . <x> :p <{0}/y> ."),
    ],
)
def test_data_that_names_other_documents_fetches_none(listener: Listener, media_type: str, text: str) -> None:
    with suppress(SyntaxError, ValueError):
        make_store().load(text.format(listener.origin), ox.RdfFormat.from_media_type(media_type))
    assert listener.count == 0


COMMENTS = st.sampled_from([" ", "\n", "\t", "#\n", "# SERVICE '\n", "#x\r", "  ", '#"""\n'])
PREFIXES = ["", "'a' ", "# '''\n", "FILTER(1<'x>' || 1=1) ", "FILTER(1=1||1<a:b#>'''\n) ", '"""a', "{} "]


@st.composite
def mutated(draw: st.DrawFn, texts: list[str]) -> str:
    """A text in another spelling: letters in other cases or as escapes, other white space, wrapped."""
    text = draw(st.sampled_from(texts))
    text = re.sub(" ", lambda _: draw(COMMENTS), text) if draw(st.booleans()) else text
    before = draw(st.sampled_from(PREFIXES))
    text = text.replace("{ ", "{ " + before, 1)
    text = re.sub(r"(?i)SERVICE|LOAD|SILENT", lambda match: draw(cased(match[0])), text)
    if draw(st.booleans()):
        text = text.replace(
            "SERVICE", draw(st.sampled_from(["SERVICE ", "SERVICE#\n", "} SERVICE ", "trueSERVICE"]))
        )
    for _ in range(draw(st.integers(0, 2))):
        index = draw(st.integers(0, len(text) - 1))
        piece = draw(
            st.sampled_from([f"\\u{ord(text[index]):04x}", "'", '"', "<", ">", "#", "\\", "{", "}", ""])
        )
        text = text[:index] + piece + text[index + 1 :]
    return text + draw(st.sampled_from(["", " #'", "'''", "> #", " }"]))


@st.composite
def cased(draw: st.DrawFn, word: str) -> str:
    return "".join(draw(st.sampled_from([letter.upper(), letter.lower()])) for letter in word)


@settings(max_examples=400, deadline=None)
@given(text=mutated(QUERIES))
def test_no_mutation_of_a_query_gets_out(listener: Listener, text: str) -> None:
    try_query(fill(text, listener))
    assert listener.count == 0


@settings(max_examples=400, deadline=None)
@given(text=mutated(UPDATES))
def test_no_mutation_of_an_update_gets_out(listener: Listener, text: str) -> None:
    try_update(fill(text, listener))
    assert listener.count == 0


# The allow-list.


def allow(listener: Listener) -> frozenset[str]:
    return frozenset([parse_origin(listener.origin)])


def test_an_allowed_origin_is_called_once(other: Listener) -> None:
    query = fill("SELECT * { SERVICE SILENT <@ORIGIN@/sparql?x=1> { ?s ?p ?o } }", other)
    solutions = evaluate(make_store(), query, allowed=allow(other))
    assert isinstance(solutions, ox.QuerySolutions)
    assert [str(solution["s"]) for solution in solutions] == ["<http://e/found>"]
    assert other.count == 1


def test_an_update_may_load_from_an_allowed_origin(other: Listener) -> None:
    store = ox.Store()
    update(store, fill("LOAD <@ORIGIN@/data> INTO GRAPH <http://e/new>", other), allowed=allow(other))
    assert [str(quad.subject) for quad in store] == ["<http://e/found>"]
    assert other.count == 1


@pytest.mark.parametrize(
    "target",
    [
        "<http://127.0.0.1:1/>",
        "<https://127.0.0.1:@PORT@/>",
        "<http://localhost:@PORT@/>",
        "<http://127.0.0.1/>",
        "<http://127.0.0.1:@PORT@0/>",
        "<http://example.org@127.0.0.1:@PORT@/>",
        "<@ORIGIN@@example.org/>",
        "<@ORIGIN@.example.org/>",
        r"<@ORIGIN@\u0040example.org/>",
        r"<@ORIGIN@\u002Fx>",
        "<x>",
        "<//127.0.0.1:@PORT@/>",
        "a:b",
        "?x",
        "SILENT SILENT @URL@",
        "",
    ],
)
def test_only_an_allowed_origin_written_in_full_may_be_called(listener: Listener, target: str) -> None:
    target = fill(target, listener)
    prologue = fill("BASE @URL@ PREFIX a: @URL@ ", listener)
    with pytest.raises(Forbidden):
        evaluate(
            make_store(), f"{prologue}SELECT * {{ SERVICE {target} {{ ?s ?p ?o }} }}", allowed=allow(listener)
        )
    with pytest.raises(Forbidden):
        update(make_store(), f"{prologue}LOAD {target} ;", allowed=allow(listener))
    assert listener.count == 0


def test_one_allowed_call_brings_no_other_along(listener: Listener, other: Listener) -> None:
    """Every call in every reading must be allowed, wherever it stands."""
    for text in CALLING_QUERIES:
        hostile = fill(text, other).replace("{ ", "{ " + fill("SERVICE @URL@ {} ", listener), 1)
        with pytest.raises(Forbidden):
            evaluate(make_store(), hostile, allowed=allow(listener))
    for text in CALLING_UPDATES:
        with pytest.raises(Forbidden):
            update(make_store(), fill(text, other), allowed=allow(listener))
    assert (listener.count, other.count) == (0, 0)


def test_a_redirect_is_not_followed(listener: Listener, other: Listener) -> None:
    """An allowed server could lead anywhere, if the engine did."""
    other.target = listener.origin
    query = fill("SELECT * { SERVICE <@ORIGIN@/away> { ?s ?p ?o } }", other)
    with pytest.raises(OSError, match="redirect"):
        consume(evaluate(make_store(), query, allowed=allow(other)))
    with pytest.raises(OSError, match="redirect"):
        update(make_store(), fill("LOAD <@ORIGIN@/away>", other), allowed=allow(other))
    assert (listener.count, other.count) == (0, 2)


# Processes.

LEAVE_AND_CALL = (
    "import sys, pyoxigraph as ox\n"
    "from rolegraph.endpoint.network import leave_network\n"
    "print(leave_network())\n"
    "try: list(ox.Store().query(sys.argv[1]))\n"
    "except OSError as error: print(error)\n"
)


def test_a_process_that_left_the_network_cannot_call_anybody(listener: Listener) -> None:
    """The second line of defence, with the first one out of the way."""
    query = fill("SELECT * { SERVICE @URL@ { ?s ?p ?o } }", listener)
    command = [sys.executable, "-c", LEAVE_AND_CALL, query]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if said.startswith("False"):
        pytest.skip("this kernel gives this user no network namespace")
    assert "unreachable" in said
    assert listener.count == 0


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_catalog(tmp_path_factory.mktemp("catalog"))


@pytest.fixture(scope="module")
def server(catalog: Path) -> Iterator[Server]:
    server = start(catalog, "--workers", "2")
    yield server
    stop(server)


def network(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def networks(server: Server) -> set[str]:
    """The networks that the server and the processes under it are in."""
    found = set()
    for pid in server.processes():
        with suppress(FileNotFoundError, PermissionError):  # ended meanwhile, or in a user namespace
            found.add(network(pid))
    return found


def test_a_real_server_calls_nobody(server: Server, listener: Listener) -> None:
    for text in CALLING_QUERIES:
        reply = server.query(fill(text, listener))
        assert (reply.status, reply.type) == (403, "application/problem+json"), text
    for text in ODD_QUERIES:
        assert server.query(fill(text, listener)).status in {200, 400, 403}, text
    for name in ("default-graph-uri", "named-graph-uri"):
        reply = server.query("ASK { ?s ?p ?o }", **{name: f"{listener.origin}/g"})
        assert reply.json()["boolean"] is False
    for text in CALLING_UPDATES[:5]:
        form = urlencode({"update": fill(text, listener), "using-graph-uri": f"{listener.origin}/g"})
        content_type = "application/x-www-form-urlencoded"
        assert server.send("POST", "/sparql", form, Content_Type=content_type).status in {401, 403}
    assert listener.count == 0


def test_workers_are_in_no_network_where_the_kernel_permits(server: Server) -> None:
    code = "from rolegraph.endpoint.network import leave_network as leave; print(leave())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert server.health()["has_network"] is (said == "False\n")
    if said == "True\n" and os.geteuid() == 0:
        assert len(networks(server)) == 2


def test_a_server_may_be_told_whom_to_call(catalog: Path, other: Listener, listener: Listener) -> None:
    server = start(catalog, "--workers", "2", "--allow-service", other.origin)
    try:
        reply = server.query(fill("SELECT ?s { SERVICE @URL@ { ?s ?p ?o } }", other), "text/csv")
        assert reply.body == b"s\r\nhttp://e/found\r\n"
        assert other.count == 1
        assert server.query(fill("SELECT * { SERVICE @URL@ { ?s ?p ?o } }", listener)).status == 403
        failed = server.query(fill("SELECT * { SERVICE <@ORIGIN@/away> { ?s ?p ?o } }", other))
        assert (failed.status, failed.type) == (502, "application/problem+json")
        assert "redirect" in failed.json()["detail"]
        assert listener.count == 0
        assert networks(server) == {network(os.getpid())}
    finally:
        stop(server)
