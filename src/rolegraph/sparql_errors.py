"""A text and the engine's complaint about it in, a sentence for people out."""

from __future__ import annotations

import re
from typing import Final

_COMPLAINT = re.compile(
    r"error at (?P<line>\d+):(?P<column>\d+): expected (?:one of )?(?P<expected>.*)", re.DOTALL
)
_ITEM = re.compile(
    r"""\s*(?:"(?:\\.|[^"\\])*"
           | \[(?:'(?:\\.|[^'\\])*'|[^\]'])*\]
           | (?P<text>[^,]+(?:,\ [a-z][^,]*)*))(?:,|$)""",
    re.VERBOSE,
)
_REASON = re.compile(r"[A-Z]\w* \w")
_SNIPPET: Final = 24
_MAX_KEYWORDS: Final = 8


def explain(text: str, error: Exception) -> str:
    r"""Say what is wrong where, and leave out the engine's list of characters that could go on.

    >>> explain("ASK { ?s ?p", SyntaxError("error at 1:12: expected one of \"$\", DISTINCT, ['0' ..= '9']"))
    'error at 1:12: read to its end, the text is no SPARQL'
    """
    message = str(error)
    match = _COMPLAINT.fullmatch(message)
    if match is None:
        return message
    place = f"error at {match['line']}:{match['column']}"
    items = [item["text"].strip() for item in _ITEM.finditer(match["expected"]) if item["text"]]
    reasons = [item for item in items if _REASON.match(item)]
    if reasons:
        return f"{place}: {reasons[0]}"
    rest = _rest(text, int(match["line"]), int(match["column"]))
    if not rest.strip():
        return f"{place}: read to its end, the text is no SPARQL"
    found = rest.lstrip().splitlines()[0][:_SNIPPET]
    keywords = [item for item in items if item.isupper()][:_MAX_KEYWORDS]
    could = f"; {', '.join(keywords)} could" if keywords else ""
    return f"{place}: {found!r} cannot stand here{could}"


def _rest(text: str, line: int, column: int) -> str:
    """The text from a place on; lines and columns are counted from 1, columns in characters."""
    lines = text.split("\n")
    return "\n".join([lines[line - 1][column - 1 :], *lines[line:]]) if line <= len(lines) else ""
