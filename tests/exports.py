"""Catalogs of any content, and snapshots of their records without a graph, for the tests of exports."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pyoxigraph as ox
import zstandard
from hypothesis import strategies as st
from msgspec.structs import replace

from rolegraph.config import CatalogSection, Config
from rolegraph.errors import Problems
from rolegraph.export.extract import Extract
from rolegraph.iris import Iris, slug
from rolegraph.model import catalog as model
from rolegraph.model.catalog import (
    Catalog,
    Family,
    Level,
    Role,
    RoleFile,
    Specialisation,
    SuperFunction,
    Taxonomy,
)
from rolegraph.model.mapping_set import MappingSet
from rolegraph.model.records import ComponentEntry
from rolegraph.snapshot.assemble import Inputs, apply_rules, write_quads
from rolegraph.snapshot.opening import Snapshot
from rolegraph.snapshot.records import FOLDER, write_records
from rolegraph.sources.roles import RoleReader
from rolegraph.terms import PREFIXES

BASE = "https://example.org/roles/"
ESCO = "http://data.europa.eu/esco/"
MAPPINGS = MappingSet(
    iri="https://example.org/set", licence="https://example.org/licence", file="mappings/m.sssom.tsv"
)
SECTION = CatalogSection(
    name="Generated roles", base_iri=BASE, publisher="Nobody", licence="https://example.org/licence"
)
LEVELS = {
    name: Level(
        notation=name, iri=f"{BASE}level/{name}", rank=float(name[1:]), track=f"{BASE}t/{name[0]}", label=name
    )
    for name in ("P1", "P2", "P10", "M3")
}

SQL = model.ComponentsFile(skill=("SQL",))
"""Components of a role that has one."""

NASTY = (
    "=1+1", "-5", "@here", "+a", "a; b", "a;b", "a | b", "a|b", "a, b", 'say "no"', "it's", "one\ntwo",
    "first\n\nsecond", "tab\there", "Größe über Ärger", "👩🏽‍💻 coder", "مهندس البرمجيات", "no\u00a0break",
    "zero\u200bwidth", "back\\slash", "# 1", "<b>&amp;</b>", "null", "007",
)  # fmt: skip
"""Texts over which some format may stumble."""
INVISIBLE = "\u200b\u2060\ufeff"
"""Characters of which alone no text consists: ESCO's reader takes them out."""
texts = st.sampled_from(NASTY) | st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Cn"], exclude_characters=INVISIBLE, include_characters="\n\t;|\"'=,"
    ),
    min_size=1,
    max_size=24,
).filter(lambda text: text.strip())
scores = st.none() | st.integers(0, 1000).map(lambda number: number / 1000)
dates = st.none() | st.dates().map(str)
by_language = st.dictionaries(st.sampled_from(["en", "de", "pt-BR"]), texts, min_size=1).map(
    # RDF keeps no order of languages, so "the first there is" must be one that a reader can tell.
    lambda found: dict(sorted(found.items()))
)
labels = texts | by_language
some = st.none() | labels
SHARED = ("SQL", {"en": "SQL", "de": "SQL auf Deutsch"}, "sql", {"de": "Löten"}, "C++")
"""Labels of components that several roles use, in several spellings."""


def _key(label: str | dict[str, str]) -> str:
    """What the reader mints the IRI of a component from."""
    return slug((label if isinstance(label, str) else label.get("en", next(iter(label.values())))).strip())


