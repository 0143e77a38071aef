"""CORS: pages of trusted origins may call the mock with credentials, pages of any other origin without.

Browsers do not accept `*` on requests with credentials, neither as the origin nor in the list of exposed headers.
Therefore a trusted origin is echoed and every header is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from understudy.mock_server.http.errors import Header
from understudy.mock_server.serving.header_fields import varying
from understudy.mock_server.serving.refusals import METHODS

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
_CREDENTIALS = (b"access-control-allow-credentials", b"true")

#: What every page may do: call without credentials.
ANYONE: tuple[Header, ...] = ((b"access-control-allow-origin", b"*"),)


def trusted(origin: bytes) -> tuple[Header, ...]:
    """What the pages of a trusted origin may do: call with credentials."""
    return (b"access-control-allow-origin", origin), _CREDENTIALS


def is_preflight(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks what a page may do."""
    return method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers


def preflight(headers: Mapping[bytes, bytes], grant: Sequence[Header]) -> list[Header]:
    """The headers that answer a preflight; only a trusted origin is let into a private network from a public one."""
    allowed = [
        *grant,
        (b"access-control-allow-methods", METHODS.encode()),
        (b"access-control-max-age", MAX_AGE),
        (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]
    requested = headers.get(b"access-control-request-headers")
    if requested:
        allowed.append((b"access-control-allow-headers", requested))
    if _CREDENTIALS in grant and headers.get(b"access-control-request-private-network") == b"true":
        allowed.append((b"access-control-allow-private-network", b"true"))
    return allowed


def shared(headers: Sequence[Header], grant: Sequence[Header], vary: bytes) -> list[Header]:
    """The headers of a reply that depends on the request headers in `vary`, for scripts to read as far as `grant` goes."""
    out = varying(headers, vary)
    if grant:
        more = [name for name, _ in out if name not in _NAMED]
        exposed = b", ".join([_PLAIN, *more]) if more else _PLAIN
        out += [*grant, (b"access-control-expose-headers", exposed)]
    return out
