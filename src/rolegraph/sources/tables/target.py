"""What an import made in, the files of the catalog that it writes out: all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from rolegraph.config import Config
from rolegraph.errors import Problems
from rolegraph.iris import slug
from rolegraph.model.attribution import Credit
from rolegraph.model.catalog import Kind, Labels, RoleFile, key_label
from rolegraph.sources.rolefile import dump_role, dump_yaml, role_data
from rolegraph.sources.tables.entries import SECTIONS, Document
from rolegraph.sources.tables.importing import Imported
from rolegraph.sources.taxonomy import read_components, read_taxonomy

Format = Literal["ndjson", "yaml"]
_DIFFERS: Final = "the catalog's own entry is kept"


def dump_ndjson(roles: Iterable[RoleFile]) -> str:
    """Roles as one JSON document a line."""
    return "".join(msgspec.json.encode(role_data(role)).decode() + "\n" for role in roles)


class Target(Struct):
    """Where an import goes in a catalog.

    `name` is the import's; its files are `<name>.ndjson` in the roles' folder, `taxonomy.<name>.yaml` and
    `components/<kind>.<name>.yaml`, and `attribution.<name>.yaml` where there is a `credit`. `output` puts
    the roles elsewhere: into a file, or a folder of YAML.
    """

    directory: Path
    config: Config
    name: str
    format: Format
    output: Path | None
    credit: Credit | None = None

    @property
    def roles(self) -> Path:
        """The file of the roles, or their folder."""
        if self.output is not None:
            return self.output
        folder = self.directory / self.roles_location
        return folder / f"{self.name}.ndjson" if self.format == "ndjson" else folder

    @property
    def is_source(self) -> bool:
        """Whether a build of the catalog reads the roles there."""
        locations = self.config.sources.role_locations
        places = {(self.directory / location).resolve() for location in locations}
        return not places.isdisjoint([self.roles.resolve(), self.roles.resolve().parent])

    @property
    def roles_location(self) -> str:
        """The first of the catalog's places of roles that is a folder."""
        locations = self.config.sources.role_locations
        files = (".ndjson", ".yaml", ".yml")
        return next((location for location in locations if not location.endswith(files)), "roles")

    def _beside(self, location: str) -> Path:
        path = self.directory / location
        return path.with_name(f"{path.stem}.{self.name}{path.suffix}")

    @property
    def taxonomy(self) -> Path:
        """The file of the import's families and specialisations."""
        return self._beside(self.config.sources.taxonomy)

    @property
    def attribution(self) -> Path:
        """The file of what the publisher of the tables wants said."""
        return self._beside(self.config.sources.attribution)

    def components(self, kind: str) -> Path:
        """The file of the import's components of a kind."""
        return self._beside(f"{self.config.sources.components}/{kind}.yaml")

    def files(self, imported: Imported, problems: Problems) -> dict[Path, str]:
        """The text of every file; entries that the catalog already has are left to it."""
        roles = [role for role, _ in imported.roles]
        if self.format == "yaml":
            found = {self.roles / f"{role.code}.yaml": dump_role(role) for role in roles}
        else:
            found = {self.roles: dump_ndjson(roles)} if roles else {}
        taxonomy = self._new_taxa(imported.taxonomy, problems)
        if any(taxonomy.values()):
            filled = {section: items for section, items in taxonomy.items() if items}
            found[self.taxonomy] = self._comment + dump_yaml(filled)
        for kind, entries in self._new_components(imported.components, problems).items():
            if entries:
                found[self.components(kind)] = self._comment + dump_yaml(entries)
        if found and self.credit is not None:
            said = {name: value for name, value in msgspec.structs.asdict(self.credit).items() if value}
            found[self.attribution] = dump_yaml([said])
        return found

    @property
    def _comment(self) -> str:
        """What the publisher of the tables wants said, as a comment."""
        said = self.credit.attribution if self.credit is not None else None
        return f"# {' '.join(said.split())}\n" if said else ""

    def _new_taxa(self, taxonomy: dict[str, list[Document]], problems: Problems) -> dict[str, list[Document]]:
        sources, language = self.config.sources, self.config.catalog.language.lower()
        known = read_taxonomy(self.directory, sources.taxonomy, language, problems)
        own = self.taxonomy.name
        new: dict[str, list[Document]] = {}
        for layer, section in SECTIONS.items():
            records: Mapping[str, Any] = getattr(known, section)
            others = {code: record for code, record in records.items() if Path(record.file).name != own}
            new[section] = [entry for entry in taxonomy[section] if entry["code"] not in others]
            for entry in taxonomy[section]:
                if entry["code"] in others:
                    _compare(f"{layer} {entry['code']}", entry, others[entry["code"]], language, problems)
        return new

    def _new_components(
        self, components: dict[Kind, list[Document]], problems: Problems
    ) -> dict[Kind, list[Document]]:
        sources, language = self.config.sources, self.config.catalog.language.lower()
        records = read_components(self.directory, sources.components, language, problems)
        others = {
            (record.kind, slug(key_label(record.label))): record
            for record in records
            if Path(record.file).name != self.components(record.kind).name
        }
        new: dict[Kind, list[Document]] = {}
        for kind, entries in components.items():
            new[kind] = []
            for entry in entries:
                label = key_label(_labels(entry["label"], language))
                known = others.get((kind, slug(label)))
                if known is None:
                    new[kind].append(entry)
                else:
                    _compare(f"{kind} {label!r}", entry, known, language, problems)
        return new

    def stale(self, files: Mapping[Path, str]) -> list[Path]:
        """Files of an earlier import of this name that the new one does not write."""
        folder = self.directory / self.config.sources.components
        earlier = [self.taxonomy, self.attribution, *sorted(folder.glob(f"*.{self.name}.yaml"))]
        if self.format == "ndjson":
            earlier.append(self.roles)
        return [path for path in earlier if path.is_file() and path not in files]

    def check_roles(self, imported: Imported, problems: Problems) -> None:
        """Report roles whose code another file of the catalog already has."""
        known = dict(self._codes(problems))
        for role, row in imported.roles:
            if role.code in known:
                found = f"{role.code} is already in the catalog, at {known[role.code]}"
                problems.error(row.file, row.line, found, "remove it there, or give it another code")

    def _codes(self, problems: Problems) -> Iterator[tuple[str, str]]:
        """The codes of the catalog's roles with their places, without those that the import replaces."""
        for location in self.config.sources.role_locations:
            place = self.directory / location
            for path in sorted(place.iterdir()) if place.is_dir() else [place]:
                if path.resolve() == self.roles.resolve() or path.name.startswith("."):
                    continue
                if path.suffix in {".yaml", ".yml"} and path.parent.resolve() != self.roles.resolve():
                    yield path.stem, str(path)
                elif path.suffix == ".ndjson" and path.is_file():
                    yield from _codes_of_lines(path, problems)


