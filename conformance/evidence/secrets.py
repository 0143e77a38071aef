"""Keeps credentials out of everything that is shown or written."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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
#: Names of headers whose value is treated as a credential.
_NAMES = re.compile("auth|token|key|secret|cookie|password|credential|signature", re.IGNORECASE)
#: A shorter credential may be part of any word; replaced everywhere, it would make texts unreadable. It is replaced
#: only where it is a whole word.
SHORT = 8
#: What may come right before a word: no letter, digit or underscore, unless it ends an escape.
_BEFORE = r"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"


def carries_credential(header: str) -> bool:
    """Whether the name of a header says that its value is a credential."""
    return _NAMES.search(header) is not None


@dataclass(frozen=True, slots=True)
class Variable:
    """A shell variable that stands for a value."""

    name: str


#: A text in pieces: what it says, and variables in place of some of its values.
Pieces = list[str | Variable]


class Secrets:
    """The credentials of one run, each with the shell variable that replaces it."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._variables: dict[str, str] = {}
        for role, token in sorted(tokens.items(), key=lambda item: item[0] != "default"):
            if token:
                self._variables.setdefault(token, variable(role))
        self._tokens = anywhere(self._variables) if self._variables else None
        self._users = {basic(token): token for token in self._variables}

    def text(self, text: str) -> str:
        """The text with each credential replaced by its variable; members and fields that hold other credentials are hidden."""
        return _joined(self.pieces(text))

    def pieces(self, text: str) -> Pieces:
        """The text as `text` shows it, but with variables that cannot be confused with the same characters in the text."""
        found: Pieces = []
        end = 0
        for start, stop, shown in self._replacements(text):
            found += [text[end:start], shown]
            end = stop
        return [piece for piece in [*found, text[end:]] if piece]

    def user(self, name: str, value: str) -> Pieces:
        """What `curl -u` takes in place of a header, if it is Basic authentication with a credential of the run; else nothing."""
        scheme, _, encoded = value.partition(" ")
        token = self._users.get(encoded)
        if token is None or name.lower() != "authorization" or scheme != "Basic":
            return []
        return [Variable(self._variables[token]), *([] if ":" in token else [":"])]

    def _replacements(self, text: str) -> Iterator[tuple[int, int, str | Variable]]:
        """What is replaced: start, end and replacement, in order and apart from each other."""
        spans: list[tuple[int, int, str | Variable]] = [
            (*found.span(), Variable(self._variables[found[0]]))
            for found in (self._tokens.finditer(text) if self._tokens else ())
        ]
        spans += [(found.end(1), found.start(2), HIDDEN) for found in _MEMBER.finditer(text)]
        spans += [(found.end(1), found.end(), HIDDEN) for found in _FIELD.finditer(text)]
        pending: tuple[int, int, str | Variable] | None = None
        for span in sorted(spans, key=lambda each: each[:2]):
            if pending is None or span[0] >= pending[1]:
                if pending is not None:
                    yield pending
                pending = span
            elif span[1] > pending[1] or span[2] == HIDDEN:
                # Two that overlap are hidden together.
                pending = (pending[0], max(span[1], pending[1]), HIDDEN)
        if pending is not None:
            yield pending

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The headers with credentials replaced; an unknown credential is hidden."""
        return [(name, self.header(name, value)) for name, value in headers]

    def header(self, name: str, value: str) -> str:
        """One header's value as it may be shown."""
        return _joined(self.header_pieces(name, value))

    def header_pieces(self, name: str, value: str) -> Pieces:
        """One header's value as it may be shown, in pieces."""
        shown = self.pieces(value)
        if name.lower() not in HEADERS or shown != [value]:
            return shown
        scheme, blank, _ = value.partition(" ")
        return [f"{scheme}{blank}{HIDDEN}" if blank else HIDDEN]


def _joined(pieces: Pieces) -> str:
    return "".join(f"${piece.name}" if isinstance(piece, Variable) else piece for piece in pieces)


def basic(token: str) -> str:
    """A credential as Basic authentication has it (RFC 7617): `user:password`, or a user without a password."""
    return b64encode((token if ":" in token else f"{token}:").encode()).decode()


def anywhere(secrets: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds credentials, the longest first, so that none is left behind in part."""
    return re.compile("|".join(_pattern(each) for each in sorted(secrets, key=len, reverse=True)))


def _pattern(secret: str) -> str:
    return re.escape(secret) if len(secret) >= SHORT else rf"{_BEFORE}{re.escape(secret)}(?!\w)"


def variable(role: str) -> str:
    """The shell variable that replaces a role's token."""
    return "TOKEN" if role == "default" else f"TOKEN_{role.upper()}"
