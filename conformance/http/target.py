"""The service under test: its address, credentials and limits."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.words import no_such
from understudy.conformance.http.auth import Auth
from understudy.specs import Contract

LOOPBACK = "localhost"


@dataclass(frozen=True, slots=True)
class Login:
    """Where a credential is obtained: an address or a path of the target, the fields of the form, and how the client
    says who it is (`basic`: as Basic authentication, else in the form)."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)
    basic: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The service under test.

    `tokens` are credentials by role, sent as `auth` says (None: as the contract does), or obtained by a
    `login`; `settings` are parameter values
    that the kit cannot find out by itself. `timeout` limits one exchange (s), `rate` the requests per second (0: no
    limit); for `wait` seconds the target may still be starting.

    `paths` and `parameters` give its own names for steps of paths and for query parameters, `bodies` its own values for
    the bodies of operations, and `encoding` the media type of bodies.
    """

    url: str
    tokens: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    ca: str | None = None
    insecure: bool = False
    timeout: float = 10.0
    rate: float = 0.0
    wait: float = 0.0
    auth: Auth | None = None
    login: Login | None = None
    paths: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    bodies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    encoding: str | None = None

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            has_host = bool(parts.hostname) and parts.port != 0
        except ValueError:
            raise UsageError("the base address is not valid: its host or port cannot be used") from None
        if parts.username is not None or parts.password is not None:
            # They would replace the Authorization header, and be shown wherever the address is.
            raise UsageError(
                "the base address contains a user or a password; pass them with --header 'Authorization=Basic …'"
            )
        if parts.scheme not in {"http", "https"} or not has_host:
            raise UsageError(f"{self.url!r} is not an http or https address")
        if parts.query or parts.fragment:
            raise UsageError("the base address must not have a query or a fragment")
        object.__setattr__(self, "url", self.url.rstrip("/"))

    @property
    def local(self) -> bool:
        """Whether it runs on this machine."""
        return _host(self.url) == LOOPBACK

    def hosts(self, url: str) -> bool:
        """Whether an address in one of its replies leads to its host: a relative one, or one with any scheme, port and path.

        A service behind a proxy may not know the scheme, port and path prefix at which clients reach it.
        """
        try:
            return _host(urljoin(self.url, url)) == _host(self.url)
        except ValueError:
            return False

    def for_api(self, contract: Contract) -> Target:
        """The same target at the contract's own path, in which the token without a role is also that of the API's first role.

        Raises UsageError for a token of a role, and for the body of an operation, that the API does not have.
        """
        known = roles(contract)
        if unknown := sorted(set(self.tokens) - set(known)):
            raise UsageError(no_such("role", unknown, known))
        writing = [operation.id for operation in contract.operations.values() if operation.body]
        if unknown := sorted(set(self.bodies) - set(writing)):
            raise UsageError(no_such("operation", unknown, writing, "with a body"))
        tokens = dict(self.tokens)
        first = first_role(contract)
        for role, other in ((first, "default"), ("default", first)):
            if role not in tokens and other in tokens:
                tokens[role] = tokens[other]
        return replace(self, url=f"{self.url}{contract.prefix}", tokens=tokens)


def _host(url: str) -> str | None:
    """The host of an http or https address in one spelling; all names of this machine are one. None without a host.

    Raises ValueError if the address cannot be read.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "\\" in parts.netloc:
        return None
    host = parts.hostname.rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return LOOPBACK if address.is_loopback else str(address)


def first_role(contract: Contract) -> str:
    """The role of the API that a token without a role is for."""
    return next((str(caller["role"]) for caller in contract.seed["callers"]), "default")


def roles(contract: Contract) -> list[str]:
    """The roles of an API's callers; `default` is the first of them by another name, if none has it."""
    return list(dict.fromkeys(["default", *(str(caller["role"]) for caller in contract.seed["callers"])]))


def pairs(given: Iterable[str], what: str) -> dict[str, str]:
    """`NAME=VALUE` options as a mapping."""
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"{what} {text!r} is not of the form NAME=VALUE")
        found[name.strip()] = value
    return found


def tokens(given: Iterable[str], known: Sequence[str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Credentials by role: options first, then UNDERSTUDY_TOKEN and UNDERSTUDY_TOKEN_<ROLE>.

    `known` are the roles of the API (`roles`); the environment may hold credentials for other APIs. Raises UsageError
    for an unknown role in an option.
    """
    found: dict[str, str] = {}
    for role in known:
        name = "UNDERSTUDY_TOKEN" if role == "default" else f"UNDERSTUDY_TOKEN_{role.upper()}"
        if environment.get(name):
            found[role] = environment[name]
    for number, text in enumerate(given, 1):
        role, sign, value = text.partition("=")
        if sign and role in known:
            found[role] = value
        elif sign and (re.fullmatch("[a-z_-]+", role) or role.lower() in known):
            # Anything longer than a role may be the token itself, which must not be shown.
            hidden = len(role) > max(map(len, known)) + 4
            shown = f"that --token number {number} begins with" if hidden else repr(role)
            raise UsageError(
                f"There is no role {shown}. The roles are {', '.join(known)}. "
                "Write default=… before a token that begins like this."
            )
        else:
            # A token may itself contain '='.
            found["default"] = text
    return found
