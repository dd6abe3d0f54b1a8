"""`rolegraph diff`: every change is told, in words that say what happened, and a patch turns A into B."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.cli import main
from rolegraph.diff.compare import compare, line_changes
from rolegraph.diff.findings import compare_reports
from rolegraph.diff.patch import write_patch
from rolegraph.diff.sentences import groups
from rolegraph.diff.sides import find_side, find_sides
from rolegraph.diff.subjects import changed_subjects, read_subjects
from rolegraph.errors import StoreError
from rolegraph.iris import GRAPHS
from rolegraph.model.findings import Finding, Report, Score, ShapeInfo
from rolegraph.snapshot.build import build
from rolegraph.snapshot.opening import open_snapshot, snapshots_folder
from rolegraph.snapshot.report_file import REPORT_FILE, write_report
from rolegraph.sources.template import catalog_files

BASE = "https://example.org/roles/"


def diff(directory: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments, "--catalog", str(directory)], catch_exceptions=False)


def edit(directory: Path, file: str, *pairs: tuple[str, str]) -> None:
    path = directory / file
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def write_role(directory: Path, code: str, body: str) -> None:
    (directory / "roles" / f"{code}.yaml").write_text(f"code: {code}\n{body}", encoding="utf-8")


BODY = """\
title: Test Engineer
summary: Finds out what does not work.
components:
  skill: [SQL, {label: Python, proficiency: 2, tags: [common]}, Git]
aliases:
  - {label: Tester, confidence: 0.60}
  - {label: QA Engineer, confidence: 0.85, approval: approved}
codes:
  - {code: 15-1253, title: Software Quality Assurance Analysts and Testers}
"""
NEEDED = ", title: Software Quality Assurance Analysts and Testers"
CASES = {
    "P1": ("title: Test", "title: Quality", "title changed from “Test Engineer” to “Quality Engineer”"),
    "P2": ("not work", "fail", "changed from “Finds out what does not work.” to “Finds out what does fail.”"),
    "P3": ("proficiency: 2", "proficiency: 4", "skill Python: proficiency changed from “2” to “4”"),
    "P4": ("tags: [common]", "tags: [level]", "skill Python: tags changed from “Common” to “Level-specific”"),
    "P5": ("[SQL, ", "[Rust, SQL, ", "skill added: Rust"),
    "P6": ("[SQL, ", "[Rust, Go, SQL, ", "2 skills added: Go, Rust"),
    "P7": ("[SQL, ", "[", "skill removed: SQL"),
    "P8": (", Git]", ", Git]\nnone_recorded: [core_output]", "none recorded added: “Core output”"),
    "M1": ("label: Tester", "label: Checker", "alias added: Checker"),
    "M2": ("0.60", "0.60, approval: rejected", "alias Tester: approval changed from “Pending” to “Rejected”"),
    "M3": (
        f"{NEEDED}}}",
        f"{NEEDED}, review_status: rejected}}",
        "mapping broad match to 15-1253 Software Quality Assurance Analysts and Testers: "
        "review status changed from “Needs review” to “Rejected”",
    ),
    "M4": (f"15-1253{NEEDED}", "15-1252", "mapping added: broad match to 15-1252"),
    "M5": ("SQL, {", "Git, {", "order of skill list changed"),
    "M6": (
        "old.",
        "new.",
        "summary changed from “…word57 word58 word59 old.” to “…word57 word58 word59 new.”",
    ),
}
"""Level of a role -> what its file says, what it says afterwards, and the sentence that tells of it."""
LONG = " ".join(f"word{number}" for number in range(60))
BEFORE = {
    **dict.fromkeys(CASES, BODY),
    "M6": BODY.replace("Finds out what does not work.", f"{LONG} old."),
    "S1": BODY,
    "S4": BODY,
}
HOSTILE = 'title: \'A "b" | <i>c</i> `d` \\ é\'\nsummary: "one\\ntwo"\ncomponents: {skill: [Only here]}\n'
COMPONENTS = "- {label: Python}\n- {label: Git}\n- {label: Go, deprecated: true}\n- {label: SQL}\n"
COMPONENTS_AFTER = (
    "- {label: Python, deprecated: true, replaced_by: SQL}\n- {label: Git, deprecated: true}\n"
    "- {label: Go}\n- {label: SQL}\n"
)


@pytest.fixture(scope="module")
def told_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with two snapshots between which much changed; read-only by agreement."""
    directory = tmp_path_factory.mktemp("told") / "catalog"
    for name, content in {**catalog_files("Small", BASE), "components/skill.yaml": COMPONENTS}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for level, body in BEFORE.items():
        write_role(directory, f"ENG.TST.{level}", body)
    build(directory)
    for level, (old, new, _) in CASES.items():
        edit(directory, f"roles/ENG.TST.{level}.yaml", (old, new))
    edit(directory, "roles/ENG.TST.M5.yaml", (", Git]", ", SQL]"))
    (directory / "roles" / "ENG.TST.S1.yaml").unlink()
    write_role(directory, "ENG.TST.S2", BODY.replace("Test", "Senior Test"))
    write_role(directory, "ENG.TST.S3", HOSTILE)
    write_role(directory, "ENG.TST.S4", f"{BODY}deprecated: true\nreplaced_by: ENG.TST.S2\n")
    label = "    label: Engineering"
    edit(directory, "taxonomy.yaml", (label, "    label: {en: Making, de: Bau}"))
    (directory / "components" / "skill.yaml").write_text(COMPONENTS_AFTER, encoding="utf-8")
    build(directory)
    return directory


