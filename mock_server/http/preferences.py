"""The request header `Prefer` (RFC 7240) with the mock's preferences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from understudy.mock_server.http.errors import BadRequestError

#: The longest wait that is accepted, in seconds; clients and proxies give up soon after.
LONGEST = 60.0

#: Only assigned statuses below 400, but any failure: clients treat a status that they do not know like its class.
_STATUSES = frozenset([*(str(each.value) for each in HTTPStatus if 200 <= each < 400), *map(str, range(400, 600))])

#: A name and its value. No part can match in two ways (`*+`, `++`), so reading takes time in proportion to the length.
_PIECE = re.compile(
    r"""\s*+(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]++)\s*+
        (?:=\s*+(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<plain>[^\s,;"]*+))\s*+)?+
        (?:[,;]|\Z)""",
    re.VERBOSE | re.DOTALL,
)

#: Anything up to the next comma or semicolon outside of quotation marks.
_REST = re.compile(r'(?:[^",;]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z))*+(?:[,;]|\Z)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Preferences:
    """A status, a named example, a wait in seconds, and whether a body is generated from the schema."""

    code: int | None = None
    example: str | None = None
    dynamic: bool = False
    wait: float | None = None

    def __bool__(self) -> bool:
        return self.replies or self.wait is not None

    @property
    def replies(self) -> bool:
        """Whether they determine the reply, not only its delay."""
        return self.code is not None or self.example is not None or self.dynamic

    def over(self, other: Preferences) -> Preferences:
        """These preferences, completed by those of `other`."""
        first = self if self.replies else other
        wait = self.wait if self.wait is not None else other.wait
        return Preferences(first.code, first.example, first.dynamic, wait)

    def __str__(self) -> str:
        parts = []
        if self.code is not None:
            parts.append(f"code={self.code}")
        if self.example is not None:
            parts.append(f"example={_word(self.example)}")
        if self.dynamic:
            parts.append("dynamic")
        if self.wait is not None:
            parts.append(f"wait={self.wait:g}")
        return ", ".join(parts)


NONE = Preferences()


def parse(fields: Iterable[str]) -> Preferences:
    """Read `Prefer` fields. Unknown preferences are ignored; of a repeated one the first counts. Raises BadRequestError."""
    values: dict[str, str] = {}
    for name, value in (piece for field in fields for piece in _pieces(field)):
        values.setdefault(name.lower(), value)
    return Preferences(
        code=status(values["code"], "Prefer: code") if "code" in values else None,
        example=values.get("example") or None,
        dynamic=values.get("dynamic", "false").lower() in {"", "true", "1"},
        wait=seconds(values["wait"], "wait") if "wait" in values else None,
    )


def is_status(code: int) -> bool:
    """Whether a reply can have this status."""
    return str(code) in _STATUSES


def status(text: str, name: str) -> int:
    """An HTTP status. Raises BadRequestError, in which `name` stands for the setting."""
    if text not in _STATUSES:
        raise BadRequestError(f"{name}={text} is not valid: it must be an HTTP status from 200 to 599.")
    return int(text)


def seconds(text: str, name: str) -> float:
    """A wait in seconds. Raises BadRequestError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= LONGEST:
        raise BadRequestError(
            f"Prefer: {name}={text} is not valid: it must be a number of seconds from 0 to {LONGEST:g}."
        )
    return value


def _pieces(field: str) -> Iterator[tuple[str, str]]:
    """Names and values of what is valid; the parameters of a preference (after a semicolon) are read like preferences."""
    place = 0
    while place < len(field):
        found = _PIECE.match(field, place)
        if found is None:
            rest = _REST.match(field, place)
            assert rest is not None, "the rest of any text matches"
            place = rest.end()
            continue
        place = found.end()
        quoted = found["quoted"]
        yield found["name"], re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found["plain"] or ""


def _word(value: str) -> str:
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value, re.ASCII):
        return value
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return f'"{escaped}"'
