"""Where a finding's node was read from: the very line of the file that says it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from rolegraph.config import Config
from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, key_label
from rolegraph.positions import Positions
from rolegraph.snapshot.assemble import read_inputs, write_quads
from rolegraph.sources.catalog import read_catalog
from rolegraph.sources.yaml import read_yaml

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
ONTOLOGY = "https://w3id.org/rolegraph/"
LEVELS = """\
@prefix rg: <https://w3id.org/rolegraph/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
# "P2" comes below
<https://example.org/level/P1> a rg:Level ; rg:rank 1 ; rg:track <https://example.org/track/P> ;
    skos:notation "P1" .
<https://example.org/level/P2> a rg:Level ; skos:notation 'P2' ; rg:rank 2 ;
    rg:track <https://example.org/track/P> .
"""


class Sources:
    """A catalog's records, its positions, and the texts of its files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        config: Config
        catalog: Catalog
        config, catalog = read_catalog(directory, Problems())
        self.catalog = catalog
        self.iris = Iris(config.catalog.base_iri)
        self.positions = Positions.of(catalog, self.iris)

    def text(self, place: tuple[str, int]) -> str:
        """The line that a place is; a place that is none fails."""
        file, line = place
        assert not Path(file).is_absolute()
        return (self._directory / file).read_text(encoding="utf-8").split("\n")[line - 1]

    def at(self, focus: str, value: str = "", path: str = "") -> str:
        return self.text(self.positions.locate(focus, value, path))


@pytest.fixture(scope="module")
def sample() -> Sources:
    return Sources(DATA)


def as_ndjson(directory: Path) -> Sources:
    """The sample catalog with all roles in one NDJSON file, after an empty line."""
    shutil.copytree(DATA, directory, ignore=shutil.ignore_patterns(".rolegraph"))
    lines = [b""]
    for path in sorted((directory / "roles").glob("*.yaml")):
        document = read_yaml(path, path.name, Problems())
        assert document is not None
        lines.append(msgspec.json.encode(document.data))
        path.unlink()
    (directory / "roles" / "all.ndjson").write_bytes(b"\n".join(lines))
    return Sources(directory)


def test_a_role_is_at_the_start_of_its_file(sample: Sources) -> None:
    assert len(sample.catalog.roles) >= 20
    for role in sample.catalog.roles:
        file, _ = place = sample.positions.locate(sample.iris.role(role.code))
        assert file == f"roles/{role.code}.yaml"
        assert sample.text(place) == f"code: {role.code}"


def test_an_alias_is_on_the_line_that_writes_it(sample: Sources) -> None:
    aliases = [(role, alias) for role in sample.catalog.roles for alias in role.aliases]
    assert len(aliases) >= 50
    for role, alias in aliases:
        iri = sample.iris.alias(role.code, alias.label, alias.language)
        assert sample.positions.locate(iri)[0] == f"roles/{role.code}.yaml"
        assert alias.label in sample.at(iri)


def test_a_component_use_is_on_the_line_that_writes_it(sample: Sources) -> None:
    uses = [(role, use) for role in sample.catalog.roles for use in role.uses]
    assert len(uses) >= 500
    for role, use in uses:
        iri = sample.iris.use(role.code, use.kind, key_label(use.label))
        assert sample.positions.locate(iri)[0] == f"roles/{role.code}.yaml"
        assert key_label(use.label) in sample.at(iri)


def test_a_finding_on_a_role_is_at_the_alias_that_is_its_value(sample: Sources) -> None:
    for role in sample.catalog.roles:
        for alias in role.aliases:
            assert alias.label in sample.at(sample.iris.role(role.code), alias.label)
            short = sample.positions.locate(f"role/{role.code}", alias.label)
            assert short == sample.positions.locate(sample.iris.role(role.code), alias.label)


def test_a_finding_on_a_role_is_at_the_component_that_is_its_value(sample: Sources) -> None:
    for role in sample.catalog.roles:
        focus = sample.iris.role(role.code)
        for use in role.uses:
            label = key_label(use.label)
            component = sample.iris.component(use.kind, label)
            assert label in sample.at(focus, label)
            assert label in sample.at(focus, component)
            node = sample.iris.use(role.code, use.kind, label)
            assert sample.positions.locate(focus, node) == sample.positions.locate(node)


