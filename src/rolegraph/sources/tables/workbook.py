"""A sheet of an XLSX workbook in, its rows out."""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from rolegraph.errors import Problems
from rolegraph.model.table_map import TableRules
from rolegraph.sources.folder import check_archive
from rolegraph.sources.tables.rows import Cell, Row, Table

_BROKEN = (KeyError, ValueError, TypeError, AttributeError, ParseError, zipfile.BadZipFile, OSError)
"""What openpyxl raises, by experiment, for a zip archive that is no whole workbook."""


def read_workbook(path: Path, rules: TableRules, problems: Problems) -> Table | None:
    """Read one sheet, with the results of its formulas.

    Args:
        path: the workbook.
        rules: its sheet (the first by default) and header line.
        problems: receives what is wrong with the file as a whole.
    Returns:
        the rows, or None when the sheet cannot be read. A row with an error, or with a formula that
        nobody has computed, is faulty.
    """
    if not check_archive(path, "an XLSX workbook", problems):
        return None
    try:
        values = _sheet(path, rules.sheet, problems, results=True)
        formulas = _sheet(path, rules.sheet, Problems(), results=False)
    except _BROKEN:
        problems.error(path, 0, "this is no whole XLSX workbook", "save it as .xlsx again")
        return None
    if values is None or formulas is None:
        return None
    header = [_text(cell) for cell in next(islice(values, rules.header - 1, None), ())]
    next(islice(formulas, rules.header - 1, None), ())
    if not any(header):
        problems.error(path, rules.header, "there are no column names on this line", "correct `header`")
        return None
    rows = list(_rows(str(path), header, zip(values, formulas, strict=False), rules.header))
    return Table(tuple(name for name in header if name), rows)


def _sheet(path: Path, name: str | None, problems: Problems, *, results: bool) -> Iterator[Any] | None:
    """The rows of a sheet, or None when there is no sheet of that name."""
    import openpyxl  # noqa: PLC0415  # 0.2 s that only workbooks need to wait

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which carry no cells
        book = openpyxl.load_workbook(path, read_only=True, data_only=results)
        names = [sheet.title for sheet in book.worksheets]
        if not names or (name is not None and name not in names):
            known = ", ".join(map(repr, names)) or "none"
            problems.error(path, 0, f"there is no sheet {name or ''}", f"those there are: {known}")
            return None
        sheet = book[name] if name is not None else book.worksheets[0]
        sheet.reset_dimensions()  # some writers state them wrongly
        rows = list(sheet.iter_rows(values_only=True))
        book.close()
        return iter(rows)


def _rows(file: str, header: list[str], pairs: Iterable[tuple[Any, Any]], before: int) -> Iterator[Row]:
    for line, (values, formulas) in enumerate(pairs, start=before + 1):
        names = [*header, *[""] * (len(values) - len(header))]
        texts = [_text(value) for value in values] + [""] * (len(header) - len(values))
        cells: dict[str, Cell] = {name: text for name, text in zip(names, texts, strict=True) if name}
        nameless = [text for name, text in zip(names, texts, strict=True) if text and not name]
        unknown = [
            name
            for name, value, formula in zip(names, values, formulas, strict=False)
            if _is_error(value) or (value is None and _is_formula(formula))
        ]
        fault = None
        if unknown:
            found = f"the value of {', '.join(map(repr, unknown))} is an error or was never computed"
            fault = (found, "compute it and save the workbook, or write the value")
        elif nameless:
            found = f"{nameless[0]!r} stands in a column without a name"
            fault = (found, "name the column, or empty the cell")
            cells[""] = tuple(nameless)
        if fault is not None or any(texts):
            yield Row(file, line, cells, fault)


def _is_formula(cell: Any) -> bool:
    return isinstance(cell, str) and cell.startswith("=")


def _is_error(cell: Any) -> bool:
    errors = {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"}
    return isinstance(cell, str) and cell in errors


def _text(cell: Any) -> str:
    """A cell as a text: whole numbers without a fraction, dates as YYYY-MM-DD."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        is_day = cell.time() == dt.time()
        return cell.date().isoformat() if is_day else cell.isoformat()
    return str(cell).strip()
