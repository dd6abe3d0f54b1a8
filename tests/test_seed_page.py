"""The defects that the reference page carries (domain model §0, a to k), each found by its shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from rolegraph import resources
from rolegraph.cli import main
from rolegraph.errors import Problems
from rolegraph.model.findings import Finding, Report
from rolegraph.snapshot.assemble import catalog_store, read_inputs
from rolegraph.validate import catalog_data, load_shapes, validate_catalog

DEFECTS = {
    "a: the title's Senior contradicts Expert": ("SeniorityShape-title", "Warning", 1),
    "a: an alias's Senior contradicts Expert": ("SeniorityShape-alias", "Warning", 1),
    "a: the aliases speak of several levels": ("SeniorityShape-mixed", "Warning", 1),
    "b: an alias is a range of levels": ("AliasShape-level-token", "Warning", 1),
    "c: an alias is the title": ("AliasShape-is-title", "Warning", 1),
    "d: the years contradict the level": ("ExperienceShape-years", "Warning", 1),
    "e: every component has both tags": ("ScopeTagShape-both", "Warning", 1),
    "f: only a major group is mapped": ("MappingShape-coarse", "Warning", 1),
    "g: the code's title is not official": ("MappingShape-title", "Warning", 1),
    "h: no core outputs": ("CompletenessShape-none-recorded", "Info", 1),
    "i: two labels stand under two kinds": ("ComponentShape-kinds", "Info", 2),
    "i: a label is extended in another kind": ("ComponentShape-kinds-near", "Info", 1),
    "j: no alias is decided": ("CompletenessShape-alias-decided", "Info", 1),
    "k: no skill has a proficiency": ("CompletenessShape-proficiency", "Info", 1),
    "k: nothing leads to ESCO": ("CompletenessShape-esco", "Info", 1),
}
# True of the catalog that the page is imported into, which knows of the page's codes and labels nothing else.
OF_THE_CATALOG = {
    "TaxonomyShape-super-function",
    "CompletenessShape-component-entry",
    "CompletenessShape-taxonomy-entry",
    "CompletenessShape-onet",
    "CompletenessShape-orphan",
    "CompletenessShape-entry-definition",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, shared: Callable[[str], Path]) -> Report:
    page = shared("seed/SRES.GEN.P5.txt")
    directory = tmp_path_factory.mktemp("seed") / "catalog"
    run = CliRunner()
    assert run.invoke(main, ["init", str(directory)]).exit_code == 0
    for path in (directory / "roles").glob("*.yaml"):
        path.unlink()
    for path in (directory / "mappings").glob("*.tsv"):
        path.unlink()
    (directory / "soc.csv").write_text(
        'code,title\n15-0000,Computer and Mathematical Occupations\n', encoding="utf-8"
    )
    imported = run.invoke(main, ["import", "page", "--catalog", str(directory), str(page)])
    assert imported.exit_code == 0, imported.output
    inputs = read_inputs(directory, Problems(), references=())
    data = catalog_data(catalog_store(inputs), inputs.iris)
    return validate_catalog(data, load_shapes([resources.folder("shapes")]), base_iri=inputs.iris.base)


def of(report: Report, shape: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.shape == f"rgs:{shape}"]


@pytest.mark.parametrize(("shape", "severity", "count"), DEFECTS.values(), ids=DEFECTS)
def test_defect_is_found(report: Report, shape: str, severity: str, count: int) -> None:
    assert [finding.severity for finding in of(report, shape)] == [severity] * count


def test_nothing_else_is_found_on_the_page(report: Report) -> None:
    expected = {shape for shape, _, _ in DEFECTS.values()} | OF_THE_CATALOG
    assert {finding.shape.removeprefix("rgs:") for finding in report.findings} <= expected


def test_findings_name_what_they_are_about(report: Report) -> None:
    assert [finding.value for finding in of(report, "AliasShape-level-token")] == ["P5–P6"]
    assert "8 to 12" in of(report, "ExperienceShape-years")[0].message
    assert "Computer and Mathematical Occupations" in of(report, "MappingShape-title")[0].message
    assert {finding.value for finding in of(report, "ComponentShape-kinds")} == {
        "Leadership",
        "Project management",
    }
    assert of(report, "ComponentShape-kinds-near")[0].value == "System architecture design"