class _Coded(Struct):
    code: str


def _codes_of_lines(path: Path, problems: Problems) -> Iterator[tuple[str, str]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                try:
                    yield msgspec.json.decode(line, type=_Coded).code, f"{path}:{number}"
                except (msgspec.DecodeError, UnicodeDecodeError):
                    problems.error(path, number, "this is no role", "correct the catalog first")


def _labels(text: str | Labels, language: str) -> Labels:
    return {language: text} if isinstance(text, str) else text


def _compare(name: str, entry: Document, known: Any, language: str, problems: Problems) -> None:
    """Say where an import differs from an entry that the catalog already has."""
    for key in entry.keys() - {"code"}:
        own = getattr(known, key)
        if key in {"label", "definition"}:
            same = _labels(entry[key], language) == own
        else:
            same = key == "super_function" and entry[key] == own
        if not same:
            problems.warn(known.file, known.line, f"the import has another {key} of {name}", _DIFFERS)


def write_files(files: Mapping[Path, str], stale: Iterable[Path], told: Callable[[str], None]) -> None:
    """Write files, each of them whole; nothing is replaced before all of them are on disk.

    Args:
        files: the text of each file.
        stale: files to remove.
        told: is told how far it is.
    """
    staged: dict[Path, Path] = {}
    try:
        for number, (path, text) in enumerate(files.items(), start=1):
            told(f"writing {number} of {len(files)} files")
            path.parent.mkdir(parents=True, exist_ok=True)
            staged[path] = path.with_name(f".{path.name}.tmp")
            staged[path].write_text(text, encoding="utf-8")
        for path, temporary in staged.items():
            temporary.replace(path)
        for path in stale:
            path.unlink()
    finally:
        for temporary in staged.values():
            with suppress(FileNotFoundError):
                temporary.unlink()
