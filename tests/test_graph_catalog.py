"""Records to quads: a golden graph, and the rules that decide what a label is."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from rolegraph.config import CatalogSection, Config
from rolegraph.errors import Problems
from rolegraph.graph.catalog import confidence_band
from rolegraph.graph.nquads import decimal, lang_text, text
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Component, Level, ProficiencyText, Role, Taxonomy
from rolegraph.snapshot.assemble import Inputs, write_quads
from rolegraph.sources.page import read_page
from rolegraph.sources.roles import RoleReader
from rolegraph.terms import term

PAGES = Path(__file__).parent / "cases" / "sources" / "pages"
BASE = "https://example.org/"
LEVEL = Level(notation="S4", iri=f"{BASE}level/S4", rank=4.0, track=f"{BASE}track/S", label="Lead")
CONFIG = Config(catalog=CatalogSection(name="Test", base_iri=BASE))
GRAPHS = {f"<{BASE}graph/{name}>" for name in ("catalog", "mappings", "derived", "provenance")}


def quads_of(*roles: Role) -> list[str]:
    lines: list[str] = []
    catalog = Catalog(roles=roles, taxonomy=Taxonomy(), levels={"S4": LEVEL})
    write_quads(Inputs(Path(), CONFIG, catalog, None), lines.append)
    return sorted(line for line in set(lines) if line[:-3].rpartition(" ")[2] in GRAPHS)


def role_of(name: str) -> Role:
    problems = Problems()
    read = read_page(PAGES / f"{name}.txt", f"{name}.txt", problems)
    assert read is not None
    role = RoleReader(Iris(BASE), "en", frozenset(["S4"]), problems).convert(read[0], f"{name}.txt", read[1])
    assert role is not None
    return role


def test_page_gives_the_approved_quads(approve: bool) -> None:
    found = "".join(quads_of(role_of("full")))
    golden = PAGES / "full.nq"
    if approve:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_lines_are_spelled_as_the_store_dumps_them() -> None:
    lines = quads_of(role_of("full"))
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    dumped = store.dump(format=ox.RdfFormat.N_QUADS)
    assert dumped is not None
    assert sorted(dumped.decode().splitlines(keepends=True)) == lines


@pytest.mark.parametrize(
    "value", ['quote " backslash \\ tab \t', "line\nbreak\r", "bell \x07 del \x7f", "é 日本 \u2028"]
)
def test_any_text_is_spelled_as_the_store_dumps_it(value: str) -> None:
    store = ox.Store()
    for token in (text(value), lang_text(value, "en-GB")):
        line = f"<http://a> <http://b> {token} <http://g> .\n"
        store.clear()
        store.load(line.encode(), format=ox.RdfFormat.N_QUADS)
        assert (store.dump(format=ox.RdfFormat.N_QUADS) or b"").decode() == line


@pytest.mark.parametrize("value", ["0", "0.70", "4.00", "-0.50", "1e-7", "12345678.900", "-0.0", "100"])
def test_any_number_is_spelled_as_the_store_dumps_it(value: str) -> None:
    store = ox.Store()
    line = f"<http://a> <http://b> {decimal(value)} <http://g> .\n"
    store.load(line.encode(), format=ox.RdfFormat.N_QUADS)
    assert (store.dump(format=ox.RdfFormat.N_QUADS) or b"").decode() == line


@pytest.mark.parametrize(
    ("score", "band"),
    [(0.8, "high"), (0.79, "medium"), (0.5, "medium"), (0.49, "low"), (0, "low"), (1, "high")],
)
def test_band_follows_the_score(score: float, band: str) -> None:
    assert confidence_band(score) == band


def objects(lines: list[str], predicate: str) -> set[str]:
    return {
        line.split(" ", 2)[2].rpartition(" <")[0] for line in lines if line.split(" ")[1] == f"<{predicate}>"
    }


def test_only_found_titles_are_labels() -> None:
    """Rejected, low, level-token and title-equal aliases are kept, but are no alternative labels."""
    skos = "http://www.w3.org/2004/02/skos/core#"
    lines = [line for line in quads_of(role_of("full")) if line.startswith(f"<{BASE}role/")]
    assert objects(lines, f"{skos}altLabel") == {'"Inbound Shift Lead"@en'}
    assert objects(lines, f"{skos}hiddenLabel") == {'"S4"@en'}
    forms = objects(lines, "http://www.w3.org/2008/05/skos-xl#literalForm")
    assert forms == {'"Inbound Shift Lead"@en', '"Dock Boss"@en', '"S4"@en'}


def test_accepted_mapping_is_also_a_plain_triple_and_an_undecided_one_is_not() -> None:
    lines = quads_of(role_of("full"))
    assert objects(lines, "http://www.w3.org/2004/02/skos/core#broadMatch") == {f"<{BASE}soc2018/53-1042>"}
    assert len(objects(lines, "https://w3id.org/sssom/object_id")) == 2


def test_proficiency_texts_are_descriptors_of_their_component() -> None:
    step = ProficiencyText(level=2, name={"en": "Working"}, text={"en": "Knits.", "de": "Strickt."})
    component = Component(kind="skill", label={"en": "Knitting"}, proficiency_texts=(step,))
    lines: list[str] = []
    catalog = Catalog(roles=(), taxonomy=Taxonomy(), components=(component,))
    write_quads(Inputs(Path(), CONFIG, catalog, None), lines.append)
    descriptor = f"<{BASE}component/skill/knitting#proficiency-2>"
    assert any(line.startswith(f"<{BASE}component/skill/knitting> ") and descriptor in line for line in lines)
    own = [line for line in lines if line.startswith(descriptor)]
    assert objects(own, term("rg:text").strip("<>")) == {'"Knits."@en', '"Strickt."@de'}
    assert objects(own, term("rdfs:label").strip("<>")) == {'"Working"@en'}
    assert objects(own, term("rg:describedProficiency").strip("<>")) == {'"2"^^<http://www.w3.org/2001/XMLSchema#integer>'}
