"""Whatever a table says is in the graph that is built from its roles, or the row is refused."""

from __future__ import annotations

import csv
import io
import tempfile
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.config import read_config
from rolegraph.errors import Problems, SourceError
from rolegraph.iris import slug
from rolegraph.snapshot.assemble import catalog_store, read_inputs
from rolegraph.sources.tables.importing import Setting, import_tables
from rolegraph.sources.tables.map_file import read_map
from rolegraph.sources.tables.target import Target, write_files
from tables import import_files, refused, write_all

MAP = """
[[table]]
[table.role]
key = ["ID"]
title = "Title"
summary = "Summary"
family = {label = "Family"}
specialisation = {label = "Focus"}
level = "Level"
version = "ID"
level_text = {scope = "Scope"}
aliases = [{label = {column = "Alias", split = "|"}}]

[[table.role.components]]
kind = "skill"
label = "Skill"
definition = "Meaning"
proficiency = "Step"
proficiency_text = "Step meaning"
"""
CONFIG = '[catalog]\nname = "Made"\nbase_iri = "https://example.org/r/"\n'
COLUMNS = (
    "ID", "Family", "Focus", "Level", "Title", "Summary", "Scope", "Alias",
    "Skill", "Meaning", "Step", "Step meaning",
)  # fmt: skip
TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="|") | st.just("\n"), max_size=12
).map(str.strip)
SAID = TEXT.filter(bool)
ROLES = st.lists(
    st.fixed_dictionaries(
        {
            "Family": SAID,
            "Focus": SAID,
            "Level": st.sampled_from(["P1", "P3", "M2"]),
            "Title": SAID,
            "Summary": TEXT,
            "Scope": TEXT,
            "Alias": st.lists(SAID, max_size=3, unique=True).map("|".join),
            "skills": st.lists(
                st.tuples(SAID, st.sampled_from(["", "1", "4"])),
                max_size=3,
                unique_by=lambda skill: slug(skill[0]),
            ),
        }
    ),
    max_size=4,
)


def rows_of(roles: list[dict[str, object]]) -> list[dict[str, str]]:
    """A row for each skill of each role; a skill means the same wherever it is."""
    rows = []
    for number, role in enumerate(roles, start=1):
        fields = {name: str(value) for name, value in role.items() if name != "skills"}
        skills = role["skills"] or [("", "")]
        for label, step in skills:  # type: ignore[attr-defined]  # a list of pairs
            known = slug(label) if label else ""
            meanings = {"Meaning": known and f"means {known}", "Step meaning": step and f"{step} of {known}"}
            rows.append({"ID": str(number), "Skill": label, "Step": step, **meanings, **fields})
    return rows


@settings(max_examples=40)
@given(ROLES)
def test_every_cell_is_in_the_graph_or_its_row_is_refused(roles: list[dict[str, object]]) -> None:
    rows = rows_of(roles)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "roles").mkdir()
        write_all(folder, {"t.csv": stream.getvalue(), "m.toml": MAP, "rolegraph.toml": CONFIG})
        problems = Problems()
        config, mapping = read_config(folder, problems), read_map(folder / "m.toml", frozenset(), problems)
        assert config is not None
        assert mapping is not None
        setting = Setting("en", frozenset(["P1", "P3", "M2"]), {})
        found = import_tables([folder / "t.csv"], mapping, setting, problems)
        write_files(Target(folder, config, "t", "ndjson", None).files(found, problems), (), lambda _: None)
        store = catalog_store(read_inputs(folder, Problems()))
    graph = ox.NamedNode("https://example.org/r/graph/catalog")
    literals = {
        quad.object.value
        for quad in store.quads_for_pattern(None, None, None, graph)
        if isinstance(quad.object, ox.Literal)
    }
    written = {role.version for role, _ in found.roles}
    assert len(written) + len({row["ID"] for row in rows} - written) == len({row["ID"] for row in rows})
    reported = {rejected.line for rejected in found.rejections.report.findings}
    assert len(reported) == sum(row["ID"] not in written for row in rows), refused(found)
    for row in rows:
        if row["ID"] in written:
            cells = [row[name].replace("\r", "\n") for name in COLUMNS if name not in {"Alias", "Level"}]
            cells += row["Alias"].split("|")
            assert {cell.strip() for cell in cells if cell.strip()} <= literals


@settings(max_examples=150)
@given(
    st.sampled_from(["t.csv", "t.tsv", "t.json", "t.ndjson", "t.xlsx"]),
    st.binary(max_size=80)
    | st.text(alphabet='Family,Role;Level\t|"\n\r{}[]:1*.\x00é', max_size=80).map(str.encode)
    | st.lists(st.sampled_from([b"ID", b"Title", b",", b"\n", b'"', b";", b"x", b"\xff"]), max_size=40).map(
        b"".join
    ),
)
def test_any_bytes_are_rows_or_faults(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, suppress(SourceError):
        found, _ = import_files(Path(folder), {name: content}, MAP)
        assert all(rejected.reason and rejected.line for rejected in found.rejections.report.findings)
