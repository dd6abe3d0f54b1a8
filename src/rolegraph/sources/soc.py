"""A CSV file of SOC 2018 codes and official titles in, SOC groups out."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

from rolegraph.errors import Problems
from rolegraph.model.catalog import SocGroup

SOC_PATTERN: Final = re.compile(r"[0-9]{2}-[0-9]{4}")
_COLUMNS: Final = ("code", "title")


def read_soc(path: Path, problems: Problems, name: str = "") -> tuple[SocGroup, ...]:
    """Read `soc.csv`: a header `code,title`, then one group or occupation a line.

    Args:
        path: the file.
        problems: receives one error per fault.
        name: what the records call the file.

    Returns:
        the sound rows in file order; further columns are ignored with a warning.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.error(path, 0, f"cannot be read ({error.strerror})", "name a readable file")
        return ()
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        problems.error(path, line, "there is a byte that is not UTF-8", "save the file as UTF-8")
        return ()
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    groups: dict[str, SocGroup] = {}
    try:
        header = next(rows, [])
        if not _check_header(path, header, problems):
            return ()
        for cells in rows:
            found = _group(path, rows.line_num, header, cells, problems)
            if found is None:
                continue
            group = SocGroup(code=found[0], title=found[1], file=name, line=rows.line_num)
            if group.code in groups:
                problems.error(path, rows.line_num, f"code {group.code} occurs twice", "keep one of the rows")
            groups.setdefault(group.code, group)
    except csv.Error as error:
        problems.error(path, rows.line_num, f"the row is no CSV ({error})", "quote titles that hold commas")
    return tuple(groups.values())


def _check_header(path: Path, header: list[str], problems: Problems) -> bool:
    missing = [name for name in _COLUMNS if header.count(name) != 1]
    if missing:
        found = f"the header {','.join(header)!r} does not have {' and '.join(missing)} once"
        problems.error(path, 1, found, f"write {','.join(_COLUMNS)}")
        return False
    for name in header:
        if name not in _COLUMNS:
            problems.warn(path, 1, f"column {name!r} is not known", "it is not read")
    return True


def _group(
    path: Path, line: int, header: list[str], cells: list[str], problems: Problems
) -> tuple[str, str] | None:
    """Code and title of one row, or None for an empty line and a faulty row."""
    if not cells:
        return None
    if len(cells) != len(header):
        found = f"the row has {len(cells)} cells and the header {len(header)}"
        problems.error(path, line, found, "quote titles that hold commas")
        return None
    code, title = (cells[header.index(name)].strip() for name in _COLUMNS)
    if not SOC_PATTERN.fullmatch(code):
        problems.error(path, line, f"{code!r} is no SOC code", "write one such as 15-1252 or 15-0000")
        return None
    if not title:
        problems.error(path, line, f"code {code} has no title", "write the official title")
        return None
    return code, title
