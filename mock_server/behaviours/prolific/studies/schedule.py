"""Publication times, as clients write them."""

from __future__ import annotations

from understudy.mock_server.clock import timestamp
from understudy.mock_server.data.due import instant
from understudy.mock_server.engine.state import State
from understudy.mock_server.http.errors import field_error


def planned(state: State, text: str) -> str:
    """The moment that `2050-02-28T13:45:00 Europe/London` or an ISO 8601 time with offset names, as a timestamp.

    Raises BadRequestError for anything else and for the past.
    """
    moment = instant(text)
    if moment is None:
        raise field_error(
            "publish_at",
            "must be a local time, a space and the name of a time zone, or an ISO 8601 time with an offset",
        )
    if moment <= state.moment():
        raise field_error("publish_at", "must be in the future")
    return timestamp(moment)
