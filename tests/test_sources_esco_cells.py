"""One cell of ESCO at a time: what is clean, what is made clean, what is a fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.model.esco import ESCO, Column
from rolegraph.model.esco_tables import TABLES
from rolegraph.sources.esco_cells import Clean, Fault, clean_cell, is_clean

COLUMNS = {column.kind: column for spec in TABLES for column in spec.columns}
TEXTS = st.text(st.sampled_from("ab|,\n\r\t \u00a0\u200b\x07:/.019TZ-eé"), max_size=12)


@given(st.sampled_from(sorted(COLUMNS)), TEXTS)
def test_cleaning_a_clean_cell_changes_nothing(kind: str, cell: str) -> None:
    column: Column = COLUMNS[kind]
    outcome = clean_cell(column, cell)
    if isinstance(outcome, Clean):
        assert clean_cell(column, outcome.text) == Clean(outcome.text)
    if is_clean(column, cell):
        assert outcome == Clean(cell)


@pytest.mark.parametrize(
    ("kind", "cell", "text"),
    [
        ("moment", "2024-01-20T10:00:00.500Z", "2024-01-20T10:00:00.5Z"),
        ("moment", "2030-01-20T10:00:00.000+00:00", "2030-01-20T10:00:00Z"),
        ("moment", "2030-01-20", "2030-01-20"),
        ("decimal", "0.10", "0.1"),
        ("decimal", "1e-3", "0.001"),
        ("decimal", "-0.0", "0"),
        ("code", f"{ESCO}isco/C0110", "0110"),
        ("labels", " a |  b\nb | ", "a\nb"),
        ("text", "a \r\n b\u200b ", "a \n b"),
        ("codes", "62.01\nNACE 62.02", "62.01\nNACE 62.02"),
        ("codes", "http://a.eu/x, http://a.eu/y", "http://a.eu/x\nhttp://a.eu/y"),
        ("note", "http://a.eu/x says so", "http://a.eu/x says so"),
        ("iris", "http://a.eu/x,\nhttp://a.eu/y", "http://a.eu/x\nhttp://a.eu/y"),
    ],
)
def test_a_cell_is_brought_into_one_spelling(kind: str, cell: str, text: str) -> None:
    outcome = clean_cell(COLUMNS[kind], cell)
    assert isinstance(outcome, Clean)
    assert outcome.text == text


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("moment", "2024-02-30"),
        ("moment", "2024-01-25T25:00:00Z"),
        ("iri", "http://[x"),
        ("codes", "http://<x"),
        ("note", "http://<x"),
    ],
)
def test_a_cell_that_makes_no_sense_is_a_fault(kind: str, cell: str) -> None:
    assert isinstance(clean_cell(COLUMNS[kind], cell), Fault)
