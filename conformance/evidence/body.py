"""Bodies of replies: short ones are bytes, long ones lie in a temporary file until nobody needs them any more."""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from typing import IO, Self

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
