"""The clock of a session."""

from __future__ import annotations

from datetime import UTC, datetime

from mock_server.clock import Clock, timestamp
from mock_server.control.asking import Answer, Asked
from mock_server.errors import BadRequest


async def get_clock(asked: Asked) -> Answer:
    """The time of the session."""
    return _told((await asked.session()).clock)


async def freeze_clock(asked: Asked) -> Answer:
    """Stop the clock, now or at a moment."""
    clock = (await asked.session()).clock
    at = (asked.body or {}).get("at")
    clock.freeze(None if at is None else datetime.fromisoformat(at).astimezone(UTC))
    return _told(clock)


async def advance_clock(asked: Asked) -> Answer:
    """Move the clock on."""
    clock = (await asked.session()).clock
    try:
        clock.advance(asked.body["seconds"])
        return _told(clock)
    except OverflowError as error:
        raise BadRequest("The calendar does not go that far.") from error


async def resume_clock(asked: Asked) -> Answer:
    """The machine's own time again."""
    clock = (await asked.session()).clock
    clock.resume()
    return _told(clock)


def _told(clock: Clock) -> Answer:
    return Answer(200, {"now": timestamp(clock.now()), "frozen": clock.frozen})