@pytest.fixture
def changed(told_catalog: Path, tmp_path: Path) -> Path:
    """A copy of that catalog whose snapshots a test may spoil."""
    return Path(shutil.copytree(told_catalog, tmp_path / "changed"))


@pytest.fixture(scope="module")
def text(told_catalog: Path) -> str:
    """What the comparison says, its lines unwrapped."""
    return unwrapped(diff(told_catalog, "PREVIOUS"))


def unwrapped(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    return result.stdout.replace("\n      ", " ")


@pytest.mark.parametrize("level", CASES)
def test_change_of_a_role_is_told_in_words(text: str, level: str) -> None:
    group = text.split(f"\nENG.TST.{level} ")[1].partition("\n\n")[0]
    assert f"  {CASES[level][2]}" in group or f"summary {CASES[level][2]}" in group


@pytest.mark.parametrize("level", ["P5", "P6", "P7"])
def test_what_came_or_went_is_no_change_of_a_list_s_order(text: str, level: str) -> None:
    assert "order of" not in text.split(f"\nENG.TST.{level} ")[1].partition("\n\n")[0]


def test_list_in_another_order_is_told_once_and_nothing_else(text: str) -> None:
    group = text.split("\nENG.TST.M5 ")[1].partition("\n\n")[0]
    assert group == "Test Engineer\n  order of skill list changed"


def test_new_role_is_told_in_one_line_with_what_it_brings(text: str) -> None:
    assert "\nENG.TST.S2 Senior Test Engineer\n  new role, with 3 skills, 2 aliases and 1 mapping\n" in text


def test_removed_role_is_told_with_its_title(text: str) -> None:
    assert "\nENG.TST.S1 Test Engineer\n  role removed, with 3 skills, 2 aliases and 1 mapping\n" in text
    assert "roles: 2 added, " in text
    assert " 1 removed" in text


def test_component_that_a_new_role_brings_is_told_of_the_catalog_too(text: str) -> None:
    assert "\n2 skills added to the catalog: Only here, Rust\n" in text


def test_deprecation_names_what_replaces_it(text: str) -> None:
    assert "Skill Python\n  deprecated, replaced by SQL" in text
    assert "Skill Git\n  deprecated, and no replacement is named" in text
    assert "Skill Go\n  no longer deprecated" in text
    assert "\n  skills: 2 added, 1 changed, 1 deprecated, 1 replaced\n" in text


def test_new_code_of_a_role_is_a_deprecation_that_names_it(text: str) -> None:
    group = text.split("\nENG.TST.S4 ")[1].partition("\n\n")[0]
    assert group == "Test Engineer\n  deprecated, replaced by ENG.TST.S2"


def test_label_of_each_language_is_told_apart(text: str) -> None:
    group = text.split("\nENG Making\n")[1].partition("\n\n")[0]
    assert group == "  label (de) added: “Bau”\n  label (en) changed from “Engineering” to “Making”"


# Which snapshots


def test_equal_snapshots_have_no_change_and_exit_0(told_catalog: Path) -> None:
    result = diff(told_catalog, "CURRENT", "CURRENT", "--exit-code")
    assert (result.exit_code, "Nothing changed." in result.stdout) == (0, True)
    assert diff(told_catalog, "CURRENT", "--format", "patch").stdout.endswith("TX .\nTC .\n")


@pytest.mark.parametrize("format_name", ["text", "patch"])
def test_difference_exits_1_only_when_asked(told_catalog: Path, format_name: str) -> None:
    assert diff(told_catalog, "PREVIOUS", "--format", format_name).exit_code == 0
    assert diff(told_catalog, "PREVIOUS", "--format", format_name, "--exit-code").exit_code == 1


def test_snapshot_is_known_by_id_beginning_path_and_age(changed: Path, tmp_path: Path) -> None:
    new = open_snapshot(changed)
    (old,) = (path for path in snapshots_folder(changed).glob("?" * 16) if path.name != new.id)
    for name in (old.name, old.name[:8], str(old), "PREVIOUS"):
        assert find_side(changed, name).snapshot.id == old.name, name
    assert find_side(changed, "CURRENT").snapshot.id == new.id
    moved = old.rename(tmp_path / "moved")
    assert find_side(changed, str(moved)).snapshot.id == old.name
    with pytest.raises(StoreError, match="no snapshot older than the current one"):
        find_side(changed, "PREVIOUS")


def test_all_unknown_names_are_told_at_once(told_catalog: Path) -> None:
    result = diff(told_catalog, "zzzz", "./nowhere")
    assert result.exit_code == 2
    assert f"zzzz: no such snapshot; there is {open_snapshot(told_catalog).id}, " in result.stderr
    assert "nowhere: no snapshot is there" in result.stderr


def test_beginning_of_several_ids_is_refused(changed: Path) -> None:
    current = open_snapshot(changed)
    twin = current.path.with_name(current.id[:15] + ("0" if current.id[15] != "0" else "1"))
    twin.mkdir()
    shutil.copy(current.path / "manifest.json", twin)
    with pytest.raises(StoreError, match="several snapshots begin so"):
        find_side(changed, current.id[:15])


def test_snapshots_of_different_bases_are_refused(changed: Path) -> None:
    manifest = find_side(changed, "PREVIOUS").snapshot.path / "manifest.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace("example.org", "example.com"), encoding="utf-8"
    )
    result = diff(changed, manifest.parent.name)
    assert result.exit_code == 2
    assert "compare snapshots with the same base_iri" in result.stderr


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_cut_dump_is_an_error_and_no_removal(changed: Path, kept: float) -> None:
    path = find_side(changed, "PREVIOUS").snapshot.dump_path
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    result = diff(changed, "PREVIOUS")
    assert result.exit_code == 2
    assert "the dump is damaged" in result.stderr


