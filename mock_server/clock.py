"""The only module that reads the time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache


class Clock:
    """The time of one session: that of the machine, unless a test shifts or freezes it."""

    __slots__ = ("_frozen", "_offset", "reads")

    def __init__(self) -> None:
        #: How often the time was asked for.
        self.reads = 0
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The current time in UTC."""
        self.reads += 1
        if self._frozen is not None:
            return self._frozen
        return datetime.now(UTC) + self._offset if self._offset else datetime.now(UTC)

    @property
    def frozen(self) -> bool:
        """Whether the clock is frozen."""
        return self._frozen is not None

    def freeze(self, at: datetime | None = None) -> datetime:
        """Freeze the clock, by default at the current time."""
        self._frozen = at if at is not None else self.now()
        return self._frozen

    def advance(self, seconds: float) -> datetime:
        """Shift the clock forward (or back); a frozen clock stays frozen. Raises OverflowError beyond the year 9999."""
        step = timedelta(seconds=seconds)
        if self._frozen is not None:
            self._frozen += step
            return self._frozen
        # Computed before the offset is stored: beyond the year 9999 the clock could never be read again.
        moment = datetime.now(UTC) + (offset := self._offset + step)
        self._offset = offset
        return moment

    def resume(self) -> datetime:
        """Return to the time of the machine."""
        self._frozen = None
        self._offset = timedelta()
        return self.now()


def timestamp(moment: datetime) -> str:
    """A time as RFC 3339 in UTC, with milliseconds and Z."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat("T", "milliseconds")[: -len("+00:00")] + "Z"


def timestamp_at(seconds: int) -> str:
    """The same for whole seconds since 1970; the day is cached, because a population has only a few."""
    days, rest = divmod(seconds, 86_400)
    return _day(days) + _MINUTES[rest // 60] + _SECONDS[rest % 60]


@lru_cache(4096)
def _day(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


#: The time of the day, from tables, since formatting it takes three times as long.
_MINUTES = [f"T{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
_SECONDS = [f":{second:02}.000Z" for second in range(60)]


#: Seconds on a monotonic clock, for durations.
ticks = time.monotonic


def wall(tick: float) -> datetime:
    """The time of the machine at a moment that `ticks` returned."""
    return datetime.now(UTC) - timedelta(seconds=time.monotonic() - tick)
