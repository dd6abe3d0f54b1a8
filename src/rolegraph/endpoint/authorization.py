"""A store's credentials in, the value of each request's Authorization header out."""

from __future__ import annotations

import hashlib
import secrets
import threading
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final, Protocol
from urllib.request import parse_http_list, parse_keqv_list

_DIGESTS: Final[dict[str, Any]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Authorization(Protocol):
    """Says who sends a request."""

    @property
    def is_ready(self) -> bool:
        """Whether it knows how the store wants to be told."""

    def header(self, method: str, target: str) -> str | None:
        """The header's value for a request; None to send none."""

    def learn(self, challenges: Sequence[str]) -> bool:
        """Take the WWW-Authenticate headers of a 401; says whether another try may help."""


class FixedAuthorization:
    """One value for every request, such as `Bearer TOKEN`."""

    is_ready: Final = True

    def __init__(self, value: str) -> None:
        self._value = value

    def header(self, method: str, target: str) -> str | None:  # noqa: ARG002, as the protocol has it
        """The value."""
        return self._value

    def learn(self, challenges: Sequence[str]) -> bool:  # noqa: ARG002, as the protocol has it
        """There is nothing else to try."""
        return False


class PasswordAuthorization:
    """A user's name and password, sent by Basic or Digest (RFC 7617, RFC 7616) as the store asks.

    Nothing is sent before the store asked once, so that a store that knows Digest never sees the
    password.
    """

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._lock = threading.Lock()
        self._is_basic = False
        self._challenge: dict[str, str] = {}
        self._count = 0

    @property
    def is_ready(self) -> bool:
        """Whether the store asked already."""
        with self._lock:
            return self._is_basic or bool(self._challenge)

    def header(self, method: str, target: str) -> str | None:
        """The answer to the last challenge."""
        with self._lock:
            if self._challenge:
                self._count += 1
                return self._digest(method, target)
            if self._is_basic:
                return "Basic " + b64encode(f"{self._user}:{self._password}".encode()).decode()
            return None

    def learn(self, challenges: Sequence[str]) -> bool:
        """Take a challenge that can be met, Digest before Basic.

        A store may forget a nonce without calling it stale, so that a new one is worth another try.
        """
        with self._lock:
            for challenge in challenges:
                scheme, _, rest = challenge.strip().partition(" ")
                if scheme.lower() == "digest" and self._learn_digest(rest):
                    return True
            if any(challenge.strip().lower().startswith("basic") for challenge in challenges):
                is_new, self._is_basic = not self._is_basic, True
                return is_new
            return False

    def _learn_digest(self, parameters: str) -> bool:
        found = parse_keqv_list(parse_http_list(parameters))
        is_known = found.get("algorithm", "MD5").upper() in _DIGESTS and "nonce" in found
        if not is_known or "auth" not in found.get("qop", "auth").replace(" ", "").split(","):
            return False
        self._challenge, self._count = found, 0
        return True

    def _digest(self, method: str, target: str) -> str:
        challenge = self._challenge
        algorithm = challenge.get("algorithm", "MD5")
        realm, nonce = challenge.get("realm", ""), challenge["nonce"]
        count, client_nonce = f"{self._count:08x}", secrets.token_hex(8)
        secret = _hash(algorithm, f"{self._user}:{realm}:{self._password}")
        request = _hash(algorithm, f"{method}:{target}")
        middle = f"{nonce}:{count}:{client_nonce}:auth" if "qop" in challenge else nonce
        parts = {
            "username": self._user,
            "realm": realm,
            "nonce": nonce,
            "uri": target,
            "response": _hash(algorithm, f"{secret}:{middle}:{request}"),
        }
        if "opaque" in challenge:
            parts["opaque"] = challenge["opaque"]
        quoted = [f'{name}="{_escape(value)}"' for name, value in parts.items()]
        plain = [f"algorithm={algorithm}"]
        if "qop" in challenge:
            plain += ["qop=auth", f"nc={count}", f'cnonce="{client_nonce}"']
        return "Digest " + ", ".join([*quoted, *plain])


def _hash(algorithm: str, text: str) -> str:
    digest = _DIGESTS[algorithm.upper()](text.encode(), usedforsecurity=False)
    return str(digest.hexdigest())


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
