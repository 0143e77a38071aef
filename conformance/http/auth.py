"""How a credential travels: in which header, query parameter or cookie, and with which words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from understudy.conformance.evidence.errors import UsageError
from understudy.conformance.evidence.secrets import basic
from understudy.specs import Contract, Operation
from understudy.specs.contract import SecurityScheme

TOKEN = "{token}"  # noqa: S105 - the place of a token, not one
#: `X-Auth-Token: {token}`; the name of a header is that of RFC 9110, 5.1.
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)")
#: `?api_key={token}`.
_QUERY = re.compile(r"\?([^=&\s{}]+)=(.*)")


@dataclass(frozen=True, slots=True)
class Auth:
    """One way for a credential: `text` is what the header or parameter holds, with `{token}` in it.

    `basic` is the way of RFC 7617: the token is `user:password`, or a user without a password.
    """

    place: Literal["header", "query"]
    name: str
    text: str
    basic: bool = False

    def value(self, token: str) -> str:
        """What the header or parameter holds for a token."""
        return self.text.replace(TOKEN, basic(token) if self.basic else token)


def read(template: str) -> Auth:
    """The way that a template describes: `X-Auth-Token: {token}`, `Authorization: OAuth {token}` or `?key={token}`.

    Raises UsageError, without the text, which may hold a credential.
    """
    place: Literal["header", "query"] = "query" if template.startswith("?") else "header"
    found = (_QUERY if place == "query" else _HEADER).fullmatch(template.strip())
    if found is None or not template.isprintable():
        raise UsageError(
            "--auth does not say where the credential goes; write it as 'X-Auth-Token: {token}' for a header "
            "or '?api_key={token}' for a query parameter"
        )
    if found[2].count(TOKEN) != 1:
        raise UsageError("--auth must contain {token} once, where the credential belongs")
    return Auth(place, found[1], found[2])


@dataclass(frozen=True, slots=True)
class Ways:
    """How the credentials of a contract travel, where its document says so of each operation by itself."""

    contract: Contract

    def of(self, operation: str | None) -> tuple[Auth, ...]:
        """All that one credential is sent in for an operation; empty where the contract has one way for all."""
        if not self.contract.inferred:
            return ()
        known = self.contract.operations.get(operation or "")
        asking = [known] if known is not None else list(self.contract.operations.values())
        return next((found for each in asking if (found := tuple(self._needed(each)))), self._described())

    def _described(self) -> tuple[Auth, ...]:
        """The first way that a document describes, where an operation asks for none."""
        return tuple(_way(each) for each in self.contract.security.values() if each.kind != "mutualTLS")[:1]

    def _needed(self, operation: Operation) -> Iterator[Auth]:
        """The ways of the first alternative whose schemes are all known."""
        for requirement in operation.requirements:
            schemes = [self.contract.security.get(name) for name in requirement]
            if requirement and all(each is not None and each.kind != "mutualTLS" for each in schemes):
                yield from (_way(each) for each in schemes if each is not None)
                return

    @property
    def headers(self) -> frozenset[str]:
        """The headers that hold credentials, in lower case."""
        if not self.contract.inferred:
            return frozenset()
        return frozenset(each.parameter.lower() for each in self.contract.security.values() if each.place == "header")


def _way(scheme: SecurityScheme) -> Auth:
    if scheme.kind == "apiKey" and scheme.place == "cookie":
        return Auth("header", "Cookie", f"{scheme.parameter}={TOKEN}")
    if scheme.kind == "apiKey":
        return Auth("query" if scheme.place == "query" else "header", scheme.parameter, TOKEN)
    word = scheme.words[0].capitalize() if scheme.words[0].islower() else scheme.words[0]
    return Auth("header", "Authorization", f"{word} {TOKEN}", basic=scheme.kind == "basic")
