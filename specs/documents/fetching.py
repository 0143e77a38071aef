"""Gets the text of a document: from a file, or over HTTP with limits on time, size and redirects."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    import httpx

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
    from anyio.from_thread import start_blocking_portal

    # In a thread, since a document may be read again where a loop runs. A Ctrl-C meanwhile ends it at once.
    with start_blocking_portal() as portal:
        return portal.call(_in_time, address)


async def _in_time(address: str) -> bytes:
    """The text at an address; the time is that of all redirects and pieces together."""
    import anyio

    try:
        with anyio.fail_after(LONGEST):
            return await _led_there(address)
    except TimeoutError:
        raise FetchError(f"{shown(address)}: it takes longer than {LONGEST:g} s") from None


async def _led_there(address: str) -> bytes:
    import httpx

    try:
        async with httpx.AsyncClient(timeout=None, follow_redirects=False) as client:  # noqa: S113 # the caller has it
            for _ in range(REDIRECTS + 1):
                async with client.stream("GET", address) as reply:
                    if not reply.has_redirect_location:
                        if reply.status_code != 200:
                            raise FetchError(f"{shown(address)}: the server answers {reply.status_code}")
                        return await _streamed(address, reply)
                    aim, _ = led_to(address, reply.headers["location"])
                if _parts(aim).scheme != _parts(address).scheme:
                    raise FetchError(f"{shown(address)}: it redirects to another scheme, {shown(aim)}")
                address = aim
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"{shown(address)}: {_reason(error)}") from error
    raise FetchError(f"{shown(address)}: it redirects more than {REDIRECTS} times")


def _reason(error: BaseException) -> str:
    """What went wrong first, in the words of the system."""
    import ssl

    # Several addresses of one host are tried together; what failed stands below what says that all of them did.
    while (
        earlier := error.exceptions[0]
        if isinstance(error, BaseExceptionGroup)
        else error.__cause__ or error.__context__
    ):
        error = earlier
    number = error.errno if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
    if number is not None and number > 0:
        return os.strerror(number)
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


async def _streamed(address: str, reply: httpx.Response) -> bytes:
    data = bytearray()
    async for part in reply.aiter_bytes():
        data += part
        if len(data) > LARGEST:
            break
    return _bounded(address, bytes(data))


def _bounded(address: str, data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise FetchError(f"{shown(address)}: it is larger than {LARGEST // 2**20} MiB")
    return data
