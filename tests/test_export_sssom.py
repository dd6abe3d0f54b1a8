"""SSSOM out: what is read is written, what is written is read, and the second writing is the first."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import msgspec
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rdflib import DCTERMS, OWL, RDF, XSD, Graph, Literal, Namespace, URIRef

import exports
from rolegraph.cli import main
from rolegraph.errors import Problems
from rolegraph.export.curies import Curies, data_prefixes
from rolegraph.export.extract import Extract
from rolegraph.export.sssom import write_sssom
from rolegraph.export.sssom_rdf import write_sssom_rdf
from rolegraph.export.sssom_sets import UNSPECIFIED_LICENCE, catalog_set
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Mapping
from rolegraph.model.mapping_set import MappingSet
from rolegraph.model.sssom import NUMBERS, SLOTS
from rolegraph.snapshot.build import build
from rolegraph.sources.catalog import read_catalog
from rolegraph.sources.crosswalk import read_crosswalks
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.sssom import parse_sssom
from rolegraph.sources.sssom_header import expand

ROOT = Path(__file__).resolve().parent.parent
CROSSWALKS = ROOT / "tests" / "cases" / "sources" / "crosswalks"
FILES = sorted([*(ROOT / "data" / "mappings").glob("*.tsv"), *CROSSWALKS.glob("*.tsv")])
IRIS = Iris("https://w3id.org/rolegraph/sample/")
SSSOM = Namespace("https://w3id.org/sssom/")
RG = Namespace("https://w3id.org/rolegraph/ns#")


def write(mapping_set: MappingSet, mappings: tuple[Mapping, ...]) -> str:
    out = io.StringIO()
    write_sssom(mapping_set, mappings, data_prefixes(IRIS), out)
    return out.getvalue()


def parse(text: str, name: str = "x.sssom.tsv") -> tuple[MappingSet, tuple[Mapping, ...]]:
    problems = Problems()
    found = parse_sssom(text, name, problems)
    assert [str(problem) for problem in problems.errors] == []
    return found


def parts(text: str) -> tuple[dict[str, object], list[dict[str, str]]]:
    """Header and rows by an independent reader."""
    lines = text.splitlines()
    header = yaml.safe_load("\n".join(line[1:] for line in lines if line.startswith("#")))
    rows = csv.DictReader([line for line in lines if not line.startswith("#")], delimiter="\t")
    return header, list(rows)


def plain(slot: str, cell: str, prefixes: dict[str, str]) -> object:
    """A cell by its meaning: numbers as numbers, CURIEs as IRIs."""
    if slot in NUMBERS:
        return float(cell)
    if re.fullmatch(r"[\w.]+:[^/\s].*", cell):
        return expand(cell, prefixes) or cell
    return cell


def test_there_are_files_to_read() -> None:
    assert len(FILES) >= 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_as_people_keep_it_comes_back_with_every_cell(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    written = write(*parse(text))
    (header, rows), (new_header, new_rows) = parts(text), parts(written)
    assert len(new_rows) == len(rows)
    curies, new_curies = header.pop("curie_map"), new_header.pop("curie_map")
    assert isinstance(curies, dict)
    assert isinstance(new_curies, dict)
    shared = {slot: str(header.pop(slot)) for slot in list(header) if slot in SLOTS and slot != "license"}
    shared.pop("creator_label", None)
    for old, new in zip(rows, new_rows, strict=True):
        expected = {**shared, **{slot: cell for slot, cell in old.items() if cell}}
        found = {slot: plain(slot, cell, new_curies) for slot, cell in new.items() if cell}
        # Without a status a mapping of the catalog stands in review.
        found = {slot: cell for slot, cell in found.items() if slot in expected or cell != "needs_review"}
        assert found == {slot: plain(slot, cell, curies) for slot, cell in expected.items()}
    assert list(new_rows[0]) == sorted(
        new_rows[0], key=lambda slot: SLOTS.index(slot) if slot in SLOTS else len(SLOTS)
    )
    for slot in ("mapping_set_id", "mapping_set_title", "mapping_set_version", "license"):
        assert str(new_header.get(slot)) == str(header.get(slot))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_own_output_is_byte_stable(path: Path) -> None:
    once = write(*parse(path.read_text(encoding="utf-8")))
    assert write(*parse(once)) == once


def test_a_set_without_mappings_can_be_read_again() -> None:
    mapping_set = MappingSet(iri="https://example.org/set", licence="https://example.org/licence")
    text = write(mapping_set, ())
    assert text.splitlines()[-1] == "subject_id\tpredicate_id\tobject_id\tmapping_justification"
    again, mappings = parse(text)
    assert (again.iri, again.licence, mappings) == (mapping_set.iri, mapping_set.licence, ())


def sample(folder: Path) -> tuple[Catalog, Extract]:
    """The sample catalog, and all of it to export."""
    config, catalog = read_catalog(ROOT / "data", Problems())
    return catalog, exports.extract_of(catalog, folder, config.catalog)


def test_catalog_set_holds_files_and_codes_and_is_byte_stable(tmp_path: Path) -> None:
    catalog, extract = sample(tmp_path)
    mapping_set, rows, _ = catalog_set(extract)
    mappings = tuple(rows)
    on_roles = [mapping for role in catalog.roles for mapping in role.mappings]
    assert len(mappings) == len(catalog.mappings) + len(on_roles)
    assert len(on_roles) >= 1
    text = write(mapping_set, mappings)
    header, rows = parts(text)
    assert header["sssom_version"] == "1.1"
    assert header["mapping_set_id"] == "https://w3id.org/rolegraph/sample/mappingset/catalog"
    assert header["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert header["mapping_set_source"] == [s.iri for s in catalog.mapping_sets]
    assert header["extension_definitions"] == [
        {"slot_name": "ext_review_status", "property": "rg:reviewStatus", "type_hint": "xsd:string"},
        {"slot_name": "ext_mapping_source", "property": "rg:mappingSource", "type_hint": "xsd:string"},
    ]
    curies = header["curie_map"]
    assert isinstance(curies, dict)
    assert curies["xsd"] == str(XSD)
    assert curies["person"] == "https://w3id.org/rolegraph/sample/person/"
    keys = [
        (expand(r["subject_id"], curies), expand(r["predicate_id"], curies), expand(r["object_id"], curies))
        for r in rows
    ]
    assert keys == [(m.subject, m.predicate, m.object) for m in mappings]
    again_set, again = parse(text)
    assert write(again_set, again) == text
    assert [(m.key, m.review_status, m.source, m.confidence) for m in again] == [
        (m.key, m.review_status, m.source, m.confidence) for m in mappings
    ]


def test_rows_of_another_licence_carry_it_and_a_missing_licence_is_said(
    small_catalog: Path, tmp_path: Path
) -> None:
    config, catalog = read_catalog(small_catalog, Problems())
    (licence,) = {found.licence for found in catalog.mapping_sets}
    both = {licence, None}  # codes on roles are the catalog's own
    for own, row_licences in ((licence, {None}), (None, both), ("All rights reserved", both)):
        section = msgspec.structs.replace(config.catalog, licence=own)
        folder = tmp_path / str(own)[-3:]
        folder.mkdir()
        mapping_set, mappings, _ = catalog_set(exports.extract_of(catalog, folder, section))
        assert mapping_set.licence == (licence if own == licence else UNSPECIFIED_LICENCE)
        assert {dict(m.extra).get(f"{SSSOM}license") for m in mappings} == row_licences


def meaning(mapping: Mapping) -> tuple[str, dict[str, object]]:
    return mapping.key, {
        prop: float(value) if prop == f"{SSSOM}similarity_score" else value for prop, value in mapping.extra
    }


@pytest.mark.parametrize("name", ["commission.csv", "nesta.csv", "onetsoc-2010-2019.csv"])
def test_a_crosswalk_table_goes_out_as_sssom_with_its_own_slots(name: str) -> None:
    (crosswalk,) = read_crosswalks(CROSSWALKS, (name,), IRIS, Problems(), ImportReport())
    text = write(crosswalk.mapping_set, crosswalk.mappings)
    again_set, again = parse_sssom(text, "x", Problems(), status=None)
    assert write(again_set, again) == text
    assert [meaning(m) for m in again] == [meaning(m) for m in crosswalk.mappings]
    assert "ext_review_status" not in text
    assert ("ext_crosswalk_confidence" in text) == (name == "nesta.csv")


def test_a_name_of_a_reviewer_is_a_label_and_line_breaks_are_spaces() -> None:
    mapping = Mapping(
        subject="https://example.org/a",
        predicate="http://www.w3.org/2004/02/skos/core#closeMatch",
        object="https://example.org/deep/b",
        justification="https://w3id.org/semapv/vocab/ManualMappingCuration",
        reviewer="M. Okafor",
        comment="one\r\n  two\tthree",
        object_label='a "quoted" title',
    )
    mapping_set = MappingSet(iri="https://example.org/set", licence="https://example.org/licence")
    text = write(mapping_set, (mapping,))
    _, (row,) = parts(text)
    assert row["reviewer_label"] == "M. Okafor"
    assert "reviewer_id" not in row
    assert row["comment"] == "one two\tthree"
    assert row["object_label"] == 'a "quoted" title'
    # No prefix fits these, so each namespace gets one.
    assert (row["subject_id"], row["object_id"]) == ("ns1:a", "ns2:b")
    assert write(*parse(text)) == text


LETTERS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), min_size=1, max_size=12)
CELL = LETTERS.map(str.strip).filter(bool)
LOCAL = st.from_regex(r"[A-Za-z0-9._~-]{1,8}(/[A-Za-z0-9._~-]{1,4})?", fullmatch=True)
IRI = st.builds(
    "{}{}".format,
    st.sampled_from(["https://example.org/", "https://example.org/role/", "http://a.example/x#", IRIS.base]),
    LOCAL,
)
OTHER_SLOTS = [f"{SSSOM}{slot}" for slot in ("subject_category", "match_string", "other", "mapping_tool")]
MAPPINGS = st.builds(
    Mapping,
    subject=IRI,
    predicate=st.sampled_from(["http://www.w3.org/2004/02/skos/core#exactMatch", "https://example.org/p"]),
    object=IRI,
    modifier=st.sampled_from(["", "Not"]),
    justification=st.just("https://w3id.org/semapv/vocab/ManualMappingCuration"),
    object_label=st.none() | CELL,
    subject_label=st.none() | CELL,
    confidence=st.none() | st.floats(0, 1),
    review_status=st.sampled_from(["needs_review", "accepted", "rejected"]),
    source=st.sampled_from([None, "manual_curation"]),
    reviewer=st.none() | IRI | CELL,
    comment=st.none() | CELL,
    extra=st.lists(
        st.tuples(st.sampled_from([*OTHER_SLOTS, "https://example.org/My.slot"]), CELL),
        unique_by=lambda pair: pair[0],
    ).map(tuple),
)


@given(st.lists(MAPPINGS, min_size=1, max_size=5).map(tuple), st.dictionaries(LOCAL, CELL, max_size=2))
def test_any_mapping_is_written_and_read_back(mappings: tuple[Mapping, ...], more: dict[str, str]) -> None:
    details = tuple((re.sub(r"\W", "_", f"x{slot}"), (value,)) for slot, value in more.items())
    mapping_set = MappingSet(
        iri="https://example.org/set",
        licence="https://example.org/l",
        title="T: #1",
        prefixes={"ex": "https://example.org/"},
        details=tuple(dict(details).items()),
    )
    text = write(mapping_set, mappings)
    again_set, again = parse(text)
    assert write(again_set, again) == text
    assert again_set.details == mapping_set.details
    for before, after in zip(mappings, again, strict=True):
        assert (after.key, after.review_status, after.source) == (
            before.key, before.review_status, before.source,
        )  # fmt: skip
        assert after.confidence == before.confidence
        labels = (before.object_label, before.subject_label, before.comment)
        assert (after.object_label, after.subject_label, after.comment) == labels
        kept = dict(after.extra)
        assert {prop: value for prop, value in before.extra if prop != f"{SSSOM}reviewer_label"} == {
            prop: value for prop, value in kept.items() if prop != f"{SSSOM}reviewer_label"
        }


@given(st.lists(IRI, min_size=1), st.dictionaries(st.sampled_from(["a", "role", "rg"]), IRI))
def test_every_iri_has_a_curie_that_expands_to_it(values: list[str], own: dict[str, str]) -> None:
    curies = Curies(own, data_prefixes(IRIS))
    curies.prepare(values)
    short = [curies.shorten(value) for value in values]
    prefixes = curies.curie_map([])
    assert [prefixes[curie.partition(":")[0]] + curie.partition(":")[2] for curie in short] == values


def test_rdf_has_one_axiom_a_mapping_with_typed_slots(tmp_path: Path) -> None:
    mapping_set, rows, mint = catalog_set(sample(tmp_path)[1])
    mappings = tuple(rows)
    out = io.StringIO()
    write_sssom_rdf(mapping_set, mappings, mint, out)
    graph = Graph().parse(data=out.getvalue(), format="nt")
    axioms = set(graph.subjects(RDF.type, OWL.Axiom))
    assert len(axioms) == len(mappings)
    set_node = URIRef(mapping_set.iri)
    assert set(graph.objects(set_node, SSSOM.mappings)) == axioms
    assert graph.value(set_node, DCTERMS.license) == URIRef(mapping_set.licence)
    ends = {
        tuple(str(graph.value(axiom, prop)) for prop in
              (OWL.annotatedSource, OWL.annotatedProperty, OWL.annotatedTarget))
        for axiom in axioms
    }  # fmt: skip
    assert ends == {(m.subject, m.predicate, m.object) for m in mappings}
    negated = set(graph.subjects(SSSOM.predicate_modifier, SSSOM.NegatedPredicate))
    assert len(negated) == len([m for m in mappings if m.modifier]) >= 3
    assert {value.datatype for value in graph.objects(None, SSSOM.confidence)} == {XSD.double}  # type: ignore[union-attr]
    assert {value.datatype for value in graph.objects(None, SSSOM.review_date)} == {XSD.date}  # type: ignore[union-attr]
    assert all(isinstance(value, URIRef) for value in graph.objects(None, SSSOM.reviewer_id))
    statuses = {str(value).rpartition("-")[2] for value in graph.objects(None, RG.reviewStatus)}
    assert statuses == {"review", "accepted", "rejected", "superseded"}
    # No mapping is stated as such, accepted or not.
    assert not [triple for triple in graph if "core#" in triple[1]]


def test_rdf_of_a_crosswalk_has_one_value_a_title() -> None:
    (crosswalk,) = read_crosswalks(CROSSWALKS, ("nesta.csv",), IRIS, Problems(), ImportReport())
    out = io.StringIO()
    write_sssom_rdf(
        crosswalk.mapping_set,
        crosswalk.mappings,
        lambda m: IRIS.crosswalk_row(crosswalk.mapping_set.iri, m.key),
        out,
    )
    graph = Graph().parse(data=out.getvalue(), format="nt")
    assert set(graph.objects(None, SSSOM.match_string)) == {
        Literal(value) for value in ("data gardener", "gardener", "2164", "taster | grader")
    }
    assert {str(v) for v in graph.objects(None, RG.crosswalkConfidence)} == {"2", "1", "0.5"}


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.stdout, result.stderr


def test_command_writes_catalog_and_crosswalk(small_catalog: Path, tmp_path: Path) -> None:
    shutil.copy(CROSSWALKS / "nesta.csv", small_catalog / "nesta.csv")
    config = small_catalog / "rolegraph.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sources]", '[sources]\ncrosswalks = ["nesta.csv"]'), encoding="utf-8")
    build(small_catalog)
    target = tmp_path / "new" / "catalog.sssom.tsv"
    assert run("export", "sssom", "-o", target, "--catalog", small_catalog)[:2] == (0, f"{target}\n")
    first = target.read_bytes()
    assert run("export", "sssom", "-o", target, "--catalog", small_catalog)[0] == 0
    assert target.read_bytes() == first
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    code, out, _ = run(
        "export", "sssom", "--set", "esco-onet-nesta", "-o", "-", "--catalog", small_catalog
    )
    assert code == 0
    assert len(parts(out)[1]) == 5
    code, out, _ = run("export", "sssom-rdf", "-o", "-", "--catalog", small_catalog)
    assert (code, len(Graph().parse(data=out, format="nt")) > 0) == (0, True)
    code, _, err = run("export", "sssom", "--set", "nesta", "-o", "-", "--catalog", small_catalog)
    assert code == 2
    assert "there is no crosswalk 'nesta'; the snapshot has esco-onet-nesta" in err
    assert run("export", "esco-csv", "--set", "x", "-o", tmp_path / "y", "--catalog", small_catalog)[0] == 2
