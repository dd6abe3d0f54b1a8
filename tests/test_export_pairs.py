"""Every format is written and read back: it holds what the catalog says, and any two of them say the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Final

from hypothesis import given, settings

import export_graphs as graphs
import export_readers as readers
import exports
from export_facts import (
    KINDS,
    Fact,
    Facts,
    Loss,
    accepted,
    english,
    facts_of,
    in_a_language,
    in_one_line,
    in_role_files,
    kind_of,
    of_kinds,
    of_roles,
    one_language,
    only,
    split_at,
    to_esco,
    unbroken,
    visible,
    without_components,
)
from rolegraph.export.extract import Extract
from rolegraph.export.formats import WRITERS, FileFormat, write_file, write_folder
from rolegraph.model.catalog import KINDS as COMPONENT_KINDS
from rolegraph.model.catalog import Catalog

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
    "schema-org": readers.read_schema_org,
    "case": readers.read_case,
    "ctdl": readers.read_ctdl,
    "tabiya": readers.read_tabiya,
    "osmt": readers.read_osmt,
    "dcat": graphs.read_dcat,
    "csv": readers.read_csv,
    "parquet": readers.read_parquet,
    "nquads": graphs.read_own("nquads"),
    "trig": graphs.read_own("trig"),
    "jsonld": graphs.read_own("json-ld"),
    "roles-yaml": readers.read_yaml,
    "roles-ndjson": readers.read_ndjson,
}
PILLAR: Final = of_kinds("skill", "knowledge", "competency")
RATED: Final = of_kinds("skill", "knowledge")


def as_esco(facts: set[Fact]) -> set[Fact]:
    """Components of ESCO's skills pillar, in which a competency is a skill."""
    return {(iri, "skill" if kind == "competency" else kind) for iri, kind in PILLAR(facts)}


def optional(facts: set[Fact]) -> set[Fact]:
    """Uses that nobody weighed are optional ones."""
    return {(code, part, importance or "optional") for code, part, importance in facts}


def released(facts: set[Fact]) -> set[Fact]:
    """What is published is called released in ESCO."""
    return {(c, name, "released" if value == "published" else value) for c, name, value in facts}


def as_concepts(facts: set[Fact]) -> set[Fact]:
    """The source of a mapping as the name of a concept."""
    return {(*f[:4], f[4].replace(" ", "_") if f[3] == "source" else f[4]) for f in facts}


