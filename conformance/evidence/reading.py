"""Reads bodies as JSON, also those that bend its rules: what can be understood is read, and what is odd is noted."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from typing import Any, NamedTuple


class _Nothing:
    """The type of NOTHING, which stands for a value that is not there."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()
#: Half of a character beyond the first 65536, without the other half.
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What stands for a byte that is not UTF-8 while a text is read.
_ESCAPED = range(0xDC80, 0xDD00)


class Oddity(NamedTuple):
    """One way in which a body bends the rules: its `kind` (`mark`, `bytes`, `surrogate` or `twice`), and what it is, in words."""

    kind: str
    text: str


class Reading(NamedTuple):
    """The JSON value of a body, or NOTHING and the reason, and what is odd about the body."""

    value: Any
    problem: str | None
    oddities: tuple[Oddity, ...] = ()


def read(body: bytes) -> Reading:
    """The reading of a body. NaN and Infinity are not JSON; bytes and surrogates outside any text are shown as escapes."""
    if not body:
        return Reading(NOTHING, "the body is empty")
    found: list[Oddity] = []
    if body.startswith(BOM_UTF8):
        found.append(Oddity("mark", "the body begins with a byte order mark (bytes EF BB BF)"))
        body = body.removeprefix(BOM_UTF8)
    invalid = ""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        invalid = f"the body is not valid UTF-8: {error.reason} at byte {error.start}"
        found.append(Oddity("bytes", f"{invalid} ({body[error.start : error.start + 4].hex(' ').upper()} …)"))
        text = body.decode("utf-8", "surrogateescape")
    twice: dict[str, None] = {}

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            twice.update(dict.fromkeys(name for name in names if names.count(name) > 1))
        return made

    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=members)
    except RecursionError:
        return Reading(NOTHING, "the body is nested too deeply")
    except ValueError as error:
        return Reading(NOTHING, invalid or f"the body is not valid JSON: {error}")
    if twice:
        found.append(Oddity("twice", f"an object has the member {json.dumps(next(iter(twice)))} more than once"))
    if invalid or "\\ud" in text or "\\uD" in text:
        halves: list[str] = []
        value = _visible(value, halves)
        if halves:
            found.append(Oddity("surrogate", f"a text holds half of a character ({halves[0]})"))
    return Reading(value, None, tuple(found))


def text_of(body: bytes) -> str:
    """A body as text, in which a byte order mark and bytes that are not UTF-8 are visible."""
    text = body.decode("utf-8", "backslashreplace")
    return f"\\ufeff{text[1:]}" if text.startswith("\ufeff") else text


def _visible(value: Any, halves: list[str]) -> Any:
    """A value without halves of characters, which no library can write; those that were sent as such are noted."""
    if isinstance(value, dict):
        return {_visible(name, halves): _visible(part, halves) for name, part in value.items()}
    if isinstance(value, list):
        return [_visible(part, halves) for part in value]
    return _SURROGATE.sub(lambda found: _escape(found[0], halves), value) if isinstance(value, str) else value


def _escape(half: str, halves: list[str]) -> str:
    code = ord(half)
    if code in _ESCAPED:
        return f"\\x{code - 0xDC00:02x}"
    halves.append(f"\\u{code:04x}")
    return halves[-1]


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON value")
