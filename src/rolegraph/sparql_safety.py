"""SPARQL text in, nothing or a refusal out: keeps an engine from sending requests to other servers.

Oxigraph 0.5.13 follows no redirect of an answer to SERVICE or LOAD, so an allowed origin cannot lead
elsewhere; FROM, GRAPH and the dataset parameters name graphs of the store and never fetch anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from rolegraph.errors import Forbidden, IriError
from rolegraph.sparql_readings import Place, readings
from rolegraph.sparql_tokens import Token, decode_codepoints, outline

_HOST: Final = r"[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\]"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?", re.IGNORECASE)
_ENDS_AUTHORITY: Final = ("", "/", "?", "#")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CALLS: Final = ("SERVICE", "LOAD")


def parse_origin(text: str) -> str:
    """Read an origin that a server may call: scheme, host, and port where it is not the scheme's own.

    Returns:
        its form in RFC 6454 section 6.2: lower case, without a default port.
    Raises:
        IriError: it is none, or has a path or a user name.

    >>> parse_origin("HTTPS://Example.org:443")
    'https://example.org'
    """
    match = _ORIGIN.fullmatch(text)
    origin = _normalise(match) if match else None
    if origin is None:
        raise IriError(f"{text!r} is no origin; write scheme://host or scheme://host:port (http or https)")
    return origin


def _normalise(match: re.Match[str]) -> str | None:
    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"] or _DEFAULT_PORTS[scheme])
    if not 0 < port < 1 << 16:
        return None
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def _origin(iri: str) -> str | None:
    """The origin of an IRI in angle brackets; None when it has none that is plain to see.

    A user name, an escape or a character beyond ASCII in the authority is never plain: two readers
    may see two hosts in it.
    """
    match = _ORIGIN.match(iri, 1)
    if match is None or iri[match.end() : -1][:1] not in _ENDS_AUTHORITY:
        return None
    return _normalise(match)


def refuse_remote(text: str, allowed: Collection[str] = frozenset()) -> None:
    """Let a query or an update pass only if no reading of it makes the engine call a server.

    The words in comments, strings, IRIs, variables and prefixed names are no calls.

    Args:
        text: the query or the update.
        allowed: origins, as `parse_origin` gives them, that SERVICE and LOAD may name by an IRI
            written in full.
    Raises:
        Forbidden: it has a SERVICE clause or a LOAD operation for another target, or may be read so.
        QueryError: it is too deep, too wide or too ambiguous to be read.
    """
    if "\\" not in text and not _may_call(text):  # as nearly always; only an escape spells otherwise
        return
    for version in {text, decode_codepoints(text)}:
        if _may_call(outline(version) or version):
            for place in readings(version):
                _refuse_call(place, allowed)


def _may_call(text: str) -> bool:
    lower = text.lower()
    return "service" in lower or "load" in lower


def _refuse_call(place: Place, allowed: Collection[str]) -> None:
    before, previous, token = place.before, place.previous, place.token
    if token.kind == "word" and not (allowed and _is_call(token)):
        for keyword in _CALLS:
            if _holds(token, keyword):
                raise _refusal(keyword, "is not allowed")
    if _is_glued_service(before, previous, token):
        raise _refusal("SERVICE", "is not allowed")
    if _is_glued_load(place):
        raise _refusal("LOAD", "is not allowed")
    called = _called(before, previous, token)
    if called and (token.kind != "iri" or _origin(token.text) not in allowed):
        raise _refusal(called, f"to {token.text[:200]} is not allowed")


def _refusal(keyword: str, found: str) -> Forbidden:
    return Forbidden(
        f"{keyword} {found}: this server sends requests only to the origins that it was started with "
        "(--allow-service ORIGIN), named by an IRI written in full"
    )


def _holds(token: Token, keyword: str) -> bool:
    """Whether a word, or the prefix of a name, has a keyword glued to it."""
    return keyword in token.text.partition(":")[0].upper()


def _is_call(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() in _CALLS


def _called(before: Token, previous: Token, token: Token) -> str:
    """The call whose target a token is; "" for none."""
    if _is_call(previous):
        return "" if _is_silent(token) else previous.text.upper()
    return before.text.upper() if _is_call(before) and _is_silent(previous) else ""


def _is_silent(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() == "SILENT"


def _is_glued_service(before: Token, previous: Token, token: Token) -> bool:
    """Oxigraph takes `SERVICE:a {` and `SERVICEex:a {` for a clause, where the grammar has a name."""
    is_block_of_name = token.text == "{" and previous.kind == "name"
    is_graph = before.kind == "word" and before.text.upper() == "GRAPH"
    return is_block_of_name and _holds(previous, "SERVICE") and not is_graph


def _is_glued_load(place: Place) -> bool:
    """Oxigraph takes `LOAD:a` and `LOADex:a` for an operation; a name cannot begin one."""
    if place.brackets.depth or place.token.kind != "name" or not _holds(place.token, "LOAD"):
        return False
    before, previous = place.before, place.previous
    ends_prologue = previous.kind == "string" or (
        previous.kind == "iri" and (before.text.endswith(":") or before.text.upper().endswith("BASE"))
    )
    return previous.text in {"", ";"} or ends_prologue
