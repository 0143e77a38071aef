"""The only module that reads the time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache


class Clock:
    """The time as one session sees it: the machine's, moved or frozen by a test."""

    __slots__ = ("_frozen", "_offset")

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The present moment in UTC."""
        if self._frozen is not None:
            return self._frozen
        return datetime.now(UTC) + self._offset if self._offset else datetime.now(UTC)

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen is not None

    def freeze(self, at: datetime | None = None) -> datetime:
        """Stop at a moment, by default the present one."""
        self._frozen = at if at is not None else self.now()
        return self._frozen

    def advance(self, seconds: float) -> datetime:
        """Move forward (or back) without changing whether time passes. Raises OverflowError past the calendar's end."""
        step = timedelta(seconds=seconds)
        if self._frozen is not None:
            self._frozen += step
            return self._frozen
        # Added before it is kept: beyond the calendar's end no later look at the clock would succeed either.
        moment = datetime.now(UTC) + (offset := self._offset + step)
        self._offset = offset
        return moment

    def resume(self) -> datetime:
        """Let the machine's own time pass again."""
        self._frozen = None
        self._offset = timedelta()
        return self.now()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and Z."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat("T", "milliseconds")[: -len("+00:00")] + "Z"


def timestamp_at(seconds: int) -> str:
    """The same for whole seconds since 1970; the day is looked up, because a population has few of them."""
    days, rest = divmod(seconds, 86_400)
    return _day(days) + _MINUTES[rest // 60] + _SECONDS[rest % 60]


@lru_cache(4096)
def _day(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


#: What stands behind the day: looked up, as spelling it out takes three times as long.
_MINUTES = [f"T{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
_SECONDS = [f":{second:02}.000Z" for second in range(60)]


def ticks() -> float:
    """Seconds on a clock that never goes back, for durations."""
    return time.monotonic()


def wall(tick: float) -> datetime:
    """The machine's own time at such a moment."""
    return datetime.now(UTC) - timedelta(seconds=time.monotonic() - tick)
