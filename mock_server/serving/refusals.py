"""Requests that cannot be read as HTTP, or not within the limits, and the error that each is answered with.

The connection hands such a request to the application like any other, with the error under `REFUSAL` in its scope: the
application knows the session, the journal, and the shape of the API's errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from understudy.mock_server.http.errors import ApiError, BadRequestError, Header, MethodNotAllowedError
from understudy.mock_server.http.hosts import host_name
from understudy.mock_server.http.responses import Scope
from understudy.mock_server.serving.header_fields import repeated

#: The key of the error in the scope.
REFUSAL = "understudy.refusal"

#: The address of an OPTIONS request about the server as a whole (RFC 9110, 9.3.7).
ANYTHING = "*"

#: The methods that anything served may have.
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

#: What a request target consists of; anything else has to be percent-encoded.
_TARGET = re.compile(rb"[!-~]*")

#: What asks for another protocol (RFC 9110, 7.8, and RFC 7540, 3.2.1).
_UPGRADE = frozenset([b"upgrade", b"http2-settings"])

#: A method, known or not (RFC 9110, 5.6.2).
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class RequestTimeoutError(ApiError):
    """The request did not arrive in time."""

    status = 408


class UriTooLongError(ApiError):
    """The address of the request is longer than the server accepts."""

    status = 414


class HeadersTooLargeError(ApiError):
    """The head of the request is larger than the server accepts."""

    status = 431


class ExpectationFailedError(ApiError):
    """The client expects something that the server does not know."""

    status = 417


class UnknownCodingError(ApiError):
    """The server does not know a transfer coding of the request."""

    status = 501


def refusal(scope: Scope, headers: Mapping[bytes, bytes]) -> ApiError | None:
    """Why a request is refused before anything else is looked at, None if it is not.

    `headers` are those of the scope by name.
    """
    known: ApiError | None = scope.get(REFUSAL)
    if known is not None:
        return known
    if len(headers) != len(scope["headers"]) and (several := repeated(scope["headers"])):
        return several
    host = headers.get(b"host")
    if host is None:
        if not _is_old(scope):
            return BadRequestError("The request has no Host header; it must have one.")
    elif not host_name(host):
        return BadRequestError("The Host header is not a host name or an address with or without a port.")
    codings = headers.get(b"transfer-encoding")
    if codings is not None and (refused := _refused_codings(scope, codings)):
        return refused
    expected = headers.get(b"expect")
    if expected is not None and not _is_old(scope) and expected.lower() != b"100-continue":
        return ExpectationFailedError("The only expectation that can be met is 100-continue.")
    if scope["path"] == ANYTHING and scope["method"] != "OPTIONS":
        return BadRequestError("The address * is for OPTIONS only.")
    return None


def _refused_codings(scope: Scope, codings: bytes) -> ApiError | None:
    """Why a body with these transfer codings is refused (RFC 9112, 6.1), None if it is not."""
    if _is_old(scope):
        return BadRequestError("A request in HTTP/1.0 cannot have a Transfer-Encoding.")
    names = [name.strip().lower() for name in codings.split(b",")]
    if names == [b"chunked"]:
        return None
    if names[-1] != b"chunked":
        return BadRequestError("The length of the body is not known: its last Transfer-Encoding must be chunked.")
    return UnknownCodingError(
        f"The transfer coding {codings.decode('latin-1')} is not supported; send the body as it is, or in chunks."
    )


def _is_old(scope: Scope) -> bool:
    return scope.get("http_version", "1.1") in {"0.9", "1.0"}


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
    if raw is not None and target and "method" in reason.lower() and _METHOD.fullmatch(method):
        hint = "" if method.isupper() else "; methods are case-sensitive"
        return MethodNotAllowedError(
            f"The method {method.decode()!r} is not known{hint}.", headers=[(b"allow", METHODS.encode())]
        )
    target = re.sub(rb" HTTP/[0-9.]*$", b"", target)
    if raw is not None and not _TARGET.fullmatch(target):
        return BadRequestError(
            "The address of the request contains a character that must be percent-encoded; encode it as UTF-8."
        )
    is_field = "-" in reason.partition(" ")[0]
    return BadRequestError(f"The request is not valid HTTP: {reason if is_field else reason[:1].lower() + reason[1:]}.")


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
