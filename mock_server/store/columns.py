"""How the values of look-up columns are compared; the same in every store.

Numbers come before text and equal each other whatever their type (1, 1.0 and true are one value); text is compared by
code point. Any other value is compared as its JSON text.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Any

import orjson

Plain = str | int | float | None

#: Longer texts are compared by their beginning and a digest, since keys of PostgreSQL indexes are limited to 2.7 kB.
LONGEST = 1024

_INTEGERS = range(-(2**63), 2**63)
_DOUBLE = struct.Struct(">d")
_BITS = struct.Struct(">Q")
_REST = struct.Struct(">H")
_SIGN = 1 << 63


def plain(value: Any) -> Plain:
    """The value of a column as it is stored."""
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int):
        return int(value) if value in _INTEGERS else float(value)
    return orjson.dumps(value).decode()


def key(value: Any) -> bytes | None:
    """Bytes that sort like the value; None for None."""
    value = plain(value)
    if value is None:
        return None
    if isinstance(value, str):
        return b"t" + text_key(value)
    near = float(value)
    (bits,) = _BITS.unpack(_DOUBLE.pack(near + 0.0))  # -0.0 becomes 0.0
    ordered = ~bits & 2**64 - 1 if bits & _SIGN else bits | _SIGN
    # A double stands for up to a thousand neighbouring integers; the difference distinguishes them.
    rest = value - int(near) if isinstance(value, int) else 0
    return b"n" + _BITS.pack(ordered) + _REST.pack(rest + 0x8000)


def text_key(text: str) -> bytes:
    """Bytes of limited length that sort like the text."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= LONGEST:
        return raw
    return raw[:LONGEST] + b"\xff" + blake2b(raw, digest_size=16).digest()  # no UTF-8 text contains the byte 255
