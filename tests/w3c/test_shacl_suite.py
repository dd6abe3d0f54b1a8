"""The W3C SHACL suite, from the official files: queries made from shapes and pyshacl, side by side.

A test passes when the report is the expected one by the suite's own rules: the same results as a
multiset, by focus node, path, value, component, severity and shape, and by messages where the test
states them. Where a test expects a failure, the shapes must be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from rdflib import RDF, SH
from rdflib.compare import isomorphic

import rolegraph.shacl.engine as engine_module
from rolegraph.cli import main
from rolegraph.errors import Problems, ShapeError
from rolegraph.shacl.engine import Engine, validate
from rolegraph.shacl.files import read_store
from rolegraph.shacl.results import Outcome, to_graph

from .shacl_manifest import ShaclCase, read_turtle, report_part, shacl_cases, unlisted_cases

LISTED: Final = {"core": 98, "sparql": 22}
UNLISTED: Final = {"core": [], "sparql": ["sparql/component/nodeValidator-001"]}
"""Tests in the suite's folders that no manifest lists; they are run all the same, which makes 98 and 23."""

FAILURES: Final[dict[tuple[Engine, str], str]] = {
    ("pyshacl", "core/property/uniqueLang-002"): (
        'pyshacl takes "1"^^xsd:boolean for true, and the test wants the term true itself'
    ),
    ("pyshacl", "sparql/node/prefixes-001"): (
        "pyshacl does not follow owl:imports from sh:prefixes (SHACL 5.2.1)"
    ),
    ("pyshacl", "sparql/pre-binding/shapesGraph-001"): "pyshacl does not support $shapesGraph (SHACL 5.3.1)",
}
"""(engine, test) -> why it is not passed; strict: a test of this table that passes fails the run."""


def outcome_of(case: ShaclCase, engine: Engine) -> Outcome:
    """What an engine finds, with files read as the command line reads them."""
    problems = Problems()
    store = read_store([case.data], problems)
    problems.raise_errors()
    return validate(store, read_turtle(case.shapes), engine)


def all_cases() -> list[ShaclCase]:
    return [case for part in LISTED for case in (*shacl_cases(part), *unlisted_cases(part))]


def parameters(engine: Engine) -> list[Any]:
    marked = []
    for case in all_cases():
        reason = FAILURES.get((engine, case.name))
        marks = (
            [pytest.mark.xfail(strict=True, reason=reason, raises=(AssertionError, ShapeError))]
            if reason
            else []
        )
        marked.append(pytest.param(case, engine, id=f"{engine}-{case.name}", marks=marks))
    return marked


@pytest.mark.parametrize("part", LISTED)
def test_every_test_of_the_suite_is_run(part: str, shared: Callable[[str], Path]) -> None:
    shared(f"w3c/shacl/tests/{part}/manifest.ttl")
    assert len({case.name for case in shacl_cases(part)}) == len(shacl_cases(part)) == LISTED[part]
    assert [case.name for case in unlisted_cases(part)] == UNLISTED[part]


@pytest.mark.parametrize(("case", "engine"), [*parameters("compiled"), *parameters("pyshacl")])
def test_report_is_the_expected_one(case: ShaclCase, engine: Engine) -> None:
    if case.report is None:
        with pytest.raises(ShapeError):
            outcome_of(case, engine)
        return
    outcome = outcome_of(case, engine)
    assert outcome.conforms == case.conforms
    graph = to_graph(outcome.results)
    report = graph.value(None, RDF.type, SH.ValidationReport)
    has_messages = (None, SH.resultMessage, None) in case.report
    found = report_part(graph, report, has_messages)
    assert isomorphic(found, case.report), found.serialize(format="turtle")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in all_cases()])
def test_compiler_decides_alone(case: ShaclCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is all 98 and 23; a test that came to need pyshacl would be named here."""

    def refuse(*_: object) -> None:
        pytest.fail("pyshacl was asked")

    monkeypatch.setattr(engine_module, "run_reference", refuse)
    if case.report is None:
        with pytest.raises(ShapeError):
            outcome_of(case, "compiled")
    else:
        assert outcome_of(case, "compiled").by_reference == ()


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in all_cases()])
def test_exit_status_of_the_command_tells_whether_data_conform(case: ShaclCase) -> None:
    files = ["--data", str(case.data), "--shapes", str(case.shapes)]
    result = CliRunner().invoke(main, ["validate", *files, "--fail-on", "info"])
    if case.report is None:
        assert result.exit_code == 2, result.output
    else:
        assert result.exit_code == (0 if case.conforms else 1), result.output
