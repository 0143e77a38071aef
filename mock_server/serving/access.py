"""Who reaches the control operations: no page at all or a page of a trusted origin, under a trusted host name.

Whatever a developer visits can send requests to the loopback interface, also under a host name of its own that it lets
resolve to it (DNS rebinding). Trusted are loopback, the address of the connection, and what the options name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from understudy.mock_server.http.errors import ForbiddenError
from understudy.mock_server.http.hosts import host_name, is_loopback
from understudy.mock_server.http.responses import Scope

_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://(?:[^\[\]:/@?#*\s]+|\[[0-9a-f:.]+\])(?::\d+)?")


class Access:
    """The trusted origins and host names.

    `origins` are written as browsers send them (`https://app.example`), `hosts` are names without a port. Raises
    ValueError for one that is neither.
    """

    def __init__(self, origins: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        self._origins = frozenset(map(_checked_origin, origins))
        self._hosts = frozenset(map(_checked_host, hosts))

    def trusts_origin(self, origin: bytes) -> bool:
        """Whether the pages of an origin are on this machine, or named."""
        if origin.decode("latin-1").lower() in self._origins:
            return True
        scheme, _, authority = origin.partition(b"://")
        return scheme.lower() in {b"http", b"https"} and is_loopback(host_name(authority))

    def check(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        """Raises ForbiddenError for a control request under a host name, or from an origin, that is not trusted."""
        host = headers.get(b"host")
        if host is not None and not self._trusts_host(host, scope):
            shown = host.decode("latin-1")
            name = host_name(host) or shown
            raise ForbiddenError(
                f"The control operations are not available under the host name {name}. To allow it, start the mock "
                f"with --allow-host {name}"
            )
        origin = headers.get(b"origin")
        if origin is not None and not self.trusts_origin(origin) and not _is_same(origin, host):
            shown = origin.decode("latin-1")
            raise ForbiddenError(
                f"The control operations are not available to pages of the origin {shown}. To allow it, start the mock "
                f"with --allow-origin {shown}"
            )

    def _trusts_host(self, host: bytes, scope: Scope) -> bool:
        name = host_name(host)
        listens, _ = scope.get("server") or ("", None)
        return is_loopback(name) or name in self._hosts or (bool(name) and name == str(listens).lower())


def _is_same(origin: bytes, host: bytes | None) -> bool:
    """Whether an origin is that of the mock's own pages; a proxy may have added TLS."""
    return host is not None and origin.lower() in {b"http://" + host.lower(), b"https://" + host.lower()}


def _checked_origin(origin: str) -> str:
    if _ORIGIN.fullmatch(origin.lower()) is None:
        raise ValueError(
            f"--allow-origin {origin!r} is not an origin; write it as browsers do: scheme, host and port without a "
            "path, as in https://app.example or http://192.168.1.5:5173"
        )
    return origin.lower()


def _checked_host(host: str) -> str:
    name = host.lower().strip("[]")
    if not name or (":" in name and not _is_address(name)) or re.search(r"[\s/@*?#]", name):
        raise ValueError(
            f"--allow-host {host!r} is not a host name; write a name or an address without scheme and port, as in mock "
            "or 192.168.1.5"
        )
    return name


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
