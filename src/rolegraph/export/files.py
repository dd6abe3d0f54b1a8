"""Tables in, a folder of files out: all of them or none."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

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
