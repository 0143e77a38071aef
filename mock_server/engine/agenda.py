"""When a record of a session changes next by itself, as far as this process knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from understudy.mock_server.clock import ticks

#: Later than everything.
NEVER = datetime.max.replace(tzinfo=UTC)
#: Seconds for which a process trusts what it read from a store that other processes write to as well.
TRUST = 0.25


class Agenda:
    """The earliest moment at which something is due, so that most requests need not look into the store.

    `shared` says that other processes write to the same records; `changed` is called when the moment becomes earlier
    or unknown.
    """

    __slots__ = ("_changed", "_next", "_shared", "_until", "_version")

    def __init__(self, shared: bool = False, changed: Callable[[], None] = lambda: None) -> None:
        self._shared = shared
        self._changed = changed
        self._next: datetime | None = None
        self._until = 0.0
        self._version = 0

    @property
    def next(self) -> datetime | None:
        """The earliest known moment: NEVER if there is none, None if that is not known."""
        return self._next

    @property
    def version(self) -> int:
        """A number that changes with every note."""
        return self._version

    def is_due(self, now: Callable[[], datetime]) -> bool:
        """Whether something may be due."""
        if self._next is NEVER and not self._shared:
            return False
        return self._next is None or self._next <= now() or (self._shared and ticks() > self._until)

    def note(self, moment: datetime) -> None:
        """A record changes at a moment."""
        self._version += 1
        if self._next is not None and moment < self._next:
            self._next = moment
            self._changed()

    def forget(self) -> None:
        """The records were replaced, so that nothing is known of them."""
        self._version += 1
        self._next = None
        self._changed()

    def learn(self, moment: datetime, version: int) -> None:
        """What the store says, unless something was noted since the version was asked for."""
        if version != self._version:
            self._next = None
            return
        self._next = moment
        self._until = ticks() + TRUST

    def rest(self) -> None:
        """Nothing ever becomes due, since no contract says so."""
        self._next, self._shared = NEVER, False
