"""Plain data in, typed values out, with every fault named at once and placed in its file."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar, cast

import jsonschema
import msgspec
import pyoxigraph as ox
from jsonschema.exceptions import ValidationError

from rolegraph.errors import Problems

T = TypeVar("T")
UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold (its production 2), so that every answer has a form in every format."""
_BIDI: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS: Final = str.maketrans(
    {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"}
    | dict.fromkeys((*range(0x7F, 0xA0), *_BIDI, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd")
)
"""Characters that drive a terminal, turn the direction of text or cannot stand in XML -> what shows them."""
LANGUAGE_PATTERN: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
"""A language tag (BCP 47, without its rarer forms)."""
Path = tuple[str | int, ...]
LineOf = Callable[[Path], int]
"""Gives the 1-based line of a place in a document, or of the nearest place above it."""


def visible(text: str) -> str:
    r"""A text whose control characters are seen, and have no effect on what shows them.

    >>> visible("\x1b[2Jx")
    '␛[2Jx'
    """
    return text if text.isprintable() else text.translate(_CONTROLS)


def nearest_line(lines: Mapping[Path, int], place: Path) -> int:
    """The line of a place, or of the nearest one above it that has a line; 1 when none has."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def check_link(value: str, what: str, file: str, line: int, problems: Problems) -> None:
    """Report what looks like an IRI and is none; other text may be there as well."""
    if value.startswith(("http://", "https://")) and not is_iri(value):
        problems.error(file, line, f"{what} {value!r} is no IRI", "correct it, or write plain text")


def listed(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many more there are.

    >>> listed(["a", "b", "c"], 2), listed(["a", "b"], 2)
    ('a, b and 1 more', 'a, b')
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def same_line(line: int) -> LineOf:
    """What gives the lines of a document that is a single line of its file."""
    return lambda _place: line


def json_schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a msgspec type."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI (RFC 3987), as the store understands that."""
    try:
        next(iter(ox.parse(f"<{text}> <{text}> <{text}> .".encode(), format=ox.RdfFormat.N_TRIPLES)))
    except (SyntaxError, UnicodeEncodeError):
        return False
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+\Z", text) is not None


def convert(data: object, kind: type[T], file: str, line_of: LineOf, problems: Problems) -> T | None:
    """Turn plain data into `kind`.

    Args:
        data: what a YAML, TOML or JSON reader returned.
        kind: a msgspec type.
        file: the name for messages.
        line_of: where a path stands in the file.
        problems: receives one entry for every fault.
    Returns:
        the value, or None when there was a fault.
    """
    before = len(problems.errors)
    for place, text in () if _is_printable(data) else _texts(data, ()):
        if UNPRINTABLE.search(text):
            found = f"{_name(place)} holds a control character"
            problems.error(file, line_of(place), found, "write the text without it")
    if len(problems.errors) > before:
        return None
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        found_any = False
        for fault in _faults(data, kind):
            found_any = True
            found, instead = _explain(fault)
            problems.error(file, line_of(tuple(fault.absolute_path)), found, instead)
        if not found_any:
            problems.error(file, line_of(()), str(error), "write a value of that form")
        return None


def _is_printable(data: object) -> bool:
    """Whether a document surely holds no control character: a look at all of its texts at once."""
    try:
        encoded = msgspec.json.encode(data)
    except (TypeError, ValueError, OverflowError):
        return False
    # JSON writes control characters below U+0020 as one of these escapes (RFC 8259, section 7).
    return not re.search(rb"\\[ubf]", encoded) and not UNPRINTABLE.search(encoded.decode())


def _texts(data: object, place: Path) -> Iterator[tuple[Path, str]]:
    """Every text of a document with its place; keys stand at the place of their value."""
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield (*place, key), str(key)
            yield from _texts(value, (*place, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*place, index))


@cache
def _validator(kind: Hashable) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(cast("type[Any]", kind)))


def _faults(data: object, kind: type[Any]) -> Iterator[ValidationError]:
    validator = _validator(cast("Hashable", kind))
    for error in validator.iter_errors(_jsonable(data)):
        yield from _narrow(error)


def _jsonable(data: object) -> Any:
    """The data as JSON; NaN and infinities become texts, since no bound would refuse them."""
    return json.loads(json.dumps(data, default=str), parse_constant=str)


def _narrow(error: ValidationError) -> Iterator[ValidationError]:
    """Of the branches of an anyOf, keep the faults of the one that the value has the type of."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    meant = [
        faults
        for faults in branches.values()
        if not any(fault.validator == "type" and fault.instance is error.instance for fault in faults)
    ]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from _narrow(inner)
    else:
        yield error


def _name(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "document"


def _quoted(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def _explain(error: ValidationError) -> tuple[str, str]:
    """Word a fault as (what was found, what to write instead)."""
    place = _name(tuple(error.absolute_path))
    present: Any = error.instance
    if error.validator == "additionalProperties":
        known = sorted(_schema(error).get("properties", ()))
        unknown = sorted(set(present) - set(known))
        return (
            f"unknown key {', '.join(map(repr, unknown))} in {place}",
            suggestion(unknown[0], known),
        )
    if error.validator == "required":
        wanted: Any = error.validator_value
        missing = sorted(set(wanted) - set(present))
        return f"{place} lacks {', '.join(missing)}", f"add {' and '.join(f'`{key}: …`' for key in missing)}"
    return f"{place} is {_quoted(present)}", _wanted(error)


def suggestion(word: str, known: Iterable[str]) -> str:
    """What to write in place of an unknown word: the nearest known one, or any of them.

    >>> suggestion("titel", ["title", "summary"])
    "did you mean 'title'?"
    """
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(words)}"


def _wanted(error: ValidationError) -> str:
    rule = str(error.validator)
    wanted: Any = error.validator_value
    if rule in _WANTED:
        return _WANTED[rule](wanted, _schema(error))
    return error.message


def _schema(error: ValidationError) -> dict[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}


def _type_name(schema: dict[str, Any]) -> str:
    return _TYPES.get(str(schema.get("type", "object")), "a mapping of keys to values")


_WANTED: dict[str, Callable[[Any, dict[str, Any]], str]] = {
    "enum": lambda wanted, _: f"write one of {', '.join(str(c) for c in wanted if c is not None)}",
    "const": lambda wanted, _: f"write {wanted}",
    "minimum": lambda _, schema: f"write a number {_range(schema)}",
    "maximum": lambda _, schema: f"write a number {_range(schema)}",
    "exclusiveMinimum": lambda _, schema: f"write a number {_range(schema)}",
    "exclusiveMaximum": lambda _, schema: f"write a number {_range(schema)}",
    "pattern": lambda wanted, _: f"write a value that matches {wanted}",
    "minLength": lambda *_: "write a text, or leave the key out",
    "type": lambda _, schema: f"write {_type_name(schema)}",
    "anyOf": lambda wanted, _: f"write {' or '.join(sorted({_type_name(w) for w in wanted} - {'nothing'}))}",
}


def _range(schema: dict[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    parts = [f"of at least {low}" if "minimum" in schema else f"above {low}"] if low is not None else []
    if high is not None:
        parts.append(f"of at most {high}" if "maximum" in schema else f"below {high}")
    return " and ".join(parts)


_TYPES = {
    "string": "a text (in quotes when it looks like a number)",
    "array": "a list",
    "object": "a mapping of keys to values",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}
