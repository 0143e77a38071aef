"""Ids that look random, never repeat, and can be converted back to the number of the record."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from itertools import product
from math import gcd
from uuid import UUID

from understudy.specs.contract import Identity

BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
#: Crockford's alphabet without vowels and similar characters, so that codes can be read aloud without mistakes.
CODE = "23456789BCDFGHJKMNPQRSTVWXYZ"
HEX = "0123456789abcdef"


class Permutation:
    """A keyed permutation of the numbers below `space`: n -> (n * factor + shift) mod space."""

    __slots__ = ("_back", "_factor", "_shift", "space")

    def __init__(self, key: bytes, space: int) -> None:
        self.space = space
        digest = blake2b(key, digest_size=64).digest()
        factor = int.from_bytes(digest[:32], "big") % space | 1
        while gcd(factor, space) != 1:
            factor = (factor + 2) % space | 1
        self._factor = factor
        self._shift = int.from_bytes(digest[32:], "big") % space
        self._back = pow(factor, -1, space)

    def there(self, number: int) -> int:
        """The image of a number."""
        return (number * self._factor + self._shift) % self.space

    def back(self, number: int) -> int:
        """The number of which this one is the image."""
        return (number - self._shift) * self._back % self.space


class Ids:
    """The ids of one resource type: number -> id and id -> number."""

    __slots__ = ("_form", "_length", "_permutation", "_prefix")

    def __init__(self, identity: Identity, key: bytes) -> None:
        self._form = identity.form
        self._prefix = identity.prefix
        self._length = identity.length
        spaces = {"base36": 36**identity.length, "hex": 16**identity.length, "uuid": 2**122, "serial": 2**62}
        self._permutation = Permutation(key, spaces[identity.form])

    def at(self, number: int) -> str | int:
        """The id of the record with this number, counted from 0; a plain number in the serial form."""
        if self._form == "serial":
            return number + 1
        n = self._permutation.there(number)
        if self._form == "uuid":
            return self._prefix + as_uuid(n)
        return self._prefix + spell(n, BASE36 if self._form == "base36" else HEX, self._length)

    def own(self, id: str) -> str | int:
        """An id from a text, with the type that it has in records."""
        number = self.number(id) if self._form == "serial" else None
        return id if number is None else self.at(number)

    def number(self, id: str) -> int | None:
        """The number of the record with an id, None if the id has another form."""
        if not id.startswith(self._prefix):
            return None
        rest = id[len(self._prefix) :]
        if self._form == "serial":
            return int(rest) - 1 if rest.isdecimal() and rest.isascii() and 0 < len(rest) < 19 else None
        n = _read_uuid(rest) if self._form == "uuid" else read(rest, self._form, self._length)
        return None if n is None else self._permutation.back(n)


def read(text: str, form: str, length: int) -> int | None:
    """The number that a text of digits stands for, None if it is not one."""
    alphabet = BASE36 if form == "base36" else HEX
    if len(text) != length or not set(text) <= set(alphabet):
        return None
    return int(text, len(alphabet))


def spell(number: int, alphabet: str, length: int) -> str:
    """The last `length` digits of a number in an alphabet, padded with its first character."""
    if alphabet is HEX:
        return f"{number:0{length}x}"[-length:]
    pairs = _pairs(alphabet)
    base = len(pairs)
    text = ""
    for _ in range((length + 1) // 2):
        number, pair = divmod(number, base)
        text = pairs[pair] + text
    return text[-length:]


@cache
def _pairs(alphabet: str) -> tuple[str, ...]:
    """All pairs of digits, which save every other division; groups of three would take up three megabytes."""
    return tuple(map("".join, product(alphabet, repeat=2)))


def as_uuid(number: int) -> str:
    """A number of 122 bits as a random UUID (version 4)."""
    high, low = number >> 62, number & (2**62 - 1)
    head, tail = high >> 12, high & 0xFFF
    return str(UUID(int=head << 80 | 4 << 76 | tail << 64 | 2 << 62 | low))


def _read_uuid(text: str) -> int | None:
    try:
        n = UUID(text).int
    except ValueError:
        return None
    number = (n >> 80) << 74 | (n >> 64 & 0xFFF) << 62 | n & (2**62 - 1)
    return number if as_uuid(number) == text else None
