"""Role pages: every datum is read, every fault is named with its line, nothing is skipped."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from rolegraph import documents
from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.catalog import RoleFile
from rolegraph.sources.page import read_page
from rolegraph.sources.rolefile import dump_role
from rolegraph.sources.roles import RoleReader
from rolegraph.sources.yaml import read_yaml

PAGES = Path(__file__).parent / "cases" / "sources" / "pages"
LEVELS = frozenset(["S3", "S4", "P5"])


def convert(name: str, path: Path) -> list[str]:
    """All problems of one page, as the importer sees them."""
    problems = Problems()
    read = read_page(path, name, problems)
    if read is not None:
        RoleReader(Iris("https://example.org/"), "en", LEVELS, problems).convert(read[0], name, read[1])
    return [str(problem) for problem in problems]


def test_page_is_read_whole() -> None:
    problems = Problems()
    read = read_page(PAGES / "full.txt", "full.txt", problems)
    assert read is not None
    data = msgspec.json.decode(msgspec.json.encode(read[0]))
    assert (data["confidence"], data["status"], data["applicability"], data["version"]) == (
        0.62,
        "draft",
        "regional",
        "v2",
    )
    assert data["story"]["plan"] == ["Walk the dock before the first truck.", "Give every door one owner."]
    assert data["story"]["philosophical_problem"].startswith("Nobody should be hurt")
    assert data["level_text"]["title"] == "Lead Support Specialist"
    assert len(data["level_text"]) == 9
    components = data["components"]
    assert components["core_output"] == [{"label": "Signed shift report", "tags": ["level"]}]
    assert components["responsibility"][1] == {"label": "Raise the service level", "tags": ["common"]}
    assert components["skill"][0] == {"label": 'Forklift operation "class B"', "tags": ["level"]}
    assert data["none_recorded"] == ["qualification"]
    assert [alias.get("approval", "pending") for alias in data["aliases"]] == [
        "approved",
        "rejected",
        "pending",
    ]
    assert data["codes"][0]["review_status"] == "approved"
    assert data["codes"][1] == {"code": "53-1042.00"}


def test_open_values_and_approved_are_read_and_said() -> None:
    assert convert("full.txt", PAGES / "full.txt") == [
        "full.txt:62: 'slang' is not in the list alias-type; it becomes a concept of this catalog",
        "full.txt:66: 'handbook' is not in the list mapping-source; it becomes a concept of this catalog",
        "full.txt:66: review_status is approved; read as accepted",
    ]


def test_every_fault_of_a_page_is_named_at_once() -> None:
    choices = "accepted, approved, in_review, needs_review, rejected, superseded"
    assert sorted(convert("broken.txt", PAGES / "broken.txt")) == sorted(
        [
            "broken.txt:5: the summary differs from the lead sentence; let both say the same",
            "broken.txt:6: the level is S3, the code says S4; let both say the same",
            "broken.txt:7: 'Reach' is no dimension of a level; write one of scope, autonomy, complexity, "
            "impact, decision rights, leadership, typical experience",
            "broken.txt:8: 'One dock' is no dimension of a level; write one of scope, autonomy, complexity, "
            "impact, decision rights, leadership, typical experience",
            "broken.txt:10: task says 2 and lists 1; correct the count or the list",
            "broken.txt:14: 'not a bullet' is not understood here; remove it, or put it under its heading",
            "broken.txt:18: band high contradicts score 0.70; "
            "write high from 0.80, medium from 0.50, else low",
            "broken.txt:19: confidence is 1.70; write a number from 0 to 1",
            "broken.txt:20: Approved is 'perhaps'; write —, yes or no",
            "broken.txt:21: '| Bay Lead | common |' is no row of four cells; "
            "write | alias | type | confidence | approved |",
            f'broken.txt:25: codes[2].review_status is "done"; write one of {choices}',
            "broken.txt:26: '- handbook' is no mapping; write code=…title=…source=…reviewStatus=…",
        ]
    )


def test_malformed_code_of_a_mapping_has_its_line(tmp_path: Path) -> None:
    page = (PAGES / "full.txt").read_text(encoding="utf-8").replace("code=53-1042title", "code=53-104title")
    path = tmp_path / "page.txt"
    path.write_text(page, encoding="utf-8")
    assert (
        "p:66: '53-104' is no code of a known scheme; write a SOC code (15-1252), "
        "an O*NET-SOC code (15-1252.00) or an ESCO IRI"
    ) in convert("p", path)


@pytest.mark.parametrize("text", ["", "one line", "A title\nand a sentence", "<html>\n<body>.</body>"])
def test_text_that_is_no_page_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.txt"
    path.write_text(text, encoding="utf-8")
    found = convert("page.txt", path)
    assert len(found) == 1
    assert "this is no role page" in found[0]


@pytest.mark.parametrize("code", ["SRES.GEN.P9", "SRES.GEN", "sres.gen.p5", "SRES.GEN.P5.X"])
def test_malformed_or_unknown_code_is_a_fault(tmp_path: Path, code: str) -> None:
    path = tmp_path / "page.txt"
    path.write_text(f"Title\n{code}\nA summary of the role.\n", encoding="utf-8")
    found = convert("page.txt", path)
    assert len(found) == 1
    assert found[0].startswith("page.txt:2: ")


def test_imported_page_survives_the_yaml_file(tmp_path: Path) -> None:
    problems = Problems()
    read = read_page(PAGES / "full.txt", "full.txt", problems)
    assert read is not None
    path = tmp_path / "role.yaml"
    path.write_text(dump_role(read[0]), encoding="utf-8")
    document = read_yaml(path, "role.yaml", problems)
    assert document is not None
    again = documents.convert(document.data, RoleFile, "role.yaml", document.line_of, problems)
    reader = RoleReader(Iris("https://example.org/"), "en", LEVELS, problems)
    other = RoleReader(Iris("https://example.org/"), "en", LEVELS, problems)
    assert again is not None
    first, second = reader.convert(read[0], "r", lambda _: 1), other.convert(again, "r", lambda _: 1)
    assert first == second
    assert first is not None
    assert not problems.errors
