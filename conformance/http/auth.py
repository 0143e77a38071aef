"""How a credential travels: in which header or query parameter, and with which words around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from understudy.conformance.evidence.errors import UsageError

TOKEN = "{token}"  # noqa: S105 - the place of a token, not one
#: `X-Auth-Token: {token}`; the name of a header is that of RFC 9110, 5.1.
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)")
#: `?api_key={token}`.
_QUERY = re.compile(r"\?([^=&\s{}]+)=(.*)")


@dataclass(frozen=True, slots=True)
class Auth:
    """One way for a credential: `text` is what the header or parameter holds, with `{token}` in it."""

    place: Literal["header", "query"]
    name: str
    text: str

    def value(self, token: str) -> str:
        """What the header or parameter holds for a token."""
        return self.text.replace(TOKEN, token)


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
