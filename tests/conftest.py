"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import settings

from releases import make_catalog, make_three
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build

ROOT = Path(__file__).resolve().parent.parent

LONGEST = (
    "reference_build",
    "release",
    "endpoint_writer_crashes",
    "shapes",
    "report_page",
    "endpoint_writer",
    "snapshot",
    "faults_processes",
    "shacl_equality",
    "upstream",
    "web_server",
    "schemathesis",
    "clients",
    "export_release",
)
"""Files of tests that take half a minute or more, the longest first."""

settings.register_profile("rolegraph", deadline=None)  # how long an example takes proves nothing
settings.load_profile("rolegraph")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--approve", action="store_true", help="rewrite the golden files instead of comparing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that read reference data, so that a run can be limited to them; begin with the longest.

    Processes take a file of tests at a time: one of two minutes that comes last is waited for by all others.
    """
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("reads_shared")
    places = {f"test_{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


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


@pytest.fixture(scope="session")
def sample_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built copy of the sample catalog; read-only by agreement."""
    directory = tmp_path_factory.mktemp("sample") / "catalog"
    shutil.copytree(ROOT / "data", directory, ignore=shutil.ignore_patterns(".rolegraph"))
    build(directory)
    return directory


@pytest.fixture(scope="session")
def sample_store(sample_catalog: Path) -> ox.Store:
    """The store of the sample catalog's snapshot."""
    return ox.Store.read_only(str(open_snapshot(sample_catalog).store_path))


@pytest.fixture(scope="session")
def released_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small catalog with three releases and a later build; read-only by agreement."""
    directory = make_catalog(tmp_path_factory.mktemp("released") / "catalog")
    make_three(directory)
    return directory


@pytest.fixture
def small_catalog(tmp_path: Path) -> Path:
    """A new catalog as `rolegraph init` makes it, for tests that change files."""
    return make_catalog(tmp_path / "catalog")
