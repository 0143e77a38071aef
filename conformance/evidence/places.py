"""Where in a body a fault is, so that evidence shows that place and not only the beginning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from json import JSONDecoder

from understudy.conformance.evidence.words import several

#: Of what is shown, the part that comes before the fault.
BEFORE = 0.3
_DECODER = JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")
#: What a message quotes from a reply: texts in quotation marks, and ids.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){3,80})"|(?<![\w-])((?=[\w-]*\d)[\w-]{6,})(?![\w-])')


def position(text: str, path: Sequence[str | int]) -> int | None:
    """The index in a JSON text at which the value at a path of member names and indexes begins; None without one."""
    try:
        at = _skip(text, 0)
        for step in path:
            at = _member(text, at, step) if text[at] == "{" else _item(text, at, int(step))
    except (ValueError, IndexError, RecursionError):
        return None
    return at


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, name: str | int) -> int:
    at = _skip(text, at + 1)
    while True:
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if key == name:
            return at
        at = _next(text, at)


def _item(text: str, at: int, number: int) -> int:
    at = _skip(text, at + 1)
    for _ in range(number):
        at = _next(text, at)
    return at


def _next(text: str, at: int) -> int:
    """Where the value after the one at `at` begins; raises ValueError if it is the last."""
    _, end = _DECODER.raw_decode(text, at)
    end = _skip(text, end)
    if text[end] != ",":
        raise ValueError(f"nothing follows at {end}")
    return _skip(text, end + 1)


def mentioned(text: str, message: str) -> int | None:
    """The index of the first thing in a text that a message quotes from it; None if it quotes nothing."""
    quoted = (found[1] or found[2] for found in _QUOTED.finditer(message))
    places = [place for each in quoted if (place := text.find(each)) >= 0]
    return places[0] if places else None


def around(text: str, at: int | None, limit: int) -> str:
    """At most `limit` characters of a text, with the place of a fault among them, and how many are left out."""
    if len(text) <= limit:
        return text
    start = 0 if at is None or at < limit else max(0, min(at - int(limit * BEFORE), len(text) - limit))
    shown = text[start : start + limit]
    rest = len(text) - start - limit
    before = f"… {several(start, 'character')} before\n" if start else ""
    return f"{before}{shown}" + (f"\n… {several(rest, 'character')} more" if rest else "")
