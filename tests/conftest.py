"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--approve", action="store_true", help="rewrite the golden files instead of comparing")


@pytest.fixture(scope="session")
def approve(pytestconfig: pytest.Config) -> bool:
    """Whether golden files are rewritten in this run."""
    return bool(pytestconfig.getoption("--approve"))


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Find a file of the reference data that lies beside the checkout; skip when it is absent.

    With ROLEGRAPH_REQUIRE_SHARED=1 (as in CI) absence is a failure.
    """

    def find(name: str) -> Path:
        path = Path(os.environ.get("ROLEGRAPH_SHARED", ROOT.parent / "shared")) / name
        if not path.exists():
            message = f"reference data {name!r} is not beside the checkout (set ROLEGRAPH_SHARED)"
            if os.environ.get("ROLEGRAPH_REQUIRE_SHARED"):
                pytest.fail(message)
            pytest.skip(message)
        return path

    return find
