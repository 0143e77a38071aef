"""Keeps credentials out of everything that is shown or written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Headers whose value is always a credential.
HEADERS = frozenset(
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-hook-secret"]
)
#: Members of a JSON or form body whose value is a credential.
_MEMBER = re.compile(
    r'("(?:access_token|refresh_token|id_token|client_secret|password|secret)"\s*:\s*")(?:[^"\\]|\\.)*(")'
)
_FIELD = re.compile(r"\b((?:access_token|client_secret|password)=)[^&\s]*")
HIDDEN = "[hidden]"
#: A shorter credential may be part of any word; replaced everywhere, it would make texts unreadable. It is replaced
#: only where it is a whole word.
SHORT = 8
#: What may come right before a word: no letter, digit or underscore, unless it ends an escape.
_BEFORE = r"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"


class Secrets:
    """The credentials of one run, each with the shell variable that replaces it."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._variables: dict[str, str] = {}
        for role, token in sorted(tokens.items(), key=lambda item: item[0] != "default"):
            if token:
                self._variables.setdefault(token, variable(role))
        self._tokens = anywhere(self._variables) if self._variables else None

    def text(self, text: str) -> str:
        """The text with each credential replaced by its variable; members and fields that hold other credentials are hidden."""
        if self._tokens:
            text = self._tokens.sub(lambda found: f"${self._variables[found[0]]}", text)
        text = _MEMBER.sub(lambda found: f"{found[1]}{HIDDEN}{found[2]}", text)
        return _FIELD.sub(lambda found: f"{found[1]}{HIDDEN}", text)

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The headers with credentials replaced; an unknown credential is hidden."""
        return [(name, self.header(name, value)) for name, value in headers]

    def header(self, name: str, value: str) -> str:
        """One header's value as it may be shown."""
        shown = self.text(value)
        if name.lower() not in HEADERS or shown != value:
            return shown
        scheme, blank, _ = value.partition(" ")
        return f"{scheme}{blank}{HIDDEN}" if blank else HIDDEN


def anywhere(secrets: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds credentials, the longest first, so that none is left behind in part."""
    return re.compile("|".join(_pattern(each) for each in sorted(secrets, key=len, reverse=True)))


def _pattern(secret: str) -> str:
    return re.escape(secret) if len(secret) >= SHORT else rf"{_BEFORE}{re.escape(secret)}(?!\w)"


def variable(role: str) -> str:
    """The shell variable that replaces a role's token."""
    return "TOKEN" if role == "default" else f"TOKEN_{role.upper()}"
