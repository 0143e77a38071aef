"""The clock of a session."""

from __future__ import annotations

from datetime import UTC, datetime

from understudy.mock_server.clock import Clock, timestamp
from understudy.mock_server.control.requests import Answer, ControlRequest
from understudy.mock_server.http.errors import field_error


async def get_clock(asked: ControlRequest) -> Answer:
    """The time of the session."""
    return _told((await asked.session()).clock)


async def freeze_clock(asked: ControlRequest) -> Answer:
    """Stop the clock, now or at a moment."""
    clock = (await asked.session()).clock
    at = (asked.body or {}).get("at")
    clock.freeze(None if at is None else _moment(at))
    return _told(clock)


async def advance_clock(asked: ControlRequest) -> Answer:
    """Move the clock on."""
    clock = (await asked.session()).clock
    try:
        clock.advance(asked.body["seconds"])
    except (OverflowError, ValueError) as error:
        raise field_error("seconds", "leads out of the calendar, which has the years 1 to 9999") from error
    return _told(clock)


async def resume_clock(asked: ControlRequest) -> Answer:
    """The machine's own time again."""
    clock = (await asked.session()).clock
    clock.resume()
    return _told(clock)


def _moment(at: str) -> datetime:
    """A timestamp of RFC 3339, whose letters may be small. Raises BadRequestError for one that no calendar here has."""
    try:
        return datetime.fromisoformat(at.upper()).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise field_error("at", "is no moment of the years 1 to 9999 in UTC, without leap seconds") from error


def _told(clock: Clock) -> Answer:
    return Answer(200, {"now": timestamp(clock.now()), "frozen": clock.frozen})
