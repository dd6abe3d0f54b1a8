"""The table of faults and the tests of faults name each other."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TABLE = (TESTS.parent / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith("| fault |")]


def named(text: str) -> list[str]:
    return re.findall(r"`(test_\w+)`", text)


def defined(pattern: str) -> set[str]:
    found: set[str] = set()
    for path in TESTS.glob(pattern):
        found |= set(re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE))
    return found


def test_every_row_names_its_test_in_the_last_column() -> None:
    assert len(ROWS) > 30
    assert [row for row in ROWS if row.count("|") != 6 or not named(row.split("|")[5])] == []


def test_every_test_of_the_table_exists() -> None:
    assert set(named(TABLE)) - defined("test_*.py") == set()


def test_every_test_of_faults_is_in_the_table() -> None:
    assert defined("test_faults_*.py") - set(named(TABLE)) == set()