ROLE_FILE: Final[dict[str, tuple[Loss, ...]]] = {
    **dict.fromkeys((
        "about", "role", "title", "summary", "note", "text", "once", "place", "level", "none", "alias",
        "use", "order", "named", "importance", "proficiency", "tag",
    ), ()),
}  # fmt: skip
ESCO_MAPPINGS: Final = (accepted, of_roles, to_esco("broadMatch"))
LISTED: Final = (english, in_one_line)
SKOS: Final[dict[str, tuple[Loss, ...]]] = {
    **dict.fromkeys((
        "about", "role", "title", "summary", "note", "place", "other title", "hidden title", "use", "component",
        "label", "spelling", "definition", "same", "related",
    ), ()),
    "once": (lambda facts: only("modified", "replaced_by")(facts) | {f for f in facts if f[2] == "deprecated"},),
    "mapping": (accepted,),
}  # fmt: skip
GRAPH: Final[dict[str, tuple[Loss, ...]]] = {kind: () for kind in KINDS if kind not in {"named", "duty", "classified"}}
TABLES: Final[dict[str, tuple[Loss, ...]]] = {
    **ROLE_FILE,
    **dict.fromkeys(
        ("component", "label", "spelling", "definition", "same", "mapping", "slot", "neighbour"), ()
    ),
}
ONE_TITLE: Final[dict[str, tuple[Loss, ...]]] = {
    "about": (), "role": (), "title": (one_language,), "summary": (one_language,),
}  # fmt: skip
CARRIES: Final[dict[str, dict[str, tuple[Loss, ...]]]] = {
    "esco-csv": {
        "about": (),
        "role": (),
        "title": (one_language, visible, in_one_line),
        "summary": (one_language, visible),
        "other title": (*LISTED, visible, split_at(r" \|(?= )")),
        "hidden title": LISTED,
        "once": (only("status", "modified"), released),
        "use": (PILLAR,),
        "importance": (PILLAR, optional),
        "component": (as_esco,),
        "label": (PILLAR, one_language, visible, in_one_line),
        "spelling": (PILLAR, *LISTED, visible, split_at(r" \|(?= )")),
        "definition": (PILLAR, one_language, visible),
        "mapping": ESCO_MAPPINGS,
    },
    "esco-rdf": {
        **dict.fromkeys(("about", "role", "title", "summary", "other title", "hidden title"), ()),
        "once": (only("status", "modified"), released),
        "use": (PILLAR,),
        "importance": (PILLAR, optional),
        "component": (as_esco,),
        **dict.fromkeys(("label", "spelling", "definition", "same"), (PILLAR,)),
        "mapping": ESCO_MAPPINGS,
    },
    "esco-mapping": {
        "about": (),
        "same": (to_esco_concepts := lambda facts: {f for f in facts if f[1].startswith(exports.ESCO)},),
        "mapping": (accepted, to_esco("broadMatch", "closeMatch")),
    },
    "onet-text": {
        "about": (),
        "role": (),
        "title": (one_language, in_one_line),
        "summary": (one_language, in_one_line),
        "other title": LISTED,
        "named": (
            of_kinds("task", "skill", "knowledge"), one_language, without_components, in_one_line,
        ),
        "use": (RATED,),
        "proficiency": (RATED,),
    },
    "onet-rdf": {
        **ONE_TITLE,
        "title": (in_a_language,),
        "summary": (in_a_language,),
        "other title": (english,),
        "named": (of_kinds("task"), in_a_language),
        "use": (RATED,),
        "proficiency": (RATED,),
        "component": (RATED,),
        "label": (RATED, in_a_language),
        "neighbour": (),
    },
    "sssom": {"about": (), "mapping": (), "slot": (unbroken,)},
    "sssom-rdf": {"about": (), "mapping": (), "slot": (unbroken, as_concepts)},
    "skos": SKOS,
    "skos-xl": SKOS,
    "schema-org": {
        **ONE_TITLE,
        "other title": (english,),
        "use": (PILLAR,),
        "named": (
            of_kinds("skill", "knowledge", "competency", "qualification"), one_language, without_components,
        ),
        "duty": (),
        "classified": (),
    },
    "case": {
        **ONE_TITLE,
        "title": (in_a_language,),
        "other title": (english, split_at("; ")),
        "place": (),
        "level": (),
        "once": (only("replaced_by"),),
        "use": (),
        "order": (),
        "named": (one_language,),
        "component": (),
        "label": (in_a_language,),
        "spelling": (english, split_at("; ")),
        "definition": (one_language,),
        "same": (),
    },
    "ctdl": {
        **dict.fromkeys(("about", "role", "title", "summary", "other title", "classified"), ()),
        "once": (only("version"),),
        **dict.fromkeys(("use", "component", "label"), (of_kinds("task", "skill", "knowledge", "competency"),)),
    },
    "tabiya": {
        **ONE_TITLE,
        "other title": LISTED,
        "place": (),
        "level": (),
        "use": (PILLAR,),
        "importance": (PILLAR,),
        "component": (as_esco,),
        "label": (PILLAR, one_language),
        "spelling": (PILLAR, *LISTED),
        "definition": (PILLAR, one_language),
    },
    "osmt": {
        "about": (),
        "component": (PILLAR,),
        "label": (PILLAR, one_language),
        "spelling": (PILLAR, english, split_at("; ")),
        "same": (PILLAR, to_esco_concepts),
    },
    "dcat": {"about": ()},
    "csv": TABLES,
    "parquet": TABLES,
    "nquads": GRAPH,
    "trig": GRAPH,
    "jsonld": GRAPH,
    "roles-yaml": {**ROLE_FILE, "mapping": (in_role_files,), "slot": (in_role_files,)},
    "roles-ndjson": {**ROLE_FILE, "mapping": (in_role_files,), "slot": (in_role_files,)},
}
"""Format -> the kinds of facts that it carries, each with what is lost of them; docs/exports.md says why."""


def weaken(facts: set[Fact], losses: tuple[Loss, ...]) -> set[Fact]:
    for loss in losses:
        facts = loss(facts)
    return facts


def read_all(catalog: Catalog, folder: Path) -> dict[str, Facts]:
    """Write every format, and read it back."""
    extract = Extract(exports.snapshot_of(catalog, folder))
    found: dict[str, Facts] = {}
    for name, reader in READERS.items():
        form, path = WRITERS[name], folder / "out" / name
        if isinstance(form, FileFormat):
            write_file(form, extract, path)
        else:
            write_folder(form, extract, path)
        found[name] = reader(path)
    return found


@settings(max_examples=15)
@given(exports.whole_catalogs)
def test_every_format_holds_what_the_catalog_says_and_any_two_say_the_same(catalog: Catalog) -> None:
    with tempfile.TemporaryDirectory() as name:
        found = read_all(catalog, Path(name))
    said = facts_of(catalog, readers.IRIS, exports.SECTION)
    # What was derived is no record: one of the readers of the graph speaks for the build.
    said |= {kind: found["nquads"][kind] for kind in ("neighbour", "related")}
    for name, carried in CARRIES.items():
        for kind, losses in carried.items():
            assert found[name][kind] == weaken(said[kind], losses), (name, kind)
        assert {kind for kind, facts in found[name].items() if facts} <= carried.keys()
    for one, other in combinations(CARRIES, 2):
        for kind in CARRIES[one].keys() & CARRIES[other].keys():
            assert weaken(found[one][kind], CARRIES[other][kind]) == weaken(
                found[other][kind], CARRIES[one][kind]
            ), (one, other, kind)


def test_every_format_has_a_reader_and_any_two_have_something_in_common() -> None:
    assert list(READERS) == [name for name in WRITERS if name not in COPIES]
    assert READERS.keys() == CARRIES.keys()
    assert len(WRITERS) == 24
    pairs = list(combinations(CARRIES, 2))
    assert len(pairs) == 231
    assert all(CARRIES[one].keys() & CARRIES[other].keys() for one, other in pairs)
    assert all(carried.keys() <= KINDS.keys() for carried in CARRIES.values())
    assert {kind_of(f"x/component/{kind.replace('_', '-')}/y") for kind in COMPONENT_KINDS} == set(
        COMPONENT_KINDS
    )
