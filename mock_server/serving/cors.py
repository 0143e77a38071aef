"""CORS: pages of any origin may call the mock, with credentials.

Browsers do not accept `*` on requests with credentials, neither as the origin nor in the list of exposed headers.
Therefore the origin is echoed and every header is named.
"""

from __future__ import annotations

from collections.abc import Mapping

from understudy.mock_server.http.errors import Header
from understudy.mock_server.http.responses import Message, Send

METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

#: Seconds for which a browser may cache a preflight; Chromium's own limit.
MAX_AGE = b"7200"

#: Headers that scripts may always read (Fetch, "CORS-safelisted response-header name").
SAFELISTED = frozenset(
    [b"cache-control", b"content-language", b"content-length", b"content-type", b"expires", b"pragma"]
)

#: Exposed on every reply, so that the list is the same for every outcome.
EXPOSED = ("Allow", "Content-Disposition", "Location", "Preference-Applied", "Retry-After", "WWW-Authenticate")

_NAMED = frozenset(name.lower().encode() for name in EXPOSED) | SAFELISTED | {b"vary"}
_PLAIN = ", ".join(EXPOSED).encode()


def preflight(headers: Mapping[bytes, bytes]) -> list[Header] | None:
    """The headers that answer a preflight, None when the request is not a preflight."""
    origin = headers.get(b"origin")
    if origin is None or b"access-control-request-method" not in headers:
        return None
    allowed = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-max-age", MAX_AGE),
        (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]
    requested = headers.get(b"access-control-request-headers")
    if requested:
        allowed.append((b"access-control-allow-headers", requested))
    if headers.get(b"access-control-request-private-network") == b"true":
        allowed.append((b"access-control-allow-private-network", b"true"))
    return allowed


def shared(send: Send, origin: bytes) -> Send:
    """A `send` that lets scripts of an origin read every reply, errors included."""

    async def sharing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            more = [name for name, _ in headers if name not in _NAMED]
            message["headers"] = [
                *headers,
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", b", ".join([_PLAIN, *more]) if more else _PLAIN),
                (b"vary", b"Origin"),
            ]
        await send(message)

    return sharing
