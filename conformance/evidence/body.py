"""Bodies: how they are read as JSON, also those that bend its rules, and where long ones lie.

Short ones are bytes, long ones lie in a temporary file until nobody needs them any more.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import weakref
from codecs import BOM_UTF8
from typing import IO, Any, NamedTuple, Self

#: The media type of a form.
FORM = "application/x-www-form-urlencoded"

#: The number of bytes from which a body is long.
LONG = 256 * 1024
#: The number of bytes that evidence keeps of a long body.
EXCERPT = 16 * 1024


class StoredBody:
    """A long body in a temporary file without a name, which goes when this object does."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size
        self._digest = ""
        weakref.finalize(self, file.close)

    def __len__(self) -> int:
        return self._size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredBody) and self.read() == other.read()

    __hash__ = None  # type: ignore[assignment]

    def read(self, most: int | None = None, start: int = 0) -> bytes:
        """The body, or `most` bytes of it, from a position on."""
        # The position of the file is never used, so that threads do not disturb each other.
        wanted = self._size - start if most is None else min(most, self._size - start)
        pieces: list[bytes] = []
        at = 0
        while at < wanted and (piece := os.pread(self._file.fileno(), wanted - at, start + at)):
            pieces.append(piece)
            at += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def excerpt(self, at: int = 0) -> Excerpt:
        """What evidence keeps: the beginning, or the bytes around a position."""
        if not self._digest:
            self._digest = hashlib.sha256(self.read()).hexdigest()
        start = 0 if at < EXCERPT else max(0, min(at - EXCERPT // 2, self._size - EXCERPT))
        return Excerpt(self.read(EXCERPT, start), self._size, self._digest, start)


class Excerpt:
    """A part of a long body, from the byte `start` on, with the size and the SHA-256 digest of all of it."""

    def __init__(self, part: bytes, size: int, digest: str, start: int = 0) -> None:
        self._part = part
        self._size = size
        self.digest = digest
        self.start = start

    def __len__(self) -> int:
        return self._size

    def read(self, most: int | None = None) -> bytes:
        """The part, or its first `most` bytes."""
        return self._part[:most]

    def excerpt(self, at: int = 0) -> Excerpt:
        """What evidence keeps: this."""
        return self


class BodyWriter:
    """Takes a body piece by piece; a context, at whose end a file that became no body is closed."""

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=LONG)  # noqa: SIM115 - a long body takes it over
        self._taken_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if not self._taken_over:
            self._file.close()

    def write(self, piece: bytes) -> None:
        """Add a piece; raises OSError if the disk is full."""
        self.size += len(piece)
        self._file.write(piece)

    def body(self) -> bytes | StoredBody:
        """The whole body."""
        if self.size > LONG:
            self._file.flush()
            self._taken_over = True
            return StoredBody(self._file, self.size)
        self._file.seek(0)
        return self._file.read()


# --- reading ---------------------------------------------------------------------------------------------------------


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
