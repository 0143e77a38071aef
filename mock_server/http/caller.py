"""The caller of a request, and the address under which it reached the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """A role and the values that the seed gives it (organisation, user id, rights)."""

    role: str
    values: Mapping[str, Any]


#: The caller if no credential is required, and in control operations, which see the records of all owners.
NOBODY = Caller("nobody", {})

#: A name or an IPv4 address, or an IPv6 address in brackets; then a port (RFC 9110, section 7.2). Nothing that HTML,
#: JSON or a header would have to escape.
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def base_url(scope: Mapping[str, Any]) -> str:
    """The scheme, host and mount path of a request, without a final slash.

    The host is that of the `Host` header if it is valid, else the address at which the server listens.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    host = hosts[0] if len(hosts) == 1 and _HOST.fullmatch(hosts[0]) else _listening(scope)
    return f"{scope.get('scheme', 'http')}://{host.decode()}{scope.get('root_path', '')}"


def _listening(scope: Mapping[str, Any]) -> bytes:
    name, port = scope.get("server") or ("localhost", None)
    name = f"[{name}]" if ":" in name else name
    return (f"{name}:{port}" if port else str(name)).encode()
