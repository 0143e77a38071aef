"""Replies that are given again as they were: most requests of a page or of a test repeat an earlier one.

A request whose bytes are those of an earlier one gets its reply if the application says that it still holds. A reply is
remembered when its request comes for the second time, since many never do. Everything else is read and answered anew.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple, Protocol

#: How many requests are known at most that came once.
ONCE = 10_000

#: Bytes of a request whose reply may be remembered, at most; those with a long body come but once.
LONGEST = 8 * 1024

#: Bytes that all remembered replies take, and one of them, at most.
BUDGET, LARGEST = 16 * 1024 * 1024, 512 * 1024

#: Bytes that a remembered reply takes besides its request, itself, and what says whether it holds.
OVERHEAD = 500


class Holds(Protocol):
    """Says whether a reply still holds, in which case the request counts as answered."""

    @property
    def size(self) -> int:
        """Bytes that it takes."""

    @property
    def session(self) -> str:
        """The name of the session whose reply it is."""

    def __call__(self) -> bool: ...


class Repeat(NamedTuple):
    """A reply as it was written: the line of its status, and all that follows the fields that every reply has."""

    start: bytes
    rest: bytes
    holds: Holds


class Repeats:
    """The replies by the bytes of their requests, the oldest first."""

    __slots__ = ("_known", "_once", "_size")

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Repeat] = OrderedDict()
        #: The hashes of requests that came before.
        self._once: set[int] = set()
        self._size = 0

    def find(self, request: bytes) -> Repeat | None:
        """The reply to a request, None unless there is one that holds."""
        repeat = self._known.get(request)
        if repeat is None or repeat.holds():
            return repeat
        self._forget(request)
        return None

    def came_before(self, request: bytes) -> bool:
        """Whether a request came before, lately; from now on it did."""
        name = hash(request)
        if name in self._once:
            return True
        if len(self._once) == ONCE:
            self._once.clear()
        self._once.add(name)
        return False

    def keep(self, request: bytes, repeat: Repeat) -> None:
        """Remember a reply, unless it is large; the oldest ones make room for it."""
        size = _size(request, repeat)
        if size > LARGEST:
            return
        if request in self._known:
            self._forget(request)
        self._known[request] = repeat
        self._size += size
        while self._size > BUDGET:
            self._size -= _size(*self._known.popitem(last=False))

    def forget(self, session: str) -> None:
        """Forget the replies of a session that was deleted: nobody asks for them again."""
        for request in [request for request, repeat in self._known.items() if repeat.holds.session == session]:
            self._forget(request)

    def clear(self) -> None:
        """Forget all of them."""
        self._known.clear()
        self._size = 0

    def _forget(self, request: bytes) -> None:
        self._size -= _size(request, self._known.pop(request))


def _size(request: bytes, repeat: Repeat) -> int:
    return OVERHEAD + len(request) + len(repeat.rest) + repeat.holds.size
