"""Gets the text of a document: from a file, or over HTTP with limits on time, size and redirects."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

#: Bytes of one document, seconds until it is there, and redirects on the way.
LARGEST, LONGEST, REDIRECTS = 20 * 2**20, 10.0, 5
REMOTE = ("http", "https")


class FetchError(ValueError):
    """A document cannot be had; the message says which one and why."""


def address_of(name: str) -> str:
    """The absolute address of a document that a user names: a URL as it is, a path as `file://…`."""
    if urlsplit(name).scheme in {*REMOTE, "file"}:
        return name
    return Path(name).expanduser().resolve().as_uri()


def is_remote(address: str) -> bool:
    """Whether an address leads over the network."""
    return urlsplit(address).scheme in REMOTE


def path_of(address: str) -> Path:
    """The path of a `file://` address."""
    return Path(url2pathname(unquote(urlsplit(address).path)))


def shown(address: str) -> str:
    """An address as messages name it: files relative to the current directory, credentials left out."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        path = path_of(address)
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


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
                    if not reply.is_redirect:
                        if reply.status_code != 200:
                            raise FetchError(f"{shown(address)}: the server answers {reply.status_code}")
                        return _streamed(address, reply, give_up)
                    aim = urljoin(address, reply.headers["location"])
                if urlsplit(aim).scheme != urlsplit(address).scheme:
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
