"""A running server for the suites that speak HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rolegraph.service.tokens import new_token
from servers import make_catalog, start, stop

from .http_client import Endpoint


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A server that takes writes; all tests share it, and each puts its own data there."""
    folder = tmp_path_factory.mktemp("w3c")
    text, token = new_token("official-tests", "write")
    token_file = folder / "tokens"
    token_file.write_text(token.line() + "\n", encoding="utf-8")
    server = start(make_catalog(folder), "--writable", "--token-file", str(token_file), "--workers", "2")
    yield Endpoint(server.port, {"Authorization": f"Bearer {text}"})
    stop(server)
