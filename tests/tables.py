"""Tables and maps for tests: written into a folder, imported, and what came of them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from rolegraph.errors import Problems, SourceError
from rolegraph.sources.tables.importing import Imported, Setting, import_tables
from rolegraph.sources.tables.map_file import read_map

LEVELS = frozenset(["S1", "P1", "P2", "P3", "P4", "P5", "M1", "M2", "E1"])
PLAIN_MAP = """
[[table]]
[table.role]
key = ["Role", "Level"]
title = "Level"
family = {label = "Family"}
specialisation = {label = "Role"}
level = {column = "Level", matches = [["^Senior", "P4"], ["", "P3"]]}
"""
"""A map of the columns Family, Role and Level."""


def write_all(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def map_faults(folder: Path, text: str) -> list[str]:
    """The faults of a map, without the name of its file."""
    write_all(folder, {"m.toml": text})
    problems = Problems()
    read_map(folder / "m.toml", LEVELS, problems)
    return [str(problem).removeprefix(f"{folder}/") for problem in problems]


def import_files(
    folder: Path,
    files: Mapping[str, str | bytes],
    map_text: str,
    pins: Mapping[Any, str] | None = None,
    paths: Sequence[str] = (),
) -> tuple[Imported, list[str]]:
    """Import files (or the paths given) by a map; warnings come without the name of their folder."""
    write_all(folder, {**files, "m.toml": map_text})
    problems = Problems()
    mapping = read_map(folder / "m.toml", LEVELS, problems)
    problems.raise_errors()
    assert mapping is not None
    setting = Setting("en", LEVELS, pins or {})
    found = import_tables([folder / name for name in paths or files], mapping, setting, problems)
    return found, [str(problem).replace(f"{folder}/", "") for problem in problems]


def file_faults(folder: Path, files: Mapping[str, str | bytes], map_text: str = PLAIN_MAP) -> list[str]:
    """The faults of files that cannot be imported at all, without the name of their folder."""
    try:
        import_files(folder, files, map_text)
    except SourceError as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    return []


def documents(found: Imported) -> dict[str, dict[str, Any]]:
    """The roles as plain data, by code."""
    return {role.code: msgspec.json.decode(msgspec.json.encode(role)) for role, _ in found.roles}


def refused(found: Imported) -> list[str]:
    """The lines and reasons of the rows that are at fault themselves."""
    return [f"{row.line}: {row.reason}" for row in found.rejections.causes]


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> None:
    """Write an XLSX file by hand: texts, numbers, and raw cells in angle brackets."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/s{n}.xml" ContentType="{kinds}.worksheet+xml"/>'
            for n in range(len(sheets))
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n + 1}" r:id="r{n}"/>' for n, name in enumerate(sheets))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="s{n}.xml"/>'
            for n in range(len(sheets))
        )
        + "</Relationships>",
    }
    for number, rows in enumerate(sheets.values()):
        lines = "".join(f'<row r="{n}">{_cells(n, row)}</row>' for n, row in enumerate(rows, start=1))
        parts[f"xl/s{number}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _cells(number: int, row: Sequence[object]) -> str:
    return "".join(_cell(f"{chr(65 + index)}{number}", value) for index, value in enumerate(row))


def _cell(place: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("<c"):
        return value.replace("<c", f'<c r="{place}"', 1)
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