named = st.sampled_from(SHARED) | labels
uses = named | st.builds(
    model.UseFile,
    label=named,
    tags=st.lists(st.sampled_from(["common", "level"]), unique=True).map(tuple),
    importance=st.sampled_from([None, "essential", "optional"]),
    proficiency=st.none() | st.integers(1, 5),
).filter(lambda use: bool(use.label))
use_lists = st.lists(
    uses.map(lambda use: use if isinstance(use, str | model.UseFile) else model.UseFile(label=use)),
    max_size=4,
    unique_by=lambda use: _key(use if isinstance(use, str) else use.label),
).map(tuple)
codes = st.lists(
    st.builds(
        model.CodeFile,
        code=st.sampled_from(["15-1252", "15-1252.00", "http://data.europa.eu/esco/occupation/x"]),
        title=st.none() | texts,
        source=st.sampled_from([None, "manual_curation", "title_match", "a list of our own"]),
        review_status=st.sampled_from(["needs_review", "accepted", "rejected"]),
        predicate=st.sampled_from(["broadMatch", "closeMatch"]),
        confidence=scores,
        reviewer=st.none() | texts,
        review_date=dates,
    ),
    max_size=2,
    unique_by=lambda code: (code.code, code.predicate),
).map(tuple)
aliases = st.lists(
    st.builds(
        model.AliasFile,
        label=texts,
        type=st.sampled_from(["common", "former", "a type of our own"]),
        confidence=scores,
        approval=st.sampled_from(["pending", "approved", "rejected"]),
        language=st.sampled_from([None, "de"]),
    ),
    max_size=4,
    unique_by=lambda alias: (alias.label.strip(), alias.language),
).map(tuple)


@st.composite
def role_files(draw: st.DrawFn) -> RoleFile:
    """A role file without a fault."""
    kinds = draw(st.lists(st.sampled_from(model.KINDS), unique=True))
    components = {kind: draw(use_lists) for kind in kinds}
    deprecated = draw(st.booleans())
    story = draw(
        st.none() | st.builds(model.StoryFile, character=some, plan=st.lists(labels, max_size=2).map(tuple))
    )
    return RoleFile(
        code=f"{draw(st.sampled_from(['AA', 'BB']))}.GEN.{draw(st.sampled_from(sorted(LEVELS)))}",
        title=draw(labels),
        summary=draw(some),
        status=None if deprecated else draw(st.sampled_from([None, "draft", "published"])),
        applicability=draw(st.sampled_from([None, "global", "Our region"])),
        version=draw(st.none() | texts.map(str.strip)),
        modified=draw(dates),
        deprecated=deprecated,
        history_note=draw(some),
        confidence=draw(scores),
        story=story,
        level_text=draw(st.none() | st.builds(model.LevelTextFile, title=some, scope=some)),
        components=model.ComponentsFile(**components),
        none_recorded=tuple(kind for kind in model.KINDS if not components.get(kind)),
        aliases=draw(aliases),
        codes=draw(codes),
    )


def records(files: list[RoleFile]) -> tuple[Role, ...]:
    """The roles of some files, in the order of their codes, without places."""
    problems = Problems()
    reader = RoleReader(Iris(BASE), "en", frozenset(LEVELS), problems)
    found = [reader.convert(file, "x.yaml", lambda _place: 1) for file in files]
    problems.raise_errors()
    return tuple(sorted((without_places(role) for role in found if role), key=lambda role: role.code))


def without_places(role: Role) -> Role:
    """The role without files and lines."""
    return replace(
        role,
        file="",
        line=0,
        lines={},
        uses=tuple(replace(use, line=0) for use in role.uses),
        aliases=tuple(replace(alias, line=0) for alias in role.aliases),
        mappings=tuple(replace(mapping, file="", line=0) for mapping in role.mappings),
    )


role_lists = st.lists(role_files(), min_size=1, max_size=4, unique_by=lambda role: role.code)
catalogs = role_lists.map(
    lambda files: Catalog(roles=records(files), taxonomy=Taxonomy(), levels=LEVELS)
)


def _labels(texts: dict[str, str]) -> dict[str, str]:
    """Texts as readers give them: the catalog's language first."""
    in_order = sorted(texts.items(), key=lambda item: (item[0] != "en", item[0]))
    return {tag.lower(): text.strip() for tag, text in in_order}