def test_a_finding_on_a_role_is_at_the_code_that_is_its_value(small_catalog: Path) -> None:
    path = next((small_catalog / "roles").glob("*.yaml"))
    codes = "\ncodes:\n  - code: 15-0000\n    title: Wrong\n  - {code: 15-1252.00}\n"
    path.write_text(path.read_text(encoding="utf-8").partition("\ncodes:")[0] + codes, encoding="utf-8")
    sources = Sources(small_catalog)
    focus = sources.iris.role(path.stem)
    assert "15-0000" in sources.at(focus, "15-0000", "rg:mapping")
    assert "15-0000" in sources.at(focus, sources.iris.soc("15-0000"), "rg:mapping")
    assert "15-0000" in sources.at(focus, "Wrong", "rg:mapping")
    assert "15-1252.00" in sources.at(focus, "15-1252.00", "rg:mapping")
    assert "15-1252.00" in sources.at(focus, "onetsoc2019/15-1252.00", "rg:mapping")
    (role,) = (role for role in sources.catalog.roles if role.code == path.stem)
    for mapping in role.mappings:
        iri = sources.iris.mapping(mapping.subject, mapping.predicate, mapping.modifier, mapping.object)
        assert mapping.object.rpartition("/")[2] in sources.at(iri)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("skos:definition", "summary"),
        ("http://www.w3.org/2004/02/skos/core#prefLabel", "title"),
        ("<http://www.w3.org/2004/02/skos/core#prefLabel>", "title"),
        ("rg:titleAlias", "aliases"),
        ("rg:componentUse", "components"),
        ("rg:story", "story"),
    ],
)
def test_a_finding_on_a_role_without_value_is_at_the_key_of_its_path(
    sample: Sources, path: str, key: str
) -> None:
    role = next(role for role in sample.catalog.roles if role.story and role.summary)
    assert sample.at(sample.iris.role(role.code), path=path).startswith(f"{key}:")


def test_a_finding_on_what_a_role_lacks_is_at_the_role(sample: Sources) -> None:
    role = next(role for role in sample.catalog.roles if "none_recorded" not in role.lines)
    focus = sample.iris.role(role.code)
    assert sample.at(focus, "nowhere to be found", "rg:noneRecorded") == f"code: {role.code}"


def test_a_part_of_a_story_or_level_text_is_on_its_line(sample: Sources) -> None:
    role = next(role for role in sample.catalog.roles if role.story and role.story.plan and role.descriptors)
    focus = sample.iris.role(role.code)
    assert sample.at(f"{focus}#story") == "story:"
    assert role.story is not None
    for number, step in enumerate(role.story.plan, start=1):
        assert sample.at(f"{focus}#plan-{number}").strip("- >")[:20] == key_label(step)[:20]
    for dimension in role.descriptors:
        at = sample.at(f"{focus}#descriptor-{dimension.replace('_', '-')}")
        assert at.strip().startswith(f"{dimension}:")


def test_a_derived_part_of_a_role_is_at_the_role(sample: Sources) -> None:
    focus = sample.iris.role("SRES.GEN.P5")
    assert sample.at(f"{focus}#adj-structural-1-SRES.GEN.P4") == "code: SRES.GEN.P5"


def test_a_mapping_is_on_its_row(sample: Sources) -> None:
    assert len(sample.catalog.mappings) >= 20
    for mapping in sample.catalog.mappings:
        iri = sample.iris.mapping(mapping.subject, mapping.predicate, mapping.modifier, mapping.object)
        cells = [cell.rpartition(":")[2] for cell in sample.at(iri).split("\t")]
        assert mapping.subject.rpartition("/")[2] in cells
        assert any(cell and mapping.object.endswith("/" + cell.rpartition("/")[2]) for cell in cells)


def test_a_finding_on_what_is_mapped_is_at_the_row_of_the_code_that_is_its_value(sample: Sources) -> None:
    for mapping in sample.catalog.mappings:
        row = sample.at(mapping.subject, mapping.object, "rg:mapping")
        assert mapping.subject.rpartition("/")[2] in row
        assert mapping.object.rpartition("/")[2] in row


def test_a_mapped_code_does_not_hide_the_alias_of_its_title(small_catalog: Path) -> None:
    path = next((small_catalog / "roles").glob("*.yaml"))
    codes = "codes:\n  - {code: 15-1252, title: Software Developers}\n"
    end = f"\naliases:\n  - label: Software Developers\n{codes}"
    path.write_text(path.read_text(encoding="utf-8").partition("\naliases:")[0] + end, encoding="utf-8")
    sources = Sources(small_catalog)
    focus = sources.iris.role(path.stem)
    assert sources.at(focus, "Software Developers", "rg:titleAlias") == "  - label: Software Developers"
    assert sources.at(focus, "Software Developers", "rg:mapping").startswith("  - {code: 15-1252")


def test_a_component_is_at_its_entry(sample: Sources) -> None:
    assert len(sample.catalog.components) >= 50
    for component in sample.catalog.components:
        iri = sample.iris.component(component.kind, key_label(component.label))
        assert sample.positions.locate(iri)[0] == f"components/{component.kind}.yaml"
        label = key_label(component.label)
        assert sample.at(iri).startswith("- label:")
        # An entry with a label in each language has them on the lines below.
        file, line = sample.positions.locate(iri)
        assert any(label in sample.text((file, number)) for number in (line, line + 1, line + 2))


