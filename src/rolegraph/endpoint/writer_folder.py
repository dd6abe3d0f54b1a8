"""Where writes are kept: one folder for each snapshot that was written to, and the generations in it.

- `lock`: held while a writer runs
- `<snapshot id>/log`: names what is published, see `writer_log`
- `<snapshot id>/generations/<n>-<t>/`: a store that readers open; `<t>` makes its name unique
- `<snapshot id>/live-<t>/`: the store that the writer process writes to
- `discarded-<date>-<snapshot id>/`, `carried-…`: writes that were set aside
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rolegraph.endpoint.writer_log import Record, WriteLog, now
from rolegraph.errors import StoreError
from rolegraph.snapshot.publish import sync

_LOG: Final = "log"
_GENERATIONS: Final = "generations"
_TEMPORARY: Final = "tmp-"
_LIVE: Final = "live-"
_SET_ASIDE: Final = re.compile(r"(?:discarded|carried)-")
_LOCK_WAIT_S: Final = 10.0
_LOCK_PAUSE_S: Final = 0.05
_LINK_ATTEMPTS: Final = 5


def take_lock(folder: Path) -> int:
    """Lock the folder for one writer; returns the descriptor that holds the lock.

    A writer process that outlives a killed server by a moment holds it as well, so wait a little.

    Raises:
        StoreError: another server writes here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise StoreError(f"{folder}: another server writes to this catalog; stop it first") from error
            time.sleep(_LOCK_PAUSE_S)
        else:
            return descriptor


class WritesFolder:
    """The folder of one snapshot's writes."""

    def __init__(self, path: Path) -> None:
        """Open it; see `create` for a new one.

        Raises:
            StoreError: its log is missing or damaged, or the store that the log names is missing.
        """
        self.path = path
        self.log = WriteLog(path / _LOG)
        if not self.generation(self.log.last).is_dir():
            where = self.generation(self.log.last)
            self.log.close()
            raise StoreError(f"{where}: the store of the last write is missing; restore it from a backup")

    @property
    def token(self) -> str:
        """What tells this folder from another one that was made of the same snapshot."""
        return f"{self.path.name}/{self.log.first.generation}"

    def generation(self, record: Record) -> Path:
        """The store that a record names."""
        return self.path / _GENERATIONS / record.generation

    def base(self) -> Path:
        """The store of the snapshot as it was built."""
        return self.generation(self.log.first)

    def new_generation(self, sequence: int) -> Path:
        """Where the next store goes; no name is used twice."""
        return self.path / _GENERATIONS / f"{sequence}-{secrets.token_hex(4)}"

    def new_live(self) -> Path:
        """Where the next working copy goes."""
        return self.path / f"{_LIVE}{secrets.token_hex(4)}"

    def remove_left_overs(self, kept: Iterable[Path]) -> None:
        """Remove working copies, and generations that were never published or that nobody reads."""
        for path in self.path.glob(f"{_LIVE}*"):
            shutil.rmtree(path, ignore_errors=True)
        names = {path.name for path in (self.base(), self.generation(self.log.last), *kept)}
        for path in (self.path / _GENERATIONS).iterdir():
            if path.name not in names:
                shutil.rmtree(path, ignore_errors=True)


def open_or_create(folder: Path, snapshot_id: str, store_path: Path) -> WritesFolder:
    """The folder for writes on a snapshot; a new one starts with a copy of its store.

    A new folder gets its name when it is whole and durable.

    Raises:
        StoreError: it cannot be made, or is damaged.
    """
    path = folder / snapshot_id
    try:
        for left_over in folder.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(left_over)
        if not path.exists():
            _create(folder / f"{_TEMPORARY}{snapshot_id}", path, store_path)
    except OSError as error:
        raise StoreError(f"{path}: the folder for writes cannot be made ({error})") from error
    return WritesFolder(path)


def _create(work: Path, path: Path, store_path: Path) -> None:
    first = Record(sequence=0, generation=f"0-{secrets.token_hex(4)}", kind="snapshot", at=now())
    (work / _GENERATIONS).mkdir(parents=True)
    store = work / _GENERATIONS / first.generation
    link_store(store_path, store)
    sync_store(store, work)
    WriteLog.create(work / _LOG, first).close()
    sync(work)
    work.rename(path)
    sync(path.parent)


def others(folder: Path, snapshot_id: str) -> list[WritesFolder]:
    """The folders that hold writes on other snapshots; those without any are removed.

    Raises:
        StoreError: one of them is damaged.
    """
    found = []
    for path in sorted(folder.iterdir()):
        is_ours = path.name == snapshot_id or path.name.startswith(_TEMPORARY)
        if not path.is_dir() or is_ours or _SET_ASIDE.match(path.name):
            continue
        other = WritesFolder(path)
        if other.log.last.sequence > 0:
            found.append(other)
        else:
            other.log.close()
            shutil.rmtree(path)
    return found


def set_aside(writes: WritesFolder, why: str) -> Path:
    """Give a folder of writes a dated name, under which it is kept and never looked at again."""
    writes.log.close()
    date = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
    target = writes.path.with_name(f"{why}-{date}-{writes.path.name}")
    writes.path.rename(target)
    sync(target.parent)
    return target


def link_store(source: Path, target: Path) -> None:
    """Copy a store: its tables, which are never changed, by hard links where the file system can."""
    target.mkdir()
    for path in source.iterdir():
        if path.suffix == ".sst":
            try:
                os.link(path, target / path.name)
                continue
            except OSError:  # another file system, or one without links
                pass
        if path.name != "LOCK" and not path.name.startswith("LOG"):  # the engine's own diary
            shutil.copyfile(path, target / path.name)


def link_idle_store(source: Path, target: Path) -> bool:
    """Copy a store that this process has open for writing, while it makes no write.

    The engine's background threads may rewrite tables meanwhile. Every change of theirs shows in the
    names of the files or in the manifest's size, so a copy is good when both are after it as before.

    Returns:
        whether the copy is good; there is none otherwise.
    """
    for _ in range(_LINK_ATTEMPTS):
        before = _files(source)
        with suppress(FileNotFoundError):  # a table went away as it was to be linked
            link_store(source, target)
            if _files(source) == before:
                return True
        shutil.rmtree(target)
    return False


def _files(store: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for path in store.iterdir():
        if not path.name.startswith("LOG"):
            sizes[path.name] = 0 if path.suffix == ".sst" else path.stat().st_size
    return sizes


def log_bytes(store: Path) -> int:
    """How long the engine's own log of changes is, which a reader goes through when it opens the store."""
    return sum(path.stat().st_size for path in store.glob("*.log"))


def sync_store(path: Path, parent: Path, previous: Path | None = None) -> None:
    """Make a store durable, its name in the folder above it and all names up to `parent` included.

    Tables that it shares with `previous`, a store that is durable, are not synced again.
    """
    for file in path.iterdir():
        if previous is None or file.suffix != ".sst" or not (previous / file.name).exists():
            sync(file)
    sync(path)
    folder = path
    while folder != parent:
        folder = folder.parent
        sync(folder)
