"""Headers that protect: what browsers may do with replies, and which pages may send requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from rolegraph.errors import Forbidden
from rolegraph.service.exchange import Reply, Request

_POLICY: Final = ("default-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'")
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
EXPOSED: Final = (
    "ETag, Location, Retry-After, Server-Timing, X-Request-Id, Rolegraph-Max-Rows, Rolegraph-Max-Bytes"
)
ALLOWED_HEADERS: Final = "Accept, Authorization, Content-Type, If-None-Match, X-Request-Id"
_PREFLIGHT_AGE_S: Final = 86400
_LOCAL_HOSTS: Final = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """Which other sites' pages may read replies (the CORS protocol of the Fetch standard).

    `origins` holds exact origins, or `*` for any.
    """

    origins: frozenset[str] = frozenset({"*"})

    def allows(self, origin: str) -> bool:
        """Whether pages of that origin may read replies."""
        return "*" in self.origins or origin in self.origins

    def add_headers(self, request: Request, reply: Reply) -> None:
        """Say to a browser whether the page that asked may read the reply."""
        if "*" not in self.origins:
            reply.vary("Origin")
        origin = request.header("origin")
        if origin and self.allows(origin):
            reply.headers["Access-Control-Allow-Origin"] = "*" if "*" in self.origins else origin
            reply.headers["Access-Control-Expose-Headers"] = EXPOSED

    def preflight(self, request: Request, methods: str) -> Reply:
        """Answer OPTIONS: what the address can do, and to a browser what a page may send."""
        reply = Reply(status=204, headers={"Allow": methods})
        if request.header("access-control-request-method") and self.allows(request.header("origin")):
            reply.headers |= {
                "Access-Control-Allow-Methods": methods,
                "Access-Control-Allow-Headers": ALLOWED_HEADERS,
                "Access-Control-Max-Age": str(_PREFLIGHT_AGE_S),
            }
        return reply


def refuse_foreign_write(request: Request, *, has_tokens: bool) -> None:
    """Refuse a write that some other site's page may have sent through a browser of this machine.

    A form can be sent anywhere without asking (cross-site request forgery), and a name of anyone's can
    be made to mean this machine (DNS rebinding). A token, which no page has, settles both.

    Raises:
        Forbidden: the request names another origin than the server's, or a host that is not local.
    """
    if has_tokens:
        return
    origin = request.header("origin")
    if origin and origin != request.origin:
        raise Forbidden(f"pages of {origin} may not write here; give the server tokens (--token-file)")
    if urlsplit(request.origin).hostname not in _LOCAL_HOSTS:
        raise Forbidden("without tokens, writes are for clients that call the server by a local name")
