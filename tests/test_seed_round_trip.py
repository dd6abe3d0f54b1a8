"""The page the project was asked for goes in whole: the queries give every string of it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from rolegraph.cli import main
from rolegraph.query import bind, load_query
from rolegraph.snapshot.build import build
from rolegraph.sources.template import catalog_files

SEED = "seed/SRES.GEN.P5.txt"
# What the form of such a page says by itself; everything else is data of the role.
FORM = {
    "the story of this role", "who does this work", "the problem this role solves", "the external problem",
    "the internal problem", "why it matters", "the plan", "what's at stake", "success looks like", "summary",
    "level", "scope", "autonomy", "complexity", "impact", "decision rights", "leadership",
    "typical experience", "core outputs", "no core outputs recorded yet", "adjacent roles",
    "nearest roles by structural coordinates (level + taxonomy)", "distance", "each carries its 3-state",
    "match band", "how coordinates work", "components", "responsibilities", "tasks", "skills", "knowledge",
    "competency", "qualification", "title aliases", "alias", "type", "confidence", "approved",
    "classification mappings", "o*net / soc", "code", "title", "source", "reviewstatus",
}  # fmt: skip


@pytest.fixture(scope="module")
def seed_store(shared: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    page = shared(SEED)
    catalog = tmp_path_factory.mktemp("seed") / "catalog"
    for name, content in catalog_files("Seed", "https://example.org/").items():
        (catalog / name).parent.mkdir(parents=True, exist_ok=True)
        (catalog / name).write_text(content, encoding="utf-8")
    result = CliRunner().invoke(main, ["import", "page", str(page), "--catalog", str(catalog)])
    assert result.exit_code == 0, result.output
    return ox.Store.read_only(str(build(catalog).snapshot.store_path))


def strings(store: ox.Store) -> list[str]:
    query = bind(load_query("role-page"), {"role": ["SRES.GEN.P5"]})
    solutions = store.query(query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    return [str(getattr(value, "value", "")) for row in solutions for value in row if value is not None]


def test_nothing_but_headings_counts_and_punctuation_is_left(
    seed_store: ox.Store, shared: Callable[[str], Path]
) -> None:
    left = shared(SEED).read_text(encoding="utf-8").lower()
    given_back = {text.lower() for text in strings(seed_store)}
    # Longest first, so that no string is taken out of the middle of a longer one.
    for text in sorted(given_back | FORM, key=len, reverse=True):
        if len(text) > 1:
            left = left.replace(text, "\n")
    assert re.sub(r"[\W\d_]+", " ", left).split() == []


def test_page_has_44_components_7_aliases_and_one_mapping(seed_store: ox.Store) -> None:
    def count(pattern: str) -> int:
        query = (
            "PREFIX rg: <https://w3id.org/rolegraph/ns#> PREFIX dcterms: <http://purl.org/dc/terms/> "
            f'SELECT (COUNT(*) AS ?n) {{ ?role dcterms:identifier "SRES.GEN.P5" ; {pattern} }}'
        )
        solutions = seed_store.query(query, use_default_graph_as_union=True)
        assert isinstance(solutions, ox.QuerySolutions)
        return int(str(next(solutions)["n"].value))

    assert count("rg:componentUse ?use") == 44
    assert count("rg:componentUse/rg:scopeTag ?tag") == 88
    assert count("rg:titleAlias ?alias") == 7
    assert count("rg:titleAlias/rg:approval <https://w3id.org/rolegraph/concept/approval-pending>") == 7
    assert count("rg:mapping ?mapping") == 1
    assert count("rg:noneRecorded rg:CoreOutput") == 1
    assert count("rg:descriptor ?descriptor") == 7
    assert count("rg:story/rg:planStep ?step") == 5
