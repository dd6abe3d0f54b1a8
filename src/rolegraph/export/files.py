"""Tables in, a folder of files out, or one text file: whole or not at all."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from rolegraph.errors import StoreError

Row = Sequence[str]


class TableFile(NamedTuple):
    """One file of an export: its name, its header and its rows."""

    name: str
    header: Row
    rows: Iterable[Row]


def write_tables(folder: Path, tables: Iterable[TableFile], dialect: Literal["csv", "tab"]) -> list[Path]:
    """Write tables into a folder that does not exist yet or is empty.

    Args:
        folder: where the files go; it appears only when all of them are whole.
        tables: name, header and rows of each file.
        dialect: `csv` (RFC 4180, as ESCO's files) or `tab` (no quoting, as O*NET's text files).
    Returns:
        the files written.
    Raises:
        StoreError: the folder holds something already.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder} is not empty; name a new folder with -o")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        names = [_write(staged, table, dialect) for table in tables]
        staged.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        staged.rename(folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return [folder / name for name in names]


def write_file(path: Path, write: Callable[[TextIO], object]) -> Path:
    """Write one text file, which appears, or replaces the one that is there, only when it is whole.

    Args:
        path: the file.
        write: writes to the stream it is given; line ends stay as it writes them.
    Raises:
        StoreError: a folder is there.
    """
    path = path.resolve()
    if path.is_dir():
        raise StoreError(f"{path} is a folder; name a file with -o")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as reserved:
        part = Path(reserved.name)
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            write(stream)
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


def _write(folder: Path, table: TableFile, dialect: Literal["csv", "tab"]) -> str:
    with (folder / table.name).open("w", encoding="utf-8", newline="") as stream:
        if dialect == "csv":
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(table.header)
            writer.writerows(table.rows)
        else:
            stream.write("\t".join(table.header) + "\n")
            for row in table.rows:
                stream.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
    return table.name
