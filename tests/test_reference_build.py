"""The sample catalog built together with all the real reference data: one graph, asked and exported."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from references import ESCO, copy_esco
from rolegraph.cli import main
from rolegraph.query import bind, load_query
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build
from rolegraph.terms import PREFIXES

ROOT = Path(__file__).resolve().parent.parent
RENUMBERED = ROOT / "tests" / "cases" / "sources" / "crosswalks" / "onetsoc-software.csv"
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())

COUNTS = """
SELECT ?what (COUNT(*) AS ?n) WHERE {
  { SELECT DISTINCT ("occupations of ESCO" AS ?what) ?x WHERE { ?x a esco:Occupation } }
  UNION { SELECT DISTINCT ("ISCO groups" AS ?what) ?x WHERE { ?x a rg:IscoGroup } }
  UNION { SELECT DISTINCT ("skills" AS ?what) ?x WHERE { ?x a esco:Skill } }
  UNION { SELECT DISTINCT ("skills in the hierarchy" AS ?what) ?x WHERE {
    ?x a esco:Skill ; skos:broader ?group } }
  UNION { SELECT ("relations of skills" AS ?what) WHERE {
    ?x a esco:Skill ; esco:relatedEssentialSkill|esco:relatedOptionalSkill ?skill } }
  UNION { SELECT ("essential skills of occupations" AS ?what) WHERE {
    ?x a esco:Occupation ; esco:relatedEssentialSkill ?skill } }
  UNION { SELECT ("rows of Nesta's crosswalk" AS ?what) WHERE {
    ?set sssom:mappings ?x . ?x a rg:CrosswalkMapping . FILTER(STRENDS(STR(?set), "/esco-onet-nesta")) } }
  UNION { SELECT ("occupations of O*NET" AS ?what) WHERE { ?x a onet:Occupation } }
  UNION { SELECT ("roles" AS ?what) WHERE { ?x a rg:Role } }
} GROUP BY ?what
"""


@pytest.fixture(scope="module")
def catalog(shared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with O*NET 29.0, ESCO 1.2.0 in two languages, its ICT slice and Nesta's crosswalk.

    Three rows of the table from O*NET-SOC 2010 to 2019 lead from the developers and testers of 2010 on.
    """
    directory = tmp_path_factory.mktemp("references") / "catalog"
    shutil.copytree(ROOT / "data", directory, ignore=shutil.ignore_patterns(".rolegraph"))
    copy_esco(shared, directory)
    (directory / "onet").symlink_to(shared("data/onet_29_0"))
    shutil.copyfile(shared("data/nesta_crosswalk/esco_onet_crosswalk_Nov2020.csv"), directory / "nesta.csv")
    shutil.copyfile(RENUMBERED, directory / "renumbered.csv")
    config = directory / "rolegraph.toml"
    named = f'onet = "onet"\nesco = {list(ESCO)}\ncrosswalks = ["nesta.csv", "renumbered.csv"]\n'
    config.write_text(config.read_text(encoding="utf-8").replace("[sources]\n", f"[sources]\n{named}"))
    build(directory)
    return directory


@pytest.fixture(scope="module")
def store(catalog: Path) -> ox.Store:
    return ox.Store.read_only(str(open_snapshot(catalog).store_path))


def ask(store: ox.Store, query: str) -> list[dict[str, str]]:
    solutions = store.query(query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [
        {name: "" if value is None else value.value for name, value in zip(names, row, strict=True)}
        for row in solutions
    ]


def test_one_query_counts_what_all_of_them_hold(store: ox.Store) -> None:
    assert {row["what"]: int(row["n"]) for row in ask(store, PROLOGUE + COUNTS)} == {
        "occupations of ESCO": 3_039,
        "ISCO groups": 619,
        "skills": 13_939 + 4,  # four are in the slice only
        "skills in the hierarchy": 13_939,
        "relations of skills": 5_818,
        "essential skills of occupations": 1_970,
        "rows of Nesta's crosswalk": 1_680,
        "occupations of O*NET": 1_016,
        "roles": 26,
    }


def test_three_roles_lead_over_onet_to_esco_and_to_what_all_three_name(store: ox.Store) -> None:
    # Looked up by hand: O*NET lists Git, Python and "Structured query language SQL" for these occupations;
    # ESCO has "git" among the labels of tools for software configuration management, "SQL" among those of
    # database management systems. Statistics, of the data scientist, is no skill of O*NET's 15-1221.00.
    found = {}
    for role, status in (
        ("SWE.GEN.P3", "accepted"),
        ("DATA.ENG.P4", "accepted"),
        ("DATA.SCI.P5", "needs_review"),
    ):
        query = bind(load_query("roles-across-classifications"), {"role": [role], "status": [status]})
        rows = [row for row in ask(store, query) if row["from"] == role]
        found[role] = {(row["occupation"], row["escoTitle"]): row["skills"] for row in rows}
    assert found == {
        "SWE.GEN.P3": {
            ("15-1252.00", "software architect"): "Git",
            ("15-1252.00", "embedded system designer"): "Git",
            ("15-1252.00", "ICT application configurator"): "Git",
            ("15-1252.00", "software analyst"): "",
        },
        "DATA.ENG.P4": {
            ("15-1243.00", "data warehouse designer"): "SQL",
            ("15-1243.00", "database designer"): "SQL",
        },
        "DATA.SCI.P5": {
            ("15-1221.00", "artificial intelligence engineer"): "Python",
            ("15-1221.00", "data scientist"): "",
            ("15-1221.00", "data analyst"): "",
            ("15-1221.00", "ICT research consultant"): "",
            ("15-1221.00", "computer scientist"): "",
        },
    }


def test_rows_that_stay_unresolved_are_listed(catalog: Path) -> None:
    report = pd.read_csv(catalog / ".rolegraph" / "import-report.csv", dtype=str)
    rows = report[report["file"].str.endswith("nesta.csv")].to_dict("records")
    assert len(rows) == 281 - 8  # four rows of developers and four of testers are resolved by the table
    resolved = ("15-1132.00", "15-1133.00", "15-1199.01")
    assert all(int(row["line"]) > 1 and row["row"] and not row["reason"].startswith(resolved) for row in rows)


def test_onet_is_written_byte_for_byte(catalog: Path, shared: Callable[[str], Path], tmp_path: Path) -> None:
    out = tmp_path / "onet"
    arguments = ["export", "onet-database", "--catalog", str(catalog), "--output", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    read = sorted(path.name for path in shared("data/onet_29_0").glob("*.txt") if path.name != "Read Me.txt")
    assert len(read) == 36
    for name in read:
        assert (out / name).read_bytes() == (shared("data/onet_29_0") / name).read_bytes(), name
    shutil.rmtree(out)
