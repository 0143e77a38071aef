"""The clock of a session."""

from __future__ import annotations

from datetime import UTC, datetime

from understudy.mock_server.clock import Clock, timestamp
from understudy.mock_server.control.requests import ControlReply, ControlRequest
from understudy.mock_server.http.errors import field_error
from understudy.mock_server.sessions.sessions import Session


async def get_clock(request: ControlRequest) -> ControlReply:
    """The session's time."""
    return _clock_reply((await request.session()).clock)


async def freeze_clock(request: ControlRequest) -> ControlReply:
    """Stop the clock, at the present or at a given time."""
    session = await request.session()
    at = (request.body or {}).get("at")
    session.clock.freeze(None if at is None else _moment(at))
    return await _moved(session)


async def advance_clock(request: ControlRequest) -> ControlReply:
    """Move the clock forward or back."""
    session = await request.session()
    try:
        session.clock.advance(request.body["seconds"])
    except (OverflowError, ValueError) as error:
        raise field_error("seconds", "must leave the clock within the years 1 to 9999") from error
    return await _moved(session)


async def resume_clock(request: ControlRequest) -> ControlReply:
    """Follow the machine's time again."""
    session = await request.session()
    session.clock.resume()
    return await _moved(session)


def _moment(at: str) -> datetime:
    """An RFC 3339 timestamp, whose letters may be in lower case. Raises BadRequestError for one out of range."""
    try:
        return datetime.fromisoformat(at.upper()).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise field_error("at", "must be a time in the years 1 to 9999 in UTC, and not a leap second") from error


async def _moved(session: Session) -> ControlReply:
    """The clock after it was moved, once everything has happened that is due by then."""
    await session.timetable.moved()
    return _clock_reply(session.clock)


def _clock_reply(clock: Clock) -> ControlReply:
    return ControlReply(200, {"now": timestamp(clock.now()), "frozen": clock.frozen})
