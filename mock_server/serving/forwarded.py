"""What trusted proxies say of the address under which a client reached them.

Read are `Forwarded` (RFC 7239) and `X-Forwarded-Proto`, `-Host` and `-Prefix`, each alone too. Of a list the first
value counts, which the proxy nearest to the client has added; a value that could not stand in a reply is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from understudy.mock_server.http.hosts import Forwarded, is_loopback, is_repeatable
from understudy.mock_server.http.responses import Scope

FIELDS = frozenset([b"forwarded", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-prefix"])

#: Characters of a prefix that is repeated, at most.
PREFIX_LENGTH = 256

#: A path; nothing in it would have to be escaped, and it does not begin like an address (`//host`).
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~%-]+)+/?")

#: A parameter of `Forwarded`, and what ends it. No part can match in two ways.
_PARAMETER = re.compile(
    r"""[ \t]*+(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]++)=
        (?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<plain>[^\s,;"]*+))[ \t]*+(?P<end>[,;]|\Z)""",
    re.VERBOSE,
)


class TrustedProxies:
    """The peers whose word on the client's address counts: those on this machine, and the addresses given.

    An address stands for itself, `10.0.0.0/8` for a network. Raises ValueError for anything else.
    """

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self._networks = tuple(map(_network, addresses))
        self._trusts = lru_cache(256)(self._is_trusted)

    def forwarded(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Forwarded:
        """What the peer of a request says; nothing counts when it is not trusted."""
        client = scope.get("client")
        if client is None or not self._trusts(client[0]):
            return Forwarded()
        said = _parameters(_text(headers, b"forwarded"))
        scheme = _first(said.get("proto"), _text(headers, b"x-forwarded-proto"))
        host = _first(said.get("host"), _text(headers, b"x-forwarded-host"))
        prefix = _first(_text(headers, b"x-forwarded-prefix"))
        return Forwarded(
            scheme.lower() if scheme.lower() in {"http", "https"} else None,
            host if is_repeatable(host.encode("latin-1")) else None,
            prefix.rstrip("/") if len(prefix) <= PREFIX_LENGTH and _PREFIX.fullmatch(prefix) else "",
        )

    def _is_trusted(self, peer: str) -> bool:
        if is_loopback(peer):
            return True
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return mapped.is_loopback or any(mapped in network for network in self._networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip("[]"), strict=False)
    except ValueError:
        raise ValueError(
            f"--trust-proxy {text!r} is not an address; write the address of the proxy or its network, as in 10.0.0.7 "
            "or 172.16.0.0/12"
        ) from None


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _first(*values: str | None) -> str:
    """The first value of the first list that is there."""
    return next((value.partition(",")[0].strip() for value in values if value is not None), "")


def _parameters(field: str | None) -> dict[str, str]:
    """The parameters of the first element of a `Forwarded` field, as far as they are valid."""
    found: dict[str, str] = {}
    place = 0
    while field is not None and (match := _PARAMETER.match(field, place)):
        quoted = match["quoted"]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["plain"]
        found.setdefault(match["name"].lower(), value)
        if match["end"] != ";":
            break
        place = match.end()
    return found
