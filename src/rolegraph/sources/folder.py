"""A folder or a zip archive in, its files out as bytes; what an archive may do to a machine is refused."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from rolegraph.errors import Problems

MAX_BYTES: Final = 4 << 30
"""Of all files of an archive together, unpacked; ESCO in 28 languages has about a quarter of it."""
MAX_RATIO: Final = 200
"""Unpacked to packed size of a file of more than 64 MiB; tables of text are packed 4 to 20 times."""
_SMALL: Final = 64 << 20
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError,
    ValueError, IndexError, struct.error,
)  # fmt: skip
"""What the zipfile module raises over a damaged archive, a name that is not UTF-8, or an empty one."""


class Folder(Protocol):
    """Files by name, without sub-folders."""

    name: str
    """What messages call the folder."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files, sorted."""

    def shown(self, name: str) -> str:
        """What messages call a file of the folder, whether it is there or not."""

    def read(self, name: str, problems: Problems) -> bytes | None:
        """The bytes of a file, or None when it cannot be read, which is reported."""


def open_folder(path: Path, what: str, problems: Problems) -> Folder | None:
    """Look into a folder or a zip archive.

    An archive may hold its files in one folder of any name, as the published ones do.

    Args:
        path: the folder or the archive.
        what: what it should be, for messages: `an unpacked O*NET database`.
        problems: receives each fault of the archive.
    Returns:
        its files, or None when there is no such folder or the archive has a fault.
    """
    if path.is_dir():
        return _Directory(path)
    if not path.is_file():
        problems.error(path, 0, "there is no such folder or zip archive", f"name {what}")
        return None
    entries = _entries(path, what, problems)
    return None if entries is None else _Archive(path, entries)


def check_archive(path: Path, what: str, problems: Problems) -> bool:
    """Look at a zip archive that another library is to open, and unpack each of its files once.

    Args:
        path: the archive.
        what: what it should be, for messages: `an XLSX workbook`.
        problems: receives each fault of the archive.
    Returns:
        whether it can be opened without harm: no file is larger than the archive says.
    """
    entries = _entries(path, what, problems)
    if entries is None:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            # The directory of an archive may understate a size; what exceeds it fails its checksum.
            damaged = archive.testzip()
    except _BROKEN:
        damaged = "of it"
    if damaged is not None:
        problems.error(path, 0, f"the archive is damaged (entry {damaged!r})", "fetch or save it again")
    return damaged is None


def _entries(path: Path, what: str, problems: Problems) -> dict[str, zipfile.ZipInfo] | None:
    """The entries of an archive by name, or None when it has a fault, which is reported."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
            faults = list(_faults(archive.infolist()))
    except (PermissionError, FileNotFoundError, IsADirectoryError) as error:
        problems.error(path, 0, f"cannot be read ({error.strerror})", "make it a readable file")
        return None
    except _BROKEN:
        problems.error(path, 0, "this is no whole zip archive", f"fetch it again, or name {what}")
        return None
    for found, instead in faults:
        problems.error(path, 0, found, instead)
    return None if faults else entries


def _faults(entries: list[zipfile.ZipInfo]) -> Iterator[tuple[str, str]]:
    """What is wrong with the entries of an archive before any of them is unpacked."""
    seen: set[str] = set()
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if ".." in parts or entry.filename.startswith(("/", "\\")) or any(":" in part for part in parts[:1]):
            yield f"entry {entry.filename!r} leads out of the archive", "remove it; nothing of it was read"
        if stat.S_ISLNK(entry.external_attr >> 16):
            yield f"entry {entry.filename!r} is a link", "put the file itself into the archive"
        if entry.flag_bits & 1:
            yield f"entry {entry.filename!r} is encrypted", "pack it without a password"
        if entry.filename in seen:
            yield f"entry {entry.filename!r} is there twice", "keep one of the two"
        seen.add(entry.filename)
        if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            times = entry.file_size // max(1, entry.compress_size)
            yield f"entry {entry.filename!r} would grow {times:,} times", "unpack it yourself if it is sound"
    total = sum(entry.file_size for entry in entries)
    if total > MAX_BYTES:
        yield f"the archive would take {total:,} bytes", f"unpack it yourself: {MAX_BYTES:,} is the limit"


class _Directory:
    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.name for path in self._path.iterdir() if path.is_file()))

    def shown(self, name: str) -> str:
        return str(self._path / name)

    def read(self, name: str, problems: Problems) -> bytes | None:
        try:
            return (self._path / name).read_bytes()
        except OSError as error:
            problems.error(self.shown(name), 0, f"cannot be read ({error.strerror})", "make it readable")
            return None


class _Archive:
    def __init__(self, path: Path, entries: dict[str, zipfile.ZipInfo]) -> None:
        self.name = str(path)
        self._path = path
        own = {name: entry for name, entry in entries.items() if not _is_system_file(name)}
        tops = {name.partition("/")[0] for name in own if "/" in name}
        prefix = f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in own) else ""
        self._entries = {
            name.removeprefix(prefix): entry
            for name, entry in own.items()
            if "/" not in name.removeprefix(prefix)
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._entries))

    def shown(self, name: str) -> str:
        return f"{self._path}/{name}"

    def read(self, name: str, problems: Problems) -> bytes | None:
        entry = self._entries.get(name)
        if entry is None:
            problems.error(self.shown(name), 0, "there is no such file in the archive", "add it")
            return None
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(entry) as stream:
                # The directory of an archive may understate a size: read no more than it said.
                data = stream.read(entry.file_size + 1)
        except _BROKEN:
            problems.error(self.shown(name), 0, "the archive is damaged here", "fetch it again")
            return None
        if len(data) != entry.file_size:
            problems.error(self.shown(name), 0, "has another size than the archive says", "fetch it again")
            return None
        return data


def _is_system_file(name: str) -> bool:
    """Whether an operating system's packer put the file there."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in {".DS_Store", "Thumbs.db"}
