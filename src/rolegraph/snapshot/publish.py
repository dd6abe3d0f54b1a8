"""A finished folder in, a published snapshot out: locks, durable renames, left-overs removed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rolegraph.errors import StoreError
from rolegraph.snapshot.opening import POINTER, WORK_FOLDER, snapshots_folder

_TEMPORARY = "tmp-"


@contextmanager
def build_lock(directory: Path) -> Iterator[None]:
    """Hold the lock of a catalog: one build at a time. The kernel frees it when the holder dies.

    Raises:
        StoreError: another build holds it.
    """
    folder = directory / WORK_FOLDER
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    with (folder / "build.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(
                f"{directory}: another build or release is running; wait for it to end"
            ) from error
        yield


@contextmanager
def work_folder(directory: Path) -> Iterator[Path]:
    """A new temporary folder beside the snapshots; those of builds that died are removed first.

    Call it with the build lock held. What is still in the folder at the end is removed.
    """
    with temporary_folder(snapshots_folder(directory)) as work:
        yield work


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """A new temporary folder in a folder that is made if need be; see `work_folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
    work = folder / f"{_TEMPORARY}{os.getpid()}"
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def publish(directory: Path, finished: Path, snapshot_id: str) -> None:
    """Give a finished folder its name; a folder of that name that is no good gives way.

    The folder is durable before it is named, and named before CURRENT says so.
    """
    put_in_place(finished, snapshots_folder(directory) / snapshot_id)


def put_in_place(finished: Path, target: Path) -> None:
    """Rename a finished folder once it is durable; what has the name already gives way."""
    _sync_tree(finished)
    if target.exists():
        doomed = target.with_name(f"{_TEMPORARY}old-{target.name}")
        target.rename(doomed)
        finished.rename(target)
        shutil.rmtree(doomed)
    else:
        finished.rename(target)
    sync(target.parent)


def move_pointer(directory: Path, snapshot_id: str) -> None:
    """Let CURRENT name a snapshot, in one atomic rename."""
    folder = snapshots_folder(directory)
    staged = folder / f"{_TEMPORARY}{POINTER}"
    with staged.open("w", encoding="ascii") as stream:
        stream.write(f"{snapshot_id}\n")
        stream.flush()
        os.fsync(stream.fileno())
    staged.rename(folder / POINTER)
    sync(folder)


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