# Formats


def test_csv_and_json_hold_the_same_changes(told_catalog: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(diff(told_catalog, "PREVIOUS", "--format", "csv").stdout, newline=""))
    )
    found = json.loads(diff(told_catalog, "PREVIOUS", "--format", "json").stdout)
    assert found["changes"] == rows
    counted = Counter((row["kind"], row["component_kind"], row["change"]) for row in rows)
    assert {(c["kind"], c["component_kind"], c["change"]): c["number"] for c in found["counts"]} == counted
    assert 'A "b" | <i>c</i> `d` \\ é' in {row["label"] for row in rows}


def test_table_has_a_line_for_each_change(told_catalog: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(diff(told_catalog, "PREVIOUS", "--format", "csv").stdout, newline=""))
    )
    lines = diff(told_catalog, "PREVIOUS", "--format", "table").stdout.splitlines()
    assert len(lines) == len(rows) + 2
    assert max(map(len, lines)) <= 142


def test_markdown_shows_hostile_text_as_it_is(told_catalog: Path) -> None:
    text = diff(told_catalog, "PREVIOUS", "--format", "md").stdout
    assert '**ENG.TST.S3 A "b" \\| &lt;i&gt;c&lt;/i&gt; \\`d\\` \\\\ é**' in text
    assert "| roles | 2 added, " in text


def test_text_fits_80_columns(told_catalog: Path) -> None:
    assert max(map(len, diff(told_catalog, "PREVIOUS").stdout.splitlines())) <= 80


def dump(path: Path, lines: Iterable[bytes] | None = None) -> set[bytes]:
    """The lines of a dump; written first, if there are any to write."""
    if lines is not None:
        path.write_bytes(zstandard.compress(b"".join(sorted(lines))))
    with path.open("rb") as raw:
        return set(zstandard.ZstdDecompressor().stream_reader(raw).read().splitlines(keepends=True))


def apply(patch: bytes, lines: set[bytes]) -> set[bytes]:
    """Apply an RDF Patch, refusing rows that change nothing."""
    head, *rows, end = patch.splitlines(keepends=True)
    assert head.startswith(b"H id ")
    assert rows[:2][1] == b"TX .\n"
    assert end == b"TC .\n"
    result = set(lines)
    for row in rows[2:]:
        line = row[2:]
        assert (line in result) == row.startswith(b"D ")
        result ^= {line}
    return result


