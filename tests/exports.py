"""Catalogs of any content, and snapshots of their records without a graph, for the tests of exports."""

from __future__ import annotations

from pathlib import Path

import zstandard
from hypothesis import strategies as st
from msgspec.structs import replace

from rolegraph.config import CatalogSection
from rolegraph.errors import Problems
from rolegraph.export.extract import Extract
from rolegraph.iris import Iris, slug
from rolegraph.model import catalog as model
from rolegraph.model.catalog import Catalog, Level, Role, RoleFile, Taxonomy
from rolegraph.model.records import ComponentEntry
from rolegraph.snapshot.opening import Snapshot
from rolegraph.snapshot.records import FOLDER, write_records
from rolegraph.sources.roles import RoleReader

BASE = "https://example.org/roles/"
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

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t;|\"'=,"),
    min_size=1,
    max_size=24,
).filter(lambda text: text.strip())
scores = st.none() | st.integers(0, 1000).map(lambda number: number / 1000)
dates = st.none() | st.dates().map(str)
labels = texts | st.dictionaries(st.sampled_from(["en", "de", "pt-BR"]), texts, min_size=1)
some = st.none() | labels


def _key(label: str | dict[str, str]) -> str:
    """What the reader mints the IRI of a component from."""
    return slug((label if isinstance(label, str) else label.get("en", next(iter(label.values())))).strip())


uses = labels | st.builds(
    model.UseFile,
    label=labels,
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
        version=draw(st.none() | texts),
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


catalogs = st.lists(role_files(), min_size=1, max_size=4, unique_by=lambda role: role.code).map(
    lambda files: Catalog(roles=records(files), taxonomy=Taxonomy(), levels=LEVELS)
)


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
