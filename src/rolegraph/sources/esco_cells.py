"""One cell of an ESCO file in, its clean spelling out, with what was changed or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

from msgspec import Struct

from rolegraph.documents import UNPRINTABLE, is_iri
from rolegraph.model.esco import ISCO, SEPARATOR, Column, ColumnKind, is_reference

_PLAIN_IRI: Final = re.compile(r"https?://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/-]*)?")
_MANY_IRIS: Final = re.compile(r"[\s|]+")
_BAR: Final = re.compile(r" \|(?= )")
_ISCO: Final = re.compile(rf"({re.escape(ISCO)}|C)?(?P<code>[0-9]{{1,4}})")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?([eE]-?[0-9]{1,2})?")
_DECIMAL_DIGITS: Final = 18
_NO_BREAK: Final = re.compile("[\u00a0\u2007\u202f\u200b\u2060\ufeff]")
_INVISIBLE: Final = re.compile("[\u200b\u2060\ufeff]")

_Change = tuple[str, str]
_SPACES: Final = ("a cell has stray, no-break or invisible spaces", "they are removed or made plain ones")
_TWICE: Final = ("a cell names a value twice", "it is read once")
_SPELLED: Final = ("a date, number or code is not in its shortest spelling", "the graph holds that one")


class Clean(Struct, frozen=True):
    """A cell as it is used; values of a list stand on one line each. `changes` is empty for a sound cell."""

    text: str
    changes: tuple[_Change, ...] = ()


class Fault(Struct, frozen=True):
    """Why a cell cannot be used, and what to write instead."""

    found: str
    instead: str


Outcome = Clean | Fault


def clean_cell(column: Column, cell: str) -> Outcome:
    """Clean a cell, or say why it cannot be used."""
    if UNPRINTABLE.search(cell):
        return Fault("holds a control character", "write the text without it")
    if not cell.strip():
        if column.required and column.kind in {"iri", "choice", "decimal"}:
            return Fault("says nothing", "write a value, or remove the row")
        return Clean("", (_SPACES,) if cell else ())
    return _CLEANERS[column.kind](column, cell)


def is_clean(column: Column, cell: str) -> bool:
    """Whether a cell can be used as it is; False where only `clean_cell` can tell.

    Most cells of a release are clean, and this is several times quicker.
    """
    check = _QUICK.get(column.kind)
    return not column.required if not cell else check is not None and check(column, cell)


def _is_clean_line(_column: Column, cell: str) -> bool:
    return cell.isprintable() and " ".join(cell.split()) == cell


def _is_clean_text(_column: Column, cell: str) -> bool:
    return cell.replace("\n", "").isprintable() and cell.strip() == cell


def _are_clean_labels(column: Column, cell: str) -> bool:
    values = cell.split(SEPARATOR)
    is_once = len(set(values)) == len(values) and " | " not in cell
    return is_once and all(value and _is_clean_line(column, value) for value in values)


_QUICK: Final[dict[ColumnKind, Callable[[Column, str], bool]]] = {
    "iri": lambda _column, cell: _PLAIN_IRI.fullmatch(cell) is not None,
    "type": lambda column, cell: cell in column.choices,
    "choice": lambda column, cell: cell in column.choices,
    "label": _is_clean_line,
    "string": _is_clean_line,
    "name": _is_clean_line,
    "text": _is_clean_text,
    "labels": _are_clean_labels,
}


def _label(_column: Column, cell: str) -> Outcome:
    return _in_one_line(cell)


def _in_one_line(cell: str) -> Clean:
    return _spaced(cell, " ".join(_visible(cell).split()))


def _text(_column: Column, cell: str) -> Outcome:
    """Line ends within a text stay: they part its paragraphs."""
    return _spaced(cell, _visible(cell).strip())


def _visible(cell: str) -> str:
    """A cell with plain spaces and line ends."""
    plain = cell.replace("\r\n", "\n")
    return _NO_BREAK.sub(" ", _INVISIBLE.sub("", plain)) if _NO_BREAK.search(plain) else plain


def _spaced(cell: str, text: str) -> Clean:
    """What became of a cell's spaces; another form of line end is no change worth telling."""
    return Clean(text, (_SPACES,) if text != cell.replace("\r\n", "\n") else ())


def _labels(_column: Column, cell: str) -> Outcome:
    values, changes = _parts(cell)
    return _list(values, changes)


def _names(_column: Column, cell: str) -> Outcome:
    """Labels that stand beside IRIs: two concepts may well have the same one."""
    values, changes = _parts(cell)
    return Clean(SEPARATOR.join(values), tuple(changes))


