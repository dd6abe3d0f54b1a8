r"""SPARQL text in, tokens out (SPARQL 1.1 section 19.8): says what a query asks for before an engine sees it.

Codepoint escapes (`\u0041`) stay inside their tokens, as Oxigraph reads them, so that `start` and
`end` are positions in the text as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, cast

Kind = Literal["iri", "string", "variable", "language", "blank", "name", "number", "word", "punctuation"]


class Token(NamedTuple):
    """One token; `text` is the slice `start:end` of the query.

    Kinds: `name` is a prefixed name, `word` a keyword, function name, `a`, `true` or `false`.
    """

    kind: Kind
    text: str
    start: int
    end: int


_BASE: Final = (  # PN_CHARS_BASE
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_INNER: Final = _BASE + r"_0-9\-\u00b7\u0300-\u036f\u203f-\u2040"  # PN_CHARS
_CODEPOINT: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPE: Final = r"\\[_~.\-!$&'()*+,;=/?\#@%]"  # PN_LOCAL_ESC
_ESCAPED: Final = rf"%[0-9A-Fa-f]{{2}}|{_ESCAPE}"  # PLX
_LOCAL: Final = rf"(?:[{_BASE}_0-9:]|{_ESCAPED})(?:\.*+(?:[{_INNER}:]|{_ESCAPED}))*+"

_IRI: Final = rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_CODEPOINT})*+>"
_STRING: Final = r"""
      "{3}(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*+"{3} | "(?!"")(?:[^"\\\r\n]|\\.)*+"
    | '{3}(?:[^'\\]|\\[\s\S]|'{1,2}(?!'))*+'{3} | '(?!'')(?:[^'\\\r\n]|\\.)*+'
"""
_COMMENT: Final = r"\#[^\r\n]*+"
_SKIPPED = re.compile(rf"(?:[ \t\r\n\f\v]++|{_COMMENT})*+")
# A dot belongs to a name only when more of the name follows it. Possessive repeats, and one look at
# each run of letters whether or not a colon follows, keep hostile text linear.
_TOKEN = re.compile(
    rf"""
      (?P<iri>{_IRI})
    | (?P<string>{_STRING})
    | (?P<unclosed>["'][\s\S]*+)
    | (?P<variable>[?$][{_BASE}_0-9][{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040]*+)
    | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
    | (?P<blank>_:[{_BASE}_0-9](?:\.*+[{_INNER}])*+)
    | (?P<run>[{_BASE}](?:\.*+[{_INNER}])*+)(?P<local>:(?:{_LOCAL})?)?
    | (?P<name>:(?:{_LOCAL})?)
    | (?P<number>(?:[0-9]++(?:\.[0-9]*+(?=[eE][+-]?[0-9])|\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
    | (?P<punctuation>&&|\|\||\^\^|[!<>]=|[\s\S])
    """,
    re.VERBOSE,
)
_PIECE = re.compile(r"(?P<number>[0-9]+)|(?P<word>\w+)|(?P<punctuation>[\s\S])")
_CODEPOINT_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_OPAQUE = re.compile(rf"{_IRI}|{_STRING}|{_COMMENT}|{_ESCAPE}|([\"'][\s\S]*+)", re.VERBOSE)
# What looks like an IRI, and can be a sign and the start of a string or a comment.
_DOUBTFUL = re.compile(
    r"<(?![A-Za-z][A-Za-z0-9+.\-]*://)[^<>\"{}|^`\x00-\x20'#]*+['#][^<>\"{}|^`\x00-\x20]*+>"
)
_RENAMED: Final = {"local": "name", "unclosed": "punctuation"}


def tokens(query: str, start: int = 0) -> Iterator[Token]:
    """Split a query into tokens; white space and comments are left out, and no text is an error.

    What belongs to no token comes out as punctuation: one character, or all of the text from a quote
    that is never closed.

    >>> [token.text for token in tokens("ASK { ?s a rg:Role } # SERVICE")]
    ['ASK', '{', '?s', 'a', 'rg:Role', '}']
    """
    position = _end_of_skipped(query, start)
    while position < len(query):
        match = _TOKEN.match(query, position)
        if match is None:  # unreachable: the last alternative takes any character
            return
        if match.lastgroup == "run":
            yield from _words(match[0], position)
        else:
            kind = _RENAMED.get(match.lastgroup or "", match.lastgroup)
            yield Token(cast("Kind", kind), match[0], position, match.end())
        position = _end_of_skipped(query, match.end())


def _end_of_skipped(query: str, position: int) -> int:
    match = _SKIPPED.match(query, position)
    return match.end() if match else position


def _words(run: str, offset: int) -> Iterator[Token]:
    """The words of a run of name characters that no colon follows, such as `true.FILTER`."""
    for match in _PIECE.finditer(run):
        kind = cast("Kind", match.lastgroup)
        yield Token(kind, match[0], offset + match.start(), offset + match.end())


def decode_codepoints(query: str) -> str:
    """Replace codepoint escapes anywhere in the text (SPARQL 1.1 section 19.2)."""
    return _CODEPOINT_ESCAPE.sub(_character, query)


def _character(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number <= 0x10FFFF else match[0]


def has_dataset_clause(query: str) -> bool:
    """Whether the query names its dataset itself, by FROM or FROM NAMED."""
    # Oxigraph takes `FROMNAMED<g>` too.
    return "from" in query.lower() and any(
        token.kind == "word" and token.text.upper().startswith("FROM") for token in tokens(query)
    )


def may_be_no_iri(iri: str) -> bool:
    """Whether what looks like an IRI can be a sign and the start of a string or a comment."""
    return _DOUBTFUL.match(iri) is not None


def outline(text: str) -> str | None:
    """A text with `i` for each IRI, string, comment and escape: a look at it is quicker than its tokens.

    Returns:
        None when the text may be cut in several ways, or a quote or an escape is not as it must be.

    >>> outline("ASK { ?s a <http://example.org/(> } # }")
    'ASK { ?s a  i  }  i '
    """
    if _DOUBTFUL.search(text):
        return None
    found = _OPAQUE.sub(r" i \1", text)  # an unclosed quote stays
    return None if any(sign in found for sign in "\"'\\") else found
