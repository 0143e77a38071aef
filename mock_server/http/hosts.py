"""Hosts: the form of a Host header, which hosts are on this machine, and the address under which a client reached us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

#: A host name or an address (one of version 6 in brackets) with or without a port (RFC 3986, 3.2.2).
_AUTHORITY = re.compile(rb"(?P<name>[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")

#: The hosts that replies repeat: nothing in them would have to be escaped in HTML, in JSON or in a header.
_REPEATABLE = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


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


def base_url(scope: Mapping[str, Any]) -> str:
    """The scheme, host and mount path of a request, without a final slash.

    The host is that of the `Host` header if it can be repeated, else the address at which the server listens.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    host = hosts[0] if len(hosts) == 1 and _REPEATABLE.fullmatch(hosts[0]) else _listening(scope)
    return f"{scope.get('scheme', 'http')}://{host.decode()}{scope.get('root_path', '')}"


def _listening(scope: Mapping[str, Any]) -> bytes:
    name, port = scope.get("server") or ("localhost", None)
    name = f"[{name}]" if ":" in name else name
    return (f"{name}:{port}" if port else str(name)).encode()
