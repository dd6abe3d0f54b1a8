"""A store's reply in, the error that it stands for out: no part of an answer passes for all of it."""

from __future__ import annotations

import time
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from rolegraph.errors import (
    Busy,
    QueryError,
    QueryMemory,
    QueryTimeout,
    RolegraphError,
    UpstreamFailure,
)

_MAX_TEXT: Final = 300
_MAX_RETRY_S: Final = 3600
_COMPLETE: Final = "00000"
_ANYTIME: Final = "S1TAT"
_CANCELLED: Final = b"The SPARQL operation has been cancelled"
MAX_ROWS: Final = "X-SPARQL-MaxRows"


def check_headers(shown: str, status: int, headers: Message) -> None:
    """Let a reply with status 200 pass whose headers announce all of the answer.

    Args:
        shown: the store's address, for messages.
        status: 200 or 206, which Virtuoso uses for a part since 7.2.
        headers: the reply's.
    Raises:
        QueryTimeout: the store stopped the query and sends the rows that it had.
        UpstreamFailure: it cuts the answer at its limit of rows, or says that something went wrong.
    """
    state = headers.get("X-SQL-State", _COMPLETE)
    if state == _ANYTIME or status == HTTPStatus.PARTIAL_CONTENT:
        raise QueryTimeout(f"{shown} stopped the query at its time limit, with a part of the answer")
    if state != _COMPLETE:
        message = _first_line(headers.get("X-SQL-Message", ""))
        raise UpstreamFailure(f"{shown} did not complete the query: {state} {message}")
    if MAX_ROWS in headers:
        # Virtuoso sends it with an answer of exactly so many rows: nobody can tell whether there are more.
        raise UpstreamFailure(
            f"{shown} sends at most {_first_line(headers[MAX_ROWS])} rows, and this answer has as many: "
            "raise ResultSetMaxRows in its virtuoso.ini, or ask for fewer with LIMIT"
        )


def reply_error(shown: str, status: int, reason: str, headers: Message, body: bytes) -> RolegraphError:
    """The error that a reply without an answer stands for."""
    text = _text(headers, body)
    said = f": {text}" if text else ""
    if f"Virtuoso {_ANYTIME} Error" in text:
        status = HTTPStatus.GATEWAY_TIMEOUT
    match status:
        case HTTPStatus.BAD_REQUEST:
            return QueryError(text or f"{shown} refuses the query")
        case HTTPStatus.SERVICE_UNAVAILABLE | HTTPStatus.TOO_MANY_REQUESTS:
            return Busy(f"{shown} is busy", retry_after_s(headers))
        case HTTPStatus.REQUEST_TIMEOUT | HTTPStatus.GATEWAY_TIMEOUT:
            return QueryTimeout(f"{shown} stopped the query at its time limit{said}")
        case HTTPStatus.INSUFFICIENT_STORAGE:
            return QueryMemory(f"{shown} had not enough memory for the query{said}")
    return UpstreamFailure(f"{shown} {_describe(status, _first_line(reason))}{said}")


def _describe(status: int, reason: str) -> str:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"asks for other credentials ({status} {reason})"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"redirects ({status}), which is not followed; give the final address"
    return f"answered {status} {reason}"


def body_error(shown: str, media_type: str, tail: bytes, error: Exception) -> RolegraphError:
    """The error that a body stands for which no parser takes.

    Args:
        shown: the store's address, for messages.
        media_type: what it said that it sends.
        tail: the last bytes that came.
        error: the parser's.
    """
    if _CANCELLED in tail:
        # Oxigraph's server writes this into an answer that it began with status 200.
        return QueryTimeout(f"{shown} stopped the query at its time limit, within the answer")
    return UpstreamFailure(f"{shown} sent {media_type} that cannot be read: {_first_line(str(error))}")


def retry_after_s(headers: Message) -> int:
    """The seconds of a Retry-After header (RFC 9110 section 10.2.3), at least 1."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(max(int(value), 1), _MAX_RETRY_S)
    try:
        left = parsedate_to_datetime(value).timestamp() - time.time()
    except ValueError:
        return 1
    return min(max(round(left), 1), _MAX_RETRY_S)


def _text(headers: Message, body: bytes) -> str:
    """The first line of a plain text; other bodies are for browsers."""
    if headers.get_content_type() != "text/plain":
        return ""
    return _first_line(body.decode(errors="replace"))


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    printable = "".join(character if character.isprintable() else " " for character in line)
    return printable if len(printable) <= _MAX_TEXT else printable[: _MAX_TEXT - 1] + "…"