label_records = by_language.map(_labels)
taxonomies = st.builds(
    lambda top, family, focus: Taxonomy(
        super_functions={"tech": SuperFunction(code="tech", label=top)},
        families={"AA": Family(code="AA", label=family, definition=focus, super_function="tech")},
        specialisations={"AA.GEN": Specialisation(code="AA.GEN", label=focus)},
    ),
    label_records, label_records, label_records,
)  # fmt: skip
curated = st.builds(
    model.Component,
    kind=st.just("skill"),
    label=st.sampled_from([{"en": "SQL"}, {"en": "Sql", "de": "SQL, deutsch"}]),
    definition=st.none() | label_records,
    alternative_labels=st.lists(label_records, max_size=2).map(tuple),
    same_as=st.sampled_from([(), ("https://example.com/skills/1",)]),
    esco=st.sampled_from([None, f"{ESCO}skill/s1"]),
    modified=dates,
)
MAPPED = [f"{BASE}family/AA", f"{BASE}specialisation/AA.GEN", f"{BASE}component/skill/sql"]
TARGETS = [
    f"{BASE}soc2018/15-1252", f"{BASE}onetsoc2019/15-1252.00", f"{ESCO}occupation/y", f"{ESCO}skill/z",
]  # fmt: skip
"""What SSSOM files map besides roles, and to what."""


def mapping_records(subjects: list[str], objects: list[str]) -> st.SearchStrategy[model.Mapping]:
    """Mappings of an SSSOM file."""
    return st.builds(
        model.Mapping,
        subject=st.sampled_from(subjects),
        predicate=st.sampled_from(["broadMatch", "closeMatch", "relatedMatch"]).map(PREFIXES["skos"].__add__),
        object=st.sampled_from(objects),
        modifier=st.sampled_from(["", "", "Not"]),
        justification=st.just(PREFIXES["semapv"] + "ManualMappingCuration"),
        object_label=st.none() | texts.map(str.strip),
        confidence=scores,
        review_status=st.sampled_from(["needs_review", "accepted", "rejected"]),
        source=st.sampled_from([None, "manual_curation"]),
        reviewer=st.sampled_from([None, "https://orcid.org/0000-0002-1825-0097"]),
        review_date=dates,
        comment=st.none() | texts.map(str.strip),
        file=st.just(MAPPINGS.file),
    )


@st.composite
def _whole_catalogs(draw: st.DrawFn) -> Catalog:
    """A catalog with all that exports write: roles of one taxonomy, components and mappings of their own."""
    roles = draw(role_lists.map(records))
    codes = [role.code for role in roles]
    followers = draw(st.lists(st.none() | st.sampled_from(codes), min_size=len(codes), max_size=len(codes)))
    replaced = [
        replace(role, replaced_by=follower) if role.deprecated and follower != role.code else role
        for role, follower in zip(roles, followers, strict=True)
    ]
    own = mapping_records([f"{BASE}role/{code}" for code in codes], [f"{ESCO}isco/C2512", f"{ESCO}isco/C25"])
    other = mapping_records(MAPPED, TARGETS)
    mappings = draw(st.lists(own | other, max_size=5, unique_by=lambda m: m.key))
    return Catalog(
        roles=tuple(replaced),
        taxonomy=draw(taxonomies),
        components=(draw(curated),),
        mappings=tuple(mappings),
        mapping_sets=(MAPPINGS,),
        soc=(model.SocGroup(code="15-1252", title="Software Developers"),),
        levels=LEVELS,
    )


whole_catalogs = _whole_catalogs()


