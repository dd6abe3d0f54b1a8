"""Tables or other content in, a file, a folder or a zip archive out: all of it or none."""

from __future__ import annotations

import csv
import errno
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from rolegraph.errors import RolegraphError, StoreError

Row = Sequence[str]
Dialect = Literal["csv", "tab"]

_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The date of all entries of an archive: the same content gives the same bytes on any day."""
_STREAMS: Final = ("/dev", "/dev/fd", "/proc/self/fd")
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
"""What the system says of a write without naming the file."""


class TableFile(NamedTuple):
    """One file of an export: its name, its header and its rows."""

    name: str
    header: Row
    rows: Iterable[Row]


@contextmanager
def staged_file(path: Path) -> Iterator[IO[bytes]]:
    """A stream into a file that appears, or is replaced, only when all of it is written.

    A device or a pipe (`/dev/stdout`) is written to as it stands.

    Raises:
        StoreError: it cannot be written, as where the disk is full.
    """
    with _named(path):
        if is_stream(path):
            with open_stream(path) as stream:
                yield stream
            return
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        staged = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
            staged.chmod(0o644)
            staged.replace(path)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise


def is_stream(path: Path) -> bool:
    """Whether a path is a device or a pipe, in whose place no file may be put.

    `/dev/stdout` is one also where the shell sends it to a file.
    """
    if not path.exists() or path.is_dir():
        return False
    return not path.is_file() or path.absolute().parent.as_posix() in _STREAMS


def open_stream(path: Path) -> IO[bytes]:
    """A device or pipe to write to, behind what it was sent before."""
    name = path.absolute().as_posix()
    number = {"/dev/stdout": "1", "/dev/stderr": "2"}.get(name, name.rpartition("/fd/")[2])
    return os.fdopen(os.dup(int(number)), "wb") if number.isdecimal() else path.open("wb")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name what was to be written where the system does not, or names a file that nobody knows."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if isinstance(error, RolegraphError) or not _is_of(path, error):
            raise
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def _is_of(path: Path, error: OSError) -> bool:
    """Whether a fault is of writing there, and not of what was read meanwhile."""
    if not isinstance(error.filename, str | bytes):
        return error.errno in _FULL
    named = os.fsdecode(error.filename)
    return f".{path.name}-" in named or Path(named) in {path, path.resolve(), *path.resolve().parents}


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which gets its name only when it is whole.

    Args:
        folder: does not exist yet, or is empty; where its name ends in `.zip`, an archive of the
            content is written there, in place of one that is there.
    Raises:
        StoreError: the folder holds something already, or cannot be written.
    """
    is_archive = folder.suffix.lower() == ".zip"
    if not is_archive and folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is a file; name a new folder, or a .zip, with -o")
    if not is_archive and folder.exists() and any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty; name a new folder with -o")
    with _named(folder):
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            yield staged
            if is_archive:
                with staged_file(folder) as stream:
                    _zip(staged, stream)
                shutil.rmtree(staged)
                return
            staged.chmod(0o755)
            if folder.exists():
                folder.rmdir()
            staged.rename(folder)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise


def _zip(folder: Path, stream: IO[bytes]) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)


def write_table(folder: Path, table: TableFile, dialect: Dialect) -> Path:
    """Write one table into a folder; rows are read as they are written."""
    path = folder / table.name
    with path.open("w", encoding="utf-8", newline="") as stream:
        if dialect == "csv":
            write_csv(stream, table.header, table.rows)
        else:
            stream.write("\t".join(table.header) + "\n")
            for row in table.rows:
                stream.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
    return path


def write_csv(stream: IO[str], header: Row, rows: Iterable[Row]) -> None:
    """Write a table as CSV (RFC 4180, but for the line ends, which are those of Unix).

    Cells stay as they are, also those that begin with `=`: the files are for programs, and a changed
    cell would be another value (see docs/exports.md).
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
