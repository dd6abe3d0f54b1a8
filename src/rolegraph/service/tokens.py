"""Bearer tokens: a file of their hashes in, who may do what out (RFC 6750)."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from rolegraph.errors import Forbidden, Problems, Unauthorized

Scope = Literal["read", "write"]
_LINE = re.compile(r"(?P<name>[\w.@-]+)\s+(?P<scope>\w+)\s+sha256:(?P<digest>[0-9a-f]{64})")
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the file holds it: whose it is, what it is for, and the hash of its text."""

    name: str
    scope: Scope
    digest: str

    def line(self) -> str:
        """The line of the file.

        Raises:
            ValueError: the name does not fit into one.
        """
        text = f"{self.name} {self.scope} sha256:{self.digest}"
        if not _LINE.fullmatch(text):
            raise ValueError("write a name of letters, digits, '.', '_', '@' and '-'")
        return text


def hash_token(text: str) -> str:
    """The hash that is kept of a token. A random token of 256 bits needs no slow hash and no salt."""
    return hashlib.sha256(text.encode()).hexdigest()


def new_token(name: str, scope: Scope) -> tuple[str, Token]:
    """A random token: its text, which is shown once, and its line for the file."""
    text = secrets.token_urlsafe(_TOKEN_BYTES)
    return text, Token(name, scope, hash_token(text))


def read_tokens(path: Path, problems: Problems) -> tuple[Token, ...]:
    """Read a file of tokens: one `name scope sha256:hash` a line, `#` starts a comment.

    Args:
        path: the file.
        problems: receives each line that is none.
    """
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problems.error(path, 0, f"the tokens cannot be read: {error}", "run `rolegraph token` to make one")
        return ()
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        match = _LINE.fullmatch(text)
        if match and match["scope"] in get_args(Scope):
            found.append(
                Token(match["name"], "write" if match["scope"] == "write" else "read", match["digest"])
            )
        elif text:
            # The line is not shown: it may hold a token that somebody wrote down in plain.
            instead = "write `name read|write sha256:<64 hex digits>`; `rolegraph token` makes such a line"
            problems.error(path, number, "this is no token", instead)
    if not found and not problems.errors:
        problems.error(path, 0, "there is no token in the file", "run `rolegraph token` to make one")
    return tuple(found)


def add_token(path: Path, line: str) -> None:
    """Add a line to a file of tokens, which only its owner may read when it is new."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a+", encoding="utf-8") as file:
        file.seek(0)
        text = file.read()
        file.write(("" if not text or text.endswith("\n") else "\n") + line + "\n")


class Gate:
    """Lets requests pass by their token.

    Without tokens everything passes. A token that may write may also read.
    """

    def __init__(self, tokens: Sequence[Token] = (), *, guards_reads: bool = False) -> None:
        self._tokens = tuple(tokens)
        self.guards_reads = guards_reads and bool(tokens)

    @property
    def guards_writes(self) -> bool:
        """Whether a write needs a token."""
        return bool(self._tokens)

    def check(self, authorization: str, scope: Scope) -> None:
        """Let a request pass.

        Raises:
            Unauthorized: it needs a token, and has none or an unknown one.
            Forbidden: its token is for less.
        """
        if not (self.guards_writes if scope == "write" else self.guards_reads):
            return
        kind, _, text = authorization.partition(" ")
        if kind.lower() != "bearer" or not text:
            raise Unauthorized("this needs a token: send `Authorization: Bearer <token>`")
        digest = hash_token(text.strip())
        # Every token is compared, each in constant time, so that time tells nothing.
        matches = [token for token in self._tokens if hmac.compare_digest(token.digest, digest)]
        if not matches:
            raise Unauthorized("the token is not known here")
        if scope == "write" and all(token.scope != "write" for token in matches):
            raise Forbidden("the token may read and not write")