def test_patch_of_all_graphs_turns_one_snapshot_into_the_other(told_catalog: Path) -> None:
    before, after = find_sides(told_catalog, "PREVIOUS", "CURRENT")
    out = io.BytesIO()
    write_patch(line_changes(before, after, GRAPHS), before, after, out)
    assert apply(out.getvalue(), dump(before.snapshot.dump_path)) == dump(after.snapshot.dump_path)


def test_graphs_are_chosen(told_catalog: Path) -> None:
    chosen = diff(told_catalog, "PREVIOUS", "--format", "csv", "--graph", "mappings").stdout
    rows = list(csv.DictReader(io.StringIO(chosen, newline="")))
    assert Counter((row["kind"], row["change"]) for row in rows) == {
        ("mapping", "added"): 2,
        ("mapping", "removed"): 2,
        ("mapping", "changed"): 1,
    }
    both = diff(told_catalog, "PREVIOUS", "--all", "--graph", "catalog")
    assert (both.exit_code, "leave out --graph" in both.stderr) == (2, True)


# Against set differences, on dumps made up

NAMES = ["A.B.P1", "A.B.P10", "A.B.P2"]
SUBJECTS = [
    *((f"role/{name}", "Role") for name in NAMES),
    *((f"role/{name}#alias-{number}", "TitleAlias") for name in NAMES for number in range(3)),
    *((f"role/{name}#use-skill-{slug}", "ComponentUse") for name in NAMES for slug in ("c", "c-1")),
    *((f"component/skill/{slug}", "Component") for slug in ("c", "c-1", "d")),
    ("family/A", "RoleFamily"),
]
KINDS = {
    "Role": "role",
    "TitleAlias": "alias",
    "ComponentUse": "component use",
    "Component": "component",
    "RoleFamily": "family",
}
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def lines_of(records: dict[int, int]) -> set[bytes]:
    """A dump of subjects by number, each with a text that its value decides."""
    lines = set()
    for number, value in records.items():
        name, kind = SUBJECTS[number]
        end = f"<{BASE}graph/catalog> .\n"
        lines.add(f"<{BASE}{name}> {RDF_TYPE} <https://w3id.org/rolegraph/ns#{kind}> {end}".encode())
        lines.add(f'<{BASE}{name}> <https://w3id.org/rolegraph/ns#text> "{value}" {end}'.encode())
    return lines


