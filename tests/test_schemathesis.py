"""Whatever the OpenAPI document allows, and what it does not, gets an answer that the document tells of.

Schemathesis reads /openapi.json from a running server and asks that server: the examples of the document,
each bound of each schema (valid and just not valid), undeclared methods and media types, and texts at random.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import Server, make_catalog, start, stop

TESTS = Path(__file__).parent
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
    "ignored_auth",
)
PROTOCOLS = "^/(sparql|graphs)"


@pytest.fixture
def token(tmp_path: Path) -> tuple[Path, str]:
    """A file of tokens, and the one that it takes."""
    file = tmp_path / "tokens"
    command = [sys.executable, "-m", "rolegraph", "token", "--token-file", str(file), "tester"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return file, made.stdout.split()[-1]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the server writes a line for each request."""
    return tmp_path / "access.jsonl"


@pytest.fixture
def read_only(tmp_path: Path, log: Path) -> Iterator[Server]:
    server = start(make_catalog(tmp_path / "catalog"), "--workers", "2", "--access-log", str(log))
    yield server
    stop(server)


@pytest.fixture
def writable(tmp_path: Path, log: Path, token: tuple[Path, str]) -> Iterator[Server]:
    options = ("--workers", "2", "--access-log", str(log), "--writable", "--token-file", str(token[0]))
    server = start(make_catalog(tmp_path / "catalog"), *options)
    yield server
    stop(server)


def ask(server: Server, folder: Path, *options: str) -> int:
    """Let schemathesis ask, and fail with its words when it finds anything wrong.

    Returns:
        how many operations of the document it asked for.
    """
    report, document = folder / "report.json", folder / "openapi.json"
    # Schemathesis leaves out the address that it reads the document from.
    document.write_bytes(server.send("GET", "/openapi.json").body)
    command = [str(Path(sys.executable).with_name("st")), "--config-file", str(TESTS / "schemathesis.toml")]
    command += ["--no-color", "run", "--checks", ",".join(CHECKS), "--report-json-path", str(report)]
    command += [*options, "--url", f"http://127.0.0.1:{server.port}", str(document)]
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(TESTS)}
    ran = subprocess.run(
        command, cwd=folder, env=os.environ | hooks, capture_output=True, text=True, timeout=300, check=False
    )
    if ran.returncode:
        pytest.fail(ran.stdout + ran.stderr, pytrace=False)
    assert server.is_restored()
    found: int = json.loads(report.read_text())["operations"]["tested"]
    return found


def promised(server: Server, paths: str = "") -> set[tuple[str, str]]:
    """Method and path of each operation that may succeed, as the document has it."""
    document = server.send("GET", "/openapi.json").json()
    return {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if re.match(paths, path) and any(status.startswith("2") for status in operation["responses"])
    }


def succeeded(log: Path) -> set[tuple[str, str]]:
    """Method and path of the requests that got an answer of the 2xx."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return {
        (line["method"], re.sub("^/graphs/.+", "/graphs/{name}", line["path"].partition("?")[0]))
        for line in lines
        if 200 <= line["status"] < 300
    }


def test_a_read_only_server_answers_as_its_document_says(
    read_only: Server, log: Path, tmp_path: Path
) -> None:
    document = read_only.send("GET", "/openapi.json").json()
    assert ask(read_only, tmp_path) == sum(len(item) for item in document["paths"].values())
    no_graph_is_there = {("GET", "/graphs/{name}"), ("HEAD", "/graphs/{name}")}
    assert promised(read_only) - succeeded(log) == no_graph_is_there


def test_a_writable_server_answers_as_its_document_says(
    writable: Server, log: Path, token: tuple[Path, str], tmp_path: Path
) -> None:
    bearer = ("--header", f"Authorization: Bearer {token[1]}")
    ask(writable, tmp_path, *bearer, "--include-path-regex", PROTOCOLS)
    assert promised(writable, PROTOCOLS) <= succeeded(log)