def test_a_component_without_entry_is_at_its_first_use(sample: Sources) -> None:
    entries = {(entry.kind, key_label(entry.label)) for entry in sample.catalog.components}
    found = 0
    for role in reversed(sample.catalog.roles):
        for use in role.uses:
            label = key_label(use.label)
            if (use.kind, label) not in entries:
                found += 1
                file, _ = sample.positions.locate(sample.iris.component(use.kind, label))
                assert file <= f"roles/{role.code}.yaml"
                assert label in sample.at(sample.iris.component(use.kind, label))
    assert found


def test_an_entry_of_the_taxonomy_is_on_its_line(sample: Sources) -> None:
    taxonomy, iris = sample.catalog.taxonomy, sample.iris
    for code in taxonomy.super_functions:
        assert sample.at(iris.super_function(code)).strip() == f"- code: {code}"
    for code in taxonomy.families:
        assert sample.at(iris.family(code)).strip() == f"- code: {code}"
    for code in taxonomy.specialisations:
        assert sample.at(iris.specialisation(code)).strip() == f"- code: {code}"


def test_a_family_that_only_roles_name_is_at_its_first_role(small_catalog: Path) -> None:
    (small_catalog / "taxonomy.yaml").unlink()
    sources = Sources(small_catalog)
    first = sources.catalog.roles[0]
    for iri in (sources.iris.family(first.family), sources.iris.specialisation(first.specialisation)):
        assert sources.at(iri).startswith(f"code: {first.code}")


def test_a_soc_title_is_on_its_row(sample: Sources) -> None:
    for group in sample.catalog.soc:
        assert sample.at(sample.iris.soc(group.code)).startswith(group.code)


def test_a_level_of_the_catalogs_own_scheme_is_where_its_notation_stands(small_catalog: Path) -> None:
    for path in (small_catalog / "roles").glob("*.yaml"):
        path.unlink()
    (small_catalog / "levels.ttl").write_text(LEVELS, encoding="utf-8")
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", '[sources]\nlevels = "levels.ttl"'), encoding="utf-8")
    sources = Sources(small_catalog)
    assert sources.positions.locate("https://example.org/level/P1") == ("levels.ttl", 5)
    assert sources.positions.locate("https://example.org/level/P2") == ("levels.ttl", 6)
    assert sources.positions.locate("https://example.org/level/P2/scope") == ("levels.ttl", 6)


@pytest.mark.parametrize(
    "iri",
    [
        f"{ONTOLOGY}level/P5",
        f"{ONTOLOGY}level/P5/scope",
        f"{ONTOLOGY}ns#Role",
        f"{ONTOLOGY}sample/role/NONE.SUCH.P1",
        f"{ONTOLOGY}sample/component/skill/nobody-lists-this",
        "_:b0",
        "",
    ],
)
def test_what_no_file_of_the_catalog_says_has_no_place(sample: Sources, iri: str) -> None:
    assert sample.positions.locate(iri, "value", "rg:story") == ("", 0)


def test_every_part_of_an_ndjson_role_is_on_the_line_of_the_role(tmp_path: Path) -> None:
    sources = as_ndjson(tmp_path / "catalog")
    assert len(sources.catalog.roles) >= 20
    for role in sources.catalog.roles:
        focus = sources.iris.role(role.code)
        file, line = sources.positions.locate(focus)
        assert file == "roles/all.ndjson"
        assert f'"{role.code}"' in sources.at(focus)
        for alias in role.aliases:
            iri = sources.iris.alias(role.code, alias.label, alias.language)
            assert sources.positions.locate(iri) == (file, line)
            assert sources.positions.locate(focus, alias.label) == (file, line)


def test_places_of_roles_on_one_line_each_need_no_table_of_parts(tmp_path: Path) -> None:
    sources = as_ndjson(tmp_path / "catalog")
    assert all(not role.lines for role in sources.catalog.roles)


def test_a_language_other_than_the_catalogs_finds_its_alias(small_catalog: Path) -> None:
    path = next((small_catalog / "roles").glob("*.yaml"))
    aliases = "\naliases:\n  - label: Architect\n  - {label: Architekt, language: de-AT}\n"
    path.write_text(path.read_text(encoding="utf-8").partition("\naliases:")[0] + aliases, encoding="utf-8")
    sources = Sources(small_catalog)
    assert "Architekt" in sources.at(sources.iris.role(path.stem), "Architekt")


def test_places_are_no_part_of_the_graph(small_catalog: Path) -> None:
    def graph() -> list[str]:
        lines: list[str] = []
        write_quads(read_inputs(small_catalog, Problems()), lines.append)
        return sorted(lines)

    before = graph()
    for path in (*small_catalog.rglob("*.yaml"), *small_catalog.rglob("*.tsv")):
        path.write_text("#\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert graph() == before
