"""Gets the text of a document: from a file, or over HTTP with limits on time, size and redirects."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

#: Bytes of one document, seconds until it is there, and redirects on the way.
LARGEST, LONGEST, REDIRECTS = 20 * 2**20, 10.0, 5
REMOTE = ("http", "https")


class FetchError(ValueError):
    """A document cannot be had; the message says which one and why."""


def address_of(name: str) -> str:
    """The absolute address of a document that a user names: a URL as it is, a path as `file://…`. Raises FetchError."""
    if is_remote(name):
        _parts(name)
        return name
    if name.startswith("file:"):
        return path_of(name).as_uri()
    return Path(name).expanduser().resolve().as_uri()


def is_remote(address: str) -> bool:
    """Whether an address leads over the network."""
    return address.partition(":")[0].lower() in REMOTE


def led_to(address: str, reference: str) -> tuple[str, str]:
    """The address that a reference in a text leads to, and the part of what is there; nothing is at a malformed one."""
    try:
        aim, part = urldefrag(urljoin(address, reference))
    except ValueError:
        return reference, ""
    return aim, unquote(part)


def path_of(address: str) -> Path:
    """The path of a `file://` address. Raises FetchError."""
    path = url2pathname(unquote(_parts(address).path))
    if "\0" in path:
        raise FetchError(f"{address!r} is not a valid address")
    return Path(path)


def shown(address: str) -> str:
    """An address as messages name it: files relative to the current directory, credentials left out."""
    parts = _parts(address)
    if parts.scheme == "file":
        path = path_of(address)
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise FetchError(f"{address!r} is not a valid address") from error


def fetch(address: str) -> bytes:
    """The text at an absolute address. Raises FetchError."""
    return _over_http(address) if is_remote(address) else _from_disk(address)


def _from_disk(address: str) -> bytes:
    path = path_of(address)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise FetchError(f"{shown(address)}: {error.strerror or error}") from error
    return _bounded(address, data)


def _over_http(address: str) -> bytes:
    # Imported here: most documents are files, and it takes a tenth of a second.
    import httpx

    give_up = time.monotonic() + LONGEST
    try:
        with httpx.Client(timeout=LONGEST, follow_redirects=False) as client:
            for _ in range(REDIRECTS + 1):
                with client.stream("GET", address) as reply:
                    if not reply.has_redirect_location:
                        if reply.status_code != 200:
                            raise FetchError(f"{shown(address)}: the server answers {reply.status_code}")
                        return _streamed(address, reply, give_up)
                    aim, _ = led_to(address, reply.headers["location"])
                if _parts(aim).scheme != _parts(address).scheme:
                    raise FetchError(f"{shown(address)}: it redirects to another scheme, {shown(aim)}")
                address = aim
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
        raise FetchError(f"{shown(address)}: {reason}") from error
    raise FetchError(f"{shown(address)}: it redirects more than {REDIRECTS} times")


def _streamed(address: str, reply: object, give_up: float) -> bytes:
    data = bytearray()
    for part in reply.iter_bytes():  # type: ignore[attr-defined] # httpx is not imported at the top
        data += part
        if time.monotonic() > give_up:
            raise FetchError(f"{shown(address)}: it takes longer than {LONGEST:.0f} s")
        if len(data) > LARGEST:
            break
    return _bounded(address, bytes(data))


def _bounded(address: str, data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise FetchError(f"{shown(address)}: it is larger than {LARGEST // 2**20} MiB")
    return data
