"""What a catalog owes those whose data it took over: from `attribution.yaml` to all that is published."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from rdflib import DCTERMS, Graph, URIRef

from releases import BASE, make_catalog, release
from rolegraph.cli import main
from rolegraph.config import read_config
from rolegraph.errors import Problems
from rolegraph.export.formats import WRITERS
from rolegraph.model.attribution import Credit
from rolegraph.snapshot import open_snapshot
from rolegraph.snapshot.build import build, find_changes
from rolegraph.snapshot.releases import releases_folder
from servers import start, stop
from tables import PLAIN_MAP, write_all

SOURCE = "https://sea.example/roles"
LICENCE = "https://sea.example/licence"
CREDIT = f"""title = "Roles of the sea"
attribution = "Contains data of the harbour office."
licence = "{LICENCE}"
source = "{SOURCE}"
"""
SAID = f"Roles of the sea. Contains data of the harbour office. Licence: {LICENCE}. Source: {SOURCE}."
CATALOG = ox.NamedNode(f"{BASE}catalog")


def run(catalog: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--catalog", str(catalog)])


def import_sea(catalog: Path, head: str = CREDIT, *arguments: str) -> Result:
    folder = catalog.parent
    table = "Family,Role,Level,Skill\nWater,Diver,Senior diver,Swim\n"
    write_all(folder, {"sea.csv": table, "sea.toml": f"{head}{PLAIN_MAP}"})
    files = ("import", "table", str(folder / "sea.csv"), "--map", str(folder / "sea.toml"))
    return run(catalog, *files, *arguments)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with an imported table, built and released; read-only by agreement."""
    directory = make_catalog(tmp_path_factory.mktemp("credit") / "catalog")
    assert import_sea(directory).exit_code == 0
    release(directory, "1.0")
    return directory


def test_import_writes_what_the_map_says(catalog: Path) -> None:
    text = (catalog / "attribution.sea.yaml").read_text(encoding="utf-8")
    assert text.splitlines() == [
        "- title: Roles of the sea",
        "  attribution: Contains data of the harbour office.",
        f"  licence: {LICENCE}",
        f"  source: {SOURCE}",
    ]
    told = import_sea(catalog, CREDIT, "--dry-run", "--force").stderr
    assert f"Wherever you publish this, say: {SAID}" in told


@pytest.mark.parametrize("head", ["", 'title = "Roles of the sea"\n'])
def test_a_map_that_asks_for_nothing_leaves_no_file(small_catalog: Path, head: str) -> None:
    assert import_sea(small_catalog).exit_code == 0
    assert (small_catalog / "attribution.sea.yaml").is_file()
    assert import_sea(small_catalog, head, "--force").exit_code == 0
    assert not (small_catalog / "attribution.sea.yaml").exists()


def test_graph_describes_the_catalog_with_it(catalog: Path) -> None:
    store = ox.Store.read_only(str(open_snapshot(catalog).store_path))
    graph = ox.NamedNode(f"{BASE}graph/provenance")

    def said(name: str) -> list[str]:
        predicate = ox.NamedNode(f"http://purl.org/dc/terms/{name}")
        return [q.object.value for q in store.quads_for_pattern(CATALOG, predicate, None, graph)]  # type: ignore[union-attr]

    assert said("rights") == [SAID]
    assert said("source") == [SOURCE]


# The sets of SSSOM name licence and source themselves, and a reference's files are its publisher's.
OTHERS = {"sssom", "sssom-rdf", "onet-database", "esco-database"}


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - OTHERS))
def test_every_export_of_roles_says_it(catalog: Path, tmp_path: Path, name: str) -> None:
    result = run(catalog, "export", name, "-o", str(tmp_path / "out"))
    assert result.exit_code == 0, result.stderr
    texts = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"Contains data of the harbour office." in text for text in texts)
    for path in tmp_path.rglob("LICENSE*"):
        assert path.read_text(encoding="utf-8").count(SAID) == 1


def test_release_says_it_in_its_record_and_its_exports(catalog: Path, tmp_path: Path) -> None:
    record = Graph().parse(releases_folder(catalog) / "1.0" / "release.ttl")
    assert [str(v) for v in record.objects(URIRef(f"{BASE}release/1.0"), DCTERMS.rights)] == [SAID]
    result = run(catalog, "export", "csv", "--release", "1.0", "-o", str(tmp_path / "out"))
    assert result.exit_code == 0, result.stderr
    assert SAID in (tmp_path / "out" / "LICENSE.txt").read_text(encoding="utf-8")


def test_server_describes_its_data_with_it(catalog: Path) -> None:
    server = start(catalog, "--workers", "1")
    try:
        void = Graph().parse(data=server.send("GET", "/.well-known/void", Accept="text/turtle").body)
    finally:
        stop(server)
    assert SAID in {str(value) for value in void.objects(None, DCTERMS.rights)}


def test_credits_are_inputs_of_a_build_and_content_of_a_release(small_catalog: Path) -> None:
    release(small_catalog, "1.0")
    credit = '- {title: "Ours", attribution: "Say\\n  so."}\n'
    (small_catalog / "attribution.yaml").write_text(credit + credit, encoding="utf-8")
    problems = Problems()
    config = read_config(small_catalog, problems)
    assert config is not None
    assert find_changes(small_catalog, config, open_snapshot(small_catalog)) == ["attribution.yaml"]
    build(small_catalog)
    assert open_snapshot(small_catalog).manifest["rights"] == ["Ours. Say so."]
    result = run(small_catalog, "release", "1.0")
    assert result.exit_code == 2
    said = "with other order, spelling, credit, publisher or licence (see its records)"
    assert said in " ".join(result.stderr.split())


def test_faults_of_credits_are_told_all_at_once(small_catalog: Path) -> None:
    text = "- {}\n- {title: A, source: 'https://a b'}\n- {titel: A}\n"
    (small_catalog / "attribution.a.yaml").write_text(text, encoding="utf-8")
    text = "- {licence: 'http://<>', title: A}\n- {title: ' '}\n"
    (small_catalog / "attribution.yaml").write_text(text, encoding="utf-8")
    result = run(small_catalog, "build")
    assert result.exit_code == 2
    assert "attribution.a.yaml:3: unknown key 'titel'" in result.stderr
    assert "attribution.yaml:1: licence 'http://<>' is no IRI; correct it, or write" in result.stderr
    assert "attribution.yaml:2: this credit says nothing; write a title or an attribution" in result.stderr
    (small_catalog / "attribution.a.yaml").write_text("- {}\n- {title: A, source: 'https://a b'}\n", "utf-8")
    told = run(small_catalog, "build").stderr
    assert "attribution.a.yaml:1: this credit says nothing" in told
    assert "attribution.a.yaml:2: source 'https://a b' is no IRI" in told


def test_statement_keeps_the_words_of_the_publisher() -> None:
    assert Credit(attribution="By A. B.").statement == "By A. B."
    assert Credit(title="T", licence="CC0", source="S").statement == "T. Licence: CC0. Source: S."
    assert Credit().statement == ""