def _parts(cell: str) -> tuple[list[str], dict[_Change, None]]:
    """The labels of a cell, and what was changed in any of them."""
    parts = [
        _in_one_line(part[1:] if place else part)  # the space after a bar belongs to it
        for line in cell.replace("\r\n", "\n").split("\n")
        for place, part in enumerate(_BAR.split(line))
    ]
    changes = dict.fromkeys(change for part in parts for change in part.changes)
    if cell != cell.strip():
        changes[_SPACES] = None
    return [part.text for part in parts if part.text], changes


def _list(values: list[str], changes: dict[_Change, None]) -> Clean:
    once = dict.fromkeys(values)
    if len(once) < len(values):
        changes[_TWICE] = None
    return Clean(SEPARATOR.join(once), tuple(changes))


def _iri(_column: Column, cell: str) -> Outcome:
    iri = cell.strip()
    if not _is_iri(iri):
        return Fault("is no IRI", "write one such as http://data.europa.eu/esco/occupation/…")
    return Clean(iri, (_SPACES,) if iri != cell else ())


def _is_iri(text: str) -> bool:
    return _PLAIN_IRI.fullmatch(text) is not None or (is_reference(text) and is_iri(text))


def _values(cell: str) -> list[str]:
    return [value for part in _MANY_IRIS.split(cell) if (value := part.strip(","))]


def _iris(_column: Column, cell: str) -> Outcome:
    values = _values(cell)
    wrong = next((value for value in values if not _is_iri(value)), None)
    if wrong is not None:
        return Fault(f"holds {wrong[:60]!r}, which is no IRI", "write IRIs, each on a line of its own")
    return _list(values, {})


def _codes(_column: Column, cell: str) -> Outcome:
    if "://" not in cell:
        return _labels(_column, cell)
    values = _values(cell)
    wrong = next((value for value in values if is_reference(value) and not _is_iri(value)), None)
    if wrong is not None:
        return Fault(f"holds {wrong[:60]!r}, which is no IRI", "write IRIs or codes, each on its own line")
    return _list(values, {})


def _note(column: Column, cell: str) -> Outcome:
    return _iri(column, cell) if is_reference(cell.strip()) else _text(column, cell)


def _code(_column: Column, cell: str) -> Outcome:
    match = _ISCO.fullmatch(cell.strip())
    if match is None:
        return Fault("is no ISCO code", "write one to four digits such as 2512")
    changes = (_SPACES,) if cell.strip() != cell else (_SPELLED,) if match["code"] != cell else ()
    return Clean(match["code"], changes)


def _choice(column: Column, cell: str) -> Outcome:
    word = cell.strip()
    if word not in column.choices:
        return Fault("is not in the list", f"write one of {', '.join(column.choices)}")
    return Clean(word, (_SPACES,) if word != cell else ())


def _moment(_column: Column, cell: str) -> Outcome:
    moment = cell.strip()
    fault = Fault("is no date", "write one such as 2024-01-25 or 2024-01-25T11:28:50Z")
    if not _MOMENT.fullmatch(moment):
        return fault
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return fault
    head, _, rest = moment.partition(".")
    zone = rest.lstrip("0123456789")
    fraction = rest.removesuffix(zone).rstrip("0")
    shortest = f"{head}.{fraction}{zone}" if fraction else f"{head}{zone}"
    if "T" in shortest and shortest.endswith(("+00:00", "-00:00")):
        shortest = f"{shortest[:-6]}Z"
    return Clean(shortest, (_SPELLED,) if shortest != cell else ())


def _decimal(_column: Column, cell: str) -> Outcome:
    number = cell.strip()
    if not _DECIMAL.fullmatch(number):
        return Fault("is no number", "write one such as 0.25")
    plain = f"{round(Decimal(number), _DECIMAL_DIGITS):f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    plain = "0" if plain in {"-0", ""} else plain
    return Clean(plain, (_SPELLED,) if plain != cell else ())


_CLEANERS: Final[dict[ColumnKind, Callable[[Column, str], Outcome]]] = {
    "iri": _iri,
    "iris": _iris,
    "type": _choice,
    "label": _label,
    "labels": _labels,
    "text": _text,
    "string": _label,
    "code": _code,
    "codes": _codes,
    "note": _note,
    "choice": _choice,
    "moment": _moment,
    "decimal": _decimal,
    "name": _label,
    "names": _names,
}
