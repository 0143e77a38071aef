"""Cross-origin requests: any dev server may call the mock, with credentials.

`*` means nothing on a request with credentials, neither as an origin nor in the list of exposed headers: the
origin is echoed and each header named.
"""

from __future__ import annotations

from collections.abc import Mapping

from understudy.mock_server.http.errors import Header
from understudy.mock_server.http.responses import Message, Send

METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

#: Seconds for which a browser may remember a preflight; Chromium's own bound.
MAX_AGE = b"7200"

#: What scripts may read anyway (Fetch, "CORS-safelisted response-header name").
SAFE = frozenset([b"cache-control", b"content-language", b"content-length", b"content-type", b"expires", b"pragma"])

#: Named on every reply, so that a front end sees the same list whatever happens.
EXPOSED = ("Allow", "Content-Disposition", "Location", "Preference-Applied", "Retry-After", "WWW-Authenticate")

_NAMED = frozenset(name.lower().encode() for name in EXPOSED) | SAFE | {b"vary"}
_PLAIN = ", ".join(EXPOSED).encode()


def preflight(headers: Mapping[bytes, bytes]) -> list[Header] | None:
    """The headers that answer a preflight, None when the request is no preflight."""
    origin = headers.get(b"origin")
    if origin is None or b"access-control-request-method" not in headers:
        return None
    told = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-max-age", MAX_AGE),
        (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]
    wanted = headers.get(b"access-control-request-headers")
    if wanted:
        told.append((b"access-control-allow-headers", wanted))
    if headers.get(b"access-control-request-private-network") == b"true":
        told.append((b"access-control-allow-private-network", b"true"))
    return told


def shared(send: Send, origin: bytes) -> Send:
    """A `send` whose replies, refusals included, may be read by scripts of an origin."""

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
