"""Header fields on several lines: lists are joined, and a field that has one value is refused (RFC 9110, 5.3)."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.mock_server.http.errors import BadRequestError, Header

#: Fields that have one value. Which of several would count, a proxy in front may decide otherwise than we do.
_SINGLE = {
    b"authorization": "Authorization",
    b"content-length": "Content-Length",
    b"content-type": "Content-Type",
    b"host": "Host",
    b"origin": "Origin",
    b"x-mock-session": "X-Mock-Session",
}


def joined(headers: Sequence[Header]) -> list[Header]:
    """The fields with the lines of each list joined at the place of the first; fields with one value stay as they are."""
    found: dict[bytes, list[bytes]] = {}
    single = []
    for name, value in headers:
        if name in _SINGLE:
            single.append((name, value))
        else:
            found.setdefault(name, []).append(value)
    return [*single, *((name, _separator(name).join(values)) for name, values in found.items())]


def varying(headers: Sequence[Header], names: bytes) -> list[Header]:
    """The fields of a reply that depends on request headers: one `Vary` names these after those that it named before.

    Some caches read only one line of several.
    """
    if b"vary" not in dict(headers):
        return [*headers, (b"vary", names)]
    before = [value for name, value in headers if name == b"vary"]
    return [*(each for each in headers if each[0] != b"vary"), (b"vary", b", ".join([*before, names]))]


def repeated(headers: Sequence[Header]) -> BadRequestError | None:
    """Why fields are refused of which one has several values, None if none has."""
    names = [name for name, _ in headers]
    for name, shown in _SINGLE.items():
        if names.count(name) > 1:
            return BadRequestError(f"The request has {names.count(name)} {shown} headers; it can have only one.")
    return None


def _separator(name: bytes) -> bytes:
    return b"; " if name == b"cookie" else b", "