def snapshot(folder: Path, lines: set[bytes]) -> None:
    folder.mkdir(exist_ok=True)
    manifest = {"id": folder.name, "base_iri": BASE, "graphs": {"catalog": len(lines)}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    dump(folder / "graph.nq.zst", lines)


RECORDS = st.dictionaries(st.integers(0, len(SUBJECTS) - 1), st.integers(0, 2))


@given(before=RECORDS, after=RECORDS)
def test_changes_are_those_of_the_set_difference(
    tmp_path_factory: pytest.TempPathFactory, before: dict[int, int], after: dict[int, int]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    old, new = lines_of(before), lines_of(after)
    snapshot(folder / "before", old)
    snapshot(folder / "after", new)
    sides = find_sides(folder, str(folder / "before"), str(folder / "after"))
    out = io.BytesIO()
    assert write_patch(line_changes(*sides, None), *sides, out) == len(old ^ new)
    assert apply(out.getvalue(), old) == new
    expected: Counter[tuple[str, str]] = Counter()
    for number in before.keys() | after.keys():
        kind = KINDS[SUBJECTS[number][1]]
        if before.get(number) != after.get(number):
            word = "added" if number not in before else "removed" if number not in after else "changed"
            expected[kind, word] += 1
    with compare(*sides, None) as comparison:
        found = [change for _, change in comparison.changes()]
        told_groups = [heading for heading, _ in groups(comparison) if heading]
        assert comparison.is_equal == (before == after)
        assert (comparison.added, comparison.removed) == (len(new - old), len(old - new))
    assert Counter((change.kind, change.change) for change in found) == expected
    assert len(told_groups) == len(set(told_groups))


PIECES = st.lists(st.integers(1, 90), min_size=1, max_size=5)


def blocks(lines: list[bytes], sizes: list[int]) -> Iterable[bytes]:
    """The lines in blocks of whole subjects, each of some number of subjects."""
    subjects: dict[bytes, bytes] = {}
    for line in lines:
        subject = line.partition(b" ")[0]
        subjects[subject] = subjects.get(subject, b"") + line
    values, number = list(subjects.values()), 0
    while values:
        size = sizes[number % len(sizes)]
        yield b"".join(values[:size])
        values, number = values[size:], number + 1


@given(
    before=RECORDS,
    after=RECORDS,
    sizes=PIECES,
    others=PIECES,
    wanted=st.sets(st.integers(0, len(SUBJECTS) - 1)),
)
def test_reading_does_not_depend_on_the_blocks(
    before: dict[int, int], after: dict[int, int], sizes: list[int], others: list[int], wanted: set[int]
) -> None:
    old, new = sorted(lines_of(before)), sorted(lines_of(after))
    whole = list(changed_subjects(blocks(old, [1000]), blocks(new, [1000])))
    assert list(changed_subjects(blocks(old, sizes), blocks(new, others))) == whole
    tokens = sorted(f"<{BASE}{SUBJECTS[number][0]}>".encode() for number in wanted)
    expected = [(token, [line for line in new if line.startswith(token)]) for token in tokens]
    assert list(read_subjects(blocks(new, sizes), tokens)) == [pair for pair in expected if pair[1]]


# Findings and scores


def finding(focus: str, shape: str = "rgs:Old") -> Finding:
    return Finding(severity="Info", shape=shape, focus=focus, message=f"Complete {focus}.", role="ENG.GEN.P3")


def report(value: float, *findings: Finding, shapes: tuple[str, ...] = ("rgs:Old",)) -> Report:
    scores = (
        Score(kind="catalog", code="", label="Small", value=value, roles=2),
        Score(kind="family", code="ENG", label="Engineering", value=value / 2, roles=2),
    )
    return Report(
        findings=findings,
        roles=2,
        scores=scores,
        shapes={name: ShapeInfo(label=f"Label {name}") for name in shapes},
    )


def test_findings_are_fixed_new_and_still_open(tmp_path: Path) -> None:
    write_report(report(0.5, finding("a"), finding("b"), finding("b"), finding("d")), tmp_path / "before")
    write_report(
        report(
            0.5,
            finding("b"),
            finding("c"),
            finding("d"),
            finding("a", "rgs:New"),
            shapes=("rgs:Old", "rgs:New"),
        ),
        tmp_path / "after",
    )
    change = compare_reports(tmp_path / "before", tmp_path / "after")
    by_shape = {shape.shape: (shape.fixed, shape.new, shape.open, shape.is_new) for shape in change.shapes}
    assert by_shape == {"rgs:Old": (2, 1, 2, False), "rgs:New": (0, 1, 0, True)}
    listed = [(state, found.focus) for state, found in change.findings()]
    assert listed == [("new", "a"), ("fixed", "a"), ("fixed", "b"), ("new", "c")]


def with_reports(catalog: Path, before: Report, after: Report) -> None:
    for name, value in (("PREVIOUS", before), ("CURRENT", after)):
        write_report(value, find_side(catalog, name).snapshot.path / REPORT_FILE)


def test_scores_and_findings_are_told(changed: Path) -> None:
    with_reports(changed, report(0.5, finding("a")), report(0.625, finding("b")))
    text = unwrapped(diff(changed, "PREVIOUS", "--findings"))
    assert (
        "Completeness\n  whole catalog: 50.0 % → 62.5 % (+12.5)\n  ENG Engineering: 25.0 % → 31.2 % (+6.2)"
        in text
    )
    assert (
        "Findings: 1 fixed, 1 new, 0 still open\n  Label rgs:Old (rgs:Old): 1 fixed, 1 new, 0 still open"
        in text
    )
    assert (
        "  fixed: Info ENG.GEN.P3: Complete a. (rgs:Old)\n  new: Info ENG.GEN.P3: Complete b. (rgs:Old)"
        in text
    )


@pytest.mark.parametrize("format_name", ["json", "csv", "md", "table"])
def test_findings_are_in_every_format(changed: Path, format_name: str) -> None:
    with_reports(changed, report(0.5, finding("a")), report(0.5, finding("b")))
    assert "Complete b." not in diff(changed, "PREVIOUS", "--format", format_name).stdout
    text = diff(changed, "PREVIOUS", "--format", format_name, "--findings").stdout
    assert "Complete a." in text
    assert "Complete b." in text
    if format_name == "json":
        assert json.loads(text)["findings"]["fixed"] == 1


def test_snapshot_without_a_report_is_said_and_no_fault(changed: Path) -> None:
    (find_side(changed, "PREVIOUS").snapshot.path / REPORT_FILE).unlink(missing_ok=True)
    result = diff(changed, "PREVIOUS")
    assert result.exit_code == 0
    assert result.stderr.count("findings and scores are not compared") == 1
    assert "Findings" not in result.stdout