def catalog_with_everything() -> Catalog:
    """A catalog in which every kind of thing is there that an export may hold."""
    use = model.UseFile(label="SQL", tags=("common",), importance="essential", proficiency=4)
    other = model.UseFile(label={"en": "sql", "de": "SQL, deutsch"}, importance="optional", proficiency=2)
    kinds = {kind: (f"A {kind}", f"Another {kind}") for kind in model.KINDS if kind != "qualification"}
    first = RoleFile(
        code="AA.GEN.P1",
        title={"en": "Clerk", "de": "Sachbearbeiter"},
        summary="Files what comes in.",
        status="published",
        version="v1",
        modified="2026-01-31",
        level_text=model.LevelTextFile(scope="A desk"),
        components=model.ComponentsFile(**kinds | {"skill": (use, "Filing")}),
        none_recorded=("qualification",),
        aliases=(
            model.AliasFile(label="Filing clerk", approval="approved"), model.AliasFile(label="P1"),
        ),
        codes=(model.CodeFile(code="15-1252", title="Developers", review_status="accepted"),),
    )  # fmt: skip
    qualified = model.ComponentsFile(skill=(other,), qualification=("A certificate",))
    second = RoleFile(code="AA.GEN.P2", title="Senior clerk", components=qualified)
    gone = RoleFile(code="BB.GEN.P1", title="Typist", deprecated=True, history_note="Nobody types.")
    clerk, senior, typist = records([first, second, gone])
    to_isco = model.Mapping(
        subject=f"{BASE}role/AA.GEN.P1", predicate=PREFIXES["skos"] + "broadMatch",
        object=f"{ESCO}isco/C4110", justification=PREFIXES["semapv"] + "ManualMappingCuration",
        review_status="accepted", file=MAPPINGS.file,
    )  # fmt: skip
    sql = model.Component(
        kind="skill", label={"en": "SQL"}, definition={"en": "Asks tables."}, esco=f"{ESCO}skill/s1"
    )
    return Catalog(
        roles=(clerk, senior, replace(typist, replaced_by=clerk.code)),
        taxonomy=Taxonomy(
            super_functions={"office": SuperFunction(code="office", label={"en": "Office"})},
            families={"AA": Family(code="AA", label={"en": "Clerks"}, super_function="office")},
        ),
        components=(sql,),
        mappings=(to_isco,),
        mapping_sets=(MAPPINGS,),
        levels=LEVELS,
    )


def snapshot_of(catalog: Catalog, folder: Path) -> Snapshot:
    """A snapshot of a catalog with what exports read: the records, and the graphs that hold them."""
    inputs = Inputs(folder, Config(catalog=SECTION), catalog, None)
    names = ("catalog", "mappings", "soc", "derived", "provenance")
    wanted = tuple(f" <{inputs.iris.graph(name)}> .\n" for name in names)
    lines: list[str] = []
    write_quads(inputs, lambda line: lines.append(line) if line.endswith(wanted) else None)
    store = ox.Store()
    store.load("".join(lines), format=ox.RdfFormat.N_QUADS)
    deque(apply_rules(store, inputs.iris), maxlen=0)
    dump = sorted((store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines(keepends=True))
    (folder / "graph.nq.zst").write_bytes(zstandard.compress(b"".join(dump)))
    write_records(catalog, SECTION, folder / FOLDER)
    manifest = {"base_iri": BASE, "roles": len(catalog.roles), "graphs": {"all": len(dump)}}
    return Snapshot("0" * 16, folder, manifest)


def extract_of(catalog: Catalog, folder: Path, section: CatalogSection = SECTION) -> Extract:
    """An extract of all roles of a catalog, of which no graph is built: the dump is empty."""
    (folder / "graph.nq.zst").write_bytes(zstandard.compress(b""))
    write_records(catalog, section, folder / FOLDER)
    manifest = {"base_iri": section.base_iri, "roles": len(catalog.roles), "graphs": {}}
    return Extract(Snapshot("0" * 16, folder, manifest))


def entry(label: str, *, roles: int, families: int) -> ComponentEntry:
    """A skill that so many use."""
    iri = Iris(BASE).component("skill", label)
    return ComponentEntry(kind="skill", label={"en": label}, iri=iri, roles=roles, families=families)
