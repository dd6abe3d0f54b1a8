"""Whatever the OpenAPI document allows, and what it does not, gets an answer that the document tells of.

Schemathesis reads /openapi.json from a running server and asks that server: the examples of the document,
each bound of each schema (valid and just not valid), undeclared methods and media types, and texts at random.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import Server, make_catalog, start, stop

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
PROTOCOLS = ("--include-path-regex", "^/(sparql|graphs)")


@pytest.fixture
def token(tmp_path: Path) -> tuple[Path, str]:
    """A file of tokens, and the one that it takes."""
    file = tmp_path / "tokens"
    command = [sys.executable, "-m", "rolegraph", "token", "--token-file", str(file), "tester"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return file, made.stdout.split()[-1]


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Server]:
    server = start(make_catalog(tmp_path / "catalog"), "--workers", "2")
    yield server
    stop(server)


@pytest.fixture
def writable(tmp_path: Path, token: tuple[Path, str]) -> Iterator[Server]:
    options = ("--workers", "2", "--writable", "--token-file", str(token[0]))
    server = start(make_catalog(tmp_path / "catalog"), *options)
    yield server
    stop(server)


def ask(server: Server, folder: Path, *options: str) -> dict[str, Any]:
    """Let schemathesis ask; the same requests each time, and none remembered.

    Returns:
        its report, after it found nothing wrong.
    """
    report = folder / "report.json"
    command = [str(Path(sys.executable).with_name("st")), "--no-color", "run", "--checks", ",".join(CHECKS)]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--continue-on-failure"]
    command += ["--seed", "5", "--generation-deterministic"]
    command += ["--warnings", "off", "--report-json-path", str(report), *options]
    command += [f"http://127.0.0.1:{server.port}/openapi.json"]
    hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(Path(__file__).parent)}
    ran = subprocess.run(
        command, cwd=folder, env=os.environ | hooks, capture_output=True, text=True, timeout=300, check=False
    )
    if ran.returncode:
        pytest.fail(ran.stdout + ran.stderr, pytrace=False)
    assert server.is_restored()
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def test_a_read_only_server_answers_as_its_document_says(read_only: Server, tmp_path: Path) -> None:
    ask(read_only, tmp_path)


def test_a_writable_server_answers_as_its_document_says(
    writable: Server, token: tuple[Path, str], tmp_path: Path
) -> None:
    ask(writable, tmp_path, "--header", f"Authorization: Bearer {token[1]}", *PROTOCOLS)
