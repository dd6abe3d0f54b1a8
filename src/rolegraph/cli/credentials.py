"""Files that hold secrets in, what is sent to a store out."""

from __future__ import annotations

from pathlib import Path

from rolegraph.endpoint.authorization import Authorization, FixedAuthorization, PasswordAuthorization
from rolegraph.errors import ConfigError


def read_authorization(token: Path | None, user: str | None, password: Path | None) -> Authorization | None:
    """Who the store is told that this is.

    Raises:
        ConfigError: there is a user without a password, or too much of everything.
    """
    if token is not None and (user is not None or password is not None):
        raise ConfigError("both a token and a user are given; give one of them")
    if (user is None) != (password is None):
        raise ConfigError("a user and a password file belong together; give both")
    if token is not None:
        return FixedAuthorization(f"Bearer {_secret(token)}")
    if user is not None and password is not None:
        return PasswordAuthorization(user, _secret(password))
    return None


def _secret(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0].strip():
        raise ConfigError(f"{path}: the first line is empty; it holds the secret")
    return lines[0].strip()
