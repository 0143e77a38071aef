"""The clock of a session."""

from __future__ import annotations

from datetime import UTC, datetime

from understudy.mock_server.clock import Clock, timestamp
from understudy.mock_server.control.requests import ControlReply, ControlRequest
from understudy.mock_server.http.errors import field_error


async def get_clock(request: ControlRequest) -> ControlReply:
    """The session's time."""
    return _clock_reply((await request.session()).clock)


async def freeze_clock(request: ControlRequest) -> ControlReply:
    """Stop the clock, at the present or at a given time."""
    clock = (await request.session()).clock
    at = (request.body or {}).get("at")
    clock.freeze(None if at is None else _moment(at))
    return _clock_reply(clock)


async def advance_clock(request: ControlRequest) -> ControlReply:
    """Move the clock forward or back."""
    clock = (await request.session()).clock
    try:
        clock.advance(request.body["seconds"])
    except (OverflowError, ValueError) as error:
        raise field_error("seconds", "must leave the clock within the years 1 to 9999") from error
    return _clock_reply(clock)


async def resume_clock(request: ControlRequest) -> ControlReply:
    """Follow the machine's time again."""
    clock = (await request.session()).clock
    clock.resume()
    return _clock_reply(clock)


def _moment(at: str) -> datetime:
    """An RFC 3339 timestamp, whose letters may be in lower case. Raises BadRequestError for one out of range."""
    try:
        return datetime.fromisoformat(at.upper()).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise field_error("at", "must be a time in the years 1 to 9999 in UTC, and not a leap second") from error


def _clock_reply(clock: Clock) -> ControlReply:
    return ControlReply(200, {"now": timestamp(clock.now()), "frozen": clock.frozen})
