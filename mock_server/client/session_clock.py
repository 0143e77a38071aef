"""The clock of a session, from a client's side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understudy.mock_server.client.wire import Clock


class SessionClock:
    """Reads and moves the clock of a session; every move returns the time after it."""

    def __init__(self, control: Callable[..., Any]) -> None:
        self._control = control

    def now(self) -> datetime:
        """The session's time."""
        return _time(self._control("GET", "clock"))

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stop the clock, at the present or at a given time."""
        moment = at.astimezone().isoformat() if isinstance(at, datetime) else at
        return _time(self._control("POST", "clock/freeze", {} if moment is None else {"at": moment}))

    def advance(self, seconds: float) -> datetime:
        """Move the clock forward, or back, frozen or not."""
        return _time(self._control("POST", "clock/advance", {"seconds": seconds}))

    def resume(self) -> datetime:
        """Follow the machine's time again."""
        return _time(self._control("POST", "clock/resume"))


def _time(clock: Clock) -> datetime:
    return datetime.fromisoformat(clock["now"])
