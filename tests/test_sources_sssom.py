"""SSSOM TSV: rows become mappings, every broken one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolegraph.errors import Problems
from rolegraph.model.catalog import Mapping
from rolegraph.model.sssom import SLOTS
from rolegraph.sources.sssom import read_mappings

HEADER = """\
#mapping_set_id: https://example.org/set
#license: https://creativecommons.org/licenses/by/4.0/
#curie_map:
#  role: https://example.org/role/
#  soc2018: https://example.org/soc2018/
#extension_definitions:
#- slot_name: ext_review_status
#  property: rg:reviewStatus
#- slot_name: ext_mapping_source
#  property: rg:mappingSource
#- slot_name: ext_ticket
#  property: https://example.org/ticket
"""
COLUMNS = [
    "subject_id", "predicate_id", "object_id", "object_label", "predicate_modifier", "mapping_justification",
    "confidence", "review_date", "mapping_date", "ext_review_status", "ext_mapping_source", "ext_ticket",
]  # fmt: skip
GOOD = {
    "subject_id": "role:A1.GEN.P4", "predicate_id": "skos:broadMatch", "object_id": "soc2018:29-1141",
    "object_label": "Registered Nurses", "mapping_justification": "semapv:ManualMappingCuration",
    "confidence": "0.70", "ext_review_status": "in_review", "ext_mapping_source": "manual_curation",
}  # fmt: skip


def read(tmp_path: Path, *rows: dict[str, str]) -> tuple[tuple[Mapping, ...], list[str]]:
    lines = ["\t".join(COLUMNS), *("\t".join(row.get(name, "") for name in COLUMNS) for row in rows)]
    (tmp_path / "m").mkdir(exist_ok=True)
    (tmp_path / "m" / "x.sssom.tsv").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    problems = Problems()
    return read_mappings(tmp_path, "m", problems)[1], [str(problem) for problem in problems]


def test_row_is_read_with_its_extensions_and_other_slots(tmp_path: Path) -> None:
    row = {**GOOD, "predicate_modifier": "Not", "mapping_date": "2026-01-02", "ext_ticket": "T-1"}
    (mapping,), problems = read(tmp_path, row)
    assert problems == []
    assert mapping.subject == "https://example.org/role/A1.GEN.P4"
    assert mapping.predicate == "http://www.w3.org/2004/02/skos/core#broadMatch"
    assert mapping.object == "https://example.org/soc2018/29-1141"
    assert (mapping.confidence, mapping.modifier) == (0.7, "Not")
    assert (mapping.review_status, mapping.source) == ("in_review", "manual_curation")
    assert mapping.extra == (
        ("https://w3id.org/sssom/mapping_date", "2026-01-02"),
        ("https://example.org/ticket", "T-1"),
    )
    assert mapping.line == 14


def test_approved_is_read_as_accepted_and_said(tmp_path: Path) -> None:
    (mapping,), problems = read(tmp_path, {**GOOD, "ext_review_status": "approved"})
    assert mapping.review_status == "accepted"
    assert problems == ["m/x.sssom.tsv:14: review status is approved; read as accepted"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"confidence": "1.2"}, "confidence is '1.2'; write a number from 0 to 1"),
        ({"confidence": "nan"}, "confidence is 'nan'; write a number from 0 to 1"),
        (
            {"subject_id": "rolle:A1"},
            "subject_id 'rolle:A1' has no known prefix; add its prefix to curie_map",
        ),
        ({"object_id": ""}, "object_id is empty; write a CURIE whose prefix is in curie_map"),
        (
            {"ext_mapping_source": "Title Match"},
            "'Title Match' is a spelling of 'title_match'; write title_match",
        ),
        ({"predicate_modifier": "Never"}, "predicate_modifier is 'Never'; write Not, or nothing"),
        ({"review_date": "2026-13-01"}, "review_date is '2026-13-01'; write YYYY-MM-DD"),
        (
            {"ext_review_status": "done"},
            "review status is 'done'; write one of needs_review, in_review, accepted, rejected, superseded",
        ),
    ],
)
def test_broken_row_is_named_and_the_others_are_read(
    tmp_path: Path, change: dict[str, str], fault: str
) -> None:
    mappings, problems = read(tmp_path, {**GOOD, **change}, GOOD)
    assert problems == [f"m/x.sssom.tsv:14: {fault}"]
    assert [mapping.line for mapping in mappings] == [15]


def test_unlisted_mapping_source_is_a_warning(tmp_path: Path) -> None:
    (mapping,), problems = read(tmp_path, {**GOOD, "ext_mapping_source": "handbook"})
    assert mapping.source == "handbook"
    assert problems[0].endswith("it becomes a concept of this catalog")


def test_undeclared_column_and_ragged_row_and_header_gaps(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    columns = "subject_id\tpredicate_id\tobject_id\tmapping_justification"
    (tmp_path / "m" / "a.tsv").write_text(f"#license: x\n{columns}\tnote\n", encoding="utf-8")
    (tmp_path / "m" / "b.tsv").write_text(f"{HEADER}{columns}\nrole:A\tskos:broadMatch\n", encoding="utf-8")
    (tmp_path / "m" / "c.tsv").write_text(HEADER + columns.replace("\t", ",") + "\n", encoding="utf-8")
    problems = Problems()
    assert read_mappings(tmp_path, "m", problems)[1] == ()
    found = [str(problem) for problem in problems]
    assert "m/a.tsv:1: the header lacks mapping_set_id; add `#mapping_set_id: …` (SSSOM requires it)" in found
    assert (
        "m/a.tsv:2: column 'note' is no SSSOM slot; correct it, or declare it under extension_definitions"
        in found
    )
    assert "m/b.tsv:14: 2 cells under 4 columns; write one cell a column" in found
    assert [line for line in found if line.startswith("m/c.tsv")] == [
        "m/c.tsv:13: the column names are separated by ','; separate columns by tabs"
    ]


def test_curie_map_that_is_no_mapping_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "x.tsv").write_text("#curie_map: [1]\nsubject_id\n", encoding="utf-8")
    problems = Problems()
    assert read_mappings(tmp_path, "m", problems)[1] == ()
    assert [str(problem) for problem in problems] == [
        "m/x.tsv:1: curie_map is no mapping; write one `#  prefix: IRI` line for each prefix"
    ]


def test_slots_are_the_fifty_of_the_standard() -> None:
    assert len(SLOTS) == len(set(SLOTS)) == 50


@pytest.mark.parametrize("cell", ['"see note', '"Software" Devs'])
def test_open_quote_swallows_no_row_unsaid(tmp_path: Path, cell: str) -> None:
    _, problems = read(tmp_path, {**GOOD, "ext_ticket": cell}, GOOD, GOOD)
    assert any("the row is no TSV" in problem or "line break" in problem for problem in problems)


def test_only_line_ends_end_a_row(tmp_path: Path) -> None:
    (mapping,), problems = read(tmp_path, {**GOOD, "object_label": "Nurses\u2028and\u0085carers"})
    assert problems == []
    assert mapping.object_label == "Nurses\u2028and\u0085carers"


def test_odd_headers_are_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    columns = "\t".join([*COLUMNS[:3], "mapping_justification", "comment", "comment"])
    files = {
        "a.tsv": ("#extension_definitions: 3\n", "extension_definitions is no list of slots"),
        "b.tsv": (HEADER.replace("rg:reviewStatus", "foo bar<>"), "of an extension is no IRI"),
        "c.tsv": (HEADER + f"#mapping_date: 2026-99-99\n{columns}\n", "column 'comment' is there twice"),
    }
    for name, (text, _) in files.items():
        (tmp_path / "m" / name).write_text(text + "x\n", encoding="utf-8")
    (tmp_path / "m" / "notes.csv").write_text("x", encoding="utf-8")
    problems = Problems()
    read_mappings(tmp_path, "m", problems)
    found = [str(problem) for problem in problems]
    for name, (_, fault) in files.items():
        assert any(line.startswith(f"m/{name}:") and fault in line for line in found), (name, found)
    assert "m/notes.csv: this is no mapping set (*.sssom.tsv); it is not read" in found
