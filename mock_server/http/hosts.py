"""Hosts: the form of a Host header, which hosts are on this machine, and the address under which a client reached us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

#: A host name or an address (one of version 6 in brackets) with or without a port (RFC 3986, 3.2.2).
_AUTHORITY = re.compile(rb"(?P<name>[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")

#: The hosts that replies repeat: nothing in them would have to be escaped in HTML, in JSON or in a header.
_REPEATABLE = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


@lru_cache(256)
def host_name(authority: bytes) -> str:
    """The host name of an authority in lower case, without brackets and port; empty if it is not one."""
    found = _AUTHORITY.fullmatch(authority)
    return found["name"].decode().lower().strip("[]") if found else ""


def is_loopback(name: str) -> bool:
    """Whether a host name in lower case, or an address without brackets, is one of the loopback interface."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


#: The key in a scope of what a trusted proxy said of the address under which the client reached it.
FORWARDED = "understudy.forwarded"

#: What stands before the name of a session in a path.
SESSION_PATH = "/_session/"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The scheme, the host and the path prefix that a client used with a proxy; None or empty where it did not say."""

    scheme: str | None = None
    host: str | None = None
    prefix: str = ""


_DIRECT = Forwarded()


def is_repeatable(host: bytes) -> bool:
    """Whether a host, with or without a port, can stand in a reply as it is."""
    return _REPEATABLE.fullmatch(host) is not None


def base_url(scope: Mapping[str, Any]) -> str:
    """The scheme, host and mount path under which a client reached us, without a final slash.

    They are those of the client at a trusted proxy, as far as it said them. Else the host is that of the `Host` header
    if it can be repeated, or the address at which the server listens.
    """
    return f"{_origin(scope)}{_mount(scope)}"


def document_url(scope: Mapping[str, Any], session: str, path: str) -> str:
    """The address of what is served at a path in a session, for a document that says where that is.

    It is a path, which clients resolve against the document's address, unless whoever asks is elsewhere: a page of
    another origin, or a client that used another name than those of this machine.
    """
    named = f"{SESSION_PATH}{session}" if session else ""
    address = f"{_mount(scope).removesuffix(named)}{named}{path}"
    return f"{_origin(scope)}{address}" if _is_elsewhere(scope) else address or "/"


def _origin(scope: Mapping[str, Any]) -> str:
    """The scheme and the host under which a client reached us."""
    said = scope.get(FORWARDED, _DIRECT)
    host = said.host
    if host is None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = (hosts[0] if len(hosts) == 1 and is_repeatable(hosts[0]) else _listening(scope)).decode()
    return f"{said.scheme or scope.get('scheme', 'http')}://{host}"


def _mount(scope: Mapping[str, Any]) -> str:
    return f"{scope.get(FORWARDED, _DIRECT).prefix}{scope.get('root_path', '')}"


def _is_elsewhere(scope: Mapping[str, Any]) -> bool:
    origin = _origin(scope)
    asked = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), origin)
    return asked.lower() != origin.lower() or not is_loopback(host_name(origin.partition("://")[2].encode()))


def _listening(scope: Mapping[str, Any]) -> bytes:
    name, port = scope.get("server") or ("localhost", None)
    name = f"[{name}]" if ":" in name else name
    return (f"{name}:{port}" if port else str(name)).encode()
