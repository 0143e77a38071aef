"""Publication times: how they are written, and what is due."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.resource_types import Record
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error

_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ([A-Za-z0-9_+/-]{1,64})")


def planned(state: State, text: str) -> str:
    """The moment that `2050-02-28T13:45:00 Europe/London` or an ISO 8601 time with offset names, as a timestamp.

    Raises BadRequestError for anything else and for the past.
    """
    moment = when(text)
    if moment is None:
        raise field_error(
            "publish_at",
            "must be a local time, a space and the name of a time zone, or an ISO 8601 time with an offset",
        )
    if moment <= state.moment():
        raise field_error("publish_at", "must be in the future")
    return timestamp(moment)


def is_due(state: State, record: Record) -> bool:
    """Whether the time has come at which a study or collection was planned to be published."""
    if record["status"] != "SCHEDULED" or record["publish_at"] is None:
        return False
    moment = when(record["publish_at"])
    return moment is not None and moment <= state.moment()


def status(state: State, record: Record) -> str:
    """The status that a reader sees: what is due counts as published, although only a writer publishes it."""
    return "ACTIVE" if is_due(state, record) else str(record["status"])


@lru_cache(1024)
def when(text: str) -> datetime | None:
    """The moment of such a text, None for any other text."""
    local = _LOCAL.fullmatch(text)
    try:
        if local is not None:
            return _aware(datetime.fromisoformat(local[1]).replace(tzinfo=ZoneInfo(local[2])))
        return _aware(datetime.fromisoformat(text))
    except (ValueError, OSError, LookupError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime | None:
    """The moment if it has a zone and lies within the years that datetime can express in UTC."""
    return moment if moment.tzinfo is not None and 1 < moment.year < 9999 else None
