"""The SPARQL 1.1 Protocol without I/O: a request's parts in, a query or an update out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Final
from urllib.parse import parse_qsl

from rolegraph.errors import MethodNotAllowed, QueryError, UnsupportedMediaType

METHODS: Final = ("GET", "HEAD", "POST")
QUERY_BODY: Final = "application/sparql-query"
UPDATE_BODY: Final = "application/sparql-update"
FORM_BODY: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class UpdateOperation:
    """An update, and the dataset that the request names for its WHERE clauses."""

    update: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A query, the dataset that the request names for it, and a wished format ("" for none)."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str = ""


def parse_request(
    method: str, query_string: str, content_type: str, body: bytes
) -> Operation | UpdateOperation:
    """Read an operation from an HTTP request (SPARQL 1.1 Protocol 2.1 and 2.2).

    Args:
        method: the HTTP method, in capitals.
        query_string: what follows `?` in the request's target, still percent-encoded.
        content_type: the header's value, "" when absent.
        body: the request's body.
    Raises:
        QueryError: no operation, several, or text that is not UTF-8.
        MethodNotAllowed: neither GET nor POST, or an update that is no POST.
        UnsupportedMediaType: a body that is neither a form nor an operation in UTF-8.
    """
    if method not in METHODS:
        raise MethodNotAllowed(f"{method} is not defined for queries; use GET or POST", METHODS)
    fields = parse_fields(query_string)
    if method == "POST":
        fields += _body_fields(content_type, body)
    elif any(name == "update" for name, _ in fields):
        raise MethodNotAllowed("an update is sent by POST only", ("POST",))
    return _operation(fields)


def parse_fields(encoded: str) -> list[tuple[str, str]]:
    """The name-value pairs of a query string or form.

    Raises:
        QueryError: they are not UTF-8, or there are too many.
    """
    try:
        return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise QueryError("a parameter is not UTF-8; percent-encode its UTF-8 bytes") from error
    except ValueError as error:
        raise QueryError(f"more than {_MAX_FIELDS} parameters; send fewer") from error


def _body_fields(content_type: str, body: bytes) -> list[tuple[str, str]]:
    media_type = parse_media_type(content_type)
    if media_type == QUERY_BODY:
        return [("query", _decode(body))]
    if media_type == FORM_BODY:
        return parse_fields(_decode(body))
    if media_type == UPDATE_BODY:
        return [("update", _decode(body))]
    found = f"a body of type {content_type!r}" if content_type else "a body without Content-Type"
    raise UnsupportedMediaType(
        f"{found} is no query and no update; send {QUERY_BODY}, {UPDATE_BODY} or {FORM_BODY}"
    )


def parse_media_type(content_type: str) -> str:
    """The media type of a Content-Type header, "" when there is none.

    Raises:
        UnsupportedMediaType: its charset is not UTF-8.
    """
    message = Message()
    message["Content-Type"] = content_type
    charset = message.get_param("charset", "utf-8")
    if str(charset).lower() not in {"utf-8", "utf8"}:  # SPARQL 1.1 Protocol 2.1.3: UTF-8 is the only one
        raise UnsupportedMediaType(f"charset {charset!r} is not supported; send UTF-8")
    return message.get_content_type() if content_type.strip() else ""


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise QueryError(f"the body is not UTF-8 at byte {error.start}") from error


def _operation(fields: Sequence[tuple[str, str]]) -> Operation | UpdateOperation:
    def values(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in fields if key == name)

    queries, updates = values("query"), values("update")
    if len(queries) + len(updates) != 1:
        counts = [f"{len(queries)} queries"] if queries else []
        counts += [f"{len(updates)} updates"] if updates else []
        found = " and ".join(counts) or "no query"
        raise QueryError(f"the request has {found}; send exactly one, as parameter 'query' or as the body")
    if updates:
        return UpdateOperation(updates[0], values("using-graph-uri"), values("using-named-graph-uri"))
    formats = values("format")
    return Operation(
        queries[0],
        values("default-graph-uri"),
        values("named-graph-uri"),
        formats[0] if formats else "",
    )


@dataclass(frozen=True, slots=True)
class _Range:
    """One element of an Accept header."""

    type: str
    subtype: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """0 when the range does not cover the type, else higher the closer it names it."""
        kind, _, name = media_type.partition("/")
        if (self.type, self.subtype) == (kind, name):
            return 3
        if self.subtype != "*":
            return 0
        return 2 if self.type == kind else int(self.type == "*")


def negotiate(accept: str | None, offered: Sequence[str]) -> str | None:
    """Choose a media type by an Accept header (RFC 9110 section 12.5.1).

    Args:
        accept: the header's value; None or empty accepts anything.
        offered: media types that the server has, best first.
    Returns:
        the offered type of the highest quality, the first of them on a tie; None when the header
        admits none. The closest range decides a type's quality, so `text/csv;q=0, */*` excludes CSV.
    """
    if accept is None or not accept.strip():
        return offered[0] if offered else None
    ranges = [parsed for item in accept.split(",") if (parsed := _parse_range(item)) is not None]
    best, best_quality = None, 0.0
    for media_type in offered:
        closest = max(ranges, key=lambda r: r.specificity(media_type), default=None)
        if closest is None or not closest.specificity(media_type):
            continue
        if closest.quality > best_quality:
            best, best_quality = media_type, closest.quality
    return best


def _parse_range(item: str) -> _Range | None:
    """Read one element; None for a malformed one, and for a charset that is never sent."""
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    kind, slash, subtype = name.partition("/")
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "charset" and value.strip('"') not in {"utf-8", "utf8", "*"}:
            return None
        if key == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
    return _Range(kind, subtype, quality) if kind and slash and subtype and 0 <= quality <= 1 else None
