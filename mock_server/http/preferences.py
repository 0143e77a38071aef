"""What a client prefers: the header `Prefer` of RFC 7240 with the mock's own preferences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from understudy.mock_server.http.errors import BadRequestError

#: Longest wait that can be asked for, in seconds; clients and proxies give up soon after.
LONGEST = 60.0

#: What a success may be is known; a failure may have any number, and clients read those they do not know by their class.
_STATUSES = frozenset([*(str(each.value) for each in HTTPStatus if 200 <= each < 400), *map(str, range(400, 600))])

_PIECE = re.compile(
    r"""\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*
        (?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,;"]*))\s*)?
        (?:[,;]|$)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """A status, a named example, a wait in seconds, and whether a body is to be drawn from the schema."""

    code: int | None = None
    example: str | None = None
    dynamic: bool = False
    wait: float | None = None

    def __bool__(self) -> bool:
        return self.replies or self.wait is not None

    @property
    def replies(self) -> bool:
        """Whether the reply itself is wished for, not only its delay."""
        return self.code is not None or self.example is not None or self.dynamic

    def over(self, other: Preferences) -> Preferences:
        """These preferences, and another's where these say nothing."""
        first = self if self.replies else other
        wait = self.wait if self.wait is not None else other.wait
        return Preferences(first.code, first.example, first.dynamic, wait)

    def __str__(self) -> str:
        told = []
        if self.code is not None:
            told.append(f"code={self.code}")
        if self.example is not None:
            told.append(f"example={_word(self.example)}")
        if self.dynamic:
            told.append("dynamic")
        if self.wait is not None:
            told.append(f"wait={self.wait:g}")
        return ", ".join(told)


NONE = Preferences()


def parse(fields: Iterable[str]) -> Preferences:
    """Read `Prefer` fields. What is not known is ignored, of two alike the first counts. Raises BadRequestError."""
    told: dict[str, str] = {}
    for name, value in (piece for field in fields for piece in _pieces(field)):
        told.setdefault(name.lower(), value)
    return Preferences(
        code=status(told["code"], "Prefer: code") if "code" in told else None,
        example=told.get("example") or None,
        dynamic=told.get("dynamic", "false").lower() in {"", "true", "1"},
        wait=seconds(told["wait"], "wait") if "wait" in told else None,
    )


def status(text: str, name: str) -> int:
    """A status of HTTP. Raises BadRequestError."""
    if text not in _STATUSES:
        raise BadRequestError(f"{name}={text} is not possible: it takes a status of HTTP from 200 to 599.")
    return int(text)


def seconds(text: str, name: str) -> float:
    """A wait in seconds. Raises BadRequestError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= LONGEST:
        raise BadRequestError(f"Prefer: {name}={text} is not possible: it takes seconds from 0 to {LONGEST:g}.")
    return value


def _pieces(field: str) -> Iterator[tuple[str, str]]:
    """Names and values; a preference's parameters (after a semicolon) are read like preferences."""
    place = 0
    while place < len(field):
        found = _PIECE.match(field, place)
        if found is None:
            place += 1
            continue
        place = found.end()
        quoted = found["quoted"]
        yield found["name"], re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found["plain"] or ""


def _word(value: str) -> str:
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value, re.ASCII):
        return value
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return f'"{escaped}"'
