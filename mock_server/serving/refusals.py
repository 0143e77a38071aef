"""Requests that cannot be read as HTTP, or not within the limits, and the error that each is answered with.

The connection hands such a request to the application like any other, with the error under `REFUSAL` in its scope: the
application knows the session, the journal, and the shape of the API's errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from understudy.mock_server.http.errors import ApiError, BadRequestError, Header
from understudy.mock_server.http.hosts import host_name
from understudy.mock_server.http.responses import Scope

#: The key of the error in the scope.
REFUSAL = "understudy.refusal"

#: What a request target consists of; anything else has to be percent-encoded.
_TARGET = re.compile(rb"[!-~]*")

#: What asks for another protocol (RFC 9110, 7.8, and RFC 7540, 3.2.1).
_UPGRADE = frozenset([b"upgrade", b"http2-settings"])

_METHOD = re.compile(rb"[A-Z-]+")


class RequestTimeoutError(ApiError):
    """The request did not arrive in time."""

    status = 408


class UriTooLongError(ApiError):
    """The address of the request is longer than the server accepts."""

    status = 414


class HeadersTooLargeError(ApiError):
    """The head of the request is larger than the server accepts."""

    status = 431


def refusal(scope: Scope) -> ApiError | None:
    """Why a request is refused before anything else is looked at, None if it is not."""
    known: ApiError | None = scope.get(REFUSAL)
    if known is not None:
        return known
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) == 1:
        if host_name(hosts[0]):
            return None
        return BadRequestError("The Host header is not a host name or an address with or without a port.")
    if hosts:
        return BadRequestError(f"The request has {len(hosts)} Host headers; it must have one.")
    if scope.get("http_version", "1.1") in {"0.9", "1.0"}:
        return None
    return BadRequestError("The request has no Host header; it must have one.")


def read_head(raw: bytes) -> tuple[str, bytes, list[Header]]:
    """The method, the target and the header fields of a head that the parser refused, as far as they can be made out.

    They only decide where the refusal is recorded and who may read it.
    """
    line, _, rest = raw.lstrip(b"\r\n").partition(b"\n")
    method, _, target = line.strip().partition(b" ")
    target = re.sub(rb" HTTP/[0-9.]*$", b"", target)
    fields = []
    for each in rest.split(b"\n"):
        if not each.strip():
            break
        name, colon, value = each.partition(b":")
        if colon:
            fields.append((name.lower(), value.strip()))
    path = target if target.startswith(b"/") else b"/"
    return method.decode("latin-1"), quote(path, safe=b"!#$%&'()*+,/:;=?@[]~").encode(), fields


def fault(raw: bytes | None, reason: str) -> ApiError:
    """The error for a head that the parser refused; `reason` is the parser's."""
    line = (raw or b"").lstrip(b"\r\n").partition(b"\n")[0].strip()
    method, _, target = line.partition(b" ")
    if raw is not None and target and _METHOD.fullmatch(method) is None:
        return BadRequestError(f"The method {method.decode('latin-1')!r} is not known; methods are case-sensitive.")
    target = re.sub(rb" HTTP/[0-9.]*$", b"", target)
    if raw is not None and not _TARGET.fullmatch(target):
        return BadRequestError(
            "The address of the request contains a character that must be percent-encoded; encode it as UTF-8."
        )
    return BadRequestError(f"The request is not valid HTTP: {reason[:1].lower()}{reason[1:]}.")


def without_upgrade(headers: Sequence[Header]) -> bytes:
    """Header fields as they are sent, without those that ask for another protocol."""
    lines = []
    for name, value in headers:
        if name == b"connection":
            tokens = [token.strip() for token in value.split(b",")]
            value = b", ".join(token for token in tokens if token.lower() not in _UPGRADE)
        if name not in _UPGRADE:
            lines.append(b"%s: %s\r\n" % (name, value))
    return b"".join(lines)
