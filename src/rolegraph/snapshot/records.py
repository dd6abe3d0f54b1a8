"""The records of a build in, the record files of its snapshot out, and the records back, one at a time.

An export needs whole roles in their own order and spelling, 100,000 of them, in memory that does not
grow. Of 2,000 generated roles, one took 90 ms from the store (six queries for batches of 300 roles),
0.44 ms from the dump (only splitting its lines, before a record is made of them), 1.4 ms from the
catalog's files (which may have changed since the build) and 0.07 ms from these files, in which it takes
400 bytes. They hold what the build read, so an export equals the snapshot; and it is exact, where a graph
knows neither the order of aliases nor in which spelling a role names a component.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import zstandard
from msgspec.structs import replace

from rolegraph.config import CatalogSection
from rolegraph.errors import StoreError
from rolegraph.iris import Iris
from rolegraph.model.catalog import Catalog, Component, Labels, Mapping, Role, key_label
from rolegraph.model.crosswalk import Crosswalk, Crosswalks
from rolegraph.model.records import CatalogFacts, ComponentEntry
from rolegraph.snapshot.dump import open_compressed
from rolegraph.snapshot.opening import Snapshot

Record = TypeVar("Record", Role, Mapping, ComponentEntry, Crosswalk)

FOLDER: Final = "records"
FACTS: Final = "catalog.json"
ROLES: Final = "roles.ndjson.zst"
MAPPINGS: Final = "mappings.ndjson.zst"
COMPONENTS: Final = "components.ndjson.zst"
CROSSWALKS: Final = "crosswalks.ndjson.zst"
NO_CROSSWALKS: Final = Crosswalks()


def write_records(
    catalog: Catalog, section: CatalogSection, folder: Path, crosswalks: Crosswalks = NO_CROSSWALKS
) -> str:
    """Write all record files into a new folder.

    Lines and files of the sources are left out: a comment that moves a role down is no change of it.

    Args:
        catalog: the records of a build, roles in the order of their codes.
        section: what `rolegraph.toml` says of the catalog.
        folder: does not exist yet.
        crosswalks: the mapping sets of others.
    Returns:
        the SHA-256 over all of their content, which is the same for the same records.
    """
    folder.mkdir()
    digest = hashlib.sha256()
    facts = msgspec.json.format(msgspec.json.encode(_facts(catalog, section)), indent=1)
    digest.update(facts)
    (folder / FACTS).write_bytes(facts)
    # A mapping keeps its file, which says what set it is of.
    mappings = sorted((replace(mapping, line=0) for mapping in catalog.mappings), key=lambda m: m.order)
    files: dict[str, Iterable[Any]] = {
        ROLES: map(_bare_role, catalog.roles),
        MAPPINGS: mappings,
        COMPONENTS: list_components(catalog, Iris(section.base_iri)),
        CROSSWALKS: map(_bare_crosswalk, crosswalks.files),
    }
    encoder = msgspec.json.Encoder()
    for name, records in files.items():
        with (folder / name).open("wb") as raw, zstandard.ZstdCompressor(3).stream_writer(raw) as stream:
            count = 0
            for record in records:
                count += 1
                line = encoder.encode(record) + b"\n"
                digest.update(line)
                stream.write(line)
            # The last line counts the others: a cut file would otherwise just end (zstandard says nothing).
            digest.update(b"%d\n" % count)
            stream.write(b"%d\n" % count)
    return digest.hexdigest()


def are_whole(snapshot: Snapshot) -> bool:
    """Whether the record files of a snapshot are there and hold what its manifest says."""
    try:
        found = _digest(snapshot, (ROLES, MAPPINGS, COMPONENTS, CROSSWALKS))
    except (OSError, zstandard.ZstdError):
        return False
    return found == snapshot.manifest.get("records_sha256")


def own_digest(snapshot: Snapshot) -> str:
    """The SHA-256 over the content of the records that are the catalog's own, as it was built.

    Raises:
        StoreError: the snapshot has no records, or they are damaged.
    """
    try:
        return _digest(snapshot, (ROLES, MAPPINGS, COMPONENTS))
    except (OSError, zstandard.ZstdError) as error:
        found = f"{snapshot.path / FOLDER}: the records are damaged ({error})"
        raise StoreError(f"{found}; build again") from error


def _digest(snapshot: Snapshot, names: Iterable[str]) -> str:
    digest = hashlib.sha256((snapshot.path / FOLDER / FACTS).read_bytes())
    for name in names:
        with open_compressed(snapshot.path / FOLDER / name) as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def read_facts(snapshot: Snapshot) -> CatalogFacts:
    """What the catalog of a snapshot has once.

    Raises:
        StoreError: the snapshot has no records, or they are damaged.
    """
    try:
        return msgspec.json.decode((snapshot.path / FOLDER / FACTS).read_bytes(), type=CatalogFacts)
    except FileNotFoundError as error:
        found = f"{snapshot.path}: an earlier release built it, without records; build again"
        raise StoreError(found) from error
    except (OSError, msgspec.DecodeError) as error:
        raise _damaged(snapshot, FACTS, error) from error


def read_roles(snapshot: Snapshot) -> Iterator[Role]:
    """The roles in the order of their codes, each with the mappings that its own file holds."""
    return _read(snapshot, ROLES, Role)


def read_mappings(snapshot: Snapshot) -> Iterator[Mapping]:
    """The mappings of SSSOM files, in the order of their subjects."""
    return _read(snapshot, MAPPINGS, Mapping)


def read_components(snapshot: Snapshot) -> Iterator[ComponentEntry]:
    """Every component, in the order of their IRIs."""
    return _read(snapshot, COMPONENTS, ComponentEntry)


def read_crosswalks(snapshot: Snapshot) -> Iterator[Crosswalk]:
    """The mapping sets of others, in the order of the configuration, without their source rows."""
    return _read(snapshot, CROSSWALKS, Crosswalk)


def _read(snapshot: Snapshot, name: str, kind: type[Record]) -> Iterator[Record]:
    decoder = msgspec.json.Decoder(kind)
    try:
        count = -1
        with open_compressed(snapshot.path / FOLDER / name) as stream:
            for number, line in enumerate(io.BufferedReader(stream, 1 << 16)):
                if line.startswith(b"{"):
                    yield decoder.decode(line)
                elif int(line) == number:
                    count = number
            if count < 0:
                raise ValueError("it ends before its end")
    except (OSError, ValueError, zstandard.ZstdError) as error:
        raise _damaged(snapshot, name, error) from error


def _damaged(snapshot: Snapshot, name: str, error: Exception) -> StoreError:
    return StoreError(f"{snapshot.path / FOLDER / name}: the snapshot is damaged ({error}); build again")


def list_components(catalog: Catalog, iris: Iris) -> list[ComponentEntry]:
    """Every component with its labels, as the graph has them, and with who uses it; in order of IRIs.

    Of several spellings the first is the label, as in the graph: that of an entry under components/,
    else that of the first role. A language that only a later spelling has is added, and all other
    spellings are alternative labels.
    """
    found: dict[str, _Gathered] = {}
    for component in catalog.components:
        iri = iris.component(component.kind, key_label(component.label))
        entry = found.setdefault(iri, _Gathered(iri, component, curated=True))
        for labels in (component.label, *component.alternative_labels):
            entry.spell(labels, is_label=labels is component.label)
    for role in catalog.roles:
        for use in role.uses:
            iri = iris.component(use.kind, key_label(use.label))
            known = found.get(iri)
            if known is None:
                known = found[iri] = _Gathered(iri, Component(kind=use.kind, label=use.label), curated=False)
            known.roles += 1
            known.families.add(role.family)
            known.spell(use.label, is_label=True)
    return [found[iri].entry() for iri in sorted(found)]


class _Gathered:
    """A component while the roles are read."""

    __slots__ = ("_component", "_curated", "_iri", "_label", "_others", "families", "roles")

    def __init__(self, iri: str, component: Component, *, curated: bool) -> None:
        self._iri = iri
        self._component = component
        self._curated = curated
        self._label = dict(component.label)
        self._others: dict[tuple[str, str], None] = {}
        self.roles = 0
        self.families: set[str] = set()

    def spell(self, labels: Labels, *, is_label: bool) -> None:
        """Take one more spelling; one that `is_label` says the label where there is none yet."""
        if labels == self._label:
            return
        for language, label in labels.items():
            if is_label:
                self._label.setdefault(language, label)
            if self._label.get(language) != label:
                self._others[language, label] = None

    def entry(self) -> ComponentEntry:
        """The component as it is kept."""
        values: dict[str, Any] = {
            name: getattr(self._component, name) for name in Component.__struct_fields__
        }
        others = [{language: label} for language, label in self._others if self._label.get(language) != label]
        values |= {"label": self._label, "alternative_labels": tuple(others), "file": "", "line": 0}
        values |= {"roles": self.roles, "families": len(self.families)}
        return ComponentEntry(**values, iri=self._iri, curated=self._curated)


def _facts(catalog: Catalog, section: CatalogSection) -> CatalogFacts:
    taxonomy = catalog.taxonomy
    layers = (taxonomy.super_functions, taxonomy.families, taxonomy.specialisations)
    entries = [*catalog.roles, *catalog.components, *(entry for layer in layers for entry in layer.values())]
    levels = sorted(catalog.levels.items(), key=lambda item: (item[1].rank, item[0]))
    return CatalogFacts(
        name=section.name,
        base_iri=section.base_iri,
        language=section.language.lower(),
        publisher=section.publisher,
        licence=section.licence,
        version=section.version,
        modified=max((entry.modified for entry in entries if entry.modified), default=None),
        taxonomy=replace(
            taxonomy,
            super_functions={c: _without_place(e) for c, e in sorted(taxonomy.super_functions.items())},
            families={c: _without_place(e) for c, e in sorted(taxonomy.families.items())},
            specialisations={c: _without_place(e) for c, e in sorted(taxonomy.specialisations.items())},
        ),
        levels={notation: _without_place(level) for notation, level in levels},
        mapping_sets=catalog.mapping_sets,
        soc=tuple(_without_place(group) for group in catalog.soc),
        credits=catalog.credits,
    )


def _without_place(record: Any) -> Any:
    """A record without the place in its source; only some have a file."""
    return replace(record, line=0, **({"file": ""} if hasattr(record, "file") else {}))


def _bare_crosswalk(crosswalk: Crosswalk) -> Crosswalk:
    mappings = tuple(map(_without_place, crosswalk.mappings))
    return replace(crosswalk, mappings=mappings, retired_titles={}, source_rows={})


def _bare_role(role: Role) -> Role:
    return replace(
        role,
        file="",
        line=0,
        lines={},
        uses=tuple(map(_without_place, role.uses)),
        aliases=tuple(map(_without_place, role.aliases)),
        mappings=tuple(map(_without_place, role.mappings)),
    )
