"""Every format is written and read back: it holds what the catalog says, and any two of them say the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Final

from hypothesis import given, settings

import export_graphs as graphs
import export_json
import export_readers as readers
import exports
from export_facts import KINDS, Fact, Facts, facts_of
from export_losses import CARRIES, Loss
from export_tables import in_order_of_tags, read, roles_of
from rolegraph.export.extract import Extract
from rolegraph.export.formats import WRITERS, FileFormat, write_file, write_folder
from rolegraph.model.catalog import Catalog, Role

COPIES: Final = {"esco-database", "onet-database"}
"""Formats that hold nothing of the catalog: they copy a reference, and have tests of their own."""
READERS: Final[dict[str, Callable[[Path], Facts]]] = {
    "esco-csv": readers.read_esco_csv,
    "esco-rdf": graphs.read_esco,
    "esco-mapping": readers.read_esco_mapping,
    "onet-text": readers.read_onet_text,
    "onet-rdf": graphs.read_onet,
    "sssom": readers.read_sssom,
    "sssom-rdf": graphs.read_sssom_rdf,
    "skos": graphs.read_skos,
    "skos-xl": graphs.read_skos_xl,
    "schema-org": export_json.read_schema_org,
    "case": export_json.read_case,
    "ctdl": export_json.read_ctdl,
    "tabiya": readers.read_tabiya,
    "osmt": readers.read_osmt,
    "dcat": graphs.read_dcat,
    "csv": partial(readers.read_tables, read_rows=read),
    "parquet": partial(readers.read_tables, read_rows=readers.read_parquet),
    "nquads": partial(graphs.read_own, syntax="nquads"),
    "trig": partial(graphs.read_own, syntax="trig"),
    "jsonld": partial(graphs.read_own, syntax="json-ld"),
    "roles-yaml": partial(readers.read_roles, location="roles"),
    "roles-ndjson": partial(readers.read_roles, location="roles.ndjson"),
}
RECORDS: Final[dict[str, Callable[[Path], Iterable[Role]]]] = {
    "csv": lambda folder: roles_of(read(folder), "en"),
    "parquet": lambda folder: roles_of(readers.read_parquet(folder), "en"),
    "roles-yaml": partial(readers.read_role_files, location="roles"),
    "roles-ndjson": partial(readers.read_role_files, location="roles.ndjson"),
}
"""Formats that hold all that a role file says, in its order."""


def weaken(facts: set[Fact], losses: tuple[Loss, ...]) -> set[Fact]:
    for loss in losses:
        facts = loss(facts)
    return facts


def write_all(catalog: Catalog, folder: Path) -> None:
    """Write every format but the copies."""
    extract = Extract(exports.snapshot_of(catalog, folder))
    for name in READERS:
        form, path = WRITERS[name], folder / "out" / name
        if isinstance(form, FileFormat):
            write_file(form, extract, path)
        else:
            write_folder(form, extract, path)


def check_records(catalog: Catalog, folder: Path) -> None:
    """Whole roles come back equal, of tables but for the order of tags and a story that says nothing."""
    for name, read_records in RECORDS.items():
        found, roles = list(read_records(folder / "out" / name)), list(catalog.roles)
        assert found == (roles if name.startswith("roles") else [in_order_of_tags(r) for r in roles]), name


def read_all(catalog: Catalog, folder: Path) -> dict[str, Facts]:
    """Read every format back, and compare it with the records and with every other one."""
    found = {name: reader(folder / "out" / name) for name, reader in READERS.items()}
    said = facts_of(catalog, readers.IRIS, exports.SECTION)
    # What a build derives is in no record: one of the readers of the graph speaks for it.
    said |= {kind: found["nquads"][kind] for kind in ("neighbour", "related")}
    for name, carried in CARRIES.items():
        assert {kind for kind, facts in found[name].items() if facts} <= carried.keys(), name
        for kind, losses in carried.items():
            assert found[name][kind] == weaken(said[kind], losses), (name, kind)
    for one, other in combinations(CARRIES, 2):
        for kind in CARRIES[one].keys() & CARRIES[other].keys():
            brought = weaken(found[one][kind], CARRIES[other][kind])
            assert brought == weaken(found[other][kind], CARRIES[one][kind]), (one, other, kind)
    return found


@settings(max_examples=15)
@given(exports.whole_catalogs)
def test_every_format_holds_what_the_catalog_says_and_any_two_say_the_same(catalog: Catalog) -> None:
    with tempfile.TemporaryDirectory() as name:
        write_all(catalog, Path(name))
        check_records(catalog, Path(name))
        read_all(catalog, Path(name))


def test_no_format_claims_what_is_never_there(tmp_path: Path) -> None:
    catalog = exports.catalog_with_everything()
    write_all(catalog, tmp_path)
    found = read_all(catalog, tmp_path)
    empty = [(name, kind) for name, carried in CARRIES.items() for kind in carried if not found[name][kind]]
    assert empty == []


def test_every_format_has_a_reader_and_any_two_have_something_in_common() -> None:
    assert list(READERS) == [name for name in WRITERS if name not in COPIES]
    assert READERS.keys() == CARRIES.keys()
    assert len(WRITERS) == 24
    pairs = list(combinations(CARRIES, 2))
    assert len(pairs) == 231
    assert all(CARRIES[one].keys() & CARRIES[other].keys() for one, other in pairs)
    assert set().union(*CARRIES.values()) == KINDS.keys()
